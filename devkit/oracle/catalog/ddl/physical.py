"""Clauses that say where and how rows are kept, and nothing about what a statement gives.

They are accepted here and act on nothing: only what stands in these tables, each with its reason.
A clause that is neither acted on nor listed here is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.oracle.errors import OraError, unsupported

if TYPE_CHECKING:
    from devkit.oracle.catalog.ddl.reader import Reader

TABLESPACES = ("SYSTEM", "SYSAUX", "TEMP", "USERS")

# Of tables and indexes: the word, what follows it, and why it changes nothing that can be seen.
_NUMBERED = {
    "PCTFREE": "free space of a block",
    "PCTUSED": "free space of a block",
    "INITRANS": "transaction entries of a block",
    "MAXTRANS": "obsolete; Oracle ignores it, too",
}
_FLAGS = {
    "LOGGING": "how much redo is written",
    "NOLOGGING": "how much redo is written",
    "NOCOMPRESS": "how blocks are packed",
    "NOPARALLEL": "how many processes work",
    "CACHE": "how long blocks stay in memory",
    "NOCACHE": "how long blocks stay in memory",
}
_OF_TABLES = {
    "MONITORING": "obsolete; Oracle ignores it, too",
    "NOMONITORING": "obsolete; Oracle ignores it, too",
}
_OF_INDEXES = {
    "REVERSE": "how keys lie in blocks",
    "NOREVERSE": "how keys lie in blocks",
    "ONLINE": "whether others may write while it is built",
    "SORT": "the default",
    "VISIBLE": "the default",
}
WORDS = {
    **_NUMBERED,
    **_FLAGS,
    **_OF_TABLES,
    **_OF_INDEXES,
    "STORAGE": "sizes of extents",
    "TABLESPACE": "where blocks lie; the name is looked up (ORA-00959)",
    "COMPRESS": "how blocks are packed",
    "PARALLEL": "how many processes work",
    "COMPUTE STATISTICS": "obsolete; Oracle ignores it, too",
    "SEGMENT CREATION": "when the first extent is made",
    "ROW STORE": "how blocks are packed",
    "ROW MOVEMENT": "whether a row may change its ROWID, which it never does here",
    "LOB STORE AS": "where large values lie; the columns are looked up",
    "SUPPLEMENTAL LOG": "what redo says of a change",
    "ORGANIZATION": "whether rows lie in the primary key's index; that key must be there",
    "INVALIDATION": "when cursors that used an index are parsed again",
    "PURGE": "whether a dropped table could be brought back, which FLASHBACK would",
    "DROP STORAGE": "what becomes of the emptied extents",
    "REUSE STORAGE": "what becomes of the emptied extents",
    "MATERIALIZED VIEW LOG": "there are none",
}


def skip(reader: Reader, *, index: bool = False) -> bool:
    """Step over the physical attributes of a table or index; True when there were some."""
    start = reader.at
    flags = {**_FLAGS, **(_OF_INDEXES if index else _OF_TABLES)}
    while True:
        if reader.take_one(*_NUMBERED):
            reader.number()
        elif reader.take("TABLESPACE"):
            tablespace(reader)
        elif reader.take("STORAGE"):
            reader.parenthesised()
        elif index and reader.take("COMPUTE", "STATISTICS"):
            continue
        elif reader.take_one("COMPRESS", "PARALLEL"):
            if reader.take("ADVANCED"):
                reader.take_one("LOW", "HIGH")
            elif reader.token is not None and reader.token.text.isdigit():
                reader.number()
        elif not reader.take_one(*flags):
            return reader.at > start


def tablespace(reader: Reader) -> str:
    name = reader.name(959)
    if name not in TABLESPACES:
        raise OraError(959, name)
    return name


def refuse_partitions(reader: Reader) -> None:
    """Partitions say which rows a table takes (ORA-14400) and how they are dropped."""
    if reader.is_at("PARTITION", "BY"):
        raise unsupported("PARTITION BY")
