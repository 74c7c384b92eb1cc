"""``/edit_json``: a parked webhook is shown, its document replaced, and tried again; who may do it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from web_desk import HEADERS, TOKEN, VIEW_TOKEN, Desk, running_desk

from bridge.errors import DatabaseUnavailable

SCRIPT = "<script>alert(1)</script>"
BROWSER = {"Accept": "text/html"}
PARKED = 17


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with running_desk() as running:
        running.backoffice.park(
            PARKED, b'{"Lead":{"Company":"</textarea>' + SCRIPT.encode() + b'"}}'
        )
        yield running


async def log_in(desk: Desk, token: str = TOKEN) -> int:
    async with desk.client.post(
        "/login", data={"token": token}, headers=BROWSER, allow_redirects=False
    ) as answer:
        return answer.status


async def read(desk: Desk, path: str, **headers: str) -> tuple[int, str]:
    async with desk.client.get(path, headers={**BROWSER, **headers}) as answer:
        return answer.status, await answer.text()


async def form(desk: Desk) -> dict[str, str]:
    """The form as a browser would send it back."""
    _, text = await read(desk, f"/edit_json/{PARKED}")
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', text)
    assert token is not None
    return {
        "id": str(PARKED),
        "by": "Ana",
        "document": '{"Lead":{"Id":10000001}}',
        "form_token": token[1],
    }


async def submit(desk: Desk, data: dict[str, str], **headers: str) -> tuple[int, str]:
    async with desk.client.post(
        "/edit_json", data=data, headers={**BROWSER, **headers}, allow_redirects=False
    ) as answer:
        return answer.status, answer.headers.get("Location", "") or await answer.text()


# --------------------------------------------------------------------------- callers


async def test_parked_webhooks_are_listed_without_their_bodies(desk: Desk) -> None:
    status, body = await desk.get("/edit_json")

    assert status == 200
    assert [row["id"] for row in body["value"]] == [PARKED]
    assert "Company" not in str(body)


async def test_a_parked_webhook_is_shown_with_its_document(desk: Desk) -> None:
    _, body = await desk.get(f"/edit_json/{PARKED}")

    assert body["document"] == {"Lead": {"Company": "</textarea>" + SCRIPT}}


async def test_a_body_that_is_no_json_is_shown_as_text(desk: Desk) -> None:
    desk.backoffice.park(18, b'{"Lead":\xff')
    _, body = await desk.get("/edit_json/18")

    assert (body["document"], body["text"]) == (None, '{"Lead":\ufffd')


async def test_the_document_is_replaced_with_the_name_and_the_lead_that_it_names(
    desk: Desk,
) -> None:
    edited = {"id": PARKED, "document": {"Lead": {"Id": 10000001}}, "by": " Ana "}

    assert await desk.post("/edit_json", edited) == (200, {"id": PARKED, "status": "replayed"})
    assert desk.backoffice.edited == [(PARKED, '{"Lead":{"Id":10000001}}', "Ana", 10000001)]


async def test_what_is_not_parked_any_more_is_not_touched(desk: Desk) -> None:
    edited = {"id": 99, "document": {}, "by": "Ana"}

    assert (await desk.post("/edit_json", edited))[0] == 409
    assert (await desk.get("/edit_json/99"))[0] == 404
    assert desk.backoffice.edited == []


@pytest.mark.parametrize(
    "change",
    [{"document": "{}"}, {"document": [1]}, {"by": ""}, {"by": "  "}, {"by": "x" * 101}, {"id": 0}],
)
async def test_what_does_not_fit_is_refused(desk: Desk, change: dict[str, Any]) -> None:
    edited = {"id": PARKED, "document": {}, "by": "Ana", **change}

    assert (await desk.post("/edit_json", edited))[0] == 422
    assert desk.backoffice.edited == []


async def test_a_document_beyond_what_the_database_takes_is_refused(desk: Desk) -> None:
    edited = {"id": PARKED, "document": {"x": "x" * 32_767}, "by": "Ana"}

    assert (await desk.post("/edit_json", edited))[0] == 413
    assert desk.backoffice.edited == []


# --------------------------------------------------------------------------- people


async def test_a_stranger_gets_the_token_form_and_nothing_else(desk: Desk) -> None:
    for path in ("/edit_json", f"/edit_json/{PARKED}", "/", "/no/such/path"):
        status, text = await read(desk, path)
        assert (status, 'name="token"' in text, "webhook" in text) == (401, True, False)


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "webhook-token"])
async def test_a_wrong_token_opens_nothing(desk: Desk, token: str) -> None:
    assert await log_in(desk, token) == 401
    assert (await read(desk, "/edit_json"))[0] == 401


async def test_a_session_opens_the_pages_and_nothing_else(desk: Desk) -> None:
    assert await log_in(desk) == 303
    statuses = {
        path: (await read(desk, path))[0]
        for path in ("/", "/edit_json", "/leads", "/metrics", "/docs", "/readyz/details")
    }

    assert statuses == {
        "/": 200, "/edit_json": 200, "/docs": 200, "/leads": 401, "/metrics": 401,
        "/readyz/details": 401,
    }  # fmt: skip


async def test_the_cookie_is_kept_from_scripts_and_from_other_sites(desk: Desk) -> None:
    for proto, is_secure in (("http", False), ("https", True)):
        async with desk.client.post(
            "/login", data={"token": TOKEN}, allow_redirects=False,
            headers={"X-Forwarded-Proto": proto},
        ) as answer:  # fmt: skip
            cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert ("Secure" in cookie) is is_secure
        assert TOKEN not in cookie


@pytest.mark.parametrize("part", [0, 1, 2, 3])
async def test_a_forged_cookie_is_no_session(desk: Desk, part: int) -> None:
    await log_in(desk, VIEW_TOKEN)
    cookies = desk.client.session.cookie_jar.filter_cookies(desk.client.make_url("/"))
    parts = cookies["erpcrm_session"].value.split(".")
    forged = [*parts]
    forged[part] = {0: "operator", 1: "9999999999", 2: "0" * 16, 3: "0" * 64}[part]
    desk.client.session.cookie_jar.clear()

    status, _ = await read(desk, "/", Cookie=f"erpcrm_session={'.'.join(forged)}")
    assert status == 401
    status, _ = await read(desk, "/", Cookie=f"erpcrm_session={'.'.join(parts)}")
    assert status == 200


async def test_a_session_ends_after_its_time_and_when_it_is_left(desk: Desk) -> None:
    await log_in(desk)
    async with desk.client.post("/logout", headers=BROWSER, allow_redirects=False) as answer:
        assert answer.status == 303
    assert (await read(desk, "/"))[0] == 401

    await log_in(desk)
    desk.clock.advance(12 * 3600 + 1)
    assert (await read(desk, "/"))[0] == 401


async def test_a_person_edits_by_the_form(desk: Desk) -> None:
    await log_in(desk)
    assert f'href="/edit_json/{PARKED}"' in (await read(desk, "/edit_json"))[1]
    status, location = await submit(desk, await form(desk))

    assert (status, location) == (303, f"/edit_json?replayed={PARKED}")
    assert desk.backoffice.edited == [(PARKED, '{"Lead":{"Id":10000001}}', "Ana", 10000001)]
    assert "Webhook 17 is tried again." in (await read(desk, location))[1]


async def test_nothing_that_was_stored_becomes_markup(desk: Desk) -> None:
    desk.backoffice.park(18, b"<b>", detail=f"why {SCRIPT}")
    await log_in(desk)
    for path in (
        "/edit_json",
        f"/edit_json/{PARKED}",
        "/edit_json/18",
        f"/edit_json?replayed={SCRIPT}",
    ):
        _, text = await read(desk, path)
        assert "<script" not in text
        assert "<b>" not in text
        assert text.count("</textarea>") <= 1


async def test_what_was_typed_stays_when_it_is_not_taken(desk: Desk) -> None:
    await log_in(desk)
    data = {**await form(desk), "document": "{broken " + SCRIPT}
    status, text = await submit(desk, data)

    assert status == 422
    assert "no JSON object" in text
    assert "{broken &lt;script&gt;" in text
    assert "<script" not in text
    assert desk.backoffice.edited == []


@pytest.mark.parametrize("given", ["", "0" * 64])
async def test_a_form_that_is_not_ours_writes_nothing(desk: Desk, given: str) -> None:
    await log_in(desk)
    status, _ = await submit(desk, {**await form(desk), "form_token": given})

    assert (status, desk.backoffice.edited) == (403, [])


async def test_the_form_token_of_another_session_is_worth_nothing(desk: Desk) -> None:
    await log_in(desk)
    data = await form(desk)
    await log_in(desk)
    status, _ = await submit(desk, data)

    assert (status, desk.backoffice.edited) == (403, [])


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
async def test_a_form_sent_by_another_site_writes_nothing(
    desk: Desk, headers: dict[str, str]
) -> None:
    await log_in(desk)
    status, _ = await submit(desk, await form(desk), **headers)

    assert (status, desk.backoffice.edited) == (403, [])
    async with desk.client.post(
        "/login", data={"token": TOKEN}, headers=headers, allow_redirects=False
    ) as answer:
        assert answer.status == 401


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
async def test_a_cookie_without_a_form_writes_nothing(desk: Desk, kind: str) -> None:
    """What another site can make a browser send without asking first."""
    await log_in(desk)
    async with desk.client.post(
        "/edit_json",
        data=b'{"id":17,"document":{},"by":"Eve"}',
        headers={"Content-Type": kind},
    ) as answer:
        assert answer.status == 403
    assert desk.backoffice.edited == []


async def test_a_token_in_the_header_may_send_the_form_as_well(desk: Desk) -> None:
    data = {"id": str(PARKED), "by": "Ana", "document": '{"Lead":{"Id":1}}'}
    status, _ = await submit(desk, data, **HEADERS)

    assert (status, len(desk.backoffice.edited)) == (303, 1)


@pytest.mark.parametrize("way", ["header", "cookie"])
async def test_the_viewers_token_opens_the_overview_only(desk: Desk, way: str) -> None:
    headers = {"X-Api-Token": VIEW_TOKEN} if way == "header" else {}
    if way == "cookie":
        await log_in(desk, VIEW_TOKEN)

    assert (await read(desk, "/", **headers))[0] == 200
    for path in ("/edit_json", f"/edit_json/{PARKED}", "/docs"):
        assert (await read(desk, path, **headers))[0] == 403
    if way == "header":
        assert (await read(desk, "/leads", **headers))[0] == 403


async def test_while_the_database_is_away_the_page_says_so(desk: Desk) -> None:
    await log_in(desk)
    desk.backoffice.failing = DatabaseUnavailable(code="DPY-4011", statement="x")

    assert (await read(desk, "/edit_json"))[0] == 503
    assert (await read(desk, f"/edit_json/{PARKED}"))[0] == 503
