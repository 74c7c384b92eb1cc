"""The comparison without Spark, on Arrow in this process: for small tables, and without Java."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from spark_offload.diff import DIFFERENCES, Counts, Difference, Kind
from spark_offload.errors import DuplicateKeysError
from spark_offload.plan import KeyRange
from spark_offload.reading import HASHED, Source, read_range


def read_side(source: Source, side: str) -> Any:
    batches = list(read_range(source, side, KeyRange(None, None)))
    return pa.Table.from_batches(batches, schema=HASHED)


def found_differences(erp: Any, agreed: Any) -> tuple[Counts, Iterator[Difference]]:
    """Counts and differences in key order, from two tables (record_key, row_hash)."""
    for table in (erp, agreed):
        if len(pc.unique(table.column("record_key"))) != len(table):
            raise DuplicateKeysError("a key occurs more than once on one side")
    joined = _marked(erp, "erp").join(
        _marked(agreed, "agreed"), keys="record_key", join_type="full outer"
    )
    in_erp = pc.fill_null(joined.column("in_erp"), False)
    in_agreed = pc.fill_null(joined.column("in_agreed"), False)
    agreed_hash = joined.column("agreed_hash")
    equal = pc.fill_null(pc.equal(joined.column("erp_hash"), agreed_hash), False)
    # The rules of diff.classify, from the last to the first.
    kind = pc.if_else(equal, Kind.EQUAL.value, Kind.CHANGED.value)
    kind = pc.if_else(pc.is_null(agreed_hash), Kind.PENDING.value, kind)
    kind = pc.if_else(in_erp, kind, Kind.EXTRA.value)
    kind = pc.if_else(in_agreed, kind, Kind.MISSING.value)
    tally = {item["values"]: item["counts"] for item in pc.value_counts(kind).to_pylist()}
    counts = Counts(**{k.name.lower(): int(tally.get(k.value, 0)) for k in Kind})
    wanted = pa.array([k.value for k in DIFFERENCES])
    differing = (
        joined.append_column("kind", kind)
        .filter(pc.is_in(kind, value_set=wanted))
        .select(["record_key", "kind", "erp_hash"])
        .sort_by("record_key")
    )
    return counts, _rows(differing)


def _marked(table: Any, name: str) -> Any:
    """The join leaves NULL where a side has no row, so presence needs a column of its own."""
    present = pa.array([True] * len(table), pa.bool_())
    return table.rename_columns(["record_key", f"{name}_hash"]).append_column(f"in_{name}", present)


def _rows(differing: Any) -> Iterator[Difference]:
    for row in differing.to_pylist():
        yield Difference(row["record_key"], Kind(row["kind"]), row["erp_hash"])
