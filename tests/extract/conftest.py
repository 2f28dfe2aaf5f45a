"""Projects to extract from, and documents that several tests look at. One node process costs one to three seconds."""

import functools
import json
import os
import subprocess
from pathlib import Path

import pytest

from rivet_client.testing.local.npm import install
from rivet_codegen.extraction import extract as extraction
from rivet_codegen.extraction.extract import ExtractError
from rivet_codegen.extraction.typescript_cache import installed_typescript

ROOT = Path(__file__).parents[2]
REGISTRIES = ROOT / "tests" / "registries"
EXAMPLES = ROOT / "examples" / "registry"
SERVER = ROOT / "tests" / "server"


class Extractor:
    """The extractor in a process that goes on: one of its own for each registry would load the compiler anew."""

    def __init__(self):
        self._process = None

    def ask(self, **question):
        if self._process is None:
            environment = {**os.environ, "RIVET_TYPESCRIPT": str(installed_typescript(print))}
            command = ["node", str(Path(__file__).with_name("many.mjs"))]
            self._process = subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
            )
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "failure" in answer:
            raise ExtractError(answer["failure"])
        return answer["text"]

    def end(self):
        if self._process is not None:
            with self._process:
                self._process.stdin.close()


EXTRACTOR = Extractor()


@pytest.fixture(scope="session", autouse=True)
def _extractor_ends():
    yield
    EXTRACTOR.end()


def extract(source, **options):
    """Extract as users do, from Python's first line to its last, but without the cache, in a process that goes on."""
    question = {name: str(value) for name, value in options.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extraction, "_run", lambda *_: EXTRACTOR.ask(file=str(source), **question))
        return extraction.extract(source, cache=False, **options)


@functools.cache
def document_of(source):
    """Return the document of a registry of this repository; each is extracted once."""
    install(source.parent)
    return extraction.extract(source)


# Only the part of rivetkit that is needed to find actors. Reading this part takes a third of the time.
STUB = {
    "package.json": '{"name": "rivetkit", "version": "2.3.19", "types": "index.d.ts"}',
    "index.d.ts": """
        export declare class ActorDefinition<S, CP, CS, V, I, DB, E, Q, R> { readonly config: { actions: R } }
        export declare class Registry<A> { readonly config: { use: A }; start(): void }
        type Definition<R> = ActorDefinition<unknown, unknown, unknown, unknown, unknown, unknown, {}, {}, R>;
        export declare function actor<R>(options: { actions: R }): Definition<R>;
        export declare function setup<A extends Record<string, { config: any }>>(options: { use: A }): Registry<A>;
    """,
}


@pytest.fixture
def make_project(tmp_path):
    """Write files of a project that has a stub of rivetkit, and return its folder."""
    return functools.partial(write_project, tmp_path, packages="stub")


def write_project(folder, files, *, packages="real"):
    """Write files of a project with rivetkit and zod ("real"), with a stub of rivetkit ("stub"), or with nothing."""
    folder.mkdir(exist_ok=True)
    if packages == "real":
        install(REGISTRIES)
        (folder / "node_modules").symlink_to(REGISTRIES / "node_modules")
        libraries = {"types": ["node"]}
    else:
        libraries = {
            "types": [],
            "lib": ["es2022"],
        }  # without the types of browsers, which take half a second
    if packages == "stub":
        files = {**{f"node_modules/rivetkit/{name}": text for name, text in STUB.items()}, **files}
    options = {"target": "es2022", "module": "nodenext", "strict": True, "skipLibCheck": True, **libraries}
    config = {"compilerOptions": {**options, "allowImportingTsExtensions": True, "noEmit": True}}
    for name, text in {
        "package.json": '{"name": "case", "private": true, "type": "module"}',
        "tsconfig.json": json.dumps(config),
        **files,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def findings(document, *severities):
    """Return (code, path) of a document's diagnostics."""
    return [
        (found["code"], found["path"])
        for found in document["diagnostics"]
        if not severities or found["severity"] in severities
    ]
