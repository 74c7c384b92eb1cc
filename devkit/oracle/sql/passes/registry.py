"""The whitelist of functions: name → translation rule. What is not here is no SQL function of
ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.typing import TEXT, Typed
from devkit.oracle.values import VARCHAR2, Kind, OraType

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.oracle.sql.expressions import Expressions
    from devkit.oracle.sql.scope import Block, Context


@dataclass(slots=True)
class Call:
    """One call being translated. ``over`` is the translated window, empty without one; ``keep`` the
    ORDER BY of KEEP with 'FIRST' or 'LAST'; ``within`` the ORDER BY of WITHIN GROUP; ``window`` the
    PARTITION BY, ORDER BY and frame of ``over``; ``overflow`` the filler of ON OVERFLOW TRUNCATE and
    whether it counts."""

    name: str
    args: list[Any]
    block: Block
    ex: Expressions
    position: int | None = None
    over: str = ""
    distinct: bool = False
    keep: tuple[str, Any] | None = None
    within: Any = None
    ignore_nulls: bool = False
    window: tuple[str, str, str] = ("", "", "")
    overflow: tuple[str, bool] | None = None

    @property
    def ctx(self) -> Context:
        return self.ex.ctx

    def __len__(self) -> int:
        return len(self.args)

    def value(self, index: int) -> Typed:
        return self.ex.value(self.args[index], self.block)

    def text(self, index: int) -> Typed:
        return self.ctx.conversions.to_text(self.value(index))

    def number(self, index: int) -> str:
        return self.ex.number(self.args[index], self.block).sql

    def integer(self, index: int) -> str:
        """A number argument of a PostgreSQL function that takes int4, truncated as Oracle does."""
        number = self.ex.number(self.args[index], self.block)
        if number.literal is not None and number.literal.isdigit() and len(number.literal) < 10:
            return number.literal
        return f"trunc({number.sql})::int"

    def literal(self, index: int, what: str) -> str:
        """A text argument that must be a literal here."""
        value = self.value(index)
        if value.is_null:
            return ""
        if value.literal is None:
            raise unsupported(f"{self.name} with {what} that is no literal")
        return value.literal

    def text_result(self, sql: str, *args: Typed, length: int | None = None) -> Typed:
        """A text result: CLOB when an argument is one, NULL when empty (``sql`` sees to that)."""
        if any(arg.kind is Kind.CLOB for arg in args):
            return Typed(sql, OraType(Kind.CLOB))
        if length is None:
            length = max((a.type.length or 4000 for a in args if a.kind in TEXT), default=4000)
        semantics = any(arg.type.char_semantics for arg in args)
        return Typed(sql, OraType(Kind.VARCHAR2, length or 1, semantics) if args else VARCHAR2)


Handler = "Callable[[Call], Typed]"
FUNCTIONS: dict[str, tuple[Any, int, int]] = {}
CONDITIONS: dict[str, tuple[Any, int, int]] = {}
AGGREGATES: set[str] = set()
WINDOWED: set[str] = set()


def function(
    *names: str,
    least: int = 0,
    most: int | None = None,
    aggregate: bool = False,
    window: bool = False,
) -> Callable[[Callable[[Call], Typed]], Callable[[Call], Typed]]:
    """Register the rule of a function; ``least`` and ``most`` arguments, ORA-00938/00939
    outside."""

    def register(handler: Callable[[Call], Typed]) -> Callable[[Call], Typed]:
        for name in names:
            FUNCTIONS[name] = (handler, least, 255 if most is None else most)
            if aggregate:
                AGGREGATES.add(name)
            if window or aggregate:
                WINDOWED.add(name)
        return handler

    return register


def condition(
    *names: str, least: int, most: int
) -> Callable[[Callable[[Call], str]], Callable[[Call], str]]:
    """Register a function that is a condition (REGEXP_LIKE, LNNVL)."""

    def register(handler: Callable[[Call], str]) -> Callable[[Call], str]:
        for name in names:
            CONDITIONS[name] = (handler, least, most)
        return handler

    return register


def check_count(call: Call, least: int, most: int) -> None:
    if len(call.args) < least:
        raise OraError(938, call.name, position=call.position)
    if len(call.args) > most:
        raise OraError(939, call.name, position=call.position)
