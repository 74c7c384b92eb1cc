"""Sequences, synonyms and comments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.oracle.catalog.ddl.context import Context, quote
from devkit.oracle.errors import OraError, unsupported

if TYPE_CHECKING:
    from devkit.oracle.catalog.ddl.reader import Reader

_LOWEST, _HIGHEST = -(2**63) + 1, 2**63 - 1  # PostgreSQL's; Oracle's have 28 digits
_MAXIMUM = 10**28 - 1


@dataclass(slots=True)
class SequenceOptions:
    start: int | None = None
    increment: int = 1
    minimum: int | None = None
    maximum: int | None = None
    cycle: bool = False
    order: bool = False
    cache: int = 20
    restart: bool = False
    limit_value: bool = False
    no_limits: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()


def read_sequence_options(reader: Reader) -> SequenceOptions:
    """``START WITH 1 INCREMENT BY 1 …`` up to a word that is none of these."""
    options = SequenceOptions()
    given: set[str] = set()
    while True:
        if reader.take("START", "WITH"):
            if reader.take("LIMIT"):
                reader.expect("VALUE")
                options.limit_value = True
                continue
            options.start = reader.number()
            given.add("start")
        elif reader.take("INCREMENT", "BY"):
            options.increment = reader.number()
            given.add("increment")
        elif reader.take("MINVALUE"):
            options.minimum = reader.number()
            given.add("minimum")
        elif reader.take("MAXVALUE"):
            options.maximum = reader.number()
            given.add("maximum")
        elif reader.take("CACHE"):
            options.cache = reader.number()
            given.add("cache")
        elif reader.take("NOCACHE"):
            options.cache = 0
            given.add("cache")
        elif word := reader.take_one("CYCLE", "NOCYCLE"):
            options.cycle = word == "CYCLE"
            given.add("cycle")
        elif word := reader.take_one("ORDER", "NOORDER"):
            options.order = word == "ORDER"
            given.add("order")
        elif reader.take("RESTART"):
            options.restart = True
        elif word := reader.take_one("NOMINVALUE", "NOMAXVALUE"):
            options.no_limits |= {word}
        elif word := reader.take_one("KEEP", "SESSION", "SCALE", "SHARD"):
            raise unsupported(f"sequence with {word}")
        elif not reader.take_one("NOKEEP", "GLOBAL", "NOSCALE", "NOSHARD"):  # the defaults
            break
    options.given = frozenset(given)
    return options


def add_sequence(
    context: Context, owner: str, name: str, options: SequenceOptions, *, generated: bool = False
) -> None:
    """Create the sequence in PostgreSQL and in the dictionary."""
    if options.limit_value:  # SQL Reference, identity_options: with ALTER TABLE MODIFY only
        raise unsupported("START WITH LIMIT VALUE outside ALTER TABLE MODIFY")
    if options.increment == 0:
        raise OraError(4002)
    down = options.increment < 0
    minimum = options.minimum if options.minimum is not None else (-(10**27) + 1 if down else 1)
    maximum = options.maximum if options.maximum is not None else (-1 if down else _MAXIMUM)
    if minimum >= maximum:
        raise OraError(4004)
    start = options.start if options.start is not None else (maximum if down else minimum)
    if start < minimum:
        raise OraError(4006)
    if start > maximum:
        raise OraError(4008)
    context.pg(
        f"CREATE SEQUENCE {quote(owner, name)} INCREMENT {options.increment}"
        f" MINVALUE {max(minimum, _LOWEST)} MAXVALUE {min(maximum, _HIGHEST)} START {start}"
        f"{' CYCLE' if options.cycle else ' NO CYCLE'}"
    )
    context.add_object(owner, name, "SEQUENCE", generated=generated)
    context.query(
        "INSERT INTO ora_dict.sequences VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        (
            owner,
            name,
            minimum,
            maximum,
            options.increment,
            options.cycle,
            options.order,
            options.cache,
        ),
    )


def create_sequence(context: Context, reader: Reader) -> None:
    reader.expect("SEQUENCE", 901)
    exists_ok = reader.if_not_exists()
    owner, name = reader.qualified(context.schema, 2277)
    context.need_create(owner, "SEQUENCE")
    options = read_sequence_options(reader)
    reader.finish(933)
    if exists_ok and context.catalog.kind_in_namespace(owner, name):
        return
    context.need_free(owner, name)
    add_sequence(context, owner, name, options)


def _sequence(context: Context, owner: str, name: str) -> tuple[str, str]:
    found = context.catalog.resolve((owner, name), schema=owner)
    if found is None or found.type != "SEQUENCE":
        raise OraError(2289)
    return found.owner, found.name


def alter_sequence(context: Context, reader: Reader) -> None:
    owner, name = reader.qualified(context.schema)
    owner, name = _sequence(context, owner, name)
    if not context.may("ALTER", owner, name):
        context.need_on(owner, name, "ALTER ANY SEQUENCE", missing=2289)
    options = read_sequence_options(reader)
    reader.finish(933)
    if options.limit_value:
        raise unsupported("START WITH LIMIT VALUE outside ALTER TABLE MODIFY")
    change_sequence(context, owner, name, options)
    context.touch(owner, name, "SEQUENCE")


def change_sequence(context: Context, owner: str, name: str, options: SequenceOptions) -> None:
    """Give a sequence the options that were written; the others stay."""
    if options.no_limits:
        raise unsupported(f"ALTER SEQUENCE {min(options.no_limits)}")
    parts: list[str] = []
    for field, column, value in (
        ("increment", "increment", options.increment),
        ("minimum", "minimum", options.minimum),
        ("maximum", "maximum", options.maximum),
        ("cycle", "cycle", options.cycle),
        ("order", "ordered", options.order),
        ("cache", "cache", options.cache),
    ):
        if field in options.given:
            context.query(
                f"UPDATE ora_dict.sequences SET {column} = $3 WHERE owner = $1 AND name = $2",  # noqa: S608
                (owner, name, value),
            )
    if "increment" in options.given:
        parts.append(f"INCREMENT {options.increment}")
    if options.minimum is not None:
        parts.append(f"MINVALUE {max(options.minimum, _LOWEST)}")
    if options.maximum is not None:
        parts.append(f"MAXVALUE {min(options.maximum, _HIGHEST)}")
    if "cycle" in options.given:
        parts.append("CYCLE" if options.cycle else "NO CYCLE")
    if options.restart:
        parts.append(f"RESTART WITH {options.start}" if options.start is not None else "RESTART")
    elif options.start is not None:
        raise OraError(2283)
    if parts:
        context.pg(f"ALTER SEQUENCE {quote(owner, name)} {' '.join(parts)}")


def remove_sequence(context: Context, owner: str, name: str) -> None:
    context.pg(f"DROP SEQUENCE {quote(owner, name)}")
    context.query("DELETE FROM ora_dict.sequences WHERE owner = $1 AND name = $2", (owner, name))
    context.drop_object(owner, name, "SEQUENCE")


def drop_sequence(context: Context, reader: Reader) -> None:
    missing_ok = reader.if_exists()
    owner, name = reader.qualified(context.schema)
    reader.finish(933)
    if context.catalog.kind_in_namespace(owner, name) != "SEQUENCE":
        if missing_ok:
            return
        raise OraError(2289)
    context.need_on(owner, name, "DROP ANY SEQUENCE", missing=2289)
    remove_sequence(context, owner, name)


def create_synonym(context: Context, reader: Reader) -> None:
    replace = reader.take("OR", "REPLACE")
    reader.take_one("EDITIONABLE", "NONEDITIONABLE")
    public = reader.take("PUBLIC")
    reader.expect("SYNONYM", 901)
    exists_ok = reader.if_not_exists()
    owner, name = reader.qualified(context.schema, 995)
    reader.expect("FOR", 905)
    target_owner, target = reader.qualified(context.schema)
    reader.finish(933)
    if public:
        owner = "PUBLIC"
        context.need("CREATE PUBLIC SYNONYM")
    else:
        context.need_create(owner, "SYNONYM")
    if (owner, name) == (target_owner, target):
        raise OraError(1471)
    held = context.catalog.kind_in_namespace(owner, name)
    if held == "SYNONYM" and exists_ok:
        return
    if held is not None:
        if held != "SYNONYM" or not replace:
            raise OraError(955)
        _remove_synonym(context, owner, name)
    context.add_object(owner, name, "SYNONYM")
    context.query(
        "INSERT INTO ora_dict.synonyms VALUES ($1, $2, $3, $4)", (owner, name, target_owner, target)
    )
    # A new name may now stand before what dependants had found.
    context.invalidate(owner, name, "SYNONYM")


def _remove_synonym(context: Context, owner: str, name: str) -> None:
    rows = context.query(
        "DELETE FROM ora_dict.synonyms WHERE owner = $1 AND name = $2 RETURNING target_owner,"
        " target",
        (owner, name),
    )
    context.drop_object(owner, name, "SYNONYM")
    for target_owner, target in rows:
        # Dependencies are recorded on the target; those that came through the synonym look again.
        context.query(
            "UPDATE ora_dict.objects o SET status = 'INVALID' FROM ora_dict.dependencies d"
            " WHERE d.r_owner = $1 AND d.r_name = $2 AND o.owner = d.owner AND o.name = d.name"
            " AND o.type = d.type AND d.owner <> $1 AND o.type <> 'VIEW'"
            " AND ($3 = 'PUBLIC' OR d.owner = $3)",
            (target_owner, target, owner),
        )


def drop_synonym(context: Context, reader: Reader) -> None:
    missing_ok = reader.if_exists()
    owner, name = reader.qualified(context.schema)
    reader.take("FORCE")
    reader.finish(933)
    if context.catalog.kind_in_namespace(owner, name) != "SYNONYM":
        if missing_ok:
            return
        raise OraError(1434)
    context.need_on(owner, name, "DROP ANY SYNONYM", missing=1434)
    _remove_synonym(context, owner, name)


def drop_public_synonym(context: Context, reader: Reader) -> None:
    reader.expect("SYNONYM")
    missing_ok = reader.if_exists()
    name = reader.name()
    reader.take("FORCE")
    reader.finish(933)
    context.need("DROP PUBLIC SYNONYM")
    if context.catalog.kind_in_namespace("PUBLIC", name) is None:
        if missing_ok:
            return
        raise OraError(1432)
    _remove_synonym(context, "PUBLIC", name)


def comment(context: Context, reader: Reader) -> None:
    reader.expect("ON", 969)
    kind = reader.take_one("TABLE", "COLUMN")
    if not kind:
        raise OraError(3001, f"COMMENT ON {reader.word()}")
    parts = [reader.name()]
    while reader.take("."):
        parts.append(reader.name())
    reader.expect("IS")
    text = reader.string() or None
    reader.finish(933)
    column = parts.pop() if kind == "COLUMN" else None
    if not parts:
        raise OraError(904, column or "")
    owner, name = (context.schema, parts[0]) if len(parts) == 1 else (parts[0], parts[1])
    found = context.catalog.resolve((owner, name), schema=owner)
    if found is None or found.type not in ("TABLE", "VIEW"):
        raise OraError(942)
    context.need_on(found.owner, found.name, "COMMENT ANY TABLE")
    if column is None:
        table = "tables" if found.type == "TABLE" else "views"
        context.query(
            f"UPDATE ora_dict.{table} SET comment_text = $3 WHERE owner = $1 AND name = $2",  # noqa: S608
            (found.owner, found.name, text),
        )
        return
    rows = context.query(
        "UPDATE ora_dict.columns SET comment_text = $4 WHERE owner = $1 AND table_name = $2 AND"
        " name = $3"
        " RETURNING 1",
        (found.owner, found.name, column, text),
    )
    if not rows:
        raise OraError(904, f'"{column}"')
