"""Who may do what: callers by a token in a header, people by a cookie that a token form gives.

The cookie opens the pages only. A browser sends it along with whatever another site makes it send,
so nothing that a cookie opens writes without a form token, which only our own page knows. The kept
routes take header tokens alone.
"""

from __future__ import annotations

import asyncio
import enum
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from bridge.ports import Clock
from bridge.web import markup, problems
from bridge.web.markup import tag

__all__ = [
    "ACCESS",
    "Access",
    "Role",
    "TooManyAttempts",
    "add_routes",
    "is_by_cookie",
    "limit_to_callers",
    "wants_page",
]

_HEADER: Final = "X-Api-Token"
_COOKIE: Final = "erpcrm_session"
_SESSION_SECONDS: Final = 12 * 3600
_OPEN: Final = frozenset({"/livez", "/readyz"})
_LOGIN: Final = "/login"
_LOGOUT: Final = "/logout"
_MAX_TOKEN: Final = 512
_BODY_SECONDS: Final = 10.0
# Attempts to log in: a person who mistypes does not wait, a program that guesses does.
_FREE_FAILURES: Final = 3
_FIRST_PAUSE_SECONDS: Final = 0.5
_MAX_PAUSE_SECONDS: Final = 4.0
_FORGIVEN_SECONDS: Final = 300.0
_MAX_WAITING: Final = 5

log = structlog.get_logger(__name__)

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Role(enum.Enum):
    """What a token is good for."""

    OPERATOR = "operator"
    VIEWER = "viewer"


class TooManyAttempts(Exception):
    """More people, or programs, try tokens than are let in one after the other."""


@dataclass(frozen=True, slots=True)
class _Session:
    role: Role
    ends: int  # seconds of the epoch
    name: str


class _Attempts:
    """Attempts to log in, one after the other once some have failed: each failure makes the next wait longer.

    It is one turn for all: behind a proxy, everybody comes from the same address.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._failures = 0
        self._failed_at = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        if self._waiting >= _MAX_WAITING:
            raise TooManyAttempts
        self._waiting += 1
        try:
            async with self._turn:
                if (pause := self._pause()) > 0:
                    await self._clock.sleep(pause)
                yield
        finally:
            self._waiting -= 1

    def note(self, *, is_right: bool) -> None:
        """Count a failure; a success forgives them."""
        now = self._clock.monotonic()
        if is_right or now - self._failed_at > _FORGIVEN_SECONDS:
            self._failures = 0
        if not is_right:
            self._failures += 1
            self._failed_at = now

    def _pause(self) -> float:
        if self._failures < _FREE_FAILURES:
            return 0.0
        due = self._failed_at + min(
            _MAX_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0 ** (self._failures - _FREE_FAILURES)
        )
        return max(0.0, due - self._clock.monotonic())


class Access:
    """The tokens, and the sessions of people.

    Sessions are signed with a key that lives as long as the process: a restart ends them, and no
    cookie says anything about a token. Of those that a person has ended, the numbers are kept until
    they would have ended by themselves.
    """

    def __init__(
        self,
        *,
        operators: tuple[bytes, ...],
        viewers: tuple[bytes, ...],
        clock: Clock,
    ) -> None:
        self._tokens = [(token, Role.OPERATOR) for token in operators]
        self._tokens += [(token, Role.VIEWER) for token in viewers]
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._ended: dict[str, int] = {}
        self._attempts = _Attempts(clock)

    def role_of_token(self, text: str) -> Role | None:
        """Return what a token is good for; None when it is not valid."""
        token = _octets(text)
        # Each is compared, so that the time does not tell which one is near.
        roles = [
            role for valid, role in self._tokens if hmac.compare_digest(token, valid) and valid
        ]
        return roles[0] if roles else None

    def role_of_header(self, request: web.Request) -> Role | None:
        """Return what the token in a header is good for, one of our own or a bearer."""
        given = request.headers.get(_HEADER, "")
        scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
        if not given and scheme.lower() == "bearer":
            given = rest.strip()
        return self.role_of_token(given)

    def begin(self, role: Role) -> str:
        """Return the value of a new session's cookie."""
        ends = int(self._clock.now().timestamp()) + _SESSION_SECONDS
        content = f"{role.value}.{ends}.{secrets.token_hex(8)}"
        return f"{content}.{self._sign('session', content)}"

    def role_of_cookie(self, request: web.Request) -> Role | None:
        """Return what the session of a cookie is good for; None when it is none, or over."""
        session = self._session(request)
        return session.role if session is not None else None

    def end(self, request: web.Request) -> None:
        """End the session of a cookie, whoever has a copy of it."""
        session = self._session(request)
        if session is not None:
            now = self._clock.now().timestamp()
            self._ended = {name: ends for name, ends in self._ended.items() if ends > now}
            self._ended[session.name] = session.ends

    def _session(self, request: web.Request) -> _Session | None:
        content, _, signature = request.cookies.get(_COOKIE, "").rpartition(".")
        expected = self._sign("session", content)
        if not hmac.compare_digest(_octets(signature), expected.encode()):
            return None
        role, ends, name = content.split(".")
        if int(ends) <= self._clock.now().timestamp() or name in self._ended:
            return None
        return _Session(role=Role(role), ends=int(ends), name=name)

    async def log_in(self, given: str) -> Role | None:
        """Return what a token that a person typed is good for, in turn with the other attempts.

        Raises:
            TooManyAttempts: so many wait already that one more would not be answered in time.
        """
        async with self._attempts.turn():
            role = self.role_of_token(given)
            self._attempts.note(is_right=role is not None)
            return role

    def form_token(self, request: web.Request) -> str:
        """Return what a form of this session must send along."""
        return self._sign("form", request.cookies.get(_COOKIE, ""))

    def is_own_form(self, request: web.Request, given: str) -> bool:
        """Tell whether a form came from our own page, in this session."""
        expected = self.form_token(request).encode()
        return _is_from_here(request) and hmac.compare_digest(_octets(given), expected)

    def _sign(self, purpose: str, content: str) -> str:
        text = _octets(f"{purpose}\x1f{content}")
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()


