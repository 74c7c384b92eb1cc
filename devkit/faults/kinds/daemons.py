"""Daemons die, at any moment and at named points, stand still, and are two."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from typing import Final

from bridge.failpoints import NAMES
from devkit.faults.kinds.setting import Setting
from devkit.faults.plan import Action
from devkit.faults.site import LEASE_SECONDS, PRIMARY, SECOND

__all__ = ["KINDS", "calm"]

#: where a daemon at work passes; those of whole-set runs are passed by the command line
_POINTS: Final = sorted(name for name in NAMES if not name.startswith("run_"))
#: seconds; a day is the window in which webhooks are told apart
_JUMPS: Final = (-3600.0, 3600.0, -90_000.0, 90_000.0, -30.0, 30.0)
_PAUSES: Final = (0.0, 0.02, 0.1, 0.3, 0.7)


def _any_daemon(setting: Setting, action: Action) -> str:
    """One of those that do not stand still: who stands still is to live on."""
    site = setting.site
    workers = [worker for worker in site.workers if site.pid_of(worker) not in setting.stopped]
    workers = workers or site.workers
    return workers[action.record % len(workers)]


def _killed(setting: Setting, action: Action) -> None:
    setting.site.keep_alive()
    worker = _any_daemon(setting, action)
    time.sleep(_PAUSES[action.choice % len(_PAUSES)])
    setting.stopped.discard(setting.site.pid_of(worker))
    setting.site.kill_daemon(worker)
    setting.site.run_daemon(worker)


def _killed_at_failpoint(setting: Setting, action: Action) -> None:
    """The next daemon kills itself at a named point, at its first or a later pass."""
    setting.site.keep_alive()
    worker = _any_daemon(setting, action)
    setting.stopped.discard(setting.site.pid_of(worker))
    setting.site.kill_daemon(worker)
    point = _POINTS[action.choice % len(_POINTS)]
    setting.site.run_daemon(worker, failpoint=f"{point}:kill@{1 + action.pick % 3}")


def _second(setting: Setting, action: Action) -> None:
    site = setting.site
    site.keep_alive()
    if SECOND not in site.workers:
        site.run_daemon(SECOND)


def _rolling(setting: Setting, action: Action) -> None:
    """As at an upgrade: a second one starts, the first one ends in order, starts again, and the second one ends."""
    site = setting.site
    site.keep_alive()
    _go_on(setting)
    if SECOND not in site.workers:
        site.run_daemon(SECOND)
    site.stop_daemon(PRIMARY)
    site.run_daemon(PRIMARY)
    site.stop_daemon(SECOND)


def _stands_still(setting: Setting, action: Action) -> None:
    """SIGSTOP until the lease is over and another one has the work; then it goes on as if nothing had been."""
    site = setting.site
    site.keep_alive()
    if SECOND not in site.workers:
        site.run_daemon(SECOND)
    pid = site.pid_of(_any_daemon(setting, action))
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
    setting.stopped.add(pid)
    setting.later(LEASE_SECONDS + 2.0, lambda: _continue(setting, pid), in_full=True)


def _continue(setting: Setting, pid: int) -> None:
    if pid in setting.stopped:
        setting.stopped.discard(pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _go_on(setting: Setting) -> None:
    for pid in list(setting.stopped):
        _continue(setting, pid)


def _clock_jumps(setting: Setting, action: Action) -> None:
    """The wall clock of the daemons' host jumps, and comes back some seconds later, as after a wrong correction."""
    site = setting.site
    site.set_clock(_JUMPS[action.choice % len(_JUMPS)])
    setting.later(3.0, lambda: site.set_clock(0.0))


KINDS: Final[Mapping[str, Callable[[Setting, Action], None]]] = {
    "clock_jumps": _clock_jumps,
    "daemon_killed": _killed,
    "daemon_killed_at_failpoint": _killed_at_failpoint,
    "second_daemon": _second,
    "rolling_restart": _rolling,
    "daemon_stopped_longer_than_lease": _stands_still,
}


def calm(setting: Setting) -> None:
    """One daemon without failpoints, the other ended in order."""
    site = setting.site
    site.set_clock(0.0)
    _go_on(setting)
    site.keep_alive()
    site.disarm()
    site.wait_until_ready()
    if SECOND in site.workers:
        site.stop_daemon(SECOND)
