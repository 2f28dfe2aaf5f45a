"""Messages of the client protocol: captured ones, and strategies for any."""

from hypothesis import strategies as st

from rivet_client_generated.protocol import messages as m
from rivet_client_generated.protocol import v1, v2, v3, v4

ID = "a" * 30
UUID = "0" * 36

CAPTURED_VERSION = 4
# Captured from rivetkit 2.3.19, with other ids: name of the codec, bytes, message.
CAPTURED = [
    (
        "to_client",
        f"0400 00 1e{ID.encode().hex()} 24{UUID.encode().hex()}",
        m.Init(actor_id=ID, connection_id=UUID),
    ),
    (
        "to_server",
        "0400 00 ac02 03 616464 03 820102",
        m.ActionRequest(id=300, name="add", args=bytes.fromhex("820102")),
    ),
    ("to_server", "0400 01 02 6576 01", m.SubscriptionRequest(event_name="ev", subscribe=True)),
    ("to_server", "0400 01 02 6576 00", m.SubscriptionRequest(event_name="ev", subscribe=False)),
    ("to_client", "0400 02 ac02 01 07", m.ActionResponse(id=300, output=b"\x07")),
    ("to_client", "0400 02 ffffffffffffffffff01 01 07", m.ActionResponse(id=2**64 - 1, output=b"\x07")),
    (
        "to_client",
        "0400 03 08 6e6577436f756e74 02 8107",
        m.Event(name="newCount", args=bytes.fromhex("8107")),
    ),
    (
        "to_client",
        "0400 01 04 75736572 09 6261645f7468696e67 04 626f6f6d 01 04 a1616101 01 04"
        f" 01 1e{ID.encode().hex()} 01 01 02 7437",
        m.Error(
            group="user",
            code="bad_thing",
            message="boom",
            metadata=bytes.fromhex("a1616101"),
            action_id=4,
            actor=m.ActorSpecifier(actor_id=ID, generation=1, key="t7"),
        ),
    ),
    (
        "to_client",
        "0400 01 04 75736572 0c 756e617574686f72697a6564 0c 556e617574686f72697a6564 00 00 00",
        m.Error(group="user", code="unauthorized", message="Unauthorized"),
    ),
    (
        "http_response_error",
        "0400 04 75736572 09 6261645f7468696e67 04 626f6f6d 01 04 a1616101"
        f" 01 1e{ID.encode().hex()} 01 01 02 7436",
        m.HttpResponseError(
            group="user",
            code="bad_thing",
            message="boom",
            metadata=bytes.fromhex("a1616101"),
            actor=m.ActorSpecifier(actor_id=ID, generation=1, key="t6"),
        ),
    ),
    ("http_action_request", "0400 03 820102", m.HttpActionRequest(args=bytes.fromhex("820102"))),
    ("http_action_response", "0400 01 0f", m.HttpActionResponse(output=b"\x0f")),
    (
        "http_queue_send_request",
        "0400 04 a1617801 01 04 6a6f6273 01 01 01 8813000000000000",
        m.HttpQueueSendRequest(body=bytes.fromhex("a1617801"), name="jobs", wait=True, timeout=5000),
    ),
    (
        "http_queue_send_response",
        "0400 09 636f6d706c65746564 00",
        m.HttpQueueSendResponse(status="completed"),
    ),
    ("http_queue_send_response", "0400 08 74696d65644f7574 00", m.HttpQueueSendResponse(status="timedOut")),
    (
        "http_queue_send_response",
        "0400 09 636f6d706c65746564 01 0e b90001 68 6e6577436f756e74 182a",
        m.HttpQueueSendResponse(status="completed", response=bytes.fromhex("b90001686e6577436f756e74182a")),
    ),
    ("http_resolve_response", f"0400 1e{ID.encode().hex()}", m.HttpResolveResponse(actor_id=ID)),
]

# With nothing that may be absent. Together with the captured messages they take every branch, whatever else is drawn.
SPARSE = [
    ("to_client", m.Error(group="g", code="c", message="m")),
    (
        "to_client",
        m.Error(group="g", code="c", message="m", actor=m.ActorSpecifier(actor_id="a", generation=1)),
    ),
    ("http_response_error", m.HttpResponseError(group="g", code="c", message="m")),
    ("http_queue_send_request", m.HttpQueueSendRequest(body=b"")),
    ("http_queue_send_response", m.HttpQueueSendResponse(status="")),
]

