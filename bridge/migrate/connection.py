"""The runner's session: python-oracledb in thin mode, synchronous, as an administrator."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import oracledb

from bridge.errors import BridgeError
from bridge.logon import explain

__all__ = ["OracleExecutor", "StatementFailed"]


class StatementFailed(BridgeError):
    """The database refused a statement; the text is Oracle's, for the administrator."""

    def __init__(self, *, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class OracleExecutor:
    """Implements ``bridge.migrate.ledger.Executor`` over one connection."""

    def __init__(self, *, dsn: str, user: str, password: str) -> None:
        try:
            self._connection = oracledb.connect(
                dsn=dsn, user=user, password=password, tcp_connect_timeout=20
            )
        except oracledb.Error as exc:
            failed = _failed(exc)
            advice = explain(
                failed.code,
                user=user,
                dsn=dsn,
                user_setting="ERPCRM_MIGRATE__USER",
                settings="ERPCRM_MIGRATE__",
            )
            first = str(failed).partition("\n")[0]
            raise StatementFailed(code=failed.code, text=f"{advice}\n{first}") from exc
        self._connection.module = "erpcrm migrate"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def execute(self, sql: str, binds: Mapping[str, Any] | None = None) -> bool:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql, dict(binds) if binds else None)
                return cursor.warning is not None
        except oracledb.Error as exc:
            raise _failed(exc) from exc

    def query(self, sql: str, binds: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql, dict(binds) if binds else None)
                return list(cursor.fetchall())
        except oracledb.Error as exc:
            raise _failed(exc) from exc

    def call(
        self, sql: str, binds: Mapping[str, Any], out: Mapping[str, type[Any]]
    ) -> dict[str, Any]:
        try:
            with self._connection.cursor() as cursor:
                variables = {name: cursor.var(kind) for name, kind in out.items()}
                cursor.execute(sql, {**binds, **variables})
                return {name: variable.getvalue() for name, variable in variables.items()}
        except oracledb.Error as exc:
            raise _failed(exc) from exc

    def commit(self) -> None:
        try:
            self._connection.commit()
        except oracledb.Error as exc:
            raise _failed(exc) from exc

    def rollback(self) -> None:
        try:
            self._connection.rollback()
        except oracledb.Error as exc:
            raise _failed(exc) from exc

    def close(self) -> None:
        """End the session, and with it the lock."""
        # An administrator's session that is lost already is not worth an error.
        with contextlib.suppress(oracledb.Error):
            self._connection.close()


def _failed(exc: oracledb.Error) -> StatementFailed:
    detail = exc.args[0] if exc.args else None
    code = str(getattr(detail, "full_code", "") or type(exc).__name__)
    message = str(getattr(detail, "message", "") or exc)
    return StatementFailed(code=code, text=message.partition("\nHelp:")[0].strip())
