"""SQL/JSON: documents are text, generated in Oracle's compact form and read with their key order
kept.

Paths are walked over PostgreSQL's ``json``, which keeps the text as it is.
"""

# ruff: noqa: S608  (building SQL text is the work here: names are quoted, values bound)

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.passes.casting import data_type
from devkit.oracle.sql.passes.json_paths import path_array
from devkit.oracle.sql.passes.registry import Call, condition, function
from devkit.oracle.sql.scope import folded
from devkit.oracle.sql.typing import (
    BYTES,
    DATES,
    NUMERIC,
    STAMPS,
    TEXT,
    ZONED,
    Typed,
    instant,
    quote,
    text_literal,
)
from devkit.oracle.values import DATE, NUMBER, VARCHAR2, Kind, OraType

if TYPE_CHECKING:
    from devkit.oracle.sql.expressions import Expressions
    from devkit.oracle.sql.scope import Block


# Without a length a text result is a VARCHAR2(4000).
_DEFAULT_LENGTH = 4000
_QUERY_RESULTS = {
    "NULL": "NULL::text",
    "ERROR": "'ERROR'::text",
    "EMPTY": "'[]'::text",
    "EMPTY ARRAY": "'[]'::text",
    "EMPTY OBJECT": "'{}'::text",
}


def json_call(ex: Expressions, node: Any, block: Block) -> Typed:
    """Any SQL/JSON function in an expression."""
    name = str(node.args["name"])
    if name in {"JSON_OBJECT", "JSON_OBJECTAGG", "JSON_ARRAY", "JSON_ARRAYAGG"}:
        return _generate(ex, node, name, block)
    if name == "JSON_VALUE":
        document = _document(ex, node, block)
        return _value(
            ex,
            node,
            document,
            _path(ex, node.args.get("path"), block, node.args.get("passing")),
            block,
        )
    if name == "JSON_QUERY":
        return _query(ex, node, block)
    raise unsupported(f"{name} in this place")


def json_exists(ex: Expressions, node: Any, block: Block) -> str:
    document = _document(ex, node, block)
    steps = _path(ex, node.args.get("path"), block, node.args.get("passing"))
    options = node.args.get("options") or {}
    if options.get("ON ERROR") == "ERROR":
        return f"ora.json_has(ora.json_checked({document}), {steps})"
    return f"ora.json_has({document}, {steps})"


# --------------------------------------------------------------------------- generating


def _fragment(value: Typed, formatted: bool) -> str:
    """The JSON text of a SQL value, SQL NULL staying NULL."""
    kind = value.kind
    if value.is_null:
        return "NULL::text"
    if value.json or formatted or kind is Kind.JSON:
        return value.sql
    if kind in NUMERIC:
        return f"ora.json_number(({value.sql})::numeric)"
    if kind in TEXT or kind is Kind.ROWID:
        return f"ora.json_string({value.sql})"
    if kind is Kind.DATE:
        return f"('\"' || pg_catalog.to_char({value.sql}, 'YYYY-MM-DD\"T\"HH24:MI:SS') || '\"')"
    if kind in ZONED:
        mask = '\'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\''
        moment = f"{instant(value)} AT TIME ZONE 'UTC'"
        return f"('\"' || pg_catalog.to_char({moment}, {mask}) || '\"')"
    if kind in DATES:
        return f"('\"' || pg_catalog.to_char({value.sql}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || '\"')"
    if kind in BYTES:
        return f"('\"' || upper(encode({value.sql}, 'hex')) || '\"')"
    raise unsupported(f"{kind.value} in JSON")


