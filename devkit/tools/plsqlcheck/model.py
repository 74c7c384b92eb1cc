"""What a rule sees (a parsed file, the project) and what it gives back (findings)."""

from __future__ import annotations

import re
from collections import UserDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from devkit.oracle.errors import OraError
from devkit.oracle.plsql.lexer import significant, tokenize
from devkit.oracle.plsql.nodes import Block, Node, Unit
from devkit.oracle.plsql.parser import parse_block, parse_unit, unit_header
from devkit.oracle.plsql.tokens import Kind, PlsqlSyntaxError, Token
from devkit.oracle.sql.script import ItemKind, ScriptError, ScriptItem, split_script
from devkit.tools.plsqlcheck.config import Config

_DIRECTIVE = re.compile(r"--\s*plsqlcheck:\s*(.*)")
_ALLOW = re.compile(r"allow\s+([\w-]+)\s+because\s+\S")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    path: str
    line: int
    column: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.rule}: {self.text}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding stands, in lines of the file."""

    line: int
    column: int = 1


Report = Iterator[tuple[Place, str]]


@dataclass(slots=True)
class Parsed:
    """One PL/SQL item of a file with its tree."""

    item: ScriptItem
    tree: Unit | Block

    def place(self, node: Node | Token) -> Place:
        return Place(self.item.line + node.line - 1, node.column)

    def walk(self) -> Iterator[Node]:
        return self.tree.walk()


@dataclass(slots=True)
class SourceFile:
    """``path`` is relative to the project, with forward slashes."""

    path: str
    text: str
    config: Config
    items: list[ScriptItem] = field(default_factory=list)
    parsed: list[Parsed] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    broken: list[tuple[Place, str]] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name

    @property
    def is_migration(self) -> bool:
        return _is_below(self.path, self.config.migrations)

    @property
    def is_test(self) -> bool:
        return _is_below(self.path, self.config.tests)

    @property
    def is_script(self) -> bool:
        return any(fnmatchcase(self.path, pattern) for pattern in self.config.scripts)

    @property
    def is_object(self) -> bool:
        return not self.is_migration and not self.is_script

    @property
    def live(self) -> list[Token]:
        """The significant tokens of the whole file, END excluded."""
        return significant(self.tokens)[:-1] if self.tokens else []


class _AnyVariable(UserDict[str, str]):
    """Substitution variables of a script that is only read: each stands for its own name."""

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> str:
        return key.lower()


def _is_below(path: str, folders: Sequence[str]) -> bool:
    return any(path == f or path.startswith(f.rstrip("/") + "/") for f in folders)


def read(path: str, text: str, config: Config) -> SourceFile:
    """Parse everything in a file; what cannot be parsed is noted in ``broken``."""
    file = SourceFile(path, text, config)
    try:
        file.tokens = tokenize(text)
        if file.is_script:
            file.items = split_script(
                text, source=path, include=lambda name, _: (name, ""), variables=_AnyVariable()
            )
        else:
            file.items = split_script(text, source=path)
    except PlsqlSyntaxError as error:
        file.broken.append((Place(error.line, error.column), error.text))
        return file
    except ScriptError as error:
        file.broken.append((Place(error.line), error.text))
        return file
    for item in file.items:
        if item.kind is not ItemKind.PLSQL:
            continue
        try:
            is_block = unit_header(item.text).kind == "BLOCK"
            tree = parse_block(item.text) if is_block else parse_unit(item.text)
        except PlsqlSyntaxError as error:
            first_line = " ".join(error.text.split())
            file.broken.append((Place(item.line + error.line - 1, error.column), first_line))
        except OraError as error:
            file.broken.append((Place(item.line), error.text))
        else:
            file.parsed.append(Parsed(item, tree))
    return file


@dataclass(slots=True)
class Project:
    files: list[SourceFile]
    config: Config
    _layers: dict[str, tuple[int, str]] | None = None
    _words: dict[str, set[str]] | None = None
    # text of a routine -> names of the files in which it stands; filled by the rule that asks
    routines: dict[str, set[str]] = field(default_factory=dict)
    unfit: dict[str, dict[str, str]] | None = None  # kept by the rule key-type

    def layer_of(self, name: str) -> tuple[int, str] | None:
        """Rank and layer of the object ``name`` (lower case), known from its file's folder."""
        if self._layers is None:
            self._layers = {}
            for file in self.files:
                layer = self.config.layer(file.path)
                if layer is not None and file.is_object and not file.is_test:
                    self._layers[PurePosixPath(file.path).stem] = layer
        return self._layers.get(name)

    def words_of(self, name: str) -> set[str] | None:
        """Every word in the files of the object ``name`` (lower case); None when there is no such file."""
        if self._words is None:
            self._words = {}
            for file in self.files:
                words = self._words.setdefault(PurePosixPath(file.path).stem, set())
                words.update(token.text.lower() for token in file.live if token.kind is Kind.IDENT)
        return self._words.get(name)

    @property
    def has_tests(self) -> bool:
        """Whether test packages were read as well."""
        return any(file.is_test for file in self.files)


