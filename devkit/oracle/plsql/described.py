"""What the dictionary shows of a compiled unit: subprograms with their arguments, attributes of types.

``describe`` gives plain data::

    {"subprograms": [{"name", "id", "overload", "kind", "pipelined", "deterministic", "arguments": [
        {"name", "position", "sequence", "mode", "defaulted", "type", "owner", "type_name",
         "subname", "length", "precision", "scale", "pls"}]}],
     "type": {"code", "final", "supertype", "instantiable", "attributes": […], "methods": […],
              "form", "limit", "element": {…}}}
"""

from __future__ import annotations

from typing import Any

from devkit.oracle.plsql.scope import Routine, RoutineSet
from devkit.oracle.plsql.types import (
    CollectionType,
    CursorType,
    ObjectType,
    OpaqueType,
    PlType,
    RecordType,
    Scalar,
)
from devkit.oracle.values import Kind

_NAMES = {
    Kind.PLS_INTEGER: "BINARY_INTEGER",
    Kind.BOOLEAN: "PL/SQL BOOLEAN",
    Kind.TIMESTAMP_TZ: "TIMESTAMP WITH TIME ZONE",
    Kind.TIMESTAMP_LTZ: "TIMESTAMP WITH LOCAL TIME ZONE",
}
_FORMS = {"INDEX BY": "PL/SQL TABLE", "TABLE": "TABLE", "VARRAY": "VARRAY"}


def describe(unit: Any) -> dict[str, Any]:
    """The facts of a compiled specification, stand-alone subprogram or type."""
    if unit.kind == "TYPE":
        final = getattr(getattr(unit.node, "spec", None), "final", None)
        return {"type": {**_type(unit.main), "final": final is not False}}
    if unit.kind in ("FUNCTION", "PROCEDURE"):
        return {"subprograms": [_subprogram(unit.main, 1, None)]}
    if unit.kind != "PACKAGE":
        return {}
    found: list[dict[str, Any]] = []
    sets = [s for s in unit.scope.names.values() if isinstance(s, RoutineSet)]
    for one in sets:
        several = len(one.routines) > 1
        for number, routine in enumerate(one.routines, 1):
            overload = str(number) if several else None
            found.append(_subprogram(routine, len(found) + 1, overload))
    return {"subprograms": found}


def _subprogram(routine: Routine, number: int, overload: str | None) -> dict[str, Any]:
    arguments = []
    if routine.returns is not None:
        arguments.append(
            {"name": None, "position": 0, "mode": "OUT", **_described(routine.returns)}
        )
    for position, parameter in enumerate(routine.parameters, 1):
        arguments.append(
            {
                "name": parameter.name,
                "position": position,
                "mode": parameter.mode.replace("IN OUT", "IN/OUT"),
                "defaulted": parameter.has_default,
                **_described(parameter.type),
            }
        )
    for sequence, argument in enumerate(arguments, 1):
        argument["sequence"] = sequence
    return {
        "name": routine.name,
        "id": number,
        "overload": overload,
        "kind": "PROCEDURE" if routine.returns is None else "FUNCTION",
        "pipelined": routine.pipelined,
        "deterministic": routine.deterministic,
        "arguments": arguments,
    }


def _described(kind: PlType) -> dict[str, Any]:
    if isinstance(kind, CollectionType):
        return {"type": _FORMS[kind.form], **_named(kind.owner, kind.package, kind.name)}
    if isinstance(kind, ObjectType):
        return {"type": "OBJECT", **_named(kind.owner, None, kind.name)}
    if isinstance(kind, RecordType):
        return {"type": "PL/SQL RECORD", "subname": kind.name}
    if isinstance(kind, CursorType):
        return {"type": "REF CURSOR"}
    if isinstance(kind, OpaqueType):
        return {"type": "OBJECT", "type_name": kind.name, "owner": "SYS"}
    if not isinstance(kind, Scalar):
        return {"type": "UNDEFINED"}
    name = _NAMES.get(kind.kind, kind.kind.value)
    return {
        "type": name,
        "length": kind.length,
        "precision": kind.precision,
        "scale": kind.scale,
        "pls": "PLS_INTEGER" if kind.kind is Kind.PLS_INTEGER else name.removeprefix("PL/SQL "),
    }


def _named(owner: str | None, package: str | None, name: str) -> dict[str, Any]:
    if package is None:
        return {"owner": owner, "type_name": name}
    return {"owner": owner, "type_name": package, "subname": name}


def _type(kind: Any) -> dict[str, Any]:
    if isinstance(kind, CollectionType):
        return {
            "code": "COLLECTION",
            "form": "VARYING ARRAY" if kind.form == "VARRAY" else "TABLE",
            "limit": kind.limit,
            "element": _described(kind.element),
        }
    if not isinstance(kind, ObjectType):
        return {}
    attributes = [
        {"name": name, "number": number, **_described(field.type)}
        for number, (name, field) in enumerate(kind.fields.items(), 1)
    ]
    groups = [*kind.methods.values(), kind.constructors]
    methods = [
        {
            "name": routine.name,
            "number": number,
            "kind": routine.method if routine.method in ("MAP", "ORDER") else "PUBLIC",
            "parameters": len(routine.parameters),
            "results": int(routine.returns is not None),
        }
        for number, routine in enumerate((r for group in groups for r in group), 1)
    ]
    parent = kind.supertype
    return {
        "code": "OBJECT",
        "supertype": parent.name if parent is not None else None,
        "super_owner": parent.owner if parent is not None else None,
        "instantiable": kind.instantiable,
        "attributes": attributes,
        "methods": methods,
    }
