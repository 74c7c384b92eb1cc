"""JSON_ELEMENT_T, JSON_OBJECT_T, JSON_ARRAY_T, JSON_SCALAR_T, JSON_KEY_LIST in Python."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.plsql import messages, numbers, tables


def _syntax_error() -> OraError:
    return OraError(40441)


def _decode(text: Any) -> Any:
    if isinstance(text, bytes):
        text = text.decode()
    if text is None:
        raise _syntax_error()
    try:
        return json.loads(text, parse_float=Decimal, parse_int=int)
    except ValueError:
        raise _syntax_error() from None


def encode(value: Any) -> str:
    """Compact text as Oracle prints it."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_quote(k)}:{encode(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(encode(v) for v in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int | Decimal):
        text = numbers.number_text(value)
        return text.replace(".", "0.", 1) if text.startswith((".", "-.")) else text
    if isinstance(value, float):
        return json.dumps(value)
    if isinstance(value, datetime):
        micro = f".{value.microsecond:06d}" if value.microsecond else ""
        return _quote(value.strftime("%Y-%m-%dT%H:%M:%S") + micro)
    return _quote(str(value))


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


class Element:
    """JSON_ELEMENT_T: a view of a JSON value; objects and arrays share their data."""

    type_name = "JSON_ELEMENT_T"

    def __init__(self, data: Any) -> None:
        self.data = data

    def copy(self) -> Element:
        """Assignment copies the reference, as PL/SQL does for these types."""
        return self

    def call(self, method: str, args: list[Any]) -> Any:
        """Call the method of that folded name."""
        function = getattr(self, "m_" + method.lower(), None)
        if function is None:
            raise OraError(6550, 0, 0, messages.no_component(method))
        return function(*args)

    def m_parse(self, text: Any) -> Element:
        return wrap(_decode(text))

    def m_to_string(self) -> str:
        return encode(self.data)

    m_stringify = m_to_string
    m_to_clob = m_to_string

    def m_to_blob(self) -> bytes:
        return encode(self.data).encode()

    def m_to_number(self) -> Any:
        return _number(self.data, "TO_NUMBER")

    def m_to_boolean(self) -> bool | None:
        return _boolean(self.data, "TO_BOOLEAN")

    def m_to_date(self) -> datetime | None:
        return _date(self.data, "TO_DATE")

    m_to_timestamp = m_to_date

    def m_is_object(self) -> bool:
        return isinstance(self.data, dict)

    def m_is_array(self) -> bool:
        return isinstance(self.data, list)

    def m_is_scalar(self) -> bool:
        return not isinstance(self.data, dict | list)

    def m_is_string(self) -> bool:
        return isinstance(self.data, str)

    def m_is_number(self) -> bool:
        return isinstance(self.data, int | Decimal | float) and not isinstance(self.data, bool)

    def m_is_boolean(self) -> bool:
        return isinstance(self.data, bool)

    def m_is_true(self) -> bool:
        return self.data is True

    def m_is_false(self) -> bool:
        return self.data is False

    def m_is_null(self) -> bool:
        return self.data is None

    def m_is_date(self) -> bool:
        return isinstance(self.data, datetime)

    m_is_timestamp = m_is_date

    def m_get_size(self) -> int:
        return len(self.data) if isinstance(self.data, dict | list) else 1

    def m_on_error(self, level: Any) -> None:
        """Level 0 is how every value begins; the errors of the others are not raised here."""
        if int(level or 0) != 0:
            raise unsupported(f"ON_ERROR({level}) of {self.type_name}")


def _refused(method: str, value: Any) -> OraError:
    """A getter on a value of another type.

    JSON Developer's Guide, "PL/SQL Object Types for JSON": a getter serves the value of its own
    type, and ON_ERROR(0) makes NULL of a mismatch; releases convert instead, some of the time.
    """
    return unsupported(f"{method} on a JSON value that is {_kind(value)}")


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, bool):
        return "a boolean"
    return "a string" if isinstance(value, str) else "a date or number"


def _number(value: Any, method: str) -> Any:
    if value is None:
        return None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value
    if isinstance(value, float):
        return Decimal(repr(value))
    raise _refused(method, value)


def _boolean(value: Any, method: str) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise _refused(method, value)


def _date(value: Any, method: str) -> datetime | None:
    """JSON has no dates: a string in the form of ISO 8601 stands for one."""
    if value is None or isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str):
            return datetime.fromisoformat(value.replace("Z", "+00:00")).replace(tzinfo=None)
    except ValueError:
        pass
    raise _refused(method, value)


def _text(value: Any, method: str) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    raise _refused(method, value)


def _plain(value: Any) -> Any:
    """What PUT stores: elements by reference to their data, an empty string as NULL."""
    return value.data if isinstance(value, Element) else value


def _missing() -> None:
    return None


class Scalar(Element):
    type_name = "JSON_SCALAR_T"


