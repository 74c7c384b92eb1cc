"""Tax and telephone numbers, postal codes, states and times of Brazil in one form each; pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, tzinfo
from typing import Final

from stdnum.br import cnpj, cpf

__all__ = [
    "clean_text",
    "digits",
    "is_valid_taxid",
    "normalise_phone",
    "normalise_registration",
    "normalise_state",
    "normalise_taxid",
    "normalise_zipcode",
    "read_time",
    "taxid_spellings",
]

_CPF_LENGTH: Final = 11
_CNPJ_LENGTH: Final = 14
_STATES: Final[dict[str, str]] = {
    "ACRE": "AC",
    "ALAGOAS": "AL",
    "AMAPA": "AP",
    "AMAZONAS": "AM",
    "BAHIA": "BA",
    "CEARA": "CE",
    "DISTRITO FEDERAL": "DF",
    "ESPIRITO SANTO": "ES",
    "GOIAS": "GO",
    "MARANHAO": "MA",
    "MATO GROSSO": "MT",
    "MATO GROSSO DO SUL": "MS",
    "MINAS GERAIS": "MG",
    "PARA": "PA",
    "PARAIBA": "PB",
    "PARANA": "PR",
    "PERNAMBUCO": "PE",
    "PIAUI": "PI",
    "RIO DE JANEIRO": "RJ",
    "RIO GRANDE DO NORTE": "RN",
    "RIO GRANDE DO SUL": "RS",
    "RONDONIA": "RO",
    "RORAIMA": "RR",
    "SANTA CATARINA": "SC",
    "SAO PAULO": "SP",
    "SERGIPE": "SE",
    "TOCANTINS": "TO",
}
#: trunk zero, two digits of a carrier, national number
_CARRIER: Final = re.compile(r"^0\d\d(\d{10,11})$")
_LETTERS: Final = frozenset(_STATES.values())


def clean_text(value: object) -> str | None:
    """Return the text in NFC, with U+00A0 as a blank and without outer blanks; None when empty."""
    if value is None:
        return None
    text = value if isinstance(value, str) else str(value)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).replace("\u00a0", " ")
    return text.strip() or None


def digits(value: object) -> str:
    """Return the decimal digits of a value."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return value
    return "".join(char for char in str(value or "") if char in "0123456789")


def normalise_taxid(value: object) -> str | None:
    """Return a CNPJ or CPF without punctuation, in upper case; letters are part of a CNPJ."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return value
    text = "".join(char for char in str(value or "").upper() if char.isascii() and char.isalnum())
    return text or None


def is_valid_taxid(value: object) -> bool:
    """Tell whether the value is a CNPJ or CPF with right check digits.

    Eleven equal digits pass the arithmetic of a CPF and are refused here.
    """
    text = normalise_taxid(value) or ""
    if len(text) == _CPF_LENGTH:
        return len(set(text)) > 1 and bool(cpf.is_valid(text))
    return len(text) == _CNPJ_LENGTH and bool(cnpj.is_valid(text))


def taxid_spellings(value: object) -> tuple[str, ...]:
    """Return the texts under which a CRM that compares texts may hold the number.

    Systems that keep the number as 14 positions hold a CPF with three zeros before it.
    """
    text = normalise_taxid(value)
    if text is None:
        return ()
    padded = text.zfill(_CNPJ_LENGTH)
    return (text,) if padded == text else (text, padded)


def normalise_registration(value: object, *, exempt: str) -> str | None:
    """Return an inscrição estadual as it stands; None for ISENTO in any of its spellings.

    Its punctuation is kept: the ERP owns the field, and a form that only the CRM has would look
    like an edit there, for ever.
    """
    text = clean_text(value)
    return None if text is None or text.upper() in {"0", "ISENTO", "ISENTA", exempt} else text


def normalise_phone(value: object, *, ddi: str) -> str | None:
    """Return the national number: digits only, no country code, no carrier, no trunk zero.

    The same rule as in VW_CRM_CLIENTS: what is left has its area code, so ten digits at least.
    """
    number = digits(value)
    if len(number) > _CPF_LENGTH:
        number = re.sub(rf"^(?:0*{re.escape(ddi)})+(\d{{10,}})$", r"\1", number)
        number = _CARRIER.sub(r"\1", number)
    has_trunk_zero = number[:1] == "0" and number[1:4] != "800"
    return (number.lstrip("0") if has_trunk_zero else number) or None


def normalise_zipcode(value: object) -> str | None:
    """Return the digits of a CEP; text, since São Paulo's begin with zero."""
    return digits(value) or None


def normalise_state(value: object) -> str | None:
    """Return the two letters of a state that is given as letters or by name."""
    text = clean_text(value)
    if text is None or text in _LETTERS:
        return text
    plain = "".join(
        char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)
    ).upper()
    return _STATES.get(plain, plain)


def read_time(text: object, zone: tzinfo) -> datetime | None:
    """Return a time of ISO 8601, in ``zone`` when the text names none; None when it is no time."""
    if not isinstance(text, str):
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.replace(tzinfo=zone) if time.tzinfo is None else time
