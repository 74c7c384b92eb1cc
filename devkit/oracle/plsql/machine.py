"""The PL/SQL engine of one session: units, calls from outside, triggers, transactions, errors."""

from __future__ import annotations

import contextlib
import decimal
import sys
from typing import TYPE_CHECKING, Any

from devkit.oracle.contracts import Direction
from devkit.oracle.errors import OraError
from devkit.oracle.plsql import arithmetic, exceptions, messages, types
from devkit.oracle.plsql.conversions import Conversions, kind_of
from devkit.oracle.plsql.cursors import ImplicitCursor
from devkit.oracle.plsql.dynamic import DynamicSql
from devkit.oracle.plsql.library import Library
from devkit.oracle.plsql.records import SelfView
from devkit.oracle.plsql.shapes import NamedTypes
from devkit.oracle.plsql.triggers import TriggerSupport
from devkit.oracle.plsql.types import PlType, RecordType, Scalar
from devkit.oracle.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence

    from devkit.oracle.contracts import BatchError, CompileError, DmlResult, HostScope
    from devkit.oracle.plsql.scope import Routine
    from devkit.oracle.plsql.units import CompiledUnit
    from devkit.oracle.values import OraType

_MIN_RECURSION = 20_000
_BLOCK_CACHE = 400


class Machine(Library, DynamicSql, NamedTypes, TriggerSupport):
    """Implements contracts.PlsqlEngine and contracts.PlsqlCallbacks."""

    def __init__(self, session: Any) -> None:
        Library.__init__(self, session)
        TriggerSupport.__init__(self)
        self.conversions = Conversions(session.nls)
        self.implicit = ImplicitCursor()
        self.handling: list[OraError] = []
        self.array_binds: frozenset[str] = frozenset()
        self.depth = 0
        self.sql_calls = 0  # functions under way that SQL called: no transaction control in them
        self._blocks: dict[Any, tuple[CompiledUnit, Any]] = {}
        self._functions: dict[Any, Any] = {}
        if sys.getrecursionlimit() < _MIN_RECURSION:
            sys.setrecursionlimit(_MIN_RECURSION)

    # ------------------------------------------------------------------ entry from outside

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Around every call from outside: number context, error stacks completed on the way out."""
        outer = decimal.getcontext()
        decimal.setcontext(arithmetic.CONTEXT.copy())
        self.depth += 1
        handling, self.handling = self.handling, []
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an Oracle error
            found = exceptions.normalise(error)
            raise exceptions.freeze(found) from None
        finally:
            self.handling = handling
            self.depth -= 1
            decimal.setcontext(outer)

    def run_block(
        self, text: str, binds: MutableMapping[str, Any], bind_types: Mapping[str, OraType]
    ) -> dict[str, Direction]:
        """See contracts.PlsqlEngine."""
        with self.entered():
            return self._run_block(text, binds, bind_types, None)

    def _run_block(
        self,
        text: str,
        binds: MutableMapping[str, Any],
        bind_types: Mapping[str, OraType],
        rights: tuple[str, str, bool] | None,
    ) -> dict[str, Direction]:
        session = self.session
        self.refresh()
        arrays = frozenset(n for n, v in binds.items() if isinstance(v, list))
        key = (
            text,
            tuple(sorted(bind_types.items(), key=lambda item: item[0])),
            arrays,
            session.catalog.version,
            rights or (session.current_schema, session.user),
            session.settings.get("PLSQL_CCFLAGS"),
            session.nls.get("NLS_LENGTH_SEMANTICS"),
        )
        entry = self._blocks.get(key)
        if entry is None:
            entry = self._compile_block(text, bind_types, arrays, rights)
            if len(self._blocks) >= _BLOCK_CACHE:
                self._forget_blocks()
            self._blocks[key] = entry
        unit, compiler = entry
        outer = unit.ns.get("_b")
        unit.ns["_b"] = binds
        try:
            unit.ns["main"]()
        finally:
            unit.ns["_b"] = outer
        return directions(compiler)

    def _compile_block(
        self,
        text: str,
        bind_types: Mapping[str, OraType],
        arrays: frozenset[str],
        rights: tuple[str, str, bool] | None,
    ) -> tuple[CompiledUnit, Any]:
        from devkit.oracle.plsql.compiler import compile_block
        from devkit.oracle.plsql.parser import parse_block
        from devkit.oracle.plsql.tokens import PlsqlSyntaxError

        try:
            flags = self.flags("")
            del flags["PLSQL_UNIT_OWNER"]  # a block has none
            node = parse_block(text, flags)
        except PlsqlSyntaxError as error:
            raise compile_failure([error]) from None
        saved, self.array_binds = self.array_binds, arrays
        try:
            unit, compiler = compile_block(self, node, bind_types, rights)
        finally:
            self.array_binds = saved
        if unit.errors:
            raise compile_failure(unit.errors)
        return unit, compiler

    def _forget_blocks(self) -> None:
        """Drop the older half of the compiled blocks, with their line tables."""
        for key in list(self._blocks)[: _BLOCK_CACHE // 2]:
            unit, _ = self._blocks.pop(key)
            if unit.code is not None:
                exceptions.LINE_TABLES.pop(unit.code.co_filename, None)
                self.unit_of_file.pop(unit.code.co_filename, None)

    def bind_type(self, ora: OraType) -> PlType:
        """The PL/SQL type of a client bind."""
        if ora.kind is Kind.CURSOR:
            return types.REF_CURSOR
        if ora.kind is Kind.NUMBER:
            return types.NUMBER
        if ora.kind is Kind.NULL:
            return types.VARCHAR2
        return types.from_ora(ora)

    # ------------------------------------------------------------------ functions called by SQL

    def function_type(self, parts: tuple[str, ...], *, schema: str, user: str) -> OraType | None:
        """See contracts.PlsqlCallbacks."""
        routines = self._routines(parts, schema, user)
        for routine in routines:
            if routine.returns is not None:
                return routine.returns.ora()
        return None

    def call_function(
        self, parts: tuple[str, ...], args: Sequence[Any], *, schema: str, user: str
    ) -> Any:
        """See contracts.PlsqlCallbacks."""
        best: tuple[int, Routine] | None = None
        for routine in self._routines(parts, schema, user):
            cost = call_cost(routine, args)
            if cost is not None and (best is None or cost < best[0]):
                best = (cost, routine)
        if best is None:
            raise OraError(
                6553, text=f"PLS-306: wrong number or types of arguments in call to '{parts[-1]}'"
            )
        return self._call(best[1], args)

    def _call(self, routine: Routine, args: Sequence[Any]) -> Any:
        values = [
            self.conversions.to_type(v, p.type) if isinstance(p.type, Scalar) else v
            for v, p in zip(args, routine.parameters, strict=False)
        ]
        self.sql_calls += 1
        try:
            with self.entered():
                return self.function(routine)(*values)
        except OraError as error:
            if error.code == 1403:
                return None  # NO_DATA_FOUND ends the fetch of the calling SQL, which sees NULL
            raise
        finally:
            self.sql_calls -= 1

    def function(self, routine: Routine) -> Callable[..., Any]:
        """The Python function of a routine, its unit ready to run."""
        from devkit.oracle.plsql.native_calls import native_function

        unit = routine.unit
        if routine.native is not None:
            return native_function(routine, self.session)  # type: ignore[no-any-return]
        self.instantiate(unit)
        return unit.ns[routine.code]  # type: ignore[no-any-return]

    def _routines(self, parts: tuple[str, ...], schema: str, user: str) -> list[Routine]:
        key = (parts, schema, user)
        version = self.session.catalog.version
        cached = self._functions.get(key)
        if cached is None or cached[0] != version:
            self.refresh()
            with self.session.catalog.trace() as keys:
                cached = (version, self.find_routines(parts, schema, user), frozenset(keys))
            self._functions[key] = cached
        else:
            self.session.catalog.note(*cached[2])
        return cached[1]

    def host_function(self, host: HostScope, name: str) -> Callable[..., Any] | None:
        """See contracts.PlsqlCallbacks: functions of the surrounding block cannot be called in SQL;
        the compiler has refused them already."""
        return None

    # ------------------------------------------------------------------ records, objects, methods

    def dynamic_record(self, kind: RecordType, row: Sequence[Any]) -> Any:
        """A row of unknown column types as a record."""
        if len(row) != len(kind.fields):
            raise OraError(1007, text="variable not in select list")
        values = [
            self.conversions.to_type(v, f.type) if isinstance(f.type, Scalar) else v
            for v, f in zip(row, kind.fields.values(), strict=True)
        ]
        return kind.cls.of(values)

    def call_member(self, code: str, target: Any, *args: Any) -> Any:
        """A member method of an object, that of its most specific type."""
        if target is None:
            raise OraError(30625, text="method dispatch on NULL SELF argument is disallowed")
        kind = target._type
        if isinstance(target, SelfView):
            target = target.target
        while kind is not None:
            self.instantiate(kind.unit)
            function = kind.unit.ns.get(code)
            if function is not None:
                return function(target, *args)
            kind = kind.supertype
        raise OraError(6508, text="PL/SQL: could not find program unit being called")

    def call_method(self, target: Any, name: str, args: list[Any]) -> Any:
        """A method of a Python object that stands for a PL/SQL one."""
        if target is None:
            raise OraError(30625, text="method dispatch on NULL SELF argument is disallowed")
        try:
            return target.call(name, args)
        except KeyError:
            raise OraError(6550, 0, 0, messages.no_component(name)) from None

    def compare_objects(self, a: Any, b: Any, op: str) -> bool | None:
        """Objects compare through their MAP or ORDER method, or field by field for equality."""
        if a is None or b is None:
            return None
        kind = a._type
        for group in kind.methods.values():
            for routine in group:
                if routine.method == "MAP":
                    left, right = (
                        self.call_member(routine.code, a),
                        self.call_member(routine.code, b),
                    )
                    return compare(left, right, op)
                if routine.method == "ORDER":
                    return compare(self.call_member(routine.code, a, b), 0, op)
        if op not in ("==", "!="):
            raise OraError(22950, text="cannot ORDER objects without MAP or ORDER method")
        return bool((a.values() == b.values()) == (op == "=="))

    # ------------------------------------------------------------------ transactions

    def allow_transaction_control(self, what: str) -> None:
        """Refuse COMMIT and its relatives in triggers and in functions called by SQL."""
        if self.session.trigger_depth:
            raise OraError(4092, what)
        if self.sql_calls:
            raise OraError(14552)

    def commit(self) -> None:
        self.allow_transaction_control("COMMIT")
        self.session.commit()

    def rollback(self) -> None:
        self.allow_transaction_control("ROLLBACK")
        self.session.rollback()

    def savepoint(self, name: str) -> None:
        self.allow_transaction_control("SET SAVEPOINT")
        self.session.savepoint(name)

    def rollback_to(self, name: str) -> None:
        self.allow_transaction_control("ROLLBACK TO SAVEPOINT")
        self.session.rollback_to(name)

    def run_control(self, text: str) -> None:
        """SET TRANSACTION and its relatives."""
        self.session.run_statement(text)

    @contextlib.contextmanager
    def autonomous(self) -> Iterator[None]:
        """The body of a routine with PRAGMA AUTONOMOUS_TRANSACTION."""
        session = self.session
        depth, session.trigger_depth = session.trigger_depth, 0
        calls, self.sql_calls = self.sql_calls, 0
        try:
            with session.autonomous():
                try:
                    yield
                except BaseException:
                    if session.storage.in_transaction:
                        session.rollback()
                    raise
                if session.storage.in_transaction:
                    session.rollback()
                    raise OraError(6519)
        finally:
            session.trigger_depth = depth
            self.sql_calls = calls

    # ------------------------------------------------------------------ errors

    def raised(self, identity: exceptions.ExceptionId) -> OraError:
        """RAISE: inside a handler the handled error stays below the new one in the stack."""
        error = exceptions.raise_exception(identity)
        if self.handling:
            self._keep_stack(error, self.handling[-1])
        return error

    @staticmethod
    def _keep_stack(error: OraError, handled: OraError) -> None:
        error.below = [handled.message, *exceptions.stack_lines(handled)]  # type: ignore[attr-defined]

    def application_error(self, number: int | None, text: str | None, keep: bool) -> OraError:
        """RAISE_APPLICATION_ERROR."""
        if number is None or not -20999 <= number <= -20000:
            return OraError(
                21000,
                text="error number argument to raise_application_error of "
                f"{number} is out of range",
            )
        error = OraError(-number, text=(text or "")[:2048])
        if keep and self.handling:
            self._keep_stack(error, self.handling[-1])
        return error

    def sqlcode(self) -> int:
        return exceptions.sqlcode(self.handling[-1] if self.handling else None)

    def sqlerrm(self) -> str:
        return exceptions.sqlerrm(self.handling[-1] if self.handling else None)

    def message_for(self, code: int | None) -> str:
        if code is None:
            return self.sqlerrm()
        current = self.handling[-1] if self.handling else None
        if current is not None and exceptions.sqlcode(current) == code:
            return exceptions.sqlerrm(current)
        return exceptions.message_for(code)

    def error_stack(self) -> str:
        """DBMS_UTILITY.FORMAT_ERROR_STACK."""
        return exceptions.error_stack(self.handling[-1]) if self.handling else ""

    def backtrace(self) -> str:
        """DBMS_UTILITY.FORMAT_ERROR_BACKTRACE."""
        if not self.handling:
            return ""
        text = exceptions.backtrace(self.handling[-1])
        return text + "\n" if text else ""

    def call_stack(self) -> str:
        """DBMS_UTILITY.FORMAT_CALL_STACK."""
        lines = [
            "----- PL/SQL Call Stack -----",
            "  object      line  object",
            "  handle    number  name",
        ]
        for unit, line in exceptions.call_stack():
            name = unit or "anonymous block"
            lines.append(f"0x{abs(hash(name)) % 2**32:08x} {line:9d}  {name}")
        return "\n".join(lines) + "\n"

    def call_frames(self) -> list[tuple[str, int]]:
        """The active PL/SQL frames, innermost first: (unit or '', line)."""
        return exceptions.call_stack()

    # ------------------------------------------------------------------ FORALL

    def forall_counts(self, indexes: Sequence[int], results: Sequence[DmlResult]) -> None:
        implicit = self.implicit
        for index, result in zip(indexes, results, strict=False):
            implicit.bulk_rowcount[index] = result.rowcount
        implicit.rowcount = sum(r.rowcount for r in results)

    def forall_errors(self, errors: Sequence[BatchError]) -> None:
        from devkit.oracle.plsql.cursors import BulkException

        self.implicit.bulk_exceptions = [
            BulkException(error.offset + 1, error.error.code) for error in errors
        ]

    def raise_bulk_errors(self) -> None:
        """After FORALL … SAVE EXCEPTIONS: ORA-24381 when any iteration failed."""
        if self.implicit.bulk_exceptions:
            raise OraError(24381)

    # ------------------------------------------------------------------ rights

    def caller_rights(self) -> tuple[str, str, bool]:
        """Rights of the nearest definer-rights unit on the stack, else of the session."""
        frame = sys._getframe(1)
        current: Any = frame
        while current is not None:
            unit = self.unit_of_file.get(current.f_code.co_filename)
            if unit is not None and unit.definer and unit.kind != "BLOCK":
                return (unit.owner, unit.owner, False)
            current = current.f_back
        return (self.session.current_schema, self.session.user, True)

    def describe_unit(self, owner: str, name: str, kind: str) -> dict[str, Any]:
        """What the dictionary shows of a valid unit; see ``described``."""
        from devkit.oracle.plsql.described import describe

        unit = self.unit(owner, name, kind)
        return {} if unit is None or unit.errors else describe(unit)

    # ------------------------------------------------------------------ life cycle

    def compile_unit(
        self, owner: str, name: str, unit_type: str, source: str
    ) -> tuple[list[CompileError], list[tuple[str, str, str]]]:
        """See contracts.PlsqlEngine."""
        self.refresh()
        self.discard(owner, name, unit_type)
        unit = self.compile_source(owner, name, unit_type, source)
        errors: list[CompileError] = list(unit.errors)
        return errors, list(unit.dependencies)

    def reset_package_state(self) -> None:
        """DBMS_SESSION.RESET_PACKAGE: every package starts anew at its next use."""
        for unit in list(self.units.values()):
            if unit.ready:
                unit.ready = False
                self.unlink(unit)


def call_cost(routine: Routine, args: Sequence[Any]) -> int | None:
    """How well a call from SQL fits a function, by the types of its values; None: not at all."""
    if routine.returns is None or routine.outs:
        return None
    needed = sum(1 for p in routine.parameters if not p.has_default)
    if not needed <= len(args) <= len(routine.parameters):
        return None
    total = 0
    for value, parameter in zip(args, routine.parameters, strict=False):
        kind = getattr(value, "_type", None) or Scalar(kind_of(value))
        cost = types.conversion_cost(kind, parameter.type)
        if cost is None:
            return None
        total += cost
    return total


def compare(a: Any, b: Any, op: str) -> bool | None:
    if a is None or b is None:
        return None
    return bool(
        {
            "==": lambda: a == b,
            "!=": lambda: a != b,
            "<": lambda: a < b,
            "<=": lambda: a <= b,
            ">": lambda: a > b,
            ">=": lambda: a >= b,
        }[op]()
    )


def compile_failure(errors: Sequence[Any]) -> OraError:
    """ORA-06550 with the errors of an anonymous block."""
    first, *rest = errors
    failure = OraError(6550, first.line, first.column, first.text)
    for error in rest:
        failure.lines += (
            f"ORA-06550: line {error.line}, column {error.column}:\n{error.text}".split("\n")
        )
    return failure


def directions(compiler: Any) -> dict[str, Direction]:
    """How the block uses each bind."""
    found: dict[str, Direction] = {}
    names = set(compiler.bind_types) | set(compiler.bind_reads) | set(compiler.bind_writes)
    for name in names:
        written = compiler.bind_writes.get(name, 0) > 0
        read = compiler.bind_reads.get(name, 0) > 0
        if written:
            found[name] = Direction.IN_OUT if read else Direction.OUT
        else:
            found[name] = Direction.IN
    return found
