"""``erpcrm forget``: erases what the database of the integration holds of one record and its persons."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Final

import typer

from bridge.cli import desk, render
from bridge.cli.options import Json
from bridge.errors import BridgeError, DataRejected
from bridge.oracle.operator import Erasure, OperatorDesk
from bridge.settings import load

__all__ = ["LEFT", "forget"]

# crm_erasure: what a refusal means to the person at the keyboard
_SENTENCES: Final = {
    "ORA-20300": "no record has this key",
    "ORA-20402": "it is being worked on; try again in a moment",
    "ORA-20501": "the branch takes part in the ERP still; --even-if-live erases all the same, and keeps it out",
}
_KINDS: Final = {
    "changes": "changes for the CRM (documents, steps, answers)",
    "attempts": "answers of the CRM to attempts",
    "webhooks": "webhooks (bodies, fields)",
    "operator_notes": "bodies and details that an operator worked on",
    "conflicts": "conflicts with their values",
    "merge_decisions": "decisions of the merge with their values",
    "leads": "rows of LEADS",
    "persons": "rows of CONTACTS",
    "contact_agreements": "agreed images of contacts",
    "agreements": "agreed image of the record",
}
# What stays, and whose it is. The lead is named by the command itself.
LEFT: Final = (
    "ERP: client, branch with ID_CRM, contacts, quotations and orders are not touched; they are the ERP's",
    "CRM: the lead with its persons and proposal is not touched; delete it there",
    "here: keys, times, states, and who did what (CRM_OUTBOX_EVENTS, CRM_INBOX_EVENTS, CRM_OPERATOR_AUDIT), "
    "until retention_row_days; reasons that operators gave",
    "here: keys and hashes in CRM_DIFFERENCES and CRM_SYNC_FINDINGS, until their runs are deleted",
    "here: CRM_FORGOTTEN_RECORDS (record key, lead id) and CRM_LET_GO_PERSONS (person ids), so that nothing "
    "comes back by itself; CRM_ERASURES says who had it done",
    "outside: backups, redo and undo of the database, logs of the daemon (keys only), "
    "reports of validate and exports that were made before",
)


def forget(
    context: typer.Context,
    record: Annotated[str, typer.Argument(metavar="KEY", help="CLIENT-BRANCH.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else only say what there is.")] = False,
    because: Annotated[
        str | None,
        typer.Option("--because", help="Why, for the audit; no names. Needed with --yes."),
    ] = None,
    even_if_live: Annotated[
        bool,
        typer.Option("--even-if-live", help="Also while the branch takes part in the ERP."),
    ] = False,
    lift: Annotated[
        bool, typer.Option("--lift", help="Let a record that was forgotten take part again.")
    ] = False,
    by: Annotated[
        str | None, typer.Option("--by", help="Name for the audit; else user@host.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Erase what is held here of a record and its persons; exit code 1 when that is refused."""
    if yes and not because:
        raise typer.BadParameter("--yes needs --because")
    if lift and even_if_live:
        raise typer.BadParameter("--lift and --even-if-live exclude each other")
    who = by or desk.operator_name()
    if lift:
        _lift(context, record, by=who, because=because, yes=yes, as_json=as_json)
        return

    async def work(table: OperatorDesk) -> Erasure:
        return await table.forget(
            record, by=who, reason=because or "-", is_live_allowed=even_if_live, is_dry_run=not yes
        )

    try:
        found = desk.with_desk(load(context.obj)[0], work)
    except DataRejected as exc:
        reason = _SENTENCES.get(exc.code, str(exc))
        raise BridgeError(f"record {record} is not forgotten: {reason}") from exc
    _show(found, even_if_live=even_if_live, as_json=as_json)


def _lift(
    context: typer.Context, record: str, *, by: str, because: str | None, yes: bool, as_json: bool
) -> None:
    if not yes:
        raise typer.BadParameter("--lift needs --yes: the next change of the ERP is sent again")

    async def work(table: OperatorDesk) -> bool:
        return await table.lift_forgetting(record, by=by, reason=because or "-")

    if not desk.with_desk(load(context.obj)[0], work):
        raise BridgeError(f"record {record} was not forgotten")
    if as_json:
        render.emit_json({"record_key": record, "lifted": True})
    else:
        render.say(f"{record} may take part again")


def _refusals(found: Erasure, *, even_if_live: bool) -> list[str]:
    """Why --yes would be refused now."""
    codes = []
    if found.is_live and not even_if_live:
        codes.append("ORA-20501")
    if found.is_leased:
        codes.append("ORA-20402")
    return [_SENTENCES[code] for code in codes]


def _show(found: Erasure, *, even_if_live: bool, as_json: bool) -> None:
    refusals = [] if found.is_done else _refusals(found, even_if_live=even_if_live)
    if as_json:
        render.emit_json({**asdict(found), "left": list(LEFT), "refused_because": refusals})
        return
    title = "Erased" if found.is_done else "Would be erased"
    rows = [(_KINDS.get(kind, kind), count) for kind, count in found.erased.items()]
    render.table(f"{title}: record {found.record_key}", ("what", "rows"), rows)
    render.table("Left", ("what stays",), [(line,) for line in LEFT])
    if found.crm_id is not None:
        render.say(f"lead in the CRM: {found.crm_id}")
    for reason in refusals:
        render.note(f"--yes would be refused: {reason}")
    if not found.is_done:
        render.note("nothing was changed; --because REASON --yes does it")
