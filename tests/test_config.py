"""Settings: where each comes from, what is wrong with it, and that no secret shows."""

from __future__ import annotations

import ssl
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest

from rivet_client.config import ClientConfig, RetryPolicy
from rivet_client.errors import ConfigError
from rivet_client.values import UNDEFINED
from rivet_client_generated.protocol.versions import NEWEST


def resolve(environ: Mapping[str, str] | None = None, **arguments: Any) -> ClientConfig:
    defaults: dict[str, Any] = {
        "endpoint": None,
        "token": None,
        "namespace": None,
        "pool_name": None,
        "encoding": "bare",
        "protocol_version": None,
        "headers": None,
        "max_input_size": 4096,
        "max_body_bytes": 64 * 1024 * 1024,
        "disable_metadata_lookup": False,
        "skip_ready_wait": False,
        "timeout": 60.0,
        "retry": RetryPolicy(),
        "ssl_context": None,
    }
    return ClientConfig.resolve(**{**defaults, **arguments}, environ=environ or {})


# --- Precedence ------------------------------------------------------------------------------------------------


def test_defaults() -> None:
    assert resolve() == ClientConfig()
    config = ClientConfig()
    assert (config.endpoint, config.namespace, config.token) == ("http://localhost:6420", "default", None)
    assert (config.pool_name, config.encoding, config.timeout) == ("default", "bare", 60.0)


@pytest.mark.parametrize(
    ("environ", "arguments", "setting", "expected"),
    [
        ({"RIVET_ENDPOINT": "http://b"}, {}, "endpoint", "http://b"),
        ({"RIVET_ENGINE": "http://a", "RIVET_ENDPOINT": "http://b"}, {}, "endpoint", "http://a"),
        ({"RIVET_ENGINE": "http://a"}, {"endpoint": "http://c"}, "endpoint", "http://c"),
        ({"RIVET_ENGINE": "", "RIVET_ENDPOINT": "http://b"}, {}, "endpoint", "http://b"),
        ({"RIVET_ENGINE": ""}, {}, "endpoint", "http://localhost:6420"),
        ({"RIVET_NAMESPACE": "a"}, {}, "namespace", "a"),
        ({"RIVET_NAMESPACE": "a"}, {"namespace": "b"}, "namespace", "b"),
        ({"RIVET_NAMESPACE": ""}, {}, "namespace", "default"),
        ({}, {"endpoint": "http://ns@h"}, "namespace", "ns"),
        ({"RIVET_ENGINE": "http://ns@h"}, {}, "namespace", "ns"),
        ({"RIVET_NAMESPACE": "ns"}, {"endpoint": "http://ns@h"}, "namespace", "ns"),
        ({"RIVET_NAMESPACE": "other"}, {"endpoint": "http://ns@h", "namespace": "ns"}, "namespace", "ns"),
        ({"RIVET_TOKEN": "a"}, {}, "token", "a"),
        ({"RIVET_TOKEN": "a"}, {"token": "b"}, "token", "b"),
        ({"RIVET_TOKEN": ""}, {}, "token", None),
        ({}, {"endpoint": "http://ns:tok@h"}, "token", "tok"),
        ({"RIVET_TOKEN": "tok"}, {"endpoint": "http://ns:tok@h"}, "token", "tok"),
        ({"RIVET_TOKEN": "tok"}, {"endpoint": "http://ns@h"}, "token", "tok"),
        ({"RIVET_RUNNER": "a"}, {}, "pool_name", "a"),
        ({"RIVET_POOL": "b", "RIVET_RUNNER": "a"}, {}, "pool_name", "b"),
        ({"RIVET_POOL": "b"}, {"pool_name": "c"}, "pool_name", "c"),
        ({"RIVET_POOL": ""}, {}, "pool_name", "default"),
        ({"RIVET_PROTOCOL_VERSION": ""}, {}, "protocol_version", None),
        ({"RIVET_PROTOCOL_VERSION": "3"}, {}, "protocol_version", 3),
        ({"RIVET_PROTOCOL_VERSION": "3"}, {"protocol_version": 1}, "protocol_version", 1),
    ],
)
def test_where_a_setting_comes_from(
    environ: dict[str, str], arguments: dict[str, Any], setting: str, expected: object
) -> None:
    assert getattr(resolve(environ, **arguments), setting) == expected


def test_the_environment_is_the_process_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIVET_ENGINE", "http://from-the-environment")
    arguments = {field.name: getattr(ClientConfig(), field.name) for field in fields(ClientConfig)}
    del arguments["proxies"]
    assert ClientConfig.resolve(**{**arguments, "endpoint": None}).endpoint == "http://from-the-environment"


