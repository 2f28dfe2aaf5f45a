"""Documents of earlier extractions: used again while nothing has changed that they were made from, and never after."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rivet_codegen.extraction import document_cache as module
from rivet_codegen.extraction import extract as extraction
from rivet_codegen.extraction.document_cache import document_key, find_document, keep_document
from rivet_codegen.extraction.extract import extract
from tests.extract.conftest import write_project

OPTIONS = {
    "module": "esnext",
    "moduleResolution": "bundler",
    "strict": True,
    "lib": ["es2022"],
    "noEmit": True,
}
FILES = {
    "package.json": '{"name": "case", "type": "module"}',
    "base.json": json.dumps({"compilerOptions": OPTIONS}),
    "tsconfig.json": '{"extends": "./base.json", "exclude": ["excluded"]}',
    "src/registry.ts": """
        import { actor, setup } from "rivetkit";
        import type { Part } from "./part";
        import type { Wide } from "./wide";
        // @ts-ignore
        import type { Late } from "later";
        const it = actor({ actions: { part: (): Part => null!, wide: (): Wide => null!, all: (): Global => null! } });
        export const registry = setup({ use: { it } });
    """,
    "src/part/index.ts": "export type Part = { part: 1 };",
    "types/globals.d.ts": "interface Global { global: 1 }",
    "excluded/other.d.ts": "interface Global { other: 1 }",
    "copy/index.d.ts": "",
    "node_modules/@types/known/index.d.ts": "export {};",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project whose registry was extracted once: its folder, the key, the document's text and the cache's folder."""
    cache = tmp_path_factory.mktemp("cache")
    folder = write_project(tmp_path_factory.mktemp("case"), FILES, packages="stub")
    (folder / "src" / "wide.ts").write_bytes("export type Wide = { wide: 'ä' };".encode("utf-16"))
    (folder / "src" / "part" / "index.ts").write_bytes(b"\xef\xbb\xbf" + FILES["src/part/index.ts"].encode())
    shutil.rmtree(folder / "copy")
    shutil.copytree(folder / "node_modules" / "rivetkit", folder / "copy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "cache_root", lambda: cache)
        source = folder / "src" / "registry.ts"
        document = extract(source)
    return folder, source, document, cache / "documents"


@pytest.fixture(autouse=True)
def _cache(project, monkeypatch):
    monkeypatch.setattr(module, "cache_root", lambda: project[3].parent)


def key_of(source):
    return document_key(str(source), Path.cwd())


def test_the_document_is_that_of_the_files(project):
    _, source, document, _ = project
    actions = document["actors"]["it"]["actions"]
    assert {name: list(actions[name]["returns"].values()) for name in actions} == {
        "part": ["#/$defs/Part"],
        "wide": ["#/$defs/Wide"],
        "all": ["#/$defs/Global"],
    }
    assert document["$defs"]["Wide"]["properties"] == {"wide": {"const": "ä"}}
    assert extract(source, cache=False) == document


def test_an_unchanged_registry_needs_neither_node_nor_typescript(project, monkeypatch):
    _, source, document, _ = project
    monkeypatch.setenv("PATH", "")
    assert extract(source) == document
    with pytest.raises(extraction.ExtractError, match="`node` is not on PATH"):
        extract(source, cache=False)


def write(name, text="export {};"):
    def change(folder):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    return change


def append(name):
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes() + b"\n")


def link(folder):
    """Replace a package by a link to a copy, with the same contents."""
    shutil.rmtree(folder / "node_modules" / "rivetkit")
    (folder / "node_modules" / "rivetkit").symlink_to(folder / "copy")


CHANGES = {
    "the registry": append("src/registry.ts"),
    "an imported file": append("src/part/index.ts"),
    "a file in UTF-16": append("src/wide.ts"),
    "a declaration file": append("types/globals.d.ts"),
    "a package's types": append("node_modules/rivetkit/index.d.ts"),
    "a package's package.json": append("node_modules/rivetkit/package.json"),
    "the project's package.json": append("package.json"),
    "the tsconfig": append("tsconfig.json"),
    "a tsconfig that it extends": append("base.json"),
    "a nearer tsconfig": write("src/tsconfig.json", "{}"),
    "a nearer package.json": write("src/package.json", "{}"),
    "a file that an import prefers": write("src/part.ts"),
    "a package that was missing": write("node_modules/later/index.d.ts"),
    "a nearer package of the same name": write("src/node_modules/rivetkit/index.d.ts"),
    "types for all files": write("node_modules/@types/all/index.d.ts"),
    "a new declaration file": write("types/more.d.ts"),
    "one in a new folder": write("new/deep/more.d.mts"),
    "a file that hides a declaration file": write("types/globals.ts"),
    "a file that is gone": lambda folder: (folder / "types" / "globals.d.ts").unlink(),
    "a package that is gone": lambda folder: shutil.rmtree(folder / "node_modules" / "rivetkit"),
    "a package that is a link now": link,
}
OTHERS = {
    "nothing": lambda folder: None,
    "the time of a file": lambda folder: os.utime(folder / "src" / "registry.ts", (1, 1)),
    "the output": write("registry.json", "{}"),
    "a generated package": write("my_package/__init__.py", ""),
    "a source file that nobody imports": write("src/unused.ts"),
    "what the tsconfig excludes": append("excluded/other.d.ts"),
}


