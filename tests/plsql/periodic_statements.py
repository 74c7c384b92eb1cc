"""Which SQL runs again and again: found by walking the PL/SQL from the jobs and from what the daemon's loops call."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devkit.oracle.plsql.lexer import significant, tokenize
from devkit.oracle.plsql.nodes import PackageBody, SqlStatement, SubprogramDefinition
from devkit.oracle.plsql.tokens import Kind
from devkit.tools.plsqlcheck.config import load
from devkit.tools.plsqlcheck.model import collect

ROOT = Path(__file__).resolve().parents[2]
# What runs without a person asking for it: the loops of the daemon, and what the monitoring scrapes.
LOOPS = (
    "bridge/core",
    "bridge/cli/compose.py",
    "bridge/cli/run.py",
    "bridge/web/app.py",
    "bridge/web/figures.py",
    "bridge/web/health.py",
    "bridge/web/overview.py",
    "bridge/web/webhooks.py",
)
ADAPTERS = ("outbox", "inbox", "runs", "overview", "backoffice")


@dataclass(frozen=True, slots=True)
class Found:
    """One static statement: the routine it stands in, and its text on one line, lower case."""

    routine: str
    kind: str
    text: str

    @property
    def tables(self) -> set[str]:
        """The tables and views that it names after from, join, update and into."""
        return set(re.findall(r"\b(?:from|join|update|into)\s+((?:erp\.)?\w+)", self.text)) - {
            "table"
        }


@dataclass(frozen=True, slots=True)
class _Routine:
    statements: tuple[Found, ...]
    calls: frozenset[str]


def _words(text: str) -> str:
    """The text without comments and with single blanks, in lower case."""
    live = significant(tokenize(text))
    return re.sub(r"\s*\.\s*", ".", " ".join(t.text for t in live if t.text)).lower()


def routines() -> dict[str, _Routine]:
    """Every routine of every package body: its statements, and the routines that it names."""
    project = collect(ROOT, ["plsql"], load(ROOT / "pyproject.toml"))
    bodies = {
        parsed.tree.name.parts[-1].folded.lower(): (file, parsed)
        for file in project.files
        for parsed in file.parsed
        if isinstance(parsed.tree, PackageBody)
    }
    found: dict[str, _Routine] = {}
    for package, (_, parsed) in bodies.items():
        tree = parsed.tree
        assert isinstance(tree, PackageBody)
        units = [n for n in parsed.walk() if isinstance(n, SubprogramDefinition)]
        own = {unit.spec.name.folded.lower() for unit in units}
        for unit in units:
            name = f"{package}.{unit.spec.name.folded.lower()}"
            tokens = [
                t
                for t in tree.all_tokens[unit.span.first : unit.span.last + 1]
                if t.kind not in (Kind.SPACE, Kind.COMMENT)
            ]
            statements = tuple(
                Found(name, node.kind, _words(node.text))
                for node in unit.walk()
                if isinstance(node, SqlStatement) and node.kind != "EXPRESSION"
            )
            found[name] = _Routine(statements, frozenset(_calls(tokens, package, own, set(bodies))))
    return found


def _calls(tokens: list, package: str, own: set[str], packages: set[str]) -> Iterator[str]:
    texts = [t.text.lower() for t in tokens]
    for at, text in enumerate(texts):
        follows = texts[at + 1] if at + 1 < len(texts) else ""
        before = texts[at - 1] if at else ""
        if text in packages and follows == ".":
            yield f"{text}.{texts[at + 2]}"
        elif text in own and before != "." and before not in ("procedure", "function", "end"):
            yield f"{package}.{text}"


def entry_points() -> set[str]:
    """The routines with which periodic work begins."""
    jobs = (ROOT / "plsql/api/crm_jobs.pkb").read_text(encoding="utf-8")
    found = {f"crm_jobs.{name}" for name in re.findall(r"'begin crm_jobs\.(\w+); end;'", jobs)}
    calls = {
        name: match[1]
        for name, text in _queries().items()
        if (match := re.search(r"crm_bridge_api\.(\w+)\(", text))
    }
    return found | {f"crm_bridge_api.{calls[name]}" for name in loop_statements() if name in calls}


def _queries() -> dict[str, str]:
    """Statements of queries.sql by name."""
    text = (ROOT / "bridge/oracle/queries.sql").read_text(encoding="utf-8").replace("{owner}.", "")
    return dict(re.findall(r"-- name: (\w+)\n(.*?)(?=\n-- name: |\Z)", text, re.S))


def loop_statements() -> set[str]:
    """Names in queries.sql that the loops reach through their ports; those of the queues always."""
    known = set(_queries())
    by_method: dict[str, set[str]] = {}
    for module in ADAPTERS:
        tree = ast.parse((ROOT / f"bridge/oracle/{module}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
                by_method.setdefault(node.name, set()).update(_texts(node) & known)
    used: set[str] = set()
    for place in LOOPS:
        path = ROOT / place
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            tree = ast.parse(file.read_text(encoding="utf-8"))
            used |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    queues = _texts(ast.parse((ROOT / "bridge/oracle/aq.py").read_text(encoding="utf-8"))) & known
    return queues | {name for method in used for name in by_method.get(method, ())}


def _texts(tree: ast.AST) -> set[str]:
    return {
        n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    }


def views() -> dict[str, str]:
    """The text of every view, as one line in lower case."""
    found = {}
    for path in (ROOT / "plsql").rglob("*.vw"):
        text = path.read_text(encoding="utf-8")
        found[path.stem] = _words(text[text.index("select") : text.index("\n/")])
    return found


def periodic() -> list[Found]:
    """Every statement that periodic work can reach, and every view that these read."""
    known, texts = routines(), views()
    reached: set[str] = set()
    waiting = entry_points()
    while waiting:
        name = waiting.pop()
        if name in reached or name not in known:
            continue
        reached.add(name)
        waiting |= known[name].calls
    found = [statement for name in sorted(reached) for statement in known[name].statements]
    queries = [
        Found(n, "SELECT", _words(q)) for n, q in _queries().items() if n in loop_statements()
    ]
    shown: set[str] = set()
    looking = {name for f in [*found, *queries] for name in f.tables if name in texts}
    while looking:
        name = looking.pop()
        shown.add(name)
        looking |= (Found(name, "SELECT", texts[name]).tables & set(texts)) - shown
    # each branch of a union has its own names
    return (
        found
        + queries
        + [
            Found(name, "SELECT", branch)
            for name in sorted(shown)
            for branch in re.split(r" union(?: all)? ", texts[name])
        ]
    )


# --------------------------------------------------------------------------- how a table is reached

# Rows of these are settings, or a handful: reading all of them costs nothing.
SMALL = frozenset(
    """
    crm_contact_policies crm_field_policies crm_settings crm_stage_moves crm_stages crm_workers
    crm_capture_holds crm_diff_runs crm_sync_runs dual sys.dual user_queues user_triggers json_table
    erp.cities erp.contact_job_titles erp.industries erp.sales_reps
    """.split()  # noqa: SIM905
)
# Views that are read by key: Oracle pushes the comparison into them, down to the table of this alias.
KEYED = {
    "crm_budget_lines_v": "b",
    "crm_client_rows_v": "",
    "crm_conflicts_v": "c",
    "crm_contact_changes_v": "r",
    "crm_contact_rows_v": "",
    "crm_order_lines_v": "o",
    "crm_record_activity_v": "r",
    "crm_record_changes_v": "r",
    "crm_record_steps_v": "r",
    "crm_record_values_v": "",
    "view_leads_budgeted": "r",
    "view_leads_sold": "r",
    "vw_crm_clients": "b",
    "vw_crm_clients_contacts": "k",
}
_VIEW_KEYS = ("record_key", "client_code", "contact_id", "crm_id")
_ALIAS = re.compile(
    r"\b(from|join|update|delete from|merge into|insert into)\s+((?:erp\.|sys\.)?[\w$]+)\s+(?!set\b|where\b)(\w+)"
)


@dataclass(frozen=True, slots=True)
class Access:
    """One table of a statement and how its rows are found.

    ``way`` is ``key`` (all columns of a unique index are compared for equality), the name of an
    index whose first column is compared with what is known already, or ``all``.
    """

    routine: str
    table: str
    way: str


def indexes() -> dict[str, list[tuple[str, bool, tuple[str, ...]]]]:
    """Per table (the ERP's with ``erp.``): name of the index, whether it is unique, its columns."""
    found: dict[str, list[tuple[str, bool, tuple[str, ...]]]] = {}
    expected = (ROOT / "tests/migration/schema.expected.txt").read_text(encoding="utf-8")
    pattern = r"^(\w+)\.(\w+): (unique|nonunique) \((.*)\)$"
    for table, name, kind, columns in re.findall(pattern, expected, re.M):
        entry = (name.lower(), kind == "unique", tuple(columns.lower().split(", ")))
        found.setdefault(table.lower(), []).append(entry)
    erp = (ROOT / "devkit/erp/schema.sql").read_text(encoding="utf-8").lower()
    for table, body in re.findall(r"create table (\w+) \((.*?)\n\)", erp, re.S):
        for name, columns in re.findall(r"constraint (\w+) (?:primary key|unique) \((.*?)\)", body):
            entry = (name, True, tuple(c.strip() for c in columns.split(",")))
            found.setdefault(f"erp.{table}", []).append(entry)
    for name, table, columns in re.findall(r"create index (\w+)\s+on (\w+) \((.*?)\)", erp):
        entry = (name, False, tuple(c.strip() for c in columns.split(",")))
        found.setdefault(f"erp.{table}", []).append(entry)
    return found


def _depths(text: str) -> list[int]:
    """How many selects each character stands in, beside the outermost."""
    depths, stack = [], [0]
    for at, character in enumerate(text):
        if character == "(":
            stack.append(stack[-1] + text.startswith("( select", at))
        depths.append(stack[-1])
        if character == ")" and len(stack) > 1:
            stack.pop()
    return depths


def _predicates(text: str) -> Iterator[tuple[str, str, str, str, int]]:
    """Alias, column, operator, other side and place of each comparison that an OR does not weaken."""
    # ( a.x , a.y ) in ( select b.x , b.y from … ) and the same with =
    pairs = r"\( (\w+)\.(\w+) , (\w+)\.(\w+) \) in \( select (\S+) , (\S+) from"
    for match in re.finditer(pairs, text):
        yield match[1], match[2], "=", f"{match[5]} ", match.start()
        yield match[3], match[4], "=", f"{match[6]} ", match.start()
    for match in re.finditer(r"\b(\w+)\.(\w+) (=|<=|>=|<|>|in|between) ", text):
        rest = text[match.end() :]
        depth, end, stop = 0, len(rest), ""
        for token in re.finditer(r"\w+|[()]", rest):
            word = token[0]
            if word == ")" and depth == 0:
                end, stop = token.start(), word
                break
            depth += (word == "(") - (word == ")")
            if (
                depth == 0
                and word
                in (
                    "and",
                    "or",
                    "group",
                    "order",
                    "for",
                    "where",
                    "union",
                    "when",
                    "then",
                    "left",
                    "join",
                    "having",
                    "returning",
                    "fetch",
                )
                and not (
                    match[3] == "between" and word == "and" and " and " not in rest[: token.start()]
                )
            ):
                end, stop = token.start(), word
                break
        before = text[: match.start()].rstrip().rsplit(" ", 1)[-1]
        if before == "or" or stop == "or" or before in ("set", ","):
            continue
        other = rest[:end]
        yield match[1], match[2], match[3], other, match.start()
        if match[3] == "=" and (mirror := re.fullmatch(r"(\w+)\.(\w+) ", other)):
            yield mirror[1], mirror[2], "=", f"{match[1]}.{match[2]} ", match.start()


def accesses(found: Found) -> list[Access]:
    """How each growing table of a statement is reached."""
    text = found.text
    depths = _depths(text)
    names: dict[str, str] = {}
    home: dict[str, int] = {}
    for match in _ALIAS.finditer(text):
        names[match[3]] = match[2]
        home[match[3]] = depths[match.start()]
    known = indexes()
    known |= {view: [("key", True, (column,)) for column in _VIEW_KEYS] for view in KEYED}
    growing = {a: t for a, t in names.items() if t in known and t not in SMALL}
    inserted = {a for word, _, a in _ALIAS.findall(text) if word == "insert into"}
    # what stands in a sub-select does not narrow the select around it
    predicates = [
        (alias, column, operator, other)
        for alias, column, operator, other, at in _predicates(text)
        if alias in growing and depths[at] <= home[alias]
    ]
    given = KEYED.get(found.routine)
    open_ = {
        alias
        for alias, table in growing.items()
        if alias not in inserted and alias != given and not (given is not None and table in KEYED)
    }
    ways: dict[str, str] = {}
    while True:
        progress = False
        for alias in sorted(open_):
            usable = [
                (column, operator)
                for a, column, operator, other in predicates
                if a == alias and not (set(re.findall(r"\b(\w+)\.\w", other)) & open_)
            ]
            equal = {column for column, operator in usable if operator in ("=", "in")}
            some = {column for column, _ in usable}
            way = next(
                (
                    "key"
                    for _, unique, columns in known[growing[alias]]
                    if unique and set(columns) <= equal
                ),
                None,
            ) or next((n for n, _, columns in _best(known[growing[alias]], equal, some)), None)
            if way:
                ways[alias] = way
                open_.discard(alias)
                progress = True
        if not progress:
            break
    result = [Access(found.routine, growing[a], way) for a, way in ways.items()]
    return result + [Access(found.routine, growing[a], "all") for a in sorted(open_)]


def _best(
    candidates: list[tuple[str, bool, tuple[str, ...]]], equal: set[str], some: set[str]
) -> list[tuple[str, bool, tuple[str, ...]]]:
    """Indexes whose first column is compared: most compared columns first, then the shortest."""
    usable = [c for c in candidates if c[2][0] in some]

    def depth(candidate: tuple[str, bool, tuple[str, ...]]) -> int:
        columns = candidate[2]
        count = 0
        for column in columns:
            if column in equal:
                count += 1
                continue
            return 2 * count + (column in some)
        return 2 * count

    return sorted(usable, key=lambda c: (-depth(c), len(c[2])))
