"""Which proxy leads where, and what becomes of asking one for a way."""

from __future__ import annotations

import os
import urllib.request
from base64 import b64encode
from unittest import mock

import httpx
import pytest
from httpx._utils import URLPattern, get_environment_proxies
from hypothesis import example, given
from hypothesis import strategies as st

from rivet_client import ConfigError, TransportError
from rivet_client._core.proxy import Proxies, Proxy, Tunnel, named_proxies, parse_proxy
from rivet_client._secret import Secret
from tests.support.frames import shown_frames

USER = Secret(("user", "pa55:wörd/"))


@pytest.mark.parametrize(
    ("url", "shown", "credentials"),
    [
        ("http://proxy:3128", "http://proxy:3128", None),
        ("proxy:3128", "http://proxy:3128", None),
        ("HTTP://PROXY/", "http://proxy:80", None),
        ("https://proxy", "https://proxy:443", None),
        ("socks5h://proxy", "socks5h://proxy:1080", None),
        ("socks5://[::1]:9", "socks5://[::1]:9", None),
        ("socks4a://user@proxy", "socks4a://proxy:1080", ("user", "")),
        ("http://us%3Aer:pa55%40@bücher.example", None, None),
        ("http://user:pa55%3Aw%C3%B6rd%2F@bücher.example", "http://xn--bcher-kva.example:80", USER.reveal()),
        ("user:p@ss@proxy:1", "http://proxy:1", ("user", "p@ss")),
    ],
)
def test_urls(url, shown, credentials):
    if shown is None:
        with pytest.raises(ConfigError, match="user with a ':'"):
            parse_proxy(Secret(url), "argument proxy")
        return
    proxy = parse_proxy(Secret(url), "argument proxy")
    assert str(proxy) == shown
    assert (proxy.credentials and proxy.credentials.reveal()) == credentials
    assert proxy.is_socks == shown.startswith("socks")
    assert proxy.wants_addresses == (proxy.scheme == "socks5")
    assert "pa55" not in repr(proxy)
    assert hash(proxy) == hash(parse_proxy(Secret(url), "elsewhere"))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://user:pa55@proxy", r"no proxy speaks ftp: 'ftp://user:\*\*\*@proxy'; use scheme://"),
        ("http://user:pa55@", "no host"),
        ("http://user:pa55@a..b", "no host"),
        ("http://user:pa55@proxy:0", "the port must be"),
        ("http://user:pa55@proxy:99999", "not the URL of a proxy"),
        ("http://user:pa55@[::1", "not the URL of a proxy"),
        ("http://user:pa55@proxy/path", "nothing after host and port; percent-encode"),
        ("http://user:pa55@proxy?", "nothing after host and port"),
        ("http://user:pa55/x@proxy", "nothing after host and port|not the URL"),
        ("http://user:pa55 @proxy", "spaces or control characters"),
        ("http://user:pa55\n@proxy", "spaces or control characters"),
        ("socks5://user:pa55%C3%B6@proxy", "ASCII"),
        ("socks4://user%00pa55@proxy", "ASCII"),
        (f"socks5://user:pa55{'x' * 255}@proxy", "at most 255"),
    ],
)
def test_wrong_urls(url, why):
    with pytest.raises(ConfigError, match=why) as caught:
        parse_proxy(Secret(url), "environment variable HTTPS_PROXY")
    assert str(caught.value).startswith("environment variable HTTPS_PROXY: ")
    assert "pa55" not in str(caught.value) + shown_frames(caught.value)


ALL = {f"{name}_PROXY": f"http://{name.lower()}:1" for name in ("ALL", "HTTP", "HTTPS", "SOCKS", "WS", "WSS")}


def without(*names):
    return {name: value for name, value in ALL.items() if name.partition("_")[0] not in names}


