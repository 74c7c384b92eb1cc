"""Values of record and object types: one Python class per type, fields as slots."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


def attribute_name(name: str) -> str:
    """The Python attribute for a folded field name; upper case cannot clash with our own names."""
    if name.isidentifier() and name.isascii() and name == name.upper():
        return name
    escaped = "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" for c in name)
    return f"Q_{escaped}" if not keyword.iskeyword(escaped) else f"Q_{escaped}_"


class Record:
    """A record value. Assigning a record copies it: see ``copy``.

    ``_fields`` are the attributes in order, ``_names`` the folded PL/SQL names, ``_defaults`` gives
    the values of a fresh record (one callable per field, or None for NULL).
    """

    __slots__ = ()
    _fields: tuple[str, ...] = ()
    _names: tuple[str, ...] = ()
    _defaults: tuple[Callable[[], Any] | None, ...] = ()
    _composite: tuple[str, ...] = ()

    @classmethod
    def new(cls) -> Record:
        """A fresh record: every field at its default."""
        record = cls.__new__(cls)
        for attr, default in zip(cls._fields, cls._defaults, strict=True):
            setattr(record, attr, default() if default is not None else None)
        return record

    @classmethod
    def of(cls, values: Iterable[Any]) -> Record:
        """A record of the values in field order."""
        record = cls.__new__(cls)
        for attr, value in zip(cls._fields, values, strict=True):
            setattr(record, attr, value)
        return record

    def copy(self) -> Record:
        record = self.__class__.__new__(self.__class__)
        for attr in self._fields:
            setattr(record, attr, getattr(self, attr))
        for attr in self._composite:
            value = getattr(self, attr)
            if value is not None:
                setattr(record, attr, value.copy())
        return record

    def values(self) -> tuple[Any, ...]:
        """The values in field order."""
        return tuple(getattr(self, attr) for attr in self._fields)

    def as_dict(self) -> dict[str, Any]:
        """Values by folded field name; for native routines."""
        return dict(zip(self._names, self.values(), strict=True))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Record)
            and self.__class__ is other.__class__
            and self.values() == other.values()
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        pairs = ", ".join(
            f"{n}={getattr(self, a)!r}" for n, a in zip(self._names, self._fields, strict=True)
        )
        return f"{self.__class__.__name__}({pairs})"


def _methods(attrs: Sequence[str], composite: Sequence[str]) -> dict[str, Any]:
    """``of`` and ``copy`` without a loop: they are what bulk fetches spend their time in."""
    lines = ["def of(cls, values):", "    r = new_(cls)"]
    if attrs:
        lines.append(f"    {', '.join(f'r.{a}' for a in attrs)}, = values")
    lines.append("    return r")
    lines += ["def copy(self):", "    r = new_(self.__class__)"]
    for attr in attrs:
        if attr in composite:
            lines.append(f"    v = self.{attr}")
            lines.append(f"    r.{attr} = None if v is None else v.copy()")
        else:
            lines.append(f"    r.{attr} = self.{attr}")
    lines.append("    return r")
    lines.append("def values(self):")
    lines.append(f"    return ({''.join(f'self.{a}, ' for a in attrs)})")
    namespace: dict[str, Any] = {"new_": object.__new__}
    exec("\n".join(lines), namespace)  # attribute names are our own, see attribute_name
    return namespace


def record_class(
    name: str, names: Sequence[str], composite: Iterable[str] = (), base: type[Record] = Record
) -> type[Record]:
    """The class of a record type with these folded fields; ``composite`` are those to deep-copy."""
    attrs = [attribute_name(n) for n in names]
    deep = [attribute_name(n) for n in composite]
    made = _methods(attrs, deep)
    inherited: tuple[str, ...] = base._fields if base is not Record else ()
    body: dict[str, Any] = {
        "__slots__": tuple(a for a in attrs if a not in inherited),
        "_fields": tuple(attrs),
        "_names": tuple(names),
        "_defaults": (None,) * len(attrs),
        "_composite": tuple(deep),
        "of": classmethod(made["of"]),
        "copy": made["copy"],
        "values": made["values"],
    }
    return type(name, (base,), body)


class SelfView:
    """``(SELF AS type)``: an object that answers with the methods of one of its supertypes."""

    __slots__ = ("_type", "target")

    def __init__(self, target: Any, kind: Any) -> None:
        self.target = target
        self._type = kind

    def __getattr__(self, name: str) -> Any:
        return getattr(self.target, name)


class ObjectValue(Record):
    """An instance of a SQL object type; ``_type`` is its compiler type."""

    __slots__ = ()
    _type: Any = None
