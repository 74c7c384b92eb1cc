"""Lets a command work at an operator's desk."""

from __future__ import annotations

import asyncio
import getpass
import socket
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bridge.cli import compose
from bridge.oracle.operator import OperatorDesk
from bridge.oracle.outbox import OracleOutbox
from bridge.oracle.pool import Database
from bridge.settings import Settings

__all__ = ["operator_name", "with_desk"]

_T = TypeVar("_T")


def with_desk(settings: Settings, work: Callable[[OperatorDesk], Coroutine[Any, Any, _T]]) -> _T:
    """Run something as the daemon's user, after the check of versions."""

    async def session() -> _T:
        async with Database(compose.account(settings)) as database:
            await compose.check_api(OracleOutbox(database, worker_id=settings.relay.worker_id))
            return await work(OperatorDesk(database))

    return asyncio.run(session())


def operator_name() -> str:
    """Return who is at the keyboard, for the audit: user@host."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # a user id without an entry, as in containers
        user = "unknown"
    return f"{user}@{socket.gethostname()}"[:128]
