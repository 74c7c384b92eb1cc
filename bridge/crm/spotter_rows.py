"""Reads all pages of an answer of Spotter: the CRM decides how long a page is, and says so by a link."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bridge.crm.client import Call
from bridge.crm.policy import CrmPolicy
from bridge.domain.changes import CallMeter, ReasonClass
from bridge.errors import CrmRefused

__all__ = ["Row", "all_rows", "pages", "unreadable"]

_PAGE = 500
_MAX_PAGES = 100

Row = Mapping[str, Any]


async def all_rows(
    policy: CrmPolicy, path: str, params: Mapping[str, str], meter: CallMeter
) -> list[Row]:
    """Return the rows of all pages; one call where one page holds them.

    Raises:
        CrmError: a call failed, or an answer cannot be read.
    """
    return [row async for page in pages(policy, path, params, meter) for row in page]


async def pages(
    policy: CrmPolicy, path: str, params: Mapping[str, str], meter: CallMeter
) -> AsyncIterator[list[Row]]:
    """Yield page after page of an answer."""
    following: Mapping[str, str] | None = params
    seen: list[Mapping[str, str]] = []
    so_far = 0
    while following is not None:
        if following in seen or len(seen) >= _MAX_PAGES:
            raise unreadable(200, "the pages of a read do not end")
        seen.append(following)
        reply = await policy.send(Call(method="GET", path=path, params=following), meter)
        data = reply.json()
        page = data.get("value") if isinstance(data, dict) else None
        if not isinstance(page, list) or not all(isinstance(row, dict) for row in page):
            raise unreadable(reply.status, "the answer to a read holds no rows")
        so_far += len(page)
        yield page
        following = _next_page(data, page, following, so_far)


def _next_page(
    data: Mapping[str, Any], page: Sequence[Row], params: Mapping[str, str], so_far: int
) -> Mapping[str, str] | None:
    """Return the parameters of the next page; of a link only these, never its host."""
    if not page:
        return None
    link = data.get("@odata.nextLink")
    if isinstance(link, str):
        return dict(parse_qsl(urlsplit(link).query))
    if len(page) >= _PAGE:
        return {**params, "$skip": str(so_far)}
    return None


def unreadable(status: int, detail: str) -> CrmRefused:
    """Return the error for an answer that is a success and makes no sense."""
    return CrmRefused(status=status, reason_class=ReasonClass.UNREADABLE.value, detail=detail)
