"""The way from a file to a document: what goes wrong, what is promised about every document, what is never done."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from rivet_codegen.extraction import extract as module
from rivet_codegen.extraction.extract import ExtractError, to_json
from rivet_codegen.extraction.typescript_cache import installed_typescript
from tests.extract.conftest import EXAMPLES, REGISTRIES, ROOT, document_of, extract, findings, write_project

ACTOR = (
    'import { actor, setup } from "rivetkit";\nconst it = actor({ actions: { ok: (): boolean => true } });\n'
)
REGISTRY = ACTOR + "export const registry = setup({ use: { it } });\n"


def failure(source, by=extract, **options):
    with pytest.raises(ExtractError) as caught:
        by(source, **options)
    text = str(caught.value)
    assert "Error:" not in text, "a stack trace is no explanation"
    return text


def test_the_committed_document_is_current():
    """schema/README.md says how to make it."""
    committed = (ROOT / "schema" / "registries" / "examples.json").read_text()
    assert to_json(document_of(EXAMPLES / "registry.ts")) == committed


def test_a_file_that_is_not_there(tmp_path):
    assert failure(tmp_path / "nowhere.ts") == f"{tmp_path}/nowhere.ts does not exist"


def test_a_folder(tmp_path):
    assert failure(tmp_path) == f"{tmp_path} is a folder; name the file in it"


def test_neither_typescript_nor_javascript(tmp_path):
    (tmp_path / "registry.py").touch()
    assert "its name should end with .ts or .js" in failure(tmp_path / "registry.py")


def test_a_tsconfig_that_is_not_there(make_project):
    folder = make_project({"registry.ts": REGISTRY})
    assert "tsconfig.other.json does not exist" in failure(
        folder / "registry.ts", tsconfig=folder / "tsconfig.other.json"
    )


def test_a_tsconfig_that_is_no_json(make_project):
    folder = make_project({"registry.ts": REGISTRY, "tsconfig.json": "{ oops"})
    assert f"{folder}/tsconfig.json: " in failure(folder / "registry.ts")


def test_without_node(make_project, monkeypatch):
    folder = make_project({"registry.ts": REGISTRY}, packages=None)
    monkeypatch.setenv("PATH", str(folder))
    assert "needs Node 20 or newer, and `node` is not on PATH" in failure(folder / "registry.ts")


def test_an_old_node(make_project, monkeypatch):
    folder = make_project({"registry.ts": REGISTRY}, packages=None)
    node = folder / "node"
    node.write_text(f'#!/bin/sh\nexec {shutil.which("node")} --require {folder}/old.cjs "$@"\n')
    node.chmod(0o755)
    (folder / "old.cjs").write_text(
        'Object.defineProperty(process, "versions", { value: { node: "18.20.8" } });'
    )
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    text = failure(folder / "registry.ts", by=module.extract)
    assert re.fullmatch(r"reading a registry needs Node 20 or newer; /.*node is 18\.20\.8", text)


def test_no_registry(make_project):
    folder = make_project({"registry.ts": "export const other = 1;\n"})
    text = failure(folder / "registry.ts")
    assert "there is no registry in this file" in text
    assert "export const registry = setup({ use: { … } })" in text


def test_packages_that_are_not_installed(make_project):
    folder = make_project({"src/registry.ts": REGISTRY}, packages=None)
    text = failure(folder / "src" / "registry.ts")
    assert "registry.ts:1: Cannot find module 'rivetkit'" in text
    assert f"Run `npm install` in {folder}" in text


def test_a_file_that_does_not_compile(make_project):
    folder = make_project(
        {"registry.ts": 'import { setup } from "rivetkit";\nexport const registry = setup({ use: \n'}
    )
    document = extract(folder / "registry.ts")
    assert document["actors"] == {}
    assert ("TS1005", "registry.ts:3") in findings(document, "error")
    assert ("unknown-actors", "actors") in findings(document, "error")


def test_a_file_that_is_no_code_at_all(make_project):
    folder = make_project({"registry.ts": "<<<<<<< HEAD\nexport const registry = 1;\n"})
    text = failure(folder / "registry.ts")
    assert "The compiler cannot make sense of it" in text
    assert "registry.ts:1: Merge conflict marker encountered" in text


SEVERAL = (
    ACTOR + "export const one = setup({ use: { it } });\nexport const two = setup({ use: { other: it } });\n"
)


def test_several_registries(make_project):
    folder = make_project({"registry.ts": SEVERAL})
    text = failure(folder / "registry.ts")
    assert text == (
        f'{folder}/registry.ts: there are several registries and none is called "registry": one, two; '
        "choose one with --export"
    )
    assert list(extract(folder / "registry.ts", export="two")["actors"]) == ["other"]
    text = failure(folder / "registry.ts", export="three")
    assert text == f"{folder}/registry.ts: three is not a registry. These are: one, two"


def test_a_name_that_looks_like_an_option(make_project):
    folder = make_project({"registry.ts": REGISTRY})
    assert "--tsconfig is not a registry. These are: registry" in failure(
        folder / "registry.ts", export="--tsconfig"
    )


COMMON_JS = 'const { actor, setup } = require("rivetkit");\n' + ACTOR.partition("\n")[2].replace(
    ": boolean", ""
)
OBJECT = "{ registry: setup({ use: { it } }) };\n"
MODULE = "declare const module: { exports: unknown };\n"


@pytest.mark.parametrize(
    ("file", "text", "export"),
    [
        ("registry.ts", SEVERAL.replace("two", "registry").replace("other: it", "it"), "registry"),
        ("registry.ts", ACTOR + "export default setup({ use: { it } });\n", "default"),
        ("registry.ts", REGISTRY + "export default registry;\n", "registry"),
        ("registry.ts", 'export { registry as renamed } from "./inner.ts";\n', "renamed"),
        ("registry.ts", ACTOR + "const hidden = setup({ use: { it } });\nhidden.start();\n", "hidden"),
        pytest.param(
            "registry.cjs", f"{COMMON_JS}module.exports = {OBJECT}", "registry", id="12-8-module-exports"
        ),
        pytest.param("registry.cts", f"{ACTOR}export = {OBJECT}", "registry", id="12-8-export-equals"),
        pytest.param(
            "registry.cts", f"{ACTOR}{MODULE}module.exports = {OBJECT}", "registry", id="12-8-typescript"
        ),
    ],
)
def test_which_export_it_is(make_project, file, text, export):
    folder = make_project({file: text, "inner.ts": REGISTRY})
    document = extract(folder / file)
    assert document["x-rivet-registry"]["export"] == export
    assert "it" in document["actors"]
    assert findings(document) == ([("not-exported", "")] if export == "hidden" else [])


def test_the_compiler_s_own_errors_are_reported(make_project):
    text = REGISTRY + 'const wrong: number = "text";\nimport "./inner.ts";\n'
    folder = make_project({"registry.ts": text, "inner.ts": "export const missing: Nowhere = 1;\n"})
    document = extract(folder / "registry.ts")
    errors = [found for found in document["diagnostics"] if found["severity"] == "error"]
    assert [(error["code"], error["path"]) for error in errors] == [
        ("TS2304", "inner.ts:1"),
        ("TS2322", "registry.ts:4"),
    ]
    assert errors[1]["message"] == "Type 'string' is not assignable to type 'number'."


def test_without_strict(make_project):
    text = (
        ACTOR.replace("(): boolean => true", "(): string | null => null")
        + "export const registry = setup({ use: { it } });\n"
    )
    folder = make_project(
        {
            "registry.ts": text,
            "tsconfig.json": '{"compilerOptions": {"module": "nodenext", "types": ["gone"]}}',
        }
    )
    document = extract(folder / "registry.ts")
    assert document["actors"]["it"]["actions"]["ok"]["returns"] == {
        "anyOf": [{"type": "string"}, {"type": "null"}]
    }
    assert findings(document, "info") == [("tsconfig", ""), ("tsconfig", "")]


def test_another_tsconfig(make_project):
    inner = REGISTRY.replace('"rivetkit"', '"@/library"')
    config = {
        "module": "esnext",
        "moduleResolution": "bundler",
        "strict": True,
        "paths": {"@/*": ["./*"]},
    }
    files = {"registry.ts": inner, "library.ts": 'export * from "rivetkit";\n'}
    folder = make_project({**files, "tsconfig.paths.json": json.dumps({"compilerOptions": config})})
    assert "Cannot find module '@/library'" in failure(folder / "registry.ts")
    document = extract(folder / "registry.ts", tsconfig=folder / "tsconfig.paths.json")
    assert list(document["actors"]) == ["it"]


@pytest.mark.parametrize("chain", [["app"], ["node", "app"], ["node", "middle", "app"]])
def test_a_tsconfig_that_refers_to_others(make_project, chain):
    """As the templates of Vite and Nuxt write it. The one that includes the file is read, however deep it stands."""
    options = {"module": "esnext", "moduleResolution": "bundler", "paths": {"@/*": ["./*"]}}
    other = {"files": ["library.ts"], "references": [{"path": "."}]}  # a circle ends
    if "middle" in chain:
        other["references"].append({"path": "./tsconfig.middle.json"})
    configs = {
        "tsconfig.json": {
            "files": [],
            "references": [{"path": f"./tsconfig.{n}.json"} for n in chain if n != "middle"],
        },
        "tsconfig.node.json": other,
        "tsconfig.middle.json": {"files": [], "references": [{"path": "./tsconfig.app.json"}]},
        "tsconfig.app.json": {"compilerOptions": options, "include": ["*.ts"]},
        "tsconfig.gone.json": {"files": [], "references": [{"path": "./nowhere.json"}]},
    }
    if "middle" in chain:
        configs["tsconfig.json"]["references"].pop()
    files = {name: json.dumps(config) for name, config in configs.items()}
    inner = REGISTRY.replace('"rivetkit"', '"@/library"')
    folder = make_project({"registry.ts": inner, "library.ts": 'export * from "rivetkit";\n', **files})
    assert list(extract(folder / "registry.ts")["actors"]) == ["it"]
    text = failure(folder / "registry.ts", tsconfig=folder / "tsconfig.gone.json")
    assert f"look at the settings of {folder}/tsconfig.gone.json" in text


def test_without_tsconfig(make_project):
    folder = make_project({"registry.ts": REGISTRY})
    (folder / "tsconfig.json").unlink()
    assert findings(extract(folder / "registry.ts")) == []


# What would remain of rivetkit if all its classes had other names: a registry has `config.use`, an actor `config`.
LIBRARY = """
    export class Definition<R, E, Q, I, P> {
      config!: {
        actions?: R;
        events?: E;
        queues?: Q;
        onCreate?: (c: unknown, input: I) => void;
        onBeforeConnect?: (c: unknown, params: P) => void;
      };
    }
    export class Host<A> {
      config!: { use: A };
      parseConfig(): void {}
    }
    export interface Token<T> { _eventType?: T }
    export interface Queue<M, C> { _queueMessage?: M; _queueComplete?: C }
