"""What the templates of the protocol read of a type: frozen, with every decision already made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from rivet_codegen.names import snake_case
from rivet_codegen.protocol.ir import Enum, Union
from rivet_codegen.protocol.naming import with_article

__all__ = ["ChoiceView", "MemberView", "StructView", "TypeView", "choice"]


@dataclass(frozen=True, slots=True)
class TypeView:
    """A type that has a name.

    Attributes:
        name: The name, which is the same in Python.
    """

    name: str

    @property
    def snake(self) -> str:
        """The name in snake_case, as functions have it in theirs."""
        return snake_case(self.name)

    @property
    def with_article(self) -> str:
        """The name as text says it."""
        return with_article(self.name)


@dataclass(frozen=True, slots=True)
class StructView(TypeView):
    """A struct. What is read of its fields depends on the template: see the subclasses."""

    kind: ClassVar[str] = "struct"


@dataclass(frozen=True, slots=True)
class MemberView(TypeView):
    """A member of a union or of an enum.

    Attributes:
        tag: The number that stands for it.
    """

    tag: int

    @property
    def append_tag(self) -> str:
        """The statement that writes the tag."""
        return f"out.append({self.tag})" if self.tag < 128 else f"write_uint(out, {self.tag})"


@dataclass(frozen=True, slots=True)
class ChoiceView(TypeView):
    """A union or an enum.

    Attributes:
        kind: Which of both.
        members: What can be chosen.
    """

    kind: Literal["union", "enum"]
    members: tuple[MemberView, ...]

    @property
    def tags(self) -> str:
        """The tags that it knows, in words."""
        tags = sorted(member.tag for member in self.members)
        if tags == list(range(len(tags))) and len(tags) > 1:
            return f"tag 0 to {tags[-1]}"
        return f"tag {', '.join(map(str, tags))}"


def choice(definition: Union | Enum) -> ChoiceView:
    """Return the view of a union or an enum."""
    return ChoiceView(
        definition.name,
        "union" if isinstance(definition, Union) else "enum",
        tuple(MemberView(member.name, member.tag) for member in definition.members),
    )
