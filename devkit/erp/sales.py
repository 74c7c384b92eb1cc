"""A person at the ERP's screens for contacts, quotations and orders; the caller commits."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import oracledb

__all__ = [
    "add_budget",
    "add_contact",
    "add_order",
    "edit_contact",
    "reject_budget",
    "remove_contact",
    "reprice_budget",
]

_QUANTITY = 500
_DAYS = 30


def add_contact(
    connection: oracledb.Connection, client: int, branch: int, name: str, **columns: Any
) -> int:
    """Add a contact; its id. ``columns``: email, phone, job_title, is_primary ('S' or 'N')."""
    return _insert(
        connection,
        "contacts",
        {"client_code": client, "branch_code": branch, "name": name, **columns},
    )


def edit_contact(connection: oracledb.Connection, contact: int, **columns: Any) -> None:
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    _change(
        connection,
        f"update erp.contacts set {assignments}, updated_on = sysdate where id = :id",  # noqa: S608
        {**columns, "id": contact},
    )


def remove_contact(connection: oracledb.Connection, contact: int) -> None:
    _change(connection, "delete from erp.contacts where id = :id", {"id": contact})


def add_budget(
    connection: oracledb.Connection,
    client: int,
    branch: int,
    price: Decimal,
    *,
    quantity: int = _QUANTITY,
) -> int:
    """Add a quotation of one product with an approved delivery in 30 days; its id."""
    number = _insert(connection, "budgets", {"client_code": client, "branch_code": branch})
    _line(connection, "budget_items", "budget_id", number, price)
    _change(
        connection,
        "insert into erp.budget_deliveries (budget_id, item, delivery, deliver_on, min_quantity, approved)"
        " values (:id, 1, 1, trunc(sysdate) + :days, :quantity, 'S')",
        {"id": number, "days": _DAYS, "quantity": quantity},
    )
    return number


def reprice_budget(connection: oracledb.Connection, budget: int, price: Decimal) -> None:
    _change(
        connection,
        "update erp.budget_items set list_price = :price where budget_id = :id",
        {"price": price, "id": budget},
    )


def reject_budget(connection: oracledb.Connection, budget: int) -> None:
    _change(connection, "update erp.budgets set status = 'R' where id = :id", {"id": budget})


def add_order(connection: oracledb.Connection, client: int, branch: int, price: Decimal) -> int:
    """Add an order of one product with a delivery in 30 days; its id."""
    number = _insert(connection, "sales_orders", {"client_code": client, "branch_code": branch})
    _line(connection, "sales_order_items", "order_id", number, price)
    _change(
        connection,
        "insert into erp.sales_order_deliveries (order_id, item, delivery, deliver_on, quantity)"
        " values (:id, 1, 1, trunc(sysdate) + :days, :quantity)",
        {"id": number, "days": _DAYS, "quantity": _QUANTITY},
    )
    return number


def _line(
    connection: oracledb.Connection, table: str, key: str, number: int, price: Decimal
) -> None:
    _change(
        connection,
        f"insert into erp.{table} ({key}, item, product_code, description, list_price)"  # noqa: S608
        " values (:id, 1, 'P1', 'Etiqueta', :price)",
        {"id": number, "price": price},
    )


def _insert(connection: oracledb.Connection, table: str, values: Mapping[str, Any]) -> int:
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    with connection.cursor() as cursor:
        number = cursor.var(oracledb.NUMBER)
        cursor.execute(
            f"insert into erp.{table} ({names}) values ({places}) returning id into :id",  # noqa: S608
            {**values, "id": number},
        )
        (identity,) = number.getvalue()
    return int(identity)


def _change(connection: oracledb.Connection, sql: str, binds: Mapping[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, dict(binds))
        if cursor.rowcount != 1:
            raise ValueError(f"{cursor.rowcount} rows instead of one")
