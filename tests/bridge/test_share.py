"""The heartbeat of a daemon, and its share of the quota."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from patience import STALL

from bridge.core.share import QuotaShare
from bridge.errors import DatabaseUnavailable
from bridge.testing import MemoryOutbox

Waiter = Callable[[Callable[[], bool]], Awaitable[None]]


class Board:
    def __init__(self) -> None:
        self.marks: list[str] = []

    def mark(self, part: str) -> None:
        self.marks.append(part)


async def test_the_share_follows_the_number_of_daemons_and_outlives_the_database(
    outbox: MemoryOutbox, until: Waiter
) -> None:
    shares: list[int] = []
    board = Board()
    part = QuotaShare(outbox=outbox, share=shares.append, every_seconds=0.01, progress=board)
    running = asyncio.create_task(part.run())

    await until(lambda: 1 in shares)
    outbox.live_workers = 2
    await until(lambda: 2 in shares)
    outbox.failing = DatabaseUnavailable(code="DPY-4011", statement="heartbeat")
    beats = len(board.marks)
    await until(lambda: len(board.marks) > beats + 2)
    part.stop()
    async with asyncio.timeout(STALL):
        await running

    assert shares[-1] == 2
