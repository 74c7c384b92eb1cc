"""Fills the sample ERP with made-up data: ``load(connection, branches=200, seed=7)``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import oracledb

from devkit.erp.dataset import COLUMNS, BranchKey, Line, build
from devkit.erp.deploy import deploy

__all__ = ["Progress", "deploy", "load"]

Progress = Callable[[str, int, int], None]  # table, rows done, rows in all
_BATCH = 5000


def load(
    connection: oracledb.Connection,
    branches: int = 200,
    seed: int = 7,
    progress: Progress | None = None,
    *,
    incomplete: float = 0.0,
) -> dict[str, int]:
    """Insert the data into schema ERP and commit; gives the rows per table.

    The schema must be empty. ``incomplete``: see :func:`devkit.erp.dataset.build`.
    """
    data = build(branches, seed, incomplete=incomplete)
    counts: dict[str, int] = {}
    with connection.cursor() as cursor:
        for table, rows in data.tables.items():
            counts[table] = _insert(cursor, table, COLUMNS[table], rows, progress)
        for prefix, table, lines in (
            ("budget", "budgets", data.budget_lines),
            ("sales_order", "sales_orders", data.order_lines),
        ):
            counts |= _insert_lines(cursor, prefix, table, lines, progress)
    connection.commit()
    return counts


def _insert(
    cursor: oracledb.Cursor,
    table: str,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    progress: Progress | None,
) -> int:
    places = ", ".join(f":{n}" for n in range(1, len(columns) + 1))
    sql = f"insert into erp.{table} ({', '.join(columns)}) values ({places})"  # noqa: S608
    for start in range(0, len(rows), _BATCH):
        batch = list(rows[start : start + _BATCH])
        cursor.setinputsizes(*[_input_size(column) for column in zip(*batch, strict=True)])
        cursor.executemany(sql, batch)
        if progress:
            progress(table, start + len(batch), len(rows))
    return len(rows)


def _input_size(column: Sequence[Any]) -> Any:
    """The bind type of a column of values, from those that are not NULL."""
    values = [value for value in column if value is not None]
    if values and isinstance(values[0], datetime):
        return oracledb.DB_TYPE_DATE
    if values and isinstance(values[0], int | float | Decimal):
        return oracledb.DB_TYPE_NUMBER
    return max((len(value.encode()) for value in values), default=1)


def _insert_lines(
    cursor: oracledb.Cursor,
    prefix: str,
    table: str,
    lines: dict[BranchKey, list[Line]],
    progress: Progress | None,
) -> dict[str, int]:
    """Items and deliveries, under the numbers that the database gave to their heads."""
    cursor.execute(f"select client_code, branch_code, id from erp.{table}")  # noqa: S608
    numbers = {(client, branch): number for client, branch, number in cursor.fetchall()}
    items: list[tuple[Any, ...]] = []
    deliveries: list[tuple[Any, ...]] = []
    for key, branch_lines in lines.items():
        for item, line in enumerate(branch_lines, start=1):
            head = (numbers[key], item)
            items.append((*head, *line.product, line.list_price, line.negotiated_price))
            for number, (day, quantity) in enumerate(line.deliveries, start=1):
                extra = (quantity * 2, "S" if item == 1 else "N") if prefix == "budget" else ()
                deliveries.append((*head, number, day, quantity, *extra))
    head_id = "budget_id" if prefix == "budget" else "order_id"
    item_columns = (
        *(head_id, "item", "product_code", "description", "list_price", "negotiated_price"),
    )
    quantities = (
        ("min_quantity", "max_quantity", "approved") if prefix == "budget" else ("quantity",)
    )
    delivery_columns = (head_id, "item", "delivery", "deliver_on", *quantities)
    return {
        f"{prefix}_items": _insert(cursor, f"{prefix}_items", item_columns, items, progress),
        f"{prefix}_deliveries": _insert(
            cursor, f"{prefix}_deliveries", delivery_columns, deliveries, progress
        ),
    }
