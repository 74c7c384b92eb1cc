"""utPLSQL without utPLSQL: annotations, matchers, and that a failing suite fails."""

from __future__ import annotations

import oracledb
import pytest

from devkit.oracle.supplied.ut import MATCHERS, Expectation, results
from devkit.utplsql import AnnotationError, SuiteRun, parse_suite


class _Session:
    def __init__(self) -> None:
        self.supplied: dict[str, object] = {}


@pytest.mark.parametrize(
    ("actual", "method", "arguments", "passes"),
    [
        (1, "TO_EQUAL", [1], True),
        (1, "TO_EQUAL", [2], False),
        (1, "TO_EQUAL", ["1"], False),  # another type never equals
        (None, "TO_EQUAL", [None], True),
        (None, "TO_EQUAL", [None, False], False),
        (None, "NOT_TO_EQUAL", [1], False),  # unknown is a failure both ways
        (2, "NOT_TO_EQUAL", [1], True),
        (None, "TO_BE_NULL", [], True),
        ("x", "TO_BE_NOT_NULL", [], True),
        (True, "TO_BE_TRUE", [], True),
        (None, "TO_BE_FALSE", [], False),
        (3, "TO_BE_GREATER_THAN", [2], True),
        (None, "NOT_TO_BE_GREATER_THAN", [2], False),
        (3, "TO_BE_BETWEEN", [1, 3], True),
        ("abc", "TO_BE_LIKE", ["a%"], True),
        ("a%c", "TO_BE_LIKE", ["a\\%c", "\\"], True),
        ("abc", "TO_MATCH", ["^A", "i"], True),
    ],
)
def test_a_matcher_passes_and_fails_as_documented(
    actual: object, method: str, arguments: list[object], passes: bool
) -> None:
    session = _Session()
    Expectation(session, actual, None).call(method, arguments)
    assert (not results(session).failures) is passes
    assert results(session).expectations == 1


def test_every_matcher_has_a_sentence() -> None:
    assert all(sentence.startswith("to ") for sentence, _ in MATCHERS.values())


_SPEC = """create or replace package t_demo
is
   --%suite(Demo)
   --%suitepath(a.b)

   --%beforeeach
   procedure set_up;

   --%test(one equals one)
   procedure good;

   --%test(one equals two)
   procedure bad;

   --%test(an announced error)
   --%throws(-20001)
   procedure announced;

   --%test(an unannounced error)
   procedure unannounced;

   --%test(nothing is expected)
   procedure idle;

   --%test(rows are rolled back)
   procedure writes;
end t_demo;"""
_BODY = """create or replace package body t_demo
is
   procedure set_up is begin insert into t_demo_rows values (1); end set_up;
   procedure good is begin ut.expect(1).to_equal(1); end good;
   procedure bad is begin ut.expect(1, 'numbers').to_equal(2); end bad;
   procedure announced is begin raise_application_error(-20001, 'x'); end announced;
   procedure unannounced is begin raise_application_error(-20002, 'y'); end unannounced;
   procedure idle is begin null; end idle;
   procedure writes
   is
      l_count pls_integer;
   begin
      select count(*) into l_count from t_demo_rows;
      ut.expect(l_count).to_equal(1);
   end writes;
end t_demo;"""


@pytest.mark.devkit
def test_a_suite_reports_what_passed_failed_and_broke(session: oracledb.Connection) -> None:
    with session.cursor() as cursor:
        cursor.execute("create table t_demo_rows (n number)")
        cursor.execute(_SPEC)
        cursor.execute(_BODY)
        assert cursor.warning is None
    suite = parse_suite(_SPEC)
    assert suite is not None
    run = SuiteRun(session, str(session.username), suite)
    run.start()
    outcomes = {test.procedure: run.run(test) for test in suite.tests}
    run.finish()
    assert {name for name, outcome in outcomes.items() if outcome.passed} == {
        "good",
        "announced",
        "writes",
    }
    assert outcomes["bad"].failures == [
        "numbers: Actual: '1' (number) was expected to equal: '2' (number)"
    ]
    assert "ORA-20002" in outcomes["unannounced"].errors[0]
    assert outcomes["idle"].errors == ["the test expected nothing"]
    with session.cursor() as cursor:
        cursor.execute("select count(*) from t_demo_rows")
        assert cursor.fetchone() == (0,)


def test_an_unknown_annotation_is_an_error() -> None:
    with pytest.raises(AnnotationError, match="%tset"):
        parse_suite(_SPEC.replace("--%test(one equals one)", "--%tset(one equals one)"))


def test_annotations_apart_from_a_procedure_belong_to_the_package() -> None:
    suite = parse_suite(
        _SPEC.replace("--%suitepath(a.b)", "--%suitepath(a.b)\n   --%rollback(manual)")
    )
    assert suite is not None
    assert suite.manual
    assert all(test.manual for test in suite.tests)
    assert suite.before_each == ("set_up",)
