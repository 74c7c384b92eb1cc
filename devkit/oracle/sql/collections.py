"""Collections and objects in SQL: constructors, TABLE(), the multiset operators, CAST, COLLECT.

Their PostgreSQL form is that of ``devkit.oracle.shapes``: a jsonb array with scalars as text.
"""

# ruff: noqa: S608  (building SQL text is the work here: names are quoted, values bound)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.shapes import COMPOSITE, Shape
from devkit.oracle.sql.calls import argument_query_in_from
from devkit.oracle.sql.passes.registry import Call, function
from devkit.oracle.sql.scope import (
    Block,
    Context,
    Param,
    Source,
    SourceColumn,
    column_parts,
    find_column,
    folded,
    position_of,
)
from devkit.oracle.sql.typing import TEXT, Typed, mismatch, parameter_type, pg_type, received
from devkit.oracle.values import NUMBER, Kind, OraType

if TYPE_CHECKING:
    from devkit.oracle.sql.expressions import Expressions
    from devkit.oracle.sql.queries import Queries


def shape_named(ctx: Context, type_: OraType) -> Shape:
    """The shape of a named type; ORA-00902 when SQL cannot use it."""
    owner, package, name = type_.name or (None, None, "")
    if owner is not None:
        parts: tuple[str, ...] = (owner, name) if package is None else (owner, package, name)
        found = named(ctx, parts, schema=owner, user=owner)
        if found is not None:
            return found
    raise OraError(902)


def named(
    ctx: Context, parts: tuple[str, ...], *, schema: str | None = None, user: str | None = None
) -> Shape | None:
    """The collection or object type of that name, else None."""
    find = getattr(ctx.callbacks, "named_type", None)
    if find is None or len(parts) > 3:
        return None
    found = find(parts, schema=schema or ctx.schema, user=user or ctx.user)
    return found[1] if found is not None else None


# --------------------------------------------------------------------------- scalars in and out


def element_sql(ctx: Context, value: Typed, shape: Shape) -> str:
    """The value as an element: jsonb for composites, else text."""
    if value.is_null:
        return "NULL::jsonb" if shape.is_composite else "NULL::text"
    type_ = shape.type
    if shape.is_composite:
        if value.kind is not type_.kind or value.type.name != type_.name:
            raise OraError(932, shape.name, value.kind.value)
        return value.sql
    sql = ctx.conversions.convert(value, type_).sql
    kind = type_.kind
    if kind is Kind.NUMBER:
        if type_.is_float:
            sql = f"ora.fit_float({sql}, {type_.float_digits})"
        elif type_.precision is not None:
            sql = f"ora.bounded_number({sql}, {type_.precision}, {type_.scale or 0})"
        return f"trim_scale({sql})::text"
    if kind in TEXT and type_.length is not None and kind not in {Kind.CLOB, Kind.LONG}:
        in_chars = "true" if type_.char_semantics else "false"
        return f"ora.bounded_text({sql}, {type_.length}, {in_chars})"
    if kind in {Kind.RAW, Kind.BLOB}:
        return f"encode({sql}, 'hex')"
    if kind is Kind.TIMESTAMP_TZ:
        return f"ora.tstz_text({sql})"
    if kind is Kind.TIMESTAMP_LTZ:
        return f"({sql} AT TIME ZONE 'UTC')::text"
    if kind is Kind.INTERVAL_DS:
        return f"extract(epoch FROM {sql})::text"
    if kind is Kind.INTERVAL_YM:
        return f"(extract(year FROM {sql}) * 12 + extract(month FROM {sql}))::int::text"
    return f"({sql})::text"


def scalar_sql(text: str, type_: OraType) -> str:
    """The value that the text of an element stands for."""
    kind = type_.kind
    if kind in {Kind.RAW, Kind.BLOB}:
        return f"decode({text}, 'hex')"
    if kind is Kind.TIMESTAMP_TZ:
        return f"ora.tstz_of({text})"
    if kind is Kind.TIMESTAMP_LTZ:
        return f"(({text})::timestamp AT TIME ZONE 'UTC')"
    if kind is Kind.INTERVAL_DS:
        return f"(({text}) || ' seconds')::interval"
    if kind is Kind.INTERVAL_YM:
        return f"(({text}) || ' months')::interval"
    pg = pg_type(type_)
    return f"({text})" if pg == "text" else f"({text})::{pg}"


