"""Names to symbols: local scopes, STANDARD, the catalogue; privileges and ACCESSIBLE BY."""

from __future__ import annotations

from typing import Any

from devkit.oracle.plsql import json_types, messages, nodes, types
from devkit.oracle.plsql.builtins import BUILTINS
from devkit.oracle.plsql.compiler_base import CompilerBase
from devkit.oracle.plsql.exceptions import PREDEFINED, ExceptionId
from devkit.oracle.plsql.scope import (
    ExceptionSymbol,
    Failure,
    LabelSymbol,
    PackageSymbol,
    RoutineSet,
    Scope,
    SequenceSymbol,
    Symbol,
    TableSymbol,
    TypeSymbol,
)
from devkit.oracle.plsql.types import (
    CollectionType,
    OpaqueType,
)
from devkit.oracle.plsql.units import CompiledUnit

JSON_TYPES: dict[str, OpaqueType] = {
    "JSON_ELEMENT_T": OpaqueType("JSON_ELEMENT_T", json_types.ElementType),
    "JSON_OBJECT_T": OpaqueType("JSON_OBJECT_T", json_types.Object),
    "JSON_ARRAY_T": OpaqueType("JSON_ARRAY_T", json_types.Array),
    "JSON_SCALAR_T": OpaqueType("JSON_SCALAR_T", json_types.Scalar),
    "JSON_KEY_LIST": OpaqueType("JSON_KEY_LIST", json_types.KeyList),
}

KEY_LIST = CollectionType("JSON_KEY_LIST", "VARRAY", types.VARCHAR2, owner="SYS")
KEY_LIST.factory = json_types.KeyList


def _standard_scope() -> Scope:
    scope = Scope(None, "STANDARD")
    for name, kind in types.STANDARD_TYPES.items():
        scope.declare(name, TypeSymbol(name, kind))
    for name, opaque in JSON_TYPES.items():
        scope.declare(name, TypeSymbol(name, opaque))
    scope.declare("JSON_KEY_LIST", TypeSymbol("JSON_KEY_LIST", KEY_LIST))
    scope.declare("<ANY>", TypeSymbol("<ANY>", types.ANY))
    scope.declare("<OBJECT>", TypeSymbol("<OBJECT>", types.ANY))
    for name, code in PREDEFINED.items():
        scope.declare(name, ExceptionSymbol(name, ExceptionId(name, code)))
    return scope


STANDARD = _standard_scope()


