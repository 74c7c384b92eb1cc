"""The figures of a campaign, for people and as JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any

from devkit.faults.campaign import Result

__all__ = ["as_data", "as_row", "as_text", "with_row"]

_END = "<!-- /campaigns -->"


def as_data(result: Result) -> dict[str, Any]:
    """Everything as JSON can say it."""
    violations = [
        {
            "rule": found.rule,
            "entity": found.entity,
            "subject": found.subject,
            "detail": found.detail,
        }
        for found in result.check.violations
    ]
    return {
        "seed": result.seed,
        "rounds": result.rounds,
        "seconds": round(result.seconds, 1),
        "kills": result.kills,
        "processes": dict(sorted(result.processes.items())),
        "faults": dict(sorted(result.faults.items())),
        "calls": result.calls,
        "calls_hit": result.http_faults,
        "changes": dict(sorted(result.changes.items())),
        "comparisons": dict(sorted(result.check.comparisons.items())),
        "longest_drain_seconds": round(result.longest_drain, 1),
        "allowed_by_policy": dict(sorted(result.check.allowed.items())),
        "violations": violations,
        "violations_by_entity": dict(Counter(found["entity"] for found in violations)),
        "accounts": result.accounts,
    }


def as_row(result: Result) -> str:
    """The campaign as a row of ``docs/faults.md``."""
    cells = (
        result.seed,
        f"{result.seconds / 60:.1f}",
        result.rounds,
        result.kills,
        result.processes["database crashes"],
        result.processes["database sessions killed"],
        sum(result.faults.values()),
        result.http_faults,
        sum(result.changes.values()),
        sum(result.check.comparisons.values()),
        sum(result.check.allowed.values()),
        len(result.check.violations),
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def with_row(page: str, result: Result) -> str:
    """The page with the campaign's row at the end of its table. Raises ``ValueError`` if it has no such table."""
    if page.count(_END) != 1:
        raise ValueError(f"the page has no {_END}")
    return page.replace(_END, f"{as_row(result)}\n{_END}")


def as_text(result: Result) -> str:
    """A few lines."""
    data = as_data(result)
    lines = [
        f"seed {data['seed']}, {data['rounds']} rounds, {data['seconds']:.0f} s:"
        f" {data['kills']} kills, {sum(data['faults'].values())} faults,"
        f" {data['calls_hit']} of {data['calls']} calls hit,"
        f" longest drain {data['longest_drain_seconds']} s"
    ]
    entities = sorted({*data["changes"], *data["comparisons"], *data["violations_by_entity"]})
    lines.append(f"{'':16}{'changes':>10}{'comparisons':>14}{'violations':>12}")
    lines += [
        f"{entity:16}{data['changes'].get(entity, 0):>10}"
        f"{data['comparisons'].get(entity, 0):>14}"
        f"{data['violations_by_entity'].get(entity, 0):>12}"
        for entity in entities
    ]
    lines += [f"allowed by {name}: {count}" for name, count in data["allowed_by_policy"].items()]
    lines += [str(found) for found in result.check.violations]
    lines += result.accounts
    return "\n".join(lines)
