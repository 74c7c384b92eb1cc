"""The embedded PostgreSQL of one data directory: create, start, stop, recover.

A data directory holds ``pg/`` (PostgreSQL's own), ``lock`` (held by the running server) and
``postgres.log``. Creating one copies a template that is built once per version of programs and
dictionary, which turns a cold start of seconds into a quarter of one; or it copies another data
directory that is stopped.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psycopg
from psycopg import pq

from devkit.oracle.storage.binaries import (
    Binaries,
    ClusterError,
    Identity,
    find_binaries,
    identity,
    world_reachable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

START_TIMEOUT = (
    300.0  # crash recovery has been seen to take 5 s on a slow disk that had little else to do
)
STOP_TIMEOUT = 60.0
TEMPLATES_KEPT = 6
DATABASE = "postgres"

SETTINGS = {
    "max_connections": "300",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "min_wal_size": "8MB",
    "max_wal_size": "256MB",
    "deadlock_timeout": "300ms",
    "client_connection_check_interval": "1s",
    "recovery_init_sync_method": "syncfs",
    "max_locks_per_transaction": "256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "logging_collector": "off",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
}


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "erpcrm"


class Cluster:
    """One running PostgreSQL; the process that calls ``start`` is its parent and stops it."""

    def __init__(
        self,
        data: Path,
        *,
        durability: str = "safe",
        template_key: str = "",
        install: Callable[[psycopg.Connection], None] | None = None,
        copy_of: Path | None = None,
    ) -> None:
        """``durability`` 'fast' acknowledges commits before they are on disk (tests only).

        ``install`` prepares a new template (given an autocommit connection); ``template_key`` names
        its contents, so that a changed dictionary gets a new template. ``copy_of`` is a stopped
        data directory with which a new one begins instead.
        """
        self.data = data.absolute()
        self.durability = durability
        self._template_key = template_key
        self._install = install
        self._copy_of = copy_of.absolute() if copy_of else None
        self._identity: Identity
        self._binaries: Binaries
        self._identity, self._binaries = identity(find_binaries())
        self._process: subprocess.Popen[bytes] | None = None
        self._lock_fd: int | None = None
        self._socket_folder: Path | None = None

    # -- life cycle

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def conninfo(self) -> str:
        return (
            f"host={self._socket_folder} user=postgres dbname={DATABASE} application_name=standin"
        )

    def start(self) -> None:
        """Create the data directory if need be, and start; refused while another one holds it."""
        self.data.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        try:
            folder = self._home()
            if not (folder / "PG_VERSION").exists():
                self._create(folder)
            elif self._copy_of is not None:
                raise ClusterError(f"{self.data} has data already, it cannot become a copy")
            else:
                self._check_version(folder)
                _stop_orphan(folder)
            self._run(folder, self.data / "postgres.log")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, their open transactions undone."""
        if self._process is not None:
            _end(self._process)
            self._process = None
        if self._socket_folder is not None:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
            self._socket_folder = None
        self.forget_lock()

    def poll(self) -> int | None:
        """The exit status of PostgreSQL once it has ended, else None."""
        return self._process.poll() if self._process else None

    def forget_lock(self) -> None:
        """Close the lock's descriptor: at the end, and in children, which must not keep it."""
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None

    # -- parts

    def _take_lock(self) -> None:
        self._lock_fd = _lock(self.data, fcntl.LOCK_EX)
        os.ftruncate(self._lock_fd, 0)
        os.write(self._lock_fd, str(os.getpid()).encode())

    def _home(self) -> Path:
        """Where PostgreSQL keeps its files: in the data directory, if it can get there.

        As root without user namespaces PostgreSQL runs as somebody else, to whom /root for instance
        is closed; then its files lie below /var/tmp, and ``pg`` is a link to them.
        """
        folder = self.data / "pg"
        if self._identity.uid is None or folder.is_dir() or world_reachable(self.data):
            return folder.resolve()
        digest = hashlib.sha256(str(self.data).encode()).hexdigest()[:16]
        elsewhere = Path("/var/tmp") / f"erpcrm-data-{digest}"
        shutil.rmtree(elsewhere, ignore_errors=True)  # of an earlier directory of this name
        elsewhere.mkdir(mode=0o711)
        folder.unlink(missing_ok=True)
        folder.symlink_to(elsewhere / "pg")
        return elsewhere / "pg"

    def _check_version(self, folder: Path) -> None:
        major = (folder / "PG_VERSION").read_text().strip()
        if major != str(self._binaries.major):
            raise ClusterError(
                f"{folder} was made by PostgreSQL {major}, but the programs found are "
                f"{self._binaries.version}: remove the directory, or name the old programs' folder"
            )

    def _create(self, folder: Path) -> None:
        scratch = folder.with_name("pg.new")
        shutil.rmtree(scratch, ignore_errors=True)
        if self._copy_of is None:
            _copy(self._template(), scratch)
        else:
            with _stopped(self._copy_of) as origin:
                self._check_version(origin)
                _copy(origin, scratch)
        scratch.chmod(0o700)
        self._give_away(scratch)
        scratch.rename(folder)

    def _give_away(self, folder: Path) -> None:
        if self._identity.uid is not None and self._identity.gid is not None:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self._identity.uid, self._identity.gid, follow_symlinks=False)

    def _template(self) -> Path:
        digest = hashlib.sha256(self._template_key.encode()).hexdigest()[:16]
        root = cache_folder()
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError:
            root = self.data.parent
        template = root / f"template-{self._binaries.version}-{digest}"
        if not template.exists():
            with _exclusive(root / "template.lock"):
                if not template.exists():
                    self._build_template(root, template)
        os.utime(template)
        _prune(root)
        return template

    def _build_template(self, root: Path, template: Path) -> None:
        place = root if self._identity.uid is None else None
        scratch = Path(tempfile.mkdtemp(prefix="building-", dir=place))
        folder = scratch / "pg"
        try:
            folder.mkdir(mode=0o700)
            scratch.chmod(0o755)
            self._give_away(folder)
            arguments = ["-D", str(folder), "-N", "-U", "postgres", "--auth=trust"]
            arguments += ["--encoding=UTF8", "--locale=C.UTF-8", "--wal-segsize=1"]
            done = subprocess.run(
                self._command("initdb", *arguments),
                capture_output=True,
                text=True,
                check=False,
                **self._how(),  # type: ignore[call-overload]
            )
            if done.returncode:
                raise ClusterError(f"initdb failed: {done.stderr.strip()}")
            self._run(folder, scratch / "postgres.log")
            if self._install is not None:
                with psycopg.connect(self.conninfo, autocommit=True) as connection:
                    self._install(connection)
                    connection.execute("VACUUM ANALYZE")
                    connection.execute("CHECKPOINT")
            self._halt()
            shutil.move(folder, template)
        finally:
            self._halt()
            shutil.rmtree(scratch, ignore_errors=True)

    def _halt(self) -> None:
        if self._process is not None:
            _end(self._process)
            self._process = None
        if self._socket_folder is not None:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
            self._socket_folder = None

    def _command(self, program: str, *arguments: str) -> list[str]:
        return [*self._identity.prefix, self._binaries.program(program), *arguments]

    def _how(self) -> dict[str, object]:
        options: dict[str, object] = {
            "cwd": "/",
            "env": {"LC_ALL": "C.UTF-8", "PATH": os.environ.get("PATH", "/usr/bin:/bin")},
        }
        if self._identity.uid is not None:
            options |= {"user": self._identity.uid, "group": self._identity.gid, "extra_groups": []}
        return options

    def _run(self, folder: Path, log: Path) -> None:
        # A socket path is limited to 107 bytes, so it cannot live in the data directory.
        self._socket_folder = Path(tempfile.mkdtemp(prefix="erpcrm-", dir="/tmp"))
        self._socket_folder.chmod(0o700)
        self._give_away(self._socket_folder)
        settings = dict(SETTINGS)
        settings["unix_socket_directories"] = str(self._socket_folder)
        settings["synchronous_commit"] = "off" if self.durability == "fast" else "on"
        if self._binaries.major >= 18:
            settings["io_method"] = "sync"
        arguments = ["-D", str(folder)]
        for name, value in settings.items():
            arguments += ["-c", f"{name}={value}"]
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            with log.open("ab") as output:
                self._process = subprocess.Popen(
                    self._command("postgres", *arguments),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,  # else Ctrl-C in the terminal stops it before us
                    **self._how(),  # type: ignore[call-overload]
                )
            if self._await_ready(deadline):
                return
            tail = _tail(log)
            # A killed server leaves its postmaster.pid until its parent reaps it.
            if "postmaster.pid" not in tail or time.monotonic() > deadline:
                raise ClusterError(f"PostgreSQL did not start: {tail}")
            time.sleep(0.2)

    def _await_ready(self, deadline: float) -> bool:
        conninfo = self.conninfo.encode()
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:
                return False
            if pq.PGconn.ping(conninfo) == pq.Ping.OK:
                return True
            time.sleep(0.01)
        raise ClusterError(f"PostgreSQL did not start within {START_TIMEOUT:.0f} s")


