"""The table of mutants fits the code; whether the tests kill them all is told by `nox -s mutants`."""

from __future__ import annotations

import pytest

from tests.mutants.table import ROOT, Mutant, mutants


def test_there_are_enough():
    found = mutants()
    assert len(found) >= 60
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("file", sorted({mutant.file for mutant in mutants()}))
def test_each_can_be_made(file):
    source = (ROOT / file).read_text()
    for mutant in mutants():
        if mutant.file == file:
            mutated = mutant.applied(source)
            assert mutated != source
            compile(mutated, file, "exec")


def test_what_does_not_stand_there_once_is_refused():
    mutant = Mutant("a.py", "x", "y", ())
    assert mutant.applied("a = x") == "a = y"
    for source in ("", "x = x"):
        with pytest.raises(ValueError, match="times"):
            mutant.applied(source)
