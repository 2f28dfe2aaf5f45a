"""Keys and names: their serialised form, their limits, and that no two keys are ever the same (PROTOCOL.md 2, 3.3)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivet_client._core.keys import MAX_KEY_BYTES, check_name, fits_query, normalize_key, serialize_key
from rivet_client.errors import ConfigError


@pytest.mark.parametrize(
    ("key", "wire"),
    [
        ([], "/"),
        ([""], "\\0"),
        (["/"], "\\/"),
        (["a", "b/c", ""], "a/b\\/c/\\0"),
        (["a\\b"], "a\\\\b"),
        (["a,b"], "a,b"),
        (["", ""], "\\0/\\0"),
        (["\\0"], "\\\\0"),
        (["\\", "/"], "\\\\/\\/"),
        (["é 😀+%"], "é 😀+%"),
    ],
)
def test_serialised_keys(key: list[str], wire: str) -> None:
    assert serialize_key(key) == wire


KEYS = st.lists(st.text("\\/0,a", max_size=3), max_size=3)


@given(KEYS, KEYS)
def test_no_two_keys_are_the_same(one: list[str], other: list[str]) -> None:
    assert (serialize_key(one) == serialize_key(other)) == (one == other)


@given(KEYS)
def test_no_part_of_a_key_is_lost(parts: list[str]) -> None:
    """Reads the form back as the host does."""
    if parts:
        found, escaped = [""], False
        for character in serialize_key(parts):
            if escaped:
                found[-1] += "" if character == "0" else character
            elif character == "/":
                found.append("")
            elif character != "\\":
                found[-1] += character
            escaped = character == "\\" and not escaped
        assert found == parts


@pytest.mark.parametrize(
    ("key", "fits"),
    [
        ([], True),
        (["a"], True),
        (["a", "b/\\ +%é"], True),
        ([""], False),
        (["x", ""], False),
        (["a,b"], False),
        (["a", ","], False),
    ],
)
def test_keys_that_fit_a_query(key: list[str], fits: bool) -> None:
    assert fits_query(key) is fits


@given(KEYS, KEYS)
def test_keys_that_fit_a_query_stay_apart(one: list[str], other: list[str]) -> None:
    if fits_query(one) and fits_query(other) and one != other:
        assert (one and ",".join(one)) != (other and ",".join(other))


@pytest.mark.parametrize(
    ("key", "parts"),
    [("abc", ("abc",)), ("", ("",)), ([], ()), ((), ()), (["a", "b"], ("a", "b")), (("a,b",), ("a,b",))],
)
def test_keys(key: Any, parts: tuple[str, ...]) -> None:
    assert normalize_key(key) == parts


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (None, "key must be a str or a sequence of str, not NoneType"),
        (5, "not int"),
        (b"abc", "not bytes"),
        (bytearray(b"abc"), "not bytearray"),
        ({"a"}, "not set"),
        ({"a": 1}, "not dict"),
        ((part for part in "ab"), "not generator"),
        ([5], r"key\[0\] must be a str, not int; write it as a string, for example '5'"),
        (["a", None], r"key\[1\] must be a str, not NoneType"),
        (["a", ["b"]], r"key\[1\] must be a str, not list"),
        (range(3), r"key\[0\] must be a str, not int"),
    ],
)
def test_keys_of_other_types(key: Any, text: str) -> None:
    with pytest.raises(TypeError, match=text):
        normalize_key(key)


@pytest.mark.parametrize("key", ["x" * MAX_KEY_BYTES, "é" * (MAX_KEY_BYTES // 2), "/" * (MAX_KEY_BYTES // 2)])
def test_the_longest_key(key: str) -> None:
    assert normalize_key(key) == (key,)
    with pytest.raises(
        ConfigError, match=r"key is 10(25|26) bytes long when serialised, over the limit of 1024"
    ):
        normalize_key(key + key[0])


def test_a_key_that_cannot_be_encoded() -> None:
    with pytest.raises(ConfigError, match=r"key \('a\\ud800',\) contains a lone surrogate"):
        normalize_key("a\ud800")


@pytest.mark.parametrize("name", ["add", "math.add", "a/b", "é", " ", "...", "%2e", "@"])
def test_names(name: str) -> None:
    assert check_name("action name", name) == name


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("", ConfigError, "action name must not be empty"),
        (".", ConfigError, r"action name must not be '\.'"),
        ("..", ConfigError, r"action name must not be '\.\.': it has a meaning of its own in a URL"),
        ("\udfff", ConfigError, r"action name '\\udfff' contains a lone surrogate"),
        (None, TypeError, "action name must be a str, not NoneType"),
        (b"add", TypeError, "not bytes"),
    ],
)
def test_bad_names(name: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        check_name("action name", name)
