# ruff: noqa: S608 - only names of the dictionary, quoted, go into SQL text
"""PL/SQL units: store, compile, alter, drop, and make invalid ones valid again."""

from __future__ import annotations

import json
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.oracle.catalog.ddl import statements, views
from devkit.oracle.catalog.ddl.context import Context
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.plsql.lexer import significant, tokenize
from devkit.oracle.plsql.parser import unit_header
from devkit.oracle.plsql.tokens import Kind as TokenKind
from devkit.oracle.plsql.tokens import PlsqlSyntaxError

if TYPE_CHECKING:
    from devkit.oracle.catalog.ddl.reader import Reader
    from devkit.oracle.plsql.nodes import UnitHeader

_PRIVILEGE_KIND = {
    "PACKAGE": "PROCEDURE",
    "PACKAGE BODY": "PROCEDURE",
    "FUNCTION": "PROCEDURE",
    "TYPE BODY": "TYPE",
}
_DESCRIBED = frozenset({"PACKAGE", "FUNCTION", "PROCEDURE", "TYPE"})
_COMPILE_ORDER = """array_position(ARRAY['VIEW', 'TYPE', 'PACKAGE', 'FUNCTION', 'PROCEDURE',
 'TYPE BODY', 'PACKAGE BODY', 'TRIGGER'], o.type)"""


@dataclass(frozen=True, slots=True)
class _Problem:
    """contracts.CompileError."""

    line: int
    column: int
    text: str


def create(session: Any, sql: str) -> bool:
    """CREATE [OR REPLACE] of a unit: stored in any case; True when it has errors."""
    try:
        header = unit_header(sql)
    except PlsqlSyntaxError as error:
        raise OraError(900, position=error.offset) from None
    context = Context(session)
    owner = header.owner or context.schema
    privilege = _PRIVILEGE_KIND.get(header.kind, header.kind)
    session.commit()
    with statements.change(session):
        context.need_create(owner, privilege)
        is_stored = _store(context, header, owner, sql)
    if not is_stored:
        return False
    session.plsql.discard(owner, header.name)
    return not compile_now(session, owner, header.name, header.kind)


def _store(context: Context, header: UnitHeader, owner: str, sql: str) -> bool:
    """Source and object row; False when IF NOT EXISTS found one."""
    name, kind = header.name, header.kind
    body = kind.endswith(" BODY")
    if header.if_not_exists and not context.session.release.since(23):
        raise OraError(922)
    if kind == "TRIGGER":
        held = "TRIGGER" if context.catalog.exists(owner, name, kind) else None
    elif body:
        held = kind if context.catalog.exists(owner, name, kind) else None
    else:
        held = context.catalog.kind_in_namespace(owner, name)
    if held is not None:
        if header.if_not_exists:
            return False
        if held != kind or not header.or_replace:
            raise OraError(4081, name) if kind == "TRIGGER" else OraError(955)
        if kind == "TYPE":
            _refuse_used_type(context, owner, name, force=header.force)
    source = sql[header.start :].rstrip().rstrip("\0")
    if source.endswith("/") and "\n" in source and source.rsplit("\n", 1)[1].strip() == "/":
        source = source[: source.rindex("\n")].rstrip()
    authid = _authid(source)
    if held is None:
        context.add_object(owner, name, kind)
    else:
        context.touch(owner, name, kind)
        if not body and kind != "TRIGGER":
            context.invalidate(owner, name, kind)
    context.query(
        "UPDATE ora_dict.objects SET status = 'INVALID', authid = $4"
        " WHERE owner = $1 AND name = $2 AND type = $3",
        (owner, name, kind, authid),
    )
    context.query(
        "INSERT INTO ora_dict.source VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (owner, name, type) DO UPDATE SET text = excluded.text",
        (owner, name, kind, source),
    )
    if kind == "TRIGGER":
        _check_level(header, source)
        _store_trigger(context, header, owner, replaced=held is not None)
    elif not body:
        # A body stays, and is compiled against the new specification.
        context.query(
            "UPDATE ora_dict.objects SET status = 'INVALID' WHERE owner = $1 AND name = $2 AND"
            " type = $3",
            (owner, name, f"{kind} BODY"),
        )
    return True


