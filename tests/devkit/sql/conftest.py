"""One stand-in without network for all SQL tests; each test file works in a schema of its own."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from devkit.oracle.contracts import Bind, ExecuteRequest, ExecuteResult
from devkit.oracle.errors import OraError
from devkit.oracle.server import start_cluster
from devkit.oracle.session import Database, Session
from devkit.oracle.values import DATE, NUMBER, RAW, VARCHAR2, OraType

if TYPE_CHECKING:
    from collections.abc import Iterator


def bind_type(value: Any) -> OraType:
    if isinstance(value, int | Decimal):
        return NUMBER
    if isinstance(value, bytes):
        return RAW
    if isinstance(value, datetime):
        return DATE
    return VARCHAR2


class Sql:
    """Runs statements as a client would, in schema S."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def execute(self, sql: str, *rows: dict[str, Any], **options: Any) -> ExecuteResult:
        binds = [Bind(name, bind_type(value)) for name, value in (rows[0] if rows else {}).items()]
        names = options.pop("returning", [])
        binds += [Bind(name, VARCHAR2, is_returning=True) for name in names]
        values = [list(row.values()) for row in rows] or [[]]
        return self.session.execute(ExecuteRequest(sql, binds, values, **options))

    def rows(self, sql: str, **binds: Any) -> list[tuple[Any, ...]]:
        result = self.execute(sql, *([binds] if binds else []))
        assert result.cursor is not None
        return result.cursor.fetch(10_000)

    def one(self, sql: str, **binds: Any) -> Any:
        rows = self.rows(sql, **binds)
        assert len(rows) == 1
        return rows[0][0] if len(rows[0]) == 1 else rows[0]

    def count(self, sql: str, **binds: Any) -> int:
        return self.execute(sql, *([binds] if binds else [])).rowcount

    def error(self, sql: str, *rows: dict[str, Any]) -> OraError:
        with pytest.raises(OraError) as caught:
            result = self.execute(sql, *rows)
            if result.cursor is not None:
                result.cursor.fetch(10_000)
        return caught.value


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with start_cluster(tmp_path_factory.mktemp("sql"), durability="fast") as cluster:
        yield Database(cluster.conninfo)


@pytest.fixture(scope="session")
def database(server: Database) -> Iterator[Session]:
    session = server.open_session("SYSTEM")
    yield session
    session.close()


@pytest.fixture(scope="module")
def schema(database: Session) -> Iterator[Sql]:
    """A fresh schema S for the module; SYSTEM is the user."""
    sql = Sql(database)
    sql.execute("create user s no authentication quota unlimited on users")
    sql.execute("alter session set current_schema = s")
    yield sql
    database.rollback()
    sql.execute("alter session set current_schema = system")
    sql.execute("drop user s cascade")


@pytest.fixture
def sql(schema: Sql) -> Iterator[Sql]:
    """The module's schema; what the test changes is rolled back."""
    yield schema
    schema.session.rollback()
