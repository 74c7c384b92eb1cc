"""Rules about row locks: nobody waits for a row that a person may hold, and what was true before a lock is
asked again under it.

With SKIP LOCKED Oracle's manuals do not say whether a row that changed between the query and its lock is
checked again (SQL Language Reference, SELECT, "for_update_clause"); so statements here do it themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import accumulate

from devkit.oracle.plsql.nodes import PackageBody, SubprogramDefinition, TriggerUnit
from devkit.oracle.plsql.tokens import Kind, Token
from devkit.tools.plsqlcheck.model import Parsed, Project, Report, SourceFile, rule

Tokens = Sequence[Token]

_CLAUSES = frozenset(
    ["CONNECT", "FETCH", "FOR", "GROUP", "HAVING", "LOG", "ORDER", "RETURNING", "START", "UNION"]
)
_NO_ALIAS = frozenset(
    [
        *_CLAUSES,
        *(
            "CROSS",
            "FULL",
            "INNER",
            "JOIN",
            "LEFT",
            "ON",
            "RIGHT",
            "SELECT",
            "SET",
            "USING",
            "WHERE",
        ),
    ]
)
_JOINS = frozenset(["CROSS", "FULL", "INNER", "JOIN", "LEFT", "RIGHT"])
_VARIABLES = ("IN_", "IO_", "OUT_", "L_", "R_", "T_", "G_")


@dataclass(frozen=True, slots=True)
class _Locking:
    """A query with FOR UPDATE: its place among the tokens, its tables by alias, what it locks."""

    at: int
    tables: dict[str, str]
    columns: list[tuple[str, str]]
    how: str
    terms: list[list[str]]

    @property
    def locked(self) -> set[str]:
        """Aliases of the tables whose rows are locked."""
        return {alias for alias, _ in self.columns} or set(self.tables)


def _word(tokens: Tokens, at: int) -> str:
    return tokens[at].text.upper() if 0 <= at < len(tokens) else ""


def _routines(file: SourceFile) -> Iterator[tuple[Parsed, list[Token]]]:
    """The outermost routines of a file, each with its tokens; a unit that is no package is one routine."""
    for parsed in file.parsed:
        tree = parsed.tree
        if isinstance(tree, TriggerUnit) or not hasattr(tree, "all_tokens"):
            continue
        live = [t for t in tree.all_tokens if not t.is_trivia and t.kind is not Kind.END]
        if not isinstance(tree, PackageBody):
            yield parsed, live
            continue
        last = -1
        for node in parsed.walk():
            if isinstance(node, SubprogramDefinition) and node.span.first > last:
                last = node.span.last
                yield parsed, [t for t in live if node.span.first <= t.seq <= last]


def _statements(tokens: Tokens) -> Iterator[tuple[int, Tokens]]:
    """What stands between semicolons, each with its place among the tokens."""
    start = 0
    for at, token in enumerate(tokens):
        if token.text == ";":
            yield start, tokens[start:at]
            start = at + 1


def _depths(tokens: Tokens) -> list[int]:
    """In how many parentheses each token stands."""
    return list(accumulate({"(": 1, ")": -1}.get(token.text, 0) for token in tokens))


def _terms(tokens: Tokens, level: int | None = None) -> Iterator[list[str]]:
    """Every condition after WHERE and ON, parted at AND, in words; those of subqueries as well, unless a
    ``level`` of parentheses is given.
    """
    depths = _depths(tokens)
    for start in range(len(tokens)):
        if _word(tokens, start) not in ("WHERE", "ON") or level not in (None, depths[start]):
            continue
        term: list[str] = []
        depth, between = 0, False
        for at in range(start + 1, len(tokens)):
            word = tokens[at].text if tokens[at].kind is Kind.STRING else _word(tokens, at)
            depth += {"(": 1, ")": -1}.get(word, 0)
            if depth < 0 or (depth == 0 and word in (*_CLAUSES, *_JOINS, "WHERE")):
                break
            between = between or (depth == 0 and word == "BETWEEN")
            if depth == 0 and word == "AND" and not between:
                yield term
                term = []
            else:
                between = between and word != "AND"
                term.append(word)
        yield term


def _name(tokens: Tokens, at: int) -> tuple[str, int]:
    """The dotted name at ``at`` in lower case, and the place after it."""
    name = _word(tokens, at).lower()
    at += 1
    while _word(tokens, at) == ".":
        name += "." + _word(tokens, at + 1).lower()
        at += 2
    return name, at


def _tables(tokens: Tokens, level: int | None = None) -> dict[str, str]:
    """Tables of FROM, JOIN, UPDATE, INTO by their aliases (upper case), of one level when it is given."""
    found: dict[str, str] = {}
    depths = _depths(tokens)
    for at in range(len(tokens)):
        if level not in (None, depths[at]):
            continue
        if _word(tokens, at) not in ("DELETE", "FROM", "INTO", "JOIN", "UPDATE"):
            continue
        if at + 1 >= len(tokens) or tokens[at + 1].kind not in (Kind.IDENT, Kind.QUOTED):
            continue
        name, after = _name(tokens, at + 1)
        is_alias = after < len(tokens) and tokens[after].kind is Kind.IDENT
        alias = _word(tokens, after) if is_alias else ""
        found[alias if alias and alias not in _NO_ALIAS else name.upper()] = name
    return found


def _lockings(tokens: Tokens) -> Iterator[_Locking]:
    for at in range(len(tokens) - 1):
        if (_word(tokens, at), _word(tokens, at + 1)) != ("FOR", "UPDATE"):
            continue
        after = at + 2
        columns: list[tuple[str, str]] = []
        if _word(tokens, after) == "OF":
            while _word(tokens, after) in ("OF", ","):
                name, after = _name(tokens, after + 1)
                alias, _, column = name.upper().rpartition(".")
                columns.append((alias, column))
        start = at
        while start > 0 and tokens[start - 1].text != ";":
            start -= 1
        query = tokens[start:at]
        level = _depths(query)[-1]
        terms = list(_terms(query, level))
        yield _Locking(at, _tables(query, level), columns, _word(tokens, after), terms)


def _plain(term: Sequence[str]) -> list[str]:
    """A condition without the aliases of its columns; constants keep their package."""
    kept: list[str] = []
    for at, word in enumerate(term):
        dotted = at + 1 < len(term) and term[at + 1] == "."
        if dotted and not term[at + 2].startswith("CO_"):
            continue
        if word == "." and not term[at + 1].startswith("CO_"):
            continue
        kept.append(word)
    return kept


def _owners(term: Sequence[str]) -> set[str]:
    """What stands before the dots of a condition, packages of constants excepted."""
    return {
        term[at - 1]
        for at, word in enumerate(term)
        if word == "." and at and not term[at + 1].startswith("CO_")
    }


def _is_search(term: Sequence[str]) -> bool:
    """``x.column = in_value``: which rows are wanted, not what state they are in."""
    return len(term) >= 5 and term[3] == "=" and term[4].startswith(_VARIABLES)


def _unrepeated(locking: _Locking, later: Sequence[Tokens]) -> Iterator[str]:
    repeated: list[list[str]] = []
    for statement in later:
        words = [token.text.upper() for token in statement]
        tables = set(_tables(statement).values())
        if "SKIP" not in words and tables & {locking.tables.get(a) for a in locking.locked}:
            repeated.extend(_plain(term) for term in _terms(statement))
    for term in locking.terms:
        owners = _owners(term)
        if not owners or "SELECT" in term or not owners <= set(locking.tables):
            continue
        if owners <= locking.locked:
            if not _is_search(term) and _plain(term) not in repeated:
                yield " ".join(term).replace(" . ", ".").lower()
            continue
        for alias, column in locking.columns:
            if any(
                term[at : at + 3] == [alias, ".", column] for at in range(len(term))
            ) and not any(column in other for other in repeated):
                yield " ".join(term).replace(" . ", ".").lower()


@rule("skip-locked-recheck", "locks")
def skip_locked_recheck(file: SourceFile, project: Project) -> Report:
    """What a query with SKIP LOCKED asks of the rows that it locks is asked again under the lock, by a later
    statement of the same routine: a row may have changed between the query and its lock.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           procedure take is
              cursor c_due is
                 select e.event_id
                   from crm_events e
                  where e.status = 'READY'
                    and (e.due_on is null or e.due_on <= systimestamp)
                    for update skip locked;
              t_ids ids_ct;
           begin
              open c_due;
              fetch c_due bulk collect into t_ids;
              close c_due;
              forall i in 1 .. t_ids.count
                 update crm_events e
                    set e.status = 'TAKEN'
                  where e.event_id = t_ids(i)
                    and e.status = 'READY';
           end take;
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           procedure take is
              cursor c_due is
                 select e.event_id
                   from crm_events e
                  where e.status = 'READY'
                    and (e.due_on is null or e.due_on <= systimestamp)
                    for update skip locked;
              t_ids ids_ct;
           begin
              open c_due;
              fetch c_due bulk collect into t_ids;
              close c_due;
              forall i in 1 .. t_ids.count
                 update crm_events n
                    set n.status = 'TAKEN'
                  where n.event_id = t_ids(i)
                    and n.status = 'READY'
                    and (n.due_on is null or n.due_on <= systimestamp);
           end take;
        end p;
        /
    """
    if file.is_test:
        return
    for parsed, tokens in _routines(file):
        statements = list(_statements(tokens))
        for locking in _lockings(tokens):
            if locking.how == "SKIP":
                later = [part for start, part in statements if start > locking.at]
                for term in _unrepeated(locking, later):
                    yield (
                        parsed.place(tokens[locking.at]),
                        f"not asked again under the lock: {term}",
                    )


@rule("waiting-lock", "locks")
def waiting_lock(file: SourceFile, project: Project) -> Report:
    """Nobody waits for a row: FOR UPDATE says NOWAIT, WAIT or SKIP LOCKED, and a row of a table that others
    write is locked so, by an earlier statement of the same routine, before it is changed.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           procedure run is
           begin
              update erp.branches b set b.phone = null where b.code = 1;
           end run;
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
           procedure run is
              cursor c_branch is
                 select b.code from erp.branches b where b.code = 1 for update of b.phone nowait;
              l_code number;
           begin
              open c_branch;
              fetch c_branch into l_code;
              close c_branch;
              update erp.branches b set b.phone = null where b.code = 1;
           end run;
        end p;
        /
    """
    if file.is_test or file.is_script or file.is_migration:
        return
    for parsed, tokens in _routines(file):
        lockings = list(_lockings(tokens))
        for locking in lockings:
            if locking.how not in ("NOWAIT", "SKIP", "WAIT"):
                yield (
                    parsed.place(tokens[locking.at]),
                    "for update waits: nowait, wait or skip locked",
                )
        for at, table in _changes(tokens):
            if not any(fnmatchcase(table, pattern) for pattern in project.config.shared_tables):
                continue
            if not any(table in lock.tables.values() for lock in lockings if lock.at < at):
                yield (
                    parsed.place(tokens[at]),
                    f"{table} is changed without a lock that does not wait",
                )


def _changes(tokens: Tokens) -> Iterator[tuple[int, str]]:
    """UPDATE, DELETE and MERGE statements: their places and tables."""
    for at in range(len(tokens) - 1):
        word, following, before = _word(tokens, at), _word(tokens, at + 1), _word(tokens, at - 1)
        if word == "MERGE" and following == "INTO":
            yield at, _name(tokens, at + 2)[0]
        elif word == "DELETE" and before != ".":
            yield at, _name(tokens, at + 1 + (following == "FROM"))[0]
        elif word == "UPDATE" and following != "SET" and before != "FOR":
            if before == "THEN" or following != "OF":
                yield at, _name(tokens, at + 1)[0]
