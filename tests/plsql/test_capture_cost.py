"""What capture adds to a statement on the tables below a branch does not grow with its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import oracledb

_EXECUTIONS = """
select s.value
  from v$mystat s
  join v$statname n on n.statistic# = s.statistic#
 where n.name = 'execute count'"""

_BRANCH = "(select min(client_code) from erp.branches where integrate_crm = 'S')"

# One row of the head, then as many rows of the table as are asked for.
_STATEMENTS = {
    "contacts": (
        [],
        f"""insert into erp.contacts (client_code, branch_code, name)
            select b.client_code, b.code, 'Pessoa ' || n.n from erp.branches b
             cross join (select level as n from dual connect by level <= :n) n
             where b.client_code = {_BRANCH} and b.code = 1""",
    ),
    "budget_deliveries": (
        [
            f"""insert into erp.budgets (id, client_code, branch_code)
                select 99000001, b.client_code, b.code from erp.branches b
                 where b.client_code = {_BRANCH} and b.code = 1""",
            """insert into erp.budget_items (budget_id, item, product_code, description, list_price)
               values (99000001, 1, 'T', 'T', 1)""",
        ],
        """insert into erp.budget_deliveries (budget_id, item, delivery, deliver_on, min_quantity, approved)
           select 99000001, 1, level, sysdate + level, 1, 'S' from dual connect by level <= :n""",
    ),
    "sales_order_deliveries": (
        [
            f"""insert into erp.sales_orders (id, client_code, branch_code)
                select 99000001, b.client_code, b.code from erp.branches b
                 where b.client_code = {_BRANCH} and b.code = 1""",
            """insert into erp.sales_order_items (order_id, item, product_code, description, list_price)
               values (99000001, 1, 'T', 'T', 1)""",
        ],
        """insert into erp.sales_order_deliveries (order_id, item, delivery, deliver_on, quantity)
           select 99000001, 1, level, sysdate + level, 1 from dual connect by level <= :n""",
    ),
}


def _executions(cursor: oracledb.Cursor) -> int:
    cursor.execute(_EXECUTIONS)
    (value,) = cursor.fetchone() or (0,)
    return int(value)


@pytest.mark.devkit
@pytest.mark.parametrize("table", _STATEMENTS)
def test_a_statement_of_many_rows_costs_as_many_executions_as_one_of_a_single_row(
    table: str, connection: oracledb.Connection
) -> None:
    heads, statement = _STATEMENTS[table]
    counts = []
    with connection.cursor() as cursor:
        for rows in (1, 200):
            for head in heads:
                cursor.execute(head)
            before = _executions(cursor)
            cursor.execute(statement, n=rows)
            assert cursor.rowcount == rows
            counts.append(_executions(cursor) - before)
            cursor.execute(
                "select count(*) from crm_outbox_events where status = 'READY' and origin = 'CAPTURE'"
            )
            (captured,) = cursor.fetchone() or (0,)
            assert captured == 1
            connection.rollback()
    assert counts[0] == counts[1]
