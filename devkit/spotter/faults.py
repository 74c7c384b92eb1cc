"""Faults on order: the next matching requests fail, wait, are cut off or answer rubbish."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTIONS = ("status", "delay", "drop", "html", "garbage", "empty", "no_rows")


@dataclass(slots=True)
class Fault:
    """What is done to ``count`` matching requests, after letting ``skip`` of them pass.

    ``when`` 'before': the request is not applied; 'after': it is applied, and then answers so
    (trap S25). A delay before holds the request, a delay after holds its answer.
    """

    action: str
    path: str = ""  # part of the path, in any case; empty: every path
    method: str = ""
    count: int = 1
    skip: int = 0
    when: str = "before"
    status: int = 503
    seconds: float = 0.0
    body: str = ""  # part of the request's body
    done: int = 0

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError(f"action must be one of {', '.join(ACTIONS)}")
        if self.when not in ("before", "after"):
            raise ValueError("when must be 'before' or 'after'")

    def matches(self, method: str, path: str, body: str) -> bool:
        return (
            self.path.lower() in path.lower()
            and (not self.method or self.method.upper() == method)
            and self.body in body
        )


class Faults:
    """The faults still to come, in the order they were given; the first that matches is used."""

    def __init__(self) -> None:
        self.pending: list[Fault] = []

    def add(self, body: Mapping[str, Any]) -> Fault:
        """From the admin's JSON; unknown names raise TypeError."""
        fault = Fault(**body)
        self.pending.append(fault)
        return fault

    def take(self, method: str, path: str, body: str) -> Fault | None:
        for fault in self.pending:
            if not fault.matches(method, path, body):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.count -= 1
            fault.done += 1
            if fault.count <= 0:
                self.pending.remove(fault)
            return fault
        return None

    def as_list(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self.pending]