@pytest.mark.parametrize(
    ("environ", "arguments", "places"),
    [
        (
            {"RIVET_NAMESPACE": "b"},
            {"endpoint": "http://a@h"},
            ["the URL of argument endpoint", "environment variable RIVET_NAMESPACE", "'a' and 'b'"],
        ),
        (
            {"RIVET_ENDPOINT": "http://a@h"},
            {"namespace": "b"},
            ["the URL of environment variable RIVET_ENDPOINT", "argument namespace", "'a' and 'b'"],
        ),
        (
            {"RIVET_TOKEN": "s3cret1"},
            {"endpoint": "http://a:s3cret2@h"},
            ["argument endpoint", "RIVET_TOKEN"],
        ),
        ({"RIVET_ENGINE": "http://a:s3cret2@h"}, {"token": "s3cret1"}, ["RIVET_ENGINE", "argument token"]),
    ],
)
def test_given_twice(environ: dict[str, str], arguments: dict[str, Any], places: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"set differently .* give it in one place") as caught:
        resolve(environ, **arguments)
    for place in places:
        assert place in str(caught.value)
    assert "s3cret" not in str(caught.value)


# --- Everything else -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"endpoint": 5}, TypeError, "endpoint must be a str, not int"),
        ({"endpoint": ""}, ConfigError, "endpoint must not be empty; leave it out to use the default"),
        (
            {"endpoint": "http://h?x"},
            ConfigError,
            "argument endpoint: an endpoint cannot contain a query string",
        ),
        ({"namespace": ""}, ConfigError, "namespace must not be empty"),
        ({"namespace": 5}, TypeError, "namespace must be a str, not int"),
        ({"namespace": "a\n"}, ConfigError, "argument namespace contains control characters"),
        ({"token": ""}, ConfigError, "token must not be empty"),
        ({"token": b"x"}, TypeError, "token must be a str, not bytes"),
        ({"token": "s3cret\r\nx: y"}, ConfigError, "argument token contains control characters"),
        ({"token": "s3cret\u00e9"}, ConfigError, "token has characters that a header cannot carry"),
        ({"token": " s3cret"}, ConfigError, "token has characters that a header cannot carry"),
        ({"endpoint": "http://ns:s3cret%C3%A9@h"}, ConfigError, "token has characters"),
        ({"pool_name": ""}, ConfigError, "pool_name must not be empty"),
        ({"pool_name": 5}, TypeError, "pool_name must be a str"),
        ({"encoding": "xml"}, ConfigError, "unknown encoding 'xml'; use one of 'bare', 'cbor', 'json'"),
        ({"encoding": "JSON"}, ConfigError, "unknown encoding 'JSON'"),
        ({"encoding": None}, ConfigError, "unknown encoding None"),
        ({"encoding": ["bare"]}, ConfigError, "unknown encoding"),
        (
            {"protocol_version": 0},
            ConfigError,
            rf"^protocol_version must be from 1 to {NEWEST}, which this client knows, not 0$",
        ),
        ({"protocol_version": NEWEST + 1}, ConfigError, "protocol_version must be from 1"),
        ({"protocol_version": "3"}, TypeError, "protocol_version must be an int, not str"),
        ({"protocol_version": True}, TypeError, "protocol_version must be an int, not bool"),
        ({"headers": [("a", "b")]}, TypeError, "headers must be a mapping of str to str, not list"),
        ({"headers": {"a": 5}}, TypeError, "headers must map str to str; 'a' maps to int"),
        ({"headers": {b"a": "b"}}, TypeError, "headers must map str to str"),
        ({"headers": {"a b": "s3cret"}}, ConfigError, "headers: 'a b' is not a header name"),
        ({"headers": {"": "s3cret"}}, ConfigError, "headers: '' is not a header name"),
        ({"headers": {"a\n": "s3cret"}}, ConfigError, "is not a header name"),
        (
            {"headers": {"x": "s3cret\r\ny: z"}},
            ConfigError,
            "the value of 'x' has characters that a header cannot",
        ),
        ({"headers": {"x": "s3crét"}}, ConfigError, "use printable ASCII"),
        ({"headers": {"Host": "s3cret"}}, ConfigError, "headers: 'Host' is for the client itself to set"),
        ({"headers": {"content-length": "5"}}, ConfigError, "for the client itself"),
        ({"headers": {"Sec-WebSocket-Key": "s3cret"}}, ConfigError, "for the client itself"),
        ({"max_input_size": 0}, ConfigError, "max_input_size must be greater than 0, not 0"),
        ({"max_input_size": -1}, ConfigError, "max_input_size must be greater than 0, not -1"),
        ({"max_input_size": 1.5}, TypeError, "max_input_size must be an int, not float"),
        ({"max_input_size": True}, TypeError, "max_input_size must be an int, not bool"),
        (
            {"max_body_bytes": 0},
            ConfigError,
            r"max_body_bytes must be greater than 0 \(None for no limit\), not 0",
        ),
        ({"max_body_bytes": "1"}, TypeError, "max_body_bytes must be an int or None, not str"),
        ({"max_body_bytes": True}, TypeError, "max_body_bytes must be an int or None, not bool"),
        ({"disable_metadata_lookup": 1}, TypeError, "disable_metadata_lookup must be True or False, not 1"),
        ({"skip_ready_wait": None}, TypeError, "skip_ready_wait must be True or False, not None"),
        ({"timeout": -1}, ConfigError, "timeout must be from 0 to 2000000 seconds .* not -1"),
        ({"timeout": "5"}, TypeError, "timeout must be a number of seconds or None, not str"),
        ({"retry": None}, TypeError, "retry must be a RetryPolicy, not NoneType"),
        ({"retry": {"max_attempts": 1}}, TypeError, "retry must be a RetryPolicy, not dict"),
        ({"ssl_context": True}, TypeError, "ssl_context must be an ssl.SSLContext, not bool"),
        ({"proxy": True}, TypeError, "proxy must be a str, not bool"),
        ({"proxy": ""}, ConfigError, "proxy must not be empty"),
        ({"proxy": "ftp://u:s3cret@proxy"}, ConfigError, "argument proxy: no proxy speaks ftp"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text) as caught:
        resolve(**arguments)
    assert "s3cr" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["RIVET_TOKEN", "RIVET_NAMESPACE", "RIVET_POOL", "RIVET_RUNNER", "RIVET_ENGINE"]
)
def test_bad_environment(name: str) -> None:
    with pytest.raises(
        ConfigError, match=f"environment variable {name} contains control characters"
    ) as caught:
        resolve({name: "s3cret\n"})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("value", ["0", "99", "-3", "three", "3.0", "٣"])
