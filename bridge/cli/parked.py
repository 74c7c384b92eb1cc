"""``erpcrm parked``: look at changes and webhooks that need a person."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Coroutine
from dataclasses import asdict, fields
from typing import Annotated, Any, TypeVar

import typer

from bridge.cli import compose, render
from bridge.cli.options import Json
from bridge.errors import BridgeError
from bridge.oracle.operator import OperatorDesk, ParkedItem
from bridge.oracle.outbox import OracleOutbox
from bridge.oracle.pool import Database
from bridge.settings import Settings, load

__all__ = ["parked_app"]

_T = TypeVar("_T")

parked_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Look at changes and webhooks that need a person.",
    epilog="Examples: erpcrm parked list | erpcrm parked show 17 --kind inbox",
)


class Kind(enum.Enum):
    """Direction of an item, as it is typed."""

    OUTBOX = "outbox"
    INBOX = "inbox"


def with_desk(settings: Settings, work: Callable[[OperatorDesk], Coroutine[Any, Any, _T]]) -> _T:
    """Run something as the daemon's user, after the check of versions."""

    async def session() -> _T:
        async with Database(compose.account(settings)) as database:
            await compose.check_api(OracleOutbox(database, worker_id=settings.relay.worker_id))
            return await work(OperatorDesk(database))

    return asyncio.run(session())


@parked_app.command(
    "list",
    epilog="Examples: erpcrm parked list | erpcrm parked list --kind outbox --reason validation | "
    "erpcrm parked list --record 1001-1 --json",
)
def parked_list(
    context: typer.Context,
    kind: Annotated[Kind | None, typer.Option(help="Only changes, or only webhooks.")] = None,
    record: Annotated[str | None, typer.Option(help="Only this record, as CLIENT-BRANCH.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only this class of failure.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Show so many at most.")] = 200,
    as_json: Json = False,
) -> None:
    """List what is parked, in the order of the records; data of the record is not shown."""

    async def work(desk: OperatorDesk) -> list[ParkedItem]:
        return await desk.parked(
            direction=kind.name if kind else None,
            record_key=record,
            reason_class=reason,
            # one more tells whether there are more
            limit=limit + 1,
        )

    found = with_desk(load(context.obj)[0], work)
    shown, has_more = found[:limit], len(found) > limit
    if as_json:
        render.emit_json({"items": [asdict(item) for item in shown], "has_more": has_more})
        return
    columns = ("kind", "id", "record", "lead", "attempts", "reason", "parked", "detail")
    render.table("Parked", columns, [_row(item) for item in shown])
    more = "; there are more: --limit" if has_more else ""
    render.note(f"parked: {len(shown)}{more}")


@parked_app.command(
    "show", epilog="Examples: erpcrm parked show 17 | erpcrm parked show 4 --kind inbox --json"
)
def parked_show(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help="As the list shows it.")],
    kind: Annotated[Kind, typer.Option(help="A change or a webhook.")] = Kind.OUTBOX,
    as_json: Json = False,
) -> None:
    """Show one parked item; exit code 1 when there is none."""

    async def work(desk: OperatorDesk) -> list[ParkedItem]:
        return await desk.parked(direction=kind.name, event_id=number, limit=1)

    found = with_desk(load(context.obj)[0], work)
    if not found:
        raise BridgeError(f"nothing is parked as {kind.value} {number}")
    (item,) = found
    if as_json:
        render.emit_json(asdict(item))
        return
    rows = [(f.name.replace("_", " "), _text(getattr(item, f.name))) for f in fields(item)]
    render.table(f"Parked {kind.value} {number}", ("what", "value"), rows)


def _row(item: ParkedItem) -> tuple[str, ...]:
    return (
        item.direction.lower(),
        str(item.event_id),
        _text(item.record_key),
        _text(item.crm_id),
        str(item.attempts),
        _text(item.reason_class),
        _text(item.parked_on and item.parked_on.isoformat(" ", "seconds")),
        _text(item.detail),
    )


def _text(value: object) -> str:
    return "-" if value is None else str(value)
