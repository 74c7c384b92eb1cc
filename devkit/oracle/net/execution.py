"""EXECUTE, RE-EXECUTE and FETCH: requests to the session and their replies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from devkit.oracle.contracts import (
    BatchError,
    Bind,
    Direction,
    ExecuteRequest,
    ExecuteResult,
    NetSession,
    ResultCursor,
)
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.net import lobs as lob_store
from devkit.oracle.net.binds import make_binds, read_rows
from devkit.oracle.net.calls import Action, FailedCallError, as_ora_error
from devkit.oracle.net.columns import value_encoder
from devkit.oracle.net.cursors import Cursor, CursorTable
from devkit.oracle.net.messages import execute as wire
from devkit.oracle.net.messages.auth import PARAMETER
from devkit.oracle.net.messages.describe import (
    IMPLICIT_RESULTS,
    ROW_DATA,
    Dialect,
    write_describe,
    write_describe_body,
    write_io_vector,
    write_row_header,
)
from devkit.oracle.net.messages.error import (
    ARRAY_DML_ERRORS,
    IN_TRANSACTION,
    NO_DATA_FOUND,
    ErrorReply,
)
from devkit.oracle.net.messages.fetch import read_fetch
from devkit.oracle.net.messages.reexecute import read_reexecute
from devkit.oracle.net.statement import ScannedStatement, scan
from devkit.oracle.net.types import Reader, Writer

KEEPS_CURSOR = frozenset({1, 1400, 1438, 2290, 2291, 2292, 21525, 40479})
"""Integrity errors: the driver keeps the cursor that met one."""


@dataclass(frozen=True, slots=True)
class _Run:
    """How to run a cursor's statement this time."""

    rows: list[list[Any]]
    fetch: int | None  # rows wanted at once; None: none
    autocommit: bool = False
    batch_errors: bool = False
    row_counts: bool = False


_T = TypeVar("_T")


def _for_every_execution(
    values: Sequence[_T], executions: int, errors: Sequence[BatchError], missing: _T
) -> list[_T]:
    """One value per execution: ``missing`` where one failed, if only the others have values."""
    complete = list(values)
    if errors and len(complete) == executions - len(errors):
        for offset in sorted(error.offset for error in errors):
            complete.insert(offset, missing)
    return complete