def attribute_sql(holder: str, index: int, shape: Shape) -> Typed:
    """An attribute of an object, by its position from 0."""
    if shape.is_composite:
        return Typed(f"NULLIF({holder} -> {index}, 'null'::jsonb)", shape.type)
    return Typed(scalar_sql(f"{holder} ->> {index}", shape.type), shape.type)


# --------------------------------------------------------------------------- constructors


def construct(ex: Expressions, shape: Shape, args: list[Any], block: Block, position: Any) -> Typed:
    """``t(…)``: a collection of the arguments, or an object with these attributes."""
    if shape.refusal is not None:
        raise unsupported(f"{shape.refusal} ({shape.name}) in a SQL statement")
    if shape.form == "INDEX BY":
        raise OraError(904, f'"{shape.name}"', position=position)
    if any(isinstance(arg, exp.Kwarg) for arg in args):
        named_args = {
            folded(arg.this): arg.expression for arg in args if isinstance(arg, exp.Kwarg)
        }
        if len(named_args) != len(args) or set(named_args) != {name for name, _ in shape.fields}:
            raise unsupported("named notation that leaves out an attribute")
        args = [named_args[name] for name, _ in shape.fields]
    if shape.element is not None:
        shapes = [shape.element] * len(args)
        if shape.limit is not None and len(args) > shape.limit:
            raise OraError(22909, position=position)
    else:
        shapes = [one for _, one in shape.fields]
        if len(args) != len(shapes):
            raise OraError(2315, position=position)
    items = [
        element_sql(ex.ctx, ex.value(arg, block), one)
        for arg, one in zip(args, shapes, strict=True)
    ]
    return Typed(f"jsonb_build_array({', '.join(items)})", shape.type)


# --------------------------------------------------------------------------- TABLE()


def collection_source(
    queries: Queries, node: Any, quoted: str, name: str, block: Block
) -> tuple[str, Source]:
    """TABLE(expression), or a function or constructor that stands in FROM by itself."""
    ctx = queries.ctx
    bind = _host_bind(ctx, node, block)
    if bind is not None:
        shape = _bind_shape(ctx, bind)
        element = shape.element
        if element is not None and not element.is_composite:
            pg = parameter_type(element.type)
            array = ctx.param(Param("collection", bind, f"{pg}[]", element.type.kind))
            sql = received(f"{quoted}.column_value", element.type)
            column = SourceColumn("COLUMN_VALUE", element.type, sql)
            source = Source(name, {"COLUMN_VALUE": column})
            return f"unnest({array}) AS {quoted}(column_value)", source
        sql = ctx.param(Param("composite", bind, "jsonb", Kind.COLLECTION, shape))
    else:
        known = len(block.calls)
        value = queries.ex.value(node, block)
        argument_query_in_from(ctx, block, block.calls[known:])
        if value.kind is not Kind.COLLECTION:
            raise OraError(22905, position=position_of(node))
        sql, shape = value.sql, shape_named(ctx, value.type)
    if shape.element is None:
        raise OraError(22905, position=position_of(node))
    columns, whole = _element_columns(shape.element, f"{quoted}.e")
    return f"LATERAL ora.elements({sql}) AS {quoted}(e, n)", Source(name, columns, value=whole)


def _element_columns(element: Shape, holder: str) -> tuple[dict[str, SourceColumn], Typed | None]:
    if not element.is_composite:
        sql = scalar_sql(f"{holder} #>> '{{}}'", element.type)
        return {"COLUMN_VALUE": SourceColumn("COLUMN_VALUE", element.type, sql)}, None
    if element.element is not None:
        return {"COLUMN_VALUE": SourceColumn("COLUMN_VALUE", element.type, holder)}, None
    columns = {}
    for index, (name, shape) in enumerate(element.fields):
        value = attribute_sql(holder, index, shape)
        columns[name] = SourceColumn(name, value.type, value.sql)
    return columns, Typed(holder, element.type)


def _host_bind(ctx: Context, node: Any, block: Block) -> str | None:
    if isinstance(node, exp.Placeholder):
        return str(node.this)
    if isinstance(node, exp.Column) and ctx.host is not None:
        parts = column_parts(node)
        if len(parts) == 1 and find_column(block, parts, None) is None:
            return ctx.host.variable(parts[0])
    return None


