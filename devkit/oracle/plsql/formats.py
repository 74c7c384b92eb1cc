"""Oracle's format models for dates: TO_CHAR, TO_DATE, TO_TIMESTAMP and their relatives."""

from __future__ import annotations

import functools
import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError, unsupported

if TYPE_CHECKING:
    from collections.abc import Mapping

_ELEMENTS = (
    "SYYYY|YYYY|IYYY|YYY|IYY|YY|IY|IW|RRRR|RR|Y,YYY|Y|I|BC|AD|B\\.C\\.|A\\.D\\.|CC|SCC|Q"
    "|MONTH|MON|MM|RM|WW|W|DDD|DD|DAY|DY|DL|DS|D|J|HH24|HH12|HH|MI|SSSSS|SS|FF[1-9]?"
    "|AM|PM|A\\.M\\.|P\\.M\\.|TZH|TZM|TZR|TZD|X|TS|FM|FX|TH|SPTH|SP"
)
_PICTURE = re.compile(rf'"(?P<text>[^"]*)"|(?P<element>{_ELEMENTS})|(?P<mark>[^A-Za-z0-9])', re.I)

_MONTHS = {
    "AMERICAN": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "BRAZILIAN PORTUGUESE": [
        "Janeiro",
        "Fevereiro",
        "Março",
        "Abril",
        "Maio",
        "Junho",
        "Julho",
        "Agosto",
        "Setembro",
        "Outubro",
        "Novembro",
        "Dezembro",
    ],
}
_DAYS = {
    "AMERICAN": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "BRAZILIAN PORTUGUESE": [
        "Segunda-Feira",
        "Terça-Feira",
        "Quarta-Feira",
        "Quinta-Feira",
        "Sexta-Feira",
        "Sábado",
        "Domingo",
    ],
}
_ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"]

Nls = "Mapping[str, str]"


class Element:
    """One piece of a format model: ``kind`` is 'element', 'text' or 'mark'."""

    __slots__ = ("kind", "spelling", "value")

    def __init__(self, kind: str, value: str, spelling: str) -> None:
        self.kind = kind
        self.value = value
        self.spelling = spelling


@functools.lru_cache(maxsize=512)
def parse_model(model: str) -> tuple[Element, ...]:
    """The pieces of a format model; ORA-01821 for what is none."""
    pieces = []
    at = 0
    while at < len(model):
        match = _PICTURE.match(model, at)
        if match is None:
            raise OraError(1821, text="date format not recognized")
        if match["text"] is not None:
            pieces.append(Element("text", match["text"], match["text"]))
        elif match["element"] is not None:
            pieces.append(Element("element", match["element"].upper(), match["element"]))
        else:
            pieces.append(Element("mark", match["mark"], match["mark"]))
        at = match.end()
    return tuple(pieces)


def language(nls: Mapping[str, str], override: str | None = None) -> str:
    """The date language: of the third argument, else of the session."""
    if override:
        found = re.search(r"NLS_(?:DATE_)?LANGUAGE\s*=\s*'?([A-Z ]+)'?", override.upper())
        name = found[1].strip() if found else ""
    else:
        name = (nls.get("NLS_DATE_LANGUAGE") or nls.get("NLS_LANGUAGE") or "AMERICAN").upper()
    name = {"ENGLISH": "AMERICAN", "PORTUGUESE": "BRAZILIAN PORTUGUESE"}.get(name, name)
    if name not in _MONTHS:
        raise OraError(12702, text="invalid NLS parameter string used in SQL function")
    return name


def _cased(text: str, spelling: str) -> str:
    """Oracle copies the case of the first two letters of the element."""
    letters = [c for c in spelling if c.isalpha()]
    if letters[0].islower():
        return text.lower()
    if len(letters) > 1 and letters[1].islower():
        return text.capitalize() if "-" not in text else text.title()
    return text.upper()


