"""The node itself: place, children, and names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple


class Span(NamedTuple):
    """Where a node stands: token indexes (both inclusive), source offsets (end exclusive) and the
    1-based line and column of its first character."""

    first: int
    last: int
    offset: int
    end: int
    line: int
    column: int


_FIELD_NAMES: dict[type[Node], tuple[str, ...]] = {}


def _field_names(cls: type[Node]) -> tuple[str, ...]:
    names = _FIELD_NAMES.get(cls)
    if names is None:
        names = tuple(f.name for f in fields(cls) if f.name != "span")
        _FIELD_NAMES[cls] = names
    return names


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    span: Span

    @property
    def line(self) -> int:
        return self.span.line

    @property
    def column(self) -> int:
        return self.span.column

    def children(self) -> Iterator[Node]:
        """The nodes directly below, in the order of the fields."""
        for name in _field_names(type(self)):
            value = getattr(self, name)
            if isinstance(value, Node):
                yield value
            elif isinstance(value, tuple):
                for item in value:
                    if isinstance(item, Node):
                        yield item

    def walk(self) -> Iterator[Node]:
        """This node and everything below it, depth first."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(list(node.children())))


@dataclass(frozen=True, slots=True, eq=False)
class NamePart(Node):
    """One identifier. ``folded`` is what it means, ``spelling`` how it was typed (without
    quotes).
    """

    folded: str
    spelling: str
    quoted: bool


class Expr(Node):
    """Anything that has a value, or may stand where a value is expected."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class Name(Expr):
    """``a`` or ``a.b.c`` with nothing applied in between; ``link`` is the folded ``@dblink``."""

    parts: tuple[NamePart, ...]
    link: str | None = None

    @property
    def folded(self) -> tuple[str, ...]:
        return tuple(part.folded for part in self.parts)

    @property
    def text(self) -> str:
        """``A.B.C`` for messages."""
        return ".".join(part.folded for part in self.parts)