class NameCompiler(CompilerBase):
    """What a name means at the place where it stands."""

    def find(self, name: str) -> Symbol | None:
        """The PL/SQL meaning of a simple name: local, of the enclosing units, of STANDARD."""
        return self.scope.lookup(name, labels=False) or STANDARD.local(name)

    def resolve(self, parts: tuple[nodes.NamePart, ...], node: nodes.Node) -> tuple[Any, int]:
        """The symbol that the longest meaningful beginning of a name stands for, and its length.

        A builtin function is returned as its name (str).
        """
        first = parts[0].folded
        found: Any = self.scope.lookup(first, labels=len(parts) > 1)
        used = 1
        if (
            found is None
            and first == self.unit.name
            and len(parts) > 1
            and self.unit.kind != "BLOCK"
        ):
            found = self._own_member(parts)
        if (
            found is None
            and len(parts) > 2
            and first == self.unit.owner
            and (parts[1].folded == self.unit.name)
        ):
            own = self._own_member(parts[1:])
            if own is not None:
                found, used = own, 2
        if found is None:
            found = STANDARD.local(first)
        if found is None and first in BUILTINS_AND_SPECIAL and self._is_builtin_place(parts):
            return first, 1
        if found is None:
            found, used = self.external(parts, node)
        while isinstance(found, LabelSymbol | PackageSymbol) and used < len(parts):
            member = parts[used].folded
            inner = self._member(found, member)
            if inner is None:
                if isinstance(found, PackageSymbol) and found.unit is STANDARD_UNIT:
                    return member, used + 1
                raise Failure(parts[used], messages.no_component(member))
            found = inner
            used += 1
        return found, used

    def _own_member(self, parts: tuple[nodes.NamePart, ...]) -> Any:
        scope: Scope | None = self.scope
        while scope is not None:
            if scope.label == parts[0].folded:
                return LabelSymbol(scope)
            scope = scope.parent
        return None

    @staticmethod
    def _is_builtin_place(parts: tuple[nodes.NamePart, ...]) -> bool:
        return len(parts) == 1 and not parts[0].quoted

    @staticmethod
    def _member(found: LabelSymbol | PackageSymbol, member: str) -> Symbol | None:
        scope = found.scope if isinstance(found, LabelSymbol) else found.unit.scope
        symbol: Symbol | None = scope.local(member)
        if symbol is None and scope.parent is not None and isinstance(found, LabelSymbol):
            # the body of a package sees its specification under the same name
            parent = scope.parent
            if parent.label == scope.label:
                symbol = parent.local(member)
        return symbol

    def external(self, parts: tuple[nodes.NamePart, ...], node: nodes.Node) -> tuple[Any, int]:
        """A name of the catalogue: (symbol, parts used); PLS-00201 when there is none."""
        names = tuple(part.folded for part in parts)
        text = ".".join(names[:2]) if len(names) > 1 else names[0]
        if names[0] in ("STANDARD", "DBMS_STANDARD"):
            return PackageSymbol(STANDARD_UNIT), 1
        if names[0] == "SYS" and len(names) > 1 and names[1] in ("STANDARD", "DBMS_STANDARD"):
            return PackageSymbol(STANDARD_UNIT), 2
        if names[0] == "SYS" and len(names) > 1 and STANDARD.local(names[1]) is not None:
            return STANDARD.local(names[1]), 2
        ref, used = self.catalogue_object(names)
        if ref is None:
            raise Failure(parts[0], messages.undeclared(text))
        return self.external_symbol(ref, parts[0], text), used

    def catalogue_object(self, names: tuple[str, ...]) -> tuple[Any, int]:
        """(ObjectRef, parts used) of a possibly qualified name."""
        ref = self.catalog.resolve(names[:1], schema=self.schema)
        if ref is not None:
            return ref, 1
        if len(names) > 1:
            ref = self.catalog.resolve(names[:2], schema=self.schema)
            if ref is not None:
                return ref, 2
        return None, 0

    def external_symbol(self, ref: Any, node: nodes.Node, text: str) -> Symbol:
        owner, name, kind = ref.owner, ref.name, ref.type
        if kind in ("PACKAGE", "PROCEDURE", "FUNCTION", "TYPE"):
            if owner != self.user and not self.catalog.can(
                self.user, "EXECUTE", owner, name, roles=self.roles
            ):
                raise Failure(node, messages.undeclared(text))
            return self._unit_symbol(owner, name, kind, node)
        if kind == "SEQUENCE":
            self.depend(owner, name, kind)
            return SequenceSymbol(owner, name)
        if kind in ("TABLE", "VIEW"):
            return TableSymbol(owner, name)
        raise Failure(node, messages.undeclared(text))

    def _unit_symbol(self, owner: str, name: str, kind: str, node: nodes.Node) -> Symbol:
        unit = self.machine.unit(owner, name, kind)
        if unit is None:
            raise Failure(node, messages.undeclared(f"{owner}.{name}"))
        self.depend(owner, name, kind)
        if unit.errors:
            raise Failure(node, f"PLS-00905: object {owner}.{name} is invalid")
        self.check_access(unit, node)
        if kind == "PACKAGE":
            return PackageSymbol(unit)
        if kind == "TYPE":
            return TypeSymbol(name, unit.main, unit)
        return RoutineSet(name, [unit.main])

    def check_access(self, unit: CompiledUnit, node: nodes.Node) -> None:
        """ACCESSIBLE BY: PLS-00904 for units that are not on the list."""
        options = unit.options
        if options is None or options.accessible_by is None or unit.ns is self.ns:
            return
        kind = self.unit.kind.removesuffix(" BODY")
        for accessor in options.accessible_by:
            parts = accessor.name.folded
            owner = parts[0] if len(parts) > 1 else unit.owner
            if (owner, parts[-1]) == (self.unit.owner, self.unit.name) and (
                accessor.kind is None or accessor.kind == kind
            ):
                return
        raise Failure(node, messages.no_access(unit.name))

    def depend(self, owner: str, name: str, kind: str) -> None:
        key = (owner, name, kind)
        if key not in self.unit.dependencies and key[:2] != (self.unit.owner, self.unit.name):
            self.unit.dependencies[key] = self.machine.fingerprint(*key)


class _StandardUnit:
    scope = STANDARD
    owner = "SYS"
    name = "STANDARD"


STANDARD_UNIT: Any = _StandardUnit()

SPECIAL = frozenset(
    [
        "SQLCODE",
        "SQLERRM",
        "NVL",
        "COALESCE",
        "NULLIF",
        "GREATEST",
        "LEAST",
        "TO_CHAR",
        "TRUNC",
        "ROUND",
        "SUBSTR",
        "INSERTING",
        "UPDATING",
        "DELETING",
        "RAISE_APPLICATION_ERROR",
        "DECODE",
        "NVL2",
        "TREAT",
    ]
)
BUILTINS_AND_SPECIAL = frozenset(BUILTINS) | SPECIAL
