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
    quote,
    text_literal,
)
from devkit.oracle.values import DATE, NUMBER, VARCHAR2, Kind, OraType

if TYPE_CHECKING:
    from devkit.oracle.sql.expressions import Expressions
    from devkit.oracle.sql.scope import Block


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
        return f"('\"' || pg_catalog.to_char({value.sql} AT TIME ZONE 'UTC', {mask}) || '\"')"
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
    default = node.args.get("default_value")
    default_value = ex.value(default, block) if default is not None else None
    return _typed_value(ex, document, steps, target, node.args.get("options") or {}, default_value)


def _typed_value(
    ex: Expressions,
    document: str,
    steps: str,
    target: OraType,
    options: dict[str, Any],
    default: Typed | None,
) -> Typed:
    """A scalar from a document as ``target``; errors are NULL unless ERROR ON ERROR."""
    errors = options.get("ON ERROR", "NULL")
    empty = options.get("ON EMPTY", errors)
    strict = "true" if errors == "ERROR" else "false"
    text = (
        f"ora.json_value({document}, {steps}, {strict}, {'true' if empty == 'ERROR' else 'false'})"
    )
    kind = target.kind
    if kind in NUMERIC:
        sql = text + "::numeric" if errors == "ERROR" else f"ora.json_to_number({text})"
        value = Typed(sql, NUMBER)
        if target.precision is not None:
            value = Typed(
                f"ora.fit_number({value.sql}, {target.precision}, {target.scale or 0})", target
            )
    elif kind is Kind.DATE:
        value = Typed(f"date_trunc('day', ora.json_to_timestamp({text}, {strict}))", DATE)
    elif kind in STAMPS:
        value = Typed(f"ora.json_to_timestamp({text}, {strict})", OraType(Kind.TIMESTAMP, scale=6))
        if kind in ZONED:
            value = Typed(f"({text})::timestamptz", target)
    elif kind in TEXT:
        value = Typed(text, replace(target))
        if target.length is not None and kind is not Kind.CLOB:
            unit = "length" if target.char_semantics else "octet_length"
            limit = f"CASE WHEN {unit}({text}) <= {target.length} THEN {text} END"
            if errors == "ERROR":
                value = Typed(f"ora.json_fit({text}, {target.length})", target)
            elif target.length < 4000:
                value = Typed(limit, target)
    else:
        raise unsupported(f"JSON_VALUE RETURNING {kind.value}")
    if default is not None:
        fallback = ex.ctx.conversions.convert(default, value.type)
        return Typed(f"COALESCE({value.sql}, {fallback.sql})", value.type)
    return value


def _query(ex: Expressions, node: Any, block: Block) -> Typed:
    options = node.args.get("options") or {}
    wrapper = options.get("WRAPPER", "WITHOUT")
    errors = options.get("ON ERROR", "NULL")
    steps = _path(ex, node.args.get("path"), block, node.args.get("passing"))
    strict = "true" if errors == "ERROR" else "false"
    sql = (
        f"ora.json_query({_document(ex, node, block)}, {steps}, {text_literal(wrapper)}, {strict})"
    )
    empty = {"EMPTY ARRAY": "'[]'::text", "EMPTY": "'[]'::text", "EMPTY OBJECT": "'{}'::text"}
    for clause in ("ON EMPTY", "ON ERROR"):
        if options.get(clause) in empty:
            sql = f"COALESCE({sql}, {empty[options[clause]]})"
            break
    returning = node.args.get("returning")
    return Typed(sql, data_type(returning) if returning is not None else VARCHAR2, json=True)


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
    """The SELECT that stands for JSON_TABLE, and its columns. Nested paths are outer joins."""
    document = _document(ex, node, block)
    steps = _path(ex, node.args.get("path"), block, node.args.get("passing"))
    options = node.args.get("options") or {}
    if options.get("ON ERROR") == "ERROR":
        document = f"ora.json_checked({document})"
    items: list[str] = []
    columns: list[tuple[str, OraType]] = []
    first = ex.ctx.alias("j")
    from_parts = [f"ora.json_rows({document}, {steps}) AS {first}(item, n)"]
    _table_columns(ex, node.args["columns"], first, items, columns, from_parts, block)
    return f"SELECT {', '.join(items)} FROM {' '.join(from_parts)}", columns


def _table_columns(
    ex: Expressions,
    definitions: list[dict[str, Any]],
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
            _table_columns(ex, column["nested"], inner, items, columns, from_parts, block)
            continue
        name = folded(column["name"])
        value = _table_column(ex, column, name, row, block)
        items.append(f"{value.sql} AS {quote(name)}")
        columns.append((name, value.type))


def _table_column(
    ex: Expressions, column: dict[str, Any], name: str, row: str, block: Block
) -> Typed:
    if column.get("ordinality"):
        return Typed(f"{row}.n::numeric", NUMBER)
    path = column.get("path")
    steps = _path(ex, path, block) if path is not None else path_array(f'$."{name}"')
    document = f"{row}.item"
    type_ = data_type(column["type"]) if column.get("type") is not None else VARCHAR2
    if column.get("exists"):
        found = f"ora.json_has({document}, {steps})"
        if type_.kind in NUMERIC:
            return Typed(f"({found})::int::numeric", NUMBER)
        return Typed(f"CASE WHEN {found} THEN 'true' ELSE 'false' END", type_)
    options = column.get("options") or {}
    if column.get("format"):
        wrapper = options.get("WRAPPER", "WITHOUT")
        sql = f"ora.json_query({document}, {steps}, {text_literal(wrapper)}, false)"
        return Typed(sql, type_, json=True)
    default = column.get("default")
    return _typed_value(
        ex,
        document,
        steps,
        type_,
        options,
        ex.value(default, block) if default is not None else None,
    )
