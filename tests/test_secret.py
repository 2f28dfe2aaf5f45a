"""What hides secrets from tools that show the variables of a traceback."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest

from rivet_client._secret import Secret, alone, forget_frames, hide, reveal
from rivet_client.values import UNDEFINED


def test_a_secret_does_not_show() -> None:
    secret = Secret({"token": "tok-5ecret"})
    assert repr(secret) == str(secret) == "<secret>"
    assert secret.reveal() == {"token": "tok-5ecret"}
    assert secret == Secret({"token": "tok-5ecret"})
    assert secret != Secret({})
    assert secret != {"token": "tok-5ecret"}


@pytest.mark.parametrize("value", [None, UNDEFINED, Secret(1)])
def test_what_needs_no_hiding(value: object) -> None:
    assert hide(value) is value


@pytest.mark.parametrize("value", [0, "", [], {"a": 1}])
def test_hidden_and_revealed(value: object) -> None:
    hidden = hide(value)
    assert isinstance(hidden, Secret)
    assert reveal(hidden) is value
    assert reveal(value) is value


def inner(token: str) -> None:
    try:
        raise KeyError("first")
    except KeyError as error:
        raise ValueError("second") from error


def bare(token: str) -> None:
    try:
        inner(token)
    except ValueError as error:
        raise alone(error)  # noqa: B904


def chained(token: str) -> None:
    try:
        inner(token)
    except ValueError as error:
        forget_frames(error)
        raise RuntimeError("third") from None


def names(error: BaseException | None) -> list[str]:
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)] if error else []


def test_an_error_alone() -> None:
    with pytest.raises(ValueError, match="second") as caught:
        bare("tok")
    error = caught.value
    assert names(error)[-1] == "bare"
    assert (error.__cause__, error.__context__) == (None, None)


def test_frames_that_are_forgotten() -> None:
    """The kinds and texts of what led to an error stay."""
    with pytest.raises(RuntimeError) as caught:
        chained("tok")
    second = caught.value.__context__
    assert isinstance(second, ValueError)
    assert isinstance(second.__cause__, KeyError)
    assert names(second) == names(second.__cause__) == []


@pytest.mark.parametrize("call", [bare, chained])
def test_the_error_that_a_caller_handles_is_left_alone(call: Callable[[str], None]) -> None:
    def failing() -> None:
        raise LookupError("the caller's")

    try:
        failing()
    except LookupError as handled:
        theirs = handled
        with pytest.raises((ValueError, RuntimeError)) as caught:
            call("tok")
    assert names(theirs)[-1] == "failing"
    error: BaseException | None = caught.value
    while error is not None and error is not theirs:
        error = error.__context__
    assert error is theirs, "and still known as what was handled when this happened"
