"""A world that was built once, kept as files: what takes a minute to set up is copied in a second.

A template is a folder with the stopped database (``oracle/``), the records of the CRM (``crm.db``, if it had any)
and the world's secrets (``world.json``). Its name holds a digest of everything it is made from, so that a changed
script or program gets a new one.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from devkit.demo.world import ROOT, World
from devkit.oracle.storage.cluster import copy_stopped

__all__ = ["DEPLOYED_FROM", "LOADED_FROM", "Templates", "crm_state"]

#: what a database with ERP and integration is made from
DEPLOYED_FROM: tuple[Path, ...] = tuple(
    ROOT / part
    for part in (
        "plsql",
        "migrations",
        "bridge/cli/app.py",
        "bridge/migrate",
        "bridge/sqlfiles.py",
        "devkit/erp",
        "devkit/oracle",
        "devkit/demo/templates.py",
        "devkit/demo/world.py",
        "pyproject.toml",
    )
)
#: and one whose records the daemon has brought to the CRM
LOADED_FROM: tuple[Path, ...] = (
    *DEPLOYED_FROM,
    *(ROOT / part for part in ("bridge", "devkit/spotter", "devkit/crm_server.py")),
)

_MEMO = "world.json"
_STATE = "crm.db"
# what is in it must not be as old as what the retention ends, or what asks somebody to look
_AGE_SECONDS = 20 * 3600.0
_VERSIONS_KEPT = 2


class Templates:
    """The templates of one folder; processes that want the same one at once wait for the one that builds it."""

    def __init__(self, folder: Path = ROOT / ".erpcrm" / "templates") -> None:
        self._folder = folder

    def bring(
        self, world: World, name: str, build: Callable[[], None], *, inputs: Iterable[Path]
    ) -> None:
        """Bring a new world to the state that ``build`` makes of it; its database runs then, nothing else does.

        ``build`` works on ``world`` itself and is called where there is no template yet. ``inputs`` are the files and
        folders on which its outcome depends. The CRM's records are in :func:`crm_state` of the world. A database
        that is not ours cannot be copied: there, everything is built each time.
        """
        if world.external is not None:
            build()
            return
        place = self._folder / f"{name}-{_digest(inputs)}"
        while True:
            with self._lock(name, fcntl.LOCK_SH):
                if _is_fresh(place):
                    _restore(world, place)
                    return
            with self._lock(name, fcntl.LOCK_EX):
                if not _is_fresh(place):
                    self._prune(name)
                    build()
                    self._keep(world, place)

    @contextlib.contextmanager
    def _lock(self, name: str, operation: int) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, operation)
            yield
        finally:
            os.close(descriptor)

    def _keep(self, world: World, place: Path) -> None:
        """Stop the world and move what it holds to ``place``."""
        memo = {"made_at": time.time(), "secrets": world.secrets()}
        world.stop()
        scratch = Path(tempfile.mkdtemp(prefix="building-", dir=self._folder))
        try:
            copy_stopped(world.data, scratch / "oracle")
            shutil.rmtree(world.data)
            state = crm_state(world)
            if state.exists():
                shutil.move(state, scratch / _STATE)
            (scratch / _MEMO).write_text(json.dumps(memo), encoding="utf-8")
            shutil.rmtree(place, ignore_errors=True)
            scratch.rename(place)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _prune(self, name: str) -> None:
        """Keep the latest of the other versions: of a branch that one comes back to."""
        found = list(self._folder.glob(f"{name}-{'[0-9a-f]' * 16}"))
        found.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        abandoned = [
            path
            for path in self._folder.glob("building-*")
            if time.time() - path.stat().st_mtime > _AGE_SECONDS
        ]
        for path in [*found[_VERSIONS_KEPT - 1 :], *abandoned]:
            shutil.rmtree(path, ignore_errors=True)


def crm_state(world: World) -> Path:
    """The file for ``World.start_crm(state=…)`` with which a template keeps the CRM's records."""
    return world.folder / _STATE


def _restore(world: World, place: Path) -> None:
    memo = json.loads((place / _MEMO).read_text(encoding="utf-8"))
    world.take_secrets(memo["secrets"])
    world.folder.mkdir(parents=True, exist_ok=True)
    if (place / _STATE).exists():
        shutil.copy2(place / _STATE, crm_state(world))
    world.start_oracle(copy_of=place / "oracle")


def _is_fresh(place: Path) -> bool:
    try:
        memo = json.loads((place / _MEMO).read_text(encoding="utf-8"))
    except OSError:
        return False
    return bool(time.time() - memo["made_at"] < _AGE_SECONDS)


def _digest(inputs: Iterable[Path]) -> str:
    """Of the names and contents of all files, and of this Python."""
    digest = hashlib.sha256(sys.version.encode())
    for top in sorted(set(inputs)):
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and path.suffix not in (".pyc", ".md"):
                digest.update(f"{path.relative_to(top.parent)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