@pytest.mark.parametrize(
    ("environ", "http", "https", "ws", "wss"),
    [
        ({}, None, None, None, None),
        (ALL, "http", "https", "ws", "wss"),
        (without("WS", "WSS"), "http", "https", "socks", "socks"),
        (without("WS", "WSS", "SOCKS"), "http", "https", "https", "https"),
        (without("WS", "WSS", "SOCKS", "HTTPS"), "http", "all", "http", "all"),
        (without("WS", "WSS", "HTTP", "HTTPS"), "socks", "socks", "socks", "socks"),
        ({"ALL_PROXY": "all"}, "all", "all", "all", "all"),
        ({"HTTP_PROXY": "upper", "http_proxy": "lower"}, "lower", None, "lower", None),
        ({"http_proxy": "", "HTTP_PROXY": "upper"}, None, None, None, None),
        ({"HTTP_PROXY": ""}, None, None, None, None),
        ({"HTTP_PROXY": "x", "REQUEST_METHOD": "GET"}, None, None, None, None),
        ({"http_proxy": "x", "REQUEST_METHOD": "GET"}, "x", None, "x", None),
        ({**ALL, "NO_PROXY": "*"}, None, None, None, None),
        ({**ALL, "NO_PROXY": "other, engine.example"}, None, None, None, None),
        ({**ALL, "no_proxy": "..EXAMPLE"}, None, None, None, None),
        ({**ALL, "no_proxy": "ample,ngine.example,,"}, "http", "https", "ws", "wss"),
        ({**ALL, "no_proxy": "engine.example:80"}, None, "https", None, "wss"),
    ],
)
def test_the_order(environ, http, https, ws, wss):
    proxies = named_proxies(environ)
    found = {
        scheme: proxies.find(scheme, "engine.example", 443 if scheme.endswith("s") and scheme != "ws" else 80)
        for scheme in ("http", "https", "ws", "wss")
    }
    hosts = {scheme: proxy and proxy.host for scheme, proxy in found.items()}
    assert hosts == {"http": http, "https": https, "ws": ws, "wss": wss}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("proxy:1", "socks5h://proxy:1"),
        ("http://proxy:1", "socks5h://proxy:1"),
        ("socks4://proxy", "socks4://proxy:1080"),
    ],
)
def test_what_is_named_as_socks_is_socks(url, shown):
    assert str(named_proxies({"SOCKS_PROXY": url}).find("https", "engine", 443)) == shown


def test_errors_name_the_variable():
    with pytest.raises(ConfigError, match="environment variable hTTps_pROxy: no proxy speaks ftp"):
        named_proxies({"hTTps_pROxy": "ftp://proxy"}).find("https", "engine", 443)


def test_one_for_everything():
    proxy = Proxy("http", "proxy", 3128)
    assert Proxies(proxy).find("wss", "127.0.0.1", 443) is proxy
    assert Proxies().find("wss", "127.0.0.1", 443) is None
    assert Proxies(named={"all": ("here", Secret("proxy:3128"))}).find("http", "127.0.0.1", 80) == proxy


HOSTS = st.sampled_from(["a.b", "b", "xa.b", "127.0.0.1", "::1", "localhost"])
ENTRIES = st.sampled_from(["", "*", "b", ".b", "..A.B", "b:80", "a.b:81", " b ", "0.1", "::1", "::1:80", "."])
NAMES = st.sampled_from(
    ["HTTP_PROXY", "http_proxy", "Http_Proxy", "Http_proxy", "all_proxy", "REQUEST_METHOD", "X"]
)


@given(HOSTS, st.lists(ENTRIES, max_size=3), st.dictionaries(NAMES, st.sampled_from(["", "a", "b"])))
@example("b", ["*"], {})
@example("b", ["*", "a"], {})
@example("a.b", ["..A.B"], {})
@example("b", [], {"HTTP_PROXY": "a", "http_proxy": ""})
@example("b", [], {"HTTP_PROXY": "a", "REQUEST_METHOD": "GET"})
def test_the_environment_is_read_as_urllib_does(host, no_proxy, environ):
    environ = {**environ, "NO_PROXY": ",".join(no_proxy), "WS_PROXY": "proxy"}
    with mock.patch.dict(os.environ, environ, clear=True):
        is_direct = urllib.request.proxy_bypass_environment(f"{host}:80")
        expected = urllib.request.getproxies_environment()
    proxies = named_proxies(environ)
    assert {kind: url.reveal() for kind, (_, url) in proxies.named.items()} == expected
    assert (proxies.find("ws", host, 80) is None) == is_direct


