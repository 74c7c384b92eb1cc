"""Logging: structlog, one line per event, and nothing in it that is not on the list.

Fields are allowed by name; everything else is dropped and counted. Record keys name customers, so
they appear as a keyed hash: equal keys can be followed, and not turned back without the pepper.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import sys
from collections.abc import Callable
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bridge.events import MEANINGS

__all__ = ["ALLOWED_FIELDS", "configure", "redactor"]

ALLOWED_FIELDS: Final = frozenset(
    {
        "address",
        "advice",
        "api_version",
        "attempt",
        "calls",
        "code",
        "component",
        "components",
        "count",
        "crm_id",  # a number of the CRM, which says nothing of a person and finds the lead there
        "delay",
        "drained",
        "error",
        "event",
        "event_id",
        "inbox_id",
        "level",
        "library",
        "limit",
        "outcome",
        "reason",
        "released",
        "result",
        "retry_seconds",
        "schema_version",
        "seconds",
        "statement",
        "status",
        "timestamp",
        "version",
        "worker",
    }
)
_HASHED_FIELDS: Final = frozenset({"record"})
_HASH_LENGTH: Final = 16
_LIBRARY_LEVEL: Final = logging.WARNING


def redactor(pepper: bytes) -> Processor:
    """Return the processor that lets only listed fields through, keys as hashes."""

    def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        kept: dict[str, Any] = {}
        dropped = 0
        for name, value in event.items():
            if value is None:
                continue
            if name in _HASHED_FIELDS:
                digest = hmac.new(pepper, str(value).encode(), hashlib.sha256)
                kept[name] = digest.hexdigest()[:_HASH_LENGTH]
            elif name in ALLOWED_FIELDS:
                kept[name] = value
            else:
                dropped += 1
        if kept.get("event") not in MEANINGS:
            # A library's text may quote anything.
            kept["event"] = "driver_message"
        if dropped:
            kept["dropped_fields"] = dropped
        return kept

    return redact


class _LibraryHandler(logging.Handler):
    """Names a library's message without quoting it."""

    def __init__(self, write: Callable[..., Any]) -> None:
        super().__init__(_LIBRARY_LEVEL)
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0] if record.exc_info else None
        self._write(
            "driver_message",
            library=record.name,
            error=error.__name__ if error else None,
            reason=record.funcName,
        )


def configure(*, level: str, format_name: str, pepper: str) -> None:
    """Set up logging for the process; standard-library loggers go through the same processors."""
    key = pepper.encode() if pepper else secrets.token_bytes(32)
    console = format_name == "console" or (format_name == "auto" and sys.stderr.isatty())
    renderer: Processor = (
        structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redactor(key),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_LibraryHandler(structlog.get_logger("library").warning)]
    root.setLevel(_LIBRARY_LEVEL)
