"""Sessions that have compiled what the sessions of their user run: a new one begins as a copy of such a prototype.

Each session is a process and compiles PL/SQL for itself, which takes longer than most of what it then runs. The
listener's process, from which all are forked, learns from those that end what they compiled, and compiles the same
while it has nothing else to do. Nothing of a prototype was ever run: no package has state, no transaction is open.
It has no connection to PostgreSQL either, since none may cross a fork; the session that a prototype becomes
brings its own, and drops what has changed of the dictionary meanwhile, as any session does.
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
from dataclasses import dataclass, field
from types import FunctionType
from typing import TYPE_CHECKING, Any

from devkit.oracle.plsql.exceptions import FILE_PREFIX
from devkit.oracle.plsql.units import LazyRoutine

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.oracle.session import Database, Session

__all__ = ["Prototypes"]

#: sessions of a user that must have ended before it is worth the work
SESSIONS = 2
_MAX_MESSAGE = 200_000
_BODIES = {"PACKAGE BODY": "PACKAGE", "TYPE BODY": "TYPE"}

log = logging.getLogger(__name__)

Key = tuple[str, int, bool]  # user, its number, SYSDBA
#: owner, name and type of a unit; and the code of a subprogram of it, or "" for the unit without them
Part = tuple[str, str, str, str]


@dataclass(slots=True)
class _Prototype:
    ended: int = 0
    session: Session | None = None
    wanted: set[Part] = field(default_factory=set)
    missing: list[Part] = field(default_factory=list)

    @property
    def is_due(self) -> bool:
        return self.ended >= SESSIONS and bool(self.missing)


class Prototypes:
    """One a user. ``database`` opens the connections with which prototypes read the dictionary."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database
        self._known: dict[Key, _Prototype] = {}
        self._had: dict[Part, Any] = {}  # what the session of this process began with
        self._reading, self._telling = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        for end in (self._reading, self._telling):
            end.setblocking(False)

    def close(self) -> None:
        """Forget them."""
        self._known.clear()
        self._reading.close()
        self._telling.close()

    # ------------------------------------------------------------------ in a session's process

    def take(self, user: str, user_id: int, *, sysdba: bool) -> Session | None:
        """The prototype of a user, to be resumed; this process has no other use for it."""
        found = self._known.get((user, user_id, sysdba))
        if found is None:
            return None
        session, found.session = found.session, None
        self._had = _compiled(session) if session is not None else {}
        return session

    def tell(self, session: Session) -> None:
        """Say what an ended session compiled that its prototype had not."""
        compiled = _compiled(session)
        new = [part for part in sorted(compiled) if compiled[part] != self._had.get(part)]
        if not new:
            return
        key = (session.user, session.user_id, session.is_sysdba)
        message = json.dumps([key, new]).encode()
        with contextlib.suppress(OSError):  # nobody reads, or much is unread: the next one tells it
            self._telling.send(message[:_MAX_MESSAGE])

    # ------------------------------------------------------------------ in the listener's process

    def listen(self) -> None:
        """Take what ended sessions have told."""
        while True:
            try:
                user, parts = json.loads(self._reading.recv(_MAX_MESSAGE))
            except BlockingIOError:
                return
            except ValueError:  # it was cut
                continue
            name, number, sysdba = user
            known = self._known.setdefault((name, number, sysdba), _Prototype())
            known.ended += 1
            known.wanted.update((owner, unit, kind, code) for owner, unit, kind, code in parts)
            known.missing = sorted(known.wanted)

    @property
    def has_work(self) -> bool:
        """Whether there is something to compile."""
        return any(known.is_due for known in self._known.values())

    def work(self) -> None:
        """Compile one unit or subprogram."""
        for key, known in self._known.items():
            if known.is_due:
                self._compile_one(key, known)
                return

    def _compile_one(self, key: Key, known: _Prototype) -> None:
        database = self._database()
        try:
            known.session = database.open_prototype(*key, known.session)
            try:
                while known.missing:
                    if _compile(known.session, known.missing.pop(0)):
                        break
            finally:
                known.session.suspend()
        except Exception as error:  # noqa: BLE001 - what it cannot prepare, each session does for itself
            log.debug("no prototype of %s: %s", key[0], error)
            known.session = None
            known.missing.clear()
        finally:
            database.close()


def _compiled(session: Any) -> dict[Part, Any]:
    """What is compiled, with the fingerprint of the source that it was compiled from."""
    if "plsql" not in session.__dict__:
        return {}
    parts: dict[Part, Any] = {}
    for unit in session.plsql.units.values():
        body = unit.body
        if unit.owner == "SYS":
            continue
        parts[*unit.key, ""] = unit.fingerprint
        if body is None:
            continue
        parts[*body.key, ""] = body.fingerprint
        own = f"{FILE_PREFIX}{body.kind}:"
        for code, function in unit.ns.items():
            if isinstance(function, FunctionType) and function.__code__.co_filename.startswith(own):
                parts[*body.key, code] = body.fingerprint
    return parts


def _compile(session: Any, part: Part) -> bool:
    """Compile a part that is not compiled yet; whether there was something to do."""
    owner, name, kind, code = part
    library = session.plsql
    unit = library.units.get((owner, name, _BODIES.get(kind, kind)))
    if code:
        found = unit.ns.get(code) if unit is not None else None
        if not isinstance(found, LazyRoutine):
            return False
        found.function()
        return True
    if unit is not None and (kind not in _BODIES or unit.body is not None):
        return False
    unit = unit or library.unit(owner, name, _BODIES.get(kind, kind))
    if unit is not None and kind in _BODIES and not unit.errors:
        library.load_body(unit)
    return True