# What curl 8.14.1 did, asked by hand (NO_PROXY, an HTTP proxy on this machine, the URL).
CURL, HTTPX, URLLIB, US = "curl", "httpx", "urllib", "us"
ALL_OF_THEM = (CURL, HTTPX, URLLIB, US)


@pytest.mark.parametrize(
    ("host", "no_proxy", "direct"),
    [
        ("engine.example", "engine.example", ALL_OF_THEM),
        ("engine.example", "other, ENGINE.example", ALL_OF_THEM),
        ("a.engine.example", "engine.example", ALL_OF_THEM),
        ("a.engine.example", ".engine.example", ALL_OF_THEM),
        ("engine.example", ".engine.example", (CURL, URLLIB, US)),
        ("engine.example", "*", ALL_OF_THEM),
        ("engine.example", "other,*", (HTTPX,)),
        ("a.engine.example", "*.engine.example", ()),
        ("an-engine.example", "engine.example", ()),
        ("engine.example", "other engine.example", ()),
        ("engine.example", "http://engine.example", (HTTPX,)),
        ("engine.example.", "engine.example", (CURL,)),
        ("engine.example", "engine.example.", (CURL,)),
        ("engine.example:80", "engine.example:80", (URLLIB, US)),
        ("a.engine.example:80", "engine.example:80", (URLLIB, US)),
        ("engine.example:81", "engine.example:80", ()),
        ("localhost", "localhost", ALL_OF_THEM),
        ("a.localhost", "localhost", (CURL, URLLIB, US)),
        ("127.0.0.1", "localhost", ()),
        ("127.0.0.1", "127.0.0.1", ALL_OF_THEM),
        ("127.0.0.1:80", "127.0.0.1:80", (URLLIB, US)),
        ("127.0.0.1:81", "127.0.0.1:80", ()),
        ("127.0.0.1", "127.0.0.0/8", (CURL,)),
        ("127.0.0.1", "0.0.1", (HTTPX, URLLIB, US)),
        ("127.0.0.1", "127.*", ()),
        ("[::1]", "::1", (CURL, HTTPX, US)),
        ("[::1]", "[::1]", (URLLIB, US)),
        ("[::1]:443", "[::1]:443", (URLLIB, US)),
        ("[::1]:80", "[::1]:443", ()),
        ("[::1]:443", "::1:443", (US,)),
        ("[::1]", "::2,[::2]", ()),
        ("[::1]", "::/64", ()),
        ("[fe80::a]", "FE80::A", (CURL, US)),
        ("[fe80::a]", "[FE80::A]", (URLLIB, US)),
    ],
)
def test_no_proxy_beside_other_programs(host, no_proxy, direct):
    url = httpx.URL(f"http://{host}/")
    environ = {"HTTP_PROXY": "http://proxy:1", "NO_PROXY": no_proxy}
    found = {CURL} & {*direct}
    with mock.patch.dict(os.environ, environ, clear=True):
        if urllib.request.proxy_bypass_environment(host):
            found.add(URLLIB)
        try:
            patterns = get_environment_proxies().items()
            of_httpx = sorted((URLPattern(pattern), proxy) for pattern, proxy in patterns)
        except httpx.InvalidURL:  # httpx.Client() raises it, too
            of_httpx = [(URLPattern("all://"), "")]
    if next((proxy for pattern, proxy in of_httpx if pattern.matches(url)), None) is None:
        found.add(HTTPX)
    if named_proxies(environ).find("http", url.host, url.port or 80) is None:
        found.add(US)
    assert found == {*direct}


