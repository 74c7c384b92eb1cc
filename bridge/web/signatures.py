"""How a webhook shows that it comes from the CRM; which of these, the adapter declares.

Each scheme looks twice: at the head alone, so that a stranger's body is never read, and at the head
with the body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bridge.ports import Clock

__all__ = ["Head", "HubSpotV3", "PathToken", "WebhookScheme"]

_TOKEN_HEADER: Final = "X-Webhook-Token"
_SIGNATURE_HEADER: Final = "X-HubSpot-Signature-v3"
_TIMESTAMP_HEADER: Final = "X-HubSpot-Request-Timestamp"
_MAX_AGE_SECONDS: Final = 300.0
# HubSpot signs the URI with these characters decoded, and with no others.
_DECODED: Final[Mapping[str, str]] = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'",
    "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
_ENCODED: Final = re.compile("|".join(_DECODED), re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What came before the body; ``target`` is path and query as they stood in the request line."""

    method: str
    target: str
    headers: Mapping[str, str]
    path_token: str = ""


class WebhookScheme(Protocol):
    """Tells the CRM's requests from others'."""

    def admits_head(self, head: Head) -> bool:
        """Whether it is worth reading the body."""

    def admits(self, head: Head, body: bytes) -> bool:
        """Whether the request is the CRM's."""


class PathToken:
    """A secret in the path or in a header; for CRMs that sign nothing."""

    def __init__(self, tokens: Sequence[bytes]) -> None:
        self._tokens = tuple(tokens)

    def admits_head(self, head: Head) -> bool:
        """Compare the token with each that is valid."""
        given = head.path_token or head.headers.get(_TOKEN_HEADER) or ""
        token = given.encode("utf-8", "surrogateescape")
        # Each is compared, so that the time does not tell which one is near.
        matches = [hmac.compare_digest(token, valid) for valid in self._tokens]
        return any(matches)

    def admits(self, head: Head, body: bytes) -> bool:
        """The body has no part in it."""
        return self.admits_head(head)


class HubSpotV3:
    """HMAC-SHA256 over method, URI, raw body and time, made with the app's secret.

    Args:
        secrets: all of them valid, for rotation.
        public_url: scheme and host under which HubSpot calls, without a path: a proxy may stand
            between. What the request says of its host is not believed.
        clock: for the age of requests.
    """

    def __init__(self, secrets: Sequence[bytes], *, public_url: str, clock: Clock) -> None:
        self._secrets = tuple(secret for secret in secrets if secret)
        self._public_url = public_url.rstrip("/")
        self._clock = clock

    def admits_head(self, head: Head) -> bool:
        """Refuse what is unsigned, and what is too old to be anything but a replay."""
        stamp = head.headers.get(_TIMESTAMP_HEADER, "")
        if not (stamp.isascii() and stamp.isdigit()) or len(stamp) > 15:
            return False
        age = self._clock.now().timestamp() - int(stamp) / 1000
        return abs(age) <= _MAX_AGE_SECONDS and bool(head.headers.get(_SIGNATURE_HEADER))

    def admits(self, head: Head, body: bytes) -> bool:
        """Compare the signature with what each secret makes of the request."""
        if not self.admits_head(head):
            return False
        try:
            given = base64.b64decode(head.headers[_SIGNATURE_HEADER], validate=True)
        except (binascii.Error, ValueError):
            return False
        uri = _ENCODED.sub(lambda found: _DECODED[found[0].upper()], head.target)
        stamp = head.headers[_TIMESTAMP_HEADER]
        text = b"".join(
            (
                head.method.encode(),
                # a stranger's target need not be text
                (self._public_url + uri).encode("utf-8", "surrogateescape"),
                body,
                stamp.encode(),
            )
        )
        matches = [
            hmac.compare_digest(given, hmac.new(secret, text, hashlib.sha256).digest())
            for secret in self._secrets
        ]
        return any(matches)
