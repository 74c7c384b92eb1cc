"""The form of a kept route; the tables of them are what the router and OpenAPI read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from bridge.web.desk import ApiContext, Row

__all__ = ["Answer", "Asked", "Handler", "Page", "Route"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that fits its route."""

    path: Mapping[str, Any]
    body: Any = None

    @property
    def lead_id(self) -> int:
        """The lead that the path names."""
        return int(self.path["lead_id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A success; ``retry_after`` in seconds, where more is to come."""

    body: BaseModel | Row
    status: int = 200
    retry_after: float | None = None


Handler = Callable[[ApiContext, Asked], Awaitable[Answer]]
Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One row of a table. ``answers`` are the successes, ``refusals`` the route's own errors.

    ``page`` answers a browser in place of ``handler``.
    """

    method: str
    path: str
    summary: str
    handler: Handler
    answers: Mapping[int, type[BaseModel] | None]
    body: type[BaseModel] | None = None
    is_body_optional: bool = False
    refusals: tuple[int, ...] = ()
    description: str = ""
    page: Page | None = None
