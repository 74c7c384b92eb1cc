"""Oracle's transaction rules on one PostgreSQL connection.

A transaction opens with the first statement that writes or locks. Each statement is atomic: it
runs under a savepoint once the transaction has work, and a failure undoes exactly it. PostgreSQL
aborts a whole transaction on any failure, so even a query needs one while work is pending.

Savepoints of statements are named by depth (``s0``, ``s1`` …; a statement inside another one, fired
by a trigger or sent by PL/SQL, is one deeper). They are not released at the end of a statement but
when the next one of that depth begins, in one message with its new savepoint: a round trip saved.
``_stack`` mirrors PostgreSQL's stack of savepoints. The savepoint of a query serves the next statement of its
depth as well, as nothing has changed since: PL/SQL sends many queries, and a savepoint costs as much as most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from devkit.oracle.errors import OraError

if TYPE_CHECKING:
    from types import TracebackType

    from devkit.oracle.storage.link import Link

_DEAD = b"-"  # an Oracle savepoint whose name was given to a newer one


class Statement:
    """Context manager of one Oracle statement; see :class:`Transactions`."""

    __slots__ = ("_owner", "_writes", "mark", "target")

    def __init__(self, owner: Transactions, writes: bool) -> None:
        self._owner = owner
        self._writes = writes
        # What undoes this statement: a savepoint, or None for the whole transaction …
        self.target: bytes | None = None
        self.mark = 0  # … and the height of the stack just above that savepoint

    def __enter__(self) -> Self:
        self._owner.enter(self, self._writes)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._owner.leave(self, failed=error is not None)


class Transactions:
    """The state machine: open or not, Oracle savepoints, statements under way."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.is_open = False
        self.ended = 0  # transactions so far: a cursor FOR UPDATE does not outlive its own
        self._begin = b"BEGIN"
        self._active: list[Statement] = []
        self._stack: list[bytes] = []
        self._is_clean = False  # nothing but queries since the topmost savepoint

    # -- statements

    def enter(self, statement: Statement, writes: bool) -> None:
        if self.is_open:
            name = b"s%d" % len(self._active)
            if not (self._is_clean and self._stack and self._stack[-1] == name):
                self._link.command(self._release(name) + b"SAVEPOINT " + name)
                self._stack.append(name)
            self._is_clean = not writes
            statement.target = name
            statement.mark = len(self._stack)
        elif writes:
            self.begin()
        self._active.append(statement)

    def spoil(self) -> None:
        """Something is done that a rollback to the topmost savepoint would undo."""
        self._is_clean = False

    def leave(self, statement: Statement, *, failed: bool) -> None:
        while self._active and self._active.pop() is not statement:
            pass
        if not failed or not self.is_open:
            return
        if self._link.is_broken:
            self._reset()
        elif statement.target is None:
            self._end(b"ROLLBACK")
        else:
            self._link.command(b"ROLLBACK TO SAVEPOINT " + statement.target)
            self._truncate(statement.mark, statement.target)

    @property
    def is_read_only(self) -> bool:
        """Whether the open transaction is one of SET TRANSACTION READ ONLY."""
        return self.is_open and self._begin.endswith(b"READ ONLY")

    def begin(self) -> None:
        """Open the transaction, if it is not."""
        if not self.is_open:
            self._link.command(self._begin)
            self.is_open = True

    # -- the user's control

    def set_mode(self, mode: str) -> None:
        """SET TRANSACTION: 'READ ONLY', 'READ WRITE', 'SERIALIZABLE', 'READ COMMITTED'."""
        if self.is_open:
            raise OraError(1453)
        if mode in ("READ ONLY", "SERIALIZABLE"):
            self._begin = b"BEGIN ISOLATION LEVEL REPEATABLE READ"
            if mode == "READ ONLY":
                self._begin += b" READ ONLY"
            self.begin()
            self._link.command(b"SELECT 1")  # the snapshot is that of this moment

    def commit(self) -> None:
        if self.is_open:
            self._end(b"COMMIT")

    def rollback(self) -> None:
        if self.is_open:
            self._end(b"ROLLBACK")

    def savepoint(self, name: str) -> None:
        """An Oracle savepoint; the same name again moves it."""
        self.begin()
        quoted = _quoted(name)
        self._link.command(self._release(b"s%d" % len(self._active)) + b"SAVEPOINT " + quoted)
        self._stack = [_DEAD if item == quoted else item for item in self._stack]
        self._stack.append(quoted)

    def rollback_to(self, name: str) -> None:
        quoted = _quoted(name)
        if quoted not in self._stack:
            raise OraError(1086, name)
        self._link.command(b"ROLLBACK TO SAVEPOINT " + quoted)
        self._truncate(self._stack.index(quoted) + 1, quoted)

    # -- parts

    def _release(self, name: bytes) -> bytes:
        """The command that removes what the last statement of this depth left, if it may go.

        It may not when above it lies a savepoint that is still needed, which would go with it: a
        user's, or that of a statement under way.
        """
        for index in range(len(self._stack) - 1, -1, -1):
            item = self._stack[index]
            if self._is_active(index) or not item.startswith(b"s"):
                return b""
            if item == name:
                del self._stack[index:]
                return b"RELEASE SAVEPOINT " + name + b";"
        return b""

    def _is_active(self, index: int) -> bool:
        return any(one.target is not None and one.mark == index + 1 for one in self._active)

    def _truncate(self, height: int, target: bytes) -> None:
        del self._stack[height:]
        # Statements under way whose own savepoint was younger are from now on undone by this one.
        for statement in self._active:
            if statement.target is not None and statement.mark > height:
                statement.target, statement.mark = target, height

    def _end(self, sql: bytes) -> None:
        try:
            self._link.command(sql)
        except OraError as error:
            # a deferred constraint: the failed COMMIT has rolled back
            if sql == b"COMMIT" and error.code in {1, 2290, 2291, 2292}:
                rolled_back = OraError(2091)
                rolled_back.lines = [error.message]
                raise rolled_back from error
            raise
        finally:
            self._reset()

    def _reset(self) -> None:
        self.is_open = False
        self.ended += 1
        self._begin = b"BEGIN"
        self._stack.clear()
        for statement in self._active:
            statement.target = None


def _quoted(name: str) -> bytes:
    return b'"u$' + name.replace('"', '""').encode() + b'"'
