"""Which handler a DDL statement goes to, and the transaction it runs in."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

from devkit.oracle.catalog.ddl import (
    alter_session,
    alter_table,
    grants,
    indexes,
    objects,
    tables,
    units,
    users,
    views,
)
from devkit.oracle.catalog.ddl.context import Context
from devkit.oracle.catalog.ddl.reader import Reader
from devkit.oracle.errors import OraError, unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOCK_TIMEOUT = 2000  # ms; Oracle waits DDL_LOCK_TIMEOUT, but a reader never stands in its way there

_WORD = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*([A-Za-z]+)", re.DOTALL)
_UNIT_WORDS = ("PACKAGE", "PROCEDURE", "FUNCTION", "TRIGGER", "TYPE")
_CREATE: dict[str, Callable[[Context, Reader], None]] = {
    "TABLE": tables.create,
    "INDEX": indexes.create,
    "SEQUENCE": objects.create_sequence,
    "SYNONYM": objects.create_synonym,
    "VIEW": views.create,
    "USER": users.create_user,
    "ROLE": users.create_role,
}
_ALTER: dict[str, Callable[[Context, Reader], None]] = {
    "TABLE": alter_table.alter,
    "INDEX": indexes.alter,
    "SEQUENCE": objects.alter_sequence,
    "USER": users.alter_user,
    "VIEW": views.alter,
    "PACKAGE": units.alter,
    "PROCEDURE": units.alter,
    "FUNCTION": units.alter,
    "TRIGGER": units.alter,
    "TYPE": units.alter,
}
_DROP: dict[str, Callable[[Context, Reader], None]] = {
    "TABLE": tables.drop,
    "INDEX": indexes.drop,
    "SEQUENCE": objects.drop_sequence,
    "SYNONYM": objects.drop_synonym,
    "VIEW": views.drop,
    "USER": users.drop_user,
    "ROLE": users.drop_role,
    "PACKAGE": units.drop,
    "PROCEDURE": units.drop,
    "FUNCTION": units.drop,
    "TRIGGER": units.drop,
    "TYPE": units.drop,
}
_OTHER: dict[str, Callable[[Context, Reader], None]] = {
    "GRANT": grants.grant,
    "REVOKE": grants.revoke,
    "COMMENT": objects.comment,
    "TRUNCATE": tables.truncate,
    "RENAME": tables.rename,
}


def run(session: Any, sql: str) -> bool:
    """Run the statement; True when a PL/SQL unit was created with errors (ORA-24344)."""
    if _is_unit(sql):
        return units.create(session, sql)
    reader = Reader(sql, session.release)
    if reader.is_at("ALTER", "SESSION"):
        alter_session.run(session, reader)
        return False
    if reader.is_at("ALTER", "SYSTEM"):
        alter_session.run_system(session, reader)
        return False
    handler = _handler(reader)
    context = Context(session)
    session.commit()
    with change(session):
        handler(context, reader)
    units.compile_pending(session, context)
    return context.warning


@contextlib.contextmanager
def change(session: Any) -> Iterator[None]:
    """The transaction of a change of the dictionary.

    It raises the dictionary's version first, so that DDL of two sessions runs one after the other.
    """
    try:
        with session.storage.statement(writes=True):
            timeout = max(LOCK_TIMEOUT, int(session.settings.get("DDL_LOCK_TIMEOUT", "0")) * 1000)
            # the setting holds before the row is locked, for which it is
            session.storage.query(
                "UPDATE ora_dict.version SET version = version + 1"
                " WHERE set_config('lock_timeout', $1, true) IS NOT NULL",
                (str(timeout),),
            )
            yield
        session.storage.commit()
    except BaseException:
        # what was read meanwhile may never have been
        session.catalog.forget()
        raise
    finally:
        _finish(session)


def _finish(session: Any) -> None:
    session.catalog.follow()
    session.storage.forget_plans()
    if session.storage is not session.main_storage:
        session.main_storage.forget_plans()
    session.forget_broken_units()


def _is_unit(sql: str) -> bool:
    """CREATE of a PL/SQL unit: its text is not tokenised here, and ends with its own ``;``."""
    words = _words(sql, 8)
    if not words or words[0] != "CREATE":
        return False
    rest = [
        one for one in words[1:] if one not in ("OR", "REPLACE", "EDITIONABLE", "NONEDITIONABLE")
    ]
    return bool(rest) and rest[0] in _UNIT_WORDS


def _words(sql: str, count: int) -> list[str]:
    """The first keywords; the text is not tokenised, which would take long for a large package."""
    found: list[str] = []
    position = 0
    while len(found) < count and (match := _WORD.match(sql, position)):
        found.append(match.group(1).upper())
        position = match.end()
    return found


def _handler(reader: Reader) -> Callable[[Context, Reader], None]:
    verb = reader.word()
    reader.at += 1
    if verb in _OTHER:
        return _OTHER[verb]
    if verb == "CREATE":
        return _create_handler(reader)
    table = {"ALTER": _ALTER, "DROP": _DROP}.get(verb)
    if table is None:
        raise unsupported(verb)
    if reader.is_at("PUBLIC", "SYNONYM"):
        reader.at += 1
        return objects.drop_public_synonym if verb == "DROP" else _refuse("ALTER PUBLIC SYNONYM")
    kind = reader.word()
    handler = table.get(kind)
    if handler is None:
        if verb == "ALTER" and not kind:
            raise OraError(940)
        raise unsupported(f"{verb} {kind}".strip())
    if handler not in (units.drop, units.alter):
        reader.at += 1
    return handler


def _create_handler(reader: Reader) -> Callable[[Context, Reader], None]:
    """Stops before the words the handler itself must see (OR REPLACE, UNIQUE, PUBLIC …)."""
    start = reader.at
    for index in range(6):
        word = reader.word(index)
        if word in _CREATE:
            reader.at = start
            return _CREATE[word]
        if not word:
            break
    raise OraError(901) if not reader.word() else unsupported(f"CREATE {reader.word()}")


def _refuse(construct: str) -> Callable[[Context, Reader], None]:
    raise unsupported(construct)
