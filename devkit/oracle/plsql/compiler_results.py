"""What a query returns into INTO targets: scalars, records, collections."""

from __future__ import annotations

from typing import Any

from devkit.oracle.plsql import messages, nodes, types
from devkit.oracle.plsql.compiler_base import Ex
from devkit.oracle.plsql.embedded_sql import SqlCompiler
from devkit.oracle.plsql.records import attribute_name
from devkit.oracle.plsql.scope import (
    CursorSymbol,
    Failure,
)
from devkit.oracle.plsql.types import CollectionType, FieldType, PlType, RecordType, Scalar
from devkit.oracle.values import Kind, OraType


class ResultCompiler(SqlCompiler):
    """Rows become assignments."""

    def row_of(self, name: str, columns: Any) -> RecordType:
        """The record type of a query's rows."""
        fields: dict[str, FieldType] = {}
        for position, column in enumerate(columns, 1):
            label = column.name if column.name not in fields else f"{column.name}_{position}"
            fields[label] = FieldType(label, self.column_type(column.type), attribute_name(label))
        return self.make_record(name, fields, is_row=True)

    def column_type(self, ora: OraType) -> Any:
        """The type of a query's column."""
        if ora.kind in (Kind.COLLECTION, Kind.OBJECT):
            found = self.machine.type_named(ora)
            if found is not None:
                return found
        return types.from_ora(ora)

    def assign(self, target: nodes.Expr, value: Ex) -> None:
        raise AssertionError("see compiler_statements")

    def target_type(self, target: nodes.Expr) -> PlType:
        """The type of something that is assigned."""
        ex = self.value_of(target)
        if ex.host is not None:
            self.bind_reads[ex.host] -= 1
        return ex.type

    def store_row(
        self, row: str, columns: Any, targets: tuple[nodes.Expr, ...], node: nodes.Node
    ) -> None:
        """Assign the values of one fetched row (a Python tuple) to INTO targets."""
        kinds = [self.column_type(c.type) for c in columns]
        if len(targets) == 1:
            kind = self.target_type(targets[0])
            if isinstance(kind, RecordType):
                self.assign(targets[0], self._row_record(row, kinds, kind, node))
                return
        if len(targets) != len(kinds):
            text = "not enough values" if len(targets) > len(kinds) else "too many values"
            code = "00947" if len(targets) > len(kinds) else "00913"
            raise Failure(node, f"PL/SQL: ORA-{code}: {text}")
        for index, (target, kind) in enumerate(zip(targets, kinds, strict=True)):
            self.assign(target, Ex(f"{row}[{index}]", kind))
            if kind.kind in (Kind.CLOB, Kind.BLOB) and isinstance(target, nodes.Name):
                self.fc.fetched_lobs.add(self.value_of(target).code)

    def _row_record(
        self, row: str, kinds: list[Scalar], record: RecordType, node: nodes.Node
    ) -> Ex:
        if len(kinds) != len(record.fields):
            wrong = (
                "00913: too many values"
                if len(kinds) > len(record.fields)
                else "00947: not enough values"
            )
            raise Failure(node, f"PL/SQL: ORA-{wrong}")
        values = []
        plain = True
        for index, (kind, field_) in enumerate(zip(kinds, record.fields.values(), strict=True)):
            ex = self.convert(Ex(f"{row}[{index}]", kind), field_.type, node)
            plain = plain and ex.code == f"{row}[{index}]"
            values.append(ex.code)
        cls = self.constant(record.cls)
        inner = row if plain else f"({''.join(v + ', ' for v in values)})"
        return Ex(f"{cls}.of({inner})", record, False, fresh=True)

    def store_rows(
        self, rows: str, columns: Any, targets: tuple[nodes.Expr, ...], node: nodes.Node
    ) -> None:
        """BULK COLLECT: replace the target collections by the fetched rows."""
        kinds = [self.column_type(c.type) for c in columns]
        first = self.target_type(targets[0])
        if not isinstance(first, CollectionType):
            raise Failure(node, messages.MIXED_BULK)
        if len(targets) == 1 and isinstance(first.element, RecordType):
            record = self._row_record("_r", kinds, first.element, node)
            items = f"[{record.code} for _r in {rows}]"
            self._store_collection(targets[0], first, items)
            return
        if len(targets) != len(kinds):
            raise Failure(
                node, "PLS-00394: wrong number of values in the INTO list of a FETCH statement"
            )
        for index, (target, kind) in enumerate(zip(targets, kinds, strict=True)):
            collection = self.target_type(target)
            if not isinstance(collection, CollectionType):
                raise Failure(
                    node,
                    messages.MIXED_BULK,
                )
            value = self.convert(Ex(f"_r[{index}]", kind), collection.element, node)
            self._store_collection(target, collection, f"[{value.code} for _r in {rows}]")

    def _store_collection(self, target: nodes.Expr, kind: CollectionType, items: str) -> None:
        factory = self.constant(kind.factory)
        self.assign(target, Ex(f"{factory}.from_list({items})", kind, False, fresh=True))

    def cursor_columns(self, cursor: nodes.Expr) -> RecordType | None:
        """The row of a cursor, when it is known at compile time."""
        if isinstance(cursor, nodes.Name):
            symbol, used = self.resolve(cursor.parts, cursor)
            if isinstance(symbol, CursorSymbol) and used == len(cursor.parts):
                return symbol.row
        return None
