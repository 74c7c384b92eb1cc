"""The one canonical row definition: read from Oracle's SQL, given to each engine in its own.

The Oracle text (``queries.sql``, ``canonical_row``) runs in Oracle as written. It is read here into
*terms*, a list that knows only what every engine computes alike; whatever else the text holds is
refused by the type of its node. Spark's and DuckDB's texts and the Python kernel are made from the
terms, so that no rule exists twice. What sqlglot's own translation would change in silence:
``TO_CHAR`` masks, ``||`` with NULL, ``RTRIM``, unknown functions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

from spark_offload.errors import DefinitionError
from spark_offload.queries import query

VERSION = 1
SEPARATOR = "\x1f"

# Columns of vw_crm_clients in the definition that are not text; the others are VARCHAR2.
COLUMN_TYPES: Mapping[str, str] = {"sales_rep": "integer"}

# Oracle's mask → Spark's date_format pattern, DuckDB's strftime format
_MOMENT_MASKS = {
    "YYYY-MM-DD": ("yyyy-MM-dd", "%Y-%m-%d"),
    "YYYY-MM-DD HH24:MI:SS": ("yyyy-MM-dd HH:mm:ss", "%Y-%m-%d %H:%M:%S"),
    "YYYY-MM-DD HH24:MI:SS.FF6": ("yyyy-MM-dd HH:mm:ss.SSSSSS", "%Y-%m-%d %H:%M:%S.%f"),
}
_NUMBER_MASK = re.compile(r"FM(?P<digits>9*0)(?:\.(?P<scale>0+))?")
_MAX_DIGITS = 38


@dataclass(frozen=True, slots=True)
class Separator:
    """CHR(31)."""


@dataclass(frozen=True, slots=True)
class Text:
    """A VARCHAR2 column; ``trimmed``: without trailing blanks."""

    column: str
    trimmed: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A NUMBER column as text with ``scale`` decimals.

    ``precision`` counts all digits. A wider value is ``####`` in Oracle, where all such values hash
    alike; engines are told to fail on it.
    """

    column: str
    precision: int = _MAX_DIGITS
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """A DATE or TIMESTAMP column without zone; ``mask`` is Oracle's."""

    column: str
    mask: str


Term = Separator | Text | Number | Moment


@dataclass(frozen=True, slots=True)
class Definition:
    """The terms of the canonical text, in order. Its hash is the lower-case hex of SHA-256."""

    terms: tuple[Term, ...]
    version: int = VERSION

    @property
    def columns(self) -> list[str]:
        return [term.column for term in self.terms if not isinstance(term, Separator)]

    def sql(self, dialect: str) -> str:
        """The hash expression for 'spark' or 'duckdb', over columns of the same names."""
        parts = [_engine_term(term, dialect) for term in self.terms]
        text = exp.Concat(expressions=parts, safe=False, coalesce=False)
        hashed: exp.Expression
        if dialect == "spark":
            hashed = exp.SHA2(this=text, length=exp.Literal.number(256))
        elif dialect == "duckdb":
            hashed = exp.Anonymous(this="SHA256", expressions=[text])
        else:
            raise DefinitionError(f"no engine {dialect!r}")
        return str(hashed.sql(dialect=dialect, unsupported_level=ErrorLevel.RAISE))


def parse(oracle_sql: str, column_types: Mapping[str, str] = COLUMN_TYPES) -> Definition:
    """Read a definition; anything outside the short list of constructs raises DefinitionError.

    :param oracle_sql: a SELECT of the one hash expression
    :param column_types: 'integer', 'number' or 'moment' for columns that are not text
    """
    try:
        tree = sqlglot.parse_one(oracle_sql, read="oracle")
    except sqlglot.ParseError as exc:
        raise DefinitionError(str(exc)) from exc
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1:
        raise DefinitionError("a definition selects one expression")
    expression = tree.expressions[0].unalias()
    text = _hashed_text(expression)
    terms = tuple(_term(node, column_types) for node in _flatten(text))
    _check_separators(terms)
    return Definition(terms)


@cache
def client_definition() -> Definition:
    """The definition of the client branches."""
    return parse(query("canonical_row"))


# ---------------------------------------------------------------------- reading Oracle's text


def _hashed_text(node: exp.Expression) -> exp.Expression:
    """``LOWER(RAWTOHEX(STANDARD_HASH(text, 'SHA256')))`` → text."""
    if isinstance(node, exp.Lower):
        node = node.this
        # sqlglot knows RAWTOHEX under different classes in different versions
        if _function(node) in ("RAWTOHEX", "HEX"):
            inner = _arguments(node)[0]
            if isinstance(inner, exp.StandardHash):
                algorithm = inner.expression
                if isinstance(algorithm, exp.Literal) and algorithm.this.upper() == "SHA256":
                    text: exp.Expression = inner.this
                    return text
                raise DefinitionError("the algorithm must be an explicit 'SHA256'")
    raise DefinitionError("a definition is LOWER(RAWTOHEX(STANDARD_HASH(text, 'SHA256')))")


