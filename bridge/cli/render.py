"""What people see; the only module that imports rich."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import orjson
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from bridge.domain.runs import Totals
from bridge.migrate.scripts import Kind, Step

__all__ = ["MigrationProgress", "RunBar", "emit_json", "fail", "note", "proof_rows", "say", "table"]


def _console(*, stderr: bool = False) -> Console:
    # Made anew each time: the streams may be others by then (tests, redirection).
    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def emit_json(value: Any) -> None:
    """Print a value for a program."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode() + "\n")


def say(text: str) -> None:
    """Print a line of the result."""
    _console().print(Text(text))


def note(text: str) -> None:
    """Print a line about what is going on; not part of the result."""
    _console(stderr=True).print(Text(text, style="dim"))


def fail(text: str) -> None:
    """Print why the command failed."""
    _console(stderr=True).print(Text("error: ", style="bold red") + Text(text))


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; tab-separated lines when the output is not a terminal."""
    console = _console()
    if not console.is_terminal:
        for row in rows:
            sys.stdout.write("\t".join(str(cell) for cell in row) + "\n")
        return
    grid = Table(title=title, title_justify="left", header_style="bold")
    for number, column in enumerate(columns):
        grid.add_column(column, overflow="fold", no_wrap=number == 0)
    for row in rows:
        grid.add_row(*(Text(str(cell)) for cell in row))
    console.print(grid)


# crm_status_v counts no further in one state of the outbox or the inbox.
_COUNTED = frozenset(
    ("outbox_pending", "outbox_inflight", "outbox_parked", "inbox_pending", "inbox_parked")
)
_COUNTED_MOST = 100_000


def status_rows(metrics: Mapping[str, float]) -> list[tuple[str, str]]:
    """Return metrics as lines for people."""
    return [(name.replace("_", " "), _figure(name, value)) for name, value in metrics.items()]


def _figure(name: str, value: float) -> str:
    shown = f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
    return f"{shown} or more" if name in _COUNTED and value >= _COUNTED_MOST else shown


def proof_rows(proof: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the row of CRM_CONVERGENCE_V as lines for people."""
    hours = float(proof["oldest_seconds"]) / 3600
    return [
        (
            "proven equal within 24 h",
            f"{proof['proven_percent']:g} % "
            f"({proof['records_proven']:,.0f} of {proof['records_expected']:,.0f})",
        ),
        ("longest not proven", f"{proof['oldest_record_key'] or '-'}, {hours:,.1f} h"),
        ("different at the last look", f"{proof['records_different']:,.0f}"),
    ]


class MigrationProgress:
    """Shows a migration: one line a script, and the statement within it on a terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = _console(stderr=True)
        self._quiet = quiet

    def note(self, text: str) -> None:
        self._console.print(Text(text, style="yellow"))

    def script(self, step: Step, *, number: int, total: int) -> None:
        if self._quiet:
            return
        script = step.script
        resumed = f", resumed at statement {step.start + 1}" if step.start else ""
        kind = "migration" if script.kind is Kind.ONCE else "repeatable"
        self._console.print(
            Text(f"[{number}/{total}] {script.name} ({kind}, {step.reason}{resumed})")
        )

    def statement(self, step: Step, *, number: int) -> None:
        if self._quiet or not self._console.is_terminal or len(step.script.statements) < 2:
            return
        summary = step.script.statements[number - 1].summary
        self._console.print(
            Text(f"    {number}/{len(step.script.statements)} {summary}", style="dim")
        )


class RunBar:
    """Shows a run: a bar with the time left on a terminal, else a line now and then."""

    _LINE_SECONDS = 10.0

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = _console(stderr=True)
        self._quiet = quiet
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[found]}"),
            console=self._console,
            disable=quiet or not self._console.is_terminal,
            transient=True,
        )
        self._task: TaskID | None = None
        self._part = ""
        self._total: int | None = None
        self._done = Totals()
        self._begun = time.monotonic()
        self._said = self._begun

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._bar.stop()

    def begin(self, what: str, *, total: int | None) -> None:
        """Begin a part of the run."""
        self._part, self._total, self._done = what, total, Totals()
        self._begun = self._said = time.monotonic()
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(what, total=total, found="")

    def advance(self, totals: Totals) -> None:
        """Count a page."""
        self._done.add(totals)
        found = f"{self._done.different:,} different" if self._done.different else ""
        if self._task is not None:
            self._bar.update(self._task, completed=self._done.read, found=found)
        now = time.monotonic()
        if self._bar.disable and now - self._said >= self._LINE_SECONDS:
            self._said = now
            self.note(self._line(now))

    def _line(self, now: float) -> str:
        read, total = self._done.read, self._total
        text = f"{self._part}: {read:,}" + (f" of {total:,}" if total else "")
        if total and read:
            left = (now - self._begun) / read * max(0, total - read)
            text += f", {left:,.0f} s left"
        return text + f", {self._done.different:,} different"

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        if not self._quiet:
            self._console.print(Text(text, style="dim"))