def _generate(ex: Expressions, node: Any, name: str, block: Block) -> Typed:
    options = node.args.get("options") or {}
    arguments = node.args.get("expressions") or []
    formats = node.args.get("formats") or []
    default = "NULL" if name.startswith("JSON_OBJECT") else "ABSENT"
    absent = options.get("ON NULL", default) == "ABSENT"
    if options.get("UNIQUE"):
        raise unsupported("WITH UNIQUE KEYS")
    convert = ex.ctx.conversions
    if name == "JSON_OBJECT":
        if not arguments and node.args.get("star"):
            arguments = _all_columns(block)
            formats = [False] * (len(arguments) // 2)
        pieces = []
        for index in range(0, len(arguments), 2):
            key = convert.to_text(ex.value(arguments[index], block)).sql
            fragment = _fragment(ex.value(arguments[index + 1], block), formats[index // 2])
            pieces += [key, fragment]
        inner = f"ARRAY[{', '.join(pieces)}]::text[]"
        sql = f"ora.json_object({inner}, {str(absent).lower()})"
    elif name == "JSON_ARRAY":
        fragments = [
            _fragment(ex.value(argument, block), formats[index])
            for index, argument in enumerate(arguments)
        ]
        sql = f"ora.json_array(ARRAY[{', '.join(fragments)}]::text[], {str(absent).lower()})"
    elif name == "JSON_ARRAYAGG":
        fragment = _fragment(ex.value(arguments[0], block), formats[0])
        order = node.args.get("order")
        order_sql = f" ORDER BY {ex.order_items(order, block)}" if order is not None else ""
        item = fragment if absent else f"COALESCE({fragment}, 'null')"
        sql = (
            "CASE WHEN count(*) > 0 THEN '[' || "
            f"COALESCE(string_agg({item}, ','{order_sql}), '') || ']' END"
        )
    else:
        key = convert.to_text(ex.value(arguments[0], block)).sql
        fragment = _fragment(ex.value(arguments[1], block), formats[0])
        item = fragment if absent else f"COALESCE({fragment}, 'null')"
        sql = (
            "CASE WHEN count(*) > 0 THEN '{' || "
            f"COALESCE(string_agg(ora.json_string({key}) || ':' || {item}, ','), '') || '}}' END"
        )
    if options.get("STRICT"):
        sql = f"ora.json_checked({sql})"
    returning = node.args.get("returning")
    type_ = data_type(returning) if returning is not None else VARCHAR2
    if type_.kind is Kind.BLOB:
        return Typed(f"convert_to({sql}, 'UTF8')", type_)
    if type_.kind in {Kind.VARCHAR2, Kind.NVARCHAR2}:
        return Typed(f"ora.json_fit({sql}, {type_.length or 4000})", type_, json=True)
    return Typed(f"({sql})", type_, json=True)


def _all_columns(block: Block) -> list[Any]:
    """The arguments that ``JSON_OBJECT(*)`` stands for."""
    found: list[Any] = []
    for source in block.sources:
        for name, column in source.columns.items():
            if not column.hidden:
                found.append(exp.Literal.string(name))
                found.append(exp.column(name, table=source.alias, quoted=True))
    return found


@function("JSON_MERGEPATCH", least=2, most=2)
def _mergepatch(call: Call) -> Typed:
    return Typed(
        f"ora.json_mergepatch({call.text(0).sql}, {call.text(1).sql})", VARCHAR2, json=True
    )


@condition("JSON_EQUAL", least=2, most=2)
def _equal(call: Call) -> str:
    return f"ora.json_equal({call.text(0).sql}, {call.text(1).sql})"


# --------------------------------------------------------------------------- reading


def _document(ex: Expressions, node: Any, block: Block) -> str:
    value = ex.value(node.args["expressions"][0], block)
    if value.kind in BYTES:
        return f"convert_from({value.sql}, 'UTF8')"
    return ex.ctx.conversions.to_text(value).sql


def _path(ex: Expressions, node: Any, block: Block, passing: Any = None) -> str:
    """The path as a text array, see ``json_paths``; ``passing`` are its variables."""
    if node is None:
        return "'{}'::text[]"
    value = ex.value(node, block)
    if value.literal is None:
        raise OraError(40454)
    variables = {}
    for name, variable in passing or ():
        fragment = _fragment(ex.value(variable, block), formatted=False)
        variables[name] = fragment
    return path_array(value.literal, variables)


def _value(ex: Expressions, node: Any, document: str, steps: str, block: Block) -> Typed:
    returning = node.args.get("returning")
    target = data_type(returning) if returning is not None else VARCHAR2
    options = node.args.get("options") or {}
    return _typed_value(ex, document, steps, target, options, _defaults(ex, node.args, block))


def _defaults(ex: Expressions, clauses: dict[str, Any], block: Block) -> dict[str, Typed]:
    """The values of DEFAULT … ON ERROR and DEFAULT … ON EMPTY, by the last word."""
    found = {}
    for clause in ("ERROR", "EMPTY"):
        default = clauses.get(f"default_on_{clause.lower()}")
        if default is not None:
            found[clause] = ex.value(default, block)
    return found


def _typed_value(
    ex: Expressions,
    document: str,
    steps: str,
    target: OraType,
    options: dict[str, Any],
    defaults: dict[str, Typed],
) -> Typed:
    """A scalar from a document as ``target``.

    Errors are NULL unless ON ERROR says otherwise; without ON EMPTY a missing field is an error
    (SQL Language Reference, JSON_VALUE). A JSON null is NULL and neither.
    """
    errors = options.get("ON ERROR", "NULL")
    empty = options.get("ON EMPTY", errors)
    is_strict = errors == "ERROR"
    strict = "true" if is_strict else "false"
    text = (
        f"ora.json_value({document}, {steps}, {strict}, {'true' if empty == 'ERROR' else 'false'})"
    )
    kind = target.kind
    if kind in NUMERIC:
        sql = text + "::numeric" if is_strict else f"ora.json_to_number({text})"
        value = Typed(sql, NUMBER)
        if target.is_float:
            value = Typed(f"ora.fit_float({sql}, {target.float_digits})", target)
        elif target.precision is not None:
            scale = target.scale or 0
            fitted = f"ora.fit_number({sql}, {target.precision}, {scale})"
            if not is_strict:
                limit = f"1e{target.precision - scale}::numeric"
                fitted = f"CASE WHEN abs(round({sql}, {scale})) < {limit} THEN {fitted} END"
            value = Typed(fitted, target)
    elif kind is Kind.DATE:
        value = Typed(f"date_trunc('day', ora.json_to_timestamp({text}, {strict}))", DATE)
    elif kind in STAMPS:
        value = Typed(f"ora.json_to_timestamp({text}, {strict})", OraType(Kind.TIMESTAMP, scale=6))
        if kind in ZONED:
            read = "ora.tstz_of" if is_strict else "ora.json_to_tstz"
            zoned = Typed(f"{read}({text})", OraType(Kind.TIMESTAMP_TZ, scale=6))
            value = ex.ctx.conversions.to_timestamp(zoned, target)
    elif kind in TEXT:
        value = Typed(_fitted(text, target, strict=is_strict), replace(target))
    else:
        raise unsupported(f"JSON_VALUE RETURNING {kind.value}")
    if not defaults:
        return value
    results = {
        clause: ex.ctx.conversions.convert(default, value.type).sql
        for clause, default in defaults.items()
    }
    if "EMPTY" not in results and "ON EMPTY" not in options and "ERROR" in results:
        results["EMPTY"] = results["ERROR"]
    # Each is for its own case, none for a JSON null. A value that does not fit is an error.
    found = value.sql
    if "ERROR" in results:
        found = f"COALESCE({found}, {results['ERROR']})"
    return Typed(
        f"CASE ora.json_state({document}, {steps})"
        f" WHEN 'EMPTY' THEN {results.get('EMPTY', value.sql)}"
        f" WHEN 'ERROR' THEN {results.get('ERROR', value.sql)} WHEN 'VALUE' THEN {found} END",
        value.type,
    )


def _fitted(text: str, target: OraType, *, strict: bool) -> str:
    """Text that is longer than its type is an error like others (ORA-40478)."""
    if target.kind is Kind.CLOB:
        return text
    characters = "true" if target.char_semantics else "false"
    length = target.length or _DEFAULT_LENGTH
    return f"ora.json_fit({text}, {length}, {characters}, {'true' if strict else 'false'})"


def _query(ex: Expressions, node: Any, block: Block) -> Typed:
    steps = _path(ex, node.args.get("path"), block, node.args.get("passing"))
    returning = node.args.get("returning")
    return _query_value(
        _document(ex, node, block),
        steps,
        data_type(returning) if returning is not None else VARCHAR2,
        node.args.get("options") or {},
    )


def _query_value(document: str, steps: str, target: OraType, options: dict[str, Any]) -> Typed:
    """An object or array as text; without ON EMPTY a missing field is an error."""
    errors = options.get("ON ERROR", "NULL")
    empty = options.get("ON EMPTY", errors)
    for clause in (errors, empty):
        if clause not in _QUERY_RESULTS:
            raise unsupported(f"{clause} ON … in JSON_QUERY")
    wrapper = text_literal(options.get("WRAPPER", "WITHOUT"))
    sql = (
        f"ora.json_query({document}, {steps}, {wrapper},"
        f" {_QUERY_RESULTS[errors]}, {_QUERY_RESULTS[empty]})"
    )
    if target.kind in TEXT:
        sql = _fitted(sql, target, strict=errors == "ERROR")
    return Typed(sql, target, json=True)


def dotted(node: Any, block: Block) -> Typed | None:
    """``alias.column.a.b``: simple dot notation, for a column that a constraint says IS JSON.

    A scalar comes as text, an object or array as JSON, several matches as an array. Field names are
    taken as they are written, upper and lower case told apart.
    """
    names = _names(node)
    if names is None or len(names) < 3:
        return None
    alias, column = (folded(name) for name in names[:2])
    current: Block | None = block
    while current is not None:
        for source in current.sources:
            if source.alias == alias and source.table is not None and column in source.columns:
                if not _is_json(source.table, column):
                    return None
                path = "$" + "".join(f'."{name.name}"' for name in names[2:])
                sql = f"ora.json_dot({source.columns[column].sql}, {path_array(path)})"
                return Typed(sql, VARCHAR2, json=False)
        current = current.parent
    return None


def _names(node: Any) -> list[Any] | None:
    if isinstance(node, exp.Dot):
        before = _names(node.this)
        if before is None or not isinstance(node.expression, exp.Identifier):
            return None
        return [*before, node.expression]
    if isinstance(node, exp.Column):
        parts = [node.args.get(part) for part in ("catalog", "db", "table", "this")]
        names = [part for part in parts if part is not None]
        return names if all(isinstance(part, exp.Identifier) for part in names) else None
    return None


def _is_json(table: Any, column: str) -> bool:
    test = re.compile(rf'\(*\s*"?{re.escape(column)}"?\s+IS\s+JSON\b', re.IGNORECASE)
    return any(one.kind == "C" and test.match(one.condition or "") for one in table.constraints)


# --------------------------------------------------------------------------- JSON_TABLE


def json_table(ex: Expressions, node: Any, block: Block) -> tuple[str, list[tuple[str, OraType]]]:
    """The SELECT that stands for JSON_TABLE, and its columns. Nested paths are outer joins.

    ERROR ON ERROR of the table makes bad JSON and a row path without match an error and is the
    default of each column (SQL Language Reference, JSON_TABLE: JSON_table_on_error_clause).
    """
    document = _document(ex, node, block)
    steps = _path(ex, node.args.get("path"), block, node.args.get("passing"))
    errors = (node.args.get("options") or {}).get("ON ERROR", "NULL")
    if errors not in ("ERROR", "NULL"):
        raise unsupported(f"{errors} ON ERROR of JSON_TABLE")
    rows = "ora.json_rows_or_error" if errors == "ERROR" else "ora.json_rows"
    items: list[str] = []
    columns: list[tuple[str, OraType]] = []
    first = ex.ctx.alias("j")
    from_parts = [f"{rows}({document}, {steps}) AS {first}(item, n)"]
    _table_columns(ex, node.args["columns"], errors, first, items, columns, from_parts, block)
    return f"SELECT {', '.join(items)} FROM {' '.join(from_parts)}", columns


def _table_columns(
    ex: Expressions,
    definitions: list[dict[str, Any]],
    errors: str,
    row: str,
    items: list[str],
    columns: list[tuple[str, OraType]],
    from_parts: list[str],
    block: Block,
) -> None:
    nested = [column for column in definitions if "nested" in column]
    if len(nested) > 1:
        raise unsupported("two sibling NESTED paths in JSON_TABLE")
    for column in definitions:
        if "nested" in column:
            inner = ex.ctx.alias("j")
            steps = _path(ex, column["path"], block)
            from_parts.append(
                f"LEFT JOIN LATERAL ora.json_rows({row}.item, {steps}) AS {inner}(item, n) ON true"
            )
            nested_columns = column["nested"]
            _table_columns(ex, nested_columns, errors, inner, items, columns, from_parts, block)
            continue
        name = folded(column["name"])
        value = _table_column(ex, column, errors, row, block)
        items.append(f"{value.sql} AS {quote(name)}")
        columns.append((name, value.type))


def _table_column(
    ex: Expressions, column: dict[str, Any], errors: str, row: str, block: Block
) -> Typed:
    """Without PATH the field has the name of the column as it is written, upper and lower case told
    apart (JSON Developer's Guide, JSON_TABLE)."""
    if column.get("ordinality"):
        return Typed(f"{row}.n::numeric", NUMBER)
    path = column.get("path")
    written = str(column["name"].this)
    steps = _path(ex, path, block) if path is not None else path_array(f'$."{written}"')
    document = f"{row}.item"
    type_ = data_type(column["type"]) if column.get("type") is not None else VARCHAR2
    if column.get("exists"):
        found = f"ora.json_has({document}, {steps})"
        if type_.kind in NUMERIC:
            return Typed(f"({found})::int::numeric", NUMBER)
        return Typed(f"CASE WHEN {found} THEN 'true' ELSE 'false' END", type_)
    options = {"ON ERROR": errors, **(column.get("options") or {})}
    if column.get("format"):
        return _query_value(document, steps, type_, options)
    defaults = _defaults(ex, column, block)
    return _typed_value(ex, document, steps, type_, options, defaults)
