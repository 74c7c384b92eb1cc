"""The deployment as Flyway and Liquibase want it: files, names, terminators, and their settings.

Both tools keep a history of their own. Beside it each file writes the ledger ``crm_migrations``, as
``crm_version`` reads it and ``erpcrm migrate`` can go on from it. Every statement is ended as the
tool's documentation says:

- Flyway (Oracle Database, "SQL Script Syntax"): SQL by ``;``, PL/SQL by ``/`` on a line of its own.
- Liquibase (formatted SQL, ``endDelimiter:/``): ``/`` at the beginning of a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bridge.migrate import sqlplus
from bridge.migrate.scripts import HOLD, RELEASE, Kind, Script
from bridge.migrate.statements import Statement, split

__all__ = ["LayoutError", "flyway", "liquibase"]

SCHEMA = "CRM_SYNC"
_AROUND = frozenset({HOLD, RELEASE})
_DIRECTIVE = re.compile(
    r"(?im)^\s*--\s*(?:liquibase|changeset|rollback|comment|preconditions?|ignorelines|property|labels?)\b"
)


class LayoutError(Exception):
    """A statement that one of the tools would read as something else."""


def _once(scripts: Sequence[Script]) -> list[Script]:
    return [script for script in scripts if script.kind is Kind.ONCE]


def _repeatable(scripts: Sequence[Script]) -> list[Script]:
    """The files that run when they change: not those that must run with others."""
    return [
        script
        for script in scripts
        if script.kind is Kind.REPEATABLE and script.name not in _AROUND and not script.again_with
    ]


def _each_time(scripts: Sequence[Script]) -> list[Script]:
    """What is made equal to a list each time, and the release of capture as the last of all."""
    again = [script for script in scripts if script.again_with]
    return [*again, *(script for script in scripts if script.name == RELEASE)]


def _statements(script: Script) -> Iterator[str]:
    """A script's statements with those that keep the ledger."""
    for item in split(sqlplus.resume(script, start=0)):
        yield item.text


def _session() -> list[str]:
    return [f'alter session set current_schema = "{SCHEMA}"', *sqlplus.COMPILER]


def _guarded(script: Script) -> list[str]:
    """Blocks that run only where the table of holds is there: not before its migration."""
    return [
        sqlplus.template("when_held", schema=SCHEMA, block=statement.text).removesuffix("\n/\n")
        for statement in script.statements
    ]


def _check(statement: str) -> str:
    for line in statement.splitlines():
        if line.strip() == "/" or line.startswith("/"):
            raise LayoutError(f"a line begins with the delimiter: {line!r}")
    if "${" in statement:
        raise LayoutError("both tools take ${…} for a placeholder")
    if _DIRECTIVE.search(statement):
        raise LayoutError("a comment reads as a directive of Liquibase")
    return statement


# --------------------------------------------------------------------------- Flyway

_FLYWAY_CONF = """\
# flyway -configFiles=flyway.conf migrate      (in this folder; Flyway 10 or later)
# does not look whether the account has its rights; first:  sqlplus ACCOUNT@service @../check_rights.sql
flyway.url=jdbc:oracle:thin:@//HOST:1521/SERVICE
flyway.user=SYSTEM
# the password: FLYWAY_PASSWORD in the environment
flyway.defaultSchema=CRM_SYNC
flyway.locations=filesystem:sql
flyway.callbackLocations=filesystem:callbacks
flyway.encoding=UTF-8
# the scripts hold no placeholders
flyway.placeholderReplacement=false
# a repeatable file that was renumbered has a new name; what it made is there already
flyway.ignoreMigrationPatterns=repeatable:missing
flyway.cleanDisabled=true
"""


