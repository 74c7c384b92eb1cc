"""DBMS_RANDOM: a pseudo-random generator per session; seeds make it repeatable."""

from __future__ import annotations

import random
import string
from decimal import Decimal
from typing import Any

from devkit.oracle.supplied.native import Package, integer


def _generator(session: Any) -> random.Random:
    found: random.Random = session.supplied.setdefault("DBMS_RANDOM", random.Random())
    return found


def _seed(session: Any, value: Any) -> None:
    _generator(session).seed(str(value))


def _value(session: Any, low: Any = 0, high: Any = 1) -> Decimal:
    # 38 digits after the point, as documented; 0 <= value < 1
    unit = Decimal(_generator(session).randrange(10**38)).scaleb(-38)
    return Decimal(low) + unit * (Decimal(high) - Decimal(low))


def _normal(session: Any) -> Decimal:
    return Decimal(repr(_generator(session).gauss(0, 1)))


_ALPHABETS = {
    "u": string.ascii_uppercase,
    "l": string.ascii_lowercase,
    "a": string.ascii_letters,
    "x": string.ascii_uppercase + string.digits,
    "p": "".join(chr(code) for code in range(32, 127)),
}


def _string(session: Any, opt: str | None, length: Any) -> str | None:
    alphabet = _ALPHABETS.get((opt or "u")[0].lower(), string.ascii_uppercase)
    return "".join(_generator(session).choices(alphabet, k=integer(length))) or None


def _random(session: Any) -> int:
    return _generator(session).randrange(-(2**31), 2**31)


PACKAGE = Package(
    "DBMS_RANDOM",
    {
        "SEED": _seed,
        "VALUE": _value,
        "NORMAL": _normal,
        "STRING": _string,
        "RANDOM": _random,
    },
)
