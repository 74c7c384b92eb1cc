"""Creates the sample ERP's schema."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import oracledb

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA_FILE = Path(__file__).with_name("schema.sql")
_USER_EXISTS = 1920


def statements(text: str) -> Iterator[str]:
    """The statements of a script in which each ends with a slash alone on its line."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.strip() == "/":
            statement = "\n".join(lines).strip()
            if statement:
                yield statement
            lines = []
        else:
            lines.append(line)
    if "".join(lines).strip():
        raise ValueError("the last statement has no slash")


def deploy(connection: oracledb.Connection, *, password: str = "erp") -> bool:
    """Create user ERP and its tables as administrator; False when they are there already.

    ``password`` must not hold a double quote; it is that of a development database.
    """
    with connection.cursor() as cursor:
        try:
            cursor.execute(f'create user erp identified by "{password}"')
        except oracledb.DatabaseError as exc:
            if exc.args[0].code != _USER_EXISTS:
                raise
        cursor.execute("grant create session, create table, create sequence, create trigger to erp")
        cursor.execute("grant unlimited tablespace to erp")
        cursor.execute("select count(*) from all_tables where owner = 'ERP'")
        (tables,) = cursor.fetchone() or (0,)
        if tables:
            return False
        cursor.execute("select sys_context('USERENV', 'CURRENT_SCHEMA') from dual")
        (schema,) = cursor.fetchone() or ("",)
        cursor.execute("alter session set current_schema = ERP")
        try:
            for statement in statements(SCHEMA_FILE.read_text(encoding="utf-8")):
                cursor.execute(statement)
        finally:
            cursor.execute(f"alter session set current_schema = {schema}")
    return True
