"""Tells systemd how the daemon is; does nothing where there is no systemd."""

from __future__ import annotations

import os

import sdnotify

__all__ = ["SystemdNotifier", "watch_seconds"]

_DEFAULT_WATCH_SECONDS = 10.0


def watch_seconds() -> float:
    """Return how often the watchdog is to be fed: half of what systemd was told, at most 10 s."""
    try:
        interval = int(os.environ.get("WATCHDOG_USEC", "0")) / 1_000_000
    except ValueError:
        interval = 0.0
    return min(interval / 2, _DEFAULT_WATCH_SECONDS) if interval > 0 else _DEFAULT_WATCH_SECONDS


class SystemdNotifier:
    """Implements ``bridge.ports.Notifier``."""

    def __init__(self) -> None:
        self._notifier = sdnotify.SystemdNotifier()

    def ready(self) -> None:
        self._notifier.notify("READY=1")

    def stopping(self) -> None:
        self._notifier.notify("STOPPING=1")

    def status(self, text: str) -> None:
        self._notifier.notify(f"STATUS={text}")

    def alive(self) -> None:
        self._notifier.notify("WATCHDOG=1")
