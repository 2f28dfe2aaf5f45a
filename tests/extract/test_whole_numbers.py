"""Which numbers are integers in a document: those of which a zod schema says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.extract.conftest import extract, write_project

WHOLE = {
    "chained": "z.number().int()",
    "checkedBefore": "z.number().min(1).int()",
    "checkedAfter": "z.number().int().min(1).positive().describe('so many')",
    "optional": "z.number().int().optional()",
    "absent": "z.optional(z.int())",
    "nullable": "z.int().nullable()",
    "given": "z.int().default(3)",
    "own": "z.int()",
    "signed": "z.int32()",
    "unsigned": "z.uint32()",
    "list": "z.array(z.int())",
    "listOfMany": "z.int().array().min(2)",
    "constant": "whole",
    "ofAnotherFile": "limits.most.optional()",
    "inParentheses": "(z.int())",
}
ANY_NUMBER = {
    "number": "z.number()",
    "checked": "z.number().min(1)",
    "transformed": "z.int().transform((value) => value / 2)",
    "either": "z.union([z.int(), z.number()])",
    "ofText": "z.string().transform((text) => text.length)",
    "notOfZod": "lookalike.int()",
}
REGISTRY = """
import { actor, setup } from "rivetkit";
import { z } from "zod";
import { limits } from "./limits.ts";
const whole = z.int().min(1);
const lookalike = { int: () => z.number() };
const Value = z.object({ PROPERTIES });
const one = actor({
  state: {},
  actions: { pass: (_c, value: z.input<typeof Value>): z.output<typeof Value> => Value.parse(value) },
});
export const registry = setup({ use: { one } });
"""


def is_whole(schema: object) -> bool:
    return '"type": "integer"' in str(schema).replace("'", '"')


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """The properties of what an action takes, and of what the action returns."""
    properties = ", ".join(
        f"{name}: {text}" for name, text in (WHOLE | ANY_NUMBER | {"whole": "whole"}).items()
    )
    folder: Path = tmp_path_factory.mktemp("whole")
    files = {
        "registry.ts": REGISTRY.replace("PROPERTIES", properties.replace("whole: whole", "whole")),
        "limits.ts": 'import { z } from "zod";\nexport const limits = { most: z.int().max(9) };\n',
    }
    project = write_project(folder / "project", files)
    pass_ = extract(project / "registry.ts")["actors"]["one"]["actions"]["pass"]
    return [schema["properties"] for schema in (pass_["params"][0]["schema"], pass_["returns"])]


@pytest.mark.parametrize("name", [*WHOLE, "whole"])
def test_whole(sides: list[dict[str, object]], name: str) -> None:
    assert [is_whole(side[name]) for side in sides] == [True, True]


@pytest.mark.parametrize("name", ANY_NUMBER)
def test_any_number(sides: list[dict[str, object]], name: str) -> None:
    assert [is_whole(side[name]) for side in sides] == [False, False]