class Executor:
    """The statements of one session; also lends LOB locators and cursor ids to values."""

    def __init__(self, session: NetSession, lobs: lob_store.LobTable, dialect: Dialect) -> None:
        self.cursors = CursorTable()
        self._session = session
        self._lobs = lobs
        self._dialect = dialect
        self._field_version = dialect.field_version
        self._parent: Cursor | None = None

    # ----------------------------------------------------------------- resources of values

    def locator(self, value: str | bytes) -> tuple[bytes, int]:
        return self._lobs.add(value, temporary=False), lob_store.length(value)

    def write_cursor(self, out: bytearray, result: ResultCursor) -> None:
        cursor = self.cursors.new(None)
        if self._parent is not None:
            self._parent.children.append(cursor.id)
        cursor.describe(result.columns)
        cursor.open(result)
        writer = Writer()
        write_describe_body(writer, cursor.columns, cursor.types, self._dialect)
        writer.ub(cursor.id)
        out += writer.data

    def lob_value(self, locator: bytes) -> str | bytes | None:
        return self._lobs.find(locator).data or None

    def open_cursor(self, cursor_id: int) -> ResultCursor | None:
        return self.cursors.get(cursor_id).result

    # ----------------------------------------------------------------- requests

    def read_execute(self, reader: Reader) -> Action:
        message = wire.read_execute(reader, self._field_version)
        if message.options & wire.OPTION_PARSE == 0 and message.sql is None:
            cursor, is_new = self.cursors.get(message.cursor_id), False
        else:
            cursor, is_new = self._parsed(message.cursor_id, message.sql or "")
        if message.defines:
            return lambda writer: self._defined(writer, cursor, message)
        statement = cursor.statement
        if statement is None:
            return lambda writer: self._fetch_rows(writer, cursor, message.rows_wanted)
        rows = self._read_bind_rows(reader, cursor, statement, message)
        if message.flags & wire.FLAG_SCROLLABLE:
            raise unsupported("scrollable cursors")
        if message.options & wire.OPTION_EXECUTE == 0:
            if message.sql is not None or message.options & wire.OPTION_DESCRIBE:
                return lambda writer: self._describe_only(writer, cursor, is_new)
            return lambda writer: self._fetch_rows(writer, cursor, message.rows_wanted)
        run = _Run(
            rows,
            message.rows_wanted if message.options & wire.OPTION_FETCH else None,
            bool(message.options & wire.OPTION_COMMIT),
            bool(message.options & wire.OPTION_BATCH_ERRORS),
            bool(message.flags & wire.FLAG_DML_ROW_COUNTS),
        )
        return lambda writer: self._run(writer, cursor, run, is_new)

    def _parsed(self, cursor_id: int, sql: str) -> tuple[Cursor, bool]:
        """The cursor for a text that came with its EXECUTE, and whether it is new to the client."""
        if cursor_id:
            cursor = self.cursors.get(cursor_id)
            if cursor.statement is None or cursor.statement.sql != sql:
                cursor.statement = scan(sql)
            return cursor, False
        return self.cursors.new(scan(sql)), True

    def _read_bind_rows(
        self, reader: Reader, cursor: Cursor, statement: ScannedStatement, message: wire.Execute
    ) -> list[list[Any]]:
        count = 1 if statement.is_query else max(1, message.executions)
        if message.options & wire.OPTION_EXECUTE:
            cursor.oacs = message.binds
        returning = statement.returning
        present = [
            index >= len(returning) or not returning[index] for index in range(len(message.binds))
        ]
        return read_rows(reader, message.binds, present, statement, count, self)

    def read_reexecute(self, reader: Reader, *, fetch: bool) -> Action:
        message = read_reexecute(reader)
        cursor = self.cursors.get(message.cursor_id)
        statement = cursor.statement
        if statement is None:
            raise OraError(1003)
        directions = cursor.directions or [Direction.IN] * len(cursor.oacs)
        present = [
            not is_returning and direction is not Direction.OUT
            for is_returning, direction in zip(statement.returning, directions, strict=True)
        ]
        count = 1 if fetch or statement.is_query else max(1, message.count)
        rows = read_rows(reader, cursor.oacs, present, statement, count, self)
        run = _Run(rows, message.count if fetch else None, message.autocommit)
        return lambda writer: self._run(writer, cursor, run, is_new=False)

    def read_fetch(self, reader: Reader) -> Action:
        message = read_fetch(reader)
        return lambda writer: self._fetch_rows(
            writer, self.cursors.get(message.cursor_id), message.rows
        )

    # ----------------------------------------------------------------- replies

    @property
    def call_status(self) -> int:
        return IN_TRANSACTION if self._session.in_transaction else 0

    def _success(self, cursor: Cursor, rowcount: int = 0) -> ErrorReply:
        return ErrorReply(self.call_status, cursor_id=cursor.id, rowcount=rowcount)

    def _rows(self, writer: Writer, cursor: Cursor, count: int) -> ErrorReply:
        """Rows and their closing message: 1403 at the end of the result."""
        write_row_header(writer, len(cursor.types), count)
        self._parent = cursor
        try:
            cursor.send_rows(writer, count, self)
        finally:
            self._parent = None
        reply = self._success(cursor, cursor.rows_sent)
        if cursor.exhausted:
            reply.code = NO_DATA_FOUND
            reply.text = "ORA-01403: no data found"
        return reply

    def _fetch_rows(self, writer: Writer, cursor: Cursor, count: int) -> ErrorReply:
        if cursor.defines is None:
            raise OraError(1002)
        return self._rows(writer, cursor, count)

    def _defined(self, writer: Writer, cursor: Cursor, message: wire.Execute) -> ErrorReply:
        """The define step of a cursor with LOB or JSON columns; the client repeats it to fetch."""
        defines = [oac.type for oac in message.defines]
        if defines != cursor.defines:
            cursor.define(message.defines)
        return self._rows(writer, cursor, message.rows_wanted)

    def _failed(self, error: Exception, cursor: Cursor, is_new: bool) -> FailedCallError:
        """The closing message; a new cursor survives only an integrity error."""
        ora = as_ora_error(error)
        reply = ErrorReply.of(ora, self.call_status)
        done = getattr(ora, "rows_done", None)
        if isinstance(done, int):
            reply.rowcount = done
        elif done is not None:
            reply.rowcount = sum(result.rowcount for result in done)
        if is_new:
            if ora.code in KEEPS_CURSOR:
                reply.cursor_id = cursor.id
            else:
                self.cursors.close(cursor.id)
        return FailedCallError(reply)

    def _describe_only(self, writer: Writer, cursor: Cursor, is_new: bool) -> ErrorReply:
        statement = cursor.statement
        assert statement is not None
        try:
            result = self._session.execute(ExecuteRequest(statement.sql, describe_only=True))
            if result.columns:
                cursor.types = []
                cursor.describe(result.columns)
                write_describe(writer, cursor.columns, cursor.types, self._dialect)
        except Exception as error:
            raise self._failed(error, cursor, is_new) from error
        return self._success(cursor)

    def _run(self, writer: Writer, cursor: Cursor, run: _Run, is_new: bool) -> ErrorReply:
        statement = cursor.statement
        assert statement is not None
        try:
            cursor.close_result()
            binds, rows = make_binds(statement, cursor.oacs, run.rows)
            result = self._session.execute(
                ExecuteRequest(
                    statement.sql,
                    binds,
                    rows,
                    autocommit=run.autocommit,
                    batch_errors=run.batch_errors,
                    dml_row_counts=run.row_counts,
                )
            )
            if result.cursor is not None:
                return self._opened(writer, cursor, result.cursor, run.fetch)
            self._write_outputs(writer, cursor, binds, result, len(run.rows))
            return self._completed(writer, cursor, run, result)
        except Exception as error:
            raise self._failed(error, cursor, is_new) from error

    def _opened(
        self, writer: Writer, cursor: Cursor, result: ResultCursor, fetch: int | None
    ) -> ErrorReply:
        """A query: its columns when they are news, and the first rows unless a define is due."""
        cursor.open(result)
        if cursor.describe(result.columns):
            write_describe(writer, cursor.columns, cursor.types, self._dialect)
        if fetch is None or cursor.defines is None:
            return self._success(cursor)
        return self._rows(writer, cursor, fetch)

    def _write_outputs(
        self,
        writer: Writer,
        cursor: Cursor,
        binds: Sequence[Bind],
        result: ExecuteResult,
        executions: int,
    ) -> None:
        """OUT and IN OUT values of PL/SQL, RETURNING values of DML, implicit results."""
        assert cursor.statement is not None
        if cursor.statement.is_plsql and binds:
            directions = result.directions or [Direction.IN] * len(binds)
            cursor.directions = directions
            write_io_vector(writer, directions)
            outputs = [i for i, direction in enumerate(directions) if direction is not Direction.IN]
            if outputs:
                for values in result.out or []:
                    self._write_out_row(writer, cursor, outputs, values)
        if result.returning is not None:
            nothing: list[list[Any]] = [[] for bind in binds if bind.is_returning]
            for execution in _for_every_execution(
                result.returning, executions, result.batch_errors, nothing
            ):
                self._write_returning(writer, cursor, execution)
        if result.implicit_results:
            writer.u8(IMPLICIT_RESULTS)
            writer.ub(len(result.implicit_results))
            for implicit in result.implicit_results:
                writer.u8(0)
                self.write_cursor(writer.data, implicit)

    def _write_out_row(
        self, writer: Writer, cursor: Cursor, outputs: Sequence[int], values: Sequence[Any]
    ) -> None:
        writer.u8(ROW_DATA)
        out = writer.data
        for index, value in zip(outputs, values, strict=True):
            oac = cursor.oacs[index]
            encode = value_encoder(oac.type, self, national=oac.national)
            if oac.is_array:
                elements = value or []
                writer.ub(len(elements))
            else:
                elements = [value]
            for element in elements:
                encode(out, element)
                out.append(0)  # actual length: not truncated

    def _write_returning(
        self, writer: Writer, cursor: Cursor, execution: Sequence[Sequence[Any]]
    ) -> None:
        assert cursor.statement is not None
        writer.u8(ROW_DATA)
        oacs = [
            oac
            for oac, is_returning in zip(cursor.oacs, cursor.statement.returning, strict=True)
            if is_returning
        ]
        for oac, values in zip(oacs, execution, strict=True):
            encode = value_encoder(oac.type, self, national=oac.national)
            writer.ub(len(values))
            for value in values:
                encode(writer.data, value)
                writer.data.append(0)

    def _completed(
        self, writer: Writer, cursor: Cursor, run: _Run, result: ExecuteResult
    ) -> ErrorReply:
        if run.row_counts:
            counts = _for_every_execution(
                result.row_counts or [], len(run.rows), result.batch_errors, 0
            )
            writer.u8(PARAMETER)
            writer.ub(0, 0, 0, 0, len(counts), *counts)
        reply = self._success(cursor, result.rowcount)
        reply.rowid = result.lastrowid
        reply.compiled_with_errors = result.compiled_with_errors
        if result.batch_errors:
            reply.code = ARRAY_DML_ERRORS
            reply.text = "ORA-24381: error(s) in array DML"
            reply.batch_errors = result.batch_errors
        return reply
