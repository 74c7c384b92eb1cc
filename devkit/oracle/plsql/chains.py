"""Long chains of operators: ``a + b + c …``, a thousand terms, without a thousand parentheses.

The tree of such a chain leans to the left, and Python's own reader takes 200 nested parentheses
at most. So a chain is compiled in a loop, and every few terms what there is so far goes into a
temporary variable: ``(_t1 := a + b + …, _t2 := _t1 + …, _t2 + …)[-1]``. The order of evaluation
stays, and so does what AND and OR leave out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from devkit.oracle.plsql import nodes

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.oracle.plsql.compiler_base import Ex

_TERMS_IN_ONE = 16  # each may cost three parentheses, and a chain may stand within another


def left_chain(
    node: nodes.BinaryOp, operators: frozenset[str]
) -> tuple[nodes.Expr, list[nodes.BinaryOp]]:
    """The leftmost operand, and the operations of the chain in their order."""
    chain = [node]
    first = node.left
    while isinstance(first, nodes.BinaryOp) and first.op in operators:
        chain.append(first)
        first = first.left
    chain.reverse()
    return first, chain


class Pieces:
    """What of a chain has gone into temporary variables."""

    def __init__(self, temp: Callable[[], str]) -> None:
        self._temp = temp
        self._terms = 0
        self._steps: list[str] = []

    def so_far(self, ex: Ex) -> Ex:
        """The left operand of the next operation."""
        self._terms += 1
        if ex.is_const or self._terms % _TERMS_IN_ONE:
            return ex
        temp = self._temp()
        self._steps.append(f"{temp} := {ex.code}")
        return replace(ex, code=temp, simple=True)

    def whole(self, ex: Ex) -> Ex:
        """The value of the chain."""
        if not self._steps:
            return ex
        return replace(ex, code=f"({', '.join([*self._steps, ex.code])})[-1]", simple=False)
