"""The Spark session: small, local by default, with the settings that hashes depend on."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from spark_offload.java import Java, find_java

HEAP = "2g"


def start(*, master: str = "local[2]", partitions: int = 4) -> tuple[Any, Java]:
    """A session and the Java it runs on; an existing session of this process is used as it is.

    UTC is not a matter of taste: under another zone some moments hash wrongly. ANSI mode makes a
    number that does not fit its format an error instead of NULL.
    """
    java = find_java()
    if java.home:
        os.environ["JAVA_HOME"] = java.home
    os.environ["PYSPARK_PYTHON"] = sys.executable  # else workers take any python3 of PATH
    os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    _let_workers_import_us()
    from pyspark.sql import SparkSession

    spark = (
        SparkSession.builder.master(master)
        .appName("erpcrm-diff")
        .config("spark.driver.memory", HEAP)
        .config("spark.driver.extraJavaOptions", f"-XX:+UseParallelGC {_quiet()}")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.sql.adaptive.enabled", "true")
        .config("spark.sql.shuffle.partitions", str(partitions))
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "20000")
        .config("spark.log.level", "ERROR")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    return spark, java


def _quiet() -> str:
    """Spark's log settings must be known to the JVM from its first line on."""
    return f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties').as_uri()}"


def _let_workers_import_us() -> None:
    """Workers unpickle our classes by name, so this package must be on their path."""
    root = str(Path(__file__).resolve().parent.parent)
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    if root not in paths:
        os.environ["PYTHONPATH"] = os.pathsep.join([root, *paths])
