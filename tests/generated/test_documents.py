"""Whole messages as the documents of the json and cbor encodings."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivet_client.errors import DecodeError
from rivet_client_generated.protocol import documents
from rivet_client_generated.protocol import messages as m
from tests.generated.samples import CAPTURED, NEWEST, SPARSE

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["body", "tag", "val", "id", "name", "args", "x"]), inner, max_size=4
        )
    ),
    max_leaves=10,
)
TO_CLIENT = ", ".join(kind.__name__ for kind in get_args(m.ToClient))
TO_SERVER = ", ".join(kind.__name__ for kind in get_args(m.ToServer))
SPECIFIER = {"actorId": "a", "generation": 3, "key": "k"}
# As the server writes them.
DOCUMENTS = [
    (
        "to_client",
        {"body": {"tag": "Init", "val": {"actorId": "a", "connectionId": "c"}}},
        m.Init(actor_id="a", connection_id="c"),
    ),
    (
        "to_client",
        {"body": {"tag": "ActionResponse", "val": {"id": ["$BigInt", "300"], "output": [1]}}},
        m.ActionResponse(id=300, output=[1]),
    ),
    (
        "to_client",
        {"body": {"tag": "Event", "val": {"name": "e", "args": [["$Uint8Array", "AA=="]]}}},
        m.Event(name="e", args=[["$Uint8Array", "AA=="]]),
    ),
    (
        "to_client",
        {"body": {"tag": "Error", "val": {"group": "g", "code": "c", "message": "m", "actionId": None}}},
        m.Error(group="g", code="c", message="m"),
    ),
    (
        "to_client",
        {
            "body": {
                "tag": "Error",
                "val": {
                    "group": "g",
                    "code": "c",
                    "message": "m",
                    "actionId": ["$BigInt", "18446744073709551615"],
                    "metadata": {"a": 1},
                    "actor": SPECIFIER,
                },
            }
        },
        m.Error(
            group="g",
            code="c",
            message="m",
            action_id=2**64 - 1,
            metadata={"a": 1},
            actor=m.ActorSpecifier(actor_id="a", generation=3, key="k"),
        ),
    ),
    ("http_action_response", {"output": None}, m.HttpActionResponse(output=None)),
    ("http_queue_send_response", {"status": "timedOut"}, m.HttpQueueSendResponse(status="timedOut")),
    (
        "http_response_error",
        {"group": "g", "code": "c", "message": "m", "actor": {"actorId": "a", "generation": 1}, "new": True},
        m.HttpResponseError(
            group="g", code="c", message="m", actor=m.ActorSpecifier(actor_id="a", generation=1)
        ),
    ),
]


def encode(name, message):
    return getattr(documents, f"encode_{name}_document")(message)


def decode(name, doc):
    return getattr(documents, f"decode_{name}_document")(doc)


@pytest.mark.parametrize(("name", "doc", "message"), DOCUMENTS)
def test_reads_what_the_server_writes(name, doc, message):
    assert decode(name, doc) == message


@pytest.mark.parametrize(
    ("name", "message", "doc"),
    [
        (
            "to_server",
            m.ActionRequest(id=7, name="add", args=[1, 2]),
            {"body": {"tag": "ActionRequest", "val": {"id": 7, "name": "add", "args": [1, 2]}}},
        ),
        (
            "to_server",
            m.SubscriptionRequest(event_name="e", subscribe=True),
            {"body": {"tag": "SubscriptionRequest", "val": {"eventName": "e", "subscribe": True}}},
        ),
        ("http_action_request", m.HttpActionRequest(args=[]), {"args": []}),
        ("http_action_request", m.HttpActionRequest(args=None), {"args": None}),
        ("http_queue_send_request", m.HttpQueueSendRequest(body=1), {"body": 1}),
        (
            "http_queue_send_request",
            m.HttpQueueSendRequest(body=1, name="q", wait=False, timeout=0),
            {"body": 1, "name": "q", "wait": False, "timeout": 0},
        ),
    ],
)
def test_writes_what_the_server_reads(name, message, doc):
    assert encode(name, message) == doc


@pytest.mark.parametrize(("name", "message"), [(name, message) for name, _, message in CAPTURED] + SPARSE)
def test_messages_with_and_without_what_may_be_absent(name, message):
    assert decode(name, encode(name, message)) == message


@given(st.fixed_dictionaries(NEWEST))
def test_round_trip(messages):
    for name, message in messages.items():
        assert decode(name, encode(name, message)) == message


@given(JSON)
def test_any_tree_is_read_or_refused(doc):
    for name in NEWEST:
        try:
            message = decode(name, doc)
        except DecodeError:
            continue
        assert decode(name, encode(name, message)) == message


@pytest.mark.parametrize(
    ("name", "doc", "expected"),
    [
        ("to_client", [], "an object at message"),
        ("to_client", {}, "an object at body"),
        ("to_client", {"body": {"tag": "Nope"}}, f"one of {TO_CLIENT} at body.tag"),
        ("to_client", {"body": {"tag": ["Init"]}}, f"one of {TO_CLIENT} at body.tag"),
        ("to_client", {"body": {"tag": "Init"}}, "an object at body.val"),
        ("to_client", {"body": {"tag": "Init", "val": {"actorId": 1}}}, "text at body.val.actorId"),
        ("to_client", {"body": {"tag": "ActionResponse", "val": {"id": 1}}}, "a value at body.val.output"),
        (
            "to_client",
            {"body": {"tag": "ActionResponse", "val": {"id": -1, "output": 1}}},
            f"an integer from 0 to {2**64 - 1} at body.val.id",
        ),
        (
            "to_server",
            {"body": {"tag": "Init", "val": {}}},
            f"one of {TO_SERVER} at body.tag",
        ),
        ("http_response_error", {"group": "g", "code": "c"}, "text at message.message"),
        (
            "http_response_error",
            {"group": "g", "code": "c", "message": "m", "actor": {"actorId": "a", "generation": "1"}},
            f"an integer from 0 to {2**64 - 1} at message.actor.generation",
        ),
    ],
)
def test_says_what_it_expected_and_where(name, doc, expected):
    with pytest.raises(DecodeError) as caught:
        decode(name, doc)
    assert caught.value.expected == expected


def fields_of(doc, path=""):
    """Each field that is no object and no payload: what has it, its name, the path to it."""
    for name, value in doc.items():
        if isinstance(value, dict):
            yield from fields_of(value, f"{path}{name}.")
        elif name not in ("args", "body", "metadata", "output", "response"):
            yield doc, name, f"{path}{name}"


@pytest.mark.parametrize(("name", "message"), [(name, message) for name, _, message in CAPTURED])
def test_the_type_of_each_field_is_checked(name, message):
    doc = encode(name, message)
    for owner, field, path in fields_of(doc):
        right, owner[field] = owner[field], object()
        with pytest.raises(DecodeError) as caught:
            decode(name, doc)
        assert caught.value.expected.endswith(path)
        owner[field] = right
    assert decode(name, doc) == message


@pytest.mark.parametrize("name", ["to_client", "to_server"])
def test_only_members_of_a_union_can_be_written(name):
    with pytest.raises(TypeError, match=r"cannot be a HttpActionRequest$"):
        encode(name, m.HttpActionRequest(args=[]))
