"""NUMBER as text and back: implicit conversion and the number format models."""

from __future__ import annotations

import decimal
import functools
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError
from devkit.oracle.plsql.arithmetic import CONTEXT, CONTEXT_WIDE, shrink

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBER = re.compile(r"\s*([+-]?)(\d*)(?:([.,])(\d*))?(?:[eE]([+-]?\d+))?[fFdD]?\s*$")


def decimal_characters(nls: Mapping[str, str], override: str | None = None) -> tuple[str, str]:
    """Decimal point and group separator: NLS_NUMERIC_CHARACTERS."""
    pair = nls.get("NLS_NUMERIC_CHARACTERS") or ".,"
    if override:
        found = re.search(r"NLS_NUMERIC_CHARACTERS\s*=\s*'*(..)", override, re.I)
        if found:
            pair = found[1]
    return pair[0], pair[1]


def number_text(value: Any, point: str = ".") -> str:
    """TO_CHAR(n) without a model: shortest form, no zero before the point, 40 characters."""
    if value.__class__ is int:
        if -(10**40) < value < 10**40:
            return str(value)
        value = Decimal(value)
    if isinstance(value, float):
        return float_text(value)
    number = Decimal(value).normalize(CONTEXT)
    if number == 0:
        return "0"
    sign = "-" if number < 0 else ""
    digits = "".join(map(str, number.as_tuple().digits))
    exponent = number.adjusted()
    last = int(number.as_tuple().exponent)
    too_long = exponent < -40 or (exponent < -5 and len(digits) - exponent > 41)
    if exponent >= 40 or too_long:
        fraction = f"{point}{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{fraction}E{'+' if exponent >= 0 else '-'}{abs(exponent):02d}"
    if last >= 0:
        return sign + digits + "0" * last
    whole = len(digits) + last
    if whole > 0:
        return f"{sign}{digits[:whole]}{point}{digits[whole:]}"
    return f"{sign}{point}{'0' * -whole}{digits}"


def float_text(value: float) -> str:
    """TO_CHAR of a BINARY_DOUBLE: scientific, 17 digits at most."""
    if value != value:
        return "Nan"
    if value in (float("inf"), float("-inf")):
        return "Inf" if value > 0 else "-Inf"
    if value == 0:
        return "0"
    mantissa, _, exponent = f"{Decimal(repr(value)).normalize():E}".partition("E")
    if "." not in mantissa:
        mantissa += ".0"
    return f"{mantissa}E{'+' if int(exponent) >= 0 else '-'}{abs(int(exponent)):03d}"


def parse_number(text: str, point: str = ".", code: int = 6502) -> Any:
    """Implicit TO_NUMBER: ORA-06502 in PL/SQL (``code`` 1722 for the function)."""
    match = _NUMBER.match(text)
    if match is None or not (match[2] or match[4]) or (match[3] and match[3] != point):
        if code == 6502:
            raise OraError(6502, ": character to number conversion error")
        raise OraError(code)
    sign, whole, _, fraction, exponent = match.groups()
    if not fraction and not exponent:
        return shrink(int(sign + whole))
    literal = f"{sign}{whole or '0'}.{fraction or '0'}E{exponent or '0'}"
    return shrink(CONTEXT.create_decimal(literal))


def number_literal(text: str) -> Any:
    """A literal of the source: int when it is one."""
    return int(text) if text.isdigit() else shrink(CONTEXT.create_decimal(text))


# --------------------------------------------------------------------------- format models


