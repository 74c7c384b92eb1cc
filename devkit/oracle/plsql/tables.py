"""Values of collection types: associative arrays, nested tables and varrays.

A collection that was never initialised is ``None`` (associative arrays are never None). Reading and
writing elements goes through ``get``, ``put`` and ``ref`` (the element to be changed in place).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class _Deleted:
    __slots__ = ()

    def __repr__(self) -> str:
        return "DELETED"


DELETED = _Deleted()


def _no_data() -> OraError:
    return OraError(1403)


def _null_key() -> OraError:
    return OraError(6502, ": NULL index table key value")


class Collection:
    """What the three kinds share. ``_deep`` says that elements are composite and copied with it."""

    __slots__ = ("d",)
    _deep = False
    _new_element: Callable[[], Any] | None = None
    _limit: int | None = None
    _type: Any = None
    d: Any

    def copy(self) -> Any:
        raise AssertionError("abstract")

    def values(self) -> list[Any]:
        """The present elements in index order."""
        raise AssertionError("abstract")

    def __iter__(self) -> Any:
        return iter(self.values())

    def __len__(self) -> int:
        return len(self.values())


class AssocArray(Collection):
    """TABLE … INDEX BY: a dict and, when asked for order, its sorted keys."""

    __slots__ = ("_keys", "_sorted")

    def __init__(self, items: dict[Any, Any] | None = None) -> None:
        self.d: dict[Any, Any] = items if items is not None else {}
        self._keys: list[Any] = list(self.d)
        self._sorted = len(self.d) < 2

    @classmethod
    def from_list(cls, values: Iterable[Any]) -> AssocArray:
        """Keys 1, 2, … : what BULK COLLECT stores."""
        made = cls.__new__(cls)
        made.d = dict(enumerate(values, 1))
        made._keys = list(made.d)
        made._sorted = True
        return made

    def copy(self) -> AssocArray:
        made = self.__class__.__new__(self.__class__)
        if self._deep:
            made.d = {k: None if v is None else v.copy() for k, v in self.d.items()}
        else:
            made.d = dict(self.d)
        made._keys = list(self._keys)
        made._sorted = self._sorted
        return made

    def keys(self) -> list[Any]:
        """The keys in order."""
        if not self._sorted:
            self._keys = sorted(self.d)
            self._sorted = True
        return self._keys

    def values(self) -> list[Any]:
        return [self.d[k] for k in self.keys()]

    def items(self) -> list[tuple[Any, Any]]:
        return [(k, self.d[k]) for k in self.keys()]

    def get(self, key: Any) -> Any:
        try:
            return self.d[key]
        except KeyError:
            if key is None:
                raise _null_key() from None
            raise _no_data() from None

    def put(self, key: Any, value: Any) -> None:
        data = self.d
        if key not in data:
            if key is None:
                raise _null_key()
            keys = self._keys
            if self._sorted and keys and key < keys[-1]:
                self._sorted = False
            if self._sorted:
                keys.append(key)
        data[key] = value

    def ref(self, key: Any) -> Any:
        """The element to change in place; a missing composite one is made."""
        value = self.d.get(key)
        if value is None:
            if self._new_element is None:
                return self.get(key)
            value = type(self)._new_element()  # type: ignore[misc]
            self.put(key, value)
        return value

    def count(self) -> int:
        return len(self.d)

    def exists(self, key: Any) -> bool:
        return key in self.d

    def first(self) -> Any:
        keys = self.keys()
        return keys[0] if keys else None

    def last(self) -> Any:
        keys = self.keys()
        return keys[-1] if keys else None

    def next(self, key: Any) -> Any:
        if key is None:
            return None
        keys = self.keys()
        at = bisect_right(keys, key)
        return keys[at] if at < len(keys) else None

    def prior(self, key: Any) -> Any:
        if key is None:
            return None
        keys = self.keys()
        at = bisect_left(keys, key)
        return keys[at - 1] if at else None

    def limit(self) -> int | None:
        return None

    def delete(self, low: Any = DELETED, high: Any = DELETED) -> None:
        if low is DELETED:
            self.d = {}
            self._keys = []
            self._sorted = True
            return
        if low is None or high is None:
            return
        if high is DELETED:
            doomed = [low] if low in self.d else []
        else:
            doomed = [k for k in self.keys() if low <= k <= high]
        for key in doomed:
            del self.d[key]
        if doomed:
            self._sorted = False

    def extend(self, count: int = 1, index: Any = None) -> None:
        raise OraError(6502, ": EXTEND on an associative array")

    def trim(self, count: int = 1) -> None:
        raise OraError(6502, ": TRIM on an associative array")


class NestedTable(Collection):
    """TABLE OF: a list whose deleted elements leave :data:`DELETED` behind."""

    __slots__ = ("holes",)

    def __init__(self, items: list[Any] | None = None) -> None:
        self.d: list[Any] = items if items is not None else []
        self.holes = 0
        if self._limit is not None and len(self.d) > self._limit:
            raise OraError(6532)

    @classmethod
    def from_list(cls, values: Iterable[Any]) -> NestedTable:
        return cls(list(values))

    @classmethod
    def make(cls, *values: Any) -> NestedTable:
        """The constructor ``type(a, b, …)``."""
        return cls(list(values))

    def copy(self) -> NestedTable:
        made = self.__class__.__new__(self.__class__)
        if self._deep:
            made.d = [v if v is None or v is DELETED else v.copy() for v in self.d]
        else:
            made.d = list(self.d)
        made.holes = self.holes
        return made

    def values(self) -> list[Any]:
        return [v for v in self.d if v is not DELETED] if self.holes else list(self.d)

    def items(self) -> list[tuple[int, Any]]:
        return [(i, v) for i, v in enumerate(self.d, 1) if v is not DELETED]

    def keys(self) -> list[int]:
        return [i for i, v in enumerate(self.d, 1) if v is not DELETED]

    def get(self, index: Any) -> Any:
        if index is None:
            raise _null_key()
        if 0 < index <= len(self.d):
            value = self.d[index - 1]
            if value is DELETED:
                raise _no_data()
            return value
        raise self._outside(index)

    def _outside(self, index: int) -> OraError:
        if index < 1 or (self._limit is not None and index > self._limit):
            return OraError(6532)
        return OraError(6533)

    def put(self, index: Any, value: Any) -> None:
        if index is None:
            raise _null_key()
        if not 0 < index <= len(self.d):
            raise self._outside(index)
        if self.holes and self.d[index - 1] is DELETED:
            self.holes -= 1
        self.d[index - 1] = value

    def ref(self, index: Any) -> Any:
        value = self.get(index)
        if value is None and self._new_element is not None:
            value = type(self)._new_element()  # type: ignore[misc]
            self.d[index - 1] = value
        return value

    def count(self) -> int:
        return len(self.d) - self.holes

    def exists(self, index: Any) -> bool:
        return index is not None and 0 < index <= len(self.d) and self.d[index - 1] is not DELETED

    def first(self) -> int | None:
        if not self.holes:
            return 1 if self.d else None
        return next((i for i, v in enumerate(self.d, 1) if v is not DELETED), None)

    def last(self) -> int | None:
        index = len(self.d)
        while index and self.d[index - 1] is DELETED:
            index -= 1
        return index or None

    def next(self, index: Any) -> int | None:
        if index is None:
            return None
        for at in range(max(index, 0), len(self.d)):
            if self.d[at] is not DELETED:
                return at + 1
        return None

    def prior(self, index: Any) -> int | None:
        if index is None:
            return None
        for at in range(min(index - 1, len(self.d)), 0, -1):
            if self.d[at - 1] is not DELETED:
                return at
        return None

    def limit(self) -> int | None:
        return self._limit

    def extend(self, count: int = 1, index: Any = None) -> None:
        if count is None or count < 0:
            raise OraError(6502, "")
        if self._limit is not None and len(self.d) + count > self._limit:
            raise OraError(6532)
        if index is None:
            make = type(self)._new_element
            if make is None:
                self.d.extend([None] * count)
            else:
                self.d.extend(make() for _ in range(count))
            return
        value = self.get(index)
        deep = self._deep and value is not None
        self.d.extend(value.copy() if deep else value for _ in range(count))

    def trim(self, count: int = 1) -> None:
        if count is None or count < 0 or count > len(self.d):
            raise OraError(6533)
        for _ in range(count):
            if self.d.pop() is DELETED:
                self.holes -= 1

    def delete(self, low: Any = DELETED, high: Any = DELETED) -> None:
        if low is DELETED:
            self.d = []
            self.holes = 0
            return
        if low is None or high is None:
            return
        last = low if high is DELETED else high
        for index in range(max(low, 1), min(last, len(self.d)) + 1):
            if self.d[index - 1] is not DELETED:
                self.d[index - 1] = DELETED
                self.holes += 1


class VArray(NestedTable):
    """VARRAY: bounded by its limit, always dense."""

    __slots__ = ()

    def delete(self, low: Any = DELETED, high: Any = DELETED) -> None:
        if low is not DELETED:
            raise OraError(6502, ": DELETE of single elements of a varray")
        super().delete()


_BASES: dict[str, type[Collection]] = {
    "INDEX BY": AssocArray,
    "TABLE": NestedTable,
    "VARRAY": VArray,
}


def collection_class(
    name: str,
    form: str,
    *,
    deep: bool,
    limit: int | None = None,
) -> type[Collection]:
    """The class of a collection type."""
    body: dict[str, Any] = {"__slots__": (), "_deep": deep, "_limit": limit}
    return type(name, (_BASES[form],), body)


def _key(value: Any) -> Any:
    """Something hashable that is equal for equal elements."""
    if isinstance(value, Collection):
        return tuple(_key(v) for v in value.values())
    values = getattr(value, "values", None)
    return tuple(_key(v) for v in values()) if callable(values) else value


def equal(one: Collection | None, other: Collection | None) -> bool | None:
    """``=`` of nested tables: the same elements in any order; NULL if an element is NULL."""
    if one is None or other is None:
        return None
    left, right = one.values(), other.values()
    if len(left) != len(right):
        return False
    if None in left or None in right:
        return None
    rest = [_key(v) for v in right]
    for value in left:
        key = _key(value)
        if key not in rest:
            return False
        rest.remove(key)
    return True


def member_of(value: Any, collection: Collection | None) -> bool | None:
    """``x MEMBER OF c``."""
    if value is None or collection is None:
        return None
    keys = [_key(v) for v in collection.values()]
    if _key(value) in keys:
        return True
    return None if None in keys else False


def submultiset(one: Collection | None, other: Collection | None) -> bool | None:
    """``a SUBMULTISET OF b``."""
    if one is None or other is None:
        return None
    rest = [_key(v) for v in other.values()]
    for value in one.values():
        key = _key(value)
        if key not in rest:
            return False
        rest.remove(key)
    return True


def multiset(op: str, one: Any, other: Any) -> Any:
    """``a MULTISET UNION|INTERSECT|EXCEPT [DISTINCT] b``; NULL if either is NULL."""
    if one is None or other is None:
        return None
    left, right = one.values(), other.values()
    if "UNION" in op:
        result = left + right
    else:
        rest = [_key(v) for v in right]
        result = []
        for value in left:
            key = _key(value)
            found = key in rest
            if found and "DISTINCT" not in op:
                rest.remove(key)
            if found == ("INTERSECT" in op):
                result.append(value)
    if "DISTINCT" in op:
        result = _distinct(result)
    return one.__class__.from_list(result)


def _distinct(values: list[Any]) -> list[Any]:
    seen: list[Any] = []
    kept = []
    for value in values:
        key = _key(value)
        if key not in seen:
            seen.append(key)
            kept.append(value)
    return kept


def as_set(collection: Any) -> Any:
    """``SET(c)``: without duplicates."""
    if collection is None:
        return None
    return collection.__class__.from_list(_distinct(collection.values()))


def is_a_set(collection: Any) -> bool | None:
    if collection is None:
        return None
    values = collection.values()
    return len(_distinct(values)) == len(values)
