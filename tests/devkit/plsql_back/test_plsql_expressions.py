"""Expressions: NULL, numbers, text, dates, conversions and conditions, seen through DBMS_OUTPUT."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Plsql

SHOWN = [
    # numbers: exact decimals, 40 digits, no zero before the point
    ("1/3", ".3333333333333333333333333333333333333333"),
    ("0.1 + 0.2", ".3"),
    ("10/4", "2.5"),
    ("2 ** 10", "1024"),
    ("-7 mod 3", "-1"),
    ("mod(7, 0)", "7"),
    ("round(2.5) || round(-2.5) || round(1234.567, -2)", "3-31200"),
    ("trunc(-1.99) || trunc(5.678, 2)", "-15.67"),
    ("12345678901234567890 * 10", "123456789012345678900"),
    ("power(2, 0.5)", "1.41421356237309504880168872420969807857"),
    ("1e-3", ".001"),
    ("to_number('1,234.50', '9,999.99')", "1234.5"),
    ("greatest(3, 10, 2) || least('b', 'a')", "10a"),
    ("'12' + 1", "13"),
    ("sign(-5) || abs(-5) || ceil(1.1) || floor(-1.1)", "-152-2"),
    # text: the empty string is NULL, concatenation ignores NULL
    ("'a' || null || '' || 'b'", "ab"),
    ("nvl('', 'null')", "null"),
    ("length('') || 'x'", "x"),
    ("substr('hello', -3) || substr('hello', 0, 2) || nvl(substr('hello', 9), '-')", "llohe-"),
    ("instr('abcabc', 'c', 1, 2) || instr('abcabc', 'c', -1)", "66"),
    ("upper('ação') || initcap('joão da silva')", "AÇÃOJoão Da Silva"),
    ("lpad('7', 3, '0') || rpad('x', 3, '-')", "007x--"),
    ("replace('a-b-c', '-') || translate('2KRW', '2KRW', '0xyz')", "abc0xyz"),
    ("trim('  x ') || ltrim('xxy', 'x') || trim(both '-' from '-a-')", "xya"),
    (
        "regexp_replace('abc 123', '[[:digit:]]+', '#') || regexp_substr('a1b22', '[0-9]+', 1, 2)",
        "abc #22",
    ),
    ("chr(65) || ascii('A')", "A65"),
    ("nvl(replace('x', 'x'), 'gone')", "gone"),
    ("q'[it's]'", "it's"),
    # dates
    ("to_char(date '2024-01-31' + 1.5, 'YYYY-MM-DD HH24:MI')", "2024-02-01 12:00"),
    ("to_char(add_months(date '2024-01-31', 1), 'DD/MM/YYYY')", "29/02/2024"),
    ("date '2024-03-01' - date '2024-02-28'", "2"),
    ("months_between(date '2024-03-31', date '2024-02-29')", "1"),
    ("to_char(last_day(date '2023-02-10'), 'DD')", "28"),
    ("to_char(trunc(date '2024-05-17', 'MM'), 'YYYYMMDD')", "20240501"),
    ("to_char(to_date('29/02/24', 'DD/MM/RR'), 'YYYY')", "2024"),
    (
        "to_char(timestamp '2024-01-01 10:00:00.5' + interval '90' minute, 'HH24:MI:SS.FF3')",
        "11:30:00.500",
    ),
    (
        "extract(year from date '2024-05-17') || extract(hour from interval '2 03:00:00' day to second)",
        "20243",
    ),
    ("to_char(next_day(date '2024-05-17', 'MONDAY'), 'DD')", "20"),
    ("date '2024-05-17'", "17-MAY-24"),
    ("numtodsinterval(90, 'MINUTE')", "+00 01:30:00.000000"),
    # formats
    ("to_char(1234567.891, 'fm9,999,990.00')", "1,234,567.89"),
    (
        "to_char(-5, '999') || '|' || to_char(0.5, '0.99') || '|' || to_char(12345, '999')",
        "  -5| 0.50|####",
    ),
    ("to_char(255, 'fmXX') || to_char(7, 'fm000')", "FF007"),
    # conditions
    ("case when null = null then 'T' else 'N' end", "N"),
    ("case when not (1 = null) then 'T' else 'N' end", "N"),
    ("case when null in (1, 2) or 1 = 1 then 'T' else 'N' end", "T"),
    ("case when 3 not in (1, null) then 'T' else 'N' end", "N"),
    ("case when 3 not between 1 and null then 'T' else 'N' end", "N"),
    ("case when 5 not between 1 and 3 then 'T' else 'N' end", "T"),
    ("case when 'abc' like 'a_c' and 'a%' like 'a\\%' escape '\\' then 'T' else 'N' end", "T"),
    ("case 2 when 1 then 'one' when 2 then 'two' end", "two"),
    ("nvl(case 9 when 1 then 'one' end, 'none')", "none"),
    ("coalesce(null, null, 'c') || nullif('a', 'a') || nullif('a', 'b')", "ca"),
    ("case when '' is null then 'T' end", "T"),
    ("case when 'a' = 'a  ' then 'padded' else 'not' end", "padded"),
]


@pytest.mark.parametrize(("expression", "shown"), SHOWN)
def test_expression_shows_what_oracle_shows(
    plsql_shared: Plsql, expression: str, shown: str
) -> None:
    assert plsql_shared.run(f"begin dbms_output.put_line({expression}); end;") == [shown]


ERRORS = [
    ("declare n number; begin n := 1/0; end;", 1476),
    ("declare n number; begin n := 'x'; end;", 6502),
    ("declare n number(3); begin n := 1000; end;", 6502),
    ("declare s varchar2(3); begin s := 'abcd'; end;", 6502),
    ("declare s varchar2(3); begin s := 'çã'; end;", 6502),
    ("declare n pls_integer; begin n := 2147483647; n := n + 1; end;", 1426),
    ("declare n positive; begin n := 0; end;", 6502),
    ("declare subtype s is pls_integer range 1 .. 9; n s; begin n := 10; end;", 6502),
    ("declare n number not null := 1; begin n := null; end;", 6502),
    ("declare d date; begin d := to_date('2024-13-01', 'YYYY-MM-DD'); end;", 1843),
    ("declare d date; begin d := to_date('2023-02-29', 'YYYY-MM-DD'); end;", 1839),
    ("declare d date; begin d := to_date('2024-01-01x', 'YYYY-MM-DD'); end;", 1830),
    ("begin for i in 1 .. null loop null; end loop; end;", 6502),
    ("declare n number := 3; begin case n when 1 then null; end case; end;", 6592),
]


@pytest.mark.parametrize(("block", "code"), ERRORS)
def test_violated_constraint_raises_its_number(plsql_shared: Plsql, block: str, code: int) -> None:
    assert plsql_shared.fails(block).code == code


def test_text_too_long_has_oracles_words(plsql_shared: Plsql) -> None:
    error = plsql_shared.fails("declare s varchar2(3); begin s := 'abcd'; end;")
    assert error.message == (
        "ORA-06502: PL/SQL: numeric or value error: character string buffer too small"
    )


def test_number_is_rounded_to_its_scale_before_the_check(plsql_shared: Plsql) -> None:
    block = "declare n number(4, 1) := 12.345; begin dbms_output.put_line(n); end;"
    assert plsql_shared.run(block) == ["12.3"]


def test_char_is_padded_and_compared_without_blanks(plsql_shared: Plsql) -> None:
    block = """
    declare c char(5) := 'ab';
    begin
       dbms_output.put_line(length(c));
       if c = 'ab' then dbms_output.put_line('equal'); end if;
    end;"""
    assert plsql_shared.run(block) == ["5", "equal"]


def test_byte_and_character_lengths_differ(plsql_shared: Plsql) -> None:
    block = """
    declare a varchar2(2 char);
    begin a := 'çã'; dbms_output.put_line(length(a) || lengthb(a)); end;"""
    assert plsql_shared.run(block) == ["24"]


def test_boolean_variable_keeps_the_third_value(plsql_shared: Plsql) -> None:
    block = """
    declare b boolean := 1 > null; n number;
    begin
       if b is null then dbms_output.put_line('null'); end if;
       b := b or true;
       if b then dbms_output.put_line('true'); end if;
       b := not (n = 1 and false);
       if b then dbms_output.put_line('false and null is false'); end if;
    end;"""
    assert plsql_shared.run(block) == ["null", "true", "false and null is false"]


def test_nls_date_format_of_the_session_rules_conversions(plsql_shared: Plsql) -> None:
    plsql_shared.sql("alter session set nls_date_format = 'YYYY-MM-DD'")
    try:
        block = """
        declare d date := '2024-02-29';
        begin dbms_output.put_line(d || to_char(d, 'DY')); end;"""
        assert plsql_shared.run(block) == ["2024-02-29THU"]
    finally:
        plsql_shared.sql("alter session set nls_date_format = 'DD-MON-RR'")


def test_function_with_out_parameter_works_inside_an_expression(plsql_shared: Plsql) -> None:
    block = """
    declare
       x number;
       function f(a number, b out number) return number is begin b := a * 2; return a + 1; end;
    begin
       if f(3, x) = 4 and x = 6 then dbms_output.put_line('both'); end if;
    end;"""
    assert plsql_shared.run(block) == ["both"]


THOUSAND = [
    (" + ".join(["a"] * 1000), "2000"),
    ("a - " + " - ".join(["i * a"] * 1000), "-1998"),
    (" * ".join(["i"] * 1000), "1"),
    (" / ".join(["i"] * 1000), "1"),
    ("length(" + " || ".join(["s"] * 1000) + ")", "1000"),
    (" + ".join(["'1'"] * 1000), "1000"),
    (" + ".join(["nvl(null, a)"] * 1000), "2000"),
    ("nvl(" + " + ".join(["a"] * 999 + ["n"]) + ", -1)", "-1"),
    ("date '2020-01-01' + " + " + ".join(["i"] * 1000), "27-SEP-22"),
    ("shown(" + " and ".join(["a = 2"] * 1000) + ")", "true"),
    ("shown(" + " and ".join(["a = 2"] * 999 + ["n = 2"]) + ")", "null"),
    ("shown(" + " and ".join(["a = 2"] * 500 + ["n = 2"] * 499 + ["a = 3"]) + ")", "false"),
    ("shown(" + " or ".join(["a = 3 and a = 2"] * 999 + ["a = 2"]) + ")", "true"),
    ("shown(" + " or ".join(["a = 3"] * 999 + ["n = 2"]) + ")", "null"),
    ("case when " + " or ".join(["a = 3"] * 999 + ["a = 2"]) + " then 1 end", "1"),
    # what decides the whole is the last that is evaluated
    (
        "shown(" + " and ".join(["a = 2"] * 40 + ["a = 3"] + ["1 / (a - 2) > 0"] * 960) + ")",
        "false",
    ),
    ("shown(" + " or ".join(["a = 3"] * 40 + ["a = 2"] + ["1 / (a - 2) > 0"] * 960) + ")", "true"),
]


@pytest.mark.parametrize(
    ("expression", "shown"), THOUSAND, ids=[f"{i}: {e[:30]}" for i, (e, _) in enumerate(THOUSAND)]
)
def test_an_expression_may_have_a_thousand_terms(
    plsql_shared: Plsql, expression: str, shown: str
) -> None:
    block = f"""
    declare
       a number := 2; n number; i pls_integer := 1; s varchar2(1) := 'x';
       function shown(b boolean) return varchar2 is
       begin
          return case when b then 'true' when not b then 'false' else 'null' end;
       end;
    begin
       dbms_output.put_line({expression});
    end;"""
    assert plsql_shared.run(block) == [shown]


def test_the_terms_of_a_long_expression_are_evaluated_from_left_to_right(
    plsql_shared: Plsql,
) -> None:
    block = f"""
    declare
       x number := 0;
       function f return number is begin x := x + 1; return x; end;
    begin
       dbms_output.put_line({" - ".join(["f"] * 100)});
    end;"""
    assert plsql_shared.run(block) == [str(1 - sum(range(2, 101)))]
