"""Functions and operators: one expression a row, its value as Oracle's documentation gives it."""

# ruff: noqa: DTZ001  (a case stays on one line; Oracle's dates have no zone)

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from devkit.oracle.values import Months

if TYPE_CHECKING:
    from conftest import Sql

D = Decimal

NULLS = [
    ("the empty string is NULL", "nvl('', 'null')", "null"),
    ("concatenation ignores NULL", "'a' || null || '' || 'b'", "ab"),
    ("concatenation of NULLs is NULL", "nvl(null || '', 'null')", "null"),
    ("the length of the empty string is NULL", "length('')", None),
    ("trimming everything away gives NULL", "nvl(trim('   '), 'null')", "null"),
    ("replacing everything away gives NULL", "nvl(replace('aaa', 'a'), 'null')", "null"),
    ("NVL converts to the type of its first argument", "nvl('x', 1) || '!'", "x!"),
    ("NVL of a number stays a number", "nvl(null, 5) + 1", 6),
    ("NVL2 takes the second when the first is there", "nvl2('x', 1, 2)", 1),
    ("COALESCE takes the first that is not NULL", "coalesce(null, '', 'c')", "c"),
    ("DECODE holds two NULLs for equal", "decode(null, null, 'same', 'other')", "same"),
    ("DECODE without a match and default is NULL", "decode(1, 2, 'x')", None),
    ("DECODE converts to the type of the first result", "decode(1, 2, 'x', 3)", "3"),
    ("NULLIF of equals is NULL", "nullif(1, 1)", None),
    ("GREATEST with a NULL is NULL", "greatest(1, null, 3)", None),
    ("LEAST with a NULL is NULL", "least('a', '')", None),
    ("GREATEST compares as its first argument", "greatest('b', 'a', 'c')", "c"),
    ("CASE without ELSE is NULL", "case when 1 = 2 then 'x' end", None),
    ("CASE with a selector compares", "case 2 when 1 then 'a' when 2 then 'b' end", "b"),
]

NUMBERS = [
    ("division keeps 40 digits", "1 / 3", D("0.3333333333333333333333333333333333333333")),
    ("division is exact where it can be", "10 / 4", D("2.5")),
    ("sums are exact decimals", "0.1 + 0.2", D("0.3")),
    ("large numbers keep every digit", "12345678901234567890 * 10", 123456789012345678900),
    ("MOD by zero is the dividend", "mod(5, 0)", 5),
    ("MOD has the sign of the dividend", "mod(-11, 4)", -3),
    ("REMAINDER uses ROUND", "remainder(11, 4)", -1),
    ("ROUND rounds half away from zero", "round(2.5) || '/' || round(-2.5)", "3/-3"),
    ("ROUND takes digits before the point", "round(15.193, -1)", 20),
    ("TRUNC cuts", "trunc(15.79, 1)", D("15.7")),
    ("CEIL and FLOOR", "ceil(15.2) || floor(15.7)", "1615"),
    ("SIGN", "sign(-15)", -1),
    ("POWER", "power(3, 2)", 9),
    ("BITAND", "bitand(6, 3)", 2),
    ("a number as text has no leading zero", "to_char(0.5) || to_char(-0.25)", ".5-.25"),
    ("a number as text has no trailing zeros", "'' || 1.500", "1.5"),
    ("text in arithmetic is converted", "'5' + ' 2 '", 7),
    ("text with an exponent is a number", "to_number('1e3')", 1000),
    ("a text compared with a number is converted", "case when '010' = 10 then 'y' end", "y"),
]

