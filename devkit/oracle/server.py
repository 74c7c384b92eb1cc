"""The listener: accepts connections and gives each its own process."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import importlib.util
import os
import select
import signal
import socket
import sys
import time
import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from devkit.oracle.catalog import install, verifier
from devkit.oracle.catalog.ddl.context import quote
from devkit.oracle.prototypes import Prototypes
from devkit.oracle.session import SERVICE_NAME, Database
from devkit.oracle.storage.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LAYERS = (
    "devkit.oracle.net.connection",
    "devkit.oracle.rights",
    "devkit.oracle.plsql.machine",
    "devkit.oracle.catalog.ddl.statements",
    "devkit.oracle.supplied.aq",
)
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
_PR_SET_PDEATHSIG = 1
_CHILD_PATIENCE = 5.0
_SCHEDULER_PAUSE = 5.0
_BREATH = 0.02


@contextlib.contextmanager
def start_cluster(
    data: Path | str, *, durability: str = "safe", copy_of: Path | None = None
) -> Iterator[Cluster]:
    """The storage of a data directory with an up-to-date dictionary; stopped at the end.

    A new directory begins empty, or as a copy of a stopped one.
    """
    cluster = Cluster(
        Path(data),
        durability=durability,
        template_key=install.contents_key(),
        install=install.install,
        copy_of=copy_of,
    )
    with cluster:
        with psycopg.connect(cluster.conninfo, autocommit=True) as connection:
            install.refresh(connection)
            _forget_sessions(connection)
        yield cluster


def _forget_sessions(connection: psycopg.Connection[Any]) -> None:
    """No session of an earlier run is left, nor may its rows of temporary tables be."""
    connection.execute("TRUNCATE ora_dict.sessions, ora_dict.changes")
    tables = connection.execute(
        "SELECT owner, name FROM ora_dict.tables WHERE temporary"
    ).fetchall()
    for owner, name in tables:
        connection.execute(f"TRUNCATE {quote(owner, f'g${name}')}")


def set_admin_password(cluster: Cluster, password: str) -> None:
    """Give SYS and SYSTEM this password."""
    with psycopg.connect(cluster.conninfo, autocommit=True) as connection:
        for user in ("SYS", "SYSTEM"):
            salt, key = verifier.make(password)
            connection.execute(
                "UPDATE ora_dict.users SET salt = %s, key = %s WHERE name = %s", (salt, key, user)
            )


def has_admin_password(cluster: Cluster) -> bool:
    with psycopg.connect(cluster.conninfo, autocommit=True) as connection:
        row = connection.execute(
            "SELECT key IS NOT NULL FROM ora_dict.users WHERE name = 'SYSTEM'"
        ).fetchone()
    return bool(row and row[0])


def preload() -> None:
    """Import every layer before the first fork, so that no child spends its start on it."""
    for name in _LAYERS:
        importlib.import_module(name)


class Server:
    """Accepts on one port until a signal; holds no connection to PostgreSQL itself.

    A PostgreSQL connection must not cross a fork, so each child opens its own.
    """

    def __init__(self, cluster: Cluster, host: str, port: int, profile: Any) -> None:
        self._cluster = cluster
        self._profile = profile
        self._children: set[int] = set()
        self._prototypes = Prototypes(self._database)
        self._scheduler = 0
        self._scheduler_started = 0.0
        self._stop_read, self._stop_write = os.pipe()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=128)
        self.host = host
        self.port: int = self._listener.getsockname()[1]

    @property
    def dsn(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}/{SERVICE_NAME}"

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT, or until PostgreSQL ends (then SystemExit)."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._request_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # interrupts select, so that we reap
        signal.set_wakeup_fd(self._wakeup_pipe())
        preload()
        gc.freeze()  # children share what is there now
        self._start_scheduler()
        try:
            self._accept()
        finally:
            self._listener.close()
            self._end_children()
            self._prototypes.close()

    def _wakeup_pipe(self) -> int:
        self._wake_read, write = os.pipe()
        for descriptor in (self._wake_read, write):
            os.set_blocking(descriptor, False)
        return write

    def _request_stop(self, *_: object) -> None:
        os.write(self._stop_write, b"!")

    def _accept(self) -> None:
        watched: list[Any] = [self._listener, self._stop_read, self._wake_read]
        pause = 1.0
        while True:
            ready, _, _ = select.select(watched, [], [], pause)
            self._reap()
            if self._stop_read in ready:
                return
            self._keep_scheduler()
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
            if self._cluster.poll() is not None:
                raise SystemExit("PostgreSQL has ended; see postgres.log in the data directory")
            if self._listener in ready:
                with contextlib.suppress(OSError):
                    connection, _ = self._listener.accept()
                    self._fork(partial(self._serve, connection), close=connection)
            self._prototypes.listen()
            # one unit at a time, and only while nobody comes or goes
            if not ready and self._prototypes.has_work:
                self._prototypes.work()
                if not self._prototypes.has_work:
                    gc.collect()
                    gc.freeze()  # as before the first fork
            pause = _BREATH if self._prototypes.has_work else 1.0

    def _serve(self, connection: socket.socket) -> None:
        from devkit.oracle.net.connection import serve

        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        database = self._database()
        serve(connection, database, self._profile)
        if database.session is not None:
            self._prototypes.tell(database.session)

    def _database(self) -> Database:
        return Database(self._cluster.conninfo, self._profile.release, self._prototypes)

    def _start_scheduler(self) -> None:
        if importlib.util.find_spec("devkit.oracle.supplied.scheduler") is None:
            return

        def schedule() -> None:
            from devkit.oracle.supplied import scheduler

            scheduler.run(self._database())

        self._scheduler = self._fork(schedule)
        self._scheduler_started = time.monotonic()

    def _keep_scheduler(self) -> None:
        """Start the job coordinator again when it has ended."""
        gone = self._scheduler and self._scheduler not in self._children
        if gone and time.monotonic() - self._scheduler_started > _SCHEDULER_PAUSE:
            self._start_scheduler()

    def _fork(self, work: Callable[[], None], *, close: socket.socket | None = None) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        # A signal must find the child with handlers of its own, not with the parent's.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        pid = os.fork()
        if pid:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            self._children.add(pid)
            if close is not None:
                close.close()
            return pid
        status = 0
        try:
            self._become_child()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            work()
        except (KeyboardInterrupt, SystemExit):
            status = 0
        except BaseException:  # noqa: BLE001 - the child's last words; it ends here
            traceback.print_exc()
            status = 1
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _become_child(self) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the group; the parent decides
        signal.signal(signal.SIGTERM, _leave)
        if sys.platform == "linux":
            parent = os.getppid()
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(0)
        self._listener.close()
        self._cluster.forget_lock()

    def _reap(self) -> None:
        for pid in list(self._children):
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG)[0]:
                    self._children.discard(pid)
                continue
            self._children.discard(pid)

    def _end_children(self) -> None:
        for pid in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        waited = 0.0
        while self._children and waited < _CHILD_PATIENCE:
            self._reap()
            select.select([], [], [], 0.02)
            waited += 0.02
        for pid in list(self._children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while self._children and waited < 2 * _CHILD_PATIENCE:
            self._reap()
            select.select([], [], [], 0.02)
            waited += 0.02


def _leave(*_: object) -> None:
    # PostgreSQL sees the closed connection and rolls back; nothing else needs care.
    os._exit(0)