def test_a_wrong_version_in_the_environment(value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve({"RIVET_PROTOCOL_VERSION": value})
    text = f"environment variable RIVET_PROTOCOL_VERSION must be from 1 to {NEWEST}, which this client knows, not "
    assert str(caught.value).startswith(text)


def test_good_arguments() -> None:
    context = ssl.create_default_context()
    config = resolve(
        endpoint="http://ns:tok@h",
        headers={"X-Mine": " 1 ", "Authorization": "Basic x"},
        encoding="cbor",
        protocol_version=2,
        max_input_size=1,
        max_body_bytes=None,
        disable_metadata_lookup=True,
        skip_ready_wait=True,
        timeout=None,
        retry=RetryPolicy(max_attempts=1),
        ssl_context=context,
    )
    assert config.headers == {"x-mine": "1", "authorization": "Basic x"}  # as they stand on the wire
    assert (config.encoding, config.max_input_size, config.timeout) == ("cbor", 1, None)
    assert config.protocol_version == 2
    assert (config.disable_metadata_lookup, config.skip_ready_wait) == (True, True)
    assert config.retry.max_attempts == 1
    assert config.ssl_context is context


# --- Proxies: which variable is for what is in tests/core/test_proxy.py ------------------------------------------


@pytest.mark.parametrize(
    ("environ", "proxy", "expected"),
    [
        ({}, UNDEFINED, None),
        ({"HTTP_PROXY": "http://a"}, UNDEFINED, "http://a:80"),
        ({"HTTP_PROXY": "http://a"}, None, None),
        ({"HTTP_PROXY": "http://a", "NO_PROXY": "*"}, "socks5h://b", "socks5h://b:1080"),
        ({"HTTP_PROXY": "http://a", "NO_PROXY": "*"}, UNDEFINED, None),
    ],
)
def test_proxies(environ: dict[str, str], proxy: Any, expected: str | None) -> None:
    found = resolve(environ, proxy=proxy).proxies.find("http", "localhost", 6420)
    assert (found and str(found)) == expected


@pytest.mark.parametrize("name", ["HTTP_PROXY", "WS_PROXY"])
def test_a_wrong_proxy_in_the_environment(name: str) -> None:
    with pytest.raises(ConfigError, match=f"environment variable {name}: no proxy speaks ftp") as caught:
        resolve({name: "ftp://u:s3cret@a"})
    assert "s3cret" not in str(caught.value)
    resolve({name: "ftp://u:s3cret@a"}, endpoint="https://h")  # is for others


@pytest.mark.parametrize("platform", ["darwin", "win32", "linux"])
def test_the_settings_of_the_system(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(urllib.request, "getproxies", lambda: {"socks": "http://a:1", "https": "http://b:2"})
    monkeypatch.setattr(urllib.request, "proxy_bypass", lambda address: int(address == "h:443"))
    proxies = resolve().proxies
    found = proxies.find("https", "engine", 443)
    assert str(found) == ("None" if platform == "linux" else "http://b:2")
    assert str(proxies.find("wss", "engine", 443)) == ("None" if platform == "linux" else "socks5h://a:1")
    assert proxies.find("https", "h", 443) is None
    assert resolve({"NO_PROXY": "x"}).proxies.find("https", "engine", 443) is None
    assert resolve(proxy=None).proxies.find("https", "engine", 443) is None


def test_secrets_are_not_shown() -> None:
    settings = {"endpoint": "http://ns:s3cret@h", "headers": {"authorization": "s3cret"}}
    for environ, proxy in (({}, "http://u:s3cret@p"), ({"HTTPS_PROXY": "http://u:s3cret@p"}, UNDEFINED)):
        config = resolve(environ, **settings, proxy=proxy)
        assert config.token == "s3cret"
        assert "s3cret" not in repr(config) + str(config)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        resolve().timeout = 5  # type: ignore[misc]
