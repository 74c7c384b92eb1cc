"""``erpcrm conflicts``: fields that both sides changed differently, and that a person decides."""

from __future__ import annotations

import asyncio
import enum
from dataclasses import asdict, replace
from typing import Annotated, Final

import typer

from bridge.cli import desk, render
from bridge.cli.options import Json
from bridge.errors import BridgeError, DataRejected
from bridge.oracle.operator import Conflict, OperatorDesk
from bridge.settings import load

__all__ = ["conflicts_app"]

conflicts_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Fields that both sides changed differently, and that a person decides.",
    epilog="Examples: erpcrm conflicts list | erpcrm conflicts resolve 3 --take erp",
)

_MASK = "********"
_LEASED = "ORA-20402"
# While a record is worked on, deciding on it waits: an attempt takes a second or two.
_TRIES = 20
_TRY_SECONDS = 0.5
_SENTENCES: Final = {
    "ORA-20400": "it is not an open conflict",
    "ORA-20401": "the choice is not possible: the lead is not in the mirror",
    _LEASED: "its record is being worked on; try again later",
}


class Side(enum.Enum):
    """Whose value is taken."""

    ERP = "erp"
    CRM = "crm"


Values = Annotated[
    bool, typer.Option("--values", help="Show the values, which may be personal data.")
]


@conflicts_app.command(
    "list",
    epilog="Examples: erpcrm conflicts list | erpcrm conflicts list --all --record 1001-1 | "
    "erpcrm conflicts list --values --json",
)
def conflicts_list(
    context: typer.Context,
    record: Annotated[
        str | None, typer.Option("--record", help="Those of this record: CLIENT-BRANCH.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="With those that are resolved already.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Show so many at most.")] = 200,
    values: Values = False,
    as_json: Json = False,
) -> None:
    """List open conflicts, the oldest first; values are masked."""

    async def work(table: OperatorDesk) -> list[Conflict]:
        return await table.conflicts(
            status=None if everything else "OPEN",
            record_key=record,
            # one more tells whether there are more
            limit=limit + 1,
        )

    found = desk.with_desk(load(context.obj)[0], work)
    shown = found if values else [_masked(conflict) for conflict in found]
    shown, has_more = shown[:limit], len(found) > limit
    if as_json:
        render.emit_json({"conflicts": [asdict(item) for item in shown], "has_more": has_more})
        return
    columns = ("id", "record", "field", "base", "ERP", "CRM", "status", "taken", "opened")
    render.table("Conflicts", columns, [_row(conflict) for conflict in shown])
    more = "; there are more: --limit" if has_more else ""
    render.note(f"conflicts: {len(shown)}{more}")


@conflicts_app.command(
    "show", epilog="Examples: erpcrm conflicts show 3 | erpcrm conflicts show 3 --values --json"
)
def conflicts_show(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help="As the list shows it.")],
    values: Values = False,
    as_json: Json = False,
) -> None:
    """Show one conflict, open or resolved; exit code 1 when there is none."""

    async def work(table: OperatorDesk) -> list[Conflict]:
        return await table.conflicts(conflict_id=number, limit=1)

    found = desk.with_desk(load(context.obj)[0], work)
    if not found:
        raise BridgeError(f"there is no conflict {number}")
    shown = asdict(found[0] if values else _masked(found[0]))
    if as_json:
        render.emit_json(shown)
        return
    rows = [(name.replace("_", " "), _text(value)) for name, value in shown.items()]
    render.table(f"Conflict {number}", ("what", "value"), rows)


@conflicts_app.command(
    "resolve",
    epilog="Examples: erpcrm conflicts resolve 3 --take erp | erpcrm conflicts resolve 3 --take crm "
    "--by ana | erpcrm conflicts resolve 3 --value 11987654321 | "
    "erpcrm conflicts resolve 3 --value ''",
)
def conflicts_resolve(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help="As the list shows it.")],
    take: Annotated[Side | None, typer.Option("--take", help="The value of this side.")] = None,
    value: Annotated[
        str | None, typer.Option("--value", help="Another value; '' empties the field.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="Name for the audit; else user@host.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Decide a conflict: both sides get the value; exit code 1 when that is not possible."""
    if (take is None) is (value is None):
        raise typer.BadParameter("give --take or --value")
    choice = take.name if take else "VALUE"

    async def work(table: OperatorDesk) -> None:
        for left in reversed(range(_TRIES)):
            try:
                await table.resolve(
                    number, choice=choice, value=value or None, by=by or desk.operator_name()
                )
            except DataRejected as exc:
                if exc.code != _LEASED or not left:
                    reason = _SENTENCES.get(exc.code, str(exc))
                    raise BridgeError(f"conflict {number} is not resolved: {reason}") from exc
                await asyncio.sleep(_TRY_SECONDS)
            else:
                return

    desk.with_desk(load(context.obj)[0], work)
    if as_json:
        render.emit_json({"conflict_id": number, "choice": choice})
    else:
        render.say(f"resolved: {number} ({choice})")


def _masked(conflict: Conflict) -> Conflict:
    """Hide values, but not which of them are empty."""
    return replace(
        conflict,
        base_value=_mask(conflict.base_value),
        erp_value=_mask(conflict.erp_value),
        crm_value=_mask(conflict.crm_value),
        resolved_value=_mask(conflict.resolved_value),
    )


def _mask(value: str | None) -> str | None:
    return None if value is None else _MASK


def _row(conflict: Conflict) -> tuple[str, ...]:
    values = (
        conflict.conflict_id,
        conflict.record_key,
        conflict.field_name,
        conflict.base_value,
        conflict.erp_value,
        conflict.crm_value,
        conflict.status,
        conflict.choice,
        conflict.opened_on.isoformat(" ", "seconds"),
    )
    return tuple(_text(value) for value in values)


def _text(value: object) -> str:
    return "-" if value is None else str(value)