TEXTS = [
    ("SUBSTR from 0 starts at 1", "substr('ABCDEFG', 0, 2)", "AB"),
    ("SUBSTR counts back from the end", "substr('ABCDEFG', -5, 4)", "CDEF"),
    ("SUBSTR before the beginning is NULL", "substr('ABC', -5)", None),
    ("SUBSTR of length below 1 is NULL", "substr('ABC', 1, 0)", None),
    ("INSTR finds the n-th occurrence", "instr('CORPORATE FLOOR', 'OR', 3, 2)", 14),
    ("INSTR searches backwards", "instr('CORPORATE FLOOR', 'OR', -3, 2)", 2),
    ("INSTR without a hit is 0", "instr('abc', 'x')", 0),
    ("INITCAP", "initcap('são joão d''ávila')", "São João D'Ávila"),
    ("UPPER knows accents", "upper('ação')", "AÇÃO"),
    ("LPAD fills", "lpad('Page 1', 15, '*.')", "*.*.*.*.*Page 1"),
    ("RPAD cuts", "rpad('abcdef', 3)", "abc"),
    ("LTRIM takes a set of characters", "ltrim('<=====>BROWNING<=====>', '<>=')", "BROWNING<=====>"),
    ("TRIM with LEADING", "trim(leading '0' from '00012300')", "12300"),
    ("TRIM with a character", "trim('x' from 'xxaxx')", "a"),
    ("TRANSLATE drops what has no partner", "translate('a1b2', 'ab12', 'AB')", "AB"),
    ("REPLACE", "replace('JACK and JUE', 'J', 'BL')", "BLACK and BLUE"),
    ("CHR of a UTF-8 code", "chr(50079)", "ß"),
    ("ASCII", "ascii('A')", 65),
    ("UNISTR", r"unistr('abc\00e5\00f1\00f6')", "abcåñö"),
    ("ASCIISTR", "asciistr('ABÄCDE')", r"AB\00C4CDE"),
    ("COMPOSE joins marks", r"compose('o' || unistr('\0308'))", "ö"),
    ("CONVERT to US7ASCII drops accents", "convert('São João', 'US7ASCII')", "Sao Joao"),
    ("LENGTHB counts bytes", "length('ção') || '/' || lengthb('ção')", "3/5"),
    ("q-quotes hold quotes", "q'[it's]'", "it's"),
    ("BINARY_AI compares without accents", "case when nlssort('AÇÃO','NLS_SORT=BINARY_AI') = "
     "nlssort('acao','NLS_SORT=BINARY_AI') then 'same' end", "same"),
]  # fmt: skip

REGULAR = [
    ("REGEXP_SUBSTR", "regexp_substr('500 Oracle Parkway, Redwood Shores, CA', ',[^,]+,')",
     ", Redwood Shores,"),
    ("REGEXP_SUBSTR of a group", "regexp_substr('1234567890', '(123)(4(56)(78))', 1, 1, 'i', 4)", "78"),
    ("REGEXP_REPLACE without replacement deletes", "regexp_replace('12.345/0001-90', '[^0-9]')",
     "12345000190"),
    ("REGEXP_REPLACE with groups", r"regexp_replace('ab', '(a)(b)', '\2\1')", "ba"),
    ("REGEXP_REPLACE of one occurrence", "regexp_replace('aaa', 'a', 'b', 1, 2)", "aba"),
    ("REGEXP_INSTR", "regexp_instr('500 Oracle Parkway, Redwood Shores, CA', '[^ ]+', 1, 6)", 37),
    ("REGEXP_COUNT", "regexp_count('123123123123', '123', 3)", 3),
    ("the dot does not match a newline", "regexp_count('a' || chr(10) || 'b', '.')", 2),
    ("a negated set does", "regexp_count('a' || chr(10) || 'b', '[^x]')", 3),
    ("REGEXP_LIKE ignoring case", "case when regexp_like('ABC', '^b|c$', 'i') then 'y' end", "y"),
]  # fmt: skip

