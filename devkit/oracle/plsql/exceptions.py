"""PL/SQL exceptions at run time: identity, the current one, and the text of the error stack."""

from __future__ import annotations

import decimal
import logging
import sys
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import MESSAGES, OraError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_LOG = logging.getLogger(__name__)

# Exceptions of package STANDARD and their ORA numbers.
PREDEFINED: dict[str, int] = {
    "ACCESS_INTO_NULL": 6530,
    "CASE_NOT_FOUND": 6592,
    "COLLECTION_IS_NULL": 6531,
    "CURSOR_ALREADY_OPEN": 6511,
    "DUP_VAL_ON_INDEX": 1,
    "INVALID_CURSOR": 1001,
    "INVALID_NUMBER": 1722,
    "LOGIN_DENIED": 1017,
    "NO_DATA_FOUND": 1403,
    "NO_DATA_NEEDED": 6548,
    "NOT_LOGGED_ON": 1012,
    "PROGRAM_ERROR": 6501,
    "ROWTYPE_MISMATCH": 6504,
    "SELF_IS_NULL": 30625,
    "STORAGE_ERROR": 6500,
    "SUBSCRIPT_BEYOND_COUNT": 6533,
    "SUBSCRIPT_OUTSIDE_LIMIT": 6532,
    "SYS_INVALID_ROWID": 1410,
    "TIMEOUT_ON_RESOURCE": 51,
    "TOO_MANY_ROWS": 1422,
    "VALUE_ERROR": 6502,
    "ZERO_DIVIDE": 1476,
}


class ExceptionId:
    """A declared exception; ``code`` is its ORA number (positive) from EXCEPTION_INIT, or None."""

    __slots__ = ("code", "name")

    def __init__(self, name: str, code: int | None = None) -> None:
        self.name = name
        self.code = code

    @property
    def key(self) -> Any:
        return self.code if self.code is not None else self


class UserException(OraError):
    """A raised exception that has no number: ORA-06510 when nobody handles it."""

    def __init__(self, identity: ExceptionId) -> None:
        super().__init__(6510)
        self.identity = identity


def raise_exception(identity: ExceptionId) -> OraError:
    """The error that ``RAISE identity`` raises."""
    code = identity.code
    if code is None:
        return UserException(identity)
    if 20000 <= code <= 20999:
        return OraError(code, text="")
    template = MESSAGES.get(code)
    return OraError(code, text=_plain(template) if template is not None else "")


def _plain(template: str) -> str:
    """A message without its arguments, as Oracle prints a RAISE of a predefined exception."""
    for number in range(4):
        template = template.replace("{" + str(number) + "}", "")
    return template


def key_of(error: OraError) -> Any:
    """What handlers compare: the ORA number, or the exception's identity."""
    return error.identity if isinstance(error, UserException) else error.code


_COLLECTION_METHODS = frozenset(
    {"get", "put", "ref", "count", "first", "last", "next", "prior", "exists", "extend", "trim"}
    | {"delete", "limit", "values"}
)


def normalise(error: BaseException) -> OraError:
    """The Oracle error that a Python exception from compiled code stands for.

    What is no Oracle condition (a defect of the stand-in) becomes ORA-00600 with its text, so that
    ``when others`` sees it and the client gets it.
    """
    if isinstance(error, OraError):
        return error
    converted: OraError
    if isinstance(error, ZeroDivisionError):
        converted = OraError(1476)
    elif isinstance(error, decimal.Overflow | decimal.InvalidOperation | OverflowError):
        converted = OraError(1426)
    elif isinstance(error, RecursionError | MemoryError):
        converted = OraError(6500)
    elif isinstance(error, AttributeError) and str(error).startswith("'NoneType' object"):
        converted = OraError(6531 if error.name in _COLLECTION_METHODS else 6530)
    else:
        _LOG.error("defect of the stand-in", exc_info=error)
        detail = f"{type(error).__name__}: {error}"
        converted = OraError(600, text=f"internal error code, arguments: [{detail}]")
    converted.__traceback__ = error.__traceback__
    converted.__cause__ = error
    return converted


# Compiled code objects are known by their file name; each has its unit and its line table.
FILE_PREFIX = "plsql:"
LINE_TABLES: dict[str, tuple[str, list[int]]] = {}


