"""``erpcrm resync``: all leads and contacts of the CRM against the ERP, mended as they are read."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from bridge.cli import render, whole_set
from bridge.cli.options import Json
from bridge.cli.whole_set import EntityChoice, EntityOption, Restart, Resume
from bridge.domain.runs import RunKind
from bridge.settings import load

__all__ = ["resync_app"]

resync_app = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,
    help="Read all leads and contacts of the CRM and mend what differs, while live traffic flows.",
    epilog="Examples: erpcrm resync | erpcrm resync --entity leads | erpcrm resync pause | "
    "erpcrm resync --resume --json. Exit codes: 0 done, 6 paused (Ctrl-C as well; --resume goes on).",
)


@resync_app.callback(invoke_without_command=True)
def resync(
    context: typer.Context,
    entity: EntityOption = EntityChoice.ALL,
    resume: Resume = False,
    restart: Restart = False,
    as_json: Json = False,
) -> None:
    """Read all leads and contacts of the CRM and mend what differs.

    Live changes win over what a page showed; nothing is emptied first, and nothing ends because it
    was absent from a page.
    """
    if context.invoked_subcommand is not None:
        return
    end, row, _ = whole_set.work_on(
        load(context.obj)[0],
        RunKind.RESYNC,
        entity=entity.entity,
        mode=whole_set.mode_of(resume=resume, restart=restart),
        by=None,
        quiet=as_json,
    )
    if as_json:
        render.emit_json(asdict(row))
    else:
        render.table(f"Run {row.run_id}", ("what", "count"), whole_set.totals_row(row))
    whole_set.end_code(end, RunKind.RESYNC)


@resync_app.command("pause", epilog="Example: erpcrm resync pause")
def resync_pause(context: typer.Context, as_json: Json = False) -> None:
    """Ask the resync that runs, in whatever terminal, to pause before its next page."""
    whole_set.pause(load(context.obj)[0], RunKind.RESYNC, as_json=as_json)


@resync_app.command("status", epilog="Example: erpcrm resync status --json")
def resync_status(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Show so many at most.")] = 5,
    as_json: Json = False,
) -> None:
    """Show the newest runs and how far they are."""
    whole_set.show_runs(load(context.obj)[0], RunKind.RESYNC, limit=limit, as_json=as_json)
