"""Oracle values and types as every layer of the stand-in passes them.

The Python form of each Oracle value (one form only, on every interface between the layers):

===========================  =====================================================================
Oracle                       Python
===========================  =====================================================================
NULL, and the empty string   ``None`` (never ``""`` and never ``b""``)
NUMBER, PLS_INTEGER          ``int`` when the value is integral and came cheap, else ``Decimal``;
                             consumers accept both, ``float`` never stands for a NUMBER
BINARY_FLOAT, BINARY_DOUBLE  ``float``
VARCHAR2, CHAR, NVARCHAR2,   ``str``
CLOB, LONG, ROWID
RAW, BLOB                    ``bytes``
DATE                         naive ``datetime`` with ``microsecond == 0``
TIMESTAMP                    naive ``datetime``
TIMESTAMP WITH TIME ZONE     aware ``datetime`` with a fixed offset
INTERVAL DAY TO SECOND       ``timedelta``
INTERVAL YEAR TO MONTH       :class:`Months`
BOOLEAN                      ``bool``
REF CURSOR                   an object with the :class:`devkit.oracle.contracts.ResultCursor` interface
===========================  =====================================================================

Records, collections and object instances are classes of ``plsql.machine``; they never reach ``net``.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass


class Kind(enum.Enum):
    """The base types; PL/SQL subtypes are reduced to one of these plus their constraint."""

    NUMBER = "NUMBER"
    PLS_INTEGER = "PLS_INTEGER"  # BINARY_INTEGER, SIMPLE_INTEGER, NATURAL, POSITIVE …
    BINARY_FLOAT = "BINARY_FLOAT"
    BINARY_DOUBLE = "BINARY_DOUBLE"
    VARCHAR2 = "VARCHAR2"
    NVARCHAR2 = "NVARCHAR2"
    CHAR = "CHAR"
    NCHAR = "NCHAR"
    LONG = "LONG"
    CLOB = "CLOB"
    BLOB = "BLOB"
    RAW = "RAW"
    DATE = "DATE"
    TIMESTAMP = "TIMESTAMP"
    TIMESTAMP_TZ = "TIMESTAMP WITH TIME ZONE"
    TIMESTAMP_LTZ = "TIMESTAMP WITH LOCAL TIME ZONE"
    INTERVAL_DS = "INTERVAL DAY TO SECOND"
    INTERVAL_YM = "INTERVAL YEAR TO MONTH"
    BOOLEAN = "BOOLEAN"
    ROWID = "ROWID"
    JSON = "JSON"
    CURSOR = "REF CURSOR"
    RECORD = "RECORD"
    COLLECTION = "COLLECTION"
    OBJECT = "OBJECT"
    NULL = "NULL"  # the type of a bare NULL literal or of an untyped None bind


@dataclass(frozen=True, slots=True)
class OraType:
    """A base type with its constraint.

    ``length`` is in bytes, or in characters when ``char_semantics``; ``precision`` and ``scale`` are
    those of NUMBER (both None: unconstrained) or the fractional digits (``scale``) of a timestamp.
    ``name`` is (owner, package or None, type name), folded, for named records, collections, objects.
    """

    kind: Kind
    length: int | None = None
    char_semantics: bool = False
    precision: int | None = None
    scale: int | None = None
    name: tuple[str | None, str | None, str] | None = None

    @property
    def is_float(self) -> bool:
        """FLOAT: a NUMBER with a binary precision; Oracle shows it with the scale -127."""
        return self.kind is Kind.NUMBER and self.scale == FLOAT_SCALE

    @property
    def float_digits(self) -> int:
        """The decimal digits that a FLOAT keeps."""
        return math.ceil((self.precision or FLOAT_PRECISION) * 0.30103)


FLOAT_SCALE = -127
FLOAT_PRECISION = 126  # of FLOAT alone, and of DOUBLE PRECISION


def float_type(precision: int = FLOAT_PRECISION) -> OraType:
    """FLOAT(precision); REAL is FLOAT(63)."""
    return OraType(Kind.NUMBER, precision=precision, scale=FLOAT_SCALE)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a query result, a table or a view; ``name`` is folded as Oracle shows it."""

    name: str
    type: OraType
    nullable: bool = True


@dataclass(frozen=True, slots=True, order=True)
class Months:
    """An INTERVAL YEAR TO MONTH, as its signed number of months."""

    months: int


NUMBER = OraType(Kind.NUMBER)
PLS_INTEGER = OraType(Kind.PLS_INTEGER)
VARCHAR2 = OraType(Kind.VARCHAR2, 4000)
DATE = OraType(Kind.DATE)
TIMESTAMP = OraType(Kind.TIMESTAMP, scale=6)
CLOB = OraType(Kind.CLOB)
RAW = OraType(Kind.RAW, 2000)
BLOB = OraType(Kind.BLOB)
BOOLEAN = OraType(Kind.BOOLEAN)
NULL = OraType(Kind.NULL)