def _authid(source: str) -> str:
    """AUTHID as the clauses before IS or AS have it; what comments and bodies say is no clause."""
    try:
        tokens = significant(tokenize(source))
    except PlsqlSyntaxError:
        return "DEFINER"
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        if depth or token.kind is not TokenKind.IDENT:
            continue
        if token.value in ("IS", "AS"):
            break
        if token.value == "AUTHID":
            return tokens[index + 1].value
    return "DEFINER"


def _refuse_used_type(context: Context, owner: str, name: str, *, force: bool) -> None:
    """With FORCE types that use it only become invalid; tables that do are in the way all the same."""
    if context.query(
        "SELECT 1 FROM ora_dict.columns WHERE type_name = $1 UNION ALL"
        " SELECT 1 FROM ora_dict.dependencies"
        " WHERE r_owner = $2 AND r_name = $3 AND r_type = 'TYPE' AND type = 'TYPE' AND NOT $4",
        ([owner, name], owner, name, force),
    ):
        raise OraError(2303)


def _check_level(header: UnitHeader, source: str) -> None:
    """What a trigger of a statement cannot have: PL/SQL Language Reference, CREATE TRIGGER.

    The statement fails, and leaves no trigger behind; a compound trigger is another matter, since
    it has sections of both levels (PLS-00679).
    """
    if header.timing not in ("BEFORE", "AFTER") or header.for_each_row:
        return
    if header.conditional:
        raise OraError(4077)
    try:
        tokens = tokenize(source)
    except PlsqlSyntaxError:
        return  # it will not compile
    if any(token.kind is TokenKind.BIND and token.value in header.row_names for token in tokens):
        raise OraError(4082)


def _store_trigger(context: Context, header: UnitHeader, owner: str, *, replaced: bool) -> None:
    if header.refused is not None:
        raise OraError(3001, header.refused)
    if header.base is not None or header.table is None:
        raise OraError(3001, f"trigger on {header.base or 'no table'}")
    table_owner, table_name = header.table[0] or context.schema, header.table[1]
    found = context.catalog.resolve((table_owner, table_name), schema=table_owner)
    if found is None or found.type not in ("TABLE", "VIEW"):
        raise OraError(942)
    if found.owner == "SYS":
        raise OraError(4089)
    if not context.catalog.can_see(context.user, found.owner, found.name, roles=context.roles):
        raise OraError(942)
    if found.owner != owner and not context.has("CREATE ANY TRIGGER"):
        raise OraError(1031)
    if found.type == "VIEW" and header.timing not in ("INSTEAD OF", "COMPOUND"):
        raise OraError(25001, text="cannot create this trigger type on this type of view")
    if found.type == "TABLE" and header.timing == "INSTEAD OF":
        raise OraError(25002, text="cannot create INSTEAD OF triggers on tables")
    columns = [column for event, names in header.events for column in names if event == "UPDATE"]
    events = list(dict.fromkeys(event for event, _ in header.events))
    follows = [
        part for one in header.follows for part in (one if len(one) == 2 else (owner, one[0]))
    ]
    if replaced:
        context.query(
            "DELETE FROM ora_dict.triggers WHERE owner = $1 AND name = $2", (owner, header.name)
        )
    context.query(
        "INSERT INTO ora_dict.triggers (owner, name, table_owner, table_name, timing,"
        " for_each_row, events,"
        " update_columns, enabled, follows) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        (
            owner, header.name, found.owner, found.name, header.timing, header.for_each_row,
            events, columns,
            header.enabled, follows,
        ),
    )  # fmt: skip


# --------------------------------------------------------------------------- compiling


def compile_now(session: Any, owner: str, name: str, kind: str) -> bool:
    """Compile a stored unit in a transaction of its own; True when it is valid."""
    storage = session.storage
    session.catalog.refresh()
    try:
        with storage.statement(writes=True):
            valid = _compile(session, owner, name, kind)
        storage.commit()
    except BaseException:
        session.catalog.forget()
        raise
    finally:
        session.catalog.follow()
    return valid