def _function(node: exp.Expression) -> str:
    if isinstance(node, exp.Anonymous):
        return str(node.this).upper()
    if isinstance(node, exp.Func):
        return str(node.sql_names()[0]).upper()
    return ""


def _arguments(node: exp.Expression) -> list[exp.Expression]:
    if isinstance(node, exp.Anonymous):
        return list(node.expressions)
    return [node.this]


def _flatten(node: exp.Expression) -> list[exp.Expression]:
    if isinstance(node, exp.Paren):
        return _flatten(node.this)
    if isinstance(node, exp.DPipe):
        return [*_flatten(node.this), *_flatten(node.expression)]
    return [node]


def _term(node: exp.Expression, types: Mapping[str, str]) -> Term:
    if isinstance(node, exp.Chr) and [str(code) for code in node.expressions] == ["31"]:
        return Separator()
    if isinstance(node, exp.Column):
        name = _column(node)
        if types.get(name, "text") != "text":
            raise DefinitionError(f"{name} is not text: its format must be spelled out")
        return Text(name)
    if isinstance(node, exp.Trim):
        return _trim(node, types)
    if isinstance(node, exp.ToChar | exp.TimeToStr):
        return _to_char(node, types)
    raise DefinitionError(f"not allowed in a definition: {node.sql(dialect='oracle')}")


def _column(node: exp.Expression) -> str:
    if not isinstance(node, exp.Column):
        raise DefinitionError(f"a column was expected: {node.sql(dialect='oracle')}")
    return str(node.name).lower()


def _trim(node: exp.Trim, types: Mapping[str, str]) -> Term:
    blank = node.expression
    is_blank = isinstance(blank, exp.Literal) and blank.is_string and blank.this == " "
    if str(node.args.get("position")).upper() != "TRAILING" or not is_blank:
        raise DefinitionError("only RTRIM(x, ' ') trims alike in all engines")
    name = _column(node.this)
    if types.get(name, "text") != "text":
        raise DefinitionError(f"RTRIM of {name}, which is not text")
    return Text(name, trimmed=True)


def _to_char(node: exp.Expression, types: Mapping[str, str]) -> Term:
    name = _column(node.this)
    kind = types.get(name, "text")
    mask_node = node.args.get("format")
    if node.args.get("nlsparam") is not None:
        raise DefinitionError(f"TO_CHAR({name}) with NLS parameters")
    if mask_node is None:
        if kind != "integer":
            raise DefinitionError(f"TO_CHAR({name}) without a mask: integers only")
        return Number(name)
    if isinstance(node, exp.TimeToStr):
        # Here sqlglot has translated the mask to strftime; Oracle's is found by its translation.
        masks = {python: mask for mask, (_, python) in _MOMENT_MASKS.items()}
        mask = masks.get(str(mask_node.this), "")
    else:
        mask = str(mask_node.this)
    if mask in _MOMENT_MASKS and kind == "moment":
        return Moment(name, mask)
    number = _NUMBER_MASK.fullmatch(mask)
    if number and kind in ("integer", "number"):
        scale = len(number["scale"] or "")
        return Number(name, len(number["digits"]) + scale, scale)
    raise DefinitionError(f"mask {mask or mask_node.sql()!r} for {name} ({kind})")


def _check_separators(terms: Sequence[Term]) -> None:
    """Each field must be followed by the separator, or two rows could give one text."""
    if len(terms) % 2 or not terms:
        raise DefinitionError("each field must be followed by CHR(31)")
    for field, separator in zip(terms[::2], terms[1::2], strict=True):
        if isinstance(field, Separator) or not isinstance(separator, Separator):
            raise DefinitionError("each field must be followed by CHR(31)")


# ---------------------------------------------------------------------- writing for an engine


def _engine_term(term: Term, dialect: str) -> exp.Expression:
    if isinstance(term, Separator):
        # By its code: a control character in a literal depends on the engine's escapes.
        return exp.Anonymous(this="CHR", expressions=[exp.Literal.number(ord(SEPARATOR))])
    column = exp.column(term.column)
    value: exp.Expression
    if isinstance(term, Text):
        value = column
        if term.trimmed:
            value = exp.Trim(this=column, position="TRAILING", expression=exp.Literal.string(" "))
    elif isinstance(term, Number):
        decimal = exp.cast(column, exp.DataType.build(f"DECIMAL({term.precision}, {term.scale})"))
        value = exp.cast(decimal, exp.DataType.build("TEXT"))
    else:
        spark, duckdb = _MOMENT_MASKS[term.mask]
        name, pattern = ("DATE_FORMAT", spark) if dialect == "spark" else ("STRFTIME", duckdb)
        value = exp.Anonymous(this=name, expressions=[column, exp.Literal.string(pattern)])
    return exp.Coalesce(this=value, expressions=[exp.Literal.string("")])
