"""The made-up data: right where it must be right, awkward where real data are awkward."""

from __future__ import annotations

from collections import Counter

import pytest
from stdnum.br import cnpj, cpf

from devkit.erp import names
from devkit.erp.dataset import COLUMNS, Dataset, build
from devkit.erp.deploy import SCHEMA_FILE, statements


@pytest.fixture(scope="module")
def data() -> Dataset:
    return build(2000, seed=3, incomplete=0.02)


def column(data: Dataset, table: str, name: str) -> list[object]:
    position = COLUMNS[table].index(name)
    return [row[position] for row in data.tables[table]]


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    assert build(50, seed=1) == build(50, seed=1)
    assert build(50, seed=1) != build(50, seed=2)


def test_exactly_the_wanted_number_of_branches_takes_part(data: Dataset) -> None:
    assert Counter(column(data, "branches", "integrate_crm")) == {"S": 2000, "N": 100}


def test_every_tax_id_is_valid_and_unique(data: Dataset) -> None:
    tax_ids = [str(value) for value in column(data, "branches", "taxid")]
    assert len(set(tax_ids)) == len(tax_ids)
    for tax_id in tax_ids:
        assert cpf.is_valid(tax_id) if len(tax_id) == 11 else cnpj.is_valid(tax_id)
    kinds = Counter(len(t) if t.isdigit() else "letters" for t in tax_ids)
    assert min(kinds[11], kinds[14], kinds["letters"]) > 25


def test_only_persons_have_a_cpf(data: Dataset) -> None:
    persons = {row[0] for row in data.tables["clients"] if row[3] == "F"}
    for row in data.tables["branches"]:
        assert (len(row[2]) == 11) == (row[0] in persons)


def test_clients_have_one_to_four_branches(data: Dataset) -> None:
    sizes = Counter(row[0] for row in data.tables["branches"])
    assert set(sizes.values()) == {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tax_registration", None),
        ("tax_registration", "ISENTO"),
        ("address_number", "S/N"),
        ("address_complement", None),
        ("address_zipcode", None),
        ("city_id", None),
        ("phone", None),
        ("sales_rep", None),
        ("industry_id", None),
    ],
)
def test_awkward_values_occur_and_do_not_prevail(data: Dataset, name: str, value: object) -> None:
    values = column(data, "branches", name)
    assert 0 < values.count(value) < len(values) * 0.7


def test_leading_zeros_accents_and_letters_in_numbers_occur(data: Dataset) -> None:
    zips = [str(z) for z in column(data, "branches", "address_zipcode") if z]
    assert all(len(z) == 8 and z.isdigit() for z in zips)
    assert any(z.startswith("0") for z in zips)
    assert any(str(n)[-1] in "ABC" for n in column(data, "branches", "address_number") if n)
    assert any("ã" in str(n) or "ç" in str(n) for n in column(data, "clients", "name"))


def test_rows_fit_the_foreign_keys(data: Dataset) -> None:
    branches = {row[:2] for row in data.tables["branches"]}
    for table in ("credit_limit_history", "contacts", "budgets", "sales_orders"):
        assert {row[:2] for row in data.tables[table]} <= branches
    cities = {row[0] for row in data.tables["cities"]}
    assert {c for c in column(data, "branches", "city_id") if c} <= cities
    assert data.budget_lines.keys() == {row[:2] for row in data.tables["budgets"]}
    assert data.order_lines.keys() == {row[:2] for row in data.tables["sales_orders"]}


def test_ibge_codes_carry_their_check_digit() -> None:
    for city in names.cities():
        digits = [int(d) for d in str(city.id)]
        products = [d * (1 + n % 2) for n, d in enumerate(digits[:6])]
        total = sum(p // 10 + p % 10 for p in products)
        assert (10 - total % 10) % 10 == digits[6], city.name
        assert city.state in names.STATES


def test_two_cities_share_a_name_in_different_states() -> None:
    homonyms = [c.state for c in names.cities() if c.name == "Palmas"]
    assert sorted(homonyms) == ["PR", "TO"]


def test_the_schema_script_splits_into_statements_without_terminators() -> None:
    found = list(statements(SCHEMA_FILE.read_text(encoding="utf-8")))
    assert sum("create table" in s for s in found) == 18
    assert not any(s.rstrip().endswith(("/", ";")) for s in found)
