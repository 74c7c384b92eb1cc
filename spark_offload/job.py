"""The comparison on Spark: a full outer join of both sides; only differences come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from spark_offload.diff import Counts, Difference, Kind
from spark_offload.errors import DuplicateKeysError
from spark_offload.reading import Source

# The rules of diff.classify; <=> keeps a NULL from making the answer NULL.
_KIND = """
case when not coalesce(in_agreed, false) then 'MISSING'
     when not coalesce(in_erp, false) then 'EXTRA'
     when agreed_hash is null then 'PENDING'
     when erp_hash <=> agreed_hash then 'EQUAL'
     else 'CHANGED'
end
"""


def classified(erp: Any, agreed: Any) -> Any:
    """(record_key, kind, erp_hash, copies) of every key, from two frames (record_key, row_hash).

    Each side is grouped by its key first: a repeated key shows in ``copies`` instead of being
    joined. The join uses the same partitioning, so that nothing moves twice.
    """
    from pyspark.sql import functions as f

    def side(frame: Any, name: str) -> Any:
        return frame.groupBy("record_key").agg(
            f.max("row_hash").alias(f"{name}_hash"),
            f.count("*").alias(f"{name}_copies"),
            f.lit(True).alias(f"in_{name}"),
        )

    joined = side(erp, "erp").join(side(agreed, "agreed"), "record_key", "full_outer")
    return joined.select(
        "record_key",
        f.expr(_KIND).alias("kind"),
        "erp_hash",
        f.greatest(f.col("erp_copies"), f.col("agreed_copies")).alias("copies"),
    )


@contextmanager
def found_differences(erp: Any, agreed: Any) -> Iterator[tuple[Counts, Iterator[Difference]]]:
    """Counts over all keys and an iterator over the differences, from one pass over both sides.

    A key that occurs twice raises DuplicateKeysError. Only differences are kept for the iterator.
    """
    from pyspark.sql import Observation
    from pyspark.sql import functions as f

    def counted(kind: Kind) -> Any:
        return f.count_if(f.col("kind") == kind.value).alias(kind.name.lower())

    observation = Observation()
    differences = (
        classified(erp, agreed)
        .observe(
            observation,
            *[counted(kind) for kind in Kind],
            f.count_if(f.col("copies") > 1).alias("repeated"),
        )
        .filter(f.col("kind").isin("MISSING", "CHANGED", "EXTRA"))
        .select("record_key", "kind", "erp_hash")
        .persist()
    )
    try:
        differences.count()
        seen = {name: int(value) for name, value in observation.get.items()}
        repeated = seen.pop("repeated")
        if repeated:
            raise DuplicateKeysError(f"{repeated} keys occur more than once on one side")
        yield Counts(**seen), _rows(differences)
    finally:
        differences.unpersist()


def _rows(differences: Any) -> Iterator[Difference]:
    for row in differences.orderBy("record_key").toLocalIterator():
        yield Difference(row.record_key, Kind(row.kind), row.erp_hash)


def read_side(spark: Any, source: Source, side: str, partitions: int) -> Any:
    """One side as a frame (record_key, row_hash), hashed in the workers."""
    from spark_offload.source import FORMAT, OracleSource

    spark.dataSource.register(OracleSource)
    return (
        spark.read.format(FORMAT)
        .option("side", side)
        .option("dsn", source.dsn)
        .option("user", source.user)
        .option("credential", source.credential)
        .option("partitions", str(partitions))
        .load()
    )