def _bind_shape(ctx: Context, bind: str) -> Shape:
    element = getattr(ctx.host, "shape", None)
    known = element(bind) if element is not None else None
    if isinstance(known, Shape):
        return known
    type_ = ctx.host.bind_type(bind) if ctx.host is not None else ctx.bind_types.get(bind)
    if type_ is None or type_.kind is not Kind.COLLECTION:
        raise OraError(22905)
    return shape_named(ctx, type_)


def bound(ctx: Context, name: str, type_: OraType) -> Typed:
    """A bind that is a collection or object."""
    if ctx.batch:
        raise unsupported("a collection or object bound in array DML")
    shape = shape_named(ctx, type_)
    return Typed(f"({ctx.param(Param('composite', name, 'jsonb', type_.kind, shape))})", type_)


# --------------------------------------------------------------------------- operators


def multiset(ex: Expressions, node: Any, block: Block) -> Typed:
    left, right = _tables(ex, node.this, node.expression, block)
    word = str(node.args["word"]).lower()
    only = "true" if node.args.get("only") else "false"
    return Typed(f"ora.ms_{word}({left.sql}, {right.sql}, {only})", left.type)


def _tables(ex: Expressions, one: Any, other: Any, block: Block) -> tuple[Typed, Typed]:
    """Two nested tables of one type."""
    left, right = ex.value(one, block), ex.value(other, block)
    for value in (left, right):
        if value.kind is not Kind.COLLECTION or shape_named(ex.ctx, value.type).form != "TABLE":
            raise OraError(932, "UDT", value.kind.value)
    if left.type.name != right.type.name:
        raise OraError(932, _shown(left), _shown(right))
    return left, right


def _shown(value: Typed) -> str:
    return ".".join(part for part in value.type.name or () if part)


def test(ex: Expressions, node: Any, block: Block) -> str:
    """The conditions over collections; unknown where a NULL decides."""
    word = node.args["word"]
    if word == "SUBMULTISET":
        left, right = _tables(ex, node.this, node.expression, block)
        return f"ora.ms_within({left.sql}, {right.sql})"
    if word == "MEMBER":
        table = ex.value(node.expression, block)
        shape = shape_named(ex.ctx, table.type) if table.kind is Kind.COLLECTION else None
        if shape is None or shape.form != "TABLE" or shape.element is None:
            raise OraError(932, "UDT", table.kind.value)
        item = element_sql(ex.ctx, ex.value(node.this, block), shape.element)
        return f"ora.ms_member(to_jsonb({item}), {table.sql})"
    table = ex.value(node.this, block)
    if table.kind is not Kind.COLLECTION:
        raise OraError(932, "UDT", table.kind.value)
    if word == "EMPTY":
        return f"(jsonb_array_length({table.sql}) = 0)"
    return f"(jsonb_array_length(ora.ms_set({table.sql})) = jsonb_array_length({table.sql}))"


def comparison(ex: Expressions, left: Typed, operator: str, right: Typed) -> str | None:
    """``=`` and ``<>`` of nested tables and of objects without MAP or ORDER method."""
    if left.kind not in COMPOSITE or right.kind not in COMPOSITE:
        return None
    if left.type.name != right.type.name or operator not in {"=", "<>"}:
        raise OraError(932, _shown(left), _shown(right))
    shape = shape_named(ex.ctx, left.type)
    if shape.form != "TABLE":
        raise unsupported(f"comparing values of {shape.name} in a SQL statement")
    equal = f"ora.ms_equal({left.sql}, {right.sql})"
    return equal if operator == "=" else f"(NOT {equal})"


@function("CARDINALITY", least=1, most=1)
def _cardinality(call: Call) -> Typed:
    value = call.value(0)
    if value.kind is not Kind.COLLECTION:
        raise OraError(932, "UDT", value.kind.value)
    return Typed(f"jsonb_array_length({value.sql})::numeric", NUMBER)


@function("SET", least=1, most=1)
def _set(call: Call) -> Typed:
    value = call.value(0)
    if value.kind is not Kind.COLLECTION or shape_named(call.ctx, value.type).form != "TABLE":
        raise OraError(932, "UDT", value.kind.value)
    return Typed(f"ora.ms_set({value.sql})", value.type)


@function("COLLECT", least=1, most=1, aggregate=True)
def _collect(call: Call) -> Typed:
    raise unsupported("COLLECT without CAST")


@function("VALUE", least=1, most=1)
def _value(call: Call) -> Typed:
    name = folded(call.args[0])
    current: Block | None = call.block
    while current is not None:
        for source in current.sources:
            if source.alias == name and source.value is not None:
                return source.value  # type: ignore[no-any-return]
        current = current.parent
    raise OraError(904, f'"{name}"', position=call.position)


