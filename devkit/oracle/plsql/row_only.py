"""Trigger sections that look at nothing but their row, so that rows may be done together.

``:new.name := upper(:new.name)`` gives the same whether the row before has been written and seen by
AFTER EACH ROW or not. A section counts only if all of it is known to be so: assignments to ``:new``
and to its own variables, IF and CASE, over the row, its own variables, literals and built-in
functions of values. A sequence, a package, SQL or a variable of a compound trigger may be seen or
changed by another trigger, and RAISE ends the statement before the rows to come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.oracle.contracts import Timing
from devkit.oracle.plsql import nodes
from devkit.oracle.plsql.nodes.types import TypeRef

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN = (
    nodes.Apply, nodes.Argument, nodes.Assignment, nodes.Between, nodes.BinaryOp, nodes.Block,
    nodes.BooleanLiteral, nodes.Case, nodes.CaseBranch, nodes.CaseStatement, nodes.CaseWhen,
    nodes.Cast, nodes.DateLiteral, nodes.Dotted, nodes.Extract, nodes.HostBind, nodes.If,
    nodes.IfBranch, nodes.InList, nodes.IntervalLiteral, nodes.IsNull, nodes.Like, nodes.Name,
    nodes.NamePart, nodes.NullLiteral, nodes.NullStatement, nodes.NumberLiteral,
    nodes.StringLiteral, nodes.TimestampLiteral, nodes.Trim, nodes.UnaryOp,
    nodes.VariableDeclaration,
)  # fmt: skip

_VALUES = """
    ABS ADD_MONTHS ASCII CEIL CHR COALESCE CONCAT CURRENT_DATE CURRENT_TIMESTAMP DECODE DELETING
    FLOOR GREATEST INITCAP INSERTING INSTR LAST_DAY LEAST LENGTH LENGTHB LOCALTIMESTAMP LOWER LPAD
    LTRIM MOD MONTHS_BETWEEN NLS_LOWER NLS_UPPER NULLIF NVL NVL2 POWER REGEXP_INSTR REGEXP_REPLACE
    REGEXP_SUBSTR REPLACE ROUND RPAD RTRIM SIGN SQRT SUBSTR SUBSTRB SYSDATE SYSTIMESTAMP
    SYS_CONTEXT TO_CHAR TO_DATE TO_NUMBER TO_TIMESTAMP TRANSLATE TRIM TRUNC UPDATING UPPER
    USER
"""
_FUNCTIONS = frozenset(_VALUES.split())


def row_only(unit: nodes.TriggerUnit) -> bool:
    """Whether the BEFORE EACH ROW section of the trigger, if it has one, is of that kind."""
    body = unit.body
    outer: frozenset[str] = frozenset()
    if isinstance(body, nodes.CompoundBody):
        outer = frozenset(_declared(body.declarations))
        blocks = [s.block for s in body.sections if s.timing == Timing.BEFORE_ROW.value]
    elif unit.for_each_row and unit.timing == "BEFORE":
        if not isinstance(body, nodes.Block):
            return False
        blocks = [body]
    else:
        blocks = []
    return all(_is_plain(block, outer) for block in blocks)


def _is_plain(block: nodes.Block, outer: frozenset[str]) -> bool:
    own = frozenset(_declared(block.declarations))
    known = (_FUNCTIONS - outer) | own
    return all(
        isinstance(node, _PLAIN)
        and (not isinstance(node, nodes.Name) or (len(node.parts) == 1 and node.text in known))
        and (not isinstance(node, nodes.Block) or node is block or not node.declarations)
        and (not isinstance(node, nodes.Dotted) or isinstance(node.base, nodes.HostBind))
        for node in _below(block)
    )


def _below(node: nodes.Node) -> Iterator[nodes.Node]:
    """The node and what is below it, without the names inside types."""
    if isinstance(node, TypeRef):
        return
    yield node
    for child in node.children():
        yield from _below(child)


def _declared(declarations: tuple[nodes.Declaration, ...]) -> Iterator[str]:
    for declaration in declarations:
        name = getattr(declaration, "name", None)
        if isinstance(name, nodes.NamePart):
            yield name.folded
        else:
            spec = getattr(declaration, "spec", None)
            if spec is not None:
                yield spec.name.folded
