"""SQL inside PL/SQL: host expressions become binds, statements become prepared sites."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.plsql import messages, nodes, types
from devkit.oracle.plsql.compiler_base import Ex
from devkit.oracle.plsql.compiler_builtins import BuiltinCompiler
from devkit.oracle.plsql.cursors import current_rowid
from devkit.oracle.plsql.parser import parse_expression
from devkit.oracle.plsql.scope import (
    Failure,
    LabelSymbol,
    PackageSymbol,
    RoutineSet,
    RowSymbol,
    Variable,
)
from devkit.oracle.plsql.shapes import shape_of
from devkit.oracle.plsql.sql_sites import SiteHost, SqlSite
from devkit.oracle.plsql.tokens import Kind as Token
from devkit.oracle.plsql.tokens import PlsqlSyntaxError
from devkit.oracle.plsql.types import CollectionType, PlType, RecordType, Scalar
from devkit.oracle.values import Kind, OraType

if TYPE_CHECKING:
    from devkit.oracle.contracts import Prepared


from devkit.oracle.plsql.sql_tokens import (
    AFTER_FROM,
    KEYWORDS,
    NAMES,
    after_name,
    extent,
    table_names,
)


@dataclass(slots=True)
class Statement:
    """A compiled embedded statement: ``site`` is its name, ``values`` the code of its binds."""

    site: str
    object: SqlSite
    prepared: Prepared
    values: list[str]

    @property
    def tuple(self) -> str:
        return f"({''.join(v + ', ' for v in self.values)})"


@dataclass(slots=True)
class _Piece:
    """Work on one statement's text."""

    node: nodes.SqlStatement
    host: SiteHost = field(default_factory=SiteHost)
    codes: dict[str, str] = field(default_factory=dict)
    edits: list[tuple[int, int, str]] = field(default_factory=list)

    def add(self, ex: Ex, bind: str | None = None) -> str:
        bind = bind or f"B{len(self.codes) + 1}"
        self.codes[bind] = ex.code
        self.host.types[bind] = bind_ora(ex.type)
        if isinstance(ex.type, CollectionType):
            if ex.type.owner is None or (
                ex.type.key is not None and ex.type.key.kind in types.TEXT
            ):
                raise Failure(self.node, messages.LOCAL_COLLECTION)
            self.host.shapes[bind] = shape_of(ex.type)
        return bind

    def text(self) -> str:
        out: list[str] = []
        at = 0
        source = self.node.text
        for start, end, by in sorted(self.edits):
            out += [source[at:start], by]
            at = end
        out.append(source[at:])
        return "".join(out)

    def original(self, position: int) -> int:
        """The offset in the source text of an offset in the edited text."""
        shift = 0
        for start, end, by in sorted(self.edits):
            new_start = start + shift
            if position < new_start:
                break
            if position < new_start + len(by):
                return start
            shift += len(by) - (end - start)
        return position - shift


def bind_ora(kind: PlType) -> OraType:
    """What SQL is told about a bind: the base type, PLS_INTEGER as NUMBER."""
    if kind.kind is Kind.PLS_INTEGER:
        return OraType(Kind.NUMBER)
    if isinstance(kind, Scalar) and kind.kind in types.TEXT - {Kind.CLOB} and kind.length is None:
        return OraType(Kind.VARCHAR2 if kind.kind in types.FIXED else kind.kind, 32767)
    if isinstance(kind, Scalar) and kind.kind is Kind.RAW and kind.length is None:
        return OraType(Kind.RAW, 32767)
    if kind is types.ANY:
        return OraType(Kind.VARCHAR2, 32767)
    return kind.ora()


