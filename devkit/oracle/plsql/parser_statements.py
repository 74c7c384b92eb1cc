"""Statements, blocks and handlers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from devkit.oracle.errors import unsupported
from devkit.oracle.plsql.nodes import (
    Apply,
    Argument,
    Assignment,
    Block,
    CallStatement,
    CaseBranch,
    CaseStatement,
    Close,
    Commit,
    Continue,
    Declaration,
    Dotted,
    ExecuteImmediate,
    Exit,
    Expr,
    Fetch,
    ForAll,
    ForAllBounds,
    ForCursor,
    ForQuery,
    ForRange,
    Goto,
    Handler,
    If,
    IfBranch,
    IndicesOf,
    Loop,
    Name,
    NamePart,
    NullStatement,
    OpenCursor,
    OpenFor,
    PipeRow,
    PragmaDeclaration,
    PragmaStatement,
    Raise,
    RangeBounds,
    Return,
    Rollback,
    Savepoint,
    SqlStatement,
    Statement,
    UsingArgument,
    ValuesOf,
    While,
)
from devkit.oracle.plsql.parser_base import encountered
from devkit.oracle.plsql.parser_sql import SqlPieceParser

_ENDS = frozenset(["END", "EXCEPTION", "ELSE", "ELSIF", "WHEN", "\0end"])
STATEMENT_START = (
    "(",
    "begin",
    "case",
    "declare",
    "exit",
    "for",
    "goto",
    "if",
    "loop",
    "mod",
    "null",
    "pragma",
    "raise",
    "return",
    "select",
    "update",
    "while",
    "with",
    "<an identifier>",
    "<a double-quoted delimited-identifier>",
    "<a bind variable>",
    "<<",
    "continue",
    "close",
    "current",
    "delete",
    "fetch",
    "lock",
    "insert",
    "open",
    "rollback",
    "savepoint",
    "set",
    "sql",
    "execute",
    "commit",
    "forall",
    "merge",
    "pipe",
    "purge",
)
Labels = tuple[NamePart, ...]


class StatementParser(SqlPieceParser):
    @abstractmethod
    def declarations(self) -> tuple[Declaration, ...]:
        """Declarations up to BEGIN."""

    @abstractmethod
    def pragma(self) -> PragmaDeclaration:
        """A PRAGMA with its semicolon."""

    # ---------------------------------------------------------------- blocks

    def block(
        self,
        labels: Labels = (),
        first: int | None = None,
        *,
        declare: bool = True,
        name: NamePart | None = None,
    ) -> Block:
        """``[DECLARE declarations] BEGIN … END [name]``, without the semicolon.

        With ``declare`` False the declarations follow at once, as in a routine after IS; ``name``
        is the routine's, which may be repeated after END.
        """
        start = self.at if first is None else first
        declared: tuple[Declaration, ...] = ()
        if not declare or self.take("DECLARE"):
            declared = self.declarations()
        begin = self.token.seq
        self.expect("BEGIN")
        statements = self.statements()
        handlers = self.handlers()
        self.expect("END")
        end_name = self.end_name(name if name is not None else (labels[-1] if labels else None))
        return Block(
            self.span(start), declared, statements, handlers, end_name, begin, labels=labels
        )

    def handlers(self) -> tuple[Handler, ...]:
        if not self.take("EXCEPTION"):
            return ()
        found: list[Handler] = []
        if self.words[self.at] != "WHEN":
            self.fail("pragma", "when")
        while self.words[self.at] == "WHEN":
            first = self.at
            self.at += 1
            names: list[Name] = []
            if not self.take("OTHERS"):
                names.append(self.name())
                while self.take("OR"):
                    names.append(self.name())
            self.expect("THEN")
            statements = self.statements()
            if found and found[-1].others:
                raise self.error(
                    "PLS-00370: OTHERS handler must be last among the exception handlers of a "
                    "block",
                    self.tokens[first],
                )
            found.append(Handler(self.span(first), tuple(names), statements))
        return tuple(found)

    def statements(self) -> tuple[Statement, ...]:
        """One statement or more, up to a word that ends the list."""
        found = [self.statement()]
        while self.words[self.at] not in _ENDS:
            found.append(self.statement())
        return tuple(found)

    # ---------------------------------------------------------------- one statement

    def statement(self) -> Statement:
        first = self.at
        labels: Labels = ()
        while self.take("<<"):
            labels += (self.name_part(),)
            self.expect(">>")
        word = self.words[self.at]
        parse = _STATEMENTS.get(word)
        following = self.words[self.at + 1]
        if parse is not None and following not in (":=", ".", "%", "@"):
            found = parse(self, first, labels)
            if found is not None:
                self.expect(";")
                return found
        return self._assignment_or_call(first, labels)

    def _assignment_or_call(self, first: int, labels: Labels) -> Statement:
        if not (self.is_name() or self.words[self.at] in ("\0bind", "(")):
            self.fail(*STATEMENT_START)
        target = self._parenthesised_target() if self.words[self.at] == "(" else self.target()
        if self.take(":="):
            value = self.expression()
            found: Statement = Assignment(self.span(first), target, value, labels=labels)
        elif isinstance(target, Name | Apply | Dotted):
            if self.words[self.at] != ";":
                self.fail(":=", ".", "(", "@", "%", ";")
            found = CallStatement(self.span(first), target, labels=labels)
        else:
            self.fail(":=", ".", "(", "@", "%", ";")
        self.expect(";")
        return found

    def _parenthesised_target(self) -> Expr:
        """``(self as t).m(…)``: a parenthesis is a statement's beginning only with a member."""
        first = self.at
        base = self._parenthesis()
        if self.words[self.at] != ".":
            self.fail(".")
        return self._postfix(first, base)

    def _block(self, first: int, labels: Labels) -> Statement:
        return self.block(labels, first)

    def _null_statement(self, first: int, labels: Labels) -> Statement:
        self.at += 1
        return NullStatement(self.span(first), labels=labels)

    def _if(self, first: int, labels: Labels) -> Statement:
        branches: list[IfBranch] = []
        otherwise = None
        while True:
            start = self.at
            self.at += 1  # IF or ELSIF
            condition = self.expression()
            self.expect("THEN")
            statements = self.statements()
            branches.append(IfBranch(self.span(start), condition, statements))
            if self.words[self.at] != "ELSIF":
                break
        if self.take("ELSE"):
            otherwise = self.statements()
        self.expect("END")
        self.expect("IF")
        return If(self.span(first), tuple(branches), otherwise, labels=labels)

    def _case_statement(self, first: int, labels: Labels) -> Statement:
        self.at += 1
        selector = None if self.words[self.at] == "WHEN" else self.expression()
        branches: list[CaseBranch] = []
        if self.words[self.at] != "WHEN":
            self.fail("when")
        while self.words[self.at] == "WHEN":
            start = self.at
            self.at += 1
            condition = self.expression()
            self.expect("THEN")
            statements = self.statements()
            branches.append(CaseBranch(self.span(start), condition, statements))
        otherwise = self.statements() if self.take("ELSE") else None
        self.expect("END")
        self.expect("CASE")
        end_name = self._end_label(labels)
        return CaseStatement(
            self.span(first), selector, tuple(branches), otherwise, end_name, labels=labels
        )

    # ---------------------------------------------------------------- loops

    def _end_label(self, labels: Labels) -> NamePart | None:
        if not self.is_name():
            return None
        token = self.token
        part = self.name_part()
        if not labels:
            raise encountered(token, (";",))
        if part.folded not in [label.folded for label in labels]:
            raise self.error(
                f"PLS-00113: END identifier '{part.folded}' must match '{labels[-1].folded}' at "
                f"line {labels[-1].line}, column {labels[-1].column}",
                token,
            )
        return part

    def _loop_body(self, labels: Labels) -> tuple[tuple[Statement, ...], NamePart | None]:
        self.expect("LOOP")
        statements = self.statements()
        self.expect("END")
        self.expect("LOOP")
        return statements, self._end_label(labels)

    def _loop(self, first: int, labels: Labels) -> Statement:
        statements, end_name = self._loop_body(labels)
        return Loop(self.span(first), statements, end_name, labels=labels)

    def _while(self, first: int, labels: Labels) -> Statement:
        self.at += 1
        condition = self.expression()
        statements, end_name = self._loop_body(labels)
        return While(self.span(first), condition, statements, end_name, labels=labels)

    def _for(self, first: int, labels: Labels) -> Statement:
        self.at += 1
        index = self.name_part()
        self.expect("IN")
        if self.words[self.at] == "(" and self.starts_query():
            self.at += 1
            query = self.embedded_query()
            self.expect(")")
            statements, end_name = self._loop_body(labels)
            return ForQuery(self.span(first), index, query, statements, end_name, labels=labels)
        reverse = self.take("REVERSE")
        low = self.additive()
        if self.take(".."):
            high = self.additive()
            statements, end_name = self._loop_body(labels)
            return ForRange(
                self.span(first), index, reverse, low, high, statements, end_name, labels=labels
            )
        args: tuple[Argument, ...] = ()
        cursor: Expr = low
        if reverse or not isinstance(low, Name | Apply | Dotted):
            self.fail("..")
        if isinstance(low, Apply):
            cursor, args = low.target, low.args
        statements, end_name = self._loop_body(labels)
        return ForCursor(self.span(first), index, cursor, args, statements, end_name, labels=labels)

    def _forall(self, first: int, labels: Labels) -> Statement | None:
        if not self.is_name(self.at + 1):
            return None
        self.at += 1
        index = self.name_part()
        self.expect("IN")
        bounds = self._forall_bounds()
        save = self.take_all("SAVE", "EXCEPTIONS")
        start = self.at
        word = self.words[start]
        body: SqlStatement | ExecuteImmediate
        if word == "EXECUTE":
            dynamic = self._execute(start, ())
            if not isinstance(dynamic, ExecuteImmediate):
                self.fail("immediate")
            body = dynamic
        elif word in ("INSERT", "UPDATE", "DELETE", "MERGE"):
            body = self.sql_statement(word)
        else:
            self.fail("insert", "update", "delete", "merge", "execute", "save")
        return ForAll(self.span(first), index, bounds, save, body, labels=labels)

    def _forall_bounds(self) -> ForAllBounds:
        first = self.at
        if self.take_all("INDICES", "OF"):
            collection = self.target()
            low = high = None
            if self.take("BETWEEN"):
                low = self.additive()
                self.expect("AND")
                high = self.additive()
            return IndicesOf(self.span(first), collection, low, high)
        if self.take_all("VALUES", "OF"):
            collection = self.target()
            return ValuesOf(self.span(first), collection)
        start = self.additive()
        self.expect("..")
        end = self.additive()
        return RangeBounds(self.span(first), start, end)

    def _exit(self, first: int, labels: Labels) -> Statement | None:
        return self._leave(first, labels, Exit)

    def _continue(self, first: int, labels: Labels) -> Statement | None:
        return self._leave(first, labels, Continue)

    def _leave(
        self, first: int, labels: Labels, cls: type[Exit] | type[Continue]
    ) -> Statement | None:
        if self.words[self.at + 1] == "(":
            return None
        self.at += 1
        label = None
        if self.words[self.at] != "WHEN" and self.is_name():
            label = self.name_part()
        condition = self.expression() if self.take("WHEN") else None
        return cls(self.span(first), label, condition, labels=labels)

    # ---------------------------------------------------------------- control

    def _goto(self, first: int, labels: Labels) -> Statement:
        self.at += 1
        label = self.name_part()
        return Goto(self.span(first), label, labels=labels)

    def _return(self, first: int, labels: Labels) -> Statement:
        self.at += 1
        value = None if self.words[self.at] == ";" else self.expression()
        return Return(self.span(first), value, labels=labels)

    def _raise(self, first: int, labels: Labels) -> Statement:
        self.at += 1
        exception = None if self.words[self.at] == ";" else self.name()
        return Raise(self.span(first), exception, labels=labels)

    def _pipe(self, first: int, labels: Labels) -> Statement | None:
        if self.words[self.at + 1] != "ROW":
            return None
        self.at += 2
        self.expect("(")
        value = self.expression()
        self.expect(")")
        return PipeRow(self.span(first), value, labels=labels)

    def _pragma(self, first: int, labels: Labels) -> Statement | None:
        if not self.is_name(self.at + 1):
            return None
        pragma = self.pragma()
        self.at -= 1  # the semicolon is the statement's
        return PragmaStatement(self.span(first), pragma, labels=labels)

    # ---------------------------------------------------------------- SQL

    def _sql(self, first: int, labels: Labels) -> Statement | None:
        word = self.words[self.at]
        following = self.words[self.at + 1]
        if word == "MERGE" and following != "INTO":
            return None
        if word == "LOCK" and following != "TABLE":
            return None
        if word == "SET" and following not in ("TRANSACTION", "ROLE", "CONSTRAINT", "CONSTRAINTS"):
            return None
        if following == ";":
            return None
        kind = "SELECT" if word == "WITH" else word
        return _labelled(self.sql_statement(kind), labels)

    def _commit(self, first: int, labels: Labels) -> Statement:
        self.at += 1
        words: list[str] = []
        while self.words[self.at] != ";":
            token = self.token
            allowed = ("WORK", "COMMENT", "WRITE", "WAIT", "NOWAIT", "IMMEDIATE", "BATCH")
            if self.words[self.at] == "FORCE":
                raise unsupported("COMMIT FORCE")
            if self.words[self.at] not in (*allowed, "\0string", ","):
                self.fail("comment", "work", ";")
            words.append(token.text)
            self.at += 1
        return Commit(self.span(first), " ".join(words), labels=labels)

    def _rollback(self, first: int, labels: Labels) -> Statement:
        self.at += 1
        self.take("WORK")
        to = None
        if self.take("TO"):
            self.take("SAVEPOINT")
            to = self.name_part()
        return Rollback(self.span(first), to, labels=labels)

    def _savepoint(self, first: int, labels: Labels) -> Statement | None:
        if not self.is_name(self.at + 1):
            return None
        self.at += 1
        name = self.name_part()
        return Savepoint(self.span(first), name, labels=labels)

    # ---------------------------------------------------------------- cursors, dynamic SQL

    def _open(self, first: int, labels: Labels) -> Statement | None:
        if not (self.is_name(self.at + 1) or self.words[self.at + 1] == "\0bind"):
            return None
        self.at += 1
        cursor = self.target()
        if not self.take("FOR"):
            if isinstance(cursor, Apply):
                return OpenCursor(self.span(first), cursor.target, cursor.args, labels=labels)
            return OpenCursor(self.span(first), cursor, (), labels=labels)
        if self.starts_query():
            query = self.sql_statement("SELECT", with_into=False)
            return OpenFor(self.span(first), cursor, query, None, labels=labels)
        sql = self.expression()
        using = self._using()
        return OpenFor(self.span(first), cursor, None, sql, using, labels=labels)

    def _fetch(self, first: int, labels: Labels) -> Statement:
        self.at += 1
        cursor = self.target()
        into, bulk = self._into()
        limit = self.expression() if bulk and self.take("LIMIT") else None
        return Fetch(self.span(first), cursor, into, bulk, limit, labels=labels)

    def _into(self) -> tuple[tuple[Expr, ...], bool]:
        bulk = self.take("BULK")
        if bulk:
            self.expect("COLLECT")
        if self.words[self.at] != "INTO":
            self.fail("into", "bulk")
        self.at += 1
        targets = [self.target()]
        while self.take(","):
            targets.append(self.target())
        return tuple(targets), bulk

    def _close(self, first: int, labels: Labels) -> Statement | None:
        if not (self.is_name(self.at + 1) or self.words[self.at + 1] == "\0bind"):
            return None
        self.at += 1
        cursor = self.target()
        return Close(self.span(first), cursor, labels=labels)

    def _execute(self, first: int, labels: Labels) -> Statement | None:
        if self.words[self.at + 1] != "IMMEDIATE":
            return None
        self.at += 2
        sql = self.expression()
        into: tuple[Expr, ...] = ()
        returning: tuple[Expr, ...] = ()
        bulk = returning_bulk = False
        if self.words[self.at] in ("INTO", "BULK"):
            into, bulk = self._into()
        using = self._using()
        if self.words[self.at] in ("RETURNING", "RETURN"):
            self.at += 1
            returning, returning_bulk = self._into()
        return ExecuteImmediate(
            self.span(first), sql, into, bulk, using, returning, returning_bulk, labels=labels
        )

    def _using(self) -> tuple[UsingArgument, ...]:
        if not self.take("USING"):
            return ()
        found: list[UsingArgument] = []
        while True:
            first = self.at
            mode = "IN"
            if self.take("IN"):
                mode = "IN OUT" if self.take("OUT") else "IN"
            elif self.words[self.at] == "OUT" and self.words[self.at + 1] not in (",", ";", "."):
                self.at += 1
                mode = "OUT"
            value = self.expression()
            found.append(UsingArgument(self.span(first), mode, value))
            if not self.take(","):
                return tuple(found)


