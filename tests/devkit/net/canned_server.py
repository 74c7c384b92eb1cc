"""A database of canned answers behind the real wire, run as a process of its own.

    python canned_server.py [23ai|19c] [packet size]

prints its port. Every connection is a forked process with a :class:`CannedSession`.
"""

# ruff: noqa: DTZ001 (DATE and TIMESTAMP have no zone)
from __future__ import annotations

import dataclasses
import datetime as dt
import os
import re
import signal
import socket
import sys
import threading
from decimal import Decimal
from typing import Any

from devkit.oracle.contracts import (
    AqMessage,
    BatchError,
    DequeueOptions,
    Direction,
    ExecuteRequest,
    ExecuteResult,
    Verifier,
)
from devkit.oracle.errors import OraError
from devkit.oracle.net.connection import serve
from devkit.oracle.net.crypto import check_password, make_verifier
from devkit.oracle.net.profile import ORACLE_19C, ORACLE_23AI
from devkit.oracle.values import CLOB, DATE, NUMBER, VARCHAR2, Column, Kind, Months, OraType

USERS = {"SCOTT": make_verifier("SCOTT", "tiger"), "SYSTEM": make_verifier("SYSTEM", "manager")}
USERS["LOCKED"] = dataclasses.replace(make_verifier("LOCKED", "tiger"), locked=True)
ROWID = "AAASqMAAEAAAAInAAB"

ALL_TYPES: list[tuple[OraType, Any]] = [
    (NUMBER, Decimal("-123.45")),
    (OraType(Kind.NUMBER, precision=9, scale=0), 123456789),
    (VARCHAR2, "João Gonçalves"),
    (OraType(Kind.NVARCHAR2, 20), "ação €"),
    (OraType(Kind.CHAR, 5), "ab   "),
    (DATE, dt.datetime(1899, 12, 31, 23, 59, 58)),
    (OraType(Kind.TIMESTAMP, scale=6), dt.datetime(2026, 11, 24, 3, 25, 50, 123456)),
    (OraType(Kind.TIMESTAMP, scale=6), dt.datetime(2026, 11, 24)),
    (
        OraType(Kind.TIMESTAMP_TZ, scale=6),
        dt.datetime(2026, 1, 1, 1, 30, tzinfo=dt.timezone(dt.timedelta(hours=-3))),
    ),
    (OraType(Kind.TIMESTAMP_LTZ, scale=6), dt.datetime(2026, 1, 1, 1, 30)),
    (OraType(Kind.RAW, 16), bytes(range(16))),
    (OraType(Kind.BINARY_DOUBLE), -2.5),
    (OraType(Kind.BINARY_FLOAT), 0.5),
    (OraType(Kind.INTERVAL_DS), dt.timedelta(days=-1, hours=-2, microseconds=-3)),
    (OraType(Kind.INTERVAL_YM), Months(-14)),
    (OraType(Kind.ROWID), ROWID),
    (OraType(Kind.BOOLEAN), True),
    (OraType(Kind.LONG), "long " * 10_000),
    (OraType(Kind.JSON), '{"a": [1, 2.5, null, "x"], "b": {"c": true}}'),
    (CLOB, "clob ção " * 1000),
    (OraType(Kind.BLOB), b"\x00\xff" * 140_000),
]


class CannedCursor:
    def __init__(self, columns: list[Column], rows: list[tuple[Any, ...]]) -> None:
        self.columns = columns
        self.rows = rows
        self.rows_fetched = 0

    def fetch(self, count: int) -> list[tuple[Any, ...]]:
        part = self.rows[self.rows_fetched : self.rows_fetched + count]
        self.rows_fetched += len(part)
        return part

    def close(self) -> None:
        self.rows = []


def numbers(count: int) -> CannedCursor:
    columns = [Column("N", NUMBER, nullable=False), Column("TEXT", OraType(Kind.VARCHAR2, 4000))]
    return CannedCursor(columns, [(n, f"row {n} " + "x" * (n % 3000)) for n in range(count)])


