"""SQL statements, cursors, FORALL and dynamic SQL as statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from devkit.oracle.errors import unsupported
from devkit.oracle.plsql import cursors, messages, nodes, types
from devkit.oracle.plsql.compiler_base import Ex
from devkit.oracle.plsql.compiler_handlers import HandlerCompiler
from devkit.oracle.plsql.embedded_sql import Statement
from devkit.oracle.plsql.scope import (
    CursorSymbol,
    Failure,
    Scope,
    Variable,
)
from devkit.oracle.plsql.statement_support import (
    check_width,
    forall_indices,
    forall_range,
    open_cursor,
    single_row,
)
from devkit.oracle.plsql.types import (
    CollectionType,
    CursorType,
    RecordType,
)


@dataclass(frozen=True, slots=True)
class _FieldColumn:
    """A record field seen as a query column."""

    name: str
    type: Any


class StatementCompiler(HandlerCompiler):
    """The whole of statements."""

    # ------------------------------------------------------------------ SQL statements

    def _sql_statement(self, node: nodes.SqlStatement) -> None:
        if node.kind == "SET":
            self.emit(f"_m.run_control({node.text!r})")
            return
        statement = self.sql(node)
        columns = statement.prepared.columns
        site, values = statement.site, statement.tuple
        if node.kind == "SELECT":
            if not node.into:
                raise Failure(
                    node, "PLS-00428: an INTO clause is expected in this SELECT statement"
                )
            result = self.fc.temp()
            if node.bulk:
                self.emit(f"{result} = {site}.all({values})")
                self.store_rows(result, columns, node.into, node)
            else:
                self.emit(f"{result} = {site}.one({values})")
                self.store_row(result, columns, node.into, node)
            return
        if not node.into:
            self.emit(f"{site}.run({values})")
            return
        result = self.fc.temp()
        if node.bulk:
            self.emit(f"{result} = {site}.run({values}).returned")
            self.store_rows(result, columns, node.into, node)
        else:
            self.emit(f"{result} = {site}.returning({values})")
            self.store_row(result, columns, node.into, node)

    def _commit(self, _node: nodes.Commit) -> None:
        self.emit("_m.commit()")

    def _rollback(self, node: nodes.Rollback) -> None:
        self.emit(f"_m.rollback_to({node.to.folded!r})" if node.to is not None else "_m.rollback()")

    def _savepoint(self, node: nodes.Savepoint) -> None:
        self.emit(f"_m.savepoint({node.name.folded!r})")

    def _for_all(self, node: nodes.ForAll) -> None:
        indexes, variable = self.fc.temp(), self.unique("i_")
        self.emit(f"{indexes} = {self._bounds(node.bounds)}")
        scope = Scope(self.scope)
        scope.declare(
            node.index.folded,
            Variable(
                node.index.folded, types.PLS_INTEGER, variable, self.fc, index=True, not_null=True
            ),
        )
        self.scope = scope
        try:
            if isinstance(node.statement, nodes.SqlStatement):
                self._for_all_sql(node, node.statement, indexes, variable)
            else:
                self._for_all_dynamic(node, node.statement, indexes, variable)
        finally:
            self.scope = scope.parent or scope

    def _bounds(self, bounds: nodes.ForAllBounds) -> str:
        if isinstance(bounds, nodes.RangeBounds):
            low, high = self.integer(bounds.low), self.integer(bounds.high)
            return f"{self.helper(forall_range)}({low.code}, {high.code})"
        if isinstance(bounds, nodes.IndicesOf):
            code = self.value_of(bounds.collection).code
            limits = [
                self.integer(b).code if b is not None else "None" for b in (bounds.low, bounds.high)
            ]
            return f"{self.helper(forall_indices)}({code}, {', '.join(limits)})"
        assert isinstance(bounds, nodes.ValuesOf)
        return f"list({self.value_of(bounds.collection).code}.values())"

    def _for_all_sql(
        self, node: nodes.ForAll, sql: nodes.SqlStatement, indexes: str, variable: str
    ) -> None:
        statement: Statement = self.sql(sql)
        rows = self.fc.temp()
        self.emit(f"{rows} = []")
        self.emit(f"for {variable} in {indexes}:")
        with self.indented():
            self.emit(f"{rows}.append({statement.tuple})")
        result = self.fc.temp()
        self.emit(f"{result} = {statement.site}.many({indexes}, {rows}, {node.save_exceptions})")
        if sql.into:
            self.store_rows(result, statement.prepared.columns, sql.into, sql)
        if node.save_exceptions:
            self.emit("_m.raise_bulk_errors()")

    def _for_all_dynamic(
        self, node: nodes.ForAll, dynamic: nodes.ExecuteImmediate, indexes: str, variable: str
    ) -> None:
        if dynamic.into or dynamic.returning:
            raise Failure(dynamic, unsupported("FORALL EXECUTE IMMEDIATE … INTO").message)
        text = self.text(dynamic.sql).code
        rows = self.fc.temp()
        self.emit(f"{rows} = []")
        self.emit(f"for {variable} in {indexes}:")
        with self.indented():
            values = [self.value_of(u.value) for u in dynamic.using]
            self.emit(f"{rows}.append(({''.join(v.code + ', ' for v in values)}))")
        kinds = self.constant([self._bind_ora(v) for v in values])
        rights = self.constant(self.rights(), "_rt")
        self.emit(
            f"_m.execute_many({text}, {kinds}, {indexes}, {rows}, {node.save_exceptions}, {rights})"
        )
        if node.save_exceptions:
            self.emit("_m.raise_bulk_errors()")

    # ------------------------------------------------------------------ cursors

    def _open_code(
        self, symbol: CursorSymbol, args: tuple[nodes.Argument, ...], node: nodes.Node
    ) -> str:
        """Python code that opens the query of an explicit cursor: a ResultCursor."""
        slots: list[str | None] = [None] * len(symbol.parameters)
        for position, arg in enumerate(args):
            index = position
            if arg.name is not None:
                index = next(
                    (i for i, p in enumerate(symbol.parameters) if p.name == arg.name.folded),
                    len(slots),
                )
            if index >= len(slots) or slots[index] is not None:
                raise Failure(
                    node,
                    messages.wrong_arguments(symbol.name),
                )
            parameter = symbol.parameters[index]
            slots[index] = self.converted(arg.value, parameter.type).code
        for index, parameter in enumerate(symbol.parameters):
            if slots[index] is None and not parameter.has_default:
                raise Failure(
                    node,
                    messages.wrong_arguments(symbol.name),
                )
        codes = [s if s is not None else "_D" for s in slots]
        opener = f"q_{symbol.code}"
        if symbol.unit is not None and symbol.unit.ns is not self.ns:
            opener = self.function_of(symbol.unit, opener)
        return f"{opener}({', '.join(codes)})"

    def _open(self, node: nodes.OpenCursor) -> None:
        if isinstance(node.cursor, nodes.Name):
            symbol, used = self.resolve(node.cursor.parts, node.cursor)
            if isinstance(symbol, CursorSymbol) and used == len(node.cursor.parts):
                opened = self._open_code(symbol, node.args, node)
                self.emit(
                    f"{self.helper(open_cursor)}({self.cursor_reference(symbol)}, lambda: {opened})"
                )
                return
        raise Failure(node.cursor, "PLS-00456: item is not a cursor")

    def _open_for(self, node: nodes.OpenFor) -> None:
        if node.query is not None:
            statement = self.sql(node.query)
            cursor = f"{statement.site}.cursor({statement.tuple})"
        else:
            assert node.sql is not None
            text = self.text(node.sql).code
            values = [self.value_of(u.value) for u in node.using]
            kinds = self.constant([self._bind_ora(v) for v in values])
            rights = self.constant(self.rights(), "_rt")
            codes = "".join(v.code + ", " for v in values)
            cursor = f"_m.open_dynamic({text}, {kinds}, ({codes}), {rights})"
        self.assign(node.cursor, Ex(cursor, types.REF_CURSOR, False, fresh=True))

    def _bind_ora(self, value: Ex) -> Any:
        from devkit.oracle.plsql.embedded_sql import bind_ora

        return bind_ora(value.type)

    def _fetch(self, node: nodes.Fetch) -> None:
        cursor = f"{self.helper(cursors.valid)}({self.cursor_code(node.cursor)})"
        row_type = self.cursor_columns(node.cursor)
        temp = self.fc.temp()
        if node.bulk:
            if node.limit is not None:
                self.emit(f"{temp} = {cursor}.fetch({self.integer(node.limit).code})")
            else:
                self.emit(f"{temp} = {cursor}.fetch_all()")
            self._fetched_rows(temp, row_type, node)
            return
        self.emit(f"{temp} = {cursor}.fetch_one()")
        self.emit(f"if {temp} is not None:")
        with self.indented():
            if row_type is not None:
                self._store_fetched(temp, row_type, node)
            else:
                self._store_untyped(temp, node)

    def _store_fetched(self, row: str, row_type: RecordType, node: nodes.Fetch) -> None:
        columns = [_FieldColumn(f.name, f.type.ora()) for f in row_type.fields.values()]
        self.store_row(row, columns, node.into, node)

    def _store_untyped(self, row: str, node: nodes.Fetch) -> None:
        """FETCH from a weak cursor variable: types are known only now."""
        strong = self.value_of(node.cursor).type
        if isinstance(strong, CursorType) and isinstance(strong.row, RecordType):
            self._store_fetched(row, strong.row, node)
            return
        if len(node.into) == 1:
            kind = self.target_type(node.into[0])
            if isinstance(kind, RecordType):
                make = self.helper(self.machine.dynamic_record)
                self.assign(
                    node.into[0], Ex(f"{make}({self.constant(kind)}, {row})", kind, fresh=True)
                )
                return
        self.emit(f"{self.helper(check_width)}({row}, {len(node.into)})")
        for index, target in enumerate(node.into):
            self.assign(target, Ex(f"{row}[{index}]", types.ANY))

    def _fetched_rows(self, rows: str, row_type: RecordType | None, node: nodes.Fetch) -> None:
        if row_type is None:
            strong = self.value_of(node.cursor).type
            if isinstance(strong, CursorType) and isinstance(strong.row, RecordType):
                row_type = strong.row
        if row_type is not None:
            columns = [_FieldColumn(f.name, f.type.ora()) for f in row_type.fields.values()]
            self.store_rows(rows, columns, node.into, node)
            return
        self._dynamic_rows(rows, node.into, node)

    def _dynamic_rows(self, rows: str, targets: tuple[nodes.Expr, ...], node: nodes.Node) -> None:
        """Rows of unknown types into collections."""
        for index, target in enumerate(targets):
            kind = self.target_type(target)
            if not isinstance(kind, CollectionType):
                raise Failure(
                    node,
                    messages.MIXED_BULK,
                )
            if len(targets) == 1 and isinstance(kind.element, RecordType):
                make = self.helper(self.machine.dynamic_record)
                items = f"[{make}({self.constant(kind.element)}, _r) for _r in {rows}]"
            else:
                value = self.convert(Ex(f"_r[{index}]", types.ANY), kind.element, node)
                items = f"[{value.code} for _r in {rows}]"
            self._store_collection(target, kind, items)

    def _close(self, node: nodes.Close) -> None:
        self.emit(f"{self.helper(cursors.valid)}({self.cursor_code(node.cursor)}).close()")

    # ------------------------------------------------------------------ dynamic SQL

    def _execute_immediate(self, node: nodes.ExecuteImmediate) -> None:
        text = self.text(node.sql).code
        modes: list[str] = []
        kinds: list[Any] = []
        codes: list[str] = []
        for one in node.using:
            value = self.value_of(one.value)
            if one.mode == "OUT" and value.host is not None:
                self.bind_reads[value.host] -= 1
            modes.append(one.mode)
            kinds.append(self._bind_ora(value))
            codes.append(value.code if one.mode != "OUT" else "None")
        using = f"({''.join(c + ', ' for c in codes)})"
        rights = self.constant(self.rights(), "_rt")
        mode_name, kind_name = self.constant(modes), self.constant(kinds)
        base = f"{text}, {kind_name}, {using}, {rights}"
        if node.into:
            temp = self.fc.temp()
            if node.bulk:
                self.emit(f"{temp} = _m.query_all({base})")
                self._dynamic_rows(temp, node.into, node)
            else:
                self.emit(f"{temp} = _m.query_one({base})")
                self._dynamic_row(temp, node)
            return
        outs = [u for u in node.using if u.mode != "IN"]
        temp = self.fc.temp()
        self.emit(f"{temp} = _m.execute_immediate({base}, {mode_name}, {len(node.returning)})")
        for index, one in enumerate(outs):
            self.assign(one.value, Ex(f"{temp}[0][{index}]", types.ANY))
        if node.returning_bulk:
            self._dynamic_rows(f"{temp}[1]", node.returning, node)
        elif node.returning:
            row = self.fc.temp()
            self.emit(f"{row} = {self.helper(single_row)}({temp}[1], {len(node.returning)})")
            for index, target in enumerate(node.returning):
                self.assign(target, Ex(f"{row}[{index}]", types.ANY))

    def _dynamic_row(self, row: str, node: nodes.ExecuteImmediate) -> None:
        if len(node.into) == 1:
            kind = self.target_type(node.into[0])
            if isinstance(kind, RecordType):
                make = self.helper(self.machine.dynamic_record)
                self.assign(
                    node.into[0], Ex(f"{make}({self.constant(kind)}, {row})", kind, fresh=True)
                )
                return
        self.emit(f"{self.helper(check_width)}({row}, {len(node.into)})")
        for index, target in enumerate(node.into):
            self.assign(target, Ex(f"{row}[{index}]", types.ANY))

    _statements: ClassVar[dict[type[nodes.Statement], str]] = {
        nodes.Assignment: "_assignment",
        nodes.CallStatement: "_call_statement",
        nodes.If: "_if",
        nodes.CaseStatement: "_case_statement",
        nodes.Loop: "_loop",
        nodes.While: "_while",
        nodes.ForRange: "_for_range",
        nodes.ForCursor: "_for_cursor",
        nodes.ForQuery: "_for_query",
        nodes.Exit: "_exit",
        nodes.Continue: "_continue",
        nodes.Goto: "_goto",
        nodes.NullStatement: "_null",
        nodes.PragmaStatement: "_pragma",
        nodes.Return: "_return",
        nodes.PipeRow: "_pipe_row",
        nodes.Raise: "_raise",
        nodes.Block: "_block",
        nodes.SqlStatement: "_sql_statement",
        nodes.Commit: "_commit",
        nodes.Rollback: "_rollback",
        nodes.Savepoint: "_savepoint",
        nodes.ForAll: "_for_all",
        nodes.OpenCursor: "_open",
        nodes.OpenFor: "_open_for",
        nodes.Fetch: "_fetch",
        nodes.Close: "_close",
        nodes.ExecuteImmediate: "_execute_immediate",
    }
