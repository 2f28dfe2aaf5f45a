"""The package `rivet_client_generated.engine_api`: the models of what is sent, and the operations."""

from __future__ import annotations

from rivet_codegen.engine_api.openapi import EngineApi
from rivet_codegen.output.models import generate_models
from rivet_codegen.output.templating import render
from rivet_codegen.output.tree import headed

__all__ = ["render_engine_api", "render_models"]

_TITLE = '"""The engine\'s control API."""\n'
_BASE_CLASS = "rivet_client_generated.engine_api.base.EngineModel"


def render_engine_api(api: EngineApi) -> dict[str, str]:
    """Return the sources of the package, not yet formatted, by path."""
    sources = {
        "__init__.py": _TITLE,
        "base.py": render("engine_api/base.py.jinja"),
        "models.py": render_models(api),
        "operations.py": render_operations(api),
    }
    return {path: headed(source, "schema/engine_api.yaml") for path, source in sources.items()}


def render_models(api: EngineApi) -> str:
    """Return the source of models.py."""
    imports, models = generate_models(api.schemas, base_class=_BASE_CLASS, snake_case=True)
    return render("engine_api/models.py.jinja", imports=imports, exports=sorted(api.schemas), models=models)


def render_operations(api: EngineApi) -> str:
    """Return the source of operations.py."""
    used = {it.response for it in api.operations} | {it.request for it in api.operations} - {""}
    return render("engine_api/operations.py.jinja", operations=api.operations, models=sorted(used))