class SqlCompiler(BuiltinCompiler):
    """Turns SqlStatement nodes into sites."""

    def rights(self) -> tuple[str, str, bool] | None:
        """Rights of the unit's SQL; None: those of the caller (AUTHID CURRENT_USER)."""
        return (self.schema, self.user, self.roles) if self.unit.definer else None

    # ------------------------------------------------------------------ preparing

    def sql(self, node: nodes.SqlStatement, *, with_rowid: bool = False) -> Statement:
        """Cut the host expressions out, prepare the statement, and name the binds it uses."""
        piece = _Piece(node)
        piece.host.finder = lambda name: self._variable_bind(piece, name)
        self._rewrite(piece)
        if node.record is not None:
            self._record_operand(piece, node.record)
        if node.current_of is not None:
            self._current_of(piece, node.current_of)
        if with_rowid:
            self._add_rowid(piece)
        return self._prepared(piece, piece.text(), node)

    def _prepared(self, piece: _Piece, text: str, node: nodes.SqlStatement) -> Statement:
        site = SqlSite(self.machine, text, piece.host, self.rights())
        try:
            if site.rights is None:
                site.rights = (self.schema, self.user, self.roles)
                prepared = site.prepare()
                site.rights = None
            else:
                prepared = site.prepare()
        except OraError as error:
            raise self._located(piece, node, error) from None
        piece.host.finder = None
        # the engine lists the binds of the text; variables it asked for stand in the host
        used = list(dict.fromkeys([*prepared.binds, *piece.host.names.values()]))
        site.names = tuple(used)
        site.plain = not any(piece.host.types[b].kind is Kind.COLLECTION for b in used)
        self._note_tables(node)
        return Statement(self.constant(site, "_s"), site, prepared, [piece.codes[b] for b in used])

    def _located(self, piece: _Piece, node: nodes.SqlStatement, error: OraError) -> Failure:
        """The compile error with the place in the source that the SQL error names."""
        failure = Failure(node, f"PL/SQL: {error.message}")
        if error.code == 231:
            failure.text = messages.not_in_sql(error.text)
        if error.position is not None and node.tokens:
            offset = piece.original(error.position) + node.base_offset
            place = node.tokens[0]
            for token in node.tokens:
                if token.offset > offset:
                    break
                place = token
            failure.line = place.line
            failure.column = place.column + max(0, offset - place.offset)
        return failure

    def _variable_bind(self, piece: _Piece, name: str) -> str | None:
        """HostScope.variable while compiling."""
        symbol = self.scope.lookup(name, labels=False)
        if not isinstance(symbol, Variable):
            return None
        if isinstance(symbol.type, RecordType):
            return None
        ex = (
            symbol.value
            if symbol.value is not None
            else Ex(self.variable_code(symbol), symbol.type)
        )
        known = piece.host.names.get(name)
        if known is not None:
            return known
        bind = piece.add(ex, f"V_{name}" if name.isidentifier() else None)
        piece.host.names[name] = bind
        return bind

    def _note_tables(self, node: nodes.SqlStatement) -> None:
        """Dependencies: the tables, views and sequences that the text names."""
        tokens = node.tokens
        for index, token in enumerate(tokens):
            if token.kind not in NAMES or (index and tokens[index - 1].text in (".", "%")):
                continue
            names = [token.value]
            if index + 2 < len(tokens) and tokens[index + 1].text == ".":
                names.append(tokens[index + 2].value)
            if token.kind is Token.IDENT and token.value in KEYWORDS:
                continue
            ref, _ = self.catalogue_object(tuple(names))
            if ref is not None and ref.type in (
                "TABLE",
                "VIEW",
                "SEQUENCE",
                "PACKAGE",
                "FUNCTION",
                "TYPE",
            ):
                self.depend(ref.owner, ref.name, ref.type)

    # ------------------------------------------------------------------ host expressions

    def _rewrite(self, piece: _Piece) -> None:
        tokens = piece.node.tokens
        aliases, tables = table_names(tokens)
        record = piece.node.record
        skip_from = record.start + piece.node.base_offset if record is not None else None
        skip_to = record.end + piece.node.base_offset if record is not None else None
        index = 0
        while index < len(tokens):
            token = tokens[index]
            inside_record = (
                skip_from is not None
                and skip_to is not None
                and skip_from <= token.offset < skip_to
            )
            if inside_record:
                index += 1
            elif index in tables:
                index = after_name(tokens, index)
            elif token.kind is Token.BIND:
                index = self._bind_token(piece, index)
            elif token.kind in NAMES and not (index and tokens[index - 1].text == "."):
                index = self._name_token(piece, index, aliases)
            else:
                index += 1

    def _bind_token(self, piece: _Piece, index: int) -> int:
        tokens = piece.node.tokens
        token = tokens[index]
        row = self.scope.lookup(":" + token.value)
        if isinstance(row, RowSymbol) and index + 2 < len(tokens) and tokens[index + 1].text == ".":
            column = tokens[index + 2]
            kind = row.columns.get(column.value)
            if kind is None:
                raise self._at(token, self.bad_bind(f"{token.value}.{column.value}"))
            bind = piece.add(Ex(f"{row.code}[{column.value!r}]", kind))
            self._replace(piece, index, index + 2, f":{bind}")
            return index + 3
        if not self.has_binds:
            raise self._at(token, self.bad_bind(token.value))
        ex = self._host_bind(nodes.HostBind(piece.node.span, token.value))
        self._replace(piece, index, index, f":{piece.add(ex)}")
        return index + 1

    @staticmethod
    def _at(token: Any, text: str) -> Failure:
        failure = Failure(None, text)
        failure.line, failure.column = token.line, token.column
        return failure

    @staticmethod
    def _replace(piece: _Piece, first: int, last: int, by: str) -> None:
        tokens = piece.node.tokens
        base = piece.node.base_offset
        piece.edits.append((tokens[first].offset - base, tokens[last].end - base, by))

    def _name_token(self, piece: _Piece, index: int, aliases: set[str]) -> int:
        """Decide about a name; returns the index of the token to go on with."""
        tokens = piece.node.tokens
        end = index
        while (
            end + 2 < len(tokens) and tokens[end + 1].text == "." and tokens[end + 2].kind in NAMES
        ):
            end += 2
        count = (end - index) // 2 + 1
        following = tokens[end + 1].text if end + 1 < len(tokens) else ""
        first = tokens[index].value
        if following == "%":
            return self._attribute_token(piece, index, end)
        applied = following == "("
        if (count == 1 and not applied) or (count > 1 and first in aliases):
            return end + 1
        names = tuple(tokens[i].value for i in range(index, end + 1, 2))
        symbol, used = self._plsql_symbol(names)
        if isinstance(symbol, Variable):
            if count == 1 and not isinstance(symbol.type, CollectionType):
                return end + 1
            last = extent(tokens, end)
            ex = self._parsed_piece(piece, index, last)
            self._replace(piece, index, last, f":{piece.add(ex)}")
            return last + 1
        if isinstance(symbol, RoutineSet) and used == count:
            self._function_token(piece, index, end, symbol)
        return end + 1

    def _plsql_symbol(self, names: tuple[str, ...]) -> tuple[Any, int]:
        """What a name in SQL means if it is PL/SQL's: (symbol, parts used), else (None, 0)."""
        symbol: Any = self.scope.lookup(names[0], labels=len(names) > 1)
        used = 1
        if symbol is None and len(names) > 1:
            ref, taken = self.catalogue_object(names)
            if ref is None or ref.type != "PACKAGE" or taken == len(names):
                return None, 0
            try:
                symbol = self.external_symbol(ref, None, ".".join(names))  # type: ignore[arg-type]
            except Failure:
                return None, 0
            used = taken
        while isinstance(symbol, LabelSymbol | PackageSymbol) and used < len(names):
            symbol = self._member(symbol, names[used])
            used += 1
        return symbol, used

    def _parsed_piece(self, piece: _Piece, first: int, last: int) -> Ex:
        tokens = piece.node.tokens
        base = piece.node.base_offset
        text = piece.node.text[tokens[first].offset - base : tokens[last].end - base]
        try:
            return self.value_of(parse_expression(text))
        except Failure as failure:
            raise self._at(tokens[first], failure.text) from None
        except PlsqlSyntaxError as error:
            raise self._at(tokens[first], error.text) from None

    def _attribute_token(self, piece: _Piece, index: int, end: int) -> int:
        last = end + 2
        tokens = piece.node.tokens
        if (
            last + 1 < len(tokens)
            and tokens[last + 1].text == "("
            and tokens[last].value.startswith("BULK")
        ):
            last = extent(tokens, last)
        ex = self._parsed_piece(piece, index, last)
        self._replace(piece, index, last, f":{piece.add(ex)}")
        return last + 1

    def _function_token(self, piece: _Piece, index: int, end: int, symbol: RoutineSet) -> None:
        """A function of an enclosing package: qualify it; a local one cannot be called from SQL."""
        routine = symbol.routines[0]
        token = piece.node.tokens[index]
        unit = routine.unit
        if routine.returns is None:
            return
        if unit is None or (routine.native is not None and unit.owner == "SYS"):
            if unit is None:
                raise self._at(token, messages.not_in_sql(symbol.name))
            return
        if unit.kind == "PACKAGE" and unit.scope.local(symbol.name) is not symbol:
            raise self._at(token, messages.not_in_sql(symbol.name))
        if unit.kind == "PACKAGE":
            self._replace(piece, index, end, f'"{unit.owner}"."{unit.name}"."{symbol.name}"')

    # ------------------------------------------------------------------ records

    def _record_operand(self, piece: _Piece, operand: nodes.RecordOperand) -> None:
        value = self.value_of(operand.value)
        kind = value.type
        if not isinstance(kind, RecordType):
            raise Failure(operand, messages.WRONG_TYPE)
        binds = [piece.add(Ex(f"{value.code}.{f.attr}", f.type)) for f in kind.fields.values()]
        if operand.kind == "VALUES":
            text = f"({', '.join(':' + b for b in binds)})"
        else:
            columns = self._target_columns(piece.node)
            if len(columns) != len(binds):
                raise Failure(
                    operand,
                    "PL/SQL: ORA-00913: too many values"
                    if len(binds) > len(columns)
                    else "PL/SQL: ORA-00947: not enough values",
                )
            text = ", ".join(f'"{c}" = :{b}' for c, b in zip(columns, binds, strict=True))
        piece.edits.append((operand.start, operand.end, text))

    def _target_columns(self, node: nodes.SqlStatement) -> list[str]:
        tokens = node.tokens
        names = [tokens[1].value]
        if len(tokens) > 3 and tokens[2].text == ".":
            names.append(tokens[3].value)
        ref, _ = self.catalogue_object(tuple(names))
        table = self.catalog.table(ref.owner, ref.name) if ref is not None else None
        if table is None:
            raise Failure(node, "PL/SQL: ORA-00942: table or view does not exist")
        return [c.name for c in table.columns if not c.hidden]

    def _current_of(self, piece: _Piece, current: nodes.CurrentOf) -> None:
        """``CURRENT OF c``: the row id that the cursor's query brings along."""
        code = self.cursor_code(current.cursor)
        ex = Ex(f"{self.helper(current_rowid)}({code})", types.ROWID, False)
        piece.edits.append((current.start, current.end, f"rowid = :{piece.add(ex)}"))

    def _add_rowid(self, piece: _Piece) -> None:
        """For a cursor that CURRENT OF names: the row id as a further last column of its query."""
        node = piece.node
        tokens = node.tokens
        depth = 0
        start: int | None = None
        for index, token in enumerate(tokens):
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0 and token.kind is Token.IDENT and token.value == "FROM":
                start = index
                break
        if start is None:
            raise Failure(node, unsupported("WHERE CURRENT OF for this query").message)
        after = after_name(tokens, start + 1)
        alias = tokens[after - 1].text
        if (
            after < len(tokens)
            and tokens[after].kind in NAMES
            and (
                tokens[after].kind is Token.QUOTED
                or tokens[after].value not in KEYWORDS | AFTER_FROM
            )
        ):
            alias = tokens[after].text
            after += 1
        if after < len(tokens) and (tokens[after].text == "," or tokens[after].value == "JOIN"):
            raise Failure(node, unsupported("WHERE CURRENT OF with a join").message)
        if tokens[start - 1].text == "*" and tokens[start - 2].value == "SELECT":
            self._replace(piece, start - 1, start - 1, f"{alias}.*")
        cut = tokens[start].offset - node.base_offset
        piece.edits.append((cut, cut, f", {alias}.rowid "))

    # ------------------------------------------------------------------ expressions left to SQL

    def sql_expression_site(self, text: str, node: nodes.Node) -> str:
        """A site for ``select text from dual`` without binds."""
        site = SqlSite(self.machine, f"select {text} from dual", SiteHost(), self.rights())  # noqa: S608
        try:
            site.prepare()
        except OraError as error:
            raise Failure(node, f"PL/SQL: {error.message}") from None
        return self.constant(site, "_s")

    def sql_function(self, node: nodes.SqlFunction) -> Ex:
        """JSON_VALUE and others with a grammar of their own: one query on DUAL."""
        piece = _Piece(node.sql)
        piece.host.finder = lambda name: self._variable_bind(piece, name)
        self._rewrite(piece)
        condition = node.name in ("JSON_EXISTS",)
        body = piece.text()
        before, after = ("case when ", " then 1 else 0 end") if condition else ("", "")
        head = f"select {before}"
        text = f"{head}{body}{after} from dual"
        piece.edits.append((0, 0, head))
        statement = self._prepared(piece, text, node.sql)
        code = f"{statement.site}.value({statement.tuple})"
        if condition:
            return Ex(f"({code} == 1)", types.BOOLEAN, False)
        return Ex(code, types.from_ora(statement.prepared.columns[0].type).unconstrained())