"""


def test_other_names_in_rivetkit(make_project):
    text = """
        import { Definition, Host, type Queue, type Token } from "./library.ts";
        type Actions = { add(c: unknown, amount: number): Promise<string>; group: { get(): boolean } };
        type Events = { changed: Token<[count: number]> };
        type Queues = { jobs: Queue<string, number>; notes: Queue<string, never> };
        const it = new Definition<Actions, Events, Queues, { size: number }, { name: string } | undefined>();
        export const registry = new Host<{ it: typeof it }>();
    """
    folder = make_project({"registry.ts": text, "library.ts": LIBRARY}, packages=None)
    (folder / "tsconfig.json").unlink()
    document = extract(folder / "registry.ts")
    it = document["actors"]["it"]
    assert findings(document) == []
    assert (it["input"]["required"], it["connParams"]["required"]) == (True, False)
    assert list(it["actions"]) == ["add", "group.get"]
    assert it["actions"]["add"]["params"] == [
        {"name": "amount", "schema": {"type": "number"}, "required": True}
    ]
    assert it["actions"]["add"]["returns"] == {"type": "string"}
    assert it["events"]["changed"]["args"] == [
        {"name": "count", "schema": {"type": "number"}, "required": True}
    ]
    assert it["queues"]["jobs"] == {"message": {"type": "string"}, "complete": {"type": "number"}}
    assert it["queues"]["notes"]["complete"] is None


def test_nothing_is_executed(make_project):
    """Nothing is executed: not the file, not its imports, and nothing that its packages and settings bring in."""
    write = 'import fs from "node:fs";\nfs.writeFileSync(new URL("executed", import.meta.url), "");\n'
    trap = write + 'throw new Error("executed");\n'
    folder = make_project(
        {"registry.ts": trap + REGISTRY + 'import "./inner.ts";\n', "inner.ts": trap + "export {};\n"}
    )
    document = extract(folder / "registry.ts")
    assert list(document["actors"]) == ["it"]
    assert list(folder.rglob("executed")) == []


def test_the_project_s_own_typescript_is_not_used(make_project):
    trap = {"node_modules/typescript/index.js": 'throw new Error("executed");'}
    folder = make_project({"registry.ts": REGISTRY, **trap})
    assert list(extract(folder / "registry.ts")["actors"]) == ["it"]


@pytest.mark.timeout(300)  # it extracts all registries
def test_the_same_bytes_each_time_and_from_everywhere(tmp_path):
    script = "import sys; from pathlib import Path; from rivet_codegen.extraction.extract import extract, to_json\n"
    script += "sys.stdout.buffer.write(to_json(extract(Path(sys.argv[1]), cache=False)).encode())"
    source = REGISTRIES / "host.ts"
    done = subprocess.run(
        [sys.executable, "-c", script, os.path.relpath(source, tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "codegen"), "PYTHONHASHSEED": "1"},
        capture_output=True,
        check=False,
    )
    assert (done.stdout, done.stderr.decode()) == (to_json(document_of(source)).encode(), "")
    assert done.stdout.endswith(b"\n}\n")


def test_what_the_hashes_are_of(make_project):
    folder = make_project({"registry.ts": REGISTRY})

    def hashes():
        about = extract(folder / "registry.ts")["x-rivet-registry"]
        return about["sourceHash"], about["contentHash"]

    before = hashes()
    assert all(re.fullmatch("sha256:[0-9a-f]{64}", found) for found in before)
    (folder / "registry.ts").write_text(REGISTRY.replace("true }", "1 > 0 }"))
    edited = hashes()
    assert edited[0] != before[0]
    assert edited[1] == before[1], "the types are the same"
    (folder / "registry.ts").write_text(REGISTRY.replace("ok:", "okay:"))
    assert hashes()[1] != before[1]


def test_unrelated_edits_do_not_move_anything(make_project):
    """The order in which the compiler meets types must not show."""
    types = """
        type Wide = "x" | Later | { b: 1 } | Earlier | "a" | { a: 1 };
        interface Earlier { e: 1 }
        interface Later { l: 1 }
        type Wrap<T> = { wrapped: T };
        type Result = { all: Wide | null; mixed: "q" | Earlier | Later; wrap: Wrap<{ in: Earlier | "r" | Later[] }> };
    """
    start = 'import { actor, setup } from "rivetkit";\n'
    end = """
        const it = actor({ actions: { get: (): Result => null! } });
        export const registry = setup({ use: { it } });
    """
    unrelated = (
        'export let first: { mixed: Later | "q" | "a" | Earlier | { a: 1 } | { b: 1 } };\n'
        'export let second: Later[] | "r";\n'
    )
    folder = make_project({"one.ts": start + types + end, "two.ts": start + unrelated + types + end})
    one, two = extract(folder / "one.ts"), extract(folder / "two.ts")
    assert (one["actors"], one["$defs"]) == (two["actors"], two["$defs"])
    assert one["x-rivet-registry"]["contentHash"] == two["x-rivet-registry"]["contentHash"]


def test_every_diagnostic_is_documented_and_every_documented_one_exists():
    table = (ROOT / "docs" / "registry-documents.md").read_text().split("## Diagnostics")[1].split("## ")[0]
    first_cells = " ".join(row.split("|")[1] for row in re.findall(r"^\| `.*", table, re.MULTILINE))
    documented = set(re.findall(r"`([a-z-]+)`", first_cells))
    folder = ROOT / "codegen" / "rivet_codegen" / "typescript" / "lib"
    sources = "".join(path.read_text() for path in folder.glob("*.mjs"))
    call = r'(?:(?:warn|inform|fail|anything)\(|#constraint\(\s*type,|code:)\s*"([a-z-]+)"'
    assert set(re.findall(call, sources)) == documented


def test_about(make_project):
    about = extract(make_project({"registry.ts": REGISTRY}) / "registry.ts")["x-rivet-registry"]
    assert about["formatVersion"] == 1
    assert about["generator"]["typescript"] == "5.9.3"
    assert (about["rivetkit"], about["file"], about["export"]) == ("2.3.19", "registry.ts", "registry")


def test_text():
    assert (
        to_json({"ä": ["\ud800", 10**30]})
        == '{\n  "ä": [\n    "\\ud800",\n    1000000000000000000000000000000\n  ]\n}\n'
    )
    assert json.loads(to_json({"ä": "\ud800"})) == {"ä": "\ud800"}


def test_a_compiler_that_does_not_finish(make_project, monkeypatch):
    folder = make_project({"registry.ts": REGISTRY})
    monkeypatch.setattr(module, "_DEADLINE", 0.01)
    assert "has not finished in 0 s" in failure(folder / "registry.ts", by=module.extract)


def test_a_compiler_that_crashes(make_project, monkeypatch):
    folder = make_project({"registry.ts": REGISTRY})
    monkeypatch.setattr(module, "_SCRIPT", folder / "broken.mjs")
    (folder / "broken.mjs").write_text('console.error("the last words"); process.exit(7);')
    text = failure(folder / "registry.ts", by=module.extract)
    assert "failed with exit code 7; this is a bug, please report it" in text
    assert text.endswith("the last words")


def test_the_script_alone(tmp_path):
    """As its first lines say, without Python."""
    folder = write_project(tmp_path / "project", {"registry.ts": REGISTRY}, packages="stub")
    script = ROOT / "codegen" / "rivet_codegen" / "typescript" / "extract.mjs"
    environment = {**os.environ, "RIVET_TYPESCRIPT": str(installed_typescript(print))}

    def run(*arguments):
        return subprocess.run(
            ["node", script, *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert list(json.loads(run("registry.ts").stdout)["actors"]) == ["it"]
    for arguments, text in {
        (): "name one file",
        ("a.ts", "b.ts"): "name one file",
        ("--wrong",): "Unknown option '--wrong'",
        ("registry.ts", "--export", "other"): "other is not a registry",
    }.items():
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert text in done.stderr
    for version, text in {
        None: "TypeScript is not there; run `npm ci`",
        "7.0.2": "TypeScript 5.9.3 is needed, found 7.0.2",
    }.items():
        environment["RIVET_TYPESCRIPT"] = str(tmp_path / "empty")
        if version:
            compiler = tmp_path / "empty" / "node_modules" / "typescript"
            compiler.mkdir(parents=True)
            (compiler / "index.js").write_text(f'exports.version = "{version}";')
        done = run("registry.ts")
        assert done.returncode == 2
        assert text in done.stderr
