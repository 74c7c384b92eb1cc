"""Runs utPLSQL v3 suites without utPLSQL: on the stand-in, where the framework cannot be installed.

The suites are those that a real utPLSQL runs unchanged (``tests/plsql/run_tests.sh``). Only annotations
and matchers that are implemented are accepted; an unknown annotation is an error, never ignored.
"""

from __future__ import annotations

from devkit.utplsql.annotations import AnnotationError, Suite, Test, parse_suite
from devkit.utplsql.runner import Outcome, SuiteRun

__all__ = ["AnnotationError", "Outcome", "Suite", "SuiteRun", "Test", "parse_suite"]
