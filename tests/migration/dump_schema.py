"""What the migrations leave behind, as text to be reviewed: ``schema.expected.txt`` beside this file.

A change of a table, an index, a constraint or a grant shows as a change of one line, so that whoever reviews
sees the effect and not only the script. Written anew by ``make schema``.

Code (packages, procedures, views' texts) is not in it: its files are what is reviewed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import oracledb

from devkit.demo.world import World

__all__ = ["EXPECTED", "dump"]

EXPECTED = Path(__file__).with_name("schema.expected.txt")

_COLUMNS = """
select table_name, column_name, data_type, data_precision, data_scale, char_length, char_used, data_length, nullable,
       data_default, identity_column
  from all_tab_columns
 where owner = :owner
   and table_name in (select table_name from all_tables where owner = :owner)
   and table_name not like '%\\_QT' escape '\\'
 order by table_name, column_id
"""
_CONSTRAINTS = """
select c.table_name, c.constraint_name, c.constraint_type, c.search_condition_vc, c.r_constraint_name,
       c.delete_rule, c.status,
       (select listagg(k.column_name, ', ') within group (order by k.position)
          from all_cons_columns k
         where k.owner = c.owner
           and k.constraint_name = c.constraint_name) as columns
  from all_constraints c
 where c.owner = :owner
   and c.constraint_name not like 'SYS\\_%' escape '\\'
   and c.table_name not like '%\\_QT' escape '\\'
 order by c.table_name, c.constraint_type, c.constraint_name
"""
_INDEXES = """
select i.table_name, i.index_name, i.uniqueness,
       (select listagg(c.column_name, ', ') within group (order by c.column_position)
          from all_ind_columns c
         where c.index_owner = i.owner
           and c.index_name = i.index_name) as columns
  from all_indexes i
 where i.owner = :owner
   and i.index_name not like 'SYS\\_%' escape '\\'
   and i.table_name not like '%\\_QT' escape '\\'
 order by i.table_name, i.index_name
"""
_OBJECTS = """
select object_type, object_name, status
  from all_objects
 where owner = :owner
   and object_type not in ('TABLE', 'INDEX', 'LOB')
   and object_name not like 'CRM\\_TEST\\_%' escape '\\'
   and object_name not like 'AQ$%'
   -- of identity columns: the name is a number of the database
   and object_name not like 'ISEQ$$%'
 order by object_type, object_name
"""
_QUEUES = """
select name, queue_table, trim(queue_type) as queue_type, max_retries, trim(enqueue_enabled), trim(dequeue_enabled)
  from all_queues
 where owner = :owner
 order by name
"""
_GRANTS = """
select grantee, privilege, table_name, grantable
  from all_tab_privs
 where table_schema = :owner
   and grantee in ('CRM_BRIDGE', 'CRM_MONITOR', 'PUBLIC', 'ERP')
 order by grantee, table_name, privilege
"""


def dump(connection: oracledb.Connection, owner: str = "CRM_SYNC") -> str:
    """Return the description of a schema, one object a line. Needs the rights of a DBA."""
    return "\n".join(_lines(connection, owner.upper())) + "\n"


def _lines(connection: oracledb.Connection, owner: str) -> Iterator[str]:
    def rows(sql: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            return list(cursor.execute(sql, {"owner": owner}))

    yield "# Written by make schema; what a DBA finds after erpcrm migrate."
    table = None
    for name, column, *kind in rows(_COLUMNS):
        if name != table:
            yield f"\ntable {name}"
            table = name
        yield f"   {column} {_type(*kind)}"
    yield "\n# constraints"
    for name, constraint, kind, condition, other, rule, status, columns in rows(_CONSTRAINTS):
        more = {
            "P": f"primary key ({columns})",
            "U": f"unique ({columns})",
            "C": f"check ({condition})",
            "R": f"foreign key ({columns}) references {other} on delete {rule}",
        }[kind]
        yield f"{name}.{constraint}: {more}{'' if status == 'ENABLED' else ' ' + status}"
    yield "\n# indexes"
    for name, index, uniqueness, columns in rows(_INDEXES):
        yield f"{name}.{index}: {uniqueness.lower()} ({columns})"
    yield "\n# queues"
    for name, queue_table, kind, retries, enqueue, dequeue in rows(_QUEUES):
        yield f"{name} in {queue_table}: {kind}, max_retries {retries}, enqueue {enqueue}, dequeue {dequeue}"
    yield "\n# other objects"
    for kind, name, status in rows(_OBJECTS):
        yield f"{kind} {name}{'' if status == 'VALID' else ' ' + status}"
    yield "\n# grants"
    for grantee, privilege, name, grantable in rows(_GRANTS):
        yield f"{grantee}: {privilege} on {name}{' with grant option' if grantable == 'YES' else ''}"


def _type(
    name: str,
    precision: int | None,
    scale: int | None,
    length: int | None,
    used: str | None,
    octets: int | None,
    nullable: str,
    default: str | None,
    identity: str,
) -> str:
    text = name
    if name in {"VARCHAR2", "CHAR"}:
        text += f"({length} {'CHAR' if used == 'C' else 'BYTE'})"
    elif name == "NUMBER" and precision is not None:
        text += f"({precision}{f',{scale}' if scale else ''})"
    elif name == "RAW":
        text += f"({octets})"
    if identity == "YES":
        text += " identity"
    elif default is not None and default.strip():
        text += f" default {default.strip()}"
    return text + ("" if nullable == "Y" else " not null")


def main() -> None:
    """Deploy into a stand-in of its own, and write what is there then."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), branches=1)
        try:
            world.start_oracle()
            world.deploy_erp()
            world.deploy_integration()
            with world.connect("SYSTEM") as connection:
                EXPECTED.write_text(dump(connection), encoding="utf-8")
        finally:
            world.stop()
    print(f"written: {EXPECTED}")


if __name__ == "__main__":
    main()
