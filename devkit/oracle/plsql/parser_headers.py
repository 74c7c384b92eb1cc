"""The head of a CREATE statement: kind, name and, for triggers, when and on what they fire.

Shared by the full parser and by the cheap look at a statement (``unit_header``).
"""

from __future__ import annotations

from dataclasses import dataclass

from devkit.oracle.plsql.nodes import Name, NamePart, Span, UnitHeader
from devkit.oracle.plsql.parser_base import ParserBase, word_set

_DML_EVENTS = ("INSERT", "UPDATE", "DELETE")
_SYSTEM_EVENTS = word_set(
    """
    ALTER ANALYZE ASSOCIATE AUDIT COMMENT CREATE DDL DISASSOCIATE DROP GRANT NOAUDIT RENAME REVOKE
    TRUNCATE STARTUP SHUTDOWN DB_ROLE_CHANGE LOGON LOGOFF SERVERERROR SUSPEND CLONE UNPLUG SET
    """
)


@dataclass(slots=True)
class EventHead:
    span: Span
    kind: str
    columns: tuple[NamePart, ...]


@dataclass(slots=True)
class TriggerHead:
    timing: str
    events: tuple[EventHead, ...]
    table: Name | None = None
    base: str | None = None
    nested_column: NamePart | None = None
    for_each_row: bool = False
    follows: tuple[Name, ...] = ()
    precedes: tuple[Name, ...] = ()
    enabled: bool = True
    old: str = "OLD"
    new: str = "NEW"
    parent: str = "PARENT"
    refused: str | None = None


class HeaderParser(ParserBase):
    def header(self) -> tuple[UnitHeader, Name]:
        """``[CREATE [OR REPLACE] …] KIND [IF NOT EXISTS] name``; the cursor stays behind the
        name.
        """
        or_replace = if_not_exists = False
        editionable: bool | None = None
        if self.take("CREATE"):
            or_replace = self.take_all("OR", "REPLACE")
            if self.take("EDITIONABLE"):
                editionable = True
            elif self.take("NONEDITIONABLE"):
                editionable = False
        place = self.token
        kind = self.words[self.at]
        if kind not in ("PACKAGE", "PROCEDURE", "FUNCTION", "TRIGGER", "TYPE"):
            self.fail("function", "package", "procedure", "trigger", "type")
        self.at += 1
        if (
            kind in ("PACKAGE", "TYPE")
            and self.words[self.at] == "BODY"
            and self.is_name(self.at + 1)
        ):
            self.at += 1
            kind += " BODY"
        if self.words[self.at] == "IF":
            if_not_exists = self.take_all("IF", "NOT", "EXISTS")
        name = self.name()
        parts = name.folded
        header = UnitHeader(
            kind=kind,
            owner=parts[0] if len(parts) > 1 else None,
            name=parts[-1],
            start=place.offset,
            or_replace=or_replace,
            if_not_exists=if_not_exists,
            force=kind == "TYPE" and self.words[self.at] == "FORCE",
            editionable=editionable,
        )
        if kind == "TRIGGER":
            header = self._with_trigger(header)
        return header, name

    def _with_trigger(self, header: UnitHeader) -> UnitHeader:
        """``header`` with what the trigger's head says; the cursor is put back behind the name."""
        at = self.at
        head = self.trigger_head()
        conditional = self.words[self.at] == "WHEN"
        self.at = at
        table = None
        if head.table is not None:
            parts = head.table.folded
            table = (parts[0] if len(parts) > 1 else None, parts[-1])
        return UnitHeader(
            kind=header.kind,
            owner=header.owner,
            name=header.name,
            start=header.start,
            or_replace=header.or_replace,
            if_not_exists=header.if_not_exists,
            editionable=header.editionable,
            table=table,
            base=head.base,
            timing=head.timing,
            events=tuple((e.kind, tuple(c.folded for c in e.columns)) for e in head.events),
            for_each_row=head.for_each_row,
            enabled=head.enabled,
            follows=tuple(name.folded for name in head.follows),
            row_names=(head.old, head.new),
            conditional=conditional,
            refused=head.refused,
        )

    def trigger_head(self) -> TriggerHead:
        refused = None
        while self.words[self.at] in ("SHARING", "DEFAULT"):
            refused = f"trigger with {self.words[self.at]}"
            self.at += 3
        timing = self._timing()
        events = [self._event()]
        while self.take("OR"):
            events.append(self._event())
        head = TriggerHead(timing, tuple(events), refused=refused)
        self.expect("ON")
        if self.take_all("NESTED", "TABLE"):
            head.nested_column = self.name_part()
            head.refused = "trigger on NESTED TABLE"
            self.take("OF")
        self._trigger_base(head)
        while self._trigger_clause(head):
            pass
        return head

    def _timing(self) -> str:
        if self.take("FOR"):
            return "COMPOUND"
        word = self.words[self.at]
        if word in ("BEFORE", "AFTER"):
            self.at += 1
            return word
        if self.take_all("INSTEAD", "OF"):
            return "INSTEAD OF"
        return self.fail("before", "after", "instead", "for")

    def _event(self) -> EventHead:
        first = self.at
        word = self.words[first]
        if word not in _DML_EVENTS and word not in _SYSTEM_EVENTS:
            self.fail("insert", "update", "delete", "ddl", "logon")
        self.at += 1
        columns: list[NamePart] = []
        if word == "UPDATE" and self.take("OF"):
            columns.append(self.name_part())
            while self.take(","):
                columns.append(self.name_part())
        return EventHead(self.span(first), word, tuple(columns))

    def _trigger_base(self, head: TriggerHead) -> None:
        if self.take("PLUGGABLE"):
            self.expect("DATABASE")
            head.base = "DATABASE"
            return
        name = self.name()
        if name.folded[-1] in ("SCHEMA", "DATABASE") and not any(
            e.kind in _DML_EVENTS for e in head.events
        ):
            head.base = name.folded[-1]
        else:
            head.table = name

    def _trigger_clause(self, head: TriggerHead) -> bool:
        if self.take("REFERENCING"):
            while self.words[self.at] in ("OLD", "NEW", "PARENT"):
                which = self.words[self.at]
                self.at += 1
                self.take("AS")
                alias = self.name_part().folded
                if which == "OLD":
                    head.old = alias
                elif which == "NEW":
                    head.new = alias
                else:
                    head.parent = alias
            return True
        if self.words[self.at] == "FOR" and self.words[self.at + 1] == "EACH":
            self.at += 2
            self.expect("ROW")
            head.for_each_row = True
            return True
        if self.words[self.at] in ("FORWARD", "REVERSE"):
            self.at += 1
            self.expect("CROSSEDITION")
            head.refused = "CROSSEDITION"
            return True
        if self.take("FOLLOWS"):
            head.follows = self._names()
            return True
        if self.take("PRECEDES"):
            head.precedes = self._names()
            head.refused = "PRECEDES"
            return True
        if self.take("ENABLE"):
            return True
        if self.take("DISABLE"):
            head.enabled = False
            return True
        return False

    def _names(self) -> tuple[Name, ...]:
        names = [self.name()]
        while self.take(","):
            names.append(self.name())
        return tuple(names)
