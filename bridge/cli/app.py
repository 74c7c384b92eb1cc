"""``erpcrm``: the typer application and its commands."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, TypeVar

import oracledb
import typer

from bridge import API_VERSION, __version__
from bridge.cli import compose, render
from bridge.cli import run as daemon
from bridge.cli.advice import advice
from bridge.cli.conflicts import conflicts_app
from bridge.cli.exits import Exit, exit_code
from bridge.cli.forget import forget
from bridge.cli.options import Json
from bridge.cli.parked import parked_app
from bridge.cli.resync import resync_app
from bridge.cli.validate import validate_app
from bridge.cli.why import why
from bridge.errors import BridgeError, SettingsError
from bridge.migrate import sqlplus
from bridge.migrate.connection import OracleExecutor
from bridge.migrate.runner import MigrationReport, MigrationStatus, Runner, lacking
from bridge.oracle.outbox import OracleOutbox
from bridge.oracle.pool import Database
from bridge.settings import Settings, describe, load

__all__ = ["app", "main"]

_T = TypeVar("_T")

app = typer.Typer(
    name="erpcrm",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Keeps an Oracle ERP and a CRM equal, in both directions.",
    epilog="Exit codes: 0 ok, 1 failure, 2 usage, 3 settings, 4 schema incompatible, "
    "5 differences found, 6 paused: --resume goes on, 7 nothing found, but not all was compared.",
)
migrate_app = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,
    help="Deploy migrations/ and plsql/ as an administrator; a rerun resumes where it stopped.",
    epilog="Examples: erpcrm migrate --dry-run | erpcrm migrate --dry-run --sql > review.sql | erpcrm migrate | "
    "erpcrm migrate status --json. Exit codes: 0 done, 1 a statement failed or something is invalid, 2 usage, "
    "3 settings.",
)
settings_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Look at the settings."
)
app.add_typer(migrate_app, name="migrate")
app.add_typer(settings_app, name="settings")
app.add_typer(parked_app, name="parked")
app.add_typer(conflicts_app, name="conflicts")
app.add_typer(resync_app, name="resync")
app.add_typer(validate_app, name="validate")
app.command(
    "forget",
    epilog="Examples: erpcrm forget 1001-1 | erpcrm forget 1001-1 --because 'request 2026-17' --yes | "
    "erpcrm forget 1001-1 --lift --because 'client again' --yes",
)(forget)
app.command("why", epilog="Examples: erpcrm why 1001-1 | erpcrm why 1001-1 --limit 20 --json")(why)

File = Annotated[
    Path | None,
    typer.Option(
        "--settings-file",
        "-s",
        envvar="ERPCRM_SETTINGS_FILE",
        help="File of NAME=value lines; else .env in the current folder, if there is one.",
    ),
]


@app.callback()
def _options(context: typer.Context, settings_file: File = None) -> None:
    context.obj = settings_file


def _settings(context: typer.Context) -> Settings:
    return load(context.obj)[0]


def _with_database(
    settings: Settings, work: Callable[[OracleOutbox], Coroutine[Any, Any, _T]]
) -> _T:
    """Run something as the daemon's user, after the check of versions."""

    async def session() -> _T:
        async with Database(compose.account(settings)) as database:
            outbox = OracleOutbox(database, worker_id=settings.relay.worker_id)
            await compose.check_api(outbox)
            return await work(outbox)

    return asyncio.run(session())


# --------------------------------------------------------------------------- migrate


def _runner(settings: Settings, executor: OracleExecutor, *, quiet: bool) -> Runner:
    return Runner(
        executor,
        root=settings.migrate.directory,
        schema=settings.migrate.owner,
        progress=render.MigrationProgress(quiet=quiet),
        lock_wait_seconds=settings.migrate.lock_wait_seconds,
        ddl_lock_timeout_seconds=settings.migrate.ddl_lock_timeout_seconds,
        ddl_attempts=settings.migrate.ddl_attempts,
    )


def _executor(settings: Settings) -> OracleExecutor:
    password = settings.migrate.password.get_secret_value()
    if not password:
        raise SettingsError("not set: ERPCRM_MIGRATE__PASSWORD")
    return OracleExecutor(
        dsn=settings.migrate.dsn or settings.database.connect_string,
        user=settings.migrate.user,
        password=password,
    )