def _positions(traceback: TracebackType | None) -> Iterator[str]:
    """Where compiled code stands in a traceback, outermost first: ``at "O.U", line 3``."""
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if filename.startswith(FILE_PREFIX):
            place = _place(filename, traceback.tb_lineno)
            if place is not None:
                yield place
        traceback = traceback.tb_next


def _place(filename: str, lineno: int) -> str | None:
    entry = LINE_TABLES.get(filename)
    if entry is None:
        return None
    unit, lines = entry
    line = lines[lineno - 1] if 0 < lineno <= len(lines) else 0
    if line == 0:
        return None
    return f'at "{unit}", line {line}' if unit else f"at line {line}"


def stack_lines(error: OraError) -> list[str]:
    """The ORA-06512 lines below the message, innermost first, and what a re-raise kept."""
    fresh = [f"ORA-06512: {place}" for place in _positions(error.__traceback__)]
    fresh.reverse()
    if fresh and getattr(error, "reraised", False):
        fresh = fresh[1:]
    return [*error.lines, *fresh, *getattr(error, "below", ())]


def backtrace(error: OraError) -> str:
    """DBMS_UTILITY.FORMAT_ERROR_BACKTRACE: from the last raise outwards, innermost first."""
    places = [f"ORA-06512: {place}" for place in _positions(error.__traceback__)]
    places.reverse()
    kept = [line for line in error.lines if line.startswith("ORA-06512")]
    if getattr(error, "reraised", False):
        return "\n".join(kept[:1])
    return "\n".join([*kept, *places])


def freeze(error: OraError, *further: str) -> OraError:
    """Move the lines known so far into ``error.lines``; the traceback starts anew."""
    error.lines = [*stack_lines(error), *further]
    error.reraised = False  # type: ignore[attr-defined]
    error.below = ()  # type: ignore[attr-defined]
    error.__traceback__ = None
    return error


def reraise(error: OraError, place: str) -> OraError:
    """``RAISE;`` in a handler: the new place comes first, then where it came from."""
    error.lines = [f"ORA-06512: {place}", *stack_lines(error)]
    error.reraised = True  # type: ignore[attr-defined]
    error.below = ()  # type: ignore[attr-defined]
    error.__traceback__ = None
    return error


def error_stack(error: OraError) -> str:
    """DBMS_UTILITY.FORMAT_ERROR_STACK: message and lines, each ended by a line feed."""
    return "\n".join([error.message, *stack_lines(error)]) + "\n"


def sqlcode(error: OraError | None) -> int:
    """SQLCODE: 100 for NO_DATA_FOUND, 1 for an exception without a number."""
    if error is None:
        return 0
    if isinstance(error, UserException):
        return 1
    return 100 if error.code == 1403 else -error.code


def sqlerrm(error: OraError | None) -> str:
    """SQLERRM without argument."""
    if error is None:
        return "ORA-0000: normal, successful completion"
    if isinstance(error, UserException):
        return "User-Defined Exception"
    if getattr(error, "recursive", False):
        # it came out of a SQL statement that ran PL/SQL: its stack is part of the message
        return "\n".join([error.message, *error.lines])[:512]
    return error.message[:512]


def message_for(code: int) -> str:
    """SQLERRM(code)."""
    if code == 0:
        return sqlerrm(None)
    if code == 100:
        return "ORA-01403: no data found"
    if code > 0:
        return "User-Defined Exception" if code == 1 else f"-{code}: non-ORACLE exception "
    if -20999 <= code <= -20000:
        return f"ORA{code}: "
    template = MESSAGES.get(-code)
    number = f"ORA-{-code:05d}"
    if template is None:
        return f"{number}: Message {-code} not found;  product=RDBMS; facility=ORA"
    return f"{number}: {_plain(template)}"


def call_stack(unit_lines: int = 0) -> list[tuple[str, int]]:
    """The active compiled frames, innermost first, as (unit, line)."""
    frame = sys._getframe(1)
    found: list[tuple[str, int]] = []
    current: Any = frame
    while current is not None:
        filename = current.f_code.co_filename
        if filename.startswith(FILE_PREFIX):
            entry = LINE_TABLES.get(filename)
            if entry is not None:
                unit, lines = entry
                number = current.f_lineno
                line = lines[number - 1] if 0 < number <= len(lines) else 0
                if line:
                    found.append((unit, line))
        current = current.f_back
    return found[unit_lines:]