DATES = [
    ("a DATE literal is midnight", "date '2024-02-29'", datetime(2024, 2, 29)),
    ("date plus a number of days", "date '2024-02-28' + 1.5", datetime(2024, 2, 29, 12)),
    ("fractions of a day are rounded to the second", "date '2024-01-01' + 1/24",
     datetime(2024, 1, 1, 1)),
    ("date minus date is days", "date '2024-03-01' - date '2024-02-28'", 2),
    ("with their fraction", "to_date('2024-01-01 18', 'YYYY-MM-DD HH24') - date '2024-01-01'", D("0.75")),
    ("timestamp minus timestamp is an interval",
     "timestamp '2024-01-02 00:00:00.5' - timestamp '2024-01-01 00:00:00'",
     timedelta(days=1, milliseconds=500)),
    ("ADD_MONTHS keeps the last day", "add_months(date '2024-02-29', 1)", datetime(2024, 3, 31)),
    ("ADD_MONTHS keeps the time", "add_months(to_date('31-01-2023 13','DD-MM-YYYY HH24'), 1)",
     datetime(2023, 2, 28, 13)),
    ("LAST_DAY keeps the time", "last_day(to_date('2024-02-01 10', 'YYYY-MM-DD HH24'))",
     datetime(2024, 2, 29, 10)),
    ("MONTHS_BETWEEN", "round(months_between(date '1995-02-02', date '1995-01-01'), 8)", D("1.03225806")),
    ("MONTHS_BETWEEN of last days is whole", "months_between(date '2024-03-31', date '2024-02-29')", 1),
    ("NEXT_DAY", "next_day(date '2009-10-15', 'TUESDAY')", datetime(2009, 10, 20)),
    ("TRUNC to the year", "trunc(date '2024-07-15', 'YYYY')", datetime(2024, 1, 1)),
    ("TRUNC to the ISO week is Monday", "trunc(date '2024-07-17', 'IW')", datetime(2024, 7, 15)),
    ("TRUNC to the quarter", "trunc(date '2024-08-17', 'Q')", datetime(2024, 7, 1)),
    ("ROUND of a date to the year", "round(date '2000-10-27', 'YEAR')", datetime(2001, 1, 1)),
    ("ROUND of a date to the month", "round(date '2024-02-16', 'MM')", datetime(2024, 3, 1)),
    ("EXTRACT from a date", "extract(month from date '2024-07-15')", 7),
    ("EXTRACT from an interval", "extract(hour from interval '1 02:03:04' day to second)", 2),
    ("an interval added to a date", "date '2024-01-31' + interval '2' hour", datetime(2024, 1, 31, 2)),
    ("NUMTODSINTERVAL", "numtodsinterval(90, 'MINUTE')", timedelta(minutes=90)),
    ("an interval of years and months", "interval '1-2' year to month", Months(14)),
    ("CAST of a timestamp to DATE drops the fraction",
     "cast(timestamp '2024-01-01 10:00:00.9' as date)", datetime(2024, 1, 1, 10)),
    ("UTC of a timestamp with an offset",
     "sys_extract_utc(to_timestamp_tz('2024-01-01 00:00 -03:00', 'YYYY-MM-DD HH24:MI TZH:TZM'))",
     datetime(2024, 1, 1, 3)),
    ("AT TIME ZONE shows the clock of the zone",
     "to_char(from_tz(timestamp '2024-01-01 12:00:00', '+00:00') at time zone '-03:00', 'HH24:MI')",
     "09:00"),
]  # fmt: skip

MASKS = [
    ("elements of a date", "to_char(date '2024-02-29', 'DD/MM/YYYY HH24:MI:SS')", "29/02/2024 00:00:00"),
    ("names are blank padded", "to_char(date '2024-05-09', 'Day, Month')", "Thursday , May      "),
    ("FM takes padding away", "to_char(date '2024-05-09', 'FMDay, Month D')", "Thursday, May 5"),
    ("the case of a name follows the mask", "to_char(date '2024-05-09', 'MON mon Mon')", "MAY may May"),
    ("quoted text", "to_char(date '2024-05-09', 'YYYY\"T\"MM')", "2024T05"),
    ("ISO week and year", "to_char(date '2021-01-03', 'IYYY-IW')", "2020-53"),
    ("day of the year, Julian day", "to_char(date '2024-02-29', 'DDD J')", "060 2460370"),
    ("twelve hours", "to_char(to_date('13:05', 'HH24:MI'), 'HH:MI PM')", "01:05 PM"),
    ("fractions", "to_char(timestamp '2024-01-01 00:00:00.123456', 'FF3')", "123"),
    ("RR takes the near century", "to_char(to_date('01-01-99', 'DD-MM-RR'), 'YYYY')", "1999"),
    ("RR below 50", "to_char(to_date('01-01-49', 'DD-MM-RR'), 'YYYY')", "2049"),
    ("a trailing time may be missing", "to_date('2024-01-02', 'YYYY-MM-DD HH24:MI:SS')",
     datetime(2024, 1, 2)),
    ("punctuation may be missing", "to_date('20240102', 'YYYY-MM-DD')", datetime(2024, 1, 2)),
    ("month names", "to_date('29-FEB-2024', 'DD-MON-YYYY')", datetime(2024, 2, 29)),
    ("grouping and decimals", "to_char(1234.5, '9G999D99')", " 1,234.50"),
    ("FM without blanks", "to_char(1234.5, 'FM999G990D00')", "1,234.50"),
    ("forced zeros", "to_char(7, '0000')", " 0007"),
    ("too wide a number", "to_char(12345, '999')", "####"),
    ("a sign at the end", "to_char(-5, '99MI')", " 5-"),
    ("a sign in front", "to_char(5, 'S99')", " +5"),
    ("angle brackets", "to_char(-5, '99PR')", " <5>"),
    ("FM drops trailing nines", "to_char(0, 'FM999.99')", "0."),
    ("hexadecimal", "to_char(255, 'FMXX')", "FF"),
    ("Roman", "to_char(1999, 'FMRN')", "MCMXCIX"),
    ("scientific", "to_char(12345.678, '9.99EEEE')", "  1.23E+04"),
    ("TM9", "to_char(0.5, 'TM9')", ".5"),
    ("TO_NUMBER with a mask", "to_number('1,234.50', '9G999D99')", D("1234.5")),
    ("TO_NUMBER of hexadecimal", "to_number('ff', 'XX')", 255),
]  # fmt: skip

