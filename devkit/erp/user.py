"""A person at the ERP's screen who edits clients, one after the other, each in a transaction."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import oracledb

from devkit.erp import names
from devkit.sample import FINANCIAL_ANALYSES, INDUSTRIES, SALES_REP_CODES

KINDS = ("phone", "address", "name", "rep", "industry", "tax_registration", "analysis")


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one record; ``field`` is a column of VW_CRM_CLIENTS in lower case."""

    record_key: str
    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class _Branch:
    client_code: int
    code: int
    values: dict[str, Any]

    @property
    def key(self) -> str:
        return f"{self.client_code}-{self.code}"


_QUERY = """
select b.client_code, b.code, c.name, b.phone, b.address_street, b.address_number,
       b.address_complement, b.address_district, b.address_zipcode, b.city_id, ci.name city,
       ci.state_code state, b.sales_rep, b.industry_id, i.description industry, b.tax_registration,
       h.financial_analysis
  from erp.branches b
  join erp.clients c on c.code = b.client_code
  left join erp.cities ci on ci.id = b.city_id
  left join erp.industries i on i.id = b.industry_id
  left join (select client_code, branch_code, financial_analysis,
                    row_number() over (
                       partition by client_code, branch_code order by changed_on desc, id desc
                    ) position
               from erp.credit_limit_history) h
    on h.client_code = b.client_code and h.branch_code = b.code and h.position = 1
 where b.integrate_crm = 'S'
 order by b.client_code, b.code
"""


def edit_random(
    connection: oracledb.Connection,
    count: int,
    seed: int,
    *,
    kinds: tuple[str, ...] = KINDS,
    commit: bool = True,
) -> list[Change]:
    """Edit ``count`` different branches, each in its own transaction, and tell every field changed.

    A new name belongs to the client and so changes all its branches. With ``commit`` False all
    stays in one open transaction, for the caller to commit or roll back.
    """
    rng = random.Random(seed)
    branches = _read(connection)
    if count > len(branches):
        raise ValueError(f"only {len(branches)} branches take part in the integration")
    changes: list[Change] = []
    with connection.cursor() as cursor:
        for branch in rng.sample(branches, count):
            changes += _edit(cursor, rng, rng.choice(kinds), branch, branches)
            if commit:
                connection.commit()
    return changes


def edit_branch(
    connection: oracledb.Connection, record_key: str, kind: str, seed: int, *, commit: bool = True
) -> list[Change]:
    """One edit of the given kind of one branch."""
    branches = _read(connection)
    branch = next(b for b in branches if b.key == record_key)
    with connection.cursor() as cursor:
        changes = _edit(cursor, random.Random(seed), kind, branch, branches)
    if commit:
        connection.commit()
    return changes


def _read(connection: oracledb.Connection) -> list[_Branch]:
    with connection.cursor() as cursor:
        cursor.execute(_QUERY)
        columns = [description[0].lower() for description in cursor.description or []]
        rows = cursor.fetchall()
    return [_Branch(row[0], row[1], dict(zip(columns, row, strict=True))) for row in rows]


def _edit(
    cursor: oracledb.Cursor,
    rng: random.Random,
    kind: str,
    branch: _Branch,
    branches: list[_Branch],
) -> list[Change]:
    if kind == "name":
        return _rename(cursor, rng, branch, branches)
    if kind == "analysis":
        return _analyse(cursor, rng, branch)
    columns, shown = _new_values(rng, kind, branch.values)
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    cursor.execute(
        f"update erp.branches set {assignments}, updated_on = sysdate "  # noqa: S608
        "where client_code = :client_code and code = :code",
        {**columns, "client_code": branch.client_code, "code": branch.code},
    )
    changes = [
        Change(branch.key, name, branch.values[name], value)
        for name, value in shown.items()
        if branch.values[name] != value
    ]
    branch.values.update({**columns, **shown})
    return changes


def _new_values(
    rng: random.Random, kind: str, now: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Columns of BRANCHES to set, and the same change as the integration sees it."""
    if kind == "phone":
        city = rng.choice(names.cities())
        number = {"phone": f"{city.area_code}9{rng.randrange(10**8):08}"}
        return number, number
    if kind == "tax_registration":
        # From one number to another, or between exempt and a number; never to the same value.
        number = {"tax_registration": f"{rng.randrange(10**9, 10**12):012}"}
        exempt = {"tax_registration": None}
        values = exempt if now["tax_registration"] and rng.random() < 0.3 else number
        return values, values
    if kind == "rep":
        code = rng.choice([c for c in SALES_REP_CODES if c != now["sales_rep"]])
        return {"sales_rep": code}, {"sales_rep": code}
    if kind == "industry":
        others = [n for n in range(1, len(INDUSTRIES) + 1) if n != now["industry_id"]]
        number_of = rng.choice(others)
        return {"industry_id": number_of}, {"industry": INDUSTRIES[number_of - 1]}
    city = rng.choice([c for c in names.cities() if c.id != now["city_id"]])
    address = {
        "address_street": f"{rng.choice(names.STREET_KINDS)} {rng.choice(names.STREET_NAMES)}",
        "address_number": rng.choice(("S/N", str(rng.randrange(1, 3000)), "77B")),
        "address_complement": rng.choice((None, *names.COMPLEMENTS)),
        "address_district": rng.choice(names.DISTRICTS),
        "address_zipcode": city.zip_prefix.ljust(8, "0"),
    }
    shown = {**address, "city": city.name, "state": city.state}
    return {**address, "city_id": city.id}, shown


def _rename(
    cursor: oracledb.Cursor, rng: random.Random, branch: _Branch, branches: list[_Branch]
) -> list[Change]:
    old = branch.values["name"]
    words = [word for word in names.COMPANY_WORDS if word not in old]
    new = (
        f"{rng.choice(names.COMPANY_KINDS)} {rng.choice(words)} {branch.client_code - 1000} "
        f"{rng.choice(names.COMPANY_FORMS)}"
    )
    cursor.execute(
        "update erp.clients set name = :name where code = :code",
        {"name": new, "code": branch.client_code},
    )
    changes = []
    for other in branches:
        if other.client_code == branch.client_code:
            changes.append(Change(other.key, "name", old, new))
            other.values["name"] = new
    return changes


def _analyse(cursor: oracledb.Cursor, rng: random.Random, branch: _Branch) -> list[Change]:
    old = branch.values["financial_analysis"]
    new = rng.choice([text for text in FINANCIAL_ANALYSES if text != old])
    cursor.execute(
        "insert into erp.credit_limit_history "
        "(client_code, branch_code, changed_on, credit_limit, financial_analysis) "
        "values (:client_code, :code, sysdate, :credit_limit, :analysis)",
        {
            "client_code": branch.client_code,
            "code": branch.code,
            "credit_limit": rng.randrange(1, 500) * 1000,
            "analysis": new,
        },
    )
    branch.values["financial_analysis"] = new
    return [Change(branch.key, "financial_analysis", old, new)]
