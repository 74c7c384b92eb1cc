"""The SQL functions on text and RAW that PL/SQL expressions may call."""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from typing import Any

from devkit.oracle.errors import OraError, unsupported


def length(text: Any) -> int | None:
    return None if text is None else len(text)


def lengthb(text: Any) -> int | None:
    if text is None:
        return None
    return len(text) if isinstance(text, bytes) else len(text.encode())


def substr(text: Any, position: Any, count: Any = -1, *rest: Any) -> Any:
    """SUBSTR: position 0 is 1, negative counts from the end, a length below 1 gives NULL."""
    if text is None or position is None or count is None:
        return None
    start = int(position)
    if start > 0:
        start -= 1
    elif start < 0:
        start += len(text)
        if start < 0:
            return None
    return text[start:] or None


def substr3(text: Any, position: Any, count: Any) -> Any:
    """SUBSTR with a length."""
    if text is None or position is None or count is None:
        return None
    start, size = int(position), int(count)
    if size < 1:
        return None
    if start > 0:
        start -= 1
    elif start < 0:
        start += len(text)
        if start < 0:
            return None
    return text[start : start + size] or None


def substrb(text: Any, position: Any, count: Any = None) -> Any:
    """SUBSTR by bytes; a character cut in two becomes blanks."""
    if text is None or position is None:
        return None
    raw = text.encode() if isinstance(text, str) else text
    piece = substr(raw, position) if count is None else substr3(raw, position, count)
    if piece is None or isinstance(text, bytes):
        return piece
    lead = len(piece) - len(piece.lstrip(bytes(range(0x80, 0xC0))))
    body = piece[lead:]
    decoded = body.decode(errors="ignore")
    tail = len(body) - len(decoded.encode())
    return " " * lead + decoded + " " * tail


def instr(text: Any, part: Any, position: Any = 1, occurrence: Any = 1) -> int | None:
    """INSTR; a negative position searches backwards."""
    if text is None or part is None or position is None or occurrence is None:
        return None
    start, nth = int(position), int(occurrence)
    if nth < 1:
        raise OraError(1428, text=f"argument '{nth}' is out of range")
    if start == 0:
        return 0
    if start > 0:
        at = start - 2
        for _ in range(nth):
            at = text.find(part, at + 1)
            if at < 0:
                return 0
        return int(at) + 1
    at = len(text) + start + 1
    for _ in range(nth):
        at = text.rfind(part, 0, at + len(part) - 1) if at + len(part) - 1 > 0 else -1
        if at < 0:
            return 0
    return int(at) + 1


def instrb(text: Any, part: Any, position: Any = 1, occurrence: Any = 1) -> int | None:
    if text is None or part is None:
        return None
    return instr(text.encode(), part.encode(), position, occurrence)


def upper(text: Any) -> Any:
    return (
        None
        if text is None
        else "".join(c.upper() if len(c.upper()) == 1 else c for c in text)
        if not text.isascii()
        else text.upper()
    )


def lower(text: Any) -> Any:
    return None if text is None else text.lower()


_WORD = re.compile(r"[^\W_]+")


def initcap(text: Any) -> Any:
    if text is None:
        return None
    return _WORD.sub(lambda m: m[0][0].upper() + m[0][1:].lower(), text)


