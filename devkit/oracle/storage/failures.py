"""PostgreSQL's errors as Oracle's: by sqlstate, constraint, table and column."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from psycopg.pq import DiagnosticField as Field

from devkit.oracle.errors import MESSAGES, OraError

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

INDEX_PREFIX = (
    "i$"  # indexes share PostgreSQL's relation namespace with tables, in Oracle they do not
)

_ORACLE_TEXT = re.compile(r"^ORA-(\d{5}): (.*)$", re.DOTALL)
_NO_REAL_COLUMN = re.compile(r"^cannot (insert into|update) column")
_SEQUENCE_END = re.compile(r"nextval: reached (maximum|minimum) value of sequence \"(.*)\"")
_VERB = re.compile(rb"\b(insert\s+into|update|merge\s+into)\b", re.IGNORECASE)

_PLAIN = {
    "22003": 1426,
    "22P02": 1722,
    "22012": 1476,
    "22007": 1861,
    "22008": 1841,
    "40P01": 60,
    "40001": 8177,
    "55P03": 54,
    "57014": 1013,
    "42P01": 942,
    "21000": 1427,
    "53300": 18,
    "25006": 1456,
    "34000": 1002,
    "24000": 1002,
    "22032": 40441,
    "2203C": 40441,
}


def oracle_error(result: PGresult, sql: bytes = b"") -> OraError:
    """The OraError for a failed result of the statement ``sql``."""

    def field(which: Field) -> str:
        value = result.error_field(which)
        return value.decode("utf-8", "replace") if value else ""

    state = field(Field.SQLSTATE)
    message = field(Field.MESSAGE_PRIMARY)
    own = _ORACLE_TEXT.match(message)
    if own:
        return OraError(int(own.group(1)), text=own.group(2))
    owner = field(Field.SCHEMA_NAME)
    constraint = f"{owner}.{field(Field.CONSTRAINT_NAME).removeprefix(INDEX_PREFIX)}"
    error: OraError
    if state == "23505":
        error = OraError(1, constraint)
    elif state == "23502":
        column = f'"{owner}"."{field(Field.TABLE_NAME)}"."{field(Field.COLUMN_NAME)}"'
        verb = _VERB.search(sql)
        is_update = verb is not None and verb.group(1).lower() == b"update"
        error = OraError(1407 if is_update else 1400, column)
    elif state == "23503":
        error = OraError(2291 if message.startswith("insert or update") else 2292, constraint)
    elif state == "23514":
        error = OraError(2290, constraint)
    elif state == "44000":  # a view WITH CHECK OPTION
        error = OraError(1402)
    elif state == "2200H":
        end = _SEQUENCE_END.match(message)
        name, side = (end.group(2), end.group(1)) if end else ("", "maximum")
        words = ("exceeds", "MAX") if side == "maximum" else ("goes below", "MIN")
        error = OraError(8004, name, *words)
    elif state == "2201E" or state in ("2201F", "2201G", "22014", "22016"):
        error = OraError(1428, message)
    elif state == "0A000" and _NO_REAL_COLUMN.match(message):
        error = OraError(1733)
    elif state == "0A000" and message.startswith("FOR UPDATE is not allowed with"):
        error = OraError(2014)  # a view that groups; in the query itself it is seen before
    elif state in _PLAIN:
        code = _PLAIN[state]
        error = OraError(code) if "{" not in MESSAGES[code] else OraError(code, "")
    elif state == "57P01":  # the session's backend was terminated
        error = OraError(28)
    elif not state or state.startswith("57P"):
        error = OraError(3113)
    else:
        error = OraError(
            3001, text=f"unimplemented feature: statement refused by storage ({state}: {message})"
        )
    error.__dict__["sqlstate"] = state
    return error
