"""DBMS_OUTPUT: a line buffer per session (PL/SQL Packages and Types Reference, DBMS_OUTPUT)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from devkit.oracle.contracts import Ref
from devkit.oracle.errors import OraError
from devkit.oracle.supplied.native import Package, integer

_LINE_LIMIT = 32767  # bytes a line; longer: ORU-10028


@dataclass(slots=True)
class Buffer:
    enabled: bool = False
    limit: int | None = None  # bytes, None = unlimited
    size: int = 0
    lines: deque[str] = field(default_factory=deque)
    partial: list[str] = field(default_factory=list)


def buffer(session: Any) -> Buffer:
    found: Buffer = session.supplied.setdefault("DBMS_OUTPUT", Buffer())
    return found


def _enable(session: Any, size: Any) -> None:
    out = buffer(session)
    out.enabled = True
    # ENABLE(NULL) means no limit; smaller values are raised to 2000
    out.limit = None if size is None else max(2000, min(1_000_000, int(size)))


def _disable(session: Any) -> None:
    session.supplied["DBMS_OUTPUT"] = Buffer()


def _put(session: Any, text: str | None) -> None:
    out = buffer(session)
    if not out.enabled or text is None:
        return
    out.partial.append(text)
    if sum(len(part.encode()) for part in out.partial) > _LINE_LIMIT:
        raise OraError(
            20000, f"ORU-10028: line length overflow, limit of {_LINE_LIMIT} bytes per line"
        )


def _new_line(session: Any) -> None:
    out = buffer(session)
    if not out.enabled:
        return
    line = "".join(out.partial)
    out.partial.clear()
    out.size += len(line.encode())
    if out.limit is not None and out.size > out.limit:
        raise OraError(20000, f"ORU-10027: buffer overflow, limit of {out.limit} bytes")
    out.lines.append(line)


def _put_line(session: Any, text: str | None) -> None:
    _put(session, text)
    _new_line(session)


def _get_line(session: Any, line: Ref, status: Ref) -> None:
    out = buffer(session)
    if out.lines:
        text = out.lines.popleft()
        out.size -= len(text.encode())
        line.value, status.value = text or None, 0
    else:
        line.value, status.value = None, 1


def _get_lines(session: Any, lines: Ref, numlines: Ref) -> None:
    out = buffer(session)
    wanted = integer(numlines.value)
    taken = [out.lines.popleft() for _ in range(min(wanted, len(out.lines)))]
    out.size -= sum(len(text.encode()) for text in taken)
    for index, text in enumerate(taken, start=1):
        lines.value.put(index, text or None)
    numlines.value = len(taken)


PACKAGE = Package(
    "DBMS_OUTPUT",
    {
        "ENABLE": _enable,
        "DISABLE": _disable,
        "PUT": _put,
        "PUT_LINE": _put_line,
        "NEW_LINE": _new_line,
        "GET_LINE": _get_line,
        "GET_LINES": _get_lines,
    },
)
