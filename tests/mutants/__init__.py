"""Do the tests notice small mistakes? `table.txt` lists mistakes; `nox -s mutants` makes each, and runs its tests."""
