"""seq.NEXTVAL and seq.CURRVAL: one new number per row, however often it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.oracle.errors import OraError
from devkit.oracle.sql.typing import Typed, quote, text_literal
from devkit.oracle.values import NUMBER

if TYPE_CHECKING:
    from devkit.oracle.sql.scope import Block, Context


def sequence_value(
    ctx: Context, parts: tuple[str, ...], block: Block, position: int | None
) -> Typed:
    """The first reference of a block that draws a number draws it; the others of the row repeat
    it."""
    ref = ctx.resolve(parts[:-1])
    if ref is None or ref.type != "SEQUENCE":
        raise OraError(2289, position=position)
    if not ctx.catalog.can(ctx.user, "SELECT", ref.owner, ref.name, roles=ctx.roles):
        raise OraError(2289, position=position)
    if not block.sequences_allowed:
        raise OraError(2287, position=position)
    relation = text_literal(f"{quote(ref.owner)}.{quote(ref.name)}")
    key = (ref.owner, ref.name)
    if key in ctx.sequences and key not in block.sequences:
        block.sequences.add(key)
        return Typed(f"nextval({relation}::regclass)::numeric", NUMBER)
    return Typed(f"ora.currval({relation})", NUMBER)
