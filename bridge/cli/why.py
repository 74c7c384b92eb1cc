"""``erpcrm why``: what happened to a record, in both directions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from bridge.cli import desk, render
from bridge.cli.options import Json
from bridge.errors import BridgeError
from bridge.oracle.operator import Happening, OperatorDesk
from bridge.settings import load

__all__ = ["why"]


def why(
    context: typer.Context,
    record: Annotated[str, typer.Argument(metavar="KEY", help="CLIENT-BRANCH.")],
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many of the last lines.")] = 200,
    as_json: Json = False,
) -> None:
    """Show what happened to a record, oldest first; exit code 1 when nothing is known of it."""

    async def work(table: OperatorDesk) -> list[Happening]:
        # one more tells whether there are more
        return await table.history(record, limit=limit + 1)

    found = desk.with_desk(load(context.obj)[0], work)
    if not found:
        raise BridgeError(f"nothing is known of record {record}")
    shown, has_more = found[-limit:], len(found) > limit
    if as_json:
        render.emit_json(
            {
                "record_key": record,
                "happenings": [asdict(happening) for happening in shown],
                "has_more": has_more,
            }
        )
        return
    columns = ("when", "direction", "what", "item", "attempt", "outcome", "who", "detail")
    render.table(f"Record {record}", columns, [_row(happening) for happening in shown])
    if has_more:
        render.note("there is more, older: --limit")


def _row(happening: Happening) -> tuple[str, ...]:
    values = (
        happening.happened_on.isoformat(" ", "milliseconds"),
        happening.direction,
        happening.happening,
        happening.item_id,
        happening.attempt,
        happening.outcome,
        happening.actor,
        happening.detail,
    )
    return tuple("-" if value is None else str(value) for value in values)
