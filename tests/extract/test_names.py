"""Names of types say where a type stands and what it is called. Edits that have nothing to do with a type keep it."""

import pytest

from tests.extract.conftest import extract, findings, write_project

DECLARATIONS = [
    "/** Everybody. */ export interface User { id: string; address: { street: string; +user }; +user }",
    "export type DeepPartial<T> = { [K in keyof T]?: T[K] extends object ? DeepPartial<T[K]> : T[K] };",
    "/** A page. */ interface Page<T> { items: T[]; +page }",
    "type Infer<T> = { [K in keyof T]: T[K] };",
    "type Draft = Infer<{ title: string; +draft }>;",
    "interface Nested<T> { value: T; inner: Nested<T>[]; +nested }",
    "const nested = (c: C, it: Nested<{ id: string; +id }>) => it;",
    "const made = () => ({ made: true }) as { made: boolean; +made };",
    "type Made = ReturnType<typeof made>;",
    "type AlsoMade = ReturnType<typeof made>;",
    "export type Shown = ReturnType<typeof made>;",
    "type Versioned = { v: 1; a: string; +one } | { v: 2; b: string; +two };",
    "enum Level { Low, High }",
    "interface Tag<T> { tag: T; +tag }",
    'import type { Message } from "./actors/chat.ts";',
    'import type { Message as OtherMessage, Item as OtherItem } from "./actors/game.ts";',
    'import type { Item as PackageItem } from "pack";',
    "interface Item { mine: string; +item }",
]
ACTIONS = [
    "update: (c: C, patch: DeepPartial<User>): Page<User> => null!",
    "list: (): Page<{ at: string; +listed }> => null!",
    'pick: (c: C, patch: Partial<Omit<User, "id">>): Pick<User, "id"> => null!',
    "either: (): Infer<{ zone: string; +zone }> | Infer<{ beta: string }> => null!",
    "nested",
    "made",
    "versioned: (): Versioned => null!",
    "draft: (): Draft => null!",
    "level: (): Level => null!",
    'tags: (): [Tag<"a-b">, Tag<"a_b">] => null!',
    "messages: (): [Message, OtherMessage] => null!",
    "items: (): [Item, OtherItem, PackageItem] => null!",
    "local: () => { interface Item { local: string; +local } return null! as Item; }",
]
ACTOR = "const {name} = actor({{ actions: {{\n{actions}\n}} }});"
EXTRA = "AAA?: number; zzz?: boolean;"


def project(folder, *, is_changed):
    """A registry, or the same one after changes that break nobody."""

    def text(source):
        words = source.split(" ")
        return " ".join((EXTRA if is_changed else "") if word.startswith("+") else word for word in words)

    order = -1 if is_changed else 1
    declarations, actions = DECLARATIONS[::order], ACTIONS[::order]
    actors = {"room": actions}
    if is_changed:
        new = [
            "other: (): Page<{ other: string }> => null!",
            "tree: (c: C, it: Nested<{ id: string }>) => null!",
        ]
        actors = {
            "another": [*new, *ACTIONS],
            "room": ["aNew: (c: C, a: User) => a", *actions],
            "zoo": ACTIONS,
        }
        declarations = [*declarations, "export interface Another { id: string }"]
    lines = [
        'import { actor, setup } from "rivetkit";',
        *declarations,
        "type C = { state: unknown };",
        *(ACTOR.format(name=name, actions=",\n".join(each)) for name, each in actors.items()),
        f"export const registry = setup({{ use: {{ {', '.join(actors)} }} }});",
    ]
    package = "export interface Item { packaged: string; +packaged }"
    return write_project(
        folder,
        {
            "registry.ts": text("\n".join(lines).replace(" }", " }")),
            "actors/chat.ts": text("export interface Message { text: string; +text }"),
            "actors/game.ts": text(
                "export interface Message { move: string; +move }\nexport interface Item { game: string; +game }"
            ),
            "node_modules/pack/package.json": '{"name": "pack", "version": "1.0.0", "types": "index.d.ts"}',
            "node_modules/pack/index.d.ts": text(package),
        },
        packages="stub",
    )


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    folder = tmp_path_factory.mktemp("names")
    return [
        extract(project(folder / name, is_changed=name == "changed") / "registry.ts")
        for name in ("first", "changed")
    ]


def without_extra(value):
    """A part of a document without the fields that were added."""
    if isinstance(value, dict):
        return {key: without_extra(item) for key, item in value.items() if key not in ("AAA", "zzz")}
    return [without_extra(item) for item in value] if isinstance(value, list) else value


def test_12_11_changes_that_break_nobody_rename_nothing(documents):
    first, changed = documents
    assert findings(first, "error", "warning") == findings(changed, "error", "warning") == []
    actions = without_extra(changed["actors"]["room"]["actions"])
    assert {name: actions[name] for name in first["actors"]["room"]["actions"]} == first["actors"]["room"][
        "actions"
    ]
    assert {name: without_extra(changed["$defs"][name]) for name in first["$defs"]} == first["$defs"]
    new = changed["$defs"].keys() - first["$defs"].keys()
    assert all(name.startswith(("Another_", "Zoo_", "Item_AnotherLocal", "Item_ZooLocal")) for name in new)


def test_12_11_what_types_are_called(documents):
    document, _ = documents
    assert sorted(document["$defs"]) == [
        "DeepPartial_User",
        "Draft",
        "Item",
        "Item_ActorsGame",
        "Item_Pack",
        "Item_RoomLocal",
        "Level",
        "Message_ActorsChat",
        "Message_ActorsGame",
        "Page_User",
        "Room_Nested_It",
        "Room_Nested_Result",
        "Shown",
        "Tag_AB",
        "Tag_AB2",
        "User",
        "Versioned",
    ]
    pick, listed = (document["actors"]["room"]["actions"][name] for name in ("pick", "list"))
    assert (pick["params"][0]["schema"]["type"], pick["returns"]["type"]) == ("object", "object")
    assert listed["returns"]["description"] == "A page."