def _offset(value: datetime) -> tuple[str, int, int]:
    delta = value.utcoffset() or timedelta()
    minutes = int(delta.total_seconds() // 60)
    return ("-" if minutes < 0 else "+", abs(minutes) // 60, abs(minutes) % 60)


def format_date(
    value: datetime, model: str, nls: Mapping[str, str], nls_override: str | None = None
) -> str:
    """TO_CHAR(date or timestamp, model)."""
    tongue = language(nls, nls_override)
    fill = True
    out: list[str] = []
    previous = "D"
    for piece in parse_model(model):
        if piece.kind != "element":
            out.append(piece.value)
            continue
        name = piece.value
        if name == "FM":
            fill = not fill
        elif name == "FX":
            pass
        elif name in ("TH", "SPTH", "SP"):
            if name != "TH" or not out:
                raise OraError(3001, f"format element {name}")
            out[-1] += _cased(_ordinal(out[-1]), previous)
        elif name in ("DL", "DS", "TS"):
            model_of = {"DL": "fmDay, Month DD, YYYY", "DS": "fmMM/DD/YYYY", "TS": "HH:MI:SS AM"}
            out.append(format_date(value, model_of[name], nls, nls_override))
        else:
            out.append(_element_text(value, name, piece.spelling, fill, tongue))
            previous = piece.spelling
    return "".join(out)


def _ordinal(number: str) -> str:
    digits = number.strip()
    if digits[-2:] in ("11", "12", "13"):
        return "th"
    return {"1": "st", "2": "nd", "3": "rd"}.get(digits[-1:], "th")


def _numeric(value: datetime, name: str) -> tuple[int, int] | None:
    """(number, width) of the elements that are plain numbers."""
    iso_year, iso_week, _ = value.isocalendar()
    day_of_year = value.timetuple().tm_yday
    hour12 = value.hour % 12 or 12
    simple: dict[str, tuple[int, int]] = {
        "YYYY": (value.year, 4),
        "RRRR": (value.year, 4),
        "YYY": (value.year % 1000, 3),
        "YY": (value.year % 100, 2),
        "RR": (value.year % 100, 2),
        "Y": (value.year % 10, 1),
        "IYYY": (iso_year, 4),
        "IYY": (iso_year % 1000, 3),
        "IY": (iso_year % 100, 2),
        "I": (iso_year % 10, 1),
        "CC": ((value.year + 99) // 100, 2),
        "Q": ((value.month + 2) // 3, 1),
        "MM": (value.month, 2),
        "WW": ((day_of_year - 1) // 7 + 1, 2),
        "IW": (iso_week, 2),
        "W": ((value.day - 1) // 7 + 1, 1),
        "DDD": (day_of_year, 3),
        "DD": (value.day, 2),
        "D": (value.isoweekday() % 7 + 1, 1),
        "J": (value.toordinal() + 1721425, 7),
        "HH24": (value.hour, 2),
        "HH12": (hour12, 2),
        "HH": (hour12, 2),
        "MI": (value.minute, 2),
        "SS": (value.second, 2),
        "SSSSS": (value.hour * 3600 + value.minute * 60 + value.second, 5),
    }
    return simple.get(name)


def _element_text(value: datetime, name: str, spelling: str, fill: bool, tongue: str) -> str:
    number = _numeric(value, name)
    if number is not None:
        return f"{number[0]:0{number[1]}d}" if fill else str(number[0])
    if name in ("MONTH", "DAY"):
        names = _MONTHS[tongue] if name == "MONTH" else _DAYS[tongue]
        text = names[value.month - 1] if name == "MONTH" else names[value.weekday()]
        text = _cased(text, spelling)
        return text.ljust(max(map(len, names))) if fill else text
    if name == "MON":
        return _cased(_MONTHS[tongue][value.month - 1][:3], spelling)
    if name == "DY":
        return _cased(_DAYS[tongue][value.weekday()][:3], spelling)
    if name == "RM":
        text = _cased(_ROMAN[value.month - 1], spelling)
        return text.ljust(4) if fill else text
    if name.startswith("FF"):
        digits = int(name[2:] or 6)
        return f"{value.microsecond:06d}000"[:digits]
    if name in ("AM", "PM", "A.M.", "P.M."):
        half = "AM" if value.hour < 12 else "PM"
        return _cased(f"{half[0]}.{half[1]}." if "." in name else half, spelling)
    if name in ("TZH", "TZM", "TZR", "TZD"):
        sign, hours, minutes = _offset(value)
        return {
            "TZH": f"{sign}{hours:02d}",
            "TZM": f"{minutes:02d}",
            "TZR": f"{sign}{hours:02d}:{minutes:02d}",
            "TZD": "",
        }[name]
    if name in ("AD", "BC", "A.D.", "B.C."):
        return _cased("A.D." if "." in name else "AD", spelling)
    if name == "SYYYY":
        return f" {value.year:04d}" if fill else str(value.year)
    if name == "Y,YYY":
        return f"{value.year // 1000},{value.year % 1000:03d}"
    if name == "X":
        return "."
    raise OraError(3001, f"format element {name}")


# --------------------------------------------------------------------------- text to date

_WIDTHS = {
    "YYYY": 4, "RRRR": 4, "SYYYY": 4, "YYY": 3, "YY": 2, "RR": 2, "Y": 1, "MM": 2, "DD": 2,
    "DDD": 3, "HH24": 2, "HH12": 2, "HH": 2, "MI": 2, "SS": 2, "SSSSS": 5, "J": 7, "TZH": 2,
    "TZM": 2, "D": 1,
}  # fmt: skip
_RANGES = {
    "MM": (1, 12, 1843), "DD": (1, 31, 1847), "HH24": (0, 23, 1850), "HH12": (1, 12, 1849),
    "HH": (1, 12, 1849), "MI": (0, 59, 1851), "SS": (0, 59, 1852), "SSSSS": (0, 86399, 1853),
    "DDD": (1, 366, 1848),
}  # fmt: skip
_FIELDS = {"RRRR": "YYYY", "SYYYY": "YYYY", "HH": "HH12", "YY": "YYYY", "RR": "YYYY", "Y": "YYYY",
           "YYY": "YYYY", "Y,YYY": "YYYY"}  # fmt: skip


def _text(code: int) -> OraError:
    texts = {
        1848: "day of year must be between 1 and 365 (366 for leap year)",
        1849: "hour must be between 1 and 12",
        1853: "seconds in day must be between 0 and 86399",
        1846: "not a valid day of the week",
    }
    return OraError(code, text=texts[code]) if code in texts else OraError(code)


class _Reader:
    """Reads one text by a format model."""

    def __init__(self, text: str, tongue: str, today: datetime) -> None:
        self.text = text
        self.at = 0
        self.tongue = tongue
        self.today = today
        self.fields: dict[str, int] = {}
        self.sign = 1
        self.pm: bool | None = None
        self.exact = False
        self.fill = True

    def skip_space(self) -> None:
        while self.at < len(self.text) and self.text[self.at] == " ":
            self.at += 1

    def done(self) -> bool:
        return self.at >= len(self.text)

    def digits(self, width: int) -> int:
        start = self.at
        end = start
        while end < len(self.text) and end - start < width and self.text[end].isdigit():
            end += 1
        if end == start:
            raise OraError(1840) if self.done() else OraError(1858)
        if self.exact and self.fill and end - start != width:
            raise OraError(
                1862, text="the numeric value does not match the length of the format item"
            )
        self.at = end
        return int(self.text[start:end])

    def word(self, names: list[str], code: int, short: int | None) -> int:
        rest = self.text[self.at :].upper()
        for index, name in enumerate(names):
            candidates = [name.upper()] if short is None else [name.upper(), name[:short].upper()]
            for candidate in candidates:
                if rest.startswith(candidate):
                    self.at += len(candidate)
                    return index
        raise _text(code)

    def element(self, name: str) -> None:
        if name in ("FM", "FX"):
            if name == "FX":
                self.exact = True
            else:
                self.fill = not self.fill
            return
        if not self.exact:
            self.skip_space()
        if name in ("MONTH", "MON"):
            self.month_word(name)
        elif name in ("DAY", "DY"):
            self.word(_DAYS[self.tongue], 1846, 3)
        elif name in ("AM", "PM", "A.M.", "P.M."):
            self.meridian()
        elif name.startswith("FF"):
            self.fraction(int(name[2:] or 9))
        elif name == "X":
            if not self.done() and self.text[self.at] in ".,":
                self.at += 1
        elif name in ("TZH", "TZR"):
            self.zone(name)
        elif name in ("AD", "BC", "A.D.", "B.C."):
            self.at += len(name)
        elif name == "RM":
            self.roman()
        elif name in ("Y,YYY",):
            thousands = self.digits(1)
            self.at += 1
            self.fields["YYYY"] = thousands * 1000 + self.digits(3)
        elif name in _WIDTHS:
            self.number(name)
        else:
            raise OraError(1820, text="format code cannot appear in date input format")

    def number(self, name: str) -> None:
        start = self.at
        if name == "MM" and not self.done() and self.text[self.at].isalpha():
            self.month_word("MON")  # Oracle takes the month's name for MM too
            return
        value = self.digits(_WIDTHS[name])
        bounds = _RANGES.get(name)
        if bounds is not None and not bounds[0] <= value <= bounds[1]:
            raise _text(bounds[2])
        width = self.at - start
        century = self.today.year // 100 * 100
        if name in ("RR", "RRRR") and width <= 2:
            value = self.rounded_year(value)
        elif name in ("YY", "Y", "YYY"):
            base = 10 ** len(name)
            value = self.today.year // base * base + value if name != "YY" else century + value
        key = _FIELDS.get(name, name)
        if key == "YYYY" and not 1 <= value <= 9999:
            raise OraError(1841)
        self.fields[key] = value

    def rounded_year(self, value: int) -> int:
        century = self.today.year // 100 * 100
        late = self.today.year % 100 >= 50
        if value < 50:
            return value + century + (100 if late else 0)
        return value + century - (0 if late else 100)

    def month_word(self, name: str) -> None:
        if not self.done() and self.text[self.at].isdigit():
            self.number("MM")
            return
        self.fields["MM"] = self.word(_MONTHS[self.tongue], 1843, 3) + 1

    def roman(self) -> None:
        match = re.match(r"[IVX]+", self.text[self.at :].upper())
        if match is None or match[0] not in _ROMAN:
            raise OraError(1843)
        self.fields["MM"] = _ROMAN.index(match[0]) + 1
        self.at += len(match[0])

    def meridian(self) -> None:
        match = re.match(r"([AP])\.?M\.?", self.text[self.at :].upper())
        if match is None:
            raise OraError(1855, text="AM/A.M. or PM/P.M. required")
        self.pm = match[1] == "P"
        self.at += len(match[0])

    def fraction(self, width: int) -> None:
        start = self.at
        while self.at < len(self.text) and self.at - start < width and self.text[self.at].isdigit():
            self.at += 1
        digits = self.text[start : self.at]
        self.fields["FF"] = round(int(f"{digits or '0':0<9}") / 1000)

    def zone(self, name: str) -> None:
        match = re.match(
            r"([+-]?)(\d{1,2})(?::?(\d{2}))?" if name == "TZR" else r"([+-]?)(\d{1,2})()",
            self.text[self.at :],
        )
        if match is None:
            if re.match(r"[A-Za-z_]+/[A-Za-z_]+|UTC|GMT", self.text[self.at :], re.IGNORECASE):
                raise unsupported("a time zone region in PL/SQL")
            raise OraError(1882, text="timezone region not found")
        self.sign = -1 if match[1] == "-" else 1
        self.fields["TZH"] = int(match[2])
        if match[3]:
            self.fields["TZM"] = int(match[3])
        self.at += match.end()

    def punctuation(self, mark: str) -> None:
        if self.exact:
            if self.done() or self.text[self.at] != mark:
                raise OraError(1861)
            self.at += 1
            return
        if mark == " ":
            self.skip_space()
        if not self.done() and not self.text[self.at].isalnum():
            if mark not in "- " or self.text[self.at] not in "+-" or mark == self.text[self.at]:
                self.at += 1
        elif mark != " " and not self.done() and self.text[self.at].isalpha():
            raise OraError(1861)

    def literal(self, text: str) -> None:
        self.skip_space()
        if self.text[self.at : self.at + len(text)].upper() != text.upper():
            raise OraError(1861)
        self.at += len(text)

    def result(self) -> datetime:
        fields = self.fields
        hour = fields.get("HH24", 0)
        if "HH12" in fields:
            hour = fields["HH12"] % 12 + (12 if self.pm else 0)
        seconds = fields.get("SSSSS")
        minute, second = fields.get("MI", 0), fields.get("SS", 0)
        if seconds is not None:
            hour, minute, second = seconds // 3600, seconds // 60 % 60, seconds % 60
        day = self.day()
        micro = fields.get("FF", 0)
        value = day.replace(hour=hour, minute=minute, second=second)
        value += timedelta(microseconds=micro)
        if "TZH" in fields:
            delta = timedelta(hours=fields["TZH"], minutes=fields.get("TZM", 0)) * self.sign
            value = value.replace(tzinfo=timezone(delta))
        return value

    def day(self) -> datetime:
        fields = self.fields
        if "J" in fields:
            return datetime.fromordinal(fields["J"] - 1721425)
        year = fields.get("YYYY", self.today.year)
        if "DDD" in fields:
            return datetime(year, 1, 1) + timedelta(days=fields["DDD"] - 1)  # noqa: DTZ001
        month = fields.get("MM", self.today.month)
        try:
            return datetime(year, month, fields.get("DD", 1))  # noqa: DTZ001
        except ValueError:
            raise OraError(1839) from None


def parse_date(
    text: str,
    model: str,
    nls: Mapping[str, str],
    nls_override: str | None = None,
    today: datetime | None = None,
) -> datetime:
    """TO_DATE and TO_TIMESTAMP[_TZ]; the zone is kept when the model has one."""
    now = today if today is not None else datetime.now()  # noqa: DTZ005
    reader = _Reader(text.rstrip(" ") or text, language(nls, nls_override), now)
    pieces = parse_model(model)
    for number, piece in enumerate(pieces):
        if piece.kind == "element":
            if (
                reader.done()
                and piece.value not in ("FM", "FX", "X")
                and not piece.value.startswith("FF")
            ):
                if _only_time(pieces[number:]) and reader.fields:
                    break
                raise OraError(1840)
            reader.element(piece.value)
        elif piece.kind == "text":
            reader.literal(piece.value)
        elif not reader.done():
            reader.punctuation(piece.value)
        elif reader.exact:
            raise OraError(1840)
    reader.skip_space()
    if not reader.done():
        raise OraError(1830)
    return reader.result()


_TIME_ELEMENTS = frozenset(
    {"HH", "HH12", "HH24", "MI", "SS", "SSSSS", "AM", "PM", "A.M.", "P.M.", "TZH", "TZM", "TZR"}
)


def _only_time(pieces: tuple[Element, ...]) -> bool:
    """A text may stop before the time elements of its model; they are zero then."""
    return all(
        p.kind != "element" or p.value in _TIME_ELEMENTS or p.value.startswith("FF") for p in pieces
    )


def as_plain(value: Any) -> Any:
    """Without zone and fraction: what TO_DATE returns."""
    return value.replace(tzinfo=None, microsecond=0)