def cast_to(ex: Expressions, node: Any, parts: tuple[str, ...], block: Block) -> Typed:
    """CAST to a collection or object type: of MULTISET(…), COLLECT(…), or another collection."""
    shape = named(ex.ctx, parts)
    if shape is None:
        raise OraError(902, position=position_of(node))
    inner = node.this
    if isinstance(inner, exp.Anonymous) and folded(inner.this) == "$MULTISET":
        return _limited(_from_query(ex, inner.expressions[0], shape, block), shape)
    if isinstance(inner, exp.Anonymous) and folded(inner.this) == "COLLECT":
        return _limited(_collected(ex, inner, shape, block), shape)
    value = ex.value(inner, block)
    if value.is_null:
        return Typed("NULL::jsonb", shape.type)
    if value.kind is not shape.type.kind:
        raise mismatch(shape.name, value.kind)
    if value.type.name == shape.type.name:
        return value
    if shape.element is None:
        raise mismatch(shape.name, value.kind)
    source = shape_named(ex.ctx, value.type).element
    if source is None or source.is_composite or shape.element.is_composite:
        raise OraError(932, shape.name, _shown(value))
    one = Typed(scalar_sql("x.e #>> '{}'", source.type), source.type)
    item = element_sql(ex.ctx, one, shape.element)
    return _limited(
        f"(SELECT COALESCE(jsonb_agg({item} ORDER BY x.n), '[]'::jsonb) "
        f"FROM ora.elements({value.sql}) AS x(e, n) WHERE ({value.sql}) IS NOT NULL)",
        shape,
    )


def _limited(sql: str, shape: Shape) -> Typed:
    if shape.limit is not None:
        sql = f"ora.array_limit({sql}, {shape.limit})"
    return Typed(sql, shape.type)


def _from_query(ex: Expressions, node: Any, shape: Shape, block: Block) -> str:
    element = shape.element
    if element is None:
        raise OraError(902)
    query = ex.queries.query(node, block)
    alias = ex.ctx.alias("m")
    values = [
        Typed(f"ora.rowid_text({alias}.c{i})" if c.rowid else f"{alias}.c{i}", c.type)
        for i, c in enumerate(query.columns, 1)
    ]
    same = len(values) == 1 and values[0].type.name == element.type.name
    if element.fields and not (same and element.type.name is not None):
        if len(values) != len(element.fields):
            raise OraError(913 if len(values) > len(element.fields) else 947)
        items = [
            element_sql(ex.ctx, value, one)
            for value, (_, one) in zip(values, element.fields, strict=True)
        ]
        item = f"jsonb_build_array({', '.join(items)})"
    else:
        if len(values) != 1:
            raise OraError(913)
        item = element_sql(ex.ctx, values[0], element)
    names = ", ".join(f"c{i}" for i in range(1, len(values) + 1))
    return (
        f"(SELECT COALESCE(jsonb_agg({item}), '[]'::jsonb) FROM ({query.sql}) AS {alias}({names}))"
    )


def _collected(ex: Expressions, call: Any, shape: Shape, block: Block) -> str:
    element = shape.element
    if element is None:
        raise OraError(902)
    argument = call.expressions[0]
    distinct = isinstance(argument, exp.Distinct)
    if distinct:
        argument = argument.expressions[0]
    value = ex.value(argument, block)
    item = element_sql(ex.ctx, value, element)
    order = call.meta.get("order")
    if distinct:
        if order is not None:
            raise unsupported("COLLECT(DISTINCT … ORDER BY …)")
        return f"COALESCE(jsonb_agg(DISTINCT {item}), '[]'::jsonb)"
    ordered = f" ORDER BY {ex.order_items(order, block)}" if order is not None else ""
    return f"COALESCE(jsonb_agg({item}{ordered}), '[]'::jsonb)"


def attribute(ctx: Context, holder: Typed, names: tuple[str, ...], position: Any) -> Typed:
    """``holder.a.b``: attributes of an object."""
    value = holder
    for name in names:
        shape = shape_named(ctx, value.type) if value.kind is Kind.OBJECT else None
        fields = dict(shape.fields) if shape is not None else {}
        if name not in fields:
            raise OraError(904, f'"{name}"', position=position)
        index = list(fields).index(name)
        value = attribute_sql(f"({value.sql})", index, fields[name])
    return value
