"""A few cases of each target of tests/fuzz, the same ones every time. `nox -s fuzz` runs others, for longer."""

import pytest

from tests.fuzz import TARGETS, CaseFailed, run_case

CASES = {
    "codecs": 500,
    "values": 500,
    "frames": 80,
    "handshakes": 150,
    "answers": 400,
    "requests": 1000,
    "sessions": 100,
    "raw-sessions": 50,
}


@pytest.mark.parametrize("target", TARGETS)
def test_a_few_cases(target: str) -> None:
    for number in range(CASES[target]):
        run_case(target, f"ci-{number}")


def test_a_failure_says_how_to_run_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def case(rng: object) -> None:
        raise ValueError("what happened")

    monkeypatch.setitem(TARGETS, "frames", case)
    with pytest.raises(CaseFailed) as caught:
        run_case("frames", "7-1")
    assert "ValueError: what happened" in str(caught.value)
    assert "python -m tests.fuzz frames --case 7-1" in str(caught.value)
