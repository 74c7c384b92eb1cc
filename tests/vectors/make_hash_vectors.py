"""Write hash.json: rows and their canonical hash, by hashlib alone, independent of every engine under test."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

SEPARATOR = "\x1f"
FIELDS = (
    "taxid",
    "name",
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
)
Value = str | int | None
BASE: dict[str, Value] = {
    "taxid": "11222333000181",
    "name": "Comercial Aurora 17 Ltda",
    "tax_registration": "110042490114",
    "industry": "Embalagens",
    "phone": "1133334444",
    "address_street": "Rua das Flores",
    "address_number": "120",
    "address_complement": "Sala 3",
    "address_district": "Centro",
    "address_zipcode": "01001000",
    "city": "São Paulo",
    "state": "SP",
    "sales_rep": 12,
    "financial_analysis": "Aprovado",
}
CASES: tuple[tuple[str, dict[str, Value]], ...] = (
    ("every field has a value", {}),
    (
        "every field but the tax id and the name is null",
        {field: None for field in FIELDS if field not in {"taxid", "name"}},
    ),
    ("every field is null", dict.fromkeys(FIELDS)),
    ("the empty string counts as null", {"address_complement": ""}),
    ("a null complement", {"address_complement": None}),
    ("a value in the number only", {"address_number": "120", "address_complement": None}),
    (
        "the same value in the complement only",
        {"address_number": None, "address_complement": "120"},
    ),
    ("letters in the tax id", {"taxid": "12ABC34501DE35"}),
    ("the tax id of a person", {"taxid": "52998224725"}),
    ("a postal code with a leading zero", {"address_zipcode": "00123456"}),
    ("a house number that is no number", {"address_number": "S/N"}),
    (
        "accents, composed",
        {"city": "Conceição do Araguaia", "name": "Indústria & Comércio Açaí Ltda"},
    ),
    ("accents, decomposed, are other text", {"city": "Sa\u0303o Paulo"}),
    ("a trailing blank counts", {"name": "Comercial Aurora 17 Ltda "}),
    ("a no-break space counts", {"name": "Comercial\u00a0Aurora 17 Ltda"}),
    ("a tab and a line feed", {"financial_analysis": "a\tb\nc"}),
    ("case counts", {"name": "COMERCIAL AURORA 17 LTDA"}),
    ("characters beyond the basic plane", {"name": "Papelaria \U0001f600 Ltda"}),
    ("sales rep 0", {"sales_rep": 0}),
    ("sales rep 999999", {"sales_rep": 999999}),
    ("quotes and a backslash", {"name": 'D\'Água "Bar" \\ Ltda'}),
)


def vector(name: str, changes: dict[str, Value]) -> dict[str, object]:
    """One golden vector."""
    row = {**BASE, **changes}
    text = "".join(("" if row[f] is None else str(row[f])) + SEPARATOR for f in FIELDS)
    canonical = text.encode("utf-8")
    return {
        "name": name,
        "row": row,
        "canonical_hex": canonical.hex(),
        "hash": hashlib.sha256(canonical).hexdigest(),
    }


if __name__ == "__main__":
    vectors = [vector(name, changes) for name, changes in CASES]
    target = Path(__file__).with_name("hash.json")
    target.write_text(json.dumps(vectors, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