def _labelled(statement: SqlStatement, labels: Labels) -> SqlStatement:
    if not labels:
        return statement
    s = statement
    return SqlStatement(
        s.span,
        s.kind,
        s.text,
        s.base_offset,
        s.tokens,
        s.into,
        s.bulk,
        s.returning,
        s.record,
        s.current_of,
        labels=labels,
    )


_Parse = Callable[[StatementParser, int, Labels], Statement | None]
_STATEMENTS: dict[str, _Parse] = {
    "BEGIN": StatementParser._block,
    "DECLARE": StatementParser._block,
    "NULL": StatementParser._null_statement,
    "IF": StatementParser._if,
    "CASE": StatementParser._case_statement,
    "LOOP": StatementParser._loop,
    "WHILE": StatementParser._while,
    "FOR": StatementParser._for,
    "FORALL": StatementParser._forall,
    "EXIT": StatementParser._exit,
    "CONTINUE": StatementParser._continue,
    "GOTO": StatementParser._goto,
    "RETURN": StatementParser._return,
    "RAISE": StatementParser._raise,
    "PIPE": StatementParser._pipe,
    "PRAGMA": StatementParser._pragma,
    "COMMIT": StatementParser._commit,
    "ROLLBACK": StatementParser._rollback,
    "SAVEPOINT": StatementParser._savepoint,
    "OPEN": StatementParser._open,
    "FETCH": StatementParser._fetch,
    "CLOSE": StatementParser._close,
    "EXECUTE": StatementParser._execute,
    **dict.fromkeys(
        ["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "LOCK", "SET", "WITH"],
        StatementParser._sql,
    ),
}