class Object(Element):
    """JSON_OBJECT_T."""

    type_name = "JSON_OBJECT_T"

    def __init__(self, data: Any = None) -> None:
        super().__init__({} if data is None else data)

    @classmethod
    def make(cls, source: Any = None) -> Object:
        """The constructor: empty, from text, or from an element."""
        if source is None:
            return cls()
        data = source.data if isinstance(source, Element) else _decode(source)
        if not isinstance(data, dict):
            raise OraError(40587, text="invalid JSON type")
        return cls(data)

    @classmethod
    def static(cls, method: str, args: list[Any]) -> Any:
        if method != "PARSE":
            raise OraError(6550, 0, 0, messages.no_component(method))
        return cls.make(args[0] if args and args[0] is not None else "")

    def _value(self, key: Any) -> Any:
        return self.data.get(key)

    def m_get(self, key: Any) -> Element | None:
        return wrap(self.data[key]) if key in self.data else None

    def m_get_string(self, key: Any) -> str | None:
        return _text(self._value(key), "GET_STRING")

    m_get_clob = m_get_string

    def m_get_number(self, key: Any) -> Any:
        return _number(self._value(key), "GET_NUMBER")

    def m_get_boolean(self, key: Any) -> bool | None:
        return _boolean(self._value(key), "GET_BOOLEAN")

    def m_get_date(self, key: Any) -> datetime | None:
        return _date(self._value(key), "GET_DATE")

    m_get_timestamp = m_get_date

    def m_get_object(self, key: Any) -> Object | None:
        value = self._value(key)
        if value is None or isinstance(value, dict):
            return None if value is None else Object(value)
        raise _refused("GET_OBJECT", value)

    def m_get_array(self, key: Any) -> Array | None:
        value = self._value(key)
        if value is None or isinstance(value, list):
            return None if value is None else Array(value)
        raise _refused("GET_ARRAY", value)

    def m_get_type(self, key: Any) -> str | None:
        return type_word(self.data[key]) if key in self.data else None

    def m_has(self, key: Any) -> bool:
        return key in self.data

    def m_get_keys(self) -> Any:
        return KeyList(list(self.data)) if self.data else None

    def m_put(self, key: Any, value: Any) -> None:
        self.data[key] = _plain(value)

    def m_put_null(self, key: Any) -> None:
        self.data[key] = None

    def m_remove(self, key: Any) -> None:
        self.data.pop(key, None)

    def m_rename_key(self, old: Any, new: Any) -> None:
        if new in self.data:
            raise OraError(40570, text="duplicate name")
        renamed = {(new if k == old else k): v for k, v in self.data.items()}
        self.data.clear()
        self.data.update(renamed)

    def m_clone(self) -> Object:
        return Object(_decode(encode(self.data)))

    def m_mergepatch(self, patch: Any) -> None:
        _merge(self.data, _decode(patch) if isinstance(patch, str) else patch.data)


def _merge(target: dict[str, Any], patch: dict[str, Any]) -> None:
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict):
            if not isinstance(target.get(key), dict):
                target[key] = {}
            _merge(target[key], value)
        else:
            target[key] = value


class Array(Element):
    """JSON_ARRAY_T; positions start at 0."""

    type_name = "JSON_ARRAY_T"

    def __init__(self, data: Any = None) -> None:
        super().__init__([] if data is None else data)

    @classmethod
    def make(cls, source: Any = None) -> Array:
        if source is None:
            return cls()
        data = source.data if isinstance(source, Element) else _decode(source)
        if not isinstance(data, list):
            raise OraError(40587, text="invalid JSON type")
        return cls(data)

    @classmethod
    def static(cls, method: str, args: list[Any]) -> Any:
        if method != "PARSE":
            raise OraError(6550, 0, 0, messages.no_component(method))
        return cls.make(args[0] if args and args[0] is not None else "")

    def _value(self, position: Any) -> Any:
        index = int(position)
        return self.data[index] if 0 <= index < len(self.data) else None

    def m_get(self, position: Any) -> Element | None:
        return wrap(self._value(position)) if 0 <= int(position) < len(self.data) else None

    def m_get_string(self, position: Any) -> str | None:
        return _text(self._value(position), "GET_STRING")

    m_get_clob = m_get_string

    def m_get_number(self, position: Any) -> Any:
        return _number(self._value(position), "GET_NUMBER")

    def m_get_boolean(self, position: Any) -> bool | None:
        return _boolean(self._value(position), "GET_BOOLEAN")

    def m_get_date(self, position: Any) -> datetime | None:
        return _date(self._value(position), "GET_DATE")

    m_get_timestamp = m_get_date

    def m_get_type(self, position: Any) -> str | None:
        return type_word(self._value(position))

    def m_append(self, value: Any) -> None:
        self.data.append(_plain(value))

    def m_append_null(self) -> None:
        self.data.append(None)

    def m_put(self, position: Any, value: Any, overwrite: Any = False) -> None:
        index = int(position)
        if index > len(self.data):
            self.data.extend([None] * (index - len(self.data)))
        if overwrite and index < len(self.data):
            self.data[index] = _plain(value)
        else:
            self.data.insert(index, _plain(value))

    def m_put_null(self, position: Any, overwrite: Any = False) -> None:
        self.m_put(position, None, overwrite)

    def m_remove(self, position: Any) -> None:
        index = int(position)
        if 0 <= index < len(self.data):
            del self.data[index]

    def m_clone(self) -> Array:
        return Array(_decode(encode(self.data)))


class KeyList(tables.VArray):
    """JSON_KEY_LIST: a varray of names."""

    __slots__ = ()
    _limit = 32767


def type_word(value: Any) -> str:
    """GET_TYPE."""
    if isinstance(value, dict):
        return "OBJECT"
    if isinstance(value, list):
        return "ARRAY"
    return "SCALAR"


def wrap(value: Any) -> Element:
    """The element object for a JSON value."""
    if isinstance(value, dict):
        return Object(value)
    return Array(value) if isinstance(value, list) else Scalar(value)


class ElementType:
    """JSON_ELEMENT_T as a type: its static method PARSE."""

    @staticmethod
    def static(method: str, args: list[Any]) -> Any:
        if method != "PARSE":
            raise OraError(6550, 0, 0, messages.no_component(method))
        return wrap(_decode(args[0] if args else None))

    @staticmethod
    def make(*_args: Any) -> Any:
        raise OraError(
            6550, 0, 0, "PLS-00713: attempting to instantiate a type that is NOT INSTANTIABLE"
        )