def _octets(text: str) -> bytes:
    """What was sent, whatever it was: a stranger's bytes need not be text."""
    return text.encode("utf-8", "surrogateescape")


ACCESS: Final = web.AppKey("access", Access)
_BY_COOKIE: Final = web.RequestKey("by_cookie", bool)


def is_by_cookie(request: web.Request) -> bool:
    """Tell whether a request was let in by a cookie."""
    return bool(request.get(_BY_COOKIE, False))


def wants_page(request: web.Request) -> bool:
    """Tell whether a browser asks: by ``Accept``, or by the form that it sends."""
    if request.method == "POST":
        return request.content_type == "application/x-www-form-urlencoded"
    return "text/html" in request.headers.get("Accept", "")


def add_routes(app: web.Application, access: Access) -> None:
    """Add the token form and its end."""
    app[ACCESS] = access
    app.router.add_post(_LOGIN, _log_in)
    app.router.add_post(_LOGOUT, _log_out)


def limit_to_callers(webhook_paths: frozenset[str], page_paths: frozenset[str]) -> Any:
    """Return the middleware that lets strangers see nothing, not even which paths there are.

    Webhooks have a token of their own, which their handlers check.

    Args:
        webhook_paths: first parts of the paths that webhooks are sent to.
        page_paths: first parts of the paths that a cookie opens as well.
    """

    @web.middleware
    async def check(request: web.Request, handler: _Handler) -> web.StreamResponse:
        access = request.app[ACCESS]
        first = "/" + request.path.split("/")[1]
        is_webhook = request.method == "POST" and first in webhook_paths
        if (
            request.path in _OPEN
            or is_webhook
            or (request.path, request.method) == (_LOGIN, "POST")
        ):
            return await handler(request)
        role = access.role_of_header(request)
        if role is None and first in page_paths | {_LOGOUT}:
            role = access.role_of_cookie(request)
            request[_BY_COOKIE] = role is not None
        if role is Role.OPERATOR or (role is Role.VIEWER and request.path in {"/", _LOGOUT}):
            return await handler(request)
        if role is not None:
            return problems.response(403, "this token may only look at the overview")
        if request.method == "GET" and wants_page(request):
            return _form(status=401)
        answer = problems.response(401, "a valid token is needed")
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer

    return check


async def _log_in(request: web.Request) -> web.StreamResponse:
    access = request.app[ACCESS]
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            given = (await request.post()).get("token") if wants_page(request) else None
    except TimeoutError:
        return problems.response(408, "the body came too slowly")
    role = None
    if isinstance(given, str) and len(given) <= _MAX_TOKEN and _is_from_here(request):
        try:
            role = await access.log_in(given)
        except TooManyAttempts:
            log.warning("login_refused", reason="too_many")
            return problems.response(
                429, "too many attempts to log in", retry_after=_MAX_PAUSE_SECONDS
            )
    if role is None:
        log.warning("login_refused")
        return _form(status=401, note="This token is not valid.")
    answer = web.Response(status=303, headers={"Location": "/"})
    answer.set_cookie(
        _COOKIE,
        access.begin(role),
        max_age=_SESSION_SECONDS,
        path="/",
        httponly=True,
        samesite="Strict",
        # Behind a proxy that ends TLS the connection itself does not show it.
        secure=request.secure or request.headers.get("X-Forwarded-Proto") == "https",
    )
    return answer


async def _log_out(request: web.Request) -> web.StreamResponse:
    answer = web.Response(status=303, headers={"Location": "/"})
    if _is_from_here(request):
        request.app[ACCESS].end(request)
        answer.del_cookie(_COOKIE, path="/")
    return answer


def _is_from_here(request: web.Request) -> bool:
    """Tell whether a browser sends a form of our own; others say nothing, and need a token anyway."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _form(*, status: int, note: str = "") -> web.Response:
    form = tag(
        "form",
        tag("label", "Token", for_="token"),
        tag("input", id="token", name="token", type="password", autocomplete="off", required=True),
        " ",
        tag("button", "Open"),
        method="post",
        action=_LOGIN,
    )
    return markup.respond(
        markup.page("erpcrm", tag("h1", "erpcrm"), tag("p", note, class_="bad"), form),
        status=status,
    )