def test_the_system_is_asked_about_an_ipv6_address_in_both_ways():
    asked = set()
    named = {"http": ("here", Secret("proxy:3128"))}
    assert Proxies(named=named, is_direct=asked.add).find("http", "::1", 80) is not None
    assert asked == {"::1:80", "[::1]:80"}


# --- CONNECT ---------------------------------------------------------------------------------------------------

PROXY = Proxy("http", "proxy", 3128, setting="environment variable HTTPS_PROXY")
OK = b"HTTP/1.1 200 Connection established\r\nvia: x\r\n\r\n"


@pytest.mark.parametrize(("host", "authority"), [("engine", b"engine:443"), ("::1", b"[::1]:443")])
def test_a_way_is_asked_for(host, authority):
    tunnel = Tunnel(PROXY, host, 443)
    head = b"CONNECT %s HTTP/1.1\r\nhost: %s\r\n\r\n" % (authority, authority)
    assert b"".join(tunnel.data_to_send()) == head
    assert not any(tunnel.receive_data(OK[at : at + 1]) for at in range(len(OK) - 1))
    assert tunnel.receive_data(OK[-1:])


def test_credentials():
    tunnel = Tunnel(Proxy("https", "proxy", 3128, USER), "engine", 443)
    encoded = b64encode("user:pa55:wörd/".encode())
    assert b"\r\nproxy-authorization: Basic %s\r\n" % encoded in b"".join(tunnel.data_to_send())


@pytest.mark.parametrize(
    ("data", "passes", "text"),
    [
        (
            b"HTTP/1.1 407 Proxy\x9b Authentication\r\ncontent-length: 0\r\n\r\n",
            False,
            r"it answers HTTP 407 'Proxy\\x9b Authentication'; give user and password in environment variable "
            "HTTPS_PROXY: http://user:password@host:port",
        ),
        (
            b"HTTP/1.1 403 Forbidden\r\n\r\n",
            False,
            "HTTP 403 'Forbidden'; check environment variable HTTPS",
        ),
        (b"HTTP/1.1 302 \r\nlocation: /\r\n\r\n", False, "HTTP 302 ''; check"),
        (
            b"HTTP/1.1 502 Bad Gateway\r\n\r\n",
            True,
            "HTTP 502 'Bad Gateway'; check .* or add engine to NO_",
        ),
        (b"HTTP/1.1 429 Slow down\r\n\r\n", True, "HTTP 429"),
        (b"\x15\x03\x01", False, r"what answers is no HTTP proxy \("),
        (OK + b"x", False, "it goes on to talk unasked"),
        (b"", True, "closed the stream without an answer"),
    ],
)
def test_a_way_is_refused(data, passes, text):
    with pytest.raises(TransportError, match=text) as caught:
        Tunnel(PROXY, "engine", 443).receive_data(data)
    assert caught.value.is_retryable == passes
    assert str(caught.value).startswith("cannot connect to engine:443 through the proxy http://proxy:3128: ")
    assert not caught.value.may_have_run


@pytest.mark.parametrize(
    ("proxy", "host", "advice"),
    [
        (PROXY, "127.0.0.1", "; add 127.0.0.1 to NO_PROXY"),
        (Proxy("http", "proxy", 1, setting="argument proxy"), "localhost", "; check argument proxy"),
        (Proxy("http", "proxy", 1, USER, setting="argument proxy"), "engine", "; check argument proxy"),
    ],
)
def test_what_to_do(proxy, host, advice):
    with pytest.raises(TransportError) as caught:
        Tunnel(proxy, host, 443).receive_data(b"HTTP/1.1 503 No\r\n\r\n")
    assert str(caught.value).endswith(f"'No'{advice}")


def test_wrong_credentials():
    with pytest.raises(TransportError, match="; correct user and password in argument proxy: ") as caught:
        Tunnel(Proxy("http", "proxy", 1, USER, setting="argument proxy"), "engine", 443).receive_data(
            b"HTTP/1.1 407 No\r\n\r\n"
        )
    assert "pa55" not in str(caught.value) + shown_frames(caught.value)
