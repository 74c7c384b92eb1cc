"""``erpcrm parked``: changes and webhooks that need a person."""

from __future__ import annotations

import enum
from dataclasses import asdict, fields
from typing import Annotated

import typer

from bridge.cli import desk, render
from bridge.cli.options import Json
from bridge.domain.operations import ParkedItem
from bridge.errors import BridgeError
from bridge.oracle.operator import OperatorDesk, ParkedFilter
from bridge.settings import load

__all__ = ["parked_app"]

parked_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Changes and webhooks that need a person.",
    epilog="Examples: erpcrm parked list | erpcrm parked replay --reason validation | "
    "erpcrm parked skip 17 --because 'tax id withdrawn'",
)


class Kind(enum.Enum):
    """Direction of an item, as it is typed."""

    OUTBOX = "outbox"
    INBOX = "inbox"


Number = Annotated[
    int | None, typer.Argument(metavar="[ID]", help="One item, as the list shows it.")
]
OfKind = Annotated[
    Kind | None,
    typer.Option("--kind", help="Changes or webhooks; of one item: outbox when not given."),
]
OfRecord = Annotated[
    str | None, typer.Option("--record", help="Those of this record: CLIENT-BRANCH.")
]
OfReason = Annotated[str | None, typer.Option("--reason", help="Those of this class of failure.")]
All = Annotated[bool, typer.Option("--all", help="Everything that is parked.")]
By = Annotated[str | None, typer.Option("--by", help="Name for the audit; else user@host.")]


@parked_app.command(
    "list",
    epilog="Examples: erpcrm parked list | erpcrm parked list --kind outbox --reason validation | "
    "erpcrm parked list --record 1001-1 --json",
)
def parked_list(
    context: typer.Context,
    kind: OfKind = None,
    record: OfRecord = None,
    reason: OfReason = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Show so many at most.")] = 200,
    as_json: Json = False,
) -> None:
    """List what is parked, in the order of the records; data of the record is not shown."""
    which = _filter(None, kind, record, reason)

    async def work(table: OperatorDesk) -> list[ParkedItem]:
        # one more tells whether there are more
        return await table.parked(which, limit=limit + 1)

    found = desk.with_desk(load(context.obj)[0], work)
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
    kind: OfKind = None,
    as_json: Json = False,
) -> None:
    """Show one parked item; exit code 1 when there is none."""
    which = _filter(number, kind, None, None)

    async def work(table: OperatorDesk) -> list[ParkedItem]:
        return await table.parked(which, limit=1)

    found = desk.with_desk(load(context.obj)[0], work)
    if not found:
        raise _not_parked(which)
    (item,) = found
    if as_json:
        render.emit_json(asdict(item))
        return
    rows = [(f.name.replace("_", " "), _text(getattr(item, f.name))) for f in fields(item)]
    render.table(f"Parked {item.direction.lower()} {number}", ("what", "value"), rows)


@parked_app.command(
    "replay",
    epilog="Examples: erpcrm parked replay 17 | erpcrm parked replay --record 1001-1 | "
    "erpcrm parked replay --kind outbox --reason validation --by ana | erpcrm parked replay --all",
)
def parked_replay(
    context: typer.Context,
    number: Number = None,
    kind: OfKind = None,
    record: OfRecord = None,
    reason: OfReason = None,
    everything: All = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Try parked items again, in the order of their keys; exit code 1 when none was found."""
    which = _narrowed(number, kind, record, reason, everything=everything)

    async def work(table: OperatorDesk) -> int:
        return await table.replay(which, by=by or desk.operator_name())

    _tell("replayed", desk.with_desk(load(context.obj)[0], work), which, as_json=as_json)


@parked_app.command(
    "skip",
    epilog="Examples: erpcrm parked skip 17 --because 'tax id withdrawn' | "
    "erpcrm parked skip 4 --kind inbox --because 'lead of a test'",
)
def parked_skip(
    context: typer.Context,
    because: Annotated[str, typer.Option("--because", help="Why; kept in the audit.")],
    number: Number = None,
    kind: OfKind = None,
    record: OfRecord = None,
    reason: OfReason = None,
    everything: All = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Give parked items up; exit code 1 when none was found."""
    which = _narrowed(number, kind, record, reason, everything=everything)

    async def work(table: OperatorDesk) -> int:
        return await table.skip(which, reason=because, by=by or desk.operator_name())

    _tell("skipped", desk.with_desk(load(context.obj)[0], work), which, as_json=as_json)


def _filter(
    number: int | None, kind: Kind | None, record: str | None, reason: str | None
) -> ParkedFilter:
    if number is not None and kind is None:
        # ids of changes and of webhooks overlap
        kind = Kind.OUTBOX
    return ParkedFilter(
        kind=kind.name if kind else None,
        event_id=number,
        record_key=record,
        reason_class=reason,
    )


def _narrowed(
    number: int | None,
    kind: Kind | None,
    record: str | None,
    reason: str | None,
    *,
    everything: bool,
) -> ParkedFilter:
    """Return the filter; acting on everything has to be said, and said alone."""
    is_narrow = any(value is not None for value in (number, kind, record, reason))
    if is_narrow is everything:
        raise typer.BadParameter("give an ID or a filter, or --all alone")
    return _filter(number, kind, record, reason)


def _tell(verb: str, count: int, which: ParkedFilter, *, as_json: bool) -> None:
    if not count:
        raise _not_parked(which)
    if as_json:
        render.emit_json({verb: count})
    else:
        render.say(f"{verb}: {count}")


def _not_parked(which: ParkedFilter) -> BridgeError:
    return BridgeError(f"nothing is parked that fits {which.as_json()}")


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
