"""Are both sides equal? Read from the ERP's own tables and the simulator's own records, nothing between.

The conversions between the two sides are written down here once more, on purpose: a proof that used the
daemon's mapping would agree with its mistakes.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: what is compared; CRM side by the names of /Leads and of custom fields
FIELDS = (
    "name",
    "taxid",
    "tax_registration",
    "industry",
    "phone",
    "address_street",
    "address_number",
    "address_complement",
    "address_district",
    "address_zipcode",
    "city",
    "state",
    "sales_rep",
    "financial_analysis",
    "client_code",
)

_ERP_QUERY = """
select b.client_code || '-' || b.code record_key, b.id_crm crm_id, c.name, b.taxid, b.tax_registration,
       i.description industry, b.phone, b.address_street, b.address_number, b.address_complement,
       b.address_district, b.address_zipcode, t.name city, t.state_code state, b.sales_rep,
       (select max(h.financial_analysis) keep (dense_rank last order by h.changed_on, h.id)
          from credit_limit_history h
         where h.client_code = b.client_code and h.branch_code = b.code) financial_analysis,
       b.client_code
  from branches b
       join clients c on c.code = b.client_code
       left join cities t on t.id = b.city_id
       left join industries i on i.id = b.industry_id
 where b.integrate_crm = 'S'
 order by b.client_code, b.code"""


@dataclass(frozen=True, slots=True)
class Difference:
    record_key: str
    field: str
    erp: str
    crm: str


@dataclass(slots=True)
class Comparison:
    compared: int = 0
    equal: int = 0
    missing: list[str] = field(default_factory=list)  # in the ERP, not in the CRM
    doubled: list[str] = field(default_factory=list)  # more than one lead for a branch
    strangers: list[int] = field(default_factory=list)  # leads that belong to no branch
    differences: list[Difference] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return self.compared == self.equal and not (self.missing or self.doubled or self.strangers)


def erp_rows(connection: Any) -> list[dict[str, Any]]:
    """Every branch that is to be in the CRM, straight from the ERP's tables. ``connection`` is ERP's."""
    with connection.cursor() as cursor:
        cursor.execute(_ERP_QUERY)
        names = [column.name.lower() for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _from_erp(row: Mapping[str, Any]) -> dict[str, str]:
    values = {name: _text(row[name]) for name in FIELDS}
    # the ERP writes ISENTO or nothing, the CRM 99
    if values["tax_registration"].upper() in ("", "ISENTO", "ISENTA"):
        values["tax_registration"] = "99"
    values["address_number"] = values["address_number"] or "SN"
    values["financial_analysis"] = values["financial_analysis"] or "Vazio."
    return values


def _from_crm(lead: Mapping[str, Any]) -> dict[str, str]:
    custom = lead["customFields"]
    return {
        "name": _text(lead["lead"]),
        "taxid": _text(lead["cnpj"]),
        "tax_registration": _text(custom.get("_inscricaoestadual")) or "99",
        "industry": _text((lead["industry"] or {}).get("value")),
        "phone": _text(lead["phone1"]),
        "address_street": _text(lead["street"]),
        "address_number": _text(lead["number"]) or "SN",
        "address_complement": _text(lead["complement"]),
        "address_district": _text(lead["district"]),
        "address_zipcode": _text(lead["cep"]),
        "city": _text(lead["city"]),
        "state": _text(lead["state"]),
        "sales_rep": _text(custom.get("_cod.gestores")),
        "financial_analysis": _text(custom.get("_analisefinanceira")) or "Vazio.",
        "client_code": _text(custom.get("_cod.cliente")),
    }


def compare(
    branches: Sequence[Mapping[str, Any]], leads: Sequence[Mapping[str, Any]]
) -> Comparison:
    """Match by tax id, so that a wrong CRM id in the ERP is seen too; every field must be equal."""
    result = Comparison()
    by_tax_id: dict[str, list[Mapping[str, Any]]] = {}
    for lead in leads:
        by_tax_id.setdefault(_text(lead["cnpj"]), []).append(lead)
    for branch in branches:
        key = str(branch["record_key"])
        found = by_tax_id.pop(_text(branch["taxid"]), [])
        result.compared += 1
        if not found:
            result.missing.append(key)
            continue
        if len(found) > 1:
            result.doubled.append(key)
            continue
        ours, theirs = _from_erp(branch), _from_crm(found[0])
        wrong = [
            Difference(key, name, ours[name], theirs[name])
            for name in FIELDS
            if ours[name] != theirs[name]
        ]
        if branch["crm_id"] != found[0]["id"]:
            wrong.append(Difference(key, "crm_id", _text(branch["crm_id"]), str(found[0]["id"])))
        result.differences += wrong
        result.equal += not wrong
    result.strangers = [int(lead["id"]) for leads_left in by_tax_id.values() for lead in leads_left]
    return result


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds between a commit in one side and the write in the other."""

    p50: float
    p95: float
    count: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Latency:
        if not seconds:
            return cls(float("nan"), float("nan"), 0)
        ordered = sorted(seconds)
        return cls(
            statistics.median(ordered),
            ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))],
            len(ordered),
        )


def latencies(commits: Mapping[int, datetime], writes: Iterable[Mapping[str, Any]]) -> list[float]:
    """For each lead id: seconds from the ERP's commit to the first API write on the lead after it."""
    first: dict[int, datetime] = {}
    for write in writes:
        lead_id, when = write["lead_id"], datetime.fromisoformat(write["wall"])
        committed = commits.get(lead_id)
        if write["actor"] == "api" and committed is not None and when >= committed:
            first.setdefault(lead_id, when)
    return [(first[lead] - commits[lead]).total_seconds() for lead in first]
