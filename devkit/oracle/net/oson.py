"""OSON, Oracle's binary form of JSON.

The encoder writes the plain subset (short or long names, 32-bit offsets); the decoder reads all
that the drivers write. Decoded numbers are ``Decimal``; dates and binary values become text.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.net import scalars

_MAGIC = b"\xff\x4a\x5a"
_SCALAR, _RELATIVE, _NAMES_U32, _NAMES_U16 = 0x0010, 0x0001, 0x0008, 0x0400
_SEGMENT_U32, _TREE_U32 = 0x0800, 0x1000
_SCALAR_FLAGS, _CONTAINER_FLAGS = 0x0016, 0x2106


# --------------------------------------------------------------------------- encoder


def _hash(name: bytes) -> int:
    value = 0x811C9DC5
    for byte in name:
        value = ((value ^ byte) * 16_777_619) & 0xFFFF_FFFF
    return value


class _Names:
    """The dictionary of field names: ids count from 1, short names before long ones."""

    def __init__(self, value: Any) -> None:
        found: set[str] = set()
        _collect_names(value, found)
        encoded = [(name, name.encode()) for name in found]
        short = sorted(
            (
                (_hash(data) & 0xFF, len(data), data, name)
                for name, data in encoded
                if len(data) < 256
            )
        )
        long = sorted(
            (
                (_hash(data) & 0xFFFF, len(data), data, name)
                for name, data in encoded
                if len(data) > 255
            )
        )
        self.short = [(entry[0], entry[2]) for entry in short]
        self.long = [(entry[0], entry[2]) for entry in long]
        self.ids = {entry[3]: number for number, entry in enumerate(short + long, start=1)}
        count = len(self.ids)
        self.id_size = 1 if count < 256 else 2 if count < 65_536 else 4


def _collect_names(value: Any, found: set[str]) -> None:
    if isinstance(value, dict):
        found.update(value)
        for child in value.values():
            _collect_names(child, found)
    elif isinstance(value, list):
        for child in value:
            _collect_names(child, found)


def _segment(names: list[tuple[int, bytes]], length_size: int) -> tuple[list[int], bytes]:
    offsets, segment = [], bytearray()
    for _hash_value, data in names:
        offsets.append(len(segment))
        segment += len(data).to_bytes(length_size, "big") + data
    return offsets, bytes(segment)


def encode_oson(value: Any) -> bytes:
    """The image of dict, list, str, int, float, Decimal, bool or None."""
    if not isinstance(value, dict | list):
        tree = bytearray()
        _write_node(tree, value, {}, 1)
        flags = _SCALAR_FLAGS
        if len(tree) > 0xFFFF:
            return (
                _MAGIC + b"\x01" + (flags | _TREE_U32).to_bytes(2, "big") + _u32(len(tree)) + tree
            )
        return _MAGIC + b"\x01" + flags.to_bytes(2, "big") + len(tree).to_bytes(2, "big") + tree
    names = _Names(value)
    tree = bytearray()
    _write_node(tree, value, names.ids, names.id_size)
    flags = _CONTAINER_FLAGS | _SEGMENT_U32 | _TREE_U32
    flags |= {1: 0, 2: _NAMES_U16, 4: _NAMES_U32}[names.id_size]
    short_offsets, short_segment = _segment(names.short, 1)
    long_offsets, long_segment = _segment(names.long, 2)
    out = bytearray(_MAGIC)
    out.append(3 if names.long else 1)
    out += flags.to_bytes(2, "big")
    out += len(names.short).to_bytes(names.id_size, "big") + _u32(len(short_segment))
    if names.long:
        out += (0).to_bytes(2, "big") + _u32(len(names.long)) + _u32(len(long_segment))
    out += _u32(len(tree)) + b"\0\0"
    out += bytes(entry[0] for entry in names.short)
    out += b"".join(map(_u32, short_offsets)) + short_segment
    if names.long:
        out += b"".join(entry[0].to_bytes(2, "big") for entry in names.long)
        out += b"".join(map(_u32, long_offsets)) + long_segment
    return bytes(out + tree)


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "big")


def _write_container_head(tree: bytearray, kind: int, count: int) -> None:
    size, flag = (1, 0x00) if count < 256 else (2, 0x08) if count < 65_536 else (4, 0x10)
    tree.append(kind | 0x20 | flag)
    tree += count.to_bytes(size, "big")


def _write_node(tree: bytearray, value: Any, ids: dict[str, int], id_size: int) -> None:
    if isinstance(value, dict):
        _write_container_head(tree, 0x84, len(value))
        for name in value:
            tree += ids[name].to_bytes(id_size, "big")
        _write_children(tree, list(value.values()), ids, id_size)
    elif isinstance(value, list):
        _write_container_head(tree, 0xC0, len(value))
        _write_children(tree, value, ids, id_size)
    elif value is None or isinstance(value, bool):
        tree.append({None: 0x30, True: 0x31, False: 0x32}[value])
    elif isinstance(value, str):
        data = value.encode()
        if len(data) < 256:
            tree += bytes((0x33, len(data))) + data
        elif len(data) < 65_536:
            tree += b"\x37" + len(data).to_bytes(2, "big") + data
        else:
            tree += b"\x38" + _u32(len(data)) + data
    elif isinstance(value, int | Decimal | float):
        exact = Decimal(repr(value)) if isinstance(value, float) else value
        image = scalars.encode_number(exact)
        tree += bytes((0x34, len(image))) + image
    else:
        raise TypeError(f"{type(value).__name__} inside JSON")


def _write_children(
    tree: bytearray, children: list[Any], ids: dict[str, int], id_size: int
) -> None:
    table = len(tree)
    tree += bytes(4 * len(children))
    for number, child in enumerate(children):
        tree[table + 4 * number : table + 4 * number + 4] = _u32(len(tree))
        _write_node(tree, child, ids, id_size)


# --------------------------------------------------------------------------- decoder


class _Decoder:
    def __init__(self, data: bytes) -> None:
        if data[:3] != _MAGIC or data[3] not in (1, 3):
            raise OraError(40441)
        self.data = data
        self.version = data[3]
        self.flags = int.from_bytes(data[4:6], "big")
        self.position = 6
        self.names: list[str] = []
        self.id_size = 1
        self.tree = 0

    def number(self, size: int) -> int:
        value = int.from_bytes(self.data[self.position : self.position + size], "big")
        self.position += size
        return value

    def decode(self) -> Any:
        if self.flags & _SCALAR:
            self.number(4 if self.flags & _TREE_U32 else 2)
            return self.node(self.position)
        self.id_size = 4 if self.flags & _NAMES_U32 else 2 if self.flags & _NAMES_U16 else 1
        short_count = self.number(self.id_size)
        short_size = self.number(4 if self.flags & _SEGMENT_U32 else 2)
        long_count = long_size = 0
        long_offset_size = 4
        if self.version == 3:
            secondary = self.number(2)
            long_offset_size = 2 if secondary & 0x100 else 4
            long_count, long_size = self.number(4), self.number(4)
        self.number(4 if self.flags & _TREE_U32 else 2)
        self.number(2)
        self.read_names(short_count, short_size, 1, 4 if self.flags & _SEGMENT_U32 else 2)
        if long_count:
            self.read_names(long_count, long_size, 2, long_offset_size)
        self.tree = self.position
        return self.node(self.tree)

    def read_names(self, count: int, size: int, width: int, offset_size: int) -> None:
        self.position += count * width
        offsets = [self.number(offset_size) for _ in range(count)]
        base = self.position
        for offset in offsets:
            start = base + offset
            length = int.from_bytes(self.data[start : start + width], "big")
            self.names.append(self.data[start + width : start + width + length].decode())
        self.position = base + size

    def node(self, at: int) -> Any:
        self.position = at + 1
        kind = self.data[at]
        if kind & 0x80:
            return self.container(at, kind)
        return self.scalar(kind)

    def scalar(self, kind: int) -> Any:
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        if kind <= 0x1F:
            return self.take(kind).decode()
        if kind in _LENGTH_SIZES:
            size, convert = _LENGTH_SIZES[kind]
            return convert(self.take(self.number(size)))
        if kind in _FIXED:
            size, convert = _FIXED[kind]
            return convert(self.take(size))
        family, low = kind & 0xF0, kind & 0x0F
        if family in (0x20, 0x60):
            return _exact(self.take(low + 1))
        if family in (0x40, 0x50):
            return _exact(self.take(low))
        raise unsupported(f"JSON node of type {kind:#04x}")

    def take(self, size: int) -> bytes:
        value = self.data[self.position : self.position + size]
        self.position += size
        return value

    def container(self, at: int, kind: int) -> Any:
        is_object = not kind & 0x40
        offset_size = 4 if kind & 0x20 else 2
        base = at if self.flags & _RELATIVE else self.tree
        count_bits = kind & 0x18
        if count_bits == 0x18:  # the field ids of another object
            shared = self.tree + self.number(offset_size)
            offsets_at = self.position
            self.position = shared + 1
            count = self.number({0x00: 1, 0x08: 2, 0x10: 4}[self.data[shared] & 0x18])
            ids = [self.number(self.id_size) for _ in range(count)]
            self.position = offsets_at
        else:
            count = self.number({0x00: 1, 0x08: 2, 0x10: 4}[count_bits])
            ids = [self.number(self.id_size) for _ in range(count)] if is_object else []
        offsets = [self.number(offset_size) for _ in range(count)]
        children = [self.node(base + offset) for offset in offsets]
        if not is_object:
            return children
        return {self.names[number - 1]: child for number, child in zip(ids, children, strict=True)}


_CONSTANTS: dict[int, Any] = {0x30: None, 0x31: True, 0x32: False}


def _exact(data: bytes) -> Decimal:
    return Decimal(scalars.decode_number(data))


def _iso(data: bytes) -> str:
    return scalars.decode_datetime(data).isoformat()


def _interval(data: bytes) -> str:
    value = scalars.decode_interval_ds(data)
    seconds = value.seconds + value.microseconds / 1_000_000
    return f"P{value.days}DT{seconds:g}S"


def _iso_tz(data: bytes) -> str:
    return scalars.decode_timestamp_tz(data).astimezone(dt.UTC).isoformat()


def _hex(data: bytes) -> str:
    return data.hex().upper()


_LENGTH_SIZES: dict[int, tuple[int, Callable[[bytes], Any]]] = {
    0x33: (1, bytes.decode),
    0x37: (2, bytes.decode),
    0x38: (4, bytes.decode),
    0x34: (1, _exact),
    0x3A: (2, _hex),
    0x3B: (4, _hex),
    0x7E: (1, _hex),
}
_FIXED: dict[int, tuple[int, Callable[[bytes], Any]]] = {
    0x36: (8, scalars.decode_float),
    0x7F: (4, scalars.decode_float),
    0x39: (11, _iso),
    0x7D: (7, _iso),
    0x3C: (7, _iso),
    0x7C: (13, _iso_tz),
    0x3E: (11, _interval),
}


def decode_oson(data: bytes) -> Any:
    """The JSON value as Python objects."""
    return _Decoder(data).decode()


def json_text(value: Any) -> str:
    """JSON text as the SQL layer takes it; numbers keep all their digits."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{json_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    if isinstance(value, Decimal):
        return format(value, "f") if abs(value.adjusted()) < 40 else str(value)
    return json.dumps(value, ensure_ascii=False)