class NumberModel:
    """A parsed number format model."""

    __slots__ = (
        "blank", "currency", "digits", "exponent", "fill", "fraction", "hexadecimal", "mi", "pr",
        "roman", "s_lead", "s_trail", "shift", "text", "tm", "whole",
    )  # fmt: skip

    def __init__(self, model: str) -> None:
        self.text = model
        rest = model.upper()
        self.fill = True
        if rest.startswith("FM"):
            self.fill, rest = False, rest[2:]
        self.tm = rest[2:] if rest.startswith("TM") else None
        self.roman = rest == "RN"
        self.hexadecimal = re.fullmatch(r"0*X+", rest) is not None
        self.s_lead = rest.startswith("S")
        rest = rest[1:] if self.s_lead else rest
        self.currency = ""
        for sign in ("$", "L", "C"):
            if rest.startswith(sign):
                self.currency, rest = sign, rest[1:]
        self.s_trail = rest.endswith("S")
        rest = rest[:-1] if self.s_trail else rest
        self.mi = rest.endswith("MI")
        rest = rest[:-2] if self.mi else rest
        self.pr = rest.endswith("PR")
        rest = rest[:-2] if self.pr else rest
        self.exponent = rest.endswith("EEEE")
        rest = rest[:-4] if self.exponent else rest
        self.blank = "B" in rest
        rest = rest.replace("B", "")
        if "$" in rest:
            self.currency, rest = "$", rest.replace("$", "")
        self.whole, self.fraction, self.shift = self._split(rest)
        self.digits = sum(c in "09" for c in self.whole)

    def _split(self, rest: str) -> tuple[str, str, int]:
        if self.tm is not None or self.roman or self.hexadecimal:
            return rest, "", 0
        if re.fullmatch(r"[09,G]*(?:[.D][09]*|V[09]+)?", rest) is None or not re.search(
            "[09]", rest
        ):
            raise OraError(1481, text="invalid number format model")
        if "V" in rest:
            whole, after = rest.split("V")
            return whole + after, "", len(after)
        for mark in ".D":
            if mark in rest:
                whole, fraction = rest.split(mark)
                return whole, fraction, 0
        return rest, "", 0


@functools.lru_cache(maxsize=256)
def number_model(model: str) -> NumberModel:
    return NumberModel(model)


def format_number(
    value: Any, model: str, nls: Mapping[str, str], override: str | None = None
) -> str:
    """TO_CHAR(n, model); ``#`` signs when the number does not fit."""
    form = number_model(model)
    point, group = decimal_characters(nls, override)
    if isinstance(value, float):
        value = Decimal(repr(value))
    number = Decimal(value)
    if form.tm is not None:
        return number_text(value, point) if form.tm != "E" else f"{number:E}"
    if form.hexadecimal:
        return _hexadecimal(number, form)
    if form.roman:
        return _roman(int(number), form)
    if form.exponent:
        return _scientific(number, form, point)
    if form.shift:
        number = number.scaleb(form.shift, CONTEXT_WIDE)
    rounded = number.quantize(
        Decimal(1).scaleb(-len(form.fraction)), decimal.ROUND_HALF_UP, CONTEXT_WIDE
    )
    negative = rounded < 0 or (number < 0 and rounded != 0)
    whole_digits, _, fraction = f"{abs(rounded):f}".partition(".")
    body = _whole(whole_digits, form, group)
    if body is None:
        return "#" * (len(form.whole) + len(form.fraction) + bool(form.fraction) + 1)
    if form.fraction or "." in form.text or "D" in form.text.upper():
        fraction = fraction.ljust(len(form.fraction), "0")
        if not form.fill:
            fraction = _strip_fraction(fraction, form.fraction)
        body = f"{body}{point}{fraction}"
    if form.blank and rounded == 0:
        return " " * (len(body) + 1)
    return _signed(body, form, negative)


def _strip_fraction(fraction: str, model: str) -> str:
    """FM takes trailing zeros off, but not those of a 0 in the model."""
    keep = model.rfind("0") + 1
    return fraction[:keep] + fraction[keep:].rstrip("0")


