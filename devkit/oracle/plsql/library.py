"""The compiled units of one session: loading, currency, instantiation, package state."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError
from devkit.oracle.plsql import compiler, messages, nodes, types
from devkit.oracle.plsql.compiler_types import TypeCompiler
from devkit.oracle.plsql.parser import parse_unit
from devkit.oracle.plsql.records import attribute_name
from devkit.oracle.plsql.scope import Message, Routine, RoutineSet, Scope
from devkit.oracle.plsql.tokens import PlsqlSyntaxError
from devkit.oracle.plsql.types import FieldType, RecordType
from devkit.oracle.plsql.units import CompiledUnit, invalid_body
from devkit.oracle.supplied import registry

if TYPE_CHECKING:
    from devkit.oracle.plsql.types import PlType

Key = tuple[str, str, str]
_BODY_OF = {"PACKAGE": "PACKAGE BODY", "TYPE": "TYPE BODY"}
_UNIT_KINDS = ("PACKAGE", "PROCEDURE", "FUNCTION", "TYPE", "TRIGGER")


class Library:
    """Units by (owner, name, type); bodies hang on their specifications."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.units: dict[Key, CompiledUnit] = {}
        self.loading: dict[Key, CompiledUnit] = {}
        self.unit_of_file: dict[str, CompiledUnit] = {}
        self._version: int = session.catalog.version
        self._epoch: int = session.catalog.epoch
        self._lost: dict[tuple[str, str], str] = {}
        self._row_types: dict[Any, RecordType] = {}

    # ------------------------------------------------------------------ loading

    def unit(self, owner: str, name: str, kind: str) -> CompiledUnit | None:
        """The compiled unit (a package's specification), or None when there is no such object."""
        key = (owner, name, kind)
        self.session.catalog.note((owner, name))
        found = self.units.get(key) or self.loading.get(key)
        if found is not None:
            return found
        source = self.source(owner, name, kind)
        if source is None:
            return None
        return self.compile_source(owner, name, kind, source)

    def source(self, owner: str, name: str, kind: str) -> str | None:
        if owner == "SYS" and kind == "PACKAGE":
            supplied = registry.spec(name)
            if supplied is not None:
                return supplied
        text: str | None = self.session.catalog.source(owner, name, kind)
        return text

    def compile_source(
        self, owner: str, name: str, kind: str, source: str, *, lazy: bool = False
    ) -> CompiledUnit:
        """Compile a unit from its text; a body is attached to its specification."""
        # a statement that calls it depends on the unit, not on what the unit was made of
        with self.session.catalog.untraced():
            return self._compile_source(owner, name, kind, source, lazy)

    def _compile_source(
        self, owner: str, name: str, kind: str, source: str, lazy: bool
    ) -> CompiledUnit:
        try:
            node = parse_unit(source, self.flags(owner))
        except PlsqlSyntaxError as error:
            return self._broken(owner, name, kind, Message(error.line, error.column, error.text))
        key = (owner, name, kind)
        try:
            unit = self._compiled(owner, name, kind, node, lazy)
        finally:
            self.loading.pop(key, None)
        unit.fingerprint = self.fingerprint(owner, name, kind)
        if kind in _UNIT_KINDS:
            self.units[key] = unit
        return unit

    def _broken(self, owner: str, name: str, kind: str, message: Message) -> CompiledUnit:
        unit = CompiledUnit(owner, name, kind, Scope(None, name), {})
        unit.errors = [message]
        unit.fingerprint = self.fingerprint(owner, name, kind)
        if kind in _UNIT_KINDS:
            self.units[(owner, name, kind)] = unit
        return unit

    def _compiled(
        self, owner: str, name: str, kind: str, node: nodes.Unit, lazy: bool
    ) -> CompiledUnit:
        machine: Any = self
        if isinstance(node, nodes.PackageSpec):
            native = registry.native(name) if owner == "SYS" else None
            return compiler.compile_package(machine, owner, node, native)
        if isinstance(node, nodes.SubprogramUnit):
            return compiler.compile_subprogram(machine, owner, node)
        if isinstance(node, nodes.TriggerUnit):
            return self._compiled_trigger(owner, node)
        if isinstance(node, nodes.TypeUnit):
            return compiler.compile_type(machine, owner, node)
        specification = self.unit(owner, name, kind.removesuffix(" BODY"))
        if specification is None or specification.errors:
            return self._without_specification(owner, name, kind, specification)
        if isinstance(node, nodes.PackageBody):
            body = compiler.compile_package_body(machine, specification, node, lazy=lazy)
        else:
            assert isinstance(node, nodes.TypeBodyUnit)
            body = compiler.compile_type_body(machine, specification, node)
        body.dependencies.setdefault((owner, name, specification.kind), specification.fingerprint)
        specification.body = body
        return body

    def _without_specification(
        self, owner: str, name: str, kind: str, specification: CompiledUnit | None
    ) -> CompiledUnit:
        base = kind.removesuffix(" BODY").lower()
        text = (
            messages.undeclared(name)
            if specification is None
            else f"PLS-00905: object {owner}.{name} is invalid"
        )
        unit = CompiledUnit(owner, name, kind, Scope(None, name), {})
        unit.errors = [
            Message(1, 14, text),
            Message(0, 0, f"PLS-00304: cannot compile body of '{name}' without its specification"),
        ]
        if specification is not None and base:
            unit.dependencies[(owner, name, specification.kind)] = specification.fingerprint
        return unit

    def _compiled_trigger(self, owner: str, node: nodes.TriggerUnit) -> CompiledUnit:
        machine: Any = self
        columns: dict[str, PlType] = {}
        key: Key | None = None
        if node.table is not None:
            ref = self.session.catalog.resolve(node.table.folded, schema=owner)
            table = self.session.catalog.table(ref.owner, ref.name) if ref is not None else None
            if ref is None or table is None:
                return self._broken(
                    owner,
                    node.name.parts[-1].folded,
                    "TRIGGER",
                    Message(1, 1, "ORA-00942: table or view does not exist"),
                )
            columns = {c.name: types.from_ora(c.type) for c in table.columns if not c.hidden}
            key = (ref.owner, ref.name, ref.type)
        unit = compiler.compile_trigger(machine, owner, node, columns)
        if key is not None:
            unit.dependencies[key] = self.fingerprint(*key)
        return unit

    def flags(self, owner: str) -> dict[str, Any]:
        """PLSQL_CCFLAGS of the session: ``crm_debug:true, level:3``."""
        found: dict[str, Any] = {"PLSQL_UNIT_OWNER": owner}
        settings = getattr(self.session, "settings", {})
        text = settings.get("PLSQL_CCFLAGS") or settings.get("plsql_ccflags") or ""
        for name, value in re.findall(r"([\w$#]+)\s*:\s*(\w+)", text.strip("'")):
            low = value.lower()
            found[name.upper()] = (
                int(value) if value.isdigit() else {"true": True, "false": False}.get(low)
            )
        return found

    # ------------------------------------------------------------------ instances

    def instantiate(self, unit: CompiledUnit) -> None:
        """Make a unit ready to run: compile the body, give package variables their first values."""
        if unit.ready or unit.starting:
            return
        if unit.kind not in ("PACKAGE", "TYPE"):
            unit.ready = True
            return
        lost = self._lost.pop((unit.owner, unit.name), None)
        if lost is not None:
            raise self._state_lost(unit)
        body = unit.body
        if body is None and unit.native is None:
            body = self.load_body(unit)
        if body is not None and body.errors:
            raise invalid_body(body)
        unit.starting = True
        try:
            if unit.kind == "PACKAGE":
                unit.ns["_init_spec"]()
                if body is not None:
                    unit.ns["_init_body"]()
            unit.ready = True
        finally:
            unit.starting = False

    def load_body(self, unit: CompiledUnit) -> CompiledUnit | None:
        """Compile the body of a package or type; None when there is none."""
        kind = _BODY_OF[unit.kind]
        source = self.source(unit.owner, unit.name, kind)
        if source is None:
            self._missing_body(unit)
            return None
        stored = self.session.catalog.unit(unit.owner, unit.name, kind)
        lazy = kind == "PACKAGE BODY" and stored is not None and stored.status == "VALID"
        body = self.compile_source(unit.owner, unit.name, kind, source, lazy=lazy)
        if lazy:
            self._depend(body)
        return body

    def _depend(self, body: CompiledUnit) -> None:
        """What the dictionary has of a body whose subprograms are not compiled yet."""
        catalog = self.session.catalog
        with catalog.untraced():
            keys = catalog.dependencies(*body.key)
            catalog.read_ahead(keys)
            for key in keys:
                body.dependencies.setdefault(key, self.fingerprint(*key))

    def _missing_body(self, unit: CompiledUnit) -> None:
        """Routines without a body fail when they are called."""

        def missing(*_args: Any) -> Any:
            error = OraError(
                4067, text=f'not executed, {unit.kind.lower()} body "{unit.display}" does not exist'
            )
            error.lines.append(OraError(6508, unit.display).message)
            raise error

        for symbol in unit.scope.names.values():
            if isinstance(symbol, RoutineSet):
                for routine in symbol.routines:
                    unit.ns[routine.code] = missing  # also over those of a body that was dropped

    @staticmethod
    def _state_lost(unit: CompiledUnit) -> OraError:
        error = OraError(4068, "")
        error.lines = [
            OraError(4061, f'package body "{unit.display}"').message,
            OraError(6508, unit.display).message,
        ]
        return error

    def unlink(self, unit: CompiledUnit) -> None:
        """Other namespaces go through their lazy links again."""
        for namespace, key, lazy in unit.links:
            namespace[key] = lazy
        unit.links.clear()

    # ------------------------------------------------------------------ currency

    def fingerprint(self, owner: str, name: str, kind: str) -> Any:
        """Something that changes whenever the object does."""
        catalog = self.session.catalog
        if kind in ("TABLE", "VIEW"):
            return catalog.table(owner, name)
        if kind == "SEQUENCE":
            return catalog.sequence(owner, name) is not None
        if owner == "SYS" and registry.spec(name) is not None:
            return "SUPPLIED"
        definition = catalog.unit(owner, name, kind)
        if definition is None:
            return catalog.source(owner, name, kind)
        return (definition.object_id, definition.timestamp)

    def refresh(self) -> None:
        """After DDL (catalogue version): discard what is no longer current, with its dependants."""
        version = self.session.catalog.version
        if version == self._version:
            return
        self._version = version
        changed = self.session.catalog.changed_since(self._epoch)
        self._epoch = self.session.catalog.epoch
        with self.session.catalog.untraced():
            touched = self._touched(changed)
            stale = {unit.key for unit in touched if unit.key in self.units and self._changed(unit)}
            bodies = {
                (unit.owner, unit.name, unit.kind.removesuffix(" BODY"))
                for unit in touched
                if unit.kind.endswith(" BODY") and self._changed(unit)
            } - stale
        self._discard_all(stale, remember=True)
        for key in bodies:
            unit = self.units.get(key)
            if unit is not None:
                self._discard_body(unit, remember=True)

    def _touched(self, changed: set[tuple[str, str]] | None) -> list[CompiledUnit]:
        """The units that may not be current: what they are made of is among the changes."""
        compiled = list(self.units.values())
        compiled += [unit.body for unit in compiled if unit.body is not None]
        if changed is not None:
            compiled = [
                unit
                for unit in compiled
                if any(key[:2] in changed for key in (unit.key, *unit.dependencies))
            ]
        self.session.catalog.read_ahead(
            key
            for unit in compiled
            for key in (unit.key, *unit.dependencies)
            if key[0] != "SYS" or key[2] in ("TABLE", "VIEW")
        )
        return compiled

    def _changed(self, unit: CompiledUnit) -> bool:
        if unit.fingerprint != self.fingerprint(*unit.key):
            return True
        return any(print_ != self.fingerprint(*key) for key, print_ in unit.dependencies.items())

    def _discard_all(self, stale: set[Key], *, remember: bool) -> None:
        """Discard the units and everything compiled against them."""
        pending = set(stale)
        while pending:
            key = pending.pop()
            unit = self.units.pop(key, None)
            if unit is None:
                continue
            self._forget(unit, remember=remember)
            for other_key, other in list(self.units.items()):
                if key in other.dependencies:
                    pending.add(other_key)
                elif other.body is not None and key in other.body.dependencies:
                    self._discard_body(other, remember=remember)

    def _forget(self, unit: CompiledUnit, *, remember: bool) -> None:
        has_state = unit.has_state or (unit.body is not None and unit.body.has_state)
        if remember and unit.ready and has_state and unit.kind == "PACKAGE":
            self._lost[(unit.owner, unit.name)] = unit.display
        self.unlink(unit)
        unit.ready = False

    def _discard_body(self, unit: CompiledUnit, *, remember: bool) -> None:
        """The specification stays; its variables start anew."""
        self._forget(unit, remember=remember)
        unit.body = None
        if unit.code is not None:
            exec(unit.code, unit.ns)  # code of this compiler: gives the functions of the spec back

    def discard(self, owner: str, name: str, kind: str | None = None) -> None:
        """See contracts.PlsqlEngine. ``kind`` limits it to a specification or a body."""
        self._lost.pop((owner, name), None)
        if kind in ("PACKAGE BODY", "TYPE BODY"):
            unit = self.units.get((owner, name, kind.removesuffix(" BODY")))
            if unit is not None:
                self._discard_body(unit, remember=False)
            return
        kinds = [kind] if kind is not None else list(_UNIT_KINDS)
        self._discard_all({(owner, name, k) for k in kinds}, remember=False)

    # ------------------------------------------------------------------ look-ups

    def table_row_type(self, owner: str, name: str, columns: dict[str, Any]) -> RecordType:
        """The %ROWTYPE of a table; one type per shape of the table."""
        key = (owner, name, tuple(columns.items()))
        found = self._row_types.get(key)
        if found is None:
            fields = {n: FieldType(n, k, attribute_name(n)) for n, k in columns.items()}
            found = TypeCompiler.make_record(name, fields, is_row=True)
            self._row_types[key] = found
        return found

    def find_routines(self, parts: tuple[str, ...], schema: str, user: str) -> list[Routine]:
        """The overloads of a stored function named as SQL names it, visible to ``user``."""
        catalog = self.session.catalog
        for used in (1, 2):
            ref = catalog.resolve(parts[:used], schema=schema)
            if ref is None or ref.type not in ("PACKAGE", "FUNCTION"):
                continue
            if ref.owner != user and not catalog.can(
                user, "EXECUTE", ref.owner, ref.name, roles=True
            ):
                continue
            rest = parts[used:]
            unit = self.unit(ref.owner, ref.name, ref.type)
            if unit is None or unit.errors:
                continue
            if ref.type == "FUNCTION" and not rest:
                return [unit.main]
            if ref.type == "PACKAGE" and len(rest) == 1:
                symbol = unit.scope.local(rest[0])
                if isinstance(symbol, RoutineSet):
                    return symbol.routines
        return []
