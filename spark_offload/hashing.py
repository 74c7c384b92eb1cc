"""The canonical hash in Python: one kernel for the embedded engine and for Spark's workers."""

from __future__ import annotations

import hashlib
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from spark_offload.canonical import SEPARATOR, Definition, Moment, Number, Separator, Text
from spark_offload.errors import SeparatorInDataError

_STRFTIME = {
    "YYYY-MM-DD": "%Y-%m-%d",
    "YYYY-MM-DD HH24:MI:SS": "%Y-%m-%d %H:%M:%S",
    "YYYY-MM-DD HH24:MI:SS.FF6": "%Y-%m-%d %H:%M:%S",
}
_FINEST = {
    "YYYY-MM-DD": ("second", "s"),
    "YYYY-MM-DD HH24:MI:SS": ("second", "s"),
    "YYYY-MM-DD HH24:MI:SS.FF6": ("microsecond", "us"),
}


def canonical_text(batch: Any, definition: Definition) -> Any:
    """The canonical text of each row of an Arrow batch or table, as an Arrow string array.

    NULL and '' give the same, as in Oracle. A value with the separator in it raises.
    """
    parts: list[Any] = []
    for term in definition.terms:
        if isinstance(term, Separator):
            parts.append(pa.scalar(SEPARATOR, pa.string()))
        else:
            parts.append(_value(batch.column(term.column), term))
    return pc.binary_join_element_wise(
        *parts, pa.scalar("", pa.string()), null_handling="replace", null_replacement=""
    )


def canonical_hashes(batch: Any, definition: Definition) -> Any:
    """The row hashes as an Arrow array of lower-case hex."""
    texts = canonical_text(batch, definition)
    sha256 = hashlib.sha256
    return pa.array(
        [sha256(text).hexdigest() for text in texts.cast(pa.binary()).to_pylist()], pa.string()
    )


def _value(column: Any, term: Text | Number | Moment) -> Any:
    if isinstance(term, Text):
        text = column.cast(pa.string())
        if pc.any(pc.match_substring(text, SEPARATOR)).as_py():
            raise SeparatorInDataError(f"column {term.column} holds CHR(31)")
        return pc.utf8_rtrim(text, " ") if term.trimmed else text
    if isinstance(term, Number):
        # A value with more decimals than the definition knows must fail, not be rounded.
        return column.cast(pa.decimal128(term.precision, term.scale)).cast(pa.string())
    # Cut downwards first: the cast alone cuts towards 1970, a second too late before that year.
    name, unit = _FINEST[term.mask]
    moments = pc.floor_temporal(column, unit=name).cast(pa.timestamp(unit), safe=False)
    return pc.strftime(moments, format=_STRFTIME[term.mask])
