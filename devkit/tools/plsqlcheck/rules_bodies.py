"""Rules about statements and expressions: calls, dynamic SQL, transactions, errors."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from devkit.oracle.plsql.nodes import (
    Apply,
    BinaryOp,
    CallStatement,
    Case,
    CaseStatement,
    Commit,
    Dotted,
    ExecuteImmediate,
    Expr,
    Handler,
    If,
    InList,
    Name,
    Node,
    NumberLiteral,
    OpenFor,
    Raise,
    Rollback,
    Savepoint,
    Statement,
    StringLiteral,
    UnaryOp,
)
from devkit.oracle.plsql.tokens import Kind
from devkit.tools.plsqlcheck.model import Place, Project, Report, SourceFile, rule
from devkit.tools.plsqlcheck.rules_units import pragmas

# Functions and procedures of STANDARD (and SQL) take their arguments by position.
_BUILT_IN = frozenset(
    """
    ABS ADD_MONTHS ASCII ATAN2 BITAND CHR COALESCE CONCAT CONVERT CORR COSH COUNT CURRENT_DATE
    CURRENT_TIMESTAMP DECODE DUMP EMPTY_CLOB EXP FLOOR FROM_TZ GREATEST HEXTORAW INITCAP INSTR
    INSTRB INSTRC LAST_DAY LEAST LENGTH LN LOCALTIMESTAMP LOG LOWER LPAD LTRIM MAX MIN MOD
    MONTHS_BETWEEN NANVL NEW_TIME NEXT_DAY NLSSORT NLS_INITCAP NLS_LOWER NLS_UPPER NULLIF
    NUMTODSINTERVAL NUMTOYMINTERVAL NVL NVL2 ORA_HASH POWER RAISE_APPLICATION_ERROR RAWTOHEX
    REGEXP_COUNT REGEXP_INSTR REGEXP_LIKE REGEXP_REPLACE REGEXP_SUBSTR REMAINDER REPLACE ROUND RPAD
    RTRIM SIGN SOUNDEX SQLERRM SQRT STANDARD_HASH SUBSTR SUBSTRB SUBSTRC SUM SYS_CONTEXT SYS_GUID
    TO_BINARY_DOUBLE TO_BINARY_FLOAT TO_CHAR TO_CLOB TO_DATE TO_DSINTERVAL TO_MULTI_BYTE TO_NCHAR
    TO_NUMBER TO_TIMESTAMP TO_TIMESTAMP_TZ TO_YMINTERVAL TRANSLATE TRIM TRUNC UNISTR UPPER VSIZE
    XMLTYPE
    """.split()  # noqa: SIM905
)
# Methods of collections have no parameter names.
_COLLECTION_METHODS = frozenset(["DELETE", "EXTEND"])


@rule("named-notation", "P10")
def named_notation(file: SourceFile, project: Project) -> Report:
    """From two arguments on, a call names its parameters.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
        begin
           crm_log.error('here', 'broken');
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
        begin
           crm_log.error(
              in_scope   => 'here',
              in_message => replace('brocen', 'c', 'k')
           );
        end p;
        /
    """
    positional = [name.upper() for name in project.config.positional]
    for parsed in file.parsed:
        for node in parsed.walk():
            if not isinstance(node, Apply) or len(node.args) < 2:
                continue
            name = _called(node.target)
            if name is None or name in _BUILT_IN:
                continue
            if any(fnmatchcase(name, pattern) for pattern in positional):
                continue
            if name.rsplit(".", 1)[-1] in _COLLECTION_METHODS:
                continue
            if any(argument.name is None for argument in node.args):
                yield parsed.place(node), f"{name.lower()} has {len(node.args)} arguments"


def _called(target: Expr) -> str | None:
    if isinstance(target, Name):
        return target.text.removeprefix("SYS.").removeprefix("STANDARD.")
    if isinstance(target, Dotted):
        return f".{target.member.folded}"
    return None


@rule("sys-prefix", "P10")
def sys_prefix(file: SourceFile, project: Project) -> Report:
    """Supplied packages are called with their owner: no object of ours can stand in their way.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
        begin
           dbms_output.put_line('x');
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
        begin
           sys.dbms_output.put_line('x');
        end p;
        /
    """
    live = file.live
    for at, token in enumerate(live):
        if token.kind is Kind.IDENT and token.value.startswith(("DBMS_", "UTL_")):
            following = live[at + 1].value if at + 1 < len(live) else ""
            if following == "." and not (at > 1 and live[at - 1].value == "."):
                yield Place(token.line, token.column), f"sys.{token.text}"


@rule("dynamic-sql", "P11")
def dynamic_sql(file: SourceFile, project: Project) -> Report:
    """SQL is static, except where names are only known at run time.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
        begin
           execute immediate 'truncate table t';
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
        begin
           delete from t;
        end p;
        /
    """
    for parsed in file.parsed:
        for node in parsed.walk():
            if isinstance(node, ExecuteImmediate):
                yield parsed.place(node), "execute immediate"
            elif isinstance(node, OpenFor) and node.sql is not None:
                yield parsed.place(node), "open for a string"
            elif isinstance(node, Name) and "DBMS_SQL" in node.folded[:2]:
                yield parsed.place(node), "dbms_sql"


@rule("transaction", "P12")
def transaction(file: SourceFile, project: Project) -> Report:
    """The caller owns the transaction: no commit, no rollback, no autonomous transaction.

    Undoing one's own work back to a savepoint of one's own ends nothing of the caller's.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
        begin
           commit;
           rollback to savepoint callers_own;
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
        begin
           savepoint p_row;
           rollback to savepoint p_row;
        end p;
        /
    """
    for parsed in file.parsed:
        nodes = tuple(parsed.walk())
        own = {node.name.folded for node in nodes if isinstance(node, Savepoint)}
        own &= {node.to.folded for node in nodes if isinstance(node, Rollback) and node.to}
        for node in nodes:
            if (isinstance(node, Savepoint) and node.name.folded in own) or (
                isinstance(node, Rollback) and node.to is not None and node.to.folded in own
            ):
                continue
            if isinstance(node, Commit | Rollback | Savepoint):
                yield parsed.place(node), f"{type(node).__name__.lower()} belongs to the caller"
        for pragma in pragmas(parsed, "AUTONOMOUS_TRANSACTION"):
            yield parsed.place(pragma), "an autonomous transaction"


@rule("raise-application-error", "P13")
def raise_application_error(file: SourceFile, project: Project) -> Report:
    """Errors are raised through the error package: each number has one name and one sentence.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
        begin
           raise_application_error(-20001, 'no');
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
        begin
           crm_err.raise_error(in_code => crm_err.co_no, in_text => 'no');
        end p;
        /
    """
    for parsed in file.parsed:
        for node in parsed.walk():
            if isinstance(node, Name) and node.folded[-1] == "RAISE_APPLICATION_ERROR":
                yield parsed.place(node), "raise_application_error outside the error package"


@rule("when-others", "P14")
def when_others(file: SourceFile, project: Project) -> Report:
    """A handler for everything does its work and raises again.

    Or it begins by raising again whatever is not about the values of the row that it sets aside.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
        begin
           run;
        exception
           when others then
              null;
        end p;
        /
        -- file: plsql/core/q.pkb
        create or replace package body q is
        begin
           run;
        exception
           when others then
              if crm_err.is_about_value(in_code => sqlcode) then
                 raise;
              end if;
              set_aside;
        end q;
        /

    Good::

        -- file: plsql/core/q.pkb
        create or replace package body q is
        begin
           run;
        exception
           when others then
              if not crm_err.is_about_value(in_code => sqlcode) then
                 raise;
              end if;
              set_aside;
        end q;
        /

        -- file: plsql/core/p.pkb
        create or replace package body p is
        begin
           run;
        exception
           when others then
              crm_log.error(in_scope => 'p', in_message => 'run failed');
              raise;
        end p;
        /
    """
    raisers = {name.upper() for name in project.config.raisers}
    for parsed in file.parsed:
        for node in parsed.walk():
            if (
                isinstance(node, Handler)
                and node.others
                and not _raises(node.statements, raisers)
                and not _lets_values_pass(node.statements[0], raisers)
            ):
                yield parsed.place(node), "when others does not end in raise"


def _lets_values_pass(first: Statement, raisers: set[str]) -> bool:
    """Whether a handler begins with ``if not crm_err.is_about_value(…) then raise; end if;``."""
    if not isinstance(first, If) or first.otherwise is not None or len(first.branches) != 1:
        return False
    (branch,) = first.branches
    condition = branch.condition
    if not isinstance(condition, UnaryOp) or condition.op != "NOT":
        return False
    call = condition.operand
    return (
        isinstance(call, Apply)
        and isinstance(call.target, Name)
        and call.target.text == "CRM_ERR.IS_ABOUT_VALUE"
        and _raises(branch.statements, raisers)
    )


def _raises(statements: tuple[Statement, ...], raisers: set[str]) -> bool:
    last = statements[-1]
    if isinstance(last, Raise):
        return True
    if isinstance(last, CallStatement):
        call = last.call.target if isinstance(last.call, Apply) else last.call
        return isinstance(call, Name) and call.text in {*raisers, "RAISE_APPLICATION_ERROR"}
    if isinstance(last, If):
        return last.otherwise is not None and all(
            _raises(part, raisers)
            for part in (*(b.statements for b in last.branches), last.otherwise)
        )
    return False


@rule("sqlcode-literal", "P15")
def sqlcode_literal(file: SourceFile, project: Project) -> Report:
    """An error is told by the name of its exception, never by comparing sqlcode with a number.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
        begin
           run;
        exception
           when others then
              if sqlcode = -54 then
                 stop;
              end if;
              raise;
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
        begin
           run;
        exception
           when crm_err.e_locked then
              stop;
        end p;
        /
    """
    for parsed in file.parsed:
        for node in parsed.walk():
            if any(_is_sqlcode(a) and any(map(_is_number, b)) for a, b in _compared(node)):
                yield parsed.place(node), "sqlcode compared with a number: name the exception"


def _compared(node: Node) -> Iterator[tuple[Expr, tuple[Expr, ...]]]:
    if isinstance(node, BinaryOp) and node.op in ("=", "<>"):
        yield node.left, (node.right,)
        yield node.right, (node.left,)
    elif isinstance(node, InList):
        yield node.operand, node.items
    elif isinstance(node, Case) and node.selector is not None:
        yield node.selector, tuple(when.condition for when in node.whens)
    elif isinstance(node, CaseStatement) and node.selector is not None:
        yield node.selector, tuple(branch.condition for branch in node.branches)


def _is_sqlcode(expr: Expr) -> bool:
    return isinstance(expr, Name) and expr.folded[-1] == "SQLCODE"


def _is_number(expr: Expr) -> bool:
    if isinstance(expr, UnaryOp):
        return _is_number(expr.operand)
    return isinstance(expr, NumberLiteral) and expr.text.strip("0.") != ""


@rule("empty-string", "null")
def empty_string(file: SourceFile, project: Project) -> Report:
    """A comparison with '' is never true: the empty string is null.

    Bad::

        -- file: plsql/core/p.pkb
        create or replace package body p is
        begin
           if g_name = '' then
              run;
           end if;
        end p;
        /

    Good::

        -- file: plsql/core/p.pkb
        create or replace package body p is
        begin
           if g_name is null then
              run;
           end if;
        end p;
        /
    """
    live = file.live
    for at, token in enumerate(live[1:], 1):
        if token.kind is Kind.STRING and not token.value and live[at - 1].value in ("=", "<>"):
            yield Place(token.line, token.column), "comparing with '' is never true: is null"
    for parsed in file.parsed:
        for node in parsed.walk():
            if isinstance(node, BinaryOp) and node.op in ("=", "<>"):
                left = node.left
                if isinstance(left, StringLiteral) and not left.value:
                    yield parsed.place(left), "comparing with '' is never true: is null"
