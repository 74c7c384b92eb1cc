"""FROM: tables, inline views, functions, ANSI joins, and ``(+)`` as an outer join."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.collections import collection_source
from devkit.oracle.sql.pivots import unpivoted
from devkit.oracle.sql.scope import (
    Block,
    Source,
    SourceColumn,
    column_parts,
    find_column,
    folded,
    position_of,
)
from devkit.oracle.sql.typing import quote
from devkit.oracle.values import Kind, OraType

if TYPE_CHECKING:
    from devkit.oracle.sql.queries import Queries

_TABLE_ARGS = {"this", "db", "catalog", "alias", "joins", "only"}
_NAMED = {
    "version": "AS OF",
    "sample": "SAMPLE",
    "partition": "PARTITION in FROM",
    "pivots": "PIVOT",
    "match_recognize": "MATCH_RECOGNIZE",
}


@dataclass(slots=True)
class FromClause:
    """``sql`` starts with FROM, or is empty for DUAL alone; ``conditions`` are translated conjuncts
    of WHERE, ``remaining`` those still to be translated."""

    sql: str
    conditions: list[str] = field(default_factory=list)
    remaining: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class _Entry:
    sql: str
    source: Source
    join: Any = None


def conjuncts(node: Any) -> list[Any]:
    """The operands of a chain of ANDs."""
    found: list[Any] = []
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, exp.And):
            stack += [item.expression, item.this]
        elif isinstance(item, exp.Paren) and isinstance(item.this, exp.And):
            stack.append(item.this)
        else:
            found.append(item)
    return found


def from_clause(queries: Queries, node: Any, block: Block) -> FromClause:
    """Translate FROM and its joins; sources are added to the block in order."""
    if node.args.get("laterals"):
        raise unsupported("LATERAL in this place")
    first = node.args["from_"].this
    where = node.args.get("where")
    remaining = conjuncts(where.this) if where is not None else []
    entries = [_Entry(*row_source(queries, first, block))]
    block.sources.append(entries[0].source)
    sql = entries[0].sql
    joins = [*(first.args.get("joins") or []), *(node.args.get("joins") or [])]
    marked = [test for test in remaining if _marks(test)]
    if marked:
        for join in joins:
            if join.args.get("on") or join.args.get("using") or join.args.get("side"):
                raise OraError(25156)
            entry = _Entry(*row_source(queries, join.this, block), join)
            entries.append(entry)
            block.sources.append(entry.source)
        rest = [test for test in remaining if not any(test is other for other in marked)]
        return FromClause(_outer_marks(queries, block, entries, marked), [], rest)
    for join in joins:
        block.from_sql = sql
        item, source = row_source(queries, join.this, block)
        sql += _join(queries, join, item, source, block)
    if len(entries) == 1 and not joins and _is_dual(entries[0].source):
        for column in entries[0].source.columns.values():
            column.sql = "'X'::text"
        return FromClause("", [], remaining)
    return FromClause(f"FROM {sql}", [], remaining)


def _is_dual(source: Source) -> bool:
    return source.table is not None and (source.table.owner, source.table.name) == ("SYS", "DUAL")


def _join(queries: Queries, join: Any, item: str, source: Source, block: Block) -> str:
    side = str(join.args.get("side") or "").upper()
    kind = str(join.args.get("kind") or "").upper()
    method = str(join.args.get("method") or "").upper()
    on = join.args.get("on")
    using = [folded(name) for name in join.args.get("using") or []]
    if method not in {"", "NATURAL"} or kind not in {"", "INNER", "OUTER", "CROSS"}:
        raise unsupported(f"{method or kind} JOIN")
    if (kind == "CROSS" or method == "NATURAL") and (on is not None or using):
        raise OraError(933, position=position_of(on))
    before = list(block.sources)
    apply = join.this.args.get("cross_apply") if isinstance(join.this, exp.Lateral) else None
    if apply is not None:
        block.sources.append(source)
        source.optional = not apply
        return f" CROSS JOIN {item}" if apply else f" LEFT JOIN {item} ON true"
    if method == "NATURAL":
        known = {name for other in before for name in other.columns}
        using = [name for name, own in source.columns.items() if name in known and not own.hidden]
    block.sources.append(source)
    if side in {"LEFT", "FULL"}:
        source.optional = True
    if side in {"RIGHT", "FULL"}:
        for other in before:
            other.optional = True
    if using:
        tests = [_merge(name, before, source, side, block) for name in using]
        condition = " AND ".join(tests)
    elif on is not None:
        with block.without_sequences():
            condition = queries.ex.condition(on, block)
    elif kind == "CROSS" or method == "NATURAL":
        return f" CROSS JOIN {item}"
    elif side or kind == "INNER":
        raise OraError(905, position=position_of(join))
    else:
        return f", {item}"
    word = f"{side} JOIN" if side else "JOIN"
    return f" {word} {item} ON {condition}"


def _merge(name: str, before: list[Source], source: Source, side: str, block: Block) -> str:
    """A column of USING: one column for both sides from here on."""
    right = source.columns.get(name)
    left = block.merged.get(name)
    if left is None:
        owners = [other.columns[name] for other in before if name in other.columns]
        if len(owners) > 1:
            raise OraError(918)
        left = owners[0] if owners else None
    if left is None or right is None:
        raise OraError(904, f'"{name}"')
    if side == "FULL":
        sql = f"COALESCE({left.sql}, {right.sql})"
    else:
        sql = right.sql if side == "RIGHT" else left.sql
    block.merged[name] = SourceColumn(name, left.type, sql, left.nullable)
    return f"{left.sql} = {right.sql}"


# --------------------------------------------------------------------------- (+)


def _marks(node: Any) -> list[Any]:
    return [column for column in node.find_all(exp.Column) if column.args.get("join_mark")]


def _outer_marks(queries: Queries, block: Block, entries: list[_Entry], marked: list[Any]) -> str:
    """``a.x = b.y(+)``: b is joined LEFT, with every condition that carries its mark."""

    def owner(column: Any) -> _Entry:
        found = find_column(block, column_parts(column), position_of(column))
        for entry in entries:
            if any(found is own for own in entry.source.columns.values()):
                return entry
        raise OraError(904, f'"{column_parts(column)[-1]}"', position=position_of(column))

    conditions: dict[int, list[Any]] = {}
    needs: dict[int, set[int]] = {}
    numbers = {id(entry): index for index, entry in enumerate(entries)}
    for test in marked:
        targets = {numbers[id(owner(column))] for column in _marks(test)}
        if len(targets) != 1:
            raise OraError(1468, position=position_of(test))
        target = targets.pop()
        conditions.setdefault(target, []).append(test)
        for column in test.find_all(exp.Column):
            if isinstance(column.this, exp.Star) or column.args.get("join_mark"):
                continue
            found = find_column(block, column_parts(column), None)
            for index, entry in enumerate(entries):
                if found is not None and any(found is c for c in entry.source.columns.values()):
                    if index == target:
                        raise OraError(1416, position=position_of(test))
                    needs.setdefault(target, set()).add(index)
    base = [entry for index, entry in enumerate(entries) if index not in conditions]
    if not base:
        raise OraError(1416)
    sql = " CROSS JOIN ".join(entry.sql for entry in base)
    done = {numbers[id(entry)] for entry in base}
    waiting = [index for index in range(len(entries)) if index in conditions]
    while waiting:
        ready = [index for index in waiting if needs.get(index, set()) <= done]
        if not ready:
            raise OraError(1416)
        index = ready[0]
        waiting.remove(index)
        done.add(index)
        entries[index].source.optional = True
        with block.without_sequences():
            tests = " AND ".join(queries.ex.condition(test, block) for test in conditions[index])
        sql += f" LEFT JOIN {entries[index].sql} ON {tests}"
    return f"FROM {sql}"


# --------------------------------------------------------------------------- row sources


def row_source(queries: Queries, node: Any, block: Block) -> tuple[str, Source]:
    ctx = queries.ctx
    if isinstance(node, exp.Table | exp.Subquery) and node.args.get("pivots"):
        tree, alias = unpivoted(node, block, lambda one, own: row_source(queries, one, own))
        return _inline_view(queries, tree, alias, block, lateral=False)
    if isinstance(node, exp.Lateral) and not isinstance(node.this, exp.Subquery):
        return _function_source(queries, node.this, _alias(node), block)
    if isinstance(node, exp.Lateral):
        inner = node.this
        return _inline_view(queries, inner, _alias(node), block, lateral=True)
    if isinstance(node, exp.Subquery):
        for name, label in _NAMED.items():
            if node.args.get(name):
                raise unsupported(label)
        inner = node
        if isinstance(node.this, exp.Table):
            raise unsupported("parentheses around a join")
        return _inline_view(queries, inner.this, _alias(node), block, lateral=False)
    if not isinstance(node, exp.Table):
        raise unsupported(f"{type(node).__name__.upper()} in FROM")
    for name, value in node.args.items():
        if value and name not in _TABLE_ARGS:
            raise unsupported(_NAMED.get(name, name.upper()))
    target = node.this
    if not isinstance(target, exp.Identifier):
        owners = tuple(folded(node.args[p]) for p in ("catalog", "db") if node.args.get(p))
        return _function_source(queries, target, _alias(node), block, owners)
    parts = tuple(
        folded(node.args[part]) for part in ("catalog", "db", "this") if node.args.get(part)
    )
    position = position_of(node)
    if "@" in parts[-1] and not target.args.get("quoted"):
        raise unsupported("database link")
    alias = _alias(node) or parts[-1]
    if len(parts) == 1:
        cte = block.find_cte(parts[0])
        if cte is not None:
            quoted = quote(alias)
            names = [column.name for column in cte.columns]
            columns = {
                column.name: SourceColumn(
                    column.name,
                    column.type,
                    f"ora.rowid_text({quoted}.{column.sql})"
                    if column.rowid
                    else f"{quoted}.{column.sql}",
                    column.nullable,
                    f"{quoted}.{column.rowid}" if column.rowid else None,
                    ambiguous=names.count(column.name) > 1,
                )
                for column in cte.columns
            }
            return f"{cte.pg_name} AS {quoted}", Source(alias, columns)
    if len(parts) > 2:
        raise OraError(933, position=position)
    definition = ctx.table(parts, "SELECT", position)
    source = ctx.table_source(definition, alias)
    return f"{quote(definition.owner)}.{quote(definition.name)} AS {quote(alias)}", source


def _alias(node: Any) -> str:
    alias = node.args.get("alias")
    if alias is None:
        return ""
    if alias.args.get("columns") or alias.meta.get("as"):
        raise OraError(933, position=position_of(alias))
    return folded(alias.this)


def _inline_view(
    queries: Queries, node: Any, alias: str, block: Block, *, lateral: bool
) -> tuple[str, Source]:
    if isinstance(node, exp.Paren):
        node = node.this
    # without LATERAL the siblings are invisible, outer blocks (and WITH names) are not
    parent = block if lateral else Block(block.parent, ctes=block.ctes)
    query = queries.query(node, parent)
    if not lateral and parent.correlated:
        block.correlated = True
    quoted = quote(alias) if alias else queries.ctx.alias("v")
    columns: dict[str, SourceColumn] = {}
    for column in query.columns:
        if column.name in columns:
            columns[column.name].ambiguous = True
            continue
        reference = f"{quoted}.{quote(column.pg_name)}"
        columns[column.name] = SourceColumn(
            column.name,
            column.type if column.type.kind is not Kind.NULL else OraType(Kind.VARCHAR2, 1),
            f"ora.rowid_text({reference})" if column.rowid else reference,
            column.nullable,
            reference if column.rowid else None,
            origin=column.origin,
        )
    word = "LATERAL " if lateral else ""
    source = Source(alias or quoted.strip('"'), columns, inline=True, grouped=query.grouped)
    return f"{word}({query.sql}) AS {quoted}", source


def _function_source(
    queries: Queries, node: Any, alias: str, block: Block, parts: tuple[str, ...] = ()
) -> tuple[str, Source]:
    """A function in FROM; ``parts`` are the schema or package before its name."""
    from devkit.oracle.sql.grammar import JsonCall
    from devkit.oracle.sql.passes.json import json_table

    quoted = quote(alias) if alias else queries.ctx.alias("f")
    name = alias or quoted.strip('"')
    if isinstance(node, JsonCall) and node.args["name"] == "JSON_TABLE":
        sql, columns = json_table(queries.ex, node, block)
        return f"LATERAL ({sql}) AS {quoted}", Source(
            name,
            {
                column: SourceColumn(column, type_, f"{quoted}.{quote(column)}")
                for column, type_ in columns
            },
        )
    if isinstance(node, exp.Anonymous) and not parts and folded(node.this) in {"TABLE", "THE"}:
        if len(node.expressions) != 1:
            raise OraError(907, position=position_of(node))
        return collection_source(queries, node.expressions[0], quoted, name, block)
    if isinstance(node, exp.Anonymous):  # without TABLE since 12.2
        call: Any = node
        if parts:
            path: Any = exp.Column(this=exp.to_identifier(parts[-1], quoted=True))
            if len(parts) > 1:
                path.set("table", exp.to_identifier(parts[0], quoted=True))
            call = exp.Dot(this=path, expression=node)
        return collection_source(queries, call, quoted, name, block)
    raise unsupported(f"{type(node).__name__.upper()} in FROM")
