"""What the demonstration shows: steps with their time, a progress bar where it is long, one table."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table


class Step:
    """A step under way."""

    def __init__(self, bar: Progress, text: str) -> None:
        self._bar = bar
        self._task = bar.add_task(text, total=None)
        self.notes: list[str] = []

    def progress(self, done: int, total: int) -> None:
        self._bar.update(self._task, completed=done, total=total)

    def note(self, text: str) -> None:
        self.notes.append(text)


class Screen:
    """Rich on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._number = 0

    def say(self, text: str) -> None:
        self._console.print(text)

    @contextmanager
    def step(self, text: str) -> Iterator[Step]:
        self._number += 1
        started = time.monotonic()
        bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        with bar:
            step = Step(bar, f"{self._number:2}. {text}")
            yield step
        self._console.print(
            f"[green]{self._number:2}. {text}[/] ({time.monotonic() - started:.1f} s)"
        )
        for note in step.notes:
            self._console.print(f"    {note}")

    def table(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        table = Table(title=title, show_header=False, title_justify="left")
        table.add_column()
        table.add_column(justify="right")
        for name, value in rows:
            table.add_row(name, value)
        self._console.print(table)
