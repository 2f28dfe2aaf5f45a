"""URLs of engines: which can be used, and that no secret of one shows. Those of metadata answers: see test_locate."""

from __future__ import annotations

import traceback
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivet_client._core.endpoint import address_of, mask_url, parse_endpoint
from rivet_client.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h", ("http://h", None, None)),
        ("https://h:1/", ("https://h:1", None, None)),
        ("HTTP://Host:80", ("http://host:80", None, None)),
        ("http://h/api/rivet/", ("http://h/api/rivet", None, None)),
        ("http://ns@h", ("http://h", "ns", None)),
        ("http://ns:tok@h/base/", ("http://h/base", "ns", "tok")),
        ("http://n%40s:t%2Fk%3A@h", ("http://h", "n@s", "t/k:")),
        ("http://ns:t:k@h", ("http://h", "ns", "t:k")),
        ("http://ns:@h", ("http://h", "ns", None)),
        ("http://@h", ("http://h", None, None)),
        ("http://[::1]:6420/a", ("http://[::1]:6420/a", None, None)),
        ("http://ns:tok@[::1]", ("http://[::1]", "ns", "tok")),
        ("http://my_host.internal.", ("http://my_host.internal.", None, None)),
        ("http://bücher.example:80/é", ("http://xn--bcher-kva.example:80/%C3%A9", None, None)),
        ("http://h:", ("http://h", None, None)),
        ("http://h/a%20b", ("http://h/a%20b", None, None)),
    ],
)
def test_endpoints(url: str, expected: tuple[str, str | None, str | None]) -> None:
    assert parse_endpoint(url, "here") == expected


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("h", "the scheme must be http or https: 'h'"),
        ("h:6420", "the scheme must be http or https"),
        ("ftp://h", "the scheme must be http or https: 'ftp://h'"),
        ("ws://h", "the scheme must be http or https"),
        ("//h", "the scheme must be http or https"),
        ("http://", "no host"),
        ("http:///path", "no host"),
        ("http://:80", "no host"),
        ("http://ns:s3cret@", "no host"),
        ("http://a..b", "not a host name"),
        (f"http://{'x' * 64}", "not a host name"),
        (f"http://{'x' * 60}:6420", "not a host name"),  # wsproto cannot write such a Host header
        ("http://a<b", "not a host name"),
        ("http://a%20b", "not a host name"),
        ("http://a\\b", "not a host name"),
        ("http://[::1", "not a URL"),
        ("http://ns:s3cret@[::1", "not a URL"),
        ("http://\u2100", "not a URL"),
        ("http://ns:s3cret@\u2100", "not a URL"),
        ("http://h:0", "the port must be a number from 1 to 65535: 'http://h:0'"),
        ("http://h:65536", "the port must be"),
        ("http://h:-1", "the port must be"),
        ("http://ns:s3cret", "the port must be a number from 1 to 65535: 'http://ns:***'"),
        ("http://ns:s3cret/x", "'http://ns:***'"),
        ("http://ns:s3cret@h:port", "the port must be"),
        ("http://h?", "cannot contain a query string"),
        ("http://h?token=s3cret", "cannot contain a query string: 'http://h?***'"),
        ("http://ns:s3cret@h/a?x", "cannot contain a query string: 'http://ns:***@h/a?***'"),
        ("http://h#", "cannot contain a fragment"),
        ("http://h/a#s3cret", "cannot contain a fragment: 'http://h/a#***'"),
        ("http://h#?", "cannot contain a fragment"),
        ("http://:s3cret@h", "cannot have a token without a namespace: 'http://:***@h'"),
        (
            "http://ns:12/s3cret@h",
            "an '@' in the path; write a '/' in the namespace or token as %2F: 'http://ns:***@h'",
        ),
        ("http://h//a", "an empty or dot segment in the path"),
        ("http://h/a/../b", "an empty or dot segment in the path"),
        (" http://h", "spaces or control characters"),
        ("http://h\n", "spaces or control characters"),
        ("http://a b", "spaces or control characters"),
        ("http://h/a\u00a0b", "spaces or control characters"),
        ("http://h/\ud800", "spaces or control characters"),
        ("http://ns:s3 cret@h", "spaces or control characters in the endpoint: 'http://ns:***@h'"),
        ("http://ns:s3%0Acret@h", "control characters in the namespace or token"),
        ("http://n%00s@h", "control characters in the namespace or token"),
    ],
)
def test_bad_endpoints(url: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_endpoint(url, "environment variable RIVET_ENGINE")
    text = str(caught.value)
    assert text.startswith("environment variable RIVET_ENGINE: ")
    assert why in text
    assert "use http(s)://[namespace:token@]host[:port]" in text
    assert "s3" not in text


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("http://h:80/a", "http://h:80/a"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("http://ns@h", "http://ns@h"),
        ("http://ns:tok@h/a", "http://ns:***@h/a"),
        ("http://ns:t@k@h", "http://ns:***@h"),
        ("http://ns:t/k@h", "http://ns:***@h"),
        ("http://n/s:tok@h", "http://***:***@h"),
        ("ns://tok@h", "ns://***@h"),
        ("http://ns:@/tok@h", "http://ns:***@h"),
        ("ns:tok@h://", "ns:***@h://"),
        ("ns:tok@h", "ns:***@h"),
        ("http://ns:to?k@h", "http://ns:***?***"),
        ("http://ns:tok@[h", "http://ns:***@[h"),
        ("plain", "plain"),
    ],
)
def test_masks(url: str, masked: str) -> None:
    assert mask_url(url) == masked


@given(
    st.sampled_from(["http://", "https://", "http:/", "ws://", "//", ""]),
    st.text(":/?#[]@ .%", max_size=3),
    st.sampled_from(["h", "[::1]", "[", "h:x", "h:0", "", "h/a@b", "\u2100"]),
    st.text("/?#@: ", max_size=3),
)
def test_a_token_never_shows(scheme: str, before: str, host: str, after: str) -> None:
    url = f"{scheme}ns:{before}s3cret@{host}{after}"
    try:
        base, _, token = parse_endpoint(url, "argument endpoint")
    except ConfigError as error:
        shown = "".join(traceback.format_exception(error))
    else:
        shown = base
        assert token == unquote(f"{before}s3cret")
    assert "s3cret" not in shown


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://h", ("http", "h", 80)),
        ("https://h/base", ("https", "h", 443)),
        ("wss://h", ("wss", "h", 443)),
        ("ws://[::1]:6420", ("ws", "::1", 6420)),
    ],
)
def test_addresses(url: str, address: tuple[str, str, int]) -> None:
    assert address_of(url) == address
