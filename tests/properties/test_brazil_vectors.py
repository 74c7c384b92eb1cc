"""Brazilian data by vectors (tests/vectors/brazil.json): PL/SQL and Python come to the same forms.

The ERP's side is asked through VW_CRM_CLIENTS and crm_rules, the CRM's side through the daemon's mapping: what the one
shows and the other reads must be one form, or every delivery would look like an edit.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bridge.domain.identifiers import (
    clean_text,
    is_valid_taxid,
    normalise_state,
    normalise_taxid,
    taxid_spellings,
)
from bridge.domain.mapping import FieldNames, LeadMapper

if TYPE_CHECKING:
    import oracledb

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors/brazil.json").read_text(encoding="utf-8")
)
MAPPER = LeadMapper(FieldNames())
#: section: column of BRANCHES and of VW_CRM_CLIENTS
COLUMNS = {
    "taxid": "taxid",
    "tax_registration": "tax_registration",
    "phone": "phone",
    "zipcode": "address_zipcode",
    "text": "address_number",
}
_CLIENT = 97_000_000


def vectors(section: str) -> list[Any]:
    return [
        pytest.param(vector, id=f"{section}: {vector.get('raw', vector.get('left'))!r}")
        for vector in VECTORS[section]
    ]


# --------------------------------------------------------------------------- Python


@pytest.mark.parametrize("vector", vectors("taxid"))
def test_a_tax_number_in_python(vector: dict[str, Any]) -> None:
    assert normalise_taxid(vector["raw"]) == vector["canonical"]
    assert is_valid_taxid(vector["raw"]) is vector["valid"]


@pytest.mark.parametrize("vector", vectors("taxid_spellings"))
def test_the_spellings_of_a_tax_number(vector: dict[str, Any]) -> None:
    assert list(taxid_spellings(vector["raw"])) == vector["spellings"]


@pytest.mark.parametrize(
    ("section", "field"),
    [("phone", "phone"), ("zipcode", "address_zipcode"), ("text", "address_number")],
)
def test_a_field_in_python(section: str, field: str) -> None:
    for vector in VECTORS[section]:
        now = MAPPER.canonical(field, vector["raw"])
        assert now == vector["canonical"], vector
        assert MAPPER.canonical(field, now) == now, "canonical stays canonical"


@pytest.mark.parametrize("vector", vectors("state"))
def test_a_state_in_python(vector: dict[str, Any]) -> None:
    assert normalise_state(vector["raw"]) == vector["canonical"]


@pytest.mark.parametrize("vector", vectors("tax_registration"))
def test_a_state_registration_goes_out_and_comes_back(vector: dict[str, Any]) -> None:
    (sent,) = MAPPER.to_custom_fields(
        {"tax_registration": vector["canonical"]}, ("tax_registration",)
    )
    assert sent["value"] == vector["crm"]
    assert MAPPER.canonical("tax_registration", sent["value"]) == vector["canonical"]


@pytest.mark.parametrize("vector", vectors("stage"))
def test_the_name_of_a_stage_in_python(vector: dict[str, Any]) -> None:
    if vector["name"] is not None:
        assert clean_text(vector["raw"]) == vector["name"]


# --------------------------------------------------------------------------- PL/SQL


@pytest.mark.devkit
@pytest.mark.parametrize("section", COLUMNS)
def test_the_view_shows_the_same_form(batches: oracledb.Connection, section: str) -> None:
    column = COLUMNS[section]
    # the ERP's column of a tax number has no room for a mask
    fitting = [v for v in VECTORS[section] if column != "taxid" or len(v["raw"]) <= 14]
    rows = [
        (_CLIENT, number, vector["raw"] if column == "taxid" else f"97{number:012}", vector["raw"])
        for number, vector in enumerate(fitting, 1)
    ]
    assert len(rows) > 3
    with batches.cursor() as cursor:
        try:
            cursor.execute("insert into erp.clients (code, name) values (:1, 'Vetores')", [_CLIENT])
            if column == "taxid":
                cursor.executemany(
                    "insert into erp.branches (client_code, code, taxid, integrate_crm) values (:1, :2, :3, 'S')",
                    [row[:3] for row in rows],
                )
            else:
                cursor.executemany(
                    f"insert into erp.branches (client_code, code, taxid, {column}, integrate_crm)"
                    " values (:1, :2, :3, :4, 'S')",
                    rows,
                )
            cursor.execute(
                f"select {column} from vw_crm_clients where client_code = :1 order by branch_code",
                [_CLIENT],
            )
            shown = [value for (value,) in cursor.fetchall()]
        finally:
            batches.rollback()
    expected = [(vector["raw"], vector["canonical"]) for vector in fitting]
    assert list(zip((raw for raw, _ in expected), shown, strict=True)) == expected


def asked(connection: oracledb.Connection, call: str, **binds: Any) -> str | None:
    with connection.cursor() as cursor:
        out = cursor.var(str)
        cursor.execute(f"begin :out := crm_sync.crm_test_properties.{call}; end;", out=out, **binds)
        value: str | None = out.getvalue()
    connection.rollback()
    return value


@pytest.mark.devkit
@pytest.mark.parametrize("vector", vectors("folded"))
def test_names_are_matched_without_accents_and_case(
    batches: oracledb.Connection, vector: dict[str, Any]
) -> None:
    found = asked(
        batches,
        "is_different('FOLDED', :left_value, :right_value)",
        left_value=vector["left"],
        right_value=vector["right"],
    )
    assert found == ("N" if vector["equal"] else "S")


@pytest.mark.devkit
@pytest.mark.parametrize("vector", vectors("stage"))
def test_the_name_of_a_stage_in_plsql(batches: oracledb.Connection, vector: dict[str, Any]) -> None:
    assert asked(batches, "stage_name(:stage)", stage=vector["raw"]) == vector["name"]


@pytest.mark.devkit
@pytest.mark.parametrize("vector", vectors("phone"))
def test_the_phone_of_a_person_in_plsql(
    batches: oracledb.Connection, vector: dict[str, Any]
) -> None:
    assert asked(batches, "phone_form(:phone)", phone=vector["raw"]) == vector["canonical"]


@pytest.mark.devkit
def test_the_view_of_contacts_shows_the_form_of_a_phone(batches: oracledb.Connection) -> None:
    rows = [(_CLIENT, f"v{n:02}", v["raw"]) for n, v in enumerate(VECTORS["phone"])]
    with batches.cursor() as cursor:
        try:
            cursor.execute("insert into erp.clients (code, name) values (:1, 'Vetores')", [_CLIENT])
            cursor.execute(
                "insert into erp.branches (client_code, code, taxid, integrate_crm)"
                " values (:1, 1, '97000000000001', 'S')",
                [_CLIENT],
            )
            cursor.executemany(
                "insert into erp.contacts (client_code, branch_code, name, phone) values (:1, 1, :2, :3)",
                rows,
            )
            cursor.execute(
                "select phone from vw_crm_clients_contacts where client_code = :1 order by name",
                [_CLIENT],
            )
            shown = [value for (value,) in cursor.fetchall()]
        finally:
            batches.rollback()

    assert list(zip((v["raw"] for v in VECTORS["phone"]), shown, strict=True)) == [
        (v["raw"], v["canonical"]) for v in VECTORS["phone"]
    ]