class CannedSession:
    def __init__(self, user: str, sysdba: bool) -> None:
        self.sid, self.serial = os.getpid() & 0xFFFF, 7
        self.in_transaction = False
        self.user, self.sysdba = user, sysdba
        self.attributes: dict[str, str | None] = {}
        self.table: dict[Any, Any] = {}
        self.executions = 0
        self.queue: list[AqMessage] = []
        self.cancelled = threading.Event()
        self.running = False

    # ------------------------------------------------------------- transactions, attributes

    def commit(self) -> None:
        self.in_transaction = False

    def rollback(self) -> None:
        self.in_transaction = False
        self.table.clear()

    def close(self) -> None:
        sys.stderr.write("session closed\n")

    def cancel(self) -> None:
        if self.running:
            self.cancelled.set()

    def set_attribute(self, name: str, value: str | None) -> None:
        self.attributes[name] = value

    def set_context(self, namespace: str, attribute: str, value: str | None) -> None:
        self.attributes[f"{namespace}.{attribute}"] = value

    def change_password(self, old: str, new: str) -> None:
        if not check_password(USERS[self.user], old):
            raise OraError(28008)
        USERS[self.user] = make_verifier(self.user, new)

    def sleep(self, seconds: float) -> None:
        self.running = True
        try:
            if self.cancelled.wait(seconds):
                raise OraError(1013)
        finally:
            self.running = False
            self.cancelled.clear()

    # ------------------------------------------------------------- statements

    def execute(self, request: ExecuteRequest) -> ExecuteResult:
        self.executions += 1
        for pattern, answer in ANSWERS:
            match = re.match(pattern, request.sql.strip(), re.IGNORECASE | re.DOTALL)
            if match:
                result = answer(self, request, match)
                if request.autocommit:
                    self.commit()
                return result
        raise OraError(900)

    def select_types(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        columns = [Column(f"C{i}", ora) for i, (ora, _) in enumerate(ALL_TYPES)]
        rows = [tuple(value for _, value in ALL_TYPES), (None,) * len(ALL_TYPES)]
        return self.query(request, CannedCursor(columns, rows))

    def query(self, request: ExecuteRequest, cursor: CannedCursor) -> ExecuteResult:
        if request.describe_only:
            return ExecuteResult(columns=cursor.columns)
        return ExecuteResult(cursor=cursor)

    def select_numbers(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        count = int(request.rows[0][0]) if request.binds else int(match[1] or 10)
        return self.query(request, numbers(count))

    def select_lobs(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        columns = [Column("N", NUMBER), Column("C", CLOB), Column("B", OraType(Kind.BLOB))]
        rows = [(n, f"é{n} " * n or None, bytes([n]) * n or None) for n in range(6)]
        return self.query(request, CannedCursor(columns, rows))

    def select_nested(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        columns = [Column("N", NUMBER), Column("ROWS_", OraType(Kind.CURSOR))]
        return self.query(request, CannedCursor(columns, [(n, numbers(n)) for n in (1, 3)]))

    def select_attribute(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        value = {**self.attributes, "user": self.user, "executions": str(self.executions)}
        return ExecuteResult(cursor=CannedCursor([Column("A", VARCHAR2)], [(value.get(match[1]),)]))

    def echo(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        columns = [Column(bind.name, bind.type) for bind in request.binds]
        return self.query(request, CannedCursor(columns, [tuple(request.rows[0])]))

    def kinds(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        text = " ".join(f"{bind.name}:{bind.type.kind.value}" for bind in request.binds)
        return ExecuteResult(cursor=CannedCursor([Column("K", VARCHAR2)], [(text,)]))

    def copy(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        """begin copy(:source, :target); end; with one source and one target of any type."""
        out = [[row[0]] for row in request.rows]
        return ExecuteResult(directions=[Direction.IN, Direction.OUT], out=out)

    def double(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        """begin double(:x); end; with an IN OUT bind, scalar or array."""

        def twice(value: Any) -> Any:
            if isinstance(value, list):
                return [twice(element) for element in value]
            return None if value is None else value + value

        return ExecuteResult(
            directions=[Direction.IN_OUT], out=[[twice(row[0])] for row in request.rows]
        )

    def open_rows(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        count = int(request.rows[0][0])
        cursor = (
            numbers(count)
            if match[1].lower() == "rows"
            else self.select_lobs(ExecuteRequest(""), match).cursor
        )
        return ExecuteResult(directions=[Direction.IN, Direction.OUT], out=[[cursor]])

    def count_rows(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        """begin count_rows(:cursor, :n); end; reads a REF CURSOR that is passed in."""
        total = len(request.rows[0][0].fetch(1_000_000))
        return ExecuteResult(directions=[Direction.IN, Direction.OUT], out=[[total]])

    def results(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        return ExecuteResult(implicit_results=[numbers(2), numbers(3)])

    def sleep_call(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        self.sleep(float(request.rows[0][0]))
        return ExecuteResult(directions=[Direction.IN])

    def fail(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        error = OraError(20001, text="saldo inválido")
        error.lines.append('ORA-06512: at "SCOTT.P", line 3')
        raise error

    def internal(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        if match[1] == "crash":
            raise RuntimeError("boom")
        if match[1] == "nothing":
            raise OraError(1403)
        raise OraError(600, text="internal error code")

    def missing(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        raise OraError(942, position=request.sql.lower().index("missing"))

    def compile(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        return ExecuteResult(compiled_with_errors="invalid" in request.sql)

    def insert(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        result = ExecuteResult(row_counts=[] if request.dml_row_counts else None)
        returning = any(bind.is_returning for bind in request.binds)
        if returning:
            result.returning = []
        self.in_transaction = True
        for offset, row in enumerate(request.rows):
            try:
                if row[0] in self.table:
                    raise OraError(1, "SCOTT.PK")
                self.table[row[0]] = row[1:]
            except OraError as error:
                if request.batch_errors:
                    result.batch_errors.append(BatchError(offset, error))
                    if result.row_counts is not None:
                        result.row_counts.append(0)
                    continue
                error.rows_done = result.rowcount  # type: ignore[attr-defined]
                raise
            result.rowcount += 1
            result.lastrowid = ROWID
            if result.row_counts is not None:
                result.row_counts.append(1)
            if result.returning is not None:
                result.returning.append([[row[0]], [row[1]]])
        return result

    def update(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        """update t … returning n, text into :n, :text: all rows."""
        self.in_transaction = True
        names, texts = list(self.table), [row[0] for row in self.table.values()]
        return ExecuteResult(rowcount=len(self.table), returning=[[names, texts]])

    def transaction(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        (self.commit if match[1].lower() == "commit" else self.rollback)()
        return ExecuteResult()

    def alter(self, request: ExecuteRequest, match: re.Match[str]) -> ExecuteResult:
        self.attributes["altered"] = request.sql
        return ExecuteResult()

    # ------------------------------------------------------------- queues

    def aq_enqueue(self, queue: str, messages: Any, visibility: int) -> list[bytes]:
        if queue != "EVENTS":
            raise OraError(24010, queue)
        self.in_transaction = visibility == 2
        for message in messages:
            message.msgid = len(self.queue).to_bytes(16, "big")
            message.enqueue_time = dt.datetime(2026, 11, 24, 3, 0)
            self.queue.append(message)
        return [message.msgid for message in messages]

    def aq_dequeue(self, queue: str, options: DequeueOptions, count: int) -> list[AqMessage]:
        if queue != "EVENTS":
            raise OraError(24010, queue)
        found = [
            message
            for message in self.queue
            if options.correlation in (None, message.correlation)
            and options.msgid in (None, message.msgid)
        ][:count]
        if not found:
            if options.wait:
                self.sleep(3600 if options.wait < 0 else options.wait)
            raise OraError(25228, queue)
        if options.mode == 3:
            self.queue = [message for message in self.queue if message not in found]
        return found


ANSWERS = [
    (r"select /\*echo\*/", CannedSession.echo),
    (r"select /\*kinds\*/", CannedSession.kinds),
    (r"select attribute '(\S+)'", CannedSession.select_attribute),
    (r"select \* from types", CannedSession.select_types),
    (r"select \* from lobs", CannedSession.select_lobs),
    (r"select \* from nested", CannedSession.select_nested),
    (r"select n, text from numbers(?: where n < (?:(\d+)|:\w+))?", CannedSession.select_numbers),
    (r"select.* from missing", CannedSession.missing),
    (r"insert into t", CannedSession.insert),
    (r"update t", CannedSession.update),
    (r"begin copy", CannedSession.copy),
    (r"begin double", CannedSession.double),
    (r"begin open_(rows|lobs)", CannedSession.open_rows),
    (r"begin count_rows", CannedSession.count_rows),
    (r"begin results", CannedSession.results),
    (r"begin sleep", CannedSession.sleep_call),
    (r"begin fail", CannedSession.fail),
    (r"begin (crash|internal|nothing)", CannedSession.internal),
    (r"(commit|rollback)", CannedSession.transaction),
    (r"alter session", CannedSession.alter),
    (r"create", CannedSession.compile),
]


class CannedInstance:
    service_name = "FREEPDB1"

    def verifier(self, user: str) -> Verifier | None:
        return USERS.get(user)

    def open_session(self, user: str, *, sysdba: bool = False) -> CannedSession:
        return CannedSession(user, sysdba)


def main() -> None:
    profile = {"23ai": ORACLE_23AI, "19c": ORACLE_19C}[sys.argv[1]]
    if len(sys.argv) > 2:
        profile = dataclasses.replace(profile, packet_size=int(sys.argv[2]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        while True:
            sock, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                serve(sock, CannedInstance(), profile)
                os._exit(0)
            sock.close()


if __name__ == "__main__":
    main()
