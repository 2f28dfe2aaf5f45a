"""What `generate` knows of the package on disk: `--check --breaking`, and which renames are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rivet_client.cli.app import root
from rivet_codegen.contract.renames import new_renames, rename_lines
from rivet_codegen.registry.document import read_document
from rivet_codegen.registry.package_contract import CONTRACT_FILE, contract_text
from rivet_codegen.registry.python_names import python_names
from rivet_codegen.registry.typed_package import TypedPackage
from tests.contract.test_rules import TEXT, action, obj, param
from tests.typed.support import document, odd_document

pytestmark = pytest.mark.usefixtures("logging_as_before")


def package(folder: Path, old: Any) -> Path:
    """What is read of a package that was generated from a document."""
    folder.mkdir()
    (folder / CONTRACT_FILE).write_text(contract_text(old, "Generated, do not edit."))
    return folder


def check(source: Path, folder: Path, *args: str) -> Result:
    return CliRunner().invoke(root, ["generate", str(source), "-o", str(folder), *args])


def test_check_breaking(tmp_path: Path) -> None:
    source = tmp_path / "registry.json"
    folder = package(tmp_path / "my_actors", document({"thing": action()}))
    source.write_text(json.dumps(document({"thing": action(param(required=False))})))
    done = check(source, folder, "--check", "--breaking")
    assert done.exit_code == 0
    assert done.stdout.split()[:2] == ["compatible", "PARAMETER_ADDED_OPTIONAL"]
    source.write_text(json.dumps(document({"thing": action(param())})))
    done = check(source, folder, "--check", "--breaking")
    assert done.exit_code == 1
    assert done.stdout.split()[:2] == ["breaking", "PARAMETER_ADDED_REQUIRED"]
    assert done.stderr.splitlines() == [
        "break callers: 1, break type checks only: 0, compatible: 0",
        f"error: callers of {folder} break",
    ]
    as_json = check(source, folder, "--check", "--breaking", "--format", "json")
    assert json.loads(as_json.stdout)["rule"] == "PARAMETER_ADDED_REQUIRED"
    assert [path.name for path in folder.iterdir()] == [CONTRACT_FILE]

    assert check(source, folder, "--breaking").exit_code == 2
    done = check(source, tmp_path / "nothing", "--check", "--breaking")
    assert done.exit_code == 2
    assert "nothing has no contract.json: " in done.stderr


def test_12_10_only_what_was_renamed_since_is_told(tmp_path: Path) -> None:
    definitions = {name: obj("a") for name in ("Page_A", "Page_B", "Page_C", "Page_D")}
    old = document({"thing": {"actions": {"class": action()["actions"]["go"]}}}, definitions)
    new = {**old, "$defs": {**definitions, "List_A": obj("from")}}
    rendered = TypedPackage({CONTRACT_FILE: b""}, python_names(read_document(new)).renames, ())
    told = rename_lines(new_renames(rendered, package(tmp_path / "my_actors", old), are_checked=True))
    assert told == [
        "renamed: field 'from' of ListA is from_ in Python: from is a keyword",
        "spelled as classes: List_A is ListA",
    ]
    told = rename_lines(new_renames(rendered, tmp_path / "nothing", are_checked=True))
    assert told[1] == "renamed: action 'class' of thing is class_ in Python: class is a keyword"
    assert told[-1] == "spelled as classes: List_A is ListA, Page_A is PageA, Page_B is PageB and 2 more"


def test_the_contract_in_a_package_is_the_document() -> None:
    """All of it but for what changes without the contract; and hashes, versions and orders do not matter."""
    for whole in (
        odd_document(),
        document({}, {}),
        document({"thing": {**action(param(schema=TEXT)), "throws": []}}),
    ):
        about = {**whole["x-rivet-registry"], "sourceHash": "sha256:1", "rivetkit": "2"}
        text = contract_text({**whole, "x-rivet-registry": about, "diagnostics": [{}]}, "Mark")
        read = json.loads(text)
        assert text.splitlines()[1] == ' "$comment": "Mark",'
        assert {**read, "diagnostics": []} == {"$comment": "Mark", **whole}
        assert text == contract_text(json.loads(json.dumps(whole, sort_keys=False)), "Mark")
