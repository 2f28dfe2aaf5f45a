import pickle

import pydantic
import pytest

from rivet_client_generated.protocol import messages as m
from rivet_client_generated.protocol.base import WireModel


def test_messages_are_immutable_and_compared_by_value():
    event = m.Event(name="a", args=b"")
    assert event == m.Event(name="a", args=b"")
    assert hash(event) == hash(m.Event(name="a", args=b""))
    with pytest.raises(pydantic.ValidationError):
        event.name = "b"


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
