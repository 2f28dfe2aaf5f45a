"""What the model generator makes of schemas."""

from __future__ import annotations

import re

import pytest

from rivet_codegen.registry.models import generated_models


@pytest.mark.parametrize("are_checked", [True, False])
def test_underscores_tell_models_apart(are_checked: bool) -> None:
    model = {"type": "object", "properties": {"a": {"type": "string"}}}
    models = {"RoomGet2": model, "Room_Get_2": model}
    source = generated_models(models, {}, are_checked=are_checked)
    assert re.findall(r"^class (\w+)", source, re.MULTILINE) == [*models]
