"""DML with row triggers: images of the rows, triggers over them, one statement that writes them.

The rows to change are read and locked with their old and new values; BEFORE ROW triggers work on
the images; the images are written by row id in one set-based statement; AFTER ROW triggers see
what was stored. While row triggers run, the table is mutating.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.oracle.contracts import DmlResult, Timing
from devkit.oracle.sql.assignment import column_sql, write_sql
from devkit.oracle.sql.cursors import convert_rows, converters_of, rowid_text
from devkit.oracle.sql.plans import Returning, Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.oracle.catalog.model import ColumnDef
    from devkit.oracle.contracts import Row, RowImage, Trigger, TriggerRun
    from devkit.oracle.sql.executor import Executor, StatementPlan


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
    def has_row_work(self) -> bool:
        return any(
            self.has(timing) for timing in (Timing.BEFORE_ROW, Timing.AFTER_ROW, Timing.INSTEAD_OF)
        )


@dataclass(slots=True)
class RowWork:
    """Runs statements over row images."""

    executor: Executor

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
        if firing.has(Timing.BEFORE_ROW):
            # a single-row INSERT … VALUES does not make its table mutate before the row is there
            guard: Any = nullcontext() if single else self.executor.mutation(target)
            with guard:
                for image in images:
                    firing.fire(Timing.BEFORE_ROW, "INSERT", nothing, None, image)
        written = self._write(plan, target, "INSERT", real, [], images, returning, binds, firing)
        if firing.has(Timing.AFTER_ROW):
            with self.executor.mutation(target):
                for _, image, _ in written:
                    firing.fire(Timing.AFTER_ROW, "INSERT", nothing, None, image)
        last = rowid_text(written[-1][0]) if written and written[-1][0] is not None else None
        return DmlResult(len(images), [row for _, _, row in written if row is not None], last)

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
    ) -> list[tuple[int, RowImage, Row | None]]:
        """Write images in one statement; gives row id, image as stored and RETURNING of each
        row."""
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
        key = (kind, target.key, tuple(column.name for column in columns), bool(shown))
        compiled = plan.written.get(key)
        if compiled is None:
            items = [target.source.rowid or "NULL::bigint"]
            items += [column_sql(target, column) for column in shown]
            if returning.sql:
                items.append(returning.sql)
            sql = write_sql(plan.ctx, target, kind, columns, ", ".join(items))
            arrays = len(columns) + (kind != "INSERT")
            compiled = plan.written[key] = plan.ctx.compile(sql, after=arrays)
        params: list[Any] = [] if kind == "INSERT" else [rowids]
        params += [[image[column.name] for image in images] for column in columns]
        params += self.executor.values(compiled, binds, {})
        rows = self.executor.session.storage.query(compiled.sql, params).rows
        if kind != "INSERT":
            position = {rowid: index for index, rowid in enumerate(rowids)}
            rows.sort(key=lambda row: position[row[0]])
        converters = converters_of(returning.columns)
        result: list[tuple[int, RowImage, Row | None]] = []
        names = [column.name for column in shown]
        for index, row in enumerate(rows):
            image = images[index]
            if shown:
                image = {**image, **dict(zip(names, row[1:], strict=False))}
            rest = None
            if returning.columns:
                rest = convert_rows([row[1 + len(names) :]], converters)[0]
            result.append((row[0], image, rest))
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
        written_columns = assigned
        if firing.has(Timing.BEFORE_ROW):
            with self.executor.mutation(target):
                for old, new in zip(olds, news, strict=True):
                    firing.fire(Timing.BEFORE_ROW, "UPDATE", columns, old, new)
            written_columns = [
                column
                for column in target.real_columns
                if column.name in columns
                or any(
                    old[column.name] != new[column.name]
                    for old, new in zip(olds, news, strict=True)
                )
            ]
        rowids = [row[0] for row in rows]
        written = self._write(
            plan, target, "UPDATE", written_columns, rowids, news, returning, binds, firing
        )
        if firing.has(Timing.AFTER_ROW):
            with self.executor.mutation(target):
                for old, (_, image, _) in zip(olds, written, strict=True):
                    firing.fire(Timing.AFTER_ROW, "UPDATE", columns, old, image)
        return DmlResult(len(rows), [row for _, _, row in written if row is not None])

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
        olds: list[RowImage] = [dict(zip(names, row[1:], strict=False)) for row in rows]
        if firing.has(Timing.INSTEAD_OF):
            for old in olds:
                firing.fire(Timing.INSTEAD_OF, "DELETE", nothing, old, None)
            return DmlResult(len(rows))
        if firing.has(Timing.BEFORE_ROW):
            with self.executor.mutation(target):
                for old in olds:
                    firing.fire(Timing.BEFORE_ROW, "DELETE", nothing, old, None)
        rowids = [row[0] for row in rows]
        written = self._write(plan, target, "DELETE", [], rowids, olds, returning, binds, firing)
        if firing.has(Timing.AFTER_ROW):
            with self.executor.mutation(target):
                for old in olds:
                    firing.fire(Timing.AFTER_ROW, "DELETE", nothing, old, None)
        return DmlResult(len(rows), [row for _, _, row in written if row is not None])
