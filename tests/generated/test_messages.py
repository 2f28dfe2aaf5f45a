import copy
import pickle

import pydantic
import pytest

from rivet_client_generated.protocol import frames
from rivet_client_generated.protocol import messages as m
from rivet_client_generated.protocol.base import WireModel, made
from tests.generated.samples import CAPTURED, SPARSE


def test_messages_are_immutable_and_compared_by_value():
    event = m.Event(name="a", args=b"")
    assert event == m.Event(name="a", args=b"")
    assert hash(event) == hash(m.Event(name="a", args=b""))
    with pytest.raises(pydantic.ValidationError):
        event.name = "b"


EVERY = [message for _, _, message in CAPTURED] + [message for _, message in SPARSE]


@pytest.mark.parametrize(
    "same",
    [
        lambda message: message,
        repr,
        hash,
        vars,
        copy.copy,
        copy.deepcopy,
        lambda message: message.model_fields_set,
        lambda message: message.model_extra,
        lambda message: message.__pydantic_private__,
        lambda message: message.model_dump(exclude_unset=True),
        lambda message: message.model_copy(update={"code": "new"}),
        lambda message: pickle.loads(pickle.dumps(message)),
        lambda message: pickle.loads(pickle.dumps(message)).model_fields_set,
        lambda message: copy.copy(message).model_fields_set,
        lambda message: getattr(message, "nothing", "absent"),
    ],
)
def test_a_message_that_a_codec_made_is_like_one_that_was_validated(same):
    for message in EVERY:
        fields = {name: getattr(message, name) for name in type(message).model_fields}
        validated = type(message)(**fields)
        assert type(same(made(type(message), fields))) is type(same(validated))
        assert same(made(type(message), fields)) == same(validated)


def test_what_a_message_keeps_beside_its_fields_is_its_own():
    message, other = (made(m.Event, {"name": "a", "args": b""}) for _ in range(2))
    assert message.model_fields_set is message.model_fields_set is not other.model_fields_set


def test_a_message_that_a_codec_made_is_immutable():
    message = made(m.Event, {"name": "a", "args": b""})
    with pytest.raises(pydantic.ValidationError):
        message.name = "b"


def test_a_field_that_is_newer_than_the_code_which_makes_the_message_is_absent():
    message = made(m.Error, {"group": "g", "code": "c", "message": ""})
    assert (message.metadata, message.action_id, message.actor) == (None, None, None)
    assert frames.decode_to_client(frames.encode_to_client(message)) == m.Error(**vars(message))


def test_absent_means_none():
    error = m.Error(group="g", code="c", message="")
    assert (error.metadata, error.action_id, error.actor) == (None, None, None)


def test_a_mistake_does_not_show_what_was_passed():
    with pytest.raises(pydantic.ValidationError) as caught:
        m.HttpResolveResponse(actor_id=b"\xff secret")
    assert "secret" not in str(caught.value)


def test_messages_can_be_pickled():
    event = m.Event(name="a", args=b"\x80")
    assert pickle.loads(pickle.dumps(event)) == event


def test_validators_are_built_when_first_needed():
    class Fresh(WireModel):
        name: str

    assert not Fresh.__pydantic_complete__
    Fresh(name="a")
    assert Fresh.__pydantic_complete__
