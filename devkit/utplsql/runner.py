"""Runs the tests of a suite over a connection, in utPLSQL's order and with its transaction rules.

Unless rollback is manual, a savepoint is set before the suite and before each test, and rolled back to
afterwards. Failed expectations are collected by the ``ut`` package in the session and read after each
call; an exception that no ``--%throws`` announces is an error of the test.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import oracledb

from devkit.utplsql.annotations import Suite, Test

_EXCEPTION_NUMBER = """
declare
   l_number pls_integer;
begin
   begin
      raise {name};
   exception
      when others then
         l_number := sqlcode;
   end;
   :code := l_number;
end;"""


@dataclass(slots=True)
class Outcome:
    """The result of one test: passed when both lists are empty and something was expected."""

    failures: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    expectations: int = 0

    @property
    def passed(self) -> bool:
        return not self.failures and not self.errors


class SuiteRun:
    """One suite on one connection. ``start`` runs the before-all fixtures, ``finish`` the after-all."""

    def __init__(self, connection: oracledb.Connection, owner: str, suite: Suite) -> None:
        self._connection = connection
        self._owner = owner
        self._suite = suite

    def start(self) -> None:
        if not self._suite.manual:
            self._execute("savepoint ut_suite")
        self._take_results()
        for procedure in self._suite.before_all:
            self._call(procedure)

    def finish(self) -> None:
        for procedure in self._suite.after_all:
            self._call(procedure)
        if not self._suite.manual:
            self._execute("rollback")

    def run(self, test: Test) -> Outcome:
        """Run one test with its fixtures; never raises for what the test does."""
        outcome = Outcome()
        if not test.manual:
            self._execute("savepoint ut_test")
        try:
            for procedure in (*self._suite.before_each, *test.before):
                self._call(procedure)
            self._body(test, outcome)
        except oracledb.Error as exc:
            outcome.errors.append(str(exc))
        finally:
            for procedure in (*test.after, *self._suite.after_each):
                try:
                    self._call(procedure)
                except oracledb.Error as exc:
                    outcome.errors.append(f"{procedure}: {exc}")
            if not test.manual:
                self._execute("rollback to ut_test")
        results = self._take_results()
        outcome.expectations = results["expectations"]
        outcome.failures += results["failures"]
        if outcome.passed and not outcome.expectations and not test.throws:
            outcome.errors.append("the test expected nothing")
        return outcome

    def _body(self, test: Test, outcome: Outcome) -> None:
        try:
            self._call(test.procedure)
        except oracledb.Error as exc:
            if not test.throws:
                raise
            wanted = [self._code(name) for name in test.throws]
            got = -exc.args[0].code
            if got not in wanted:
                outcome.failures.append(f"expected exception {test.throws}, got {exc}")
        else:
            if test.throws:
                outcome.failures.append(f"expected exception {test.throws}, none was raised")

    def _code(self, name: str) -> int:
        """The error number of a ``--%throws`` entry: a number, or an exception by name."""
        try:
            return -abs(int(name))
        except ValueError:
            pass
        with self._connection.cursor() as cursor:
            code = cursor.var(int)
            cursor.execute(_EXCEPTION_NUMBER.format(name=self._qualified(name)), code=code)
            number = int(code.getvalue())
            return -1403 if number == 100 else number  # NO_DATA_FOUND has SQLCODE +100

    def _qualified(self, name: str) -> str:
        return name if name.count(".") > 1 else f"{self._owner}.{name}"

    def _call(self, procedure: str) -> None:
        self._execute(f"begin {self._owner}.{self._suite.package}.{procedure}; end;")

    def _execute(self, statement: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)

    def _take_results(self) -> dict[str, Any]:
        with self._connection.cursor() as cursor:
            results = cursor.var(oracledb.DB_TYPE_VARCHAR, 32767)
            cursor.execute("begin ut_results.take(:results); end;", results=results)
            taken: dict[str, Any] = json.loads(results.getvalue())
            return taken
