"""ERROR (4): the end of most calls, with or without an error."""

from __future__ import annotations

from dataclasses import dataclass, field

from devkit.oracle.contracts import BatchError
from devkit.oracle.errors import OraError
from devkit.oracle.net.scalars import split_rowid
from devkit.oracle.net.types import Writer, vb_bytes

MESSAGE = 4
IN_TRANSACTION = 2
WARNING_COMPILED_WITH_ERRORS = 0x20
NO_DATA_FOUND = 1403
ARRAY_DML_ERRORS = 24381


@dataclass(slots=True)
class ErrorReply:
    """``code`` 0 is success; ``text`` is the whole error stack."""

    call_status: int = 0
    code: int = 0
    text: str = ""
    cursor_id: int = 0
    position: int = 0
    rowcount: int = 0
    rowid: str | None = None
    compiled_with_errors: bool = False
    batch_errors: list[BatchError] = field(default_factory=list)

    @classmethod
    def of(cls, error: OraError, call_status: int) -> ErrorReply:
        return cls(call_status, error.code, error.stack, position=error.position or 0)

    def write(self, writer: Writer, field_version: int) -> None:
        writer.u8(MESSAGE)
        writer.ub(self.call_status, 0, self.rowcount & 0xFFFF_FFFF, self.code & 0xFFFF, 0, 0)
        writer.ub(self.cursor_id)
        writer.sb(min(self.position, 32_767))
        writer.u8(0, 0, 0, 0, 0)
        writer.u8(WARNING_COMPILED_WITH_ERRORS if self.compiled_with_errors else 0)
        data_object, file, block, slot = split_rowid(self.rowid) if self.rowid else (0, 0, 0, 0)
        writer.ub(data_object, file)
        writer.u8(0)
        writer.ub(block, slot, 0)
        writer.u8(0, 0)
        writer.ub(0, 0, 0)
        self._write_batch_errors(writer)
        writer.ub(self.code, self.rowcount)
        if field_version >= 14:
            writer.ub(0, 0)
        if self.code:
            writer.text(f"{self.text}\n")

    def _write_batch_errors(self, writer: Writer) -> None:
        errors = self.batch_errors
        if not errors:
            writer.ub(0, 0, 0)
            return
        writer.ub(len(errors))
        writer.u8(0)
        writer.ub(*(entry.error.code for entry in errors))
        writer.ub(len(errors))
        writer.u8(0)
        writer.ub(*(entry.offset for entry in errors))
        writer.ub(len(errors))
        writer.u8(0)
        for entry in errors:
            text = entry.error.stack.encode()
            writer.ub(min(len(text), 65_535))
            writer.raw(vb_bytes(text))
            writer.raw(b"\0\0")
