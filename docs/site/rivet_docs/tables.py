"""Directives that read the code and the schemas: models, aliases, settings, options of commands, error codes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import click
import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

import rivet_client
from rivet_client.cli import app, options
from rivet_client.testing import pytest_plugin
from rivet_client_generated.facade import blocking
from rivet_docs.docstrings import entries, to_rst
from rivet_docs.sources import ROOT

__all__ = ["setup"]

_DEFAULT = re.compile(r" ?Default: ([^.]*(?:\.\S[^.]*)*)\.$")


class _FromText(SphinxDirective):
    """A directive that writes reStructuredText.

    Attributes:
        modules: What it reads. When one of them has changed, the page is read anew.
    """

    modules: Iterable[ModuleType] = ()

    def run(self) -> list[nodes.Node]:
        """Parse what `lines` yields."""
        text = "\n".join(self.lines())
        for module in self.modules:
            self.env.note_dependency(inspect.getfile(module))
        return self.parse_text_to_nodes(text, allow_section_headings=True)

    def lines(self) -> Iterator[str]:
        raise NotImplementedError


class Models(_FromText):
    """Documents all pydantic models of a module, without pydantic's own members: `.. models:: rivet_client.engine`."""

    required_arguments = 1

    def lines(self) -> Iterator[str]:
        """Write an entry for each."""
        module = self.arguments[0]
        for name, thing in sorted(vars(import_module(module)).items()):
            if isinstance(thing, type):
                yield from (f".. autoclass:: {module}.{name}", "   :no-members:", "")


class Aliases(_FromText):
    """Documents aliases of types by what is told of them, not by what they are made of.

    Its arguments are the module that users import them from, the module that they are written in, and their names.
    """

    required_arguments = 3
    final_argument_whitespace = True

    def lines(self) -> Iterator[str]:
        """Write an entry for each."""
        public, home, names = self.arguments
        told = ModuleAnalyzer.for_module(home).find_attr_docs()
        for name in names.split():
            yield from (f".. py:data:: {name}", f"   :module: {public}", "")
            yield from _indented(to_rst(told["", name]))


class Settings(_FromText):
    """A table of the settings of a client, by what its docstring tells."""

    modules = (blocking,)

    def lines(self) -> Iterator[str]:
        """Write the table."""
        parameters = inspect.signature(rivet_client.Client).parameters
        yield from _table(("Setting", "Default", "What it is"), (25, 25, 50))
        for name, text in entries(rivet_client.Client, "Args").items():
            text = " ".join(text.split())
            default = _DEFAULT.search(text)
            shown = default[1].strip('"') if default else _literal(parameters[name].default)
            shown = f"``{shown}``" if shown and " " not in shown else shown
            yield from _row(f"``{name}``", shown, *to_rst([_DEFAULT.sub("", text)]))


def _literal(default: object) -> str:
    shown = repr(default)
    return {"UNDEFINED": "", "_DEFAULT_RETRY": "RetryPolicy()"}.get(shown, shown)


class ErrorCodes(SphinxDirective):
    """The catalogue of error codes, a table for each group."""

    def run(self) -> list[nodes.Node]:
        """Make sections and tables, and give each code an anchor."""
        source = ROOT / "schema" / "errors.yaml"
        self.env.note_dependency(source)
        catalogue = yaml.safe_load(source.read_text(encoding="utf-8"))
        found = self.parse_text_to_nodes("\n".join(self._lines(catalogue)), allow_section_headings=True)
        for entry in (entry for node in found for row in node.findall(nodes.row) for entry in row[:1]):
            for code in entry.findall(nodes.literal):
                anchor = f"code-{code.astext()}"
                code["ids"].append(anchor)
                self.env.domains.standard_domain.note_object("errorcode", code.astext(), anchor, code)
        return found

    def _lines(self, catalogue: dict[str, Any]) -> Iterator[str]:
        for group, speakers in catalogue.items():
            yield from (group, "-" * len(group), "")
            yield from _table(("Code", "From", "Retry class", "What it means"), (30, 10, 15, 45))
            for speaker, classes in speakers.items():
                for retry, codes in classes.items():
                    for code, text in codes.items():
                        yield from _row(f"``{group}.{code}``", speaker, retry, *to_rst([text]))
            yield ""


class Command(_FromText):
    """The command and its subcommands, as they tell of themselves."""

    modules = (app, options, *(import_module(f"rivet_client.cli.{name}") for name in app.COMMANDS))

    def lines(self) -> Iterator[str]:
        """Write a section for each."""
        yield from _of_command("rivet-client", app.root)
        for name in app.COMMANDS:
            command: click.Command = import_module(f"rivet_client.cli.{name}").command
            title = f"rivet-client {name}"
            yield from ("", title, "-" * len(title), "")
            yield from _of_command(title, command)


