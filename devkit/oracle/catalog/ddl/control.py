"""Transaction control: COMMIT, ROLLBACK, SAVEPOINT, SET TRANSACTION, SET ROLE, SET CONSTRAINTS."""

from __future__ import annotations

from typing import Any

from devkit.oracle.catalog.ddl.reader import Reader
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.storage.failures import INDEX_PREFIX


def run(session: Any, sql: str) -> None:
    reader = Reader(sql, session.release)
    word = reader.take_one("COMMIT", "ROLLBACK", "SAVEPOINT", "SET")
    if word == "COMMIT":
        _commit(session, reader)
    elif word == "ROLLBACK":
        reader.take("WORK")
        if reader.take("TO"):
            reader.take("SAVEPOINT")
            name = reader.name()
            reader.finish(933)
            session.rollback_to(name)
        else:
            reader.finish(2181)
            session.rollback()
    elif word == "SAVEPOINT":
        name = reader.name(3001)
        reader.finish(933)
        session.savepoint(name)
    elif reader.take("TRANSACTION"):
        _set_transaction(session, reader)
    elif reader.take_one("ROLE", "CONSTRAINT", "CONSTRAINTS"):
        _set_other(session, reader)
    else:
        raise OraError(922, position=reader.offset)


def _commit(session: Any, reader: Reader) -> None:
    reader.take("WORK")
    if reader.take("COMMENT"):
        reader.string()
    if reader.take("WRITE"):
        while reader.take_one("WAIT", "NOWAIT", "IMMEDIATE", "BATCH"):
            continue
    reader.finish(2185)
    session.commit()


def _set_transaction(session: Any, reader: Reader) -> None:
    if reader.take("READ"):
        mode = "READ " + reader.take_one("ONLY", "WRITE")
        if mode == "READ ":
            raise OraError(900, position=reader.offset)
    elif reader.take("ISOLATION", "LEVEL"):
        mode = "SERIALIZABLE" if reader.take("SERIALIZABLE") else "READ COMMITTED"
        if mode == "READ COMMITTED":
            reader.expect("READ")
            reader.expect("COMMITTED")
    elif reader.take("NAME"):
        reader.string()
        reader.finish(933)
        return
    else:
        raise unsupported(f"SET TRANSACTION {reader.word()}")
    if reader.take("NAME"):
        reader.string()
    reader.finish(933)
    session.storage.set_mode(mode)


_DEFERRABLE = """
SELECT string_agg(format('%I.%I', o.owner, c.conname), ', ')
FROM ora_dict.constraints o
JOIN pg_namespace n ON n.nspname = o.owner
JOIN pg_constraint c ON c.connamespace = n.oid
 AND c.conname = CASE o.kind WHEN 'R' THEN o.name ELSE $1 || o.name END
WHERE o.is_deferrable AND o.enabled AND c.condeferrable
"""


def _set_other(session: Any, reader: Reader) -> None:
    if reader.word(-1) == "ROLE":
        if not reader.take("ALL"):
            raise unsupported("SET ROLE other than ALL")
        reader.finish(933)
        return
    if not reader.take("ALL"):
        raise unsupported("SET CONSTRAINTS with a list")
    mode = reader.take_one("IMMEDIATE", "DEFERRED")
    if not mode:
        raise OraError(905, position=reader.offset)
    reader.finish(933)
    with session.storage.statement(writes=True):
        # not PostgreSQL's ALL: foreign keys are deferrable there that are not in Oracle
        names = session.storage.query(_DEFERRABLE, (INDEX_PREFIX,)).rows[0][0]
        if names:
            session.storage.script(f"SET CONSTRAINTS {names} {mode}")
