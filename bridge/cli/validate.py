"""``erpcrm validate``: all leads and contacts of the CRM against the ERP and what was agreed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli import desk, render, whole_set
from bridge.cli.exits import Exit
from bridge.cli.options import Json
from bridge.cli.whole_set import EntityChoice, EntityOption, Restart, Resume
from bridge.domain.runs import RunEnd, RunKind
from bridge.errors import BridgeError
from bridge.oracle.runs import Finding, FindingCount, OracleRuns, RunRow
from bridge.report.html import MEANINGS, REMEDIES, validation_page
from bridge.settings import Settings, load

__all__ = ["validate_app"]

_SHOWN = 50
_ON_PAGE = 5000
_PAST_RUNS = 90

validate_app = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,
    help="Compare all leads and contacts of the CRM with the ERP; changes nothing without --yes.",
    epilog="Examples: erpcrm validate | erpcrm validate --html report.html | erpcrm validate --repair | "
    "erpcrm validate --repair --yes | erpcrm validate --json. "
    "Exit codes: 0 equal, or everything handed over; 5 differences; 6 paused (--resume goes on); 7 nothing found, "
    "but records were at work and not compared. What is never compared is a line of the report.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    run: RunRow
    counts: list[FindingCount]
    findings: list[Finding]
    history: list[RunRow]
    convergence: dict[str, Any]
    not_compared: list[str]


@validate_app.callback(invoke_without_command=True)
def validate(
    context: typer.Context,
    entity: EntityOption = EntityChoice.ALL,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the report to this file.")
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Show what a repair would do; with --yes, do it.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="With --repair: hand the findings over.")
    ] = False,
    resume: Resume = False,
    restart: Restart = False,
    as_json: Json = False,
) -> None:
    """Compare the CRM with the ERP and with what was agreed, and note what differs."""
    if context.invoked_subcommand is not None:
        return
    if yes and not repair:
        raise typer.BadParameter("--yes needs --repair")
    settings = load(context.obj)[0]
    end, row, has_contacts = whole_set.work_on(
        settings,
        RunKind.VALIDATE,
        entity=entity.entity,
        mode=whole_set.mode_of(resume=resume, restart=restart),
        by=None,
        quiet=as_json,
    )
    result = _result(settings, row.run_id, has_contacts=has_contacts)
    planned = [c for c in result.counts if c.state == "OPEN"]
    repaired = None
    if yes and end is RunEnd.DONE and planned:
        repaired = whole_set.with_runs(
            settings, lambda runs: runs.repair(row.run_id, by=desk.operator_name())
        )
        result = _result(settings, row.run_id, has_contacts=has_contacts)
    if html is not None:
        _write(html, result)
    _show(result, planned=planned if repair else None, repaired=repaired, as_json=as_json)
    whole_set.end_code(end, RunKind.VALIDATE)
    if result.run.findings_open:
        raise typer.Exit(Exit.DIFFERENCES)
    if result.run.records_busy:
        raise typer.Exit(Exit.INCOMPLETE)


@validate_app.command("pause", epilog="Example: erpcrm validate pause")
def validate_pause(context: typer.Context, as_json: Json = False) -> None:
    """Ask the validation that runs, in whatever terminal, to pause before its next page."""
    whole_set.pause(load(context.obj)[0], RunKind.VALIDATE, as_json=as_json)


@validate_app.command("status", epilog="Example: erpcrm validate status --json")
def validate_status(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Show so many at most.")] = 5,
    as_json: Json = False,
) -> None:
    """Show the newest validations and what they found."""
    whole_set.show_runs(load(context.obj)[0], RunKind.VALIDATE, limit=limit, as_json=as_json)


def _result(settings: Settings, run_id: int, *, has_contacts: bool) -> _Result:
    async def work(runs: OracleRuns) -> _Result:
        (run,) = await runs.runs(run_id=run_id)
        past = await runs.runs(kind=RunKind.VALIDATE, status="DONE", limit=_PAST_RUNS)
        return _Result(
            run=run,
            counts=await runs.finding_counts(run_id),
            findings=await runs.findings(run_id, limit=_ON_PAGE),
            history=past[::-1],
            convergence=await runs.convergence(),
            not_compared=whole_set.uncompared(run, has_contacts=has_contacts),
        )

    return whole_set.with_runs(settings, work)


def _write(path: Path, result: _Result) -> None:
    page = validation_page(
        result.run,
        counts=result.counts,
        findings=result.findings,
        history=result.history,
        convergence=result.convergence,
        not_compared=result.not_compared,
    )
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as exc:
        raise BridgeError(f"cannot write the report to {path}: {exc.strerror}") from exc
    render.note(f"report: {path}")


def _show(
    result: _Result, *, planned: list[FindingCount] | None, repaired: int | None, as_json: bool
) -> None:
    if as_json:
        render.emit_json(
            {
                "run": asdict(result.run),
                "findings": [asdict(finding) for finding in result.findings],
                "counts": [asdict(count) for count in result.counts],
                "convergence": result.convergence,
                "not_compared": result.not_compared,
                "repair": None if planned is None else [asdict(count) for count in planned],
                "repaired": repaired,
            }
        )
        return
    render.table(
        f"Validation {result.run.run_id}", ("what", "count"), whole_set.totals_row(result.run)
    )
    if result.findings:
        rows = [
            (f.kind, f.record_key or "-", f.crm_id or "-", ", ".join(f.fields) or "-", f.state)
            for f in result.findings[:_SHOWN]
        ]
        render.table("Findings", ("what", "record", "lead", "fields", "state"), rows)
        if result.run.findings > _SHOWN:
            render.note(f"{result.run.findings - _SHOWN} more: --html or --json shows them")
    if planned:
        plan = [(c.kind, MEANINGS[c.kind], REMEDIES[c.action], c.findings) for c in planned]
        title = "Repair" if repaired is not None else "A repair would do this"
        render.table(title, ("what", "meaning", "remedy", "count"), plan)
    if repaired is not None:
        render.say(f"handed over: {repaired}; for a person: {result.run.findings_open}")
    elif planned:
        render.note("nothing was changed; --repair --yes does it")
    for line in result.not_compared:
        render.say(f"not compared: {line}")
    render.say(f"proven equal within 24 h (leads): {result.convergence['proven_percent']:g} %")
