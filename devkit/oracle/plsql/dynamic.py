"""EXECUTE IMMEDIATE and OPEN FOR with a text: SQL prepared while the program runs."""

from __future__ import annotations

import contextlib
import functools
import re
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError
from devkit.oracle.plsql.cursors import Cursor
from devkit.oracle.plsql.lexer import tokenize
from devkit.oracle.plsql.sql_sites import bind_value
from devkit.oracle.plsql.tokens import Kind as Token
from devkit.oracle.plsql.tokens import PlsqlSyntaxError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devkit.oracle.contracts import Prepared, Row
    from devkit.oracle.values import OraType

Rights = tuple[str, str, bool] | None
_WORD = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*(<<|[A-Za-z]+)", re.DOTALL)
_BLOCKS = ("BEGIN", "DECLARE", "CALL", "<<")
_QUERIES = ("SELECT", "WITH")
_DML = ("INSERT", "UPDATE", "DELETE", "MERGE", "LOCK")


@functools.lru_cache(maxsize=512)
def positional(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with one bind name per occurrence (``:D1`` …), and the names as written."""
    try:
        tokens = tokenize(text)
    except PlsqlSyntaxError as error:
        code = int(error.text[4:9]) if error.text.startswith("ORA-") else 911
        raise OraError(code) from None
    out: list[str] = []
    names: list[str] = []
    for token in tokens:
        if token.kind is Token.BIND:
            names.append(token.value)
            out.append(f":D{len(names)}")
        else:
            out.append(token.text)
    return "".join(out), tuple(names)


@functools.lru_cache(maxsize=512)
def first_word(text: str) -> str:
    match = _WORD.match(text)
    return match[1].upper() if match else ""


class DynamicSql:
    """What compiled code calls for dynamic SQL; ``kinds`` are the types of the USING values."""

    session: Any
    implicit: Any

    def caller_rights(self) -> tuple[str, str, bool]:
        raise AssertionError("see Machine")

    def _run_block(self, text: str, binds: Any, bind_types: Any, rights: Any) -> Any:
        raise AssertionError("see Machine")

    def allow_transaction_control(self, what: str) -> None:
        raise AssertionError("see Machine")

    def forall_counts(self, indexes: Sequence[int], results: Sequence[Any]) -> None:
        raise AssertionError("see Machine")

    def forall_errors(self, errors: Sequence[Any]) -> None:
        raise AssertionError("see Machine")

    def _prepare(
        self, text: str, kinds: list[OraType], rights: Rights, returning: int = 0
    ) -> Prepared:
        rewritten, names = positional(text)
        count = len(names) - returning
        if count > len(kinds):
            raise OraError(1008)
        if count < len(kinds):
            raise OraError(1006)
        schema, user, roles = rights or self.caller_rights()
        bind_types = {f"D{i}": kind for i, kind in enumerate(kinds, 1)}
        prepared: Prepared = self.session.sql.prepare(
            rewritten, schema=schema, user=user, roles=roles, bind_types=bind_types
        )
        return prepared

    @staticmethod
    def _values(values: Sequence[Any]) -> dict[str, Any]:
        return {f"D{i}": bind_value(v) for i, v in enumerate(values, 1)}

    def _checked(self, text: str | None) -> str:
        if text is None or not text.strip():
            raise OraError(6535, text="statement string in EXECUTE IMMEDIATE is NULL or 0 length")
        stripped = text.rstrip()
        if stripped.endswith(";") and first_word(text) not in (*_BLOCKS, "CREATE"):
            raise OraError(933 if first_word(text) in _QUERIES + _DML else 911)
        return text

    def open_dynamic(
        self, text: str | None, kinds: list[OraType], values: Sequence[Any], rights: Rights
    ) -> Cursor:
        """OPEN cursor FOR text USING …"""
        text = self._checked(text)
        prepared = self._prepare(text, kinds, rights)
        result = self.session.sql.open(prepared, self._values(values))
        return Cursor().attach(result, for_update=prepared.for_update)

    def query_all(
        self, text: str | None, kinds: list[OraType], values: Sequence[Any], rights: Rights
    ) -> list[Row]:
        """EXECUTE IMMEDIATE … BULK COLLECT INTO."""
        cursor = self.open_dynamic(text, kinds, values, rights)
        rows = cursor.fetch_all()
        cursor.close()
        self.implicit.rowcount = len(rows)
        return rows

    def query_one(
        self, text: str | None, kinds: list[OraType], values: Sequence[Any], rights: Rights
    ) -> Row:
        """EXECUTE IMMEDIATE … INTO."""
        cursor = self.open_dynamic(text, kinds, values, rights)
        rows = cursor.fetch(2)
        cursor.close()
        self.implicit.rowcount = min(len(rows), 1)
        if not rows:
            raise OraError(1403)
        if len(rows) > 1:
            raise OraError(1422)
        return rows[0]

    def execute_immediate(
        self,
        text: str | None,
        kinds: list[OraType],
        values: Sequence[Any],
        rights: Rights,
        modes: list[str],
        returning: int,
    ) -> tuple[list[Any], list[Row]]:
        """Anything else: (values of OUT arguments, RETURNING rows)."""
        text = self._checked(text)
        word = first_word(text)
        if word in _BLOCKS:
            return self._execute_block(text, kinds, values, rights, modes), []
        if word in _QUERIES:
            self._prepare(text, kinds, rights)
            return [], []
        if word in _DML:
            # the OUT arguments of a RETURNING clause may be given in USING
            outs = sum(1 for m in modes if m != "IN")
            given = len(values) - outs
            prepared = self._prepare(text, kinds[:given], rights, returning or outs)
            result = self.session.sql.run(prepared, self._values(values[:given]))
            self.implicit.rowcount = result.rowcount
            if outs:
                row = result.returned[0] if result.returned else (None,) * outs
                return list(row), []
            return [], result.returned
        if values:
            raise OraError(
                1006 if word not in ("CREATE", "ALTER", "DROP") else 1027,
                text="bind variables not allowed for data definition operations"
                if word in ("CREATE", "ALTER", "DROP")
                else "bind variable does not exist",
            )
        self.allow_transaction_control("ROLLBACK" if word == "ROLLBACK" else "COMMIT")
        with self._as(rights):
            has_errors = self.session.run_statement(text)
        self.implicit.rowcount = 0
        if has_errors:
            raise OraError(24344)  # a warning of OCI, an error within PL/SQL
        return [], []

    @contextlib.contextmanager
    def _as(self, rights: Rights) -> Iterator[None]:
        """Session functions below (DDL, supplied packages) see the rights of the unit."""
        stack = getattr(self.session, "rights", None)
        if stack is None:
            yield
            return
        schema, user, _ = rights or self.caller_rights()
        stack.append((user, schema))
        try:
            yield
        finally:
            stack.pop()

    def _execute_block(
        self,
        text: str,
        kinds: list[OraType],
        values: Sequence[Any],
        rights: Rights,
        modes: list[str],
    ) -> list[Any]:
        _, occurrences = positional(text)
        names = list(dict.fromkeys(occurrences))
        if len(names) != len(values):
            raise OraError(1008 if len(names) > len(values) else 1006)
        binds: dict[str, Any] = dict(zip(names, values, strict=True))
        bind_types = dict(zip(names, kinds, strict=True))
        self._run_block(text, binds, bind_types, rights or self.caller_rights())
        return [binds[n] for n, m in zip(names, modes, strict=True) if m != "IN"]

    def execute_many(
        self,
        text: str | None,
        kinds: list[OraType],
        indexes: Sequence[int],
        rows: list[Sequence[Any]],
        save_exceptions: bool,
        rights: Rights,
    ) -> None:
        """FORALL … EXECUTE IMMEDIATE."""
        text = self._checked(text)
        self.implicit.bulk_rowcount = {}
        self.implicit.bulk_exceptions = []
        if not rows:
            self.implicit.rowcount = 0
            return
        prepared = self._prepare(text, kinds, rights)
        try:
            results, errors = self.session.sql.run_many(
                prepared, [self._values(r) for r in rows], save_exceptions=save_exceptions
            )
        except OraError as error:
            self.forall_counts(indexes, getattr(error, "rows_done", []))
            raise
        self.forall_counts(indexes, results)
        self.forall_errors(errors)