def _compile(session: Any, owner: str, name: str, kind: str) -> bool:
    source = session.catalog.source(owner, name, kind)
    errors: list[Any]
    dependencies: list[tuple[str, str, str]]
    try:
        with session.storage.statement(writes=False):
            found = session.plsql.compile_unit(owner, name, kind, source or "")
            errors, dependencies = list(found[0]), list(found[1])
    except PlsqlSyntaxError as error:
        errors, dependencies = [_Problem(error.line, error.column, error.text)], []
    except OraError as error:
        errors, dependencies = [_Problem(0, 0, error.message)], []
    except Exception as error:  # noqa: BLE001 - a defect of the compiler must not lose the source
        traceback.print_exc(file=sys.stderr)
        text = f"PLS-00801: internal error [{type(error).__name__}: {error}]"
        errors, dependencies = [_Problem(0, 0, text)], []
    if kind in ("PACKAGE BODY", "TYPE BODY"):
        dependencies = [*dependencies, (owner, name, kind.removesuffix(" BODY"))]
    session.catalog.set_unit_result(owner, name, kind, errors, dependencies)
    if kind in _DESCRIBED:
        facts = {} if errors else session.plsql.describe_unit(owner, name, kind)
        session.storage.query(
            "INSERT INTO ora_dict.described VALUES ($1, $2, $3, $4::jsonb)"
            " ON CONFLICT (owner, name, type) DO UPDATE SET facts = excluded.facts",
            (owner, name, kind, json.dumps(facts)),
        )
    return not errors


def revalidate(session: Any, owner: str, name: str, kind: str) -> bool:
    """Compile an invalid unit or view again because it is about to be used; True when valid now.

    It happens on the session's second connection: the caller's transaction does not end, and other
    sessions see the result at once.
    """
    if kind == "VIEW":
        return views.revalidate(session, owner, name)
    with session.autonomous():
        rows = session.storage.query(
            "SELECT status FROM ora_dict.objects WHERE owner = $1 AND name = $2 AND type = $3",
            (owner, name, kind),
        ).rows
        if not rows:
            return False
        if rows[0][0] == "VALID":
            session.catalog.follow()
            return True
        with session.storage.statement(writes=True):
            valid = _compile(session, owner, name, kind)
        session.storage.commit()
    session.catalog.follow()
    return valid


def publish(session: Any) -> None:
    """Mark VALID what the machine has compiled again without errors because it was used."""
    waiting = session.catalog.invalid_units()
    if not waiting or "plsql" not in session.__dict__:
        return
    session.plsql.refresh()  # what DDL has overtaken is not there any more
    units = session.plsql.units
    done = []
    for owner, name, kind in waiting:
        unit = units.get((owner, name, kind))
        if unit is None and kind.endswith(" BODY"):
            specification = units.get((owner, name, kind.removesuffix(" BODY")))
            unit = specification.body if specification is not None else None
        if unit is not None and not unit.errors:
            done.append(unit)
    if not done:
        return
    with session.autonomous():
        for unit in done:
            session.catalog.set_unit_result(
                unit.owner, unit.name, unit.kind, [], list(unit.dependencies)
            )
        session.storage.commit()


def compile_schema(session: Any, schema: str, *, only_invalid: bool) -> None:
    """Compile everything (invalid) in a schema, as often as that makes more of it valid."""
    if schema != session.effective_user and not session.catalog.has_system_privilege(
        session.effective_user, "ALTER ANY PROCEDURE"
    ):
        raise OraError(1031)
    before = -1
    while True:
        condition = "o.status = 'INVALID'" if only_invalid or before >= 0 else "true"
        rows = session.storage.query(
            "SELECT o.name, o.type FROM ora_dict.objects o WHERE o.owner = $1 AND"
            f" {condition}"
            f" AND {_COMPILE_ORDER} IS NOT NULL ORDER BY {_COMPILE_ORDER}, o.object_id",
            (schema,),
        ).rows
        if not rows or len(rows) == before:
            return
        before = len(rows)
        for name, kind in rows:
            if kind == "VIEW":
                views.revalidate(session, schema, name)
            else:
                session.plsql.discard(schema, name)
                compile_now(session, schema, name, kind)


