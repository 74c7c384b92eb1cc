"""The ERP's own account of what was written there: triggers of the driver's, which the product knows nothing of.

Each changed field is a row of ``ERP.CAMPAIGN_JOURNAL`` in the transaction that changed it, so that what is rolled
back leaves none; the CRM has its ledger, the ERP has this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import oracledb

__all__ = [
    "CONTACT_COLUMNS",
    "FULL_TABLES",
    "LEAD_COLUMNS",
    "Row",
    "install",
    "last_number",
    "read",
]

#: neutral name: column
LEAD_COLUMNS: Final[Mapping[str, str]] = {
    "phone": "phone",
    "sales_rep": "sales_rep",
    "industry": "industry_id",
    "address_street": "address_street",
    "address_complement": "address_complement",
}
CONTACT_COLUMNS: Final[Mapping[str, str]] = {
    "name": "name",
    "email": "email",
    "phone": "phone",
    "job_title": "job_title",
}

_TABLE = """
create table erp.campaign_journal (
   id         number(15) generated always as identity,
   actor      varchar2(128 char) not null,
   entity     varchar2(20 char) not null,
   subject    varchar2(60 char) not null,
   field      varchar2(30 char) not null,
   value      varchar2(400 char),
   constraint campaign_journal_pk primary key (id)
)"""

#: tables of the product that a fault lets be full
FULL_TABLES: Final = ("crm_outbox_events", "crm_inbox_events", "crm_outbox_attempts")
_SWITCH = """
create table erp.campaign_full (
   table_name varchar2(128 char) not null,
   constraint campaign_full_pk primary key (table_name)
)"""


def _full_trigger(table: str) -> str:
    """As the database does when no extent can be had, said by a row: a statement of a DBA would wait for sessions."""
    return f"""
create or replace trigger erp.campaign_{table}_trg
   before insert on crm_sync.{table}
declare
   e_full exception;
   pragma exception_init(e_full, -1653);
   v_count number;
begin
   select count(*) into v_count from erp.campaign_full where table_name = '{table}';
   if v_count > 0 then
      raise e_full;
   end if;
end campaign_{table}_trg;"""  # noqa: S608 - of FULL_TABLES


_NOTE = """
   procedure note(in_entity in varchar2, in_subject in varchar2, in_field in varchar2, in_value in varchar2)
   is
   begin
      insert into erp.campaign_journal (actor, entity, subject, field, value)
      values (sys_context('userenv', 'session_user'), in_entity, in_subject, in_field, in_value);
   end note;
"""


def _lead_trigger() -> str:
    subject = ":new.client_code || '-' || :new.code"
    changes = "".join(
        f"""
   if decode_differs(to_char(:old.{column}), to_char(:new.{column})) then
      note('lead', {subject}, '{name}', to_char(:new.{column}));
   end if;"""
        for name, column in LEAD_COLUMNS.items()
    )
    return f"""
create or replace trigger erp.campaign_branches_trg
   after update on erp.branches
   for each row
declare
{_DIFFERS}{_NOTE}begin{changes}
end campaign_branches_trg;"""


_DIFFERS = """
   function decode_differs(in_left in varchar2, in_right in varchar2) return boolean
   is
   begin
      return (in_left is null and in_right is not null)
             or (in_left is not null and in_right is null)
             or in_left <> in_right;
   end decode_differs;
"""


def _analysis_trigger() -> str:
    return f"""
create or replace trigger erp.campaign_analyses_trg
   after insert on erp.credit_limit_history
   for each row
declare
{_NOTE}begin
   note('lead', :new.client_code || '-' || :new.branch_code, 'financial_analysis', :new.financial_analysis);
end campaign_analyses_trg;"""


def _contact_trigger() -> str:
    changes = "".join(
        f"""
   if not deleting and (inserting or decode_differs(:old.{column}, :new.{column})) then
      note('contact', to_char(:new.id), '{name}', :new.{column});
   end if;"""
        for name, column in CONTACT_COLUMNS.items()
    )
    return f"""
create or replace trigger erp.campaign_contacts_trg
   after insert or update or delete on erp.contacts
   for each row
declare
{_DIFFERS}{_NOTE}begin
   if inserting then
      note('contact', to_char(:new.id), 'added', :new.client_code || '-' || :new.branch_code);
   elsif deleting then
      note('contact', to_char(:old.id), 'removed', :old.client_code || '-' || :old.branch_code);
   end if;{changes}
end campaign_contacts_trg;"""


@dataclass(frozen=True, slots=True)
class Row:
    """One field that was written; ``actor`` is the session's user, ``subject`` a record key or a contact's id."""

    number: int
    actor: str
    entity: str
    subject: str
    field: str
    value: str


def install(admin: oracledb.Connection) -> None:
    """Make table and triggers; ``admin`` may do so in the ERP's schema."""
    with admin.cursor() as cursor:
        for statement in (_TABLE, _lead_trigger(), _analysis_trigger(), _contact_trigger()):
            cursor.execute(statement)
        for statement in (_SWITCH, *map(_full_trigger, FULL_TABLES)):
            cursor.execute(statement)
        cursor.execute(
            "select line, text from all_errors where owner = 'ERP' and name like 'CAMPAIGN%'"
        )
        errors: list[Any] = cursor.fetchall()
    if errors:
        raise ValueError(f"the journal's triggers do not compile: {errors}")


def read(admin: oracledb.Connection, *, since: int) -> list[Row]:
    """What was committed after the row numbered ``since``, in order."""
    with admin.cursor() as cursor:
        cursor.execute(
            "select id, actor, entity, subject, field, value from erp.campaign_journal"
            " where id > :since order by id",
            since=since,
        )
        return [
            Row(int(number), str(actor), str(entity), str(subject), str(field), value or "")
            for number, actor, entity, subject, field, value in cursor
        ]


def last_number(admin: oracledb.Connection) -> int:
    """The number of the newest row; 0 without one."""
    with admin.cursor() as cursor:
        cursor.execute("select coalesce(max(id), 0) from erp.campaign_journal")
        (number,) = cursor.fetchone() or (0,)
    return int(number)
