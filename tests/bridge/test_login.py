"""Tokens that people type: guesses wait, sessions end when they are left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from patience import until_async
from web_desk import TOKEN, Desk, running_desk

from bridge.web import access

BROWSER = {"Accept": "text/html"}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with running_desk() as running:
        yield running


async def log_in(desk: Desk, token: str) -> int:
    async with desk.client.post(
        "/login", data={"token": token}, headers=BROWSER, allow_redirects=False
    ) as answer:
        return answer.status


async def test_a_copy_of_the_cookie_is_no_session_once_the_person_has_left(desk: Desk) -> None:
    await log_in(desk, TOKEN)
    cookies = desk.client.session.cookie_jar.filter_cookies(desk.client.make_url("/"))
    copied = {**BROWSER, "Cookie": f"erpcrm_session={cookies['erpcrm_session'].value}"}
    async with desk.client.post("/logout", headers=BROWSER, allow_redirects=False) as answer:
        assert answer.status == 303
    async with desk.client.get("/", headers=copied) as answer:
        assert answer.status == 401

    # who logs in again has a session of their own, and the one that was left stays ended
    await log_in(desk, TOKEN)
    async with desk.client.get("/", headers=BROWSER) as answer:
        assert answer.status == 200
    desk.client.session.cookie_jar.clear()
    async with desk.client.get("/", headers=copied) as answer:
        assert answer.status == 401


async def test_after_some_failures_an_attempt_waits_and_a_success_ends_that(desk: Desk) -> None:
    for _ in range(3):
        assert await log_in(desk, "wrong") == 401
    attempt = asyncio.create_task(log_in(desk, TOKEN))
    await until_async(lambda: bool(desk.clock._sleepers), "the attempt waits for its turn")
    assert not attempt.done()
    desk.clock.advance(access._FIRST_PAUSE_SECONDS)
    assert await attempt == 303
    assert await log_in(desk, TOKEN) == 303  # at once


async def test_each_failure_makes_the_next_wait_longer_up_to_a_limit(desk: Desk) -> None:
    waits = []
    for number in range(9):
        attempt = asyncio.create_task(log_in(desk, "wrong"))
        if number >= 3:
            await until_async(lambda: bool(desk.clock._sleepers), "the attempt waits for its turn")
            waits.append(desk.clock._sleepers[0][0] - desk.clock.elapsed)
            desk.clock.advance(waits[-1])
        assert await attempt == 401
    assert waits == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]


async def test_more_than_some_who_wait_are_asked_to_come_again(desk: Desk) -> None:
    for _ in range(3):
        assert await log_in(desk, "wrong") == 401
    waiting = [asyncio.create_task(log_in(desk, TOKEN)) for _ in range(access._MAX_WAITING)]
    await until_async(
        lambda: desk_attempts(desk)._waiting == access._MAX_WAITING, "all of them wait"
    )
    async with desk.client.post(
        "/login", data={"token": TOKEN}, headers=BROWSER, allow_redirects=False
    ) as answer:
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) > 0
    desk.clock.advance(60)
    assert await asyncio.gather(*waiting) == [303] * access._MAX_WAITING


def desk_attempts(desk: Desk) -> access._Attempts:
    app = desk.client.app
    assert app is not None
    return app[access.ACCESS]._attempts
