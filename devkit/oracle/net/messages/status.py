"""STATUS (9): the answer to commit, rollback, ping, logoff and the end of a pipeline."""

from __future__ import annotations

from devkit.oracle.net.types import Writer

MESSAGE = 9


def write_status(writer: Writer, call_status: int) -> None:
    writer.u8(MESSAGE)
    writer.ub(call_status, 0)
