"""The database loses a session, dies and comes back, is full, or has its queue stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from devkit.faults.journal import FULL_TABLES
from devkit.faults.kinds.setting import Setting
from devkit.faults.plan import Action

__all__ = ["KINDS", "calm"]

_QUEUE: Final = "queue_name => 'CRM_SYNC.CRM_CHANGE_Q'"


def _session_killed(setting: Setting, action: Action) -> None:
    setting.site.kill_session(action.pick)


def _killed(setting: Setting, action: Action) -> None:
    setting.site.crash_database()


def _queue_stopped(setting: Setting, action: Action) -> None:
    """A DBA stops the queue; edits go on (capture is fail-open), and it is started again."""
    if not setting.is_queue_stopped:
        setting.is_queue_stopped = True
        setting.site.administer(f"begin sys.dbms_aqadm.stop_queue({_QUEUE}); end;")
        setting.later(2.0, lambda: _start_queue(setting))


def _start_queue(setting: Setting) -> None:
    if setting.is_queue_stopped:
        setting.site.administer(f"begin sys.dbms_aqadm.start_queue({_QUEUE}); end;")
        setting.is_queue_stopped = False


def _full(setting: Setting, action: Action) -> None:
    """No room for one of our tables: every insert into it fails with ORA-01653, until a DBA adds a file."""
    setting.site.set_full(FULL_TABLES[action.choice % len(FULL_TABLES)])
    setting.later(2.0, lambda: setting.site.set_full(None))


KINDS: Final[Mapping[str, Callable[[Setting, Action], None]]] = {
    "session_killed": _session_killed,
    "database_killed": _killed,
    "queue_stopped": _queue_stopped,
    "tablespace_full": _full,
}


def calm(setting: Setting) -> None:
    setting.site.set_full(None)
    _start_queue(setting)
