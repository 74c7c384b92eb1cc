"""The end of a pipeline (function 200) and the mode its begin announced (piggyback 199)."""

from __future__ import annotations

from devkit.oracle.net.types import Reader

CONTINUE_ON_ERROR, ABORT_ON_ERROR = 1, 2


def read_pipeline_begin(reader: Reader) -> int:
    """The mode."""
    reader.ub()
    reader.u8()
    return reader.u8()


def read_pipeline_end(reader: Reader) -> None:
    reader.ub()
