"""What people see; the only module that imports rich."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge.migrate.scripts import Kind, Step

__all__ = ["MigrationProgress", "emit_json", "fail", "note", "say", "table"]


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


def status_rows(metrics: Mapping[str, float]) -> list[tuple[str, str]]:
    """Return metrics as lines for people."""
    return [
        (name.replace("_", " "), f"{value:,.0f}" if value == int(value) else f"{value:,.1f}")
        for name, value in metrics.items()
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
