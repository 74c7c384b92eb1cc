"""Child processes that announce themselves with one JSON line, and end with us."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from devkit.demo.prefork import Forked, Forker


class ProcessError(Exception):
    """Raised when a child does not start or ends too early; the text holds the end of its log."""


class Child:
    """A child process with its standard error in a log file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        forker: Forker | None = None,
    ) -> None:
        """Start it: ``command`` is a command line, or with a forker the arguments of its program."""
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log_file = log.open("ab")
        env = {**os.environ, **(env or {})}
        # a session of its own: Ctrl-C in the terminal reaches us, and we stop it in order
        self.process: subprocess.Popen[bytes] | Forked = (
            forker.start(command, env=env, stdout=subprocess.PIPE, stderr=self._log_file)
            if forker is not None
            else subprocess.Popen(
                list(command),
                stdout=subprocess.PIPE,
                stderr=self._log_file,
                env=env,
                start_new_session=True,
            )
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def first_line(self, seconds: float = 600.0) -> dict[str, Any]:
        """The JSON line that says the child is ready; it comes, or the child ends, long before ``seconds``."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + seconds
        buffer = b""
        descriptor = self.process.stdout.fileno()
        while b"\n" not in buffer:
            left = deadline - time.monotonic()
            if left <= 0:
                raise ProcessError(
                    f"{self.name} was not ready after {seconds:.0f} s\n{self.tail()}"
                )
            if select.select([descriptor], [], [], min(left, 0.5))[0]:
                piece = os.read(descriptor, 65536)
                if not piece:
                    raise ProcessError(f"{self.name} ended at its start\n{self.tail()}")
                buffer += piece
        ready: dict[str, Any] = json.loads(buffer.split(b"\n", 1)[0])
        return ready

    def tail(self, lines: int = 25) -> str:
        """The end of the log, for an error message."""
        self._log_file.flush()
        text = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(["", f"--- end of {self.log}:", *text[-lines:]])

    def kill(self) -> None:
        """SIGKILL: as a crash would."""
        self.process.kill()
        self.process.wait()

    def stop(self, seconds: float = 120.0) -> int:
        """SIGTERM, then SIGKILL; the exit code."""
        if self.is_running:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
        code = self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        with contextlib.suppress(OSError):
            self._log_file.close()
        return code


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def python(*arguments: str) -> list[str]:
    """A command that runs this interpreter."""
    return [sys.executable, *arguments]
