"""From a seed to what happens: edits of both sides and faults, in their order. Pure.

An action names a record, a contact and a value by number only; what they mean is decided when it is done, so that a
plan does not depend on how far the pair has come.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["EDITS", "FAULTS", "KILLS", "Action", "plan_round"]

#: what users do, with how often in a deck
EDITS: Final[Mapping[str, int]] = {
    "erp_lead_field": 10,
    "crm_lead_field": 10,
    "both_lead_field": 3,
    "erp_two_fields": 2,
    "erp_batch": 1,
    "erp_rollback": 2,
    "erp_contact_field": 5,
    "crm_contact_field": 5,
    "both_contact_field": 3,
    "erp_contact_add": 3,
    "crm_contact_add": 2,
    "erp_contact_remove": 1,
    "crm_contact_remove": 1,
    "erp_main_contact": 1,
    "crm_main_contact": 1,
    "budget_add": 3,
    "budget_reprice": 2,
    "budget_reject": 1,
    "order_add": 1,
    "crm_stage": 3,
    "branch_leaves": 1,
    "branch_returns": 2,
    "branch_joins": 3,
    "crm_lead_converted": 2,
}

#: what breaks, with how often in a deck
FAULTS: Final[Mapping[str, int]] = {
    "daemon_killed": 5,
    "daemon_killed_at_failpoint": 5,
    "second_daemon": 1,
    "rolling_restart": 1,
    "daemon_stopped_longer_than_lease": 1,
    "crm_429": 1,
    "crm_429_retry_after": 1,
    "crm_5xx": 2,
    "crm_reset_before": 2,
    "crm_reset_after": 2,
    "crm_slow": 2,
    "crm_truncated": 1,
    "crm_html": 1,
    "crm_empty": 1,
    "crm_401": 1,
    "crm_stale_reads": 1,
    "crm_paging_shifts": 1,
    "webhooks_lost": 1,
    "webhooks_doubled": 1,
    "webhooks_delayed": 1,
    "webhooks_reordered": 1,
    "session_killed": 2,
    "database_killed": 1,
    "queue_stopped": 1,
    "tablespace_full": 2,
    "clock_jumps": 2,
}
#: what a plan that is to kill much has besides
KILLS: Final = ("daemon_killed", "daemon_killed_at_failpoint")

_PAUSES = (0.0, 0.0, 0.01, 0.05, 0.2)
#: a daemon should have come to work before it is killed again
_KILL_PAUSES = (0.3, 0.5, 0.8, 1.2, 2.0)


@dataclass(frozen=True, slots=True)
class Action:
    """One edit or fault. ``number`` is its own within the campaign, so that values made of it are as well."""

    number: int
    kind: str
    is_fault: bool
    #: which record, which contact or point: taken modulo what there is
    record: int
    pick: int
    #: which field, which variant
    choice: int
    #: seconds to wait before it
    pause: float


def plan_round(
    seed: int,
    number: int,
    *,
    edits: int,
    faults: int,
    fault_kinds: Sequence[str] = tuple(FAULTS),
    kills: int = 0,
) -> list[Action]:
    """The actions of a round, 1 being the first; ``kills``: so many deaths of daemons besides ``faults``.

    Kinds are dealt from decks that go on from round to round, so that a campaign of some rounds has all of them,
    however rare they are.
    """
    unknown = set(fault_kinds) - FAULTS.keys()
    if unknown:
        raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
    weights = {kind: FAULTS[kind] for kind in fault_kinds}
    dealt = [
        *((kind, False) for kind in _deal(f"{seed}/edits", EDITS, (number - 1) * edits, edits)),
        *((kind, True) for kind in _deal(f"{seed}/faults", weights, (number - 1) * faults, faults)),
        *((KILLS[place % len(KILLS)], True) for place in range(kills)),
    ]
    rng = random.Random(f"{seed}/{number}")
    rng.shuffle(dealt)
    first = (number - 1) * (edits + faults + kills)
    return [
        Action(
            number=first + position,
            kind=kind,
            is_fault=is_fault,
            record=rng.randrange(1 << 16),
            pick=rng.randrange(1 << 16),
            choice=rng.randrange(1 << 16),
            pause=rng.choice(_KILL_PAUSES if kills and kind in KILLS else _PAUSES),
        )
        for position, (kind, is_fault) in enumerate(dealt, 1)
    ]


def _deal(seed: str, weights: Mapping[str, int], start: int, count: int) -> list[str]:
    """``count`` cards from ``start`` on, of decks that are shuffled one after another."""
    if not weights:
        return []
    cards = [kind for kind, weight in weights.items() for _ in range(weight)]
    found: list[str] = []
    for position in range(start, start + count):
        deck, place = divmod(position, len(cards))
        shuffled = list(cards)
        random.Random(f"{seed}/{deck}").shuffle(shuffled)
        found.append(shuffled[place])
    return found
