"""Is what hangs on the leads equal: contacts, proposals, sales? From the ERP's tables and the simulator.

As in :mod:`devkit.demo.proof`, the rules are written down once more: smallest approved quantity per
thousand times the price, for 365 days from today; a lead is sold once and then keeps its proposal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from devkit.demo.proof import Difference

_CONTACTS = """
select b.client_code || '-' || b.code record_key, b.id_crm lead_id, k.id_crm person_id, k.name, k.email,
       k.phone, coalesce(k.job_title, t.description) job_title, k.is_primary
  from contacts k
       join branches b on b.client_code = k.client_code and b.code = k.branch_code
       left join contact_job_titles t on t.id = k.job_title_id
 where b.integrate_crm = 'S'
 order by k.id"""
_VALUES = """
select b.client_code || '-' || b.code record_key, b.id_crm lead_id,
       (select round(sum(d.min_quantity / 1000 * case when nvl(i.negotiated_price, 0) = 0
                                                      then i.list_price else i.negotiated_price end), 2)
          from budgets q
               join budget_items i on i.budget_id = q.id
               join budget_deliveries d on d.budget_id = i.budget_id and d.item = i.item
         where q.client_code = b.client_code and q.branch_code = b.code and q.status <> 'R'
           and d.approved = 'S'
           and trunc(d.deliver_on) >= trunc(sysdate) and trunc(d.deliver_on) <= trunc(sysdate) + 365
       ) budget_value,
       (select count(*)
          from sales_orders o
               join sales_order_deliveries d on d.order_id = o.id
         where o.client_code = b.client_code and o.branch_code = b.code and o.status <> 'C'
           and trunc(d.deliver_on) >= trunc(sysdate) and trunc(d.deliver_on) <= trunc(sysdate) + 365
       ) orders
  from branches b
 where b.integrate_crm = 'S'
 order by b.client_code, b.code"""


@dataclass(slots=True)
class StepComparison:
    """What was compared and where it differs; ``doubled`` names persons and sales that are there twice."""

    contacts: int = 0
    proposals: int = 0
    sales: int = 0
    differences: list[Difference] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.differences and not self.doubled


def step_rows(connection: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Contacts, and values of branches, straight from the ERP's tables. ``connection`` is ERP's."""
    return _rows(connection, _CONTACTS), _rows(connection, _VALUES)


def _rows(connection: Any, query: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        names = [column.name.lower() for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def compare_steps(
    contacts: Sequence[Mapping[str, Any]],
    values: Sequence[Mapping[str, Any]],
    leads: Sequence[Mapping[str, Any]],
    writes: Iterable[Mapping[str, Any]],
    *,
    product: int,
) -> StepComparison:
    """Compare; ``writes`` are all that the ledger holds."""
    result = StepComparison()
    by_lead = {lead["id"]: lead for lead in leads}
    sold = Counter(write["lead_id"] for write in writes if write["operation"] == "sell_lead")
    result.doubled += [f"sale of lead {lead}" for lead, count in sold.items() if count > 1]
    for contact in contacts:
        lead = by_lead.get(contact["lead_id"])
        if lead is not None:
            result.contacts += 1
            result.differences += _contact(contact, lead)
    for value in values:
        lead = by_lead.get(value["lead_id"])
        if lead is not None:
            result.differences += _value(value, lead, product, result)
    for lead in leads:
        persons = Counter((person["name"], person["email"]) for person in lead["persons"])
        result.doubled += [f"person of lead {lead['id']}" for n in persons.values() if n > 1]
    return result


def _contact(contact: Mapping[str, Any], lead: Mapping[str, Any]) -> list[Difference]:
    key = str(contact["record_key"])
    person = next((p for p in lead["persons"] if p["id"] == contact["person_id"]), None)
    if person is None:
        return [Difference(key, "contact", str(contact["name"]), "no such person")]
    pairs = {
        "contact name": (contact["name"], person["name"]),
        "contact email": ((contact["email"] or "").lower(), person["email"]),
        "contact phone": (
            "".join(c for c in contact["phone"] or "" if c.isdigit()),
            person["phone1"],
        ),
        "contact job_title": (contact["job_title"], person["jobTitle"]),
        "contact is_primary": (
            "true" if contact["is_primary"] == "S" else "false",
            str(person["mainContact"]).lower(),
        ),
    }
    return [
        Difference(key, name, str(ours or ""), str(theirs or ""))
        for name, (ours, theirs) in pairs.items()
        if (ours or "") != (theirs or "")
    ]


def _value(
    value: Mapping[str, Any], lead: Mapping[str, Any], product: int, result: StepComparison
) -> list[Difference]:
    key = str(value["record_key"])
    found: list[Difference] = []
    is_ordered = value["orders"] > 0
    if is_ordered:
        result.sales += 1
    if is_ordered != bool(lead["sold"]):
        found.append(Difference(key, "sale", str(is_ordered), str(lead["sold"])))
    if lead["sold"]:
        return found
    lines = [line for line in lead["proposal"] if line["productId"] == product]
    ours = [] if value["budget_value"] is None else [Decimal(str(value["budget_value"]))]
    theirs = [Decimal(str(line["labelValue"])) * line["quantity"] for line in lines]
    result.proposals += len(ours)
    if ours != theirs:
        found.append(Difference(key, "proposal", str(ours), str(theirs)))
    return found
