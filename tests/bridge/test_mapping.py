"""Whatever is written reads back as it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.identifiers import (
    is_valid_taxid,
    normalise_phone,
    normalise_registration,
    normalise_state,
    taxid_spellings,
)
from bridge.domain.mapping import SHARED_FIELDS, FieldNames, LeadMapper

MAPPER = LeadMapper(FieldNames())
DOCUMENT: dict[str, Any] = {
    "record_key": "1001-1",
    "client_code": 1001,
    "branch_code": 1,
    "taxid": "12ABC34501DE35",
    "name": "Padaria São João",
    "tax_registration": None,
    "industry": "Alimentos e bebidas",
    "phone": "11987654321",
    "address_street": "Rua das Flores",
    "address_number": "S/N",
    "address_complement": None,
    "address_district": "Centro",
    "address_zipcode": "01310100",
    "city": "São Paulo",
    "state": "SP",
    "sales_rep": 12,
    "financial_analysis": "Crédito aprovado",
    "crm_id": None,
}
_READ_NAMES = {
    "name": "lead",
    "cpfcnpj": "cnpj",
    "phone": "phone1",
    "address": "street",
    "addressNumber": "number",
    "addressComplement": "complement",
    "neighborhood": "district",
    "zipcode": "cep",
}


def read_back(lead: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What Spotter would answer for a lead that was written so."""
    row: dict[str, Any] = {"id": 77, "stage": "Ativação"}
    for name, value in lead.items():
        if name != "customFields":
            row[_READ_NAMES.get(name, name)] = value
    row["industry"] = {"id": 2, "value": lead["industry"]} if lead["industry"] else None
    return row, [{"leadId": 77, **item} for item in lead["customFields"]]


def test_a_new_lead_is_written_under_the_write_names() -> None:
    lead = MAPPER.to_lead(DOCUMENT)

    assert lead["name"] == "Padaria São João"
    assert lead["cpfcnpj"] == "12ABC34501DE35"
    assert lead["zipcode"] == "01310100"
    assert (lead["ddiPhone"], lead["phone"]) == ("55", "11987654321")
    assert lead["addressComplement"] == ""
    assert lead["country"] == "Brasil"


def test_custom_fields_hold_lists_in_options_and_texts_in_value() -> None:
    items = {item["id"]: item for item in MAPPER.to_lead(DOCUMENT)["customFields"]}

    assert items["_cod.gestores"] == {"id": "_cod.gestores", "options": [{"value": "12"}]}
    assert items["_cod.cliente"] == {"id": "_cod.cliente", "value": "1001"}
    assert items["_inscricaoestadual"] == {"id": "_inscricaoestadual", "value": "99"}


def test_an_update_holds_the_changed_fields_only() -> None:
    lead = MAPPER.to_lead(DOCUMENT, frozenset({"phone", "financial_analysis"}))

    assert lead == {
        "phone": "11987654321",
        "ddiPhone": "55",
        "customFields": [{"id": "_analisefinanceira", "value": "Crédito aprovado"}],
    }


def test_a_part_of_an_address_brings_state_and_country() -> None:
    assert MAPPER.to_lead(DOCUMENT, frozenset({"address_number"})) == {
        "addressNumber": "S/N",
        "state": "SP",
        "country": "Brasil",
    }


def test_a_cleared_rep_is_an_empty_choice() -> None:
    items = MAPPER.to_custom_fields({"sales_rep": None}, {"sales_rep"})

    assert items == [{"id": "_cod.gestores", "options": []}]


def test_what_is_written_reads_back_as_the_document() -> None:
    snapshot = MAPPER.from_lead(*read_back(MAPPER.to_lead(DOCUMENT)))

    assert snapshot.crm_id == 77
    assert MAPPER.differing(DOCUMENT, snapshot) == frozenset()