def flyway(scripts: Sequence[Script], sources: Mapping[str, str]) -> dict[str, str]:
    """Return the files of the Flyway layout.

    Args:
        scripts: all scripts in order.
        sources: texts by path below the root; the undo files are taken from it.
    """
    files = {"flyway.conf": _FLYWAY_CONF}
    for script in _once(scripts):
        name = script.name.rpartition("/")[2]
        files[f"sql/{name}"] = _flyway(script, [*_session(), *_statements(script)])
        undo = f"migrations/undo/U{name[1:]}"
        files[f"sql/U{name[1:]}"] = _flyway(
            script, [*_session(), *(item.text for item in split(sources[undo]))]
        )
    for number, script in enumerate(_repeatable(scripts), start=1):
        # Flyway runs these in the order of their descriptions.
        kind = script.name.rpartition(".")[2]
        files[f"sql/R__{number:03}_{script.description.replace(' ', '_')}_{kind}.sql"] = _flyway(
            script, [*_session(), *_statements(script)]
        )
    by_name = {script.name: script for script in scripts}
    files["callbacks/beforeMigrate__ledger.sql"] = _flyway(
        None, [*_session(), *(item.text for item in split(_ledger()))]
    )
    files["callbacks/beforeEachMigrate__hold.sql"] = _flyway(
        None, [*_session(), *_guarded(by_name[HOLD])]
    )
    files["callbacks/afterMigrate__release.sql"] = _flyway(
        None, [*_session(), *(text for one in _each_time(scripts) for text in _statements(one))]
    )
    return files


def _ledger() -> str:
    return sqlplus.ledger(SCHEMA)


def _flyway(script: Script | None, statements: Sequence[str]) -> str:
    head = "" if script is None else f"-- {script.name}\n"
    return head + "".join(
        f"{_check(one)}\n/\n" if _is_plsql(one) else f"{_check(one)};\n" for one in statements
    )


def _is_plsql(text: str) -> bool:
    return Statement(text=text, line=1).is_plsql


# --------------------------------------------------------------------------- Liquibase

_LIQUIBASE_PROPERTIES = """\
# liquibase update      (in this folder; Liquibase 4.29 or later: earlier ones split at a division, too)
# does not look whether the account has its rights; first:  sqlplus ACCOUNT@service @../check_rights.sql
changelog-file=changelog.yaml
url=jdbc:oracle:thin:@//HOST:1521/SERVICE
username=SYSTEM
# the password: LIQUIBASE_COMMAND_PASSWORD in the environment
default-schema-name=CRM_SYNC
"""
_OPTIONS = "endDelimiter:/ splitStatements:true stripComments:false rollbackEndDelimiter:/"


def liquibase(scripts: Sequence[Script], sources: Mapping[str, str]) -> dict[str, str]:
    """Return the files of the Liquibase layout; arguments as of ``flyway``."""
    by_name = {script.name: script for script in scripts}
    files = {
        "sql/ledger.sql": _changeset(
            "ledger", [item.text for item in split(_ledger())], always=True
        ),
        "sql/hold.sql": _changeset("hold", _guarded(by_name[HOLD]), always=True),
    }
    for script in _once(scripts):
        name = script.name.rpartition("/")[2]
        undo = [item.text for item in split(sources[f"migrations/undo/U{name[1:]}"])]
        files[f"sql/{name}"] = _changeset(
            name.removesuffix(".sql"), list(_statements(script)), undo=undo
        )
    for script in _repeatable(scripts):
        name = script.name.removeprefix("plsql/")
        files[f"sql/{name}.sql".replace(".sql.sql", ".sql")] = _changeset(
            name, list(_statements(script)), on_change=True
        )
    files["sql/release.sql"] = _changeset(
        "release", [text for one in _each_time(scripts) for text in _statements(one)], always=True
    )
    included = "".join(
        f"  - include:\n      file: {name}\n      relativeToChangelogFile: true\n" for name in files
    )
    return {
        "liquibase.properties": _LIQUIBASE_PROPERTIES,
        "changelog.yaml": f"databaseChangeLog:\n{included}",
        **files,
    }


def _changeset(
    name: str,
    statements: Sequence[str],
    *,
    undo: Sequence[str] = (),
    always: bool = False,
    on_change: bool = False,
) -> str:
    runs = (
        " runAlways:true runOnChange:true" if always else " runOnChange:true" if on_change else ""
    )
    rolled_back = [f"{_check(one)}\n/" for one in [*(_session() if undo else ()), *undo]]
    return "".join(
        (
            "--liquibase formatted sql\n\n",
            f"--changeset erpcrm:{name} {_OPTIONS}{runs}\n",
            *(f"{_check(one)}\n/\n" for one in [*_session(), *statements]),
            *(f"--rollback {line}\n" for one in rolled_back for line in one.splitlines()),
            "" if undo else "--rollback empty\n",
        )
    )
