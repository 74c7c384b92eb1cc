"""Suites and tests as the annotations in a package specification describe them.

Rules (utPLSQL documentation, "Annotations"): an annotation is a single-line comment ``--%name(text)``; a
block of annotations directly followed by a procedure belongs to that procedure; a blank line or another
comment ends the block, which then belongs to the package (or to the context it stands in).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

_ANNOTATION = re.compile(r"^\s*--\s*%(?P<name>[a-z_]+)(?:\s*\((?P<text>.*)\))?\s*$", re.IGNORECASE)
_PROCEDURE = re.compile(r"^\s*(?:procedure|function)\s+(?P<name>[a-z][\w$#]*)", re.IGNORECASE)
_PACKAGE = re.compile(
    r"^\s*create\s+(?:or\s+replace\s+)?package\s+(?:[\w$#]+\.)?(?P<name>[\w$#]+)", re.IGNORECASE
)

_SUITE_LEVEL = frozenset(
    {"suite", "suitepath", "rollback", "displayname", "context", "endcontext", "tags"}
)
_FIXTURES = frozenset({"beforeall", "afterall", "beforeeach", "aftereach"})
_TEST_LEVEL = frozenset(
    {"test", "throws", "beforetest", "aftertest", "disabled", "tags", "rollback", "displayname"}
)


class AnnotationError(Exception):
    """Raised when a specification holds an annotation that is unknown or out of place."""


@dataclass(frozen=True, slots=True)
class Test:
    """One test procedure. ``throws`` holds the texts between the commas: numbers or exception names."""

    __test__ = False  # not a pytest class

    procedure: str
    title: str
    context: str | None = None
    throws: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    disabled: str | None = None
    manual: bool = False  # --%rollback(manual), own or inherited


@dataclass(frozen=True, slots=True)
class Suite:
    """A test package with its fixtures, in order of declaration."""

    package: str
    title: str
    path: str | None = None
    manual: bool = False
    before_all: tuple[str, ...] = ()
    after_all: tuple[str, ...] = ()
    before_each: tuple[str, ...] = ()
    after_each: tuple[str, ...] = ()
    tests: tuple[Test, ...] = ()


@dataclass(slots=True)
class _State:
    package: str
    values: dict[str, str] = field(default_factory=dict)
    fixtures: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in _FIXTURES})
    tests: list[Test] = field(default_factory=list)
    context: str | None = None


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _package_block(state: _State, block: list[tuple[str, str]]) -> None:
    for name, text in block:
        if name not in _SUITE_LEVEL:
            raise AnnotationError(f"{state.package}: %{name} must stand directly above a procedure")
        if name == "context":
            state.context = text or "context"
        elif name == "endcontext":
            state.context = None
        else:
            state.values[name] = text


def _procedure_block(state: _State, procedure: str, block: list[tuple[str, str]]) -> None:
    names = {name for name, _ in block}
    unknown = names - _FIXTURES - _TEST_LEVEL - {"context", "endcontext"}
    if unknown:
        raise AnnotationError(f"{state.package}.{procedure}: unknown annotation %{min(unknown)}")
    for name, text in block:
        if name in ("context", "endcontext"):
            _package_block(state, [(name, text)])
        elif name in _FIXTURES:
            state.fixtures[name].append(procedure)
    values = dict(block)
    if "test" in names:
        state.tests.append(
            Test(
                procedure=procedure,
                title=values["test"] or procedure,
                context=state.context,
                throws=_names(values.get("throws", "")),
                before=_names(values.get("beforetest", "")),
                after=_names(values.get("aftertest", "")),
                disabled=values.get("disabled"),
                manual=values.get("rollback", "").lower() == "manual",
            )
        )


def parse_suite(source: str) -> Suite | None:
    """Read a package specification; None when it holds no ``--%suite``."""
    state: _State | None = None
    block: list[tuple[str, str]] = []
    for line in source.splitlines():
        if state is None:
            found = _PACKAGE.match(line)
            if found:
                state = _State(found["name"].lower())
            continue
        annotation = _ANNOTATION.match(line)
        procedure = _PROCEDURE.match(line)
        if annotation:
            block.append((annotation["name"].lower(), (annotation["text"] or "").strip()))
        elif procedure and block:
            _procedure_block(state, procedure["name"].lower(), block)
            block = []
        elif block:
            _package_block(state, block)
            block = []
    if state is None or "suite" not in state.values:
        return None
    manual = state.values.get("rollback", "").lower() == "manual"
    return Suite(
        package=state.package,
        title=state.values["suite"] or state.package,
        path=state.values.get("suitepath"),
        manual=manual,
        before_all=tuple(state.fixtures["beforeall"]),
        after_all=tuple(state.fixtures["afterall"]),
        before_each=tuple(state.fixtures["beforeeach"]),
        after_each=tuple(state.fixtures["aftereach"]),
        tests=tuple(replace(test, manual=test.manual or manual) for test in state.tests),
    )