@migrate_app.callback(invoke_without_command=True)
def migrate(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would run.")] = False,
    as_sql: Annotated[
        bool, typer.Option("--sql", help="With --dry-run: as a script for SQL*Plus or SQLcl.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Apply what is pending, then verify that nothing is invalid."""
    if context.invoked_subcommand is not None:
        return
    if as_sql and (as_json or not dry_run):
        raise typer.BadParameter("--sql goes with --dry-run, and not with --json")
    settings = _settings(context)
    if as_sql:
        with _executor(settings) as executor:
            steps = _runner(settings, executor, quiet=True).preview().steps
        typer.echo(
            sqlplus.dry_run(
                settings.migrate.owner,
                steps,
                ddl_lock_timeout_seconds=settings.migrate.ddl_lock_timeout_seconds,
            ),
            nl=False,
        )
        return
    with _executor(settings) as executor:
        runner = _runner(settings, executor, quiet=as_json)
        report = runner.preview() if dry_run else runner.apply()
    _show_report(report, as_json=as_json)


def _show_report(report: MigrationReport, *, as_json: bool) -> None:
    if as_json:
        render.emit_json(
            {
                "schema": report.schema,
                "dry_run": report.dry_run,
                "scripts": [
                    {"script": s.script.name, "from_statement": s.start + 1, "reason": s.reason}
                    for s in report.steps
                ],
                "statements": report.statements,
                "recompiled": list(report.recompiled),
                "missing_rights": list(report.missing_rights),
                "seconds": round(report.seconds, 3),
            }
        )
        return
    if report.dry_run:
        rows = [(s.script.name, s.reason, len(s.script.statements) - s.start) for s in report.steps]
        render.table("Would run", ("script", "reason", "statements"), rows)
    for name in report.recompiled:
        render.say(f"compiled again: {name}")
    if report.missing_rights:
        render.say(lacking(report.missing_rights))
    verb = "would run" if report.dry_run else "applied"
    render.say(
        f"{report.schema}: {verb} {len(report.steps)} scripts, {report.statements} statements, "
        f"{report.seconds:.1f} s"
    )


@migrate_app.command(
    "status",
    epilog="Examples: erpcrm migrate status | erpcrm migrate status --json. Exit codes: 0 shown, "
    "1 the database cannot be asked, 3 settings, 4 the schema does not exist.",
)
def migrate_status(context: typer.Context, as_json: Json = False) -> None:
    """Show what is applied, pending and invalid, and which rights this account lacks to deploy."""
    settings = _settings(context)
    with _executor(settings) as executor:
        status = _runner(settings, executor, quiet=True).status()
    _show_status(status, as_json=as_json)
    if not status.exists:
        raise typer.Exit(Exit.SCHEMA)


def _show_status(status: MigrationStatus, *, as_json: bool) -> None:
    if status.missing_rights and not as_json:
        render.say(lacking(status.missing_rights))
    if not status.exists and not as_json:
        render.say(
            f"schema {status.schema} does not exist: a DBA runs plsql/admin/create_owner.sql first"
        )
        return
    pending = {step.script.name: step.reason for step in status.pending}
    rows = []
    for script in status.scripts:
        row = status.ledger.get(script.name)
        state = row.state.value if row else "-"
        reached = f"{row.statement_reached if row else 0}/{len(script.statements)}"
        finished = row.finished_at.isoformat(" ", "seconds") if row and row.finished_at else "-"
        rows.append((script.name, state, reached, finished, pending.get(script.name, "")))
    if as_json:
        names = ("script", "state", "statements", "finished_at", "pending")
        render.emit_json(
            {
                "schema": status.schema,
                "exists": status.exists,
                "scripts": [dict(zip(names, row, strict=True)) for row in rows],
                "invalid": list(status.invalid),
                "missing_rights": list(status.missing_rights),
            }
        )
        return
    render.table("Scripts", ("script", "state", "statements", "finished", "pending"), rows)
    if status.invalid:
        render.say(f"invalid: {', '.join(status.invalid)}")
    render.say(f"{status.schema}: {len(rows)} scripts, {len(pending)} pending")


# --------------------------------------------------------------------------- daemon


@app.command(epilog="Examples: erpcrm run | erpcrm -s /etc/erpcrm/erpcrm.env run")
def run(context: typer.Context) -> None:
    """Run the daemon until SIGTERM; claims are finished within the drain time."""
    if not daemon.run(_settings(context)):
        raise typer.Exit(Exit.FAILURE)


@app.command(epilog="Examples: erpcrm status | erpcrm status --json | watch -n 5 erpcrm status")
def status(context: typer.Context, as_json: Json = False) -> None:
    """Show backlog, age, parked changes, gaps, and when the backlog will be drained."""
    settings = _settings(context)

    async def work(outbox: OracleOutbox) -> tuple[dict[str, float], str, dict[str, Any]]:
        return (
            dict(await outbox.status()),
            await outbox.schema_version(),
            await outbox.convergence(),
        )

    metrics, schema_version, proof = _with_database(settings, work)
    # One call a change is the floor; the quota is the ceiling.
    rate = settings.crm.quota_calls / settings.crm.quota_seconds
    waiting = metrics.get("outbox_pending", 0) + metrics.get("outbox_inflight", 0)
    forecast = waiting / rate
    if as_json:
        render.emit_json(
            {
                "schema_version": schema_version,
                "metrics": metrics,
                "drain_forecast_seconds": round(forecast, 1),
                "advice": advice(metrics),
                "convergence": proof,
            }
        )
        return
    rows = render.status_rows(metrics)
    rows.append(("drain forecast at the quota", f"{forecast:,.0f} s"))
    rows += render.proof_rows(proof)
    render.table(f"erpcrm, schema version {schema_version}", ("metric", "value"), rows)
    for text in advice(metrics):
        render.note(text)


@app.command("load", epilog="Example: erpcrm load")
def load_all(context: typer.Context, as_json: Json = False) -> None:
    """Request a send of every branch that the CRM does not have yet."""

    def told(requested: int, client: int) -> None:
        render.note(f"requested so far: {requested:,}, up to client {client}")

    async def work(outbox: OracleOutbox) -> int:
        return await outbox.request_initial_load(told=None if as_json else told)

    requested = _with_database(_settings(context), work)
    if as_json:
        render.emit_json({"requested": requested})
    else:
        render.say(f"requested: {requested}")


@app.command(
    epilog="Examples: erpcrm diff | erpcrm diff --repair | erpcrm diff --engine arrow --json"
)
def diff(
    context: typer.Context,
    repair: Annotated[
        bool, typer.Option("--repair", help="Hand the differences to the outbox.")
    ] = False,
    engine: Annotated[str, typer.Option(help="Engine that compares.")] = "spark",
    partitions: Annotated[int, typer.Option(min=1, help="Key ranges read side by side.")] = 4,
    as_json: Json = False,
) -> None:
    """Compare the ERP with what was agreed with the CRM; exit code 5 when they differ."""
    settings = _settings(context)
    # Loads Spark: only when it is asked for.
    run_diff = import_module("spark_offload.cli").run_diff
    offload_error: type[Exception] = import_module("spark_offload.errors").OffloadError
    try:
        report = run_diff(
            dsn=settings.database.connect_string,
            user=settings.database.user,
            password=settings.database.password.get_secret_value(),
            repair=repair,
            engine=engine,
            partitions=partitions,
            progress=(lambda text: None) if as_json else render.note,
        )
    except offload_error as exc:
        raise BridgeError(str(exc)) from exc
    except oracledb.Error as exc:
        raise BridgeError(str(exc).partition("\n")[0]) from exc
    names = ("run_id", "rows_compared", "missing", "changed", "extra", "repaired", "seconds")
    values = {name: getattr(report, name) for name in names}
    if as_json:
        render.emit_json({**values, "keys": list(report.keys)})
    else:
        render.table("Differences", ("what", "count"), list(values.items()))
    differences = report.missing + report.changed + report.extra
    if differences and not repair:
        raise typer.Exit(Exit.DIFFERENCES)


# --------------------------------------------------------------------------- settings, version


@settings_app.command("show", epilog="Example: erpcrm settings show --json")
def settings_show(context: typer.Context, as_json: Json = False) -> None:
    """Show every setting with its origin; secrets are hidden."""
    settings, origins = load(context.obj)
    rows = describe(settings, origins)
    if as_json:
        render.emit_json([{"name": r.name, "value": r.value, "origin": r.origin} for r in rows])
        return
    render.table(
        "Settings",
        ("name", "value", "origin", "meaning"),
        [(r.name, r.value, r.origin, r.description) for r in rows],
    )


@app.command(epilog="Example: erpcrm version --json")
def version(as_json: Json = False) -> None:
    """Show the version of the program and of the API that it speaks."""
    if as_json:
        render.emit_json({"version": __version__, "api_version": API_VERSION})
    else:
        render.say(f"erpcrm {__version__} (API {API_VERSION})")


def main() -> None:
    """Run the command line and turn errors into exit codes."""
    try:
        app()
    except BridgeError as exc:
        render.fail(str(exc))
        sys.exit(exit_code(exc))


if __name__ == "__main__":
    main()
