"""A session without network, and a schema of its own for each module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devkit.oracle.contracts import Bind, Direction, ExecuteRequest
from devkit.oracle.errors import OraError
from devkit.oracle.server import start_cluster
from devkit.oracle.session import Database, Session
from devkit.oracle.supplied import dbms_output
from devkit.oracle.values import Kind, OraType

if TYPE_CHECKING:
    from collections.abc import Iterator


class Plsql:
    """Creates units, runs blocks and gives what they printed."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.directions: list[Direction] = []

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        result = self.session.execute(ExecuteRequest(text))
        return result.cursor.fetch(1000) if result.cursor else []

    def create(self, text: str) -> None:
        """CREATE a unit that must compile."""
        result = self.session.execute(ExecuteRequest(f"create or replace {text}"))
        if result.compiled_with_errors:
            pytest.fail(f"compiled with errors: {self.all_errors()}")

    def broken(self, text: str) -> list[tuple[Any, ...]]:
        """CREATE a unit that must not compile; its errors as (line, position, text)."""
        result = self.session.execute(ExecuteRequest(f"create or replace {text}"))
        assert result.compiled_with_errors
        return self.all_errors()

    def all_errors(self) -> list[tuple[Any, ...]]:
        return self.sql(
            "select line, position, text from dba_errors where owner = 'T' order by sequence"
        )

    def run(self, text: str, **binds: Any) -> list[str]:
        """Run a block; the lines that it put out."""
        out = dbms_output.buffer(self.session)
        out.enabled, out.limit = True, None
        out.lines.clear()
        names = [name.upper() for name in binds]
        kinds = [OraType(Kind.VARCHAR2, 4000) for _ in names]
        self.session.execute(
            ExecuteRequest(
                text,
                [Bind(n, k) for n, k in zip(names, kinds, strict=True)],
                [list(binds.values())],
            )
        )
        lines = list(out.lines)
        out.lines.clear()
        return lines

    def call(self, text: str, **binds: tuple[OraType, Any]) -> dict[str, Any]:
        """Run a block with typed binds; gives the values of OUT binds and the directions."""
        request = ExecuteRequest(
            text,
            [Bind(n.upper(), kind, is_array=isinstance(v, list)) for n, (kind, v) in binds.items()],
            [[v for _, v in binds.values()]],
        )
        result = self.session.execute(request)
        directions = result.directions or []
        self.directions = list(directions)
        outs = [n for n, d in zip(binds, directions, strict=True) if d is not Direction.IN]
        return dict(zip(outs, (result.out or [[]])[0], strict=True))

    def fails(self, text: str) -> OraError:
        """Run a block that must raise."""
        with pytest.raises(OraError) as caught:
            self.run(text)
        return caught.value


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with start_cluster(tmp_path_factory.mktemp("data"), durability="fast") as cluster:
        yield Database(cluster.conninfo)


@pytest.fixture(scope="session")
def back_session(database: Database) -> Iterator[Session]:
    session = database.open_session("SYSTEM")
    yield session
    session.close()


@pytest.fixture
def other(database: Database) -> Iterator[Plsql]:
    """A second session beside the first."""
    session = database.open_session("SYSTEM")
    yield Plsql(session)
    session.close()


@pytest.fixture
def plsql(back_session: Session) -> Iterator[Plsql]:
    """A fresh schema T, current for the administrator."""
    client = Plsql(back_session)
    client.sql("create user t no authentication quota unlimited on users")
    client.sql("alter session set current_schema = t")
    yield client
    back_session.rollback()
    client.sql("alter session set current_schema = system")
    client.sql("drop user t cascade")


@pytest.fixture(scope="module")
def plsql_shared(back_session: Session) -> Plsql:
    """For blocks that create nothing."""
    return Plsql(back_session)