Check = Callable[[SourceFile, Project], Report]


@dataclass(frozen=True, slots=True)
class Rule:
    """``text`` is the sentence; ``bad`` and ``good`` are examples, each starting with a comment
    that names its file.
    """

    id: str
    house_rule: str
    text: str
    bad: str
    good: str
    check: Check


RULES: dict[str, Rule] = {}
_DOC = re.compile(r"(.*?)\n\s*Bad::\n(.*?)\n\s*Good::\n(.*)", re.DOTALL)


def rule(identifier: str, house_rule: str) -> Callable[[Check], Check]:
    """Register a check; its docstring gives the sentence and the examples."""

    def register(check: Check) -> Check:
        found = _DOC.match(check.__doc__ or "")
        if found is None:
            raise ValueError(f"{identifier}: the docstring needs a sentence, Bad:: and Good::")
        text, bad, good = (_dedent(part) for part in found.groups())
        RULES[identifier] = Rule(identifier, house_rule, " ".join(text.split()), bad, good, check)
        return check

    return register


def _dedent(text: str) -> str:
    lines = text.strip("\n").split("\n")
    filled = [line for line in lines if line.strip()]
    indent = min((len(line) - len(line.lstrip()) for line in filled), default=0)
    return "\n".join(line[indent:] for line in lines).strip("\n") + "\n"


def check_file(file: SourceFile, project: Project) -> list[Finding]:
    """All findings of one file, excused ones taken out; wrong or idle excuses are findings too."""
    found: list[Finding] = [
        Finding(file.path, place.line, place.column, "parse", text) for place, text in file.broken
    ]
    for each in RULES.values():
        if project.config.allows(each.id, file.path):
            continue
        found.extend(
            Finding(file.path, place.line, place.column, each.id, text)
            for place, text in each.check(file, project)
        )
    return sorted(_excuse(file, found))


def _excuse(file: SourceFile, findings: list[Finding]) -> list[Finding]:
    comments = [t for t in file.tokens if t.kind is Kind.COMMENT]
    excuses: dict[tuple[int, str], Token] = {}
    kept: list[Finding] = []
    for comment in comments:
        directive = _DIRECTIVE.match(comment.text)
        if directive is None:
            continue
        allow = _ALLOW.match(directive.group(1))
        if allow is None or (allow.group(1) not in RULES):
            kept.append(
                Finding(
                    file.path,
                    comment.line,
                    comment.column,
                    "directive",
                    "a directive reads: -- plsqlcheck: allow RULE because REASON",
                )
            )
        else:
            excuses[comment.line, allow.group(1)] = comment
    used: set[tuple[int, str]] = set()
    for finding in findings:
        keys = [(finding.line, finding.rule), (finding.line - 1, finding.rule)]
        excused = [key for key in keys if key in excuses]
        if excused:
            used.add(excused[0])
        else:
            kept.append(finding)
    for key, comment in excuses.items():
        if key not in used:
            kept.append(
                Finding(
                    file.path,
                    comment.line,
                    comment.column,
                    "directive",
                    f"nothing to excuse: {key[1]} finds nothing here",
                )
            )
    return kept


def collect(root: Path, paths: Sequence[str], config: Config) -> Project:
    """The files below ``paths``, relative to ``root``; only those with SQL or PL/SQL in them."""
    files: list[SourceFile] = []
    for name in paths:
        base = root / name
        if not base.exists():
            raise FileNotFoundError(name)
        found = sorted(p for p in base.rglob("*") if p.is_file()) if base.is_dir() else [base]
        for path in found:
            if path.suffix in SUFFIXES or path.suffix == ".sql":
                relative = path.resolve().relative_to(root.resolve()).as_posix()
                files.append(read(relative, path.read_text(encoding="utf-8"), config))
    return Project(files, config)


# suffix -> kind of object
SUFFIXES = {
    ".pks": "PACKAGE",
    ".pkb": "PACKAGE BODY",
    ".tps": "TYPE",
    ".tpb": "TYPE BODY",
    ".trg": "TRIGGER",
    ".vw": "VIEW",
    ".syn": "SYNONYM",
    ".prc": "PROCEDURE",
    ".fnc": "FUNCTION",
}
