"""Starts and stops a stand-in as a process of its own: for tests, the demo and the benchmarks."""

from __future__ import annotations

import contextlib
import json
import select
import signal
import subprocess
import sys
import time
from typing import IO, TYPE_CHECKING, Any, Self

from devkit.oracle import releases

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

START_TIMEOUT = 600.0
STOP_TIMEOUT = 120.0


class StandInError(Exception):
    """The stand-in did not start; the text holds what it said."""


class StandIn:
    """A running stand-in; a context manager that stops it.

    >>> with StandIn.start(data=Path("db")) as stand_in:                      # doctest: +SKIP
    ...     oracledb.connect(user="system", password=stand_in.password, dsn=stand_in.dsn)
    """

    def __init__(self, process: subprocess.Popen[str], ready: dict[str, Any]) -> None:
        self.process = process
        self.dsn: str = ready["dsn"]
        self.host: str = ready["host"]
        self.port: int = ready["port"]
        self.service_name: str = ready["service_name"]
        self.user: str = ready["admin_user"]
        self.password: str = ready["admin_password"]
        self.data: str = ready["data"]
        self.pid: int = ready["pid"]

    @classmethod
    def start(
        cls,
        *,
        data: Path | str,
        port: int = 0,
        host: str = "127.0.0.1",
        admin_password: str | None = None,
        durability: str = "safe",
        profile: str = releases.DEFAULT.name,
        log: Path | str | None = None,
    ) -> Self:
        """Start and wait until it accepts connections; ``log`` takes its standard error."""
        command = [
            sys.executable, "-m", "devkit.oracle", "--data", str(data), "--host", host,
            "--port", str(port),
            "--durability", durability, "--profile", profile,
        ]  # fmt: skip
        if admin_password is not None:
            command += [f"--admin-password={admin_password}"]
        with contextlib.ExitStack() as stack:
            errors: IO[Any] | int | None = None
            if log is not None:
                errors = stack.enter_context(open(log, "ab"))  # noqa: PTH123 - a str is allowed
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        line = _first_line(process)
        if not line:
            process.kill()
            process.communicate()
            where = f"; see {log}" if log is not None else ""
            raise StandInError(f"the stand-in did not start (status {process.returncode}){where}")
        return cls(process, json.loads(line))

    def stop(self) -> int:
        """Stop it cleanly; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        return self.process.returncode

    def kill(self) -> None:
        """End it as a crash would (SIGKILL), for tests of recovery."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        ready, _, _ = select.select([process.stdout], [], [], 0.5)
        if ready:
            return process.stdout.readline()
        if process.poll() is not None:
            return ""
    return ""
