"""DML with row triggers: images of the rows, triggers over them, statements that write them.

The rows to change are read and locked with their old and new values; BEFORE ROW triggers work on
the images; the images are written by row id; AFTER ROW triggers see what was stored. While row
triggers run, the table is mutating.

PL/SQL Language Reference, "Compound DML Trigger Structure" and "Order in Which Triggers Fire":
BEFORE EACH ROW, the row's change and AFTER EACH ROW happen row by row. Where only one of the two is
there, or BEFORE EACH ROW looks at nothing but its row, no trigger of a statement that succeeds can
see whether the rows were written one by one, and one statement writes them all. A DELETE that
cascades to triggers of children counts as BEFORE EACH ROW here.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from devkit.oracle.contracts import DmlResult, Timing
from devkit.oracle.sql.assignment import column_sql, write_sql
from devkit.oracle.sql.cursors import convert_rows, converters_of, rowid_text
from devkit.oracle.sql.plans import Returning, Target
from devkit.oracle.sql.typing import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devkit.oracle.catalog.model import ColumnDef
    from devkit.oracle.contracts import Row, RowImage, Trigger, TriggerRun
    from devkit.oracle.sql.cascades import Cascade
    from devkit.oracle.sql.executor import Executor, StatementPlan


Part = TypeVar("Part")


def _differ(old: Any, new: Any) -> bool:
    """Whether a column is to be written; the same moment in another zone is another value."""
    if isinstance(old, datetime) and isinstance(new, datetime):
        return old != new or old.utcoffset() != new.utcoffset()
    return bool(old != new)


@dataclass(slots=True)
class Firing:
    """The triggers of one statement on one table, started."""

    runs: list[tuple[Trigger, TriggerRun]]

    def has(self, timing: Timing) -> bool:
        return any(timing in trigger.timings for trigger, _ in self.runs)

    def fire(
        self,
        timing: Timing,
        event: str,
        columns: frozenset[str],
        old: RowImage | None = None,
        new: RowImage | None = None,
    ) -> None:
        for trigger, run in self.runs:
            if timing in trigger.timings:
                run.fire(timing, event, columns, old, new)

    @property
    def interleaves(self) -> bool:
        """Whether a trigger can see if the rows are changed one by one."""
        return self.has(Timing.AFTER_ROW) and any(
            Timing.BEFORE_ROW in trigger.timings and not trigger.row_only
            for trigger, _ in self.runs
        )

    @property
    def has_row_work(self) -> bool:
        return any(
            self.has(timing) for timing in (Timing.BEFORE_ROW, Timing.AFTER_ROW, Timing.INSTEAD_OF)
        )


@dataclass(slots=True)
class Written:
    """A row as it was written: its id, its image as stored, and what RETURNING asked of it."""

    rowid: int
    image: RowImage
    returned: Row | None


@dataclass(slots=True)
class RowWork:
    """Runs statements over row images."""

    executor: Executor
    # rows that DELETEs under way have deleted or are deleting: a rule of a table on itself may come
    # back to them
    doomed: set[tuple[tuple[str, str], int]] = field(default_factory=set)
    deletes: int = 0  # how many DELETEs are under way, one inside the other

    def insert(
        self,
        plan: StatementPlan,
        target: Target,
        firing: Firing,
        rows: list[Row],
        returning: Returning,
        binds: Mapping[str, Any],
        single: bool,
    ) -> DmlResult:
        nothing: frozenset[str] = frozenset()
        real = target.real_columns
        images: list[RowImage] = [
            {column.name: value for column, value in zip(real, row, strict=True)} for row in rows
        ]
        virtual = [column for column in target.table.columns if column.virtual is not None]
        for image in images:
            image.update({column.name: None for column in virtual})
        if firing.has(Timing.INSTEAD_OF):
            for image in images:
                firing.fire(Timing.INSTEAD_OF, "INSERT", nothing, None, image)
            return DmlResult(len(images))
        returned: list[Row] = []
        last: int | None = None
        for part in self._portions(target, images, row_by_row=firing.interleaves):
            if firing.has(Timing.BEFORE_ROW):
                # a single-row INSERT … VALUES does not make its table mutate before the row is
                # there
                guard: Any = nullcontext() if single else self.executor.mutation(target)
                with guard:
                    for image in part:
                        firing.fire(Timing.BEFORE_ROW, "INSERT", nothing, None, image)
            written = self._write(plan, target, "INSERT", real, [], part, returning, binds, firing)
            if firing.has(Timing.AFTER_ROW):
                with self.executor.mutation(target):
                    for one in written:
                        firing.fire(Timing.AFTER_ROW, "INSERT", nothing, None, one.image)
            returned += [one.returned for one in written if one.returned is not None]
            last = written[-1].rowid if written else last
        return DmlResult(len(images), returned, rowid_text(last) if last is not None else None)

    def _write(
        self,
        plan: StatementPlan,
        target: Target,
        kind: str,
        columns: list[ColumnDef],
        rowids: list[int],
        images: list[RowImage],
        returning: Returning,
        binds: Mapping[str, Any],
        firing: Firing,
    ) -> list[Written]:
        """Write images in one statement; what was written of each, in their order."""
        if not images:
            return []
        given = {column.name for column in columns}
        shown = [
            column
            for column in target.table.columns
            if column.virtual is not None or column.name in given
        ]
        if not firing.has(Timing.AFTER_ROW) or kind == "DELETE":
            shown = []
        single = len(images) == 1
        key = (kind, target.key, tuple(column.name for column in columns), bool(shown), single)
        compiled = plan.written.get(key)
        if compiled is None:
            items = [target.source.rowid or "NULL::bigint"]
            items += [column_sql(target, column) for column in shown]
            if returning.sql:
                items.append(returning.sql)
            sql = write_sql(plan.ctx, target, kind, columns, ", ".join(items), single=single)
            arrays = len(columns) + (kind != "INSERT")
            compiled = plan.written[key] = plan.ctx.compile(sql, after=arrays)
        params: list[Any] = [] if kind == "INSERT" else [rowids]
        params += [[image[column.name] for image in images] for column in columns]
        if single:
            params = [values[0] for values in params]
        params += self.executor.values(compiled, binds, {})
        rows = self.executor.session.storage.query(compiled.sql, params).rows
        image_of: dict[int, RowImage] = {}
        if kind != "INSERT":
            position = {rowid: index for index, rowid in enumerate(rowids)}
            rows.sort(key=lambda row: position[row[0]])
            image_of = dict(zip(rowids, images, strict=True))
        converters = converters_of(returning.columns)
        result: list[Written] = []
        names = [column.name for column in shown]
        for index, row in enumerate(rows):
            image = images[index] if kind == "INSERT" else image_of[row[0]]
            if shown:
                image = {**image, **dict(zip(names, row[1:], strict=False))}
            rest = None
            if returning.columns:
                first = 1 + len(names)
                values = row[first : first + len(returning.columns)]
                rest = convert_rows([values], converters)[0]
            result.append(Written(row[0], image, rest))
        return result

    def update(
        self,
        plan: StatementPlan,
        target: Target,
        firing: Firing,
        assigned: list[ColumnDef],
        rows: list[Row],
        returning: Returning,
        binds: Mapping[str, Any],
    ) -> DmlResult:
        columns = frozenset(column.name for column in assigned)
        names = [column.name for column in target.table.columns]
        olds: list[RowImage] = []
        news: list[RowImage] = []
        for row in rows:
            old: RowImage = dict(zip(names, row[1 : 1 + len(names)], strict=True))
            new: RowImage = dict(old)
            for column, value in zip(assigned, row[1 + len(names) :], strict=False):
                new[column.name] = value
            olds.append(old)
            news.append(new)
        if firing.has(Timing.INSTEAD_OF):
            for old, new in zip(olds, news, strict=True):
                firing.fire(Timing.INSTEAD_OF, "UPDATE", columns, old, new)
            return DmlResult(len(rows))
        returned: list[Row] = []
        changed = list(zip([row[0] for row in rows], olds, news, strict=True))
        for part in self._portions(target, changed, row_by_row=firing.interleaves):
            written_columns = assigned
            if firing.has(Timing.BEFORE_ROW):
                with self.executor.mutation(target):
                    for _, old, new in part:
                        firing.fire(Timing.BEFORE_ROW, "UPDATE", columns, old, new)
                written_columns = [
                    column
                    for column in target.real_columns
                    if column.name in columns
                    or any(_differ(old[column.name], new[column.name]) for _, old, new in part)
                ]
            rowids = [rowid for rowid, _, _ in part]
            images = [new for _, _, new in part]
            written = self._write(
                plan, target, "UPDATE", written_columns, rowids, images, returning, binds, firing
            )
            if firing.has(Timing.AFTER_ROW):
                before = {rowid: old for rowid, old, _ in part}
                with self.executor.mutation(target):
                    for one in written:
                        firing.fire(
                            Timing.AFTER_ROW, "UPDATE", columns, before[one.rowid], one.image
                        )
            returned += [one.returned for one in written if one.returned is not None]
        return DmlResult(len(rows), returned)

    def delete(
        self,
        plan: StatementPlan,
        target: Target,
        firing: Firing,
        rows: list[Row],
        returning: Returning,
        binds: Mapping[str, Any],
    ) -> DmlResult:
        nothing: frozenset[str] = frozenset()
        names = [column.name for column in target.table.columns]
        if firing.has(Timing.INSTEAD_OF):
            for row in rows:
                old: RowImage = dict(zip(names, row[1:], strict=False))
                firing.fire(Timing.INSTEAD_OF, "DELETE", nothing, old, None)
            return DmlResult(len(rows))
        cascades = self.executor.cascades.fired(target.key)
        row_by_row = firing.interleaves or (firing.has(Timing.AFTER_ROW) and bool(cascades))
        count = 0
        returned: list[Row] = []
        self.deletes += 1
        try:
            for part in self._portions(target, rows, row_by_row=row_by_row):
                rowids: list[int] = []
                olds: list[RowImage] = []
                for row in part:
                    old = dict(zip(names, row[1:], strict=False))
                    if self._delete_row(target, firing, cascades, row[0], old):
                        rowids.append(row[0])
                        olds.append(old)
                written = self._write(
                    plan, target, "DELETE", [], rowids, olds, returning, binds, firing
                )
                if firing.has(Timing.AFTER_ROW):
                    # all of them: a rule that came back to a row has deleted it before its turn
                    with self.executor.mutation(target, cascading=True):
                        for old in olds:
                            firing.fire(Timing.AFTER_ROW, "DELETE", nothing, old, None)
                returned += [one.returned for one in written if one.returned is not None]
                count += len(rowids)
        finally:
            self.deletes -= 1
            if not self.deletes:
                self.doomed.clear()
        return DmlResult(count, returned)

    def _portions(
        self, target: Target, rows: list[Part], *, row_by_row: bool
    ) -> Iterator[list[Part]]:
        """The rows in the portions in which their triggers fire and they are written.

        A row may refer to one of the same table that comes after it: Oracle Database Concepts,
        "How the Database Checks Constraints": foreign keys, and keys that the statement changes, are
        checked when all of it has run.
        """
        if not row_by_row or len(rows) < 2:
            yield rows
            return
        names = [
            f"{quote(one.owner)}.{quote(one.name)}"
            for one in target.table.constraints
            if one.kind == "R"
            and one.enabled
            and not one.deferrable
            and (one.r_owner, one.r_table) == target.key
        ]
        deferred = ", ".join([*names, *self.executor.keys.checks(target)])
        storage = self.executor.session.storage
        if deferred:
            storage.script(f"SET CONSTRAINTS {deferred} DEFERRED")
        for row in rows:
            yield [row]
        if deferred:
            storage.script(f"SET CONSTRAINTS {deferred} IMMEDIATE")

    def _delete_row(
        self,
        target: Target,
        firing: Firing,
        cascades: tuple[Cascade, ...],
        rowid: int,
        old: RowImage,
    ) -> bool:
        """What comes before the row's own deletion; False when a rule has deleted it already."""
        if cascades:
            if (target.key, rowid) in self.doomed:
                return False
            self.doomed.add((target.key, rowid))
        if firing.has(Timing.BEFORE_ROW):
            with self.executor.mutation(target, cascading=True):
                firing.fire(Timing.BEFORE_ROW, "DELETE", frozenset(), old, None)
        for cascade in cascades:
            self.executor.cascade(target, cascade, old)
        return True
