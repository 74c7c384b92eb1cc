"""Whatever becomes invalid or full, every statement of the ERP on a captured table succeeds.

Each case takes one thing away, lets the ERP's own user fire each of the triggers, and says what is left of
the changes: an event in the outbox, a gap, a line in the log, or nothing but the next comparison. The
triggers themselves stay valid: they depend on their tables alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import oracledb
import pytest

from devkit.demo.world import World, run_script

if TYPE_CHECKING:
    from collections.abc import Sequence

PLSQL = Path(__file__).resolve().parents[2] / "plsql"
EVENT, GAP, LOG, NOTHING = "event", "gap", "log", "nothing"

#: one statement for each table with a trigger; each changes what the CRM sees
STATEMENTS = {
    "BRANCHES": "update branches set phone = '119' || lpad(:n, 8, '0') where client_code = :c and code = 1",
    "CLIENTS": "update clients set name = 'Cliente ' || :n where code = :c",
    "CREDIT_LIMIT_HISTORY": "insert into credit_limit_history (client_code, branch_code, credit_limit,"
    " financial_analysis) values (:c, 1, :n, 'Aprovado')",
    "CONTACTS": "insert into contacts (client_code, branch_code, name) values (:c, 1, 'Pessoa ' || :n)",
    "BUDGETS": "update budgets set status = case status when 'O' then 'A' else 'O' end"
    " where valid_until = date '2199-12-31' and :c + :n > 0",
    "BUDGET_ITEMS": "update budget_items set list_price = list_price + 1"
    " where budget_id = 99000001 and :c + :n > 0",
    "BUDGET_DELIVERIES": "update budget_deliveries set min_quantity = min_quantity + 1"
    " where budget_id = 99000001 and :c + :n > 0",
    "SALES_ORDERS": "update sales_orders set status = case status when 'O' then 'F' else 'O' end"
    " where id = 99000001 and :c + :n > 0",
    "SALES_ORDER_ITEMS": "update sales_order_items set list_price = list_price + 1"
    " where order_id = 99000001 and :c + :n > 0",
    "SALES_ORDER_DELIVERIES": "update sales_order_deliveries set quantity = quantity + 1"
    " where order_id = 99000001 and :c + :n > 0",
}
HEADS = (
    "insert into budgets (id, client_code, branch_code, valid_until)"
    " values (99000001, :c, 1, date '2199-12-31')",
    "insert into budget_items (budget_id, item, product_code, description, list_price)"
    " select 99000001, 1, 'T', 'T', 1 from dual where :c > 0",
    "insert into budget_deliveries (budget_id, item, delivery, deliver_on, min_quantity, approved)"
    " select 99000001, 1, 1, sysdate + 9, 1, 'S' from dual where :c > 0",
    "insert into sales_orders (id, client_code, branch_code) values (99000001, :c, 1)",
    "insert into sales_order_items (order_id, item, product_code, description, list_price)"
    " select 99000001, 1, 'T', 'T', 1 from dual where :c > 0",
    "insert into sales_order_deliveries (order_id, item, delivery, deliver_on, quantity)"
    " select 99000001, 1, 1, sysdate + 9, 1 from dual where :c > 0",
)
#: what the tests make, below what above: rows with the key of HEADS, and rows that are newer than the first test
MADE = (
    ("budget_deliveries", "budget_id"),
    ("budget_items", "budget_id"),
    ("budgets", "id"),
    ("sales_order_deliveries", "order_id"),
    ("sales_order_items", "order_id"),
    ("sales_orders", "id"),
)
NUMBERED = (
    ("erp.contacts", "id"),
    ("erp.credit_limit_history", "id"),
    ("crm_outbox_events", "event_id"),
    ("crm_capture_gaps", "gap_id"),
    ("error_log", "log_id"),
)
QUOTATIONS = ("BUDGET_ITEMS", "BUDGET_DELIVERIES")
ORDERS = ("SALES_ORDER_ITEMS", "SALES_ORDER_DELIVERIES")
DETAILS = ("CREDIT_LIMIT_HISTORY", "CONTACTS", "BUDGETS", "SALES_ORDERS")


def outcomes(normal: str, **others: Sequence[str]) -> dict[str, str]:
    """What each table's change comes to: ``normal``, or the outcome whose tables name it."""
    found = dict.fromkeys(STATEMENTS, normal)
    for outcome, tables in others.items():
        found.update(dict.fromkeys(tables, outcome))
    return found


@dataclass(frozen=True, slots=True)
class Case:
    """What is broken, how it is mended, and what remains of the changes meanwhile."""

    name: str
    broken: tuple[str, ...]
    mended: tuple[str, ...]  # statements, or files below plsql/
    left: dict[str, str]


