"""The types of PL/SQL as the compiler knows them, and which of them convert to which.

A scalar carries the constraint that an assignment checks; records and collections name the run-time
class that holds their values. Types of one declaration are one object: PL/SQL compares named types
by identity.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from devkit.oracle.values import Kind, OraType

PLS_MIN = -(2**31)
PLS_MAX = 2**31 - 1

NUMERIC = frozenset({Kind.NUMBER, Kind.PLS_INTEGER, Kind.BINARY_FLOAT, Kind.BINARY_DOUBLE})
BINARY = frozenset({Kind.BINARY_FLOAT, Kind.BINARY_DOUBLE})
TEXT = frozenset(
    {Kind.VARCHAR2, Kind.NVARCHAR2, Kind.CHAR, Kind.NCHAR, Kind.LONG, Kind.CLOB, Kind.ROWID}
)
FIXED = frozenset({Kind.CHAR, Kind.NCHAR})
TEMPORAL = frozenset({Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMP_TZ, Kind.TIMESTAMP_LTZ})
STAMPS = TEMPORAL - {Kind.DATE}
INTERVALS = frozenset({Kind.INTERVAL_DS, Kind.INTERVAL_YM})
BYTES = frozenset({Kind.RAW, Kind.BLOB})


class PlType:
    """Any type; ``kind`` is its base."""

    __slots__ = ()
    kind: Kind

    @property
    def is_composite(self) -> bool:
        return False

    def ora(self) -> OraType:
        return OraType(self.kind)

    def describe(self) -> str:
        return self.kind.value


@dataclass(frozen=True, slots=True)
class Scalar(PlType):
    """A scalar with its constraint; ``low`` and ``high`` are those of a RANGE."""

    kind: Kind
    length: int | None = None
    char_semantics: bool = False
    precision: int | None = None
    scale: int | None = None
    not_null: bool = False
    low: int | None = None
    high: int | None = None
    boolean_only: bool = False

    def ora(self) -> OraType:
        return OraType(self.kind, self.length, self.char_semantics, self.precision, self.scale)

    def unconstrained(self) -> Scalar:
        """The base type: what a parameter or a function result of this type accepts."""
        if self.kind is Kind.PLS_INTEGER:
            return replace(self, not_null=self.not_null)
        return Scalar(self.kind, not_null=self.not_null)

    def describe(self) -> str:
        return self.kind.value


@dataclass(slots=True, eq=False)
class FieldType:
    """A field of a record or an attribute of an object; ``attr`` is its Python attribute."""

    name: str
    type: PlType
    attr: str
    not_null: bool = False


@dataclass(slots=True, eq=False)
class RecordType(PlType):
    """``cls`` is the Python class of its values; ``is_row`` marks %ROWTYPE and cursor rows, which
    convert to records of the same shape."""

    name: str
    fields: dict[str, FieldType]
    cls: Any
    is_row: bool = False
    kind: Kind = Kind.RECORD

    @property
    def is_composite(self) -> bool:
        return True

    def ora(self) -> OraType:
        return OraType(Kind.RECORD, name=(None, None, self.name))

    def describe(self) -> str:
        return self.name


@dataclass(slots=True, eq=False)
class CollectionType(PlType):
    """``form`` is 'INDEX BY', 'TABLE' or 'VARRAY'; ``key`` the index type of the first."""

    name: str
    form: str
    element: PlType
    key: Scalar | None = None
    limit: int | None = None
    owner: str | None = None  # of a schema-level type, else None
    package: str | None = None
    factory: Any = None
    kind: Kind = Kind.COLLECTION

    @property
    def is_composite(self) -> bool:
        return True

    def ora(self) -> OraType:
        return OraType(Kind.COLLECTION, name=(self.owner, self.package, self.name))

    def describe(self) -> str:
        return self.name


@dataclass(slots=True, eq=False)
class CursorType(PlType):
    """A REF CURSOR type; ``row`` is the row of a strong one."""

    name: str = "SYS_REFCURSOR"
    row: PlType | None = None
    kind: Kind = Kind.CURSOR

    def describe(self) -> str:
        return self.name


@dataclass(slots=True, eq=False)
class ObjectType(PlType):
    """A SQL object type. ``methods`` maps names to overloads (compiler routines)."""

    owner: str
    name: str
    fields: dict[str, FieldType] = field(default_factory=dict)
    methods: dict[str, list[Any]] = field(default_factory=dict)
    constructors: list[Any] = field(default_factory=list)
    supertype: ObjectType | None = None
    instantiable: bool = True
    cls: Any = None
    unit: Any = None
    kind: Kind = Kind.OBJECT

    @property
    def is_composite(self) -> bool:
        return True

    def ora(self) -> OraType:
        return OraType(Kind.OBJECT, name=(self.owner, None, self.name))

    def describe(self) -> str:
        return self.name

    def is_a(self, other: ObjectType) -> bool:
        mine: ObjectType | None = self
        while mine is not None:
            if mine is other or (mine.owner == other.owner and mine.name == other.name):
                return True
            mine = mine.supertype
        return False


@dataclass(slots=True, eq=False)
class OpaqueType(PlType):
    """A type whose values are Python objects: JSON_OBJECT_T, the results of native packages. Its
    methods are resolved when they are called."""

    name: str
    cls: Any = None
    kind: Kind = Kind.OBJECT

    def describe(self) -> str:
        return self.name


@dataclass(slots=True, eq=False)
class AnyCollectionType(PlType):
    """A parameter of a supplied routine that takes any collection."""

    name: str = "<COLLECTION>"
    kind: Kind = Kind.COLLECTION


NUMBER = Scalar(Kind.NUMBER)
PLS_INTEGER = Scalar(Kind.PLS_INTEGER)
VARCHAR2 = Scalar(Kind.VARCHAR2)
CHAR = Scalar(Kind.CHAR)
CLOB = Scalar(Kind.CLOB)
BLOB = Scalar(Kind.BLOB)
RAW = Scalar(Kind.RAW)
DATE = Scalar(Kind.DATE)
TIMESTAMP = Scalar(Kind.TIMESTAMP, scale=9)
TIMESTAMP_TZ = Scalar(Kind.TIMESTAMP_TZ, scale=9)
TIMESTAMP_LTZ = Scalar(Kind.TIMESTAMP_LTZ, scale=9)
INTERVAL_DS = Scalar(Kind.INTERVAL_DS)
INTERVAL_YM = Scalar(Kind.INTERVAL_YM)
BOOLEAN = Scalar(Kind.BOOLEAN)
BINARY_DOUBLE = Scalar(Kind.BINARY_DOUBLE)
BINARY_FLOAT = Scalar(Kind.BINARY_FLOAT)
ROWID = Scalar(Kind.ROWID)
NULL = Scalar(Kind.NULL)
ANY = OpaqueType("ANY")
REF_CURSOR = CursorType()

# Names that mean a type everywhere unless a declaration hides them (package STANDARD).
STANDARD_TYPES: dict[str, PlType] = {
    "NUMBER": NUMBER,
    "NUMERIC": NUMBER,
    "DECIMAL": NUMBER,
    "DEC": NUMBER,
    "FLOAT": NUMBER,
    "REAL": NUMBER,
    "DOUBLE PRECISION": NUMBER,
    "INTEGER": Scalar(Kind.NUMBER, precision=38, scale=0),
    "INT": Scalar(Kind.NUMBER, precision=38, scale=0),
    "SMALLINT": Scalar(Kind.NUMBER, precision=38, scale=0),
    "PLS_INTEGER": PLS_INTEGER,
    "BINARY_INTEGER": PLS_INTEGER,
    "SIMPLE_INTEGER": Scalar(Kind.PLS_INTEGER, not_null=True),
    "NATURAL": Scalar(Kind.PLS_INTEGER, low=0, high=PLS_MAX),
    "NATURALN": Scalar(Kind.PLS_INTEGER, low=0, high=PLS_MAX, not_null=True),
    "POSITIVE": Scalar(Kind.PLS_INTEGER, low=1, high=PLS_MAX),
    "POSITIVEN": Scalar(Kind.PLS_INTEGER, low=1, high=PLS_MAX, not_null=True),
    "SIGNTYPE": Scalar(Kind.PLS_INTEGER, low=-1, high=1),
    "BINARY_FLOAT": BINARY_FLOAT,
    "BINARY_DOUBLE": BINARY_DOUBLE,
    "SIMPLE_FLOAT": Scalar(Kind.BINARY_FLOAT, not_null=True),
    "SIMPLE_DOUBLE": Scalar(Kind.BINARY_DOUBLE, not_null=True),
    "VARCHAR2": VARCHAR2,
    "VARCHAR": VARCHAR2,
    "STRING": VARCHAR2,
    "NVARCHAR2": Scalar(Kind.NVARCHAR2, char_semantics=True),
    "CHAR": CHAR,
    "CHARACTER": CHAR,
    "NCHAR": Scalar(Kind.NCHAR, char_semantics=True),
    "LONG": Scalar(Kind.LONG),
    "LONG RAW": RAW,
    "RAW": RAW,
    "CLOB": CLOB,
    "NCLOB": CLOB,
    "BLOB": BLOB,
    "DATE": DATE,
    "TIMESTAMP": TIMESTAMP,
    "TIMESTAMP_UNCONSTRAINED": TIMESTAMP,
    "TIMESTAMP_TZ_UNCONSTRAINED": TIMESTAMP_TZ,
    "TIMESTAMP_LTZ_UNCONSTRAINED": TIMESTAMP_LTZ,
    "DSINTERVAL_UNCONSTRAINED": INTERVAL_DS,
    "YMINTERVAL_UNCONSTRAINED": INTERVAL_YM,
    "BOOLEAN": BOOLEAN,
    "ROWID": ROWID,
    "UROWID": ROWID,
    "SYS_REFCURSOR": REF_CURSOR,
}


def from_ora(ora: OraType) -> Scalar:
    """The PL/SQL type of a column."""
    if ora.kind in (Kind.RECORD, Kind.COLLECTION, Kind.OBJECT, Kind.CURSOR, Kind.JSON):
        return Scalar(Kind.CLOB) if ora.kind is Kind.JSON else Scalar(ora.kind)
    scale = ora.scale
    if ora.kind is Kind.NUMBER and ora.precision is not None and scale is None:
        scale = 0
    return Scalar(ora.kind, ora.length, ora.char_semantics, ora.precision, scale)


def family(kind: Kind) -> str:
    """Types of one family convert to each other without loss of meaning."""
    if kind in NUMERIC:
        return "number"
    if kind in TEXT:
        return "text"
    if kind in TEMPORAL:
        return "date"
    if kind in BYTES:
        return "bytes"
    return kind.name


def convertible(source: PlType, target: PlType) -> bool:
    """Whether PL/SQL assigns ``source`` to ``target``, converting if need be."""
    return conversion_cost(source, target) is not None


_CROSS = {
    ("text", "number"),
    ("number", "text"),
    ("text", "date"),
    ("date", "text"),
    ("text", "bytes"),
    ("bytes", "text"),
    ("text", "INTERVAL_DS"),
    ("INTERVAL_DS", "text"),
    ("text", "INTERVAL_YM"),
    ("INTERVAL_YM", "text"),
}

# PL/SQL picks the overload with the narrowest numeric formal.
_NUMERIC_ORDER = [Kind.PLS_INTEGER, Kind.NUMBER, Kind.BINARY_FLOAT, Kind.BINARY_DOUBLE]


def conversion_cost(source: PlType, target: PlType) -> int | None:
    """0 for the same type, more for a conversion, None when there is none; ranks overloads."""
    if source is target or source.kind is Kind.NULL:
        return 0
    if isinstance(source, OpaqueType) or isinstance(target, OpaqueType):
        return _opaque_cost(source, target)
    if isinstance(source, Scalar) and isinstance(target, Scalar):
        return _scalar_cost(source.kind, target.kind)
    if isinstance(target, AnyCollectionType):
        return 0 if source.kind is Kind.COLLECTION else None
    if isinstance(source, CursorType) and isinstance(target, CursorType):
        return 0 if source.row is None or target.row is None or source is target else 1
    if isinstance(source, RecordType) and isinstance(target, RecordType):
        return _record_cost(source, target)
    if isinstance(source, ObjectType) and isinstance(target, ObjectType):
        return 0 if source.is_a(target) else None
    if isinstance(source, CollectionType) and isinstance(target, CollectionType):
        same = (source.owner, source.package, source.name) == (
            target.owner,
            target.package,
            target.name,
        )
        return 0 if same and source.owner is not None else None
    return None


def _opaque_cost(source: PlType, target: PlType) -> int | None:
    if isinstance(source, OpaqueType) and isinstance(target, OpaqueType):
        if source is ANY or target is ANY or source.name == target.name:
            return 0
        if source.cls and target.cls and issubclass(source.cls, target.cls):
            return 1
        return None
    if source is ANY or target is ANY:
        return 1
    return None


def _scalar_cost(source: Kind, target: Kind) -> int | None:
    if source is target:
        return 0
    one, other = family(source), family(target)
    if one == other:
        if one == "number":
            distance = _NUMERIC_ORDER.index(target) - _NUMERIC_ORDER.index(source)
            return distance if distance > 0 else 4 - distance
        if one == "text":
            return 1 if Kind.CLOB not in (source, target) else 3
        return 1
    return 10 if (one, other) in _CROSS else None


def _record_cost(source: RecordType, target: RecordType) -> int | None:
    if not (source.is_row or target.is_row) or len(source.fields) != len(target.fields):
        return None
    pairs = zip(source.fields.values(), target.fields.values(), strict=True)
    return 1 if all(convertible(a.type, b.type) for a, b in pairs) else None