def compile_pending(session: Any, context: Context) -> None:
    """After ALTER … COMPILE: the compilations asked for, now that the statement has committed."""
    for owner, name, kind in context.to_compile:
        session.plsql.discard(owner, name)
        if not compile_now(session, owner, name, kind):
            context.warning = True


# --------------------------------------------------------------------------- alter, drop


def _kind(context: Context, reader: Reader) -> tuple[str, bool]:
    kind = reader.any_name()
    body = kind in ("PACKAGE", "TYPE") and reader.take("BODY")
    return kind, body


# Parameters of COMPILE that say how the code is made, not what it does.
_TUNING = ("PLSQL_CODE_TYPE", "PLSQL_OPTIMIZE_LEVEL", "PLSCOPE_SETTINGS")


def alter(context: Context, reader: Reader) -> None:
    kind, _ = _kind(context, reader)
    owner, name = reader.qualified(context.schema)
    if not context.catalog.exists(owner, name, kind):
        raise OraError(4080, name) if kind == "TRIGGER" else OraError(4043, name)
    context.need_on(owner, name, f"ALTER ANY {_PRIVILEGE_KIND.get(kind, kind)}", missing=4043)
    if kind == "TRIGGER" and (word := reader.take_one("ENABLE", "DISABLE")):
        reader.finish(933)
        context.query(
            "UPDATE ora_dict.triggers SET enabled = $3 WHERE owner = $1 AND name = $2",
            (owner, name, word == "ENABLE"),
        )
        return
    if reader.take_one("EDITIONABLE", "NONEDITIONABLE"):
        raise unsupported(f"ALTER {kind} {reader.word(-1)}")
    if not reader.take("COMPILE"):
        raise OraError(922, position=reader.offset)
    reader.take("DEBUG")
    part = reader.take_one("PACKAGE", "SPECIFICATION", "BODY")
    while reader.take_one(*_TUNING):
        reader.expect("=")
        reader.at += 1
    if not reader.done:  # REUSE SETTINGS, PLSQL_CCFLAGS …
        raise OraError(3001, f"COMPILE with {reader.word()}")
    if part != "BODY":
        context.to_compile.append((owner, name, kind))
    if part != "SPECIFICATION" and context.catalog.exists(owner, name, f"{kind} BODY"):
        context.to_compile.append((owner, name, f"{kind} BODY"))


def drop(context: Context, reader: Reader) -> None:
    kind, body = _kind(context, reader)
    missing_ok = reader.if_exists()
    owner, name = reader.qualified(context.schema)
    force = kind == "TYPE" and not body and reader.take("FORCE")
    if kind == "TYPE" and not body and not force and reader.take("VALIDATE"):
        raise unsupported("DROP TYPE VALIDATE")
    reader.finish(933)
    full = f"{kind} BODY" if body else kind
    if not context.catalog.exists(owner, name, full):
        if missing_ok:
            return
        raise OraError(4080, name) if kind == "TRIGGER" else OraError(4043, name)
    context.need_on(owner, name, f"DROP ANY {_PRIVILEGE_KIND.get(kind, kind)}", missing=4043)
    if owner == "SYS":
        raise OraError(1031)
    if kind == "TRIGGER":
        context.query("DELETE FROM ora_dict.triggers WHERE owner = $1 AND name = $2", (owner, name))
    elif kind == "TYPE" and not body:
        _refuse_used_type(context, owner, name, force=force)
    if not body and context.catalog.exists(owner, name, f"{kind} BODY"):
        context.drop_object(owner, name, f"{kind} BODY")
    context.drop_object(owner, name, full)
    context.session.plsql.discard(owner, name)
