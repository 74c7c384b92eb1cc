"""The outcome of a run, for people and programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class DiffReport:
    """What a run found and did.

    ``status`` is 'DONE', or 'STOPPED' when the guard objected: then ``detail`` says why, and
    nothing was stored or repaired. ``keys`` holds the first differing keys; ``repaired`` counts
    outbox events.
    """

    run_id: int
    engine: str
    rows_compared: int
    missing: int
    changed: int
    extra: int
    pending: int
    repaired: int
    seconds: float
    keys: list[str] = field(default_factory=list)
    status: str = "DONE"
    detail: str | None = None

    @property
    def differences(self) -> int:
        return self.missing + self.changed + self.extra

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self) -> str:
        lines = [
            f"run {self.run_id} ({self.engine}): {self.status.lower()} in {self.seconds:.1f} s",
            f"  compared  {self.rows_compared}",
            f"  missing   {self.missing}",
            f"  changed   {self.changed}",
            f"  extra     {self.extra}",
            f"  pending   {self.pending}",
            f"  repaired  {self.repaired}",
        ]
        if self.detail:
            lines.append(f"  {self.detail}")
        if self.keys:
            more = "" if len(self.keys) >= self.differences else " …"
            lines.append(f"  keys      {', '.join(self.keys)}{more}")
        return "\n".join(lines)