def pad(text: Any, size: Any, filler: Any, left: bool) -> Any:
    if text is None or size is None or filler is None:
        return None
    width = int(size)
    if width < 1:
        return None
    missing = width - len(text)
    if missing <= 0:
        return text[:width]
    fill = (filler * (missing // len(filler) + 1))[:missing]
    return fill + text if left else text + fill


def lpad(text: Any, size: Any, filler: Any = " ") -> Any:
    return pad(text, size, filler, True)


def rpad(text: Any, size: Any, filler: Any = " ") -> Any:
    return pad(text, size, filler, False)


def ltrim(text: Any, characters: Any = " ") -> Any:
    if text is None or characters is None:
        return None
    return text.lstrip(characters) or None


def rtrim(text: Any, characters: Any = " ") -> Any:
    if text is None or characters is None:
        return None
    return text.rstrip(characters) or None


def trim(text: Any, characters: Any = " ", mode: str = "BOTH") -> Any:
    """TRIM; the character to take off must be a single one."""
    if text is None or characters is None:
        return None
    if len(characters) != 1:
        raise OraError(30001, text="trim set should have only one character")
    if mode != "TRAILING":
        text = text.lstrip(characters)
    if mode != "LEADING":
        text = text.rstrip(characters)
    return text or None


def replace(text: Any, part: Any, by: Any = None) -> Any:
    if text is None or part is None:
        return text
    return text.replace(part, by or "") or None


def translate(text: Any, source: Any, target: Any) -> Any:
    if text is None or source is None or target is None:
        return None
    table: dict[int, str | None] = {}
    for index, char in enumerate(source):
        table.setdefault(ord(char), target[index] if index < len(target) else None)
    return text.translate(table) or None


def ascii_code(text: Any) -> int | None:
    """ASCII: the code in the database character set, several bytes as one number."""
    return None if text is None else int.from_bytes(text[0].encode(), "big")


def chr_(code: Any) -> str | None:
    """CHR(n): the character whose bytes in AL32UTF8 are n."""
    if code is None:
        return None
    number = int(code)
    if number < 0:
        raise OraError(1428, text=f"argument '{number}' is out of range")
    if number < 256 and number >= 128:
        return bytes([number]).decode(errors="replace")
    size = max(1, (number.bit_length() + 7) // 8)
    return number.to_bytes(size, "big").decode(errors="replace")


def nchr(code: Any) -> str | None:
    return None if code is None else chr(int(code))


def asciistr(text: Any) -> str | None:
    """Characters beyond ASCII, and the backslash, as UTF-16 escapes."""
    if text is None:
        return None
    out = []
    for char in text:
        if char.isascii() and char != "\\":
            out.append(char)
        else:
            units = char.encode("utf-16-be")
            out += [f"\\{units[i : i + 2].hex().upper()}" for i in range(0, len(units), 2)]
    return "".join(out)


_ESCAPE = re.compile(r"\\(\\|[0-9A-Fa-f]{4})")


def unistr(text: Any) -> str | None:
    if text is None:
        return None
    if re.search(r"\\(?!\\|[0-9A-Fa-f]{4})", text.replace("\\\\", "")):
        raise OraError(
            30186, text="'\\' must be followed by four hexadecimal characters or another '\\'"
        )
    units = _ESCAPE.sub(lambda m: "\\" if m[1] == "\\" else chr(int(m[1], 16)), text)
    plain: str = units.encode("utf-16", "surrogatepass").decode("utf-16")
    return plain


def compose(text: Any) -> Any:
    return None if text is None else unicodedata.normalize("NFC", text)


def decompose(text: Any, form: Any = "CANONICAL") -> Any:
    if text is None:
        return None
    return unicodedata.normalize("NFKD" if str(form).upper() == "COMPATIBILITY" else "NFD", text)


_CHARSETS = {
    "AL32UTF8": "utf-8", "UTF8": "utf-8", "US7ASCII": "ascii", "WE8ISO8859P1": "latin-1",
    "WE8MSWIN1252": "cp1252", "WE8ISO8859P15": "iso8859-15", "AL16UTF16": "utf-16-be",
}  # fmt: skip


def convert(text: Any, target: Any, source: Any = "AL32UTF8") -> Any:
    """CONVERT(s, charset). Only the common use is known: to US7ASCII, which takes accents off."""
    if text is None or target is None:
        return None
    name = str(target).upper()
    if name == "US7ASCII":
        out = []
        for char in text:
            base = unicodedata.normalize("NFD", char)[0]
            out.append(base if base.isascii() else "?")
        return "".join(out)
    if _CHARSETS.get(name) == "utf-8":
        return text
    raise unsupported(f"CONVERT to {name}")


def nlssort(text: Any, parameter: Any = None) -> bytes | None:
    """NLSSORT for BINARY, BINARY_CI and BINARY_AI."""
    if text is None:
        return None
    name = str(parameter or "BINARY").upper()
    sort = name.split("=")[-1].strip(" '")
    if sort == "BINARY_AI":
        text = "".join(
            c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)
        )
        text = text.lower()
    elif sort == "BINARY_CI":
        text = text.lower()
    elif sort != "BINARY":
        raise unsupported(f"NLS_SORT = {sort}")
    encoded: bytes = text.encode() + b"\0"
    return encoded


_SOUNDEX = {
    c: d for d, letters in enumerate(("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), 1) for c in letters
}


def soundex(text: Any) -> str | None:
    letters = [c for c in (text or "").upper() if c.isalpha()]
    if not letters:
        return None
    code, last = letters[0], _SOUNDEX.get(letters[0], 0)
    for char in letters[1:]:
        digit = _SOUNDEX.get(char, 0)
        if digit and digit != last:
            code += str(digit)
        if char not in "HW":
            last = digit
    return code[:4].ljust(4, "0")


def hextoraw(text: Any) -> bytes | None:
    if text is None:
        return None
    if isinstance(text, bytes):
        return text
    try:
        return bytes.fromhex(text if len(text) % 2 == 0 else "0" + text)
    except ValueError:
        raise OraError(1465, text="invalid hex number") from None


def rawtohex(raw: Any) -> str | None:
    if raw is None:
        return None
    return raw.hex().upper() if isinstance(raw, bytes) else raw.encode().hex().upper()


# --------------------------------------------------------------------------- regular expressions

_CLASSES = {
    "alpha": r"^\W\d_", "digit": r"\d", "alnum": r"^\W_", "upper": "A-ZÀ-ÖØ-Þ",
    "lower": "a-zß-öø-ÿ",
    "space": r"\s", "blank": " \t", "punct": r"!-/:-@\[-`{-~", "cntrl": r"\x00-\x1f\x7f",
    "print": r"\x20-\x7e\xa0-\U0010ffff", "graph": r"\x21-\x7e\xa1-\U0010ffff",
    "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_ALPHA = "A-Za-zÀ-ÖØ-öø-ɏ"
_INSIDE = {"alpha": _ALPHA, "alnum": f"0-9{_ALPHA}"}


def _bracket(pattern: str, at: int) -> tuple[str, int]:
    """A POSIX bracket expression from ``at`` (the bracket) in Python's form, and where it ends."""
    out = ["["]
    at += 1
    if pattern[at : at + 1] == "^":
        out.append("^")
        at += 1
    first = True
    while at < len(pattern):
        char = pattern[at]
        if char == "]" and not first:
            return "".join(out) + "]", at + 1
        first = False
        if pattern.startswith("[:", at):
            end = pattern.find(":]", at)
            name = pattern[at + 2 : end]
            if end < 0 or name not in _CLASSES:
                raise OraError(12729, text="invalid character class in regular expression")
            out.append(_INSIDE.get(name, _CLASSES[name]))
            at = end + 2
        elif pattern.startswith(("[.", "[="), at):
            end = pattern.find(pattern[at + 1] + "]", at + 2)
            out.append(re.escape(pattern[at + 2 : end]))
            at = end + 2
        else:
            out.append("\\" + char if char in "\\[]^&~|" else char)
            at += 1
    raise OraError(12726, text="unmatched bracket in regular expression")


@functools.lru_cache(maxsize=512)
def compile_pattern(pattern: str, parameter: str | None) -> re.Pattern[str]:
    """An Oracle regular expression as Python's, with its match parameter (i c n m x)."""
    flags = 0
    for letter in parameter or "":
        if letter == "i":
            flags |= re.IGNORECASE
        elif letter == "c":
            flags &= ~re.IGNORECASE
        elif letter == "n":
            flags |= re.DOTALL
        elif letter == "m":
            flags |= re.MULTILINE
        elif letter == "x":
            flags |= re.VERBOSE
        else:
            raise OraError(1760, text="illegal argument for function")
    out: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "[":
            piece, at = _bracket(pattern, at)
            out.append(piece)
            continue
        if char == "\\" and at + 1 < len(pattern):
            following = pattern[at + 1]
            known = following in "dDwWsSAZ123456789"
            out.append("\\" + following if known or not following.isalnum() else following)
            at += 2
            continue
        if char == "$" and not flags & re.MULTILINE:
            out.append(r"\Z")
        else:
            out.append(char)
        at += 1
    try:
        return re.compile("".join(out), flags)
    except re.error as error:
        raise OraError(
            12725, text=f"unmatched parentheses in regular expression ({error})"
        ) from None


def regexp_like(text: Any, pattern: Any, parameter: Any = None) -> bool | None:
    if text is None or pattern is None:
        return None
    return compile_pattern(pattern, parameter).search(text) is not None


def _nth_match(text: str, pattern: str, position: int, nth: int, parameter: Any) -> Any:
    matches = compile_pattern(pattern, parameter).finditer(text, position - 1)
    return next(itertools.islice(matches, nth - 1, None), None)


def regexp_substr(
    text: Any,
    pattern: Any,
    position: Any = 1,
    occurrence: Any = 1,
    parameter: Any = None,
    group: Any = 0,
) -> Any:
    if text is None or pattern is None or position is None or occurrence is None:
        return None
    match = _nth_match(text, pattern, int(position), int(occurrence), parameter)
    if match is None or int(group) > (match.re.groups or 0):
        return None
    return match[int(group)] or None


def regexp_instr(
    text: Any,
    pattern: Any,
    position: Any = 1,
    occurrence: Any = 1,
    after: Any = 0,
    parameter: Any = None,
    group: Any = 0,
) -> int | None:
    if text is None or pattern is None:
        return None
    match = _nth_match(text, pattern, int(position), int(occurrence), parameter)
    if match is None or int(group) > (match.re.groups or 0):
        return 0
    return int(match.end(int(group)) if after else match.start(int(group))) + 1


def regexp_count(text: Any, pattern: Any, position: Any = 1, parameter: Any = None) -> int | None:
    if text is None or pattern is None:
        return None
    return sum(1 for _ in compile_pattern(pattern, parameter).finditer(text, int(position) - 1))


def regexp_replace(
    text: Any,
    pattern: Any,
    by: Any = None,
    position: Any = 1,
    occurrence: Any = 0,
    parameter: Any = None,
) -> Any:
    if text is None or pattern is None:
        return text
    nth, start = int(occurrence), int(position) - 1
    template = by or ""

    def expand(match: re.Match[str]) -> str:
        def group(m: re.Match[str]) -> str:
            number = int(m[1]) if m[1].isdigit() else -1
            if number < 0:
                return m[1]
            return (match[number] or "") if number <= (match.re.groups or 0) else ""

        return re.sub(r"\\(.)", group, template)

    compiled = compile_pattern(pattern, parameter)
    head, tail = text[:start], text[start:]
    if nth == 0:
        return head + compiled.sub(expand, tail) or None
    match = next(itertools.islice(compiled.finditer(tail), nth - 1, None), None)
    if match is None:
        return text
    return head + tail[: match.start()] + expand(match) + tail[match.end() :] or None


@functools.lru_cache(maxsize=512)
def like_pattern(pattern: str, escape: str | None) -> re.Pattern[str]:
    """LIKE as a regular expression; ORA-01424 for a stray escape."""
    out = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if escape is not None and char == escape:
            following = pattern[at + 1 : at + 2]
            if following not in ("%", "_", escape) or not following:
                raise OraError(
                    1424, text="missing or illegal character following the escape character"
                )
            out.append(re.escape(following))
            at += 2
            continue
        out.append(".*" if char == "%" else "." if char == "_" else re.escape(char))
        at += 1
    return re.compile("".join(out), re.DOTALL)


def like(text: Any, pattern: Any, escape: Any = None) -> bool | None:
    if text is None or pattern is None:
        return None
    return like_pattern(pattern, escape).fullmatch(text) is not None


#: Character sets by their numbers (Globalization Support Guide, appendix A); 0 stands for none
CHARSET_IDS = {
    "US7ASCII": 1,
    "WE8ISO8859P1": 31,
    "WE8ISO8859P15": 46,
    "WE8MSWIN1252": 178,
    "UTF8": 871,
    "AL32UTF8": 873,
    "AL16UTF16": 2000,
}


def nls_charset_id(name: Any) -> int | None:
    """The number of a character set; CHAR_CS and NCHAR_CS are the database's own two."""
    if name is None:
        return None
    own = {"CHAR_CS": "AL32UTF8", "NCHAR_CS": "AL16UTF16"}
    return CHARSET_IDS.get(own.get(name.upper(), name.upper()))


def nls_charset_name(number: Any) -> str | None:
    return next((name for name, one in CHARSET_IDS.items() if one == number), None)
