"""What every call of a client comes down to: an action to run, and how its failure is told."""

from __future__ import annotations

import logging
from collections.abc import Callable

from devkit.oracle.errors import OraError
from devkit.oracle.net.messages.error import ErrorReply
from devkit.oracle.net.types import Writer

log = logging.getLogger(__name__)

Action = Callable[[Writer], ErrorReply | None]
"""Runs after its request has been read; returns the closing ERROR, or None for STATUS."""

SESSION_ENDING = frozenset({28, 1089, 1092, 2396, 3113})
_CONNECTION_KILLERS = frozenset({
    22, 31, 45, 378, 600, 602, 603, 609, 1012, 1041, 1043, 3114, 3122, 3135, 12153, 12537, 12547,
    12570, 12583, 27146, 28511, 56600,
})  # fmt: skip


class FailedCallError(Exception):
    """A failure whose closing ERROR is already made out (cursor id, row count)."""

    def __init__(self, reply: ErrorReply) -> None:
        self.reply = reply
        super().__init__(reply.text)


def internal_error(detail: str) -> OraError:
    """A fault of the stand-in itself; ORA-00600 would end the connection."""
    return OraError(3001, text=f"internal error of the stand-in: {detail}")


def as_ora_error(error: Exception) -> OraError:
    """The error to send; a number at which the driver hangs up does not leave by accident."""
    if isinstance(error, OraError):
        if error.code in _CONNECTION_KILLERS:
            return internal_error(error.message)
        return error
    log.error("unexpected error in a session", exc_info=error)
    return internal_error(f"{type(error).__name__}: {error}")