def nonsense(
    unit: str, folder: str, without: dict[str, str], without_body: dict[str, str]
) -> list[Case]:
    """A package with a specification that does not compile, gone, and without its body."""
    files = tuple(
        f"{folder}/{unit}{end}"
        for end in (".pks", ".pkb")
        if (PLSQL / folder / f"{unit}{end}").is_file()
    )
    cases = [
        ("broken", f"create or replace package {unit} is nonsense end;", without),
        ("dropped", f"drop package {unit}", without),
        ("no body", f"drop package body {unit}", without_body),
    ]
    return [
        Case(f"{unit}: {how}", (ddl,), files, left) for how, ddl, left in cases[: 1 + len(files)]
    ]


def type_cases(name: str, left: dict[str, str]) -> list[Case]:
    """A collection that capture uses, of elements that are not there, and gone."""
    cases = {
        "broken": f"create or replace type {name} as table of no_such_ot",
        "dropped": f"drop type {name} force",
    }
    return [
        Case(f"{name}: {how}", (ddl,), (f"types/{name}.tps",), left) for how, ddl in cases.items()
    ]


def failing(error: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The insert into the outbox fails with an error of the database, as when the disk is full."""
    return (
        "create or replace trigger crm_test_full_trg before insert on crm_outbox_events declare"
        f" e exception; pragma exception_init(e, -{error}); begin raise e; end;",
    ), ("drop trigger crm_test_full_trg",)


QUEUE = "queue_name => 'CRM_SYNC.CRM_CHANGE_Q'"
START = f"begin sys.dbms_aqadm.start_queue({QUEUE}); end;"
VALUES_LOST = outcomes(GAP, log=[*QUOTATIONS, *ORDERS])
VALUES_LOGGED = outcomes(NOTHING, log=[*QUOTATIONS, *ORDERS])
DETAILS_LOST = outcomes(EVENT, gap=["CLIENTS", *DETAILS])
CASES = [
    *nonsense("crm_capture", "capture", outcomes(NOTHING), outcomes(NOTHING)),
    *nonsense("crm_capture_records", "capture", VALUES_LOST, VALUES_LOST),
    *nonsense("crm_capture_branches", "capture", DETAILS_LOST, DETAILS_LOST),
    *nonsense("crm_capture_budgets", "capture", outcomes(EVENT, log=QUOTATIONS), outcomes(EVENT, log=QUOTATIONS)),
    *nonsense("crm_capture_orders", "capture", outcomes(EVENT, log=ORDERS), outcomes(EVENT, log=ORDERS)),
    *nonsense("crm_changes", "outbox", VALUES_LOST, outcomes(GAP)),
    *nonsense("crm_outbox", "outbox", outcomes(EVENT), outcomes(EVENT)),
    *nonsense("crm_queue", "queue", VALUES_LOST, outcomes(EVENT)),
    *nonsense("crm_gaps", "core", outcomes(EVENT), outcomes(EVENT)),
    *nonsense("crm_lists", "core", VALUES_LOGGED, VALUES_LOGGED),
    *nonsense("crm_log", "core", outcomes(GAP, nothing=[*QUOTATIONS, *ORDERS]), outcomes(EVENT)),
    *nonsense("crm_origin", "core", VALUES_LOST, outcomes(GAP)),
    *nonsense("crm_types", "core", VALUES_LOST, VALUES_LOST),
    *type_cases("crm_record_keys_ct", VALUES_LOGGED),
    *type_cases("crm_ids_ct", VALUES_LOGGED),
    Case("a view on the ERP", ("alter table erp.cities rename column name to nome",),
         ("alter table erp.cities rename column nome to name",), outcomes(EVENT)),
    Case("a column of the quotations", ("alter table erp.budgets rename column id to numero",),
         ("alter table erp.budgets rename column numero to id",), outcomes(EVENT, log=QUOTATIONS)),
    Case("a right on the branches", ("revoke select on erp.branches from crm_sync",),
         ("grant select on erp.branches to crm_sync with grant option",),
         outcomes(EVENT, log=[*QUOTATIONS, *ORDERS], gap=["CLIENTS", *DETAILS])),
    Case("the outbox is gone", ("alter table crm_outbox_events rename to crm_outbox_kept",),
         ("alter table crm_outbox_kept rename to crm_outbox_events",), outcomes(GAP)),
    Case("the sequence is gone", ("drop sequence crm_versions_seq",),
         ("create sequence crm_versions_seq start with 900000000",), outcomes(GAP)),
    Case("neither outbox nor gaps", (
        "alter table crm_outbox_events rename to crm_outbox_kept",
        "alter table crm_capture_gaps rename to crm_gaps_kept",
    ), (
        "alter table crm_outbox_kept rename to crm_outbox_events",
        "alter table crm_gaps_kept rename to crm_capture_gaps",
    ), VALUES_LOGGED),
    Case("no log", ("alter table error_log rename to error_log_kept",
                    f"begin sys.dbms_aqadm.stop_queue({QUEUE}); end;"),
         ("alter table error_log_kept rename to error_log", START), outcomes(EVENT)),
    Case("the tablespace is full", *failing(1653), outcomes(GAP)),
    Case("the quota is used up", *failing(1536), outcomes(GAP)),
    Case("a key is there already", *failing(1), outcomes(GAP)),
    Case("the queue stands", (f"begin sys.dbms_aqadm.stop_queue({QUEUE}); end;",), (START,), outcomes(EVENT)),
    Case("the queue is gone",
         (f"begin sys.dbms_aqadm.stop_queue({QUEUE}); sys.dbms_aqadm.drop_queue({QUEUE}); end;",),
         (f"begin sys.dbms_aqadm.create_queue({QUEUE}, queue_table => 'CRM_SYNC.CRM_CHANGE_QT', max_retries => 5);"
          " end;", START), outcomes(EVENT)),
]  # fmt: skip


class Bench:
    """The ERP's user, the administrator, and what the changes have left."""

    def __init__(self, world: World) -> None:
        self.erp = world.connect("ERP")
        self.admin = world.connect("SYSTEM")
        self.admin.current_schema = "CRM_SYNC"
        self.client = int(
            self.one(
                "select min(client_code) from erp.branches where integrate_crm = 'S' and code = 1"
            )
        )
        self.count = 0
        self.last = {table: self.figure(table, key) for table, key in NUMBERED}
        with self.erp.cursor() as cursor:
            cursor.execute(
                "select b.phone, c.name from branches b join clients c on c.code = b.client_code"
                " where b.client_code = :c and b.code = 1",
                c=self.client,
            )
            self.before = cursor.fetchone() or (None, None)
            for head in HEADS:
                cursor.execute(head, c=self.client)
        self.erp.commit()

    def clean(self) -> None:
        """Take away what the statements have left: the next file of tests has the same database."""
        phone, name = self.before
        with self.admin.cursor() as cursor:
            cursor.execute(
                "update erp.branches set phone = :phone where client_code = :c and code = 1",
                phone=phone,
                c=self.client,
            )
            cursor.execute(
                "update erp.clients set name = :name where code = :c", name=name, c=self.client
            )
            for table, key in MADE:
                cursor.execute(f"delete from erp.{table} where {key} = 99000001")
            for table, key in NUMBERED:
                cursor.execute(f"delete from {table} where {key} > :n", n=self.last[table])
        self.admin.commit()

    def one(self, sql: str) -> object:
        with self.admin.cursor() as cursor:
            cursor.execute(sql)
            (value,) = cursor.fetchone() or (None,)
        return value

    def ddl(self, steps: Sequence[str]) -> None:
        for step in steps:
            if (PLSQL / step).is_file():
                run_script(self.admin, PLSQL / step, {})
                continue
            with self.admin.cursor() as cursor:
                cursor.execute(step)

    def figure(self, table: str, key: str) -> int:
        """The newest number in a table; 0 while it is away."""
        try:
            return int(self.one(f"select coalesce(max({key}), 0) from {table}") or 0)
        except oracledb.DatabaseError as error:
            assert error.args[0].code == 942
            return 0

    def figures(self) -> dict[str, int]:
        return {
            EVENT: self.figure("crm_outbox_events", "event_id"),
            GAP: self.figure("crm_capture_gaps", "gap_id"),
            LOG: self.figure(
                "(select log_id from error_log where message like 'changes not captured%')",
                "log_id",
            ),
        }

    def fire(self, table: str) -> str:
        """One statement of the ERP's user, committed, and what capture has left of it."""
        self.count += 1
        before = self.figures()
        with self.erp.cursor() as cursor:
            cursor.execute(STATEMENTS[table], c=self.client, n=self.count)
            assert cursor.rowcount == 1
        self.erp.commit()
        after = self.figures()
        grown = [outcome for outcome in before if after[outcome] > before[outcome]]
        return "+".join(grown) or NOTHING

    def invalid_triggers(self) -> list[str]:
        with self.admin.cursor() as cursor:
            cursor.execute(
                "select t.trigger_name from all_triggers t join all_objects o on o.owner = t.owner"
                " and o.object_name = t.trigger_name and o.object_type = 'TRIGGER'"
                " where t.owner = 'CRM_SYNC' and t.table_owner = 'ERP' and o.status <> 'VALID'"
            )
            return [name for (name,) in cursor]


@pytest.fixture(scope="module")
def bench(deployed: World) -> Iterator[Bench]:
    made = Bench(deployed)
    yield made
    made.clean()
    made.erp.close()
    made.admin.close()


@contextmanager
def broken(bench: Bench, case: Case) -> Iterator[None]:
    try:
        bench.ddl(case.broken)
        yield
    finally:
        bench.ddl(case.mended)


@pytest.mark.devkit
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_statement_of_the_erp_succeeds(case: Case, bench: Bench) -> None:
    with broken(bench, case):
        left = {table: bench.fire(table) for table in STATEMENTS}
        invalid = bench.invalid_triggers()
    assert left == case.left
    assert invalid == []


@pytest.mark.devkit
def test_afterwards_every_trigger_captures_again(bench: Bench) -> None:
    assert {table: bench.fire(table) for table in STATEMENTS} == outcomes(EVENT)