@pytest.fixture
def changed(project, tmp_path):
    """Change the project, and put everything back after the test."""
    folder = project[0]
    shutil.copytree(folder, tmp_path / "before", symlinks=True)
    yield lambda change: change(folder)
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "before", folder, symlinks=True)
    assert find_document(key_of(project[1])), "the project is not what it was"


@pytest.mark.parametrize("what", CHANGES)
def test_12_17_no_document_is_stale(project, changed, what):
    changed(CHANGES[what])
    assert find_document(key_of(project[1])) is None


@pytest.mark.parametrize("what", OTHERS)
def test_12_17_what_does_not_matter_changes_nothing(project, changed, what):
    changed(OTHERS[what])
    assert find_document(key_of(project[1]))


def test_each_question_has_its_own_answer(project, tmp_path, monkeypatch):
    _, source, _, _ = project
    run = {}
    monkeypatch.setattr(extraction, "_run", lambda command, _: run.setdefault(tuple(command[2:]), "{}\0{}"))
    monkeypatch.setattr(extraction, "keep_document", lambda *_: None)
    config = project[0] / "base.json"
    for options in ({"export": "registry"}, {"tsconfig": config}, {"export": "registry", "tsconfig": config}):
        assert extract(source, **options) == {}
    monkeypatch.chdir(tmp_path)
    assert extract(source) == {}
    assert len(run) == 4
    before = key_of(source)
    shutil.copytree(module._EXTRACTOR, tmp_path / "typescript", ignore=shutil.ignore_patterns("node_modules"))
    monkeypatch.setattr(module, "_EXTRACTOR", tmp_path / "typescript")
    assert key_of(source) == before
    for name in ("package-lock.json", "lib/schema.mjs"):
        append(f"typescript/{name}")(tmp_path)
        assert key_of(source) != before
        before = key_of(source)


@pytest.mark.parametrize("harm", ["empty", "cut short", "changed", "of other contents"])
def test_a_broken_entry_is_ignored_and_replaced(project, harm):
    _, source, _, documents = project
    entry = documents / key_of(source)
    data = entry.read_bytes()
    broken = {
        "empty": b"",
        "cut short": data[: len(data) // 2],
        "changed": data.replace(rb"\"part\"", rb"\"parT\""),
        "of other contents": f"{module.digest(b'[]')}\n[]".encode(),
    }
    entry.write_bytes(broken[harm])
    assert find_document(entry.name) is None
    entry.write_bytes(data)
    assert find_document(entry.name)


NOTHING = {kind: {} for kind in ("files", "exist", "folders", "links", "listed", "walked")}


def test_the_folder_stays_small(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "cache_root", lambda: tmp_path)
    monkeypatch.setattr(module, "_MOST_ENTRIES", 3)
    for at, name in enumerate("abcd"):
        keep_document(name, name, NOTHING)
        os.utime(tmp_path / "documents" / name, (at, at))
    assert find_document("b") == "b"  # it is the newest now
    keep_document("e", "e", NOTHING)
    assert {path.name for path in (tmp_path / "documents").iterdir()} == {"b", "d", "e"}
    monkeypatch.setattr(module, "_MOST_BYTES", 10)
    keep_document("large", "large", NOTHING)
    assert [path.name for path in (tmp_path / "documents").iterdir()] == ["large"]


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(module, "cache_root", lambda: tmp_path / "file")
    keep_document("key", "text", NOTHING)
    assert find_document("key") is None


def test_several_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "cache_root", lambda: tmp_path)
    texts = [str(number) * 100_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        kept = [pool.submit(keep_document, "key", text, NOTHING) for text in texts * 4]
        found = list(pool.map(lambda _: find_document("key"), range(50)))
    assert [one.result() for one in kept] == [None] * len(kept)
    assert set(found) <= {None, *texts}
    assert find_document("key") in texts
    assert [path.name for path in (tmp_path / "documents").iterdir()] == ["key"]
