"""What the view shows is what the CRM gives back: legacy fault F8, differences that never end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.domain.changes import Document
from bridge.domain.mapping import SHARED_FIELDS, FieldNames, LeadMapper

if TYPE_CHECKING:
    import oracledb

_CLIENT = 98_000_000
_CITY, _INDUSTRY = 9_800_000, 980_000
_MAPPER = LeadMapper(FieldNames())

_BLANKS = " \t\n\u00a0\u2003\u3000\u0085"
_LETTERS = "aZçÇãé\u0301e\u0303o´§ß-./&'\"\\{}"


def _text(limit: int) -> st.SearchStrategy[str | None]:
    return st.none() | st.text(alphabet=_BLANKS + _LETTERS + "019", max_size=limit)


_ROW = st.fixed_dictionaries(
    {
        "name": st.text(alphabet=_BLANKS + _LETTERS + "019", min_size=1, max_size=40),
        "tax_registration": st.none()
        | st.sampled_from(
            ["ISENTO", " isenta ", "0", "99", "9.9", "110.042.490.114", "P-01100424.3/002", "  "]
        )
        | st.text(alphabet=" .-/0123456789P", max_size=20),
        "address_street": _text(60),
        "address_number": st.none() | st.sampled_from(["S/N", " 12 ", "123A"]) | _text(10),
        "address_complement": _text(40),
        "address_district": _text(40),
        "address_zipcode": st.none() | st.sampled_from(["01001000", "1001000", "01001-00"]),
        "phone": st.none()
        | st.sampled_from(["(11) 3333-4444", "+55 11 98765-4321", "0800 123 4567", "000"])
        | st.text(alphabet=" ()+-.05813", max_size=20),
        "city": _text(40),
        "industry": _text(40),
        "financial_analysis": _text(60),
        "sales_rep": st.booleans(),
    }
)


def _insert(cursor: oracledb.Cursor, rows: list[dict[str, Any]]) -> None:
    numbered = list(enumerate(rows, 1))
    cursor.execute("insert into erp.states (code, name) values ('ZY', 'Estado')")
    cursor.execute("insert into erp.sales_reps (code, name) values (980001, 'Rep')")
    cursor.executemany(
        "insert into erp.clients (code, name) values (:1, :2)",
        [(_CLIENT + number, row["name"]) for number, row in numbered],
    )
    cursor.executemany(
        "insert into erp.cities (id, name, state_code) values (:1, :2, 'ZY')",
        [(_CITY + number, row["city"]) for number, row in numbered if row["city"]],
    )
    cursor.executemany(
        "insert into erp.industries (id, description) values (:1, :2)",
        [
            (_INDUSTRY + number, f"{number} {row['industry']}")
            for number, row in numbered
            if row["industry"]
        ],
    )
    cursor.executemany(
        """insert into erp.branches (
              client_code, code, taxid, tax_registration, address_street, address_number, address_complement,
              address_district, address_zipcode, city_id, phone, sales_rep, industry_id, integrate_crm
           ) values (:1, 1, :2, :3, :4, :5, :6, :7, :8, :9, :10, :11, :12, 'S')""",
        [
            (
                _CLIENT + number,
                f"98abc{number:06d}-{number % 10}",
                row["tax_registration"],
                row["address_street"],
                row["address_number"],
                row["address_complement"],
                row["address_district"],
                row["address_zipcode"],
                _CITY + number if row["city"] else None,
                row["phone"],
                980001 if row["sales_rep"] else None,
                _INDUSTRY + number if row["industry"] else None,
            )
            for number, row in numbered
        ],
    )
    cursor.executemany(
        """insert into erp.credit_limit_history (client_code, branch_code, credit_limit, financial_analysis)
           values (:1, 1, 1, :2)""",
        [(_CLIENT + number, row["financial_analysis"]) for number, row in numbered],
    )


def _read_back(body: dict[str, Any], crm_id: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The lead as the CRM shows what was written: other names, its own custom field rows."""
    row = {
        "id": crm_id,
        "stage": "Ativação",
        "lead": body.get("name"),
        "cnpj": body.get("cpfcnpj"),
        "industry": {"id": 1, "value": body.get("industry")},
        "phone1": body.get("phone"),
        "street": body.get("address"),
        "number": body.get("addressNumber"),
        "complement": body.get("addressComplement"),
        "district": body.get("neighborhood"),
        "cep": body.get("zipcode"),
        "city": body.get("city"),
        "state": body.get("state"),
    }
    return row, body["customFields"]


@pytest.mark.devkit
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)
@given(rows=st.lists(_ROW, min_size=20, max_size=40))
def test_whatever_the_view_shows_reads_back_equal_from_the_crm(
    database: oracledb.Connection, rows: list[dict[str, Any]]
) -> None:
    with database.cursor() as cursor:
        try:
            _insert(cursor, rows)
            cursor.execute(
                "select document from crm_client_rows_v where client_code > :1 order by client_code",
                [_CLIENT],
            )
            documents: list[Document] = [
                json.loads(text if isinstance(text, str) else text.read())
                for (text,) in cursor.fetchall()
            ]
        finally:
            database.rollback()
    assert len(documents) == len(rows)
    for number, document in enumerate(documents, 1):
        lead = _MAPPER.from_lead(*_read_back(_MAPPER.to_lead(document), number))
        shown = {field: document[field] for field in (*SHARED_FIELDS, "client_code")}
        assert {field: lead.fields[field] for field in shown} == shown
