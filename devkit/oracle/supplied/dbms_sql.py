"""DBMS_SQL: cursors by number. A number that is not open raises ORA-29471, as does every later call.

Text is parsed when it is executed, except DDL, which PARSE runs at once; PARSE looks at the syntax and
names of queries. Values are defined and bound with the type of the overload that was called.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from devkit.oracle.contracts import Prepared, Ref, ResultCursor
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.plsql.cursors import Cursor
from devkit.oracle.plsql.dynamic import first_word, positional
from devkit.oracle.plsql.embedded_sql import bind_ora
from devkit.oracle.plsql.types import Scalar, family
from devkit.oracle.supplied.native import Overloaded, Package, integer
from devkit.oracle.values import Column, Kind, OraType

_BLOCKS = frozenset({"BEGIN", "DECLARE", "CALL", "<<"})
_QUERIES = frozenset({"SELECT", "WITH"})
_DML = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "LOCK"})
_CODES = {
    Kind.VARCHAR2: 1, Kind.NVARCHAR2: 1, Kind.NUMBER: 2, Kind.LONG: 8, Kind.ROWID: 11,
    Kind.DATE: 12, Kind.RAW: 23, Kind.CHAR: 96, Kind.NCHAR: 96, Kind.BINARY_FLOAT: 100,
    Kind.BINARY_DOUBLE: 101, Kind.CURSOR: 102, Kind.CLOB: 112, Kind.BLOB: 113, Kind.TIMESTAMP: 180,
    Kind.TIMESTAMP_TZ: 181, Kind.INTERVAL_YM: 182, Kind.INTERVAL_DS: 183, Kind.TIMESTAMP_LTZ: 231,
}  # fmt: skip
_LENGTHS = {
    Kind.NUMBER: 22, Kind.DATE: 7, Kind.TIMESTAMP: 11, Kind.TIMESTAMP_TZ: 13, Kind.TIMESTAMP_LTZ: 11,
    Kind.CLOB: 4000, Kind.BLOB: 4000, Kind.BINARY_FLOAT: 4, Kind.BINARY_DOUBLE: 8, Kind.ROWID: 10,
    Kind.INTERVAL_YM: 5, Kind.INTERVAL_DS: 11, Kind.LONG: 0,
}  # fmt: skip


@dataclass
class _Cursor:
    """One open number; ``text`` is None before PARSE."""

    text: str | None = None
    rights: tuple[str, str, bool] | None = None
    names: tuple[str, ...] = ()
    binds: dict[str, tuple[OraType, Any]] = field(default_factory=dict)
    arrays: dict[str, tuple[OraType, list[Any]]] = field(default_factory=dict)
    defined: dict[int, tuple[Scalar, int | None]] = field(default_factory=dict)
    result: ResultCursor | Cursor | None = None
    columns: list[Column] | None = None
    row: tuple[Any, ...] | None = None
    outs: dict[str, Any] = field(default_factory=dict)
    fetched: int = 0
    for_update: bool = False

    def stop(self) -> None:
        if self.result is not None:
            self.result.close()
        self.result = None
        self.row = None


@dataclass
class _State:
    cursors: dict[int, _Cursor] = field(default_factory=dict)
    denied: bool = False
    last_count: int = 0

    def cursor(self, number: Any) -> _Cursor:
        found = None if self.denied or number is None else self.cursors.get(int(number))
        if found is None:
            self.denied = self.denied or number is not None
            raise OraError(29471 if self.denied else 1001)
        return found

    def parsed(self, number: Any) -> _Cursor:
        cursor = self.cursor(number)
        if cursor.text is None:
            raise OraError(1003)
        return cursor


def _state(session: Any) -> _State:
    found: _State = session.supplied.setdefault("DBMS_SQL", _State())
    return found


def _open_cursor(session: Any) -> int:
    state = _state(session)
    if state.denied:
        raise OraError(29471)
    number = secrets.randbelow(2**31 - 2) + 1
    while number in state.cursors:
        number = secrets.randbelow(2**31 - 2) + 1
    state.cursors[number] = _Cursor()
    return number


def _is_open(session: Any, number: Any) -> bool:
    if number is None:
        return False
    _state(session).cursor(number)
    return True


def _close_cursor(session: Any, number: Ref) -> None:
    state = _state(session)
    state.cursor(number.value).stop()
    del state.cursors[int(number.value)]
    number.value = None


def _name(text: str | None) -> str:
    return (text or "").strip().removeprefix(":").upper()


def _parse(session: Any, number: Any, text: str | None, _flag: Any) -> None:
    cursor = _state(session).cursor(number)
    cursor.stop()
    if text is None or not text.strip():
        raise OraError(900)
    cursor.text, cursor.columns = text, None
    cursor.binds.clear()
    cursor.arrays.clear()
    cursor.defined.clear()
    cursor.rights = session.plsql.caller_rights()
    cursor.names = tuple(name.upper() for name in positional(text)[1])
    word = first_word(text)
    if word in _QUERIES:
        cursor.columns = list(_prepared(session, cursor, describe=True).columns)
    elif word not in _DML and word not in _BLOCKS:
        session.plsql.execute_immediate(text, [], [], cursor.rights, [], 0)


def _prepared(session: Any, cursor: _Cursor, *, describe: bool = False) -> Prepared:
    kinds = []
    for name in cursor.names:
        known = cursor.arrays.get(name) or cursor.binds.get(name)
        if known is None and not describe:
            raise OraError(1008)
        kinds.append(known[0] if known is not None else OraType(Kind.VARCHAR2, 4000))
    returning = 0
    if first_word(cursor.text or "") in _DML:
        returning = _returning(session, cursor, kinds)
        kinds = kinds[: len(kinds) - returning]
    prepared: Prepared = session.plsql._prepare(cursor.text, kinds, cursor.rights, returning)
    return prepared


def _returning(session: Any, cursor: _Cursor, kinds: list[OraType]) -> int:
    """How many of the placeholders, the last ones, belong to RETURNING … INTO."""
    from devkit.oracle.sql.dialect import parse

    return len(parse(positional(cursor.text or "")[0]).returning_binds)


def _bind_variable(
    kind: Any, session: Any, number: Any, name: Any, value: Any, *_size: Any
) -> None:
    cursor = _state(session).parsed(number)
    if _name(name) not in cursor.names:
        raise OraError(1006)
    cursor.binds[_name(name)] = (bind_ora(kind), value)


def _bind_array(kind: Any, session: Any, number: Any, name: Any, table: Any) -> None:
    cursor = _state(session).parsed(number)
    if _name(name) not in cursor.names:
        raise OraError(1006)
    cursor.arrays[_name(name)] = (bind_ora(kind.element), table.values())


def _define_column(
    kind: Any, session: Any, number: Any, position: Any, _column: Any, size: Any = None
) -> None:
    cursor = _state(session).parsed(number)
    at = integer(position)
    if cursor.columns is None or not 1 <= at <= len(cursor.columns):
        raise OraError(1007)
    cursor.defined[at] = (kind, None if size is None else int(size))


def _execute(session: Any, number: Any) -> int:
    state = _state(session)
    cursor = state.parsed(number)
    cursor.stop()
    cursor.fetched = 0
    assert cursor.text is not None
    word = first_word(cursor.text)
    if word in _BLOCKS:
        _run_block(session, cursor)
        return 1
    if word in _QUERIES:
        prepared = _prepared(session, cursor)
        cursor.columns = list(prepared.columns)
        cursor.for_update = prepared.for_update
        cursor.result = session.sql.open(prepared, _values(session, cursor, {}))
        return 0
    if word not in _DML:
        return 0  # DDL ran when it was parsed
    count = _run_dml(session, cursor)
    session.plsql.implicit.rowcount = count
    state.last_count = count
    return count


def _values(session: Any, cursor: _Cursor, row: dict[str, Any]) -> dict[str, Any]:
    values = [row[n] if n in row else cursor.binds.get(n, (None, None))[1] for n in cursor.names]
    found: dict[str, Any] = session.plsql._values(values)
    return found


def _run_dml(session: Any, cursor: _Cursor) -> int:
    prepared = _prepared(session, cursor)
    outs = cursor.names[len(cursor.names) - len(prepared.returning_binds) :]
    if cursor.arrays:
        if outs:
            raise unsupported("DBMS_SQL.BIND_ARRAY with RETURNING")
        size = min(len(values) for _, values in cursor.arrays.values())
        rows = [{n: values[i] for n, (_, values) in cursor.arrays.items()} for i in range(size)]
        done, _ = session.sql.run_many(
            prepared, [_values(session, cursor, row) for row in rows], save_exceptions=False
        )
        return sum(one.rowcount for one in done)
    result = session.sql.run(prepared, _values(session, cursor, {}))
    if len(result.returned) > 1:
        raise unsupported("DBMS_SQL with RETURNING of several rows")
    for index, name in enumerate(outs):
        cursor.outs[name] = result.returned[0][index] if result.returned else None
    return int(result.rowcount)


def _run_block(session: Any, cursor: _Cursor) -> None:
    missing = [name for name in cursor.names if name not in cursor.binds]
    if missing:
        raise OraError(1008)
    used = dict.fromkeys(cursor.names)
    binds = {name: cursor.binds[name][1] for name in used}
    kinds = {name: cursor.binds[name][0] for name in used}
    rights = cursor.rights or session.plsql.caller_rights()
    session.plsql._run_block(cursor.text, binds, kinds, rights)
    cursor.outs.update(binds)


def _fetch_rows(session: Any, number: Any) -> int:
    state = _state(session)
    cursor = state.parsed(number)
    if cursor.result is None:
        raise OraError(1002)
    rows = cursor.result.fetch(1)
    cursor.row = rows[0] if rows else None
    cursor.fetched += len(rows)
    state.last_count = cursor.fetched
    return len(rows)


def _execute_and_fetch(session: Any, number: Any, exact: Any) -> int:
    _execute(session, number)
    count = _fetch_rows(session, number)
    if exact:
        if not count:
            raise OraError(1403)
        cursor = _state(session).cursor(number)
        assert cursor.result is not None
        if cursor.result.fetch(1):
            raise OraError(1422)
    return count


def _column_value(kind: Any, session: Any, number: Any, position: Any, value: Ref) -> None:
    cursor = _state(session).parsed(number)
    at = integer(position)
    if at not in cursor.defined:
        raise OraError(1007)
    defined, size = cursor.defined[at]
    if defined.kind is not kind.kind:
        raise OraError(6562)
    if cursor.row is None:
        raise OraError(1002)
    found = session.plsql.conversions.to_type(cursor.row[at - 1], Scalar(kind.kind))
    value.value = found[:size] if size is not None and found is not None else found


def _variable_value(kind: Any, session: Any, number: Any, name: Any, value: Ref) -> None:
    cursor = _state(session).parsed(number)
    if _name(name) not in cursor.names:
        raise OraError(1006)
    bound = cursor.binds.get(_name(name))
    if bound is not None and family(bound[0].kind) != family(kind.kind):
        raise OraError(6562)
    found = cursor.outs.get(_name(name), bound[1] if bound is not None else None)
    value.value = session.plsql.conversions.to_type(found, Scalar(kind.kind))


def _describe(kind: Any, session: Any, number: Any, count: Ref, table: Ref) -> None:
    cursor = _state(session).parsed(number)
    if cursor.columns is None:
        raise OraError(900)
    record = kind.element.cls
    rows = []
    for column in cursor.columns:
        type_ = column.type
        one = record.new()
        one.COL_TYPE = _CODES.get(type_.kind, 109)
        one.COL_MAX_LEN = _LENGTHS.get(type_.kind, type_.length or 0)
        one.COL_NAME, one.COL_NAME_LEN = column.name, len(column.name.encode())
        if kind.element.name == "DESC_REC" and one.COL_NAME_LEN > 32:
            raise OraError(6502, ": dbms_sql.describe_columns overflow, col_name_len="
                           f"{one.COL_NAME_LEN}. Use describe_columns2")  # fmt: skip
        one.COL_PRECISION, one.COL_SCALE = _precision(type_)
        text = type_.kind in {Kind.VARCHAR2, Kind.CHAR, Kind.CLOB, Kind.LONG}
        one.COL_CHARSETID, one.COL_CHARSETFORM = (873, 1) if text else (0, 0)
        one.COL_NULL_OK = column.nullable
        rows.append(one)
    count.value = len(rows)
    table.value = kind.factory.from_list(rows)


def _precision(type_: OraType) -> tuple[int, int]:
    if type_.kind is Kind.NUMBER:
        if type_.precision is None:
            return 0, -127 if type_.scale is None else type_.scale
        return type_.precision, type_.scale or 0
    return 0, type_.scale or 0


def _to_refcursor(session: Any, number: Ref) -> Cursor:
    state = _state(session)
    cursor = state.parsed(number.value)
    if cursor.result is None:
        raise OraError(1001 if cursor.columns is not None else 900)
    made = cursor.result
    if not isinstance(made, Cursor):
        made = Cursor().attach(made, for_update=cursor.for_update)
    del state.cursors[int(number.value)]
    number.value = None
    return made


def _to_cursor_number(session: Any, ref: Ref) -> int:
    given = ref.value
    if given is None or given.result is None:
        raise OraError(1001)
    number = _open_cursor(session)
    _state(session).cursors[number] = _Cursor(
        text="select", columns=list(given.result.columns), result=given, fetched=given.rows_fetched
    )  # with the rows that it has read ahead
    ref.value = None
    return number


def _return_result(session: Any, ref: Ref, _to_client: Any) -> None:
    given = ref.value
    if not isinstance(given, Cursor):
        raise unsupported("DBMS_SQL.RETURN_RESULT of a cursor number")
    if given.result is None:
        raise OraError(1001)
    session.supplied.setdefault("IMPLICIT_RESULTS", []).append(given.result)
    given.result = None
    ref.value = None


PACKAGE = Package(
    "DBMS_SQL",
    {
        "OPEN_CURSOR": _open_cursor,
        "IS_OPEN": _is_open,
        "CLOSE_CURSOR": _close_cursor,
        "PARSE": _parse,
        "BIND_VARIABLE": Overloaded(_bind_variable, 2),
        "BIND_VARIABLE_RAW": Overloaded(_bind_variable, 2),
        "BIND_VARIABLE_CHAR": Overloaded(_bind_variable, 2),
        "BIND_ARRAY": Overloaded(_bind_array, 2),
        "DEFINE_COLUMN": Overloaded(_define_column, 2),
        "DEFINE_COLUMN_RAW": Overloaded(_define_column, 2),
        "EXECUTE": _execute,
        "EXECUTE_AND_FETCH": _execute_and_fetch,
        "FETCH_ROWS": _fetch_rows,
        "COLUMN_VALUE": Overloaded(_column_value, 2),
        "COLUMN_VALUE_RAW": Overloaded(_column_value, 2),
        "VARIABLE_VALUE": Overloaded(_variable_value, 2),
        "DESCRIBE_COLUMNS": Overloaded(_describe, 2),
        "DESCRIBE_COLUMNS2": Overloaded(_describe, 2),
        "LAST_ROW_COUNT": lambda session: _state(session).last_count,
        "TO_REFCURSOR": _to_refcursor,
        "TO_CURSOR_NUMBER": _to_cursor_number,
        "RETURN_RESULT": _return_result,
    },
)