@given(
    st.fixed_dictionaries(
        {
            field: st.one_of(st.none(), st.text(min_size=1, max_size=20))
            for field in SHARED_FIELDS
            if field not in {"sales_rep", "taxid", "phone", "address_zipcode", "state"}
        }
        | {
            "sales_rep": st.one_of(st.none(), st.integers(1, 99)),
            "taxid": st.sampled_from(["11222333000181", "12ABC34501DE35", "52998224725", None]),
            "phone": st.sampled_from(["1133334444", "11987654321", "55999887766", None]),
            "address_zipcode": st.sampled_from(["01310100", None]),
            "state": st.sampled_from(["SP", "MG", None]),
            "client_code": st.integers(1, 10**9),
        }
    )
)
def test_any_document_reads_back_as_it_was(document: dict[str, Any]) -> None:
    snapshot = MAPPER.from_lead(*read_back(MAPPER.to_lead(document)))

    assert MAPPER.differing(document, snapshot) == frozenset()


@pytest.mark.parametrize("sentinel", ["99", "0", "", None, "Isento", "ISENTO"])
def test_every_spelling_of_exempt_is_null(sentinel: str | None) -> None:
    assert normalise_registration(sentinel, exempt="99") is None


def test_a_registration_stays_as_the_erp_writes_it() -> None:
    assert normalise_registration(" P-011.004.243/9 ", exempt="99") == "P-011.004.243/9"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("+55 (11) 98765-4321", "11987654321"),
        ("011 3333-4444", "1133334444"),
        ("55999887766", "55999887766"),
        ("0800 123 4567", "08001234567"),
        ("", None),
        (None, None),
    ],
)
def test_phone_numbers_are_national_digits(raw: str | None, expected: str | None) -> None:
    assert normalise_phone(raw, ddi="55") == expected


@pytest.mark.parametrize(("raw", "expected"), [("São Paulo", "SP"), ("rj", "RJ"), ("Pará", "PA")])
def test_states_are_two_letters(raw: str, expected: str) -> None:
    assert normalise_state(raw) == expected


@pytest.mark.parametrize(
    ("taxid", "valid"),
    [
        ("12ABC34501DE35", True),
        ("12.abc.345/01de-35", True),
        ("12ABC34501DE45", False),
        ("11222333000181", True),
        ("52998224725", True),
        ("11111111111", False),
        ("", False),
    ],
)
def test_check_digits_of_tax_numbers(taxid: str, valid: bool) -> None:
    assert is_valid_taxid(taxid) is valid


def test_a_cpf_is_looked_up_padded_as_well() -> None:
    assert taxid_spellings("529.982.247-25") == ("52998224725", "00052998224725")
    assert taxid_spellings("11222333000181") == ("11222333000181",)


def test_a_rep_that_is_no_number_is_no_rep() -> None:
    row = {"id": 1, "lead": "X"}
    snapshot = MAPPER.from_lead(row, [{"id": "_cod.gestores", "options": [{"value": "None"}]}])

    assert snapshot.fields["sales_rep"] is None


def test_blanks_of_the_crm_are_ordinary_blanks() -> None:
    snapshot = MAPPER.from_lead({"id": 1, "lead": "X", "stage": "Passagem\u00a0de bastão "}, [])

    assert snapshot.stage == "Passagem de bastão"


def test_a_webhook_shows_what_was_written_under_neutral_names() -> None:
    _, custom = read_back(MAPPER.to_lead(DOCUMENT))
    shown = MAPPER.from_webhook(
        {
            "Id": 77,
            "Company": "Padaria São João ",
            "Stage": "Ativação\u00a0",
            "CpfCnpj": "12.ABC.345/01DE-35",
            "Phone": "+55 11 98765-4321",
            "Industry": {"value": "Alimentos e bebidas"},
            "Address": {"PublicPlaceName": "Rua das Flores", "ZipCode": "01310-100"},
            "City": "São Paulo",
            "State": "São Paulo",
            "CustomFields": custom,
        }
    )

    unseen = {"address_number", "address_complement", "address_district"}
    assert shown.pop("stage") == "Ativação"
    assert shown == {
        field: DOCUMENT[field] for field in (*SHARED_FIELDS, "client_code") if field not in unseen
    }


def test_a_webhook_that_shows_nothing_has_only_a_stage() -> None:
    assert MAPPER.from_webhook({"CustomFields": "?", "Address": [1]}) == {"stage": None}
