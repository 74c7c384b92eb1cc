"""DBMS_LOCK: user locks, on PostgreSQL's session-level advisory locks.

Of the six modes only S (shared) and X (exclusive) are offered: sub-share modes have no counterpart.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

from devkit.oracle.contracts import Ref
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.supplied.native import Package, integer

_NAMESPACE = 0x4C4B  # keeps user locks apart from the stand-in's own advisory locks
_S_MODE, _X_MODE = 4, 6
_FIRST_HANDLE_ID = 1_073_741_824  # ids from lock names begin here (DBMS_LOCK, ALLOCATE_UNIQUE)
_POLL_SECONDS = 0.05


def _held(session: Any) -> dict[int, int]:
    """Lock id → mode, of this session."""
    held: dict[int, int] = session.supplied.setdefault("DBMS_LOCK", {})
    return held


def _allocate_unique(session: Any, lockname: str | None, handle: Ref, _expiration: Any) -> None:
    if lockname is None:
        raise OraError(
            20000, "ORU-10003: Unable to find or insert lock  into catalog dbms_lock_allocated."
        )
    digest = int.from_bytes(hashlib.sha256(lockname.encode()).digest()[:4], "big")
    lock_id = _FIRST_HANDLE_ID + digest % 926_258_175
    session.commit()  # documented: ALLOCATE_UNIQUE always commits
    handle.value = f"{lock_id}{lock_id}"


def _lock_id(handle_or_id: Any) -> int | None:
    text = str(handle_or_id)
    if len(text) == 20 and text[:10] == text[10:] and text.isdigit():
        return int(text[:10])
    return int(text) if text.isdigit() and int(text) < _FIRST_HANDLE_ID else None


def _request(session: Any, handle: Any, mode: Any, timeout: Any, release_on_commit: Any) -> int:
    if release_on_commit:
        raise unsupported("DBMS_LOCK.REQUEST with RELEASE_ON_COMMIT")
    lock_id = None if handle is None else _lock_id(handle)
    if lock_id is None:
        return 5  # illegal lock handle
    wanted = integer(mode, _X_MODE)
    if wanted not in (_S_MODE, _X_MODE):
        raise unsupported(f"DBMS_LOCK mode {wanted}")
    if lock_id in _held(session):
        return 4  # already own the lock
    function = "pg_try_advisory_lock" if wanted == _X_MODE else "pg_try_advisory_lock_shared"
    deadline = time.monotonic() + integer(timeout, 32767)
    while True:
        got = session.main_storage.query(
            f"select {function}({_NAMESPACE}, $1::int)", (lock_id - 2**31,)
        ).rows[0][0]
        if got:
            _held(session)[lock_id] = wanted
            return 0
        if time.monotonic() >= deadline:
            return 1  # timeout
        session.sleep(_POLL_SECONDS)


def _release(session: Any, handle: Any) -> int:
    lock_id = None if handle is None else _lock_id(handle)
    if lock_id is None:
        return 5
    mode = _held(session).pop(lock_id, None)
    if mode is None:
        return 4  # not the owner
    function = "pg_advisory_unlock" if mode == _X_MODE else "pg_advisory_unlock_shared"
    session.main_storage.query(f"select {function}({_NAMESPACE}, $1::int)", (lock_id - 2**31,))
    return 0


def _sleep(session: Any, seconds: Any) -> None:
    session.sleep(float(seconds or 0))


PACKAGE = Package(
    "DBMS_LOCK",
    {
        "ALLOCATE_UNIQUE": _allocate_unique,
        "REQUEST": _request,
        "RELEASE": _release,
        "SLEEP": _sleep,
    },
)
