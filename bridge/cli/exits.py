"""Exit codes; they are part of the interface."""

from __future__ import annotations

import enum

from bridge.errors import BridgeError, SchemaIncompatible, SettingsError

__all__ = ["Exit", "exit_code"]


class Exit(enum.IntEnum):
    """What a caller learns from the exit code."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    SETTINGS = 3
    SCHEMA = 4
    DIFFERENCES = 5
    PAUSED = 6
    INCOMPLETE = 7


def exit_code(exc: BridgeError) -> Exit:
    """Return the exit code of an error."""
    match exc:
        case SettingsError():
            return Exit.SETTINGS
        case SchemaIncompatible():
            return Exit.SCHEMA
        case _:
            return Exit.FAILURE
