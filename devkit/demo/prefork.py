"""Processes of ``erpcrm`` without its start: forked off one that has imported everything.

A suite starts the daemon and the command line a thousand times, and importing takes longer than what most of
them do. The processes are of their own in every other way: own environment, own descriptors, own session, and
they can be killed.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

__all__ = ["Forked", "Forker"]

_LENGTH: Final = struct.Struct("!I")
_POLL_SECONDS: Final = 0.02


class Forked:
    """A process that was forked, with what of ``subprocess.Popen`` is asked of it."""

    def __init__(self, line: socket.socket, pid: int, pipes: Mapping[str, IO[bytes]]) -> None:
        self._line = line
        self.pid = pid
        self.returncode: int | None = None
        self.stdout = pipes.get("stdout")

    def poll(self) -> int | None:
        """Return how it ended; None while it runs."""
        return self._look(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: it has not ended.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self._look(_POLL_SECONDS)) is None:
            if deadline is not None and time.monotonic() > deadline:
                assert timeout is not None
                raise subprocess.TimeoutExpired("erpcrm", timeout)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, if it has not ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _look(self, seconds: float) -> int | None:
        if self.returncode is None and select.select([self._line], [], [], seconds)[0]:
            told = self._line.recv(64)
            # a forker that was killed takes its processes with it
            self.returncode = int(told) if told else -signal.SIGKILL
            self._line.close()
        return self.returncode


class Forker:
    """Starts processes of ``python -m MODULE`` by forking; its own process is started when first needed.

    Args:
        module: what ``main()`` is called in, such as ``bridge.cli.app``.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._server: subprocess.Popen[bytes] | None = None

    def start(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        stdout: int | IO[bytes],
        stderr: IO[bytes],
        cwd: Path | None = None,
    ) -> Forked:
        """Start a process; ``stdout`` may be ``subprocess.PIPE``."""
        pipes: dict[str, IO[bytes]] = {}
        if isinstance(stdout, int):
            reading, writing = os.pipe()
            pipes["stdout"] = os.fdopen(reading, "rb")
        else:
            writing = os.dup(stdout.fileno())
        request = json.dumps(
            {"arguments": list(arguments), "env": dict(env), "cwd": str(cwd or Path.cwd())}
        ).encode()
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(str(self._address()))
            socket.send_fds(line, [_LENGTH.pack(len(request))], [writing, stderr.fileno()])
            line.sendall(request)
            pid = int(_exactly(line, _LENGTH.size).hex(), 16)
        finally:
            os.close(writing)
        return Forked(line, pid, pipes)

    def run(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        timeout: float,
        cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a process to its end and return what it wrote, as ``subprocess.run`` does."""
        with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
            process = self.start(arguments, env=env, stdout=stdout, stderr=stderr, cwd=cwd)
            try:
                code = process.wait(timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise
            texts = []
            for file in (stdout, stderr):
                file.seek(0)
                texts.append(file.read().decode())
        return subprocess.CompletedProcess(list(arguments), code, *texts)

    def close(self) -> None:
        """End, and with it every process that still runs."""
        if self._server is not None:
            with self._server as server:
                if server.stdin is not None:
                    server.stdin.close()
            self._server = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _address(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="erpcrm-")
            atexit.register(self.close)
        address = Path(self._folder.name) / "line"
        if self._server is None or self._server.poll() is not None:
            with contextlib.suppress(FileNotFoundError):
                address.unlink()
            self._server = subprocess.Popen(
                [sys.executable, "-m", __name__, self._module, str(address)],
                stdin=subprocess.PIPE,  # its end is ours
                stdout=subprocess.PIPE,
            )
            assert self._server.stdout is not None
            if not self._server.stdout.readline():
                raise OSError(f"the forker of {self._module} ended at its start")
        return address


def _exactly(line: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count:
        piece = line.recv(count - len(got))
        if not piece:
            raise EOFError
        got += piece
    return got


# --------------------------------------------------------------------------- the process that forks


def _serve(module: str, address: str) -> None:
    main = __import__(module, fromlist=["main"]).main
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_read, False)
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the group; who started us decides
    gc.collect()
    gc.freeze()  # what is imported is shared, and stays so
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    lines: dict[int, socket.socket] = {}
    while True:
        watched: list[Any] = [0, listener, wake_read, *lines.values()]
        ready = select.select(watched, [], [])[0]
        if 0 in ready:
            for pid in lines:
                os.kill(pid, signal.SIGKILL)
            return
        if wake_read in ready:
            os.read(wake_read, 4096)
            _reap(lines)
        for pid, line in lines.items():
            if line in ready:  # nobody waits for it any more
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if listener in ready:
            line, _ = listener.accept()
            with contextlib.suppress(EOFError):
                _fork(line, lines, main, [listener, wake_read, wake_write])


def _reap(lines: dict[int, socket.socket]) -> None:
    for pid in list(lines):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            with lines.pop(pid) as line, contextlib.suppress(OSError):
                line.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def _fork(line: socket.socket, lines: dict[int, socket.socket], main: Any, own: list[Any]) -> None:
    head, descriptors, _, _ = socket.recv_fds(line, _LENGTH.size, 2)
    if len(head) < _LENGTH.size:
        raise EOFError
    request = json.loads(_exactly(line, _LENGTH.unpack(head)[0]))
    pid = os.fork()
    if pid:
        for descriptor in descriptors:
            os.close(descriptor)
        lines[pid] = line
        line.sendall(_LENGTH.pack(pid))
        return
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for target, descriptor in enumerate([nothing, *descriptors]):
            os.dup2(descriptor, target)
            os.close(descriptor)
        for other in (line, *lines.values(), *own):
            os.close(other if isinstance(other, int) else other.detach())
        status = _call(main, request)
    except BaseException:  # noqa: BLE001 - its last words; it ends here
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _call(main: Any, request: dict[str, Any]) -> int:
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    sys.argv = [main.__module__, *request["arguments"]]
    random.seed()
    try:
        main()
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
            return 1
        return end.code or 0
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    _serve(*sys.argv[1:])