def _of_command(path: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    usage = " ".join(command.collect_usage_pieces(context))
    yield from (f".. program:: {path}", "", ".. code-block:: text", "", f"   {path} {usage}", "")
    yield from to_rst(_unwrapped(command.help or ""))
    sections: dict[str, list[click.Option]] = {}
    for param in command.get_params(context):
        if isinstance(param, click.Option) and not param.hidden:
            sections.setdefault(getattr(param, "section", "Options"), []).append(param)
    for section, found in sections.items():
        yield from ("", f".. rubric:: {section}", "")
        for option in found:
            names, help_text = option.get_help_record(context) or ("", "")
            yield from (
                f".. option:: {', '.join(_spelled(option, names))}",
                "",
                f"   {to_rst([help_text])[0]}",
                "",
            )
    if command.epilog:
        yield from to_rst(_unwrapped(command.epilog))


def _spelled(option: click.Option, shown: str) -> Iterator[str]:
    """Name an option with what it takes, as `--help` does."""
    _, _, taken = shown.rpartition(option.opts[-1])
    for name in (*option.opts, *option.secondary_opts):
        yield f"{name}{taken}" if taken.startswith(" ") and name.startswith("--") else name


def _unwrapped(text: str) -> list[str]:
    return inspect.cleandoc(text.replace("\b\n", "")).splitlines()


class PytestPlugin(_FromText):
    """What the pytest plugin adds: options, settings of the ini file, markers and fixtures."""

    modules = (pytest_plugin,)

    def lines(self) -> Iterator[str]:
        """Write an entry for each."""
        flags: list[tuple[str, str, str]] = []
        settings: list[tuple[str, str, str]] = []
        markers: list[str] = []

        def option(name: str, choices: Iterable[str], help: str) -> None:
            flags.append((name, "|".join(choices), help))

        def setting(name: str, help: str, default: str) -> None:
            settings.append((name, help, default))

        parser: Any = SimpleNamespace(getgroup=lambda *_: SimpleNamespace(addoption=option), addini=setting)
        pytest_plugin.pytest_addoption(parser)
        config: Any = SimpleNamespace(
            addinivalue_line=lambda _, line: markers.append(line),
            getini=lambda name: next(default for it, _, default in settings if it == name),
        )
        pytest_plugin.pytest_configure(config)

        yield from (*_title("Fixtures"), "")
        for name in pytest_plugin.__all__:
            fixture = getattr(pytest_plugin, name)
            scope = fixture._fixture_function_marker.scope
            yield from (f".. fixture:: {name}", "", f"   *Scope: {scope}.*", "")
            yield from _indented(to_rst((inspect.getdoc(fixture) or "").splitlines()))
        yield from _title("Settings of the ini file")
        for name, text, default in settings:
            yield from (
                f".. confval:: {name}",
                f"   :default: {default or 'none'}",
                "",
                f"   {_sentence(text)}",
                "",
            )
        yield from _title("Option of the command line")
        yield from (".. program:: pytest", "")
        for name, choices, text in flags:
            yield from (f".. option:: {name} {choices}", "", f"   {_sentence(text)}", "")
        yield from _title("Marker")
        for line in markers:
            marker, _, text = line.partition(": ")
            yield from (f".. describe:: pytest.mark.{marker}", "", f"   {_sentence(text)}", "")


def _title(text: str) -> tuple[str, str, str]:
    return text, "-" * len(text), ""


def _sentence(text: str) -> str:
    (line,) = to_rst([f"{text[0].upper()}{text[1:].rstrip('.')}."])
    return line


def _table(titles: tuple[str, ...], widths: tuple[int, ...]) -> Iterator[str]:
    yield from (".. list-table::", "   :header-rows: 1", f"   :widths: {' '.join(map(str, widths))}", "")
    yield from _row(*titles)


def _row(*cells: str) -> Iterator[str]:
    for mark, cell in zip(["* -", *["  -"] * len(cells)], cells, strict=False):
        yield f"   {mark} {cell}".rstrip()


def _indented(lines: Iterable[str]) -> Iterator[str]:
    yield from (f"   {line}" for line in lines)
    yield ""


def setup(sphinx: Sphinx) -> None:
    """Register the directives, and what has an entry of its own."""
    sphinx.add_object_type("errorcode", "errorcode", objname="error code")
    sphinx.add_object_type("fixture", "fixture", objname="pytest fixture")
    sphinx.add_directive("aliases", Aliases)
    sphinx.add_directive("click-command", Command)
    sphinx.add_directive("error-codes", ErrorCodes)
    sphinx.add_directive("models", Models)
    sphinx.add_directive("pytest-plugin", PytestPlugin)
    sphinx.add_directive("settings", Settings)
