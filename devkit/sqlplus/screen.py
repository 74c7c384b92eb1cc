"""Where output goes: the terminal, and the spool file as well."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TextIO

__all__ = ["Screen"]


class Screen:
    """SPOOL copies what is shown; SET TERMOUT OFF hides from the terminal alone what scripts show."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal
        self._spool: IO[str] | None = None
        self.terminal_on = True

    def line(self, text: str) -> None:
        """Show one line."""
        if self.terminal_on:
            self._terminal.write(text.rstrip() + "\n")
            self._terminal.flush()
        if self._spool is not None:
            self._spool.write(text.rstrip() + "\n")
            self._spool.flush()

    def ask(self, prompt: str) -> None:
        """Show a prompt, without the end of a line."""
        self._terminal.write(prompt)
        self._terminal.flush()
        if self._spool is not None:
            self._spool.write(prompt + "\n")

    def spool(self, path: Path, mode: str) -> None:
        """Begin to copy into a file; an earlier one is closed."""
        self.spool_off()
        self._spool = path.open(mode, encoding="utf-8")

    def spool_off(self) -> None:
        """Close the spool file, if there is one."""
        if self._spool is not None:
            self._spool.close()
            self._spool = None
