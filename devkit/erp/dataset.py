"""Makes the sample ERP's rows; no database here. The same seed gives the same rows."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from stdnum.br import cnpj, cpf

from devkit.erp import names
from devkit.sample import FINANCIAL_ANALYSES, INDUSTRIES, SALES_REP_CODES

_START = datetime(2023, 1, 2, 8, 0, 0)  # noqa: DTZ001 - Oracle DATE has no zone
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FIRST_CLIENT_CODE = 1001

# Columns of each table in the order of its rows; identity columns are left to the database.
COLUMNS: dict[str, tuple[str, ...]] = {
    "states": ("code", "name"),
    "cities": ("id", "name", "state_code"),
    "industries": ("id", "description"),
    "sales_reps": ("code", "name", "email"),
    "contact_job_titles": ("id", "description"),
    "clients": ("code", "name", "trade_name", "person_type", "created_on", "status"),
    "branches": (
        "client_code", "code", "taxid", "tax_registration", "address_street", "address_number",
        "address_complement", "address_district", "address_zipcode", "city_id", "phone",
        "sales_rep", "industry_id", "integrate_crm", "updated_on",
    ),
    "credit_limit_history": (
        "client_code", "branch_code", "changed_on", "credit_limit", "financial_analysis",
    ),
    "contacts": (
        "client_code", "branch_code", "name", "email", "phone", "job_title", "job_title_id",
        "is_primary", "updated_on",
    ),
    "budgets": ("client_code", "branch_code", "issued_on", "valid_until", "sales_rep", "status"),
    "sales_orders": ("client_code", "branch_code", "ordered_on", "sales_rep", "status"),
}  # fmt: skip

Row = tuple[Any, ...]
BranchKey = tuple[int, int]


@dataclass(slots=True)
class Line:
    """One product of a quotation or order, with the days and quantities of its deliveries."""

    product: tuple[str, str]
    list_price: Decimal
    negotiated_price: Decimal | None
    deliveries: list[tuple[datetime, int]]


@dataclass(slots=True)
class Dataset:
    """Rows by table, in an order that satisfies the foreign keys.

    Lines of quotations and orders hang on their branch: it has one of each at most, and their
    numbers come from the database.
    """

    tables: dict[str, list[Row]]
    budget_lines: dict[BranchKey, list[Line]] = field(default_factory=dict)
    order_lines: dict[BranchKey, list[Line]] = field(default_factory=dict)


class _Maker:
    def __init__(self, seed: int, incomplete: float) -> None:
        self.rng = random.Random(seed)
        self.incomplete = incomplete
        self.tax_ids: set[str] = set()
        self.roots: set[str] = set()
        self.data = Dataset({table: [] for table in COLUMNS})

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def day(self, spread: int = 700) -> datetime:
        return _START + timedelta(
            days=self.rng.randrange(spread), seconds=self.rng.randrange(36_000)
        )

    # ------------------------------------------------------------------ catalogues

    def catalogues(self) -> None:
        tables = self.data.tables
        tables["states"] = sorted(names.STATES.items())
        tables["cities"] = [(c.id, c.name, c.state) for c in names.cities()]
        tables["industries"] = list(enumerate(INDUSTRIES, start=1))
        tables["contact_job_titles"] = list(enumerate(names.JOB_TITLES, start=1))
        tables["sales_reps"] = [
            (code, f"Representante {code}", f"rep{code}@example.com") for code in SALES_REP_CODES
        ]

    # ------------------------------------------------------------------ clients

    def client(self, code: int, branches: int, *, integrate: bool) -> None:
        rng = self.rng
        is_person = branches == 1 and self.chance(0.08)
        if is_person:
            name = f"{self.person()} {code}"  # the number keeps it recognisably made up
            trade_name = None
        else:
            kind, word = rng.choice(names.COMPANY_KINDS), rng.choice(names.COMPANY_WORDS)
            name = f"{kind} {word} {code - 1000} {rng.choice(names.COMPANY_FORMS)}"
            trade_name = None if self.chance(0.3) else f"{word} {code - 1000}"
        created = self.day()
        self.data.tables["clients"].append(
            (code, name, trade_name, "F" if is_person else "J", created, "A")
        )
        root = self.root()
        for number in range(1, branches + 1):
            tax_id = self.person_tax_id() if is_person else root + f"{number:04}"
            if not is_person:
                tax_id += cnpj.calc_check_digits(tax_id)
            self.tax_ids.add(tax_id)
            self.branch((code, number), tax_id, integrate=integrate, is_person=is_person)

    def root(self) -> str:
        """Eight characters of a CNPJ that no client has; every fourth holds letters."""
        alphabet = _ALPHABET if self.chance(0.25) else _ALPHABET[:10]
        while True:
            root = "".join(self.rng.choice(alphabet) for _ in range(8))
            if root != root[0] * 8 and root not in self.roots:
                self.roots.add(root)
                return root

    def person_tax_id(self) -> str:
        while True:
            base = f"{self.rng.randrange(1, 10**9):09}"
            tax_id = base + cpf._calc_check_digits(base)
            if base != base[0] * 9 and tax_id not in self.tax_ids:
                return str(tax_id)

    def person(self) -> str:
        rng = self.rng
        surnames = " ".join(rng.sample(names.SURNAMES, 2))
        return f"{rng.choice(names.GIVEN_NAMES)} {surnames}"

    def branch(self, key: BranchKey, tax_id: str, *, integrate: bool, is_person: bool) -> None:
        rng = self.rng
        city = rng.choice(names.cities())
        has_city = not self.chance(self.incomplete if integrate else 0.3)
        zip_code = city.zip_prefix + "".join(
            rng.choice("0123456789") for _ in range(8 - len(city.zip_prefix))
        )
        rep = None if self.chance(0.05) else rng.choice(SALES_REP_CODES)
        self.data.tables["branches"].append(
            (
                *key,
                tax_id,
                None if is_person else self.tax_registration(),
                f"{rng.choice(names.STREET_KINDS)} {rng.choice(names.STREET_NAMES)}",
                self.house_number(),
                rng.choice(names.COMPLEMENTS) if self.chance(0.35) else None,
                None if self.chance(0.05) else rng.choice(names.DISTRICTS),
                None if self.chance(0.03) else zip_code,
                city.id if has_city else None,
                None if self.chance(0.08) else self.phone(city.area_code),
                rep,
                None if self.chance(0.05) else rng.randrange(1, len(INDUSTRIES) + 1),
                "S" if integrate else "N",
                self.day(),
            )
        )
        self.credit(key)
        self.contacts(key, city.area_code)
        if self.chance(0.3):
            self.budget(key, rep)
        if self.chance(0.15):
            self.order(key, rep)

    def tax_registration(self) -> str | None:
        """NULL means exempt, and so does the word that older screens stored."""
        if self.chance(0.25):
            return None
        if self.chance(0.04):
            return "ISENTO"
        length = self.rng.choice((9, 12, 13))
        return f"{self.rng.randrange(10**length):0{length}}"  # leading zeros count

    def house_number(self) -> str | None:
        if self.chance(0.03):
            return None
        if self.chance(0.12):
            return "S/N"
        number = str(self.rng.randrange(1, 4000))
        return number + self.rng.choice("ABC") if self.chance(0.06) else number

    def phone(self, area_code: str) -> str:
        if self.chance(0.6):
            return f"{area_code}9{self.rng.randrange(10**8):08}"
        return f"{area_code}{self.rng.choice('2345')}{self.rng.randrange(10**7):07}"

    # ------------------------------------------------------------------ what hangs on a branch

    def credit(self, key: BranchKey) -> None:
        if self.chance(0.3):
            return
        moment = self.day(300)
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            moment += timedelta(days=self.rng.randrange(1, 120))
            text = None if self.chance(0.1) else self.rng.choice(FINANCIAL_ANALYSES)
            limit = (
                self.rng.randrange(1, 400) * 500 + Decimal(self.rng.choice((0, 0, 50, 99))) / 100
            )
            self.data.tables["credit_limit_history"].append((*key, moment, limit, text))

    def contacts(self, key: BranchKey, area_code: str) -> None:
        for number in range(self.rng.choice((0, 1, 1, 2, 3))):
            title = self.rng.randrange(1, len(names.JOB_TITLES) + 1)
            free_text = self.chance(0.4)
            email = f"contato{number + 1}.{key[0]}.{key[1]}@example.com"
            self.data.tables["contacts"].append(
                (
                    *key,
                    self.person(),
                    None if self.chance(0.1) else email,
                    None if self.chance(0.2) else self.phone(area_code),
                    names.JOB_TITLES[title - 1] if free_text else None,
                    None if free_text else title,
                    "S" if number == 0 else "N",
                    self.day(),
                )
            )

    def budget(self, key: BranchKey, rep: int | None) -> None:
        issued = self.day()
        status = self.rng.choice("OOAR")
        self.data.tables["budgets"].append((*key, issued, issued + timedelta(days=30), rep, status))
        self.data.budget_lines[key] = self.lines(issued)

    def order(self, key: BranchKey, rep: int | None) -> None:
        ordered = self.day()
        self.data.tables["sales_orders"].append((*key, ordered, rep, self.rng.choice("OFFC")))
        self.data.order_lines[key] = self.lines(ordered)

    def lines(self, since: datetime) -> list[Line]:
        rng = self.rng
        lines = []
        for product in rng.sample(names.PRODUCTS, rng.choice((1, 1, 2, 3))):
            price = Decimal(rng.randrange(10_000, 900_000)) / 100
            deliveries = [
                (since + timedelta(days=30 * n), rng.randrange(1, 60) * 1000)
                for n in range(1, rng.choice((2, 3)))
            ]
            negotiated = rng.choice((None, Decimal(0), round(price * 95 / 100, 2)))
            lines.append(Line(product, price, negotiated, deliveries))
        return lines


def build(branches: int = 200, seed: int = 7, *, incomplete: float = 0.0) -> Dataset:
    """Exactly ``branches`` branches that take part in the integration, and 5 % more that do not.

    :param incomplete: share of integrated branches without a city, whose address the CRM refuses
    """
    maker = _Maker(seed, incomplete)
    maker.catalogues()
    code = FIRST_CLIENT_CODE
    for wanted, integrate in ((branches, True), (max(1, branches // 20), False)):
        left = wanted
        while left > 0:
            size = min(left, maker.rng.choice((1, 1, 1, 2, 3, 4)))
            maker.client(code, size, integrate=integrate)
            left -= size
            code += 1
    return maker.data