def copy_stopped(data: Path, target: Path) -> None:
    """Copy a data directory that is stopped to ``target``, which must not exist: to be kept, not to be started."""
    with _stopped(data) as folder:
        target.mkdir(parents=True)
        (target / "lock").touch()
        _copy(folder, target / "pg")


def _lock(data: Path, operation: int) -> int:
    """Lock a data directory; the descriptor that holds the lock."""
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise ClusterError(
            f"the data directory {data} is in use by another stand-in (pid {holder})"
        ) from None
    return descriptor


def _copy(origin: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", "--reflink=auto", origin, target], check=True)


@contextlib.contextmanager
def _stopped(data: Path) -> Iterator[Path]:
    """PostgreSQL's files in a data directory that nobody uses, and that nobody may start meanwhile."""
    folder = data / "pg"
    if not (folder / "PG_VERSION").exists():
        raise ClusterError(f"{data} is no data directory")
    descriptor = _lock(data, fcntl.LOCK_SH)
    try:
        if (folder / "postmaster.pid").exists():
            raise ClusterError(f"{data} was not stopped in order: start and stop it once")
        yield folder.resolve()
    finally:
        os.close(descriptor)


def _end(process: subprocess.Popen[bytes]) -> None:
    for number, patience in ((signal.SIGINT, STOP_TIMEOUT), (signal.SIGQUIT, 5.0)):
        if process.poll() is not None:
            return
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return
    process.kill()
    process.wait()


def _stop_orphan(folder: Path) -> None:
    """Stop the PostgreSQL that a killed stand-in left running on this directory, if any."""
    try:
        pid = int((folder / "postmaster.pid").read_text().split("\n", 1)[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return
    if str(folder).encode() not in command:  # the pid was given to another program since
        return
    deadline = time.monotonic() + STOP_TIMEOUT
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
        while time.monotonic() < deadline and not _is_gone(pid):
            time.sleep(0.05)


def _is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def _tail(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").strip().splitlines()[-6:]
    except OSError:
        return "no log"
    return " / ".join(lines)


def _prune(root: Path) -> None:
    """Keep the templates used last; each change of the stand-in makes a new one."""
    found = sorted(root.glob("template-*-*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in found[TEMPLATES_KEPT:]:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