def _whole(digits: str, form: NumberModel, group: str) -> str | None:
    """The digits before the point laid into the model, right aligned; None when too many."""
    digits = "" if digits == "0" else digits
    if len(digits) > form.digits:
        return None
    first_zero = form.whole.find("0")
    out: list[str] = []
    pending = list(digits)
    model = form.whole
    significant_from = len(model)
    count = 0
    for at in range(len(model) - 1, -1, -1):
        if model[at] in "09":
            count += 1
            if count <= len(digits):
                significant_from = at
    if first_zero >= 0:
        significant_from = min(significant_from, first_zero)
    if not digits and first_zero < 0 and not form.fraction and model:
        significant_from = max(i for i, c in enumerate(model) if c in "09")
    needed = sum(c in "09" for c in model[significant_from:])
    pending = list(digits.rjust(needed, "0"))
    for at, mark in enumerate(model):
        if at < significant_from:
            out.append(" ")
        elif mark in "09":
            out.append(pending.pop(0))
        else:
            out.append(group if mark == "G" else mark)
    return "".join(out)


def _signed(body: str, form: NumberModel, negative: bool) -> str:
    stripped = body.lstrip(" ")
    pad = len(body) - len(stripped)
    currency = form.currency.replace("L", "$").replace("C", "USD")
    stripped = currency + stripped
    if form.mi:
        text = stripped + ("-" if negative else " ")
    elif form.pr:
        text = f"<{stripped}>" if negative else f" {stripped} "
    elif form.s_trail:
        text = stripped + ("-" if negative else "+")
    elif form.s_lead:
        text = ("-" if negative else "+") + stripped
    else:
        text = ("-" if negative else " ") + stripped
    return " " * pad + text if form.fill else text.strip(" ")


def _hexadecimal(number: Decimal, form: NumberModel) -> str:
    value = int(number.to_integral_value(decimal.ROUND_HALF_UP))
    width = len(form.whole)
    text = f"{value:X}"
    text = text.lower() if "x" in form.text else text
    if value < 0 or len(text) > width:
        return "#" * (width + 1)
    if form.whole.startswith("0"):
        text = text.rjust(width, "0")
    return text.rjust(width + 1) if form.fill else text


def _roman(value: int, form: NumberModel) -> str:
    if not 1 <= value <= 3999:
        return "#" * 15
    text = ""
    for amount, letters in (
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
        (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ):  # fmt: skip
        while value >= amount:
            text += letters
            value -= amount
    text = text.lower() if "rn" in form.text else text
    return text.rjust(15) if form.fill else text


def _scientific(number: Decimal, form: NumberModel, point: str) -> str:
    places = len(form.fraction)
    mantissa, exponent = f"{number:.{places}E}".split("E")
    body = mantissa.replace(".", point) + f"E{exponent[0]}{int(exponent[1:]):02d}"
    text = body if number < 0 else f" {body}"
    return " " + text if form.fill else text.strip()


def parse_formatted(
    text: str, model: str, nls: Mapping[str, str], override: str | None = None
) -> Any:
    """TO_NUMBER(s, model): ORA-01722 when the text does not fit."""
    form = number_model(model)
    point, group = decimal_characters(nls, override)
    body = text.strip()
    if form.hexadecimal:
        try:
            return int(body, 16)
        except ValueError:
            raise OraError(1722) from None
    negative = False
    if form.pr and body.startswith("<") and body.endswith(">"):
        negative, body = True, body[1:-1]
    if body[-1:] in "+-" and body and (form.mi or form.s_trail):
        negative, body = body[-1] == "-", body[:-1]
    elif body[:1] in "+-" and body:
        negative, body = body[0] == "-", body[1:]
    if form.currency:
        body = body.removeprefix("$")
    fixed_point = "." if "." in form.text else point
    if "," in form.whole or "G" in form.whole:
        body = body.replace("," if "," in form.whole else group, "")
    match = re.fullmatch(
        r"(\d*)(?:" + re.escape(fixed_point) + r"(\d*))?(?:[eE]([+-]?\d+))?", body.strip()
    )
    if match is None or not (match[1] or match[2]):
        raise OraError(1722)
    whole, fraction, exponent = match[1], match[2] or "", match[3]
    if not form.exponent and (
        len(whole.lstrip("0")) > form.digits or len(fraction) > len(form.fraction) or exponent
    ):
        raise OraError(1722)
    value = CONTEXT.create_decimal(f"{whole or '0'}.{fraction or '0'}E{exponent or '0'}")
    return shrink(-value if negative else value)
