"""SET, COLUMN, DEFINE, WHENEVER and EXIT: what they may say, and what they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["Column", "Ending", "Refused", "Settings", "parse_column", "parse_ending"]


class Refused(Exception):
    """The script says something that this reader does not know, or that SQL*Plus refuses."""


# SET options: name, shortest abbreviation, and what each may be. None: any text.
_OPTIONS: dict[str, tuple[str, frozenset[str] | None]] = {
    "DEFINE": ("DEF", None),
    "VERIFY": ("VER", frozenset({"ON", "OFF"})),
    "ECHO": ("ECHO", frozenset({"ON", "OFF"})),
    "FEEDBACK": ("FEED", None),
    "HEADING": ("HEA", frozenset({"ON", "OFF"})),
    "PAGESIZE": ("PAGES", None),
    "LINESIZE": ("LIN", None),
    "TRIMSPOOL": ("TRIMS", frozenset({"ON", "OFF"})),
    "TRIMOUT": ("TRIM", frozenset({"ON", "OFF"})),
    "TERMOUT": ("TERM", frozenset({"ON", "OFF"})),
    "SQLBLANKLINES": ("SQLBL", frozenset({"ON", "OFF"})),
    "SERVEROUTPUT": ("SERVEROUT", None),
    "TAB": ("TAB", frozenset({"ON", "OFF"})),
    "LONG": ("LONG", None),
    "NEWPAGE": ("NEWP", None),
    "TIMING": ("TIMI", frozenset({"ON", "OFF"})),
}
_ENDING = re.compile(
    r"(?i)\A(?P<status>SUCCESS|FAILURE|WARNING|SQL\.SQLCODE|\d+|)\s*(?P<end>COMMIT|ROLLBACK|)\Z"
)


@dataclass(slots=True)
class Settings:
    """State of SET; the defaults are SQL*Plus's."""

    define: str = "&"  # '' = off
    values: dict[str, str] = field(
        default_factory=lambda: {
            "VERIFY": "ON",
            "ECHO": "OFF",
            "FEEDBACK": "6",
            "HEADING": "ON",
            "PAGESIZE": "14",
            "SQLBLANKLINES": "OFF",
            "SERVEROUTPUT": "OFF",
            "TERMOUT": "ON",
        }
    )

    def is_on(self, name: str) -> bool:
        """Tell whether a switch is on; a number is on unless it is 0."""
        return self.values.get(name, "OFF") not in {"OFF", "0"}

    def set(self, text: str) -> str:
        """Apply the words behind SET; returns the name of the option."""
        words = text.split()
        if len(words) < 2:
            raise Refused(f"SET {text}: an option and a value are needed")
        name = _option(words[0].upper())
        value = " ".join(words[1:])
        upper = value.upper()
        allowed = _OPTIONS[name][1]
        if allowed is not None and upper not in allowed:
            raise Refused(f"SET {name} {value}")
        if name == "DEFINE":
            self.define = {"OFF": "", "ON": "&"}.get(upper, value.strip("'"))
            if len(self.define) > 1 or self.define.isalnum():
                raise Refused(f"SET DEFINE {value}")
        self.values[name] = upper
        return name


def _option(word: str) -> str:
    for name, (shortest, _) in _OPTIONS.items():
        if word.startswith(shortest) and name.startswith(word):
            return name
    raise Refused(f"SP2-0158: unknown SET option {word!r}, or one that this reader does not know")


@dataclass(slots=True)
class Column:
    """What COLUMN says of a column of results."""

    new_value: str | None = None
    is_shown: bool = True
    heading: str | None = None


def parse_column(words: list[str], column: Column) -> Column:
    """Apply the words behind ``COLUMN name``."""
    at = 0
    while at < len(words):
        word = words[at].upper()
        value = words[at + 1] if at + 1 < len(words) else ""
        if word in {"NEW_VALUE", "NEW_V"} and value:
            column.new_value = value.upper()
            at += 2
        elif word in {"FORMAT", "FOR"} and value:
            at += 2
        elif word in {"HEADING", "HEA"} and value:
            column.heading = value.strip("'\"")
            at += 2
        elif word in {"NOPRINT", "NOPRI"}:
            column.is_shown = False
            at += 1
        elif word in {"PRINT", "WORD_WRAPPED", "WRAPPED", "TRUNCATED"}:
            column.is_shown = column.is_shown or word == "PRINT"
            at += 1
        else:
            raise Refused(f"COLUMN … {words[at]}")
    return column


@dataclass(frozen=True, slots=True)
class Ending:
    """How a script ends: its exit code (None = the code of the error), and the transaction."""

    status: int | None
    commits: bool


def parse_ending(text: str) -> Ending:
    """Read what stands behind EXIT. The default is SUCCESS COMMIT, also after WHENEVER."""
    found = _ENDING.match(text.strip())
    if found is None:
        raise Refused(f"EXIT {text}")
    word = found["status"].upper()
    known: dict[str, int | None] = {
        "": 0,
        "SUCCESS": 0,
        "FAILURE": 1,
        "WARNING": 2,
        "SQL.SQLCODE": None,
    }
    status = int(word) if word.isdigit() else known[word]
    return Ending(status, found["end"].upper() != "ROLLBACK")