BYTES = [
    ("HEXTORAW and RAWTOHEX", "rawtohex(hextoraw('0aFF'))", "0AFF"),
    ("SHA256", "lower(rawtohex(standard_hash('abc', 'SHA256')))",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ("SHA1 is the default", "rawtohex(standard_hash('abc'))",
     "A9993E364706816ABA3E25717850C26C9CD0D89D"),
    ("MD5", "rawtohex(standard_hash('abc', 'MD5'))", "900150983CD24FB0D6963F7D28E17F72"),
    ("UTL_RAW casts", "utl_raw.cast_to_varchar2(utl_raw.cast_to_raw('ção'))", "ção"),
    ("SYS_GUID has 16 bytes", "utl_raw.length(sys_guid())", 16),
    ("USER is the session's", "user", "SYSTEM"),
    ("SYS_CONTEXT", "sys_context('userenv', 'current_schema')", "S"),
    ("SYSDATE and SYSTIMESTAMP are the same instant",
     "case when abs(sysdate - cast(systimestamp as date)) < 1/86400 then 'same' end", "same"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param(expression, expected, id=rule)
        for table in (NULLS, NUMBERS, TEXTS, REGULAR, DATES, MASKS, BYTES)
        for rule, expression, expected in table
    ],
)
def test_an_expression_has_oracles_value(sql: Sql, expression: str, expected: Any) -> None:
    assert sql.one(f"select {expression} from dual") == expected


ERRORS = [
    ("division by zero", "1 / 0", 1476),
    ("text that is no number", "to_number('1,5')", 1722),
    ("text that is no number in arithmetic", "'x' + 1", 1722),
    ("a day that the month has not", "to_date('2023-02-29', 'YYYY-MM-DD')", 1839),
    ("a month that does not exist", "to_date('2023-13-01', 'YYYY-MM-DD')", 1843),
    ("input shorter than the mask", "to_date('2023', 'YYYY-MM')", 1840),
    ("input longer than the mask", "to_date('2023-01-01 10', 'YYYY-MM-DD')", 1830),
    ("letters for digits", "to_date('abcd', 'YYYY')", 1858),
    ("an unknown mask", "to_char(sysdate, 'ZZZ')", 1821),
    ("hours", "to_date('25', 'HH24')", 1850),
    ("a number too wide in CAST", "cast(100 as number(2))", 1438),
    ("a hexadecimal digit", "hextoraw('xyz')", 1465),
    ("date plus date", "sysdate + sysdate", 975),
    ("types that do not mix", "sysdate * 2", 932),
    ("too few arguments", "nvl(1)", 938),
    ("too many arguments", "nvl(1, 2, 3)", 939),
    ("an unknown function", "frobnicate(1)", 904),
    ("an interval added to an impossible day", "date '2024-01-31' + interval '1' month", 1839),
]


@pytest.mark.parametrize(
    ("expression", "code"), [pytest.param(e, c, id=rule) for rule, e, c in ERRORS]
)
def test_an_expression_fails_with_oracles_error(sql: Sql, expression: str, code: int) -> None:
    assert sql.error(f"select {expression} from dual").code == code


@pytest.mark.parametrize(
    "construct",
    [
        "select * from dual as of timestamp systimestamp",
        "select dump(1) from dual",
        "select x from dual@other",
        "select sin(1) from dual",
        "select * from dual sample (10)",
        "select a from dual model dimension by (x) measures (y) rules ()",
    ],
)
def test_what_is_not_supported_is_refused_by_name(sql: Sql, construct: str) -> None:
    error = sql.error(construct)
    assert error.code in {3001, 933}
    if error.code == 3001:
        assert error.text.startswith("unimplemented feature: ")
