"""The same deployment as scripts for SQL*Plus and SQLcl; pure, without a database.

Each statement is followed by what ``erpcrm migrate`` writes into the ledger after it, so that either
may continue what the other began.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from bridge import sqlfiles
from bridge.errors import MigrationError
from bridge.migrate.scripts import (
    HOLD,
    RELEASE,
    Kind,
    Script,
    Step,
    applied_checksum,
    changed_words,
)
from bridge.migrate.statements import Statement

__all__ = [
    "COMPILER",
    "FOOT",
    "HEAD",
    "check_rights",
    "dry_run",
    "head",
    "plan",
    "repeatable",
    "resume",
    "template",
    "terminated",
]

# SQL*Plus cuts longer lines: SP2-0027.
_LINE_LIMIT = 2499
_BIND = re.compile(r":(?P<name>[a-z_]+)\b")
_LEDGER = sqlfiles.read("bridge.migrate", "ledger.sql")
_TEMPLATES = sqlfiles.read("bridge.migrate", "sqlplus.sql")

# What each deployment sets of the compiler, whatever the instance says.
COMPILER = tuple(_LEDGER[name] for name in ("set_optimize_level", "set_warnings"))
HEAD = """\
set define on
set verify off
set echo off
set sqlblanklines on
set serveroutput on size unlimited
whenever oserror exit failure rollback
whenever sqlerror exit failure rollback
"""
FOOT = "exit success commit\n"


def terminated(sql: str) -> str:
    """Return one statement as SQL*Plus reads it, ended by ``/`` alone on a line.

    Raises:
        MigrationError: SQL*Plus would read a line of it as something else.
    """
    for line in sql.splitlines():
        stripped = line.strip()
        if (
            stripped in {"/", "."}
            or line.startswith(("@", "#", "!"))
            or stripped.endswith("-")
            or (stripped.endswith(";") and not _is_plsql(sql))
            or len(line.encode()) > _LINE_LIMIT
        ):
            raise MigrationError(f"SQL*Plus does not read this line as it stands: {line[:80]!r}")
    return f"{sql}\n/\n"


def _is_plsql(sql: str) -> bool:
    # Statements come without their terminator, except the semicolon that ends PL/SQL.
    return sql.rstrip().endswith(";")


def template(name: str, **values: str) -> str:
    """Return a statement of ``sqlplus.sql`` with ``{name}`` replaced, terminated."""
    text = _TEMPLATES[name]
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", value)
    return terminated(text)


def _kept(name: str, binds: Mapping[str, object]) -> str:
    def literal(match: re.Match[str]) -> str:
        value = binds[match["name"]]
        if value is None:
            return "null"
        return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"

    return terminated(_BIND.sub(literal, _LEDGER[name]))


def head(schema: str, *, ddl_lock_timeout_seconds: int) -> str:
    """Return what each deployment begins with: checks, session, lock, ledger."""
    return "".join(
        (
            template("check_session", schema=schema),
            check_rights(),
            terminated(_LEDGER["set_schema"].format(schema=schema)),
            terminated(_LEDGER["set_ddl_lock_timeout"].format(seconds=ddl_lock_timeout_seconds)),
            *(terminated(setting) for setting in COMPILER),
            template("take_lock", schema=schema),
            ledger(schema),
        )
    )


def check_rights() -> str:
    """Return the block that fails with the rights that this account lacks to deploy."""
    return template("check_rights", missing_rights=_LEDGER["missing_rights"])


def ledger(schema: str) -> str:
    """Return the block that creates the ledger where there is none."""
    return template(
        "make_ledger",
        schema=schema,
        create_ledger=_LEDGER["create_ledger"],
        comment_ledger=_LEDGER["comment_ledger"],
    )


def plan(scripts: Sequence[Script], *, schema: str) -> str:
    """Return the block that applies the rules of ``bridge.migrate.scripts.plan`` in the database."""
    entries = "\n".join(_entry(script) for script in scripts)
    return template("plan", schema=schema, entries=entries, hold=HOLD, release=RELEASE)


def _entry(script: Script) -> str:
    version = "null" if script.version is None else f"'{script.version}'"
    return (
        f"   add(\n      in_script   => '{script.name}',\n      in_version  => {version},\n"
        f"      in_checksum => '{script.checksum}',\n"
        f"      in_objects  => {_names(changed_words(script))},\n"
        f"      in_again    => {_names(script.again_with)}\n   );"
    )


def _names(names: Iterable[str]) -> str:
    lines = textwrap.wrap(" ".join(sorted(names)), 90, break_long_words=False)
    return " || ".join(f"' {line} '\n        " for line in lines).rstrip() or "null"


def _begin(script: Script, *, start: int) -> str:
    return _kept(
        "begin_script",
        {
            "script": script.name,
            "version": script.version,
            "description": script.description,
            "checksum": script.checksum,
            "statement_reached": start,
            "statement_count": len(script.statements),
        },
    )


def resume(script: Script, *, start: int) -> str:
    """Return a script from statement ``start`` (counted from 0) on, with its bookkeeping.

    The caller has ``set define off``; ``start`` may be the number of statements: then only the
    row of the ledger is closed.
    """
    statements = script.statements
    parts = [f"-- {script.name}, statements {start + 1} to {len(statements)}\n"]
    if start:
        parts.append(
            template(
                "check_reached",
                script=script.name,
                statement_reached=str(start),
                applied_checksum=applied_checksum(statements[:start]),
            )
        )
    parts += [_begin(script, start=start), "commit\n/\n"]
    for number, statement in enumerate(statements[start:], start=start + 1):
        parts.append(_one(script, statement, number))
    parts += [_kept("finish_script", {"script": script.name, "state": "DONE"}), "commit\n/\n"]
    return "".join(parts)


def repeatable(script: Script) -> str:
    """Return a repeatable file with its bookkeeping."""
    return resume(script, start=0)


def _one(script: Script, statement: Statement, number: int) -> str:
    record = _kept(
        "record_statement",
        {
            "script": script.name,
            "statement_reached": number,
            "applied_checksum": applied_checksum(script.statements[:number]),
        },
    )
    return (
        f"prompt {script.name}, statement {number} of {len(script.statements)}\n"
        f"{terminated(statement.text)}set feedback off\n{record}commit\n/\nset feedback on\n"
    )


def dry_run(schema: str, steps: Sequence[Step], *, ddl_lock_timeout_seconds: int) -> str:
    """Return what a run would do now, as one script that SQL*Plus can run instead."""
    repeatables = [s.script.name for s in steps if s.script.kind is Kind.REPEATABLE]
    return "".join(
        (
            f"-- {schema}: {len(steps)} scripts, as erpcrm migrate would run them now.\n",
            "-- sqlplus SYSTEM@service @this_file; NLS_LANG=.AL32UTF8\n",
            HEAD,
            head(schema, ddl_lock_timeout_seconds=ddl_lock_timeout_seconds),
            "set define off\n",
            *(_kept("mark_unfinished", {"script": name}) for name in repeatables),
            "commit\n/\n",
            *(resume(step.script, start=step.start) for step in steps),
            FOOT,
        )
    )