_TEXT, _DATA = "ä" * 64, b"x" * 128
_ERROR = {"group": _TEXT, "code": _TEXT, "message": _TEXT, "metadata": _DATA}

# With lengths that take two bytes: version, name of the codec, message.
LONG = [
    (1, "to_client", v1.Init(actor_id=_TEXT, connection_id=_TEXT, connection_token=_TEXT)),
    (3, "to_client", v3.Error(**_ERROR, action_id=128)),
    (3, "http_response_error", v3.HttpResponseError(**_ERROR)),
    (4, "to_client", v4.Init(actor_id=_TEXT, connection_id=_TEXT)),
    (4, "to_client", v4.ActionResponse(id=128, output=_DATA)),
    (4, "to_client", v4.Event(name=_TEXT, args=_DATA)),
    (4, "to_server", v4.ActionRequest(id=128, name=_TEXT, args=_DATA)),
    (4, "to_server", v4.SubscriptionRequest(event_name=_TEXT, subscribe=True)),
    (4, "http_action_request", v4.HttpActionRequest(args=_DATA)),
    (4, "http_action_response", v4.HttpActionResponse(output=_DATA)),
    (4, "http_queue_send_request", v4.HttpQueueSendRequest(body=_DATA, name=_TEXT, wait=None, timeout=None)),
    (4, "http_queue_send_response", v4.HttpQueueSendResponse(status=_TEXT, response=_DATA)),
    (4, "http_resolve_response", v4.HttpResolveResponse(actor_id=_TEXT)),
    (
        4,
        "to_client",
        v4.Error(**_ERROR, action_id=128, actor=v4.ActorSpecifier(actor_id=_TEXT, generation=128, key=_TEXT)),
    ),
    (4, "http_response_error", v4.HttpResponseError(**_ERROR, actor=None)),
]

text, data, uint = st.text(max_size=10), st.binary(max_size=20), st.integers(0, 2**64 - 1)


def optional(strategy):
    return st.none() | strategy


def kinds(p, version):
    """Strategies for the messages of a version, by what their codec is called.

    Args:
        p: The module with the types.
        version: The version.
    """
    error = {"group": text, "code": text, "message": text, "metadata": optional(data)}
    specifier = {}
    if version >= 4:
        actor = st.builds(p.ActorSpecifier, actor_id=text, generation=uint, key=optional(text))
        specifier = {"actor": optional(actor)}
    token = {"connection_token": text} if version == 1 else {}
    found = {
        "to_server": st.builds(p.ActionRequest, id=uint, name=text, args=data)
        | st.builds(p.SubscriptionRequest, event_name=text, subscribe=st.booleans()),
        "to_client": st.builds(p.Init, actor_id=text, connection_id=text, **token)
        | st.builds(p.Error, **error, action_id=optional(uint), **specifier)
        | st.builds(p.ActionResponse, id=uint, output=data)
        | st.builds(p.Event, name=text, args=data),
        "http_response_error": st.builds(p.HttpResponseError, **error, **specifier),
        "http_action_request": st.builds(p.HttpActionRequest, args=data),
        "http_action_response": st.builds(p.HttpActionResponse, output=data),
        "http_resolve_response": st.builds(p.HttpResolveResponse, actor_id=text),
    }
    if version >= 3:
        found["http_queue_send_request"] = st.builds(
            p.HttpQueueSendRequest,
            body=data,
            name=optional(text),
            wait=optional(st.booleans()),
            timeout=optional(uint),
        )
        found["http_queue_send_response"] = st.builds(
            p.HttpQueueSendResponse, status=text, response=optional(data)
        )
    return found


VERSIONS = {version: kinds(p, version) for version, p in enumerate((v1, v2, v3, v4), 1)}
"""Strategies for the messages of each version, by what their codec is called."""

NEWEST = kinds(m, 4)
"""The same for the messages that encoders take and decoders return, whatever the newest version is."""

ONE_OF_EACH = st.tuples(
    *(
        st.tuples(st.just(version), st.just(name), kind)
        for version, kinds in VERSIONS.items()
        for name, kind in kinds.items()
    )
)
"""A strategy for all of these messages at once, a tuple each: version, name of the codec, message."""
