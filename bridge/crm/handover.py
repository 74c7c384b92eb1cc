"""Passes a lead over the stage "Passagem de bastão" by answering its qualification questions.

Spotter takes one question a call and moves the lead after the last one. The system before this one
slept between the calls while its caller waited, and began anew after a failure. Here the first
answer is given while the caller waits, so that a refusal is his; the others follow beside, at the
same distance. Nothing of this is kept but in the CRM: what was answered is read from there, so
asking again, after a failure or a restart, goes on with the first question that is open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from bridge import metrics
from bridge.crm.desk_calls import DeskCalls
from bridge.crm.policy import CrmPolicy
from bridge.domain.changes import ReasonClass
from bridge.domain.operations import HandoverProgress
from bridge.errors import CrmError, CrmRefused
from bridge.ports import Clock

__all__ = ["Question", "SpotterHandover", "parse_questions"]

_QUESTION_TYPE = "2"  # a choice; the only one that was ever sent
_HISTORY = "/qualificationHistories"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A qualification question of the tenant with the answers to give."""

    number: int
    answers: tuple[int, ...]


def parse_questions(text: str) -> tuple[Question, ...]:
    """Return the questions of a setting: ``question:answer[+answer]``, separated by commas.

    Raises:
        ValueError: naming the part that does not fit.
    """
    questions: list[Question] = []
    for part in filter(None, (item.strip() for item in text.split(","))):
        number, _, answers = part.partition(":")
        ids = [number, *answers.split("+")]
        if not all(item.isascii() and item.isdigit() for item in ids):
            raise ValueError(f"not question:answer[+answer]: {part}")
        questions.append(Question(number=int(number), answers=tuple(int(item) for item in ids[1:])))
    if len({question.number for question in questions}) < len(questions):
        raise ValueError("a question is named twice")
    return tuple(questions)


class SpotterHandover(DeskCalls):
    """Implements ``bridge.web.desk.Handover``; one pass a lead at a time."""

    def __init__(
        self,
        policy: CrmPolicy,
        *,
        questions: Sequence[Question],
        pause_seconds: float,
        clock: Clock,
    ) -> None:
        super().__init__(policy)
        self._questions = tuple(questions)
        self._pause_seconds = pause_seconds
        self._clock = clock
        self._under_way: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_configured(self) -> bool:
        """Whether the tenant's questions are known."""
        return bool(self._questions)

    async def advance(self, crm_id: int) -> HandoverProgress:
        """Answer the first open question of a lead and see to it that the others follow.

        Raises:
            CrmError: the first answer was not taken; asking again is safe.
        """
        if crm_id in self._under_way:
            open_now = self._open(await self._answered(crm_id))
            return self._progress(open_now, answered_now=0, is_under_way=True)
        self._under_way.add(crm_id)
        try:
            progress = await self._begin(crm_id)
        except BaseException:
            self._under_way.discard(crm_id)
            raise
        if progress.next_in_seconds is None:
            self._under_way.discard(crm_id)
        return progress

    async def _begin(self, crm_id: int) -> HandoverProgress:
        rest = self._open(await self._answered(crm_id))
        now, later = (rest, []) if self._pause_seconds <= 0 else (rest[:1], rest[1:])
        for question in now:
            await self._answer(crm_id, question)
        if later:
            task = asyncio.create_task(self._go_on(crm_id, later), name="handover")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return self._progress(later, answered_now=len(now), is_under_way=bool(later))

    async def close(self) -> None:
        """End what is under way; it goes on where it stands when somebody asks again."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _open(self, answered: frozenset[int]) -> list[Question]:
        return [question for question in self._questions if question.number not in answered]

    def _progress(
        self, rest: Sequence[Question], *, answered_now: int, is_under_way: bool
    ) -> HandoverProgress:
        return HandoverProgress(
            answered=len(self._questions) - len(rest),
            questions=len(self._questions),
            answered_now=answered_now,
            next_in_seconds=self._pause_seconds if is_under_way else None,
        )

    async def _answered(self, crm_id: int) -> frozenset[int]:
        """Return the questions that are answered; a tenant that does not tell has none."""
        try:
            rows = await self._rows(_HISTORY, {"$filter": f"leadId eq {crm_id}"})
        except CrmRefused as exc:
            if exc.reason_class == ReasonClass.NOT_FOUND.value:
                return frozenset()
            raise
        return frozenset(number for row in rows if (number := _question_of(row, crm_id)))

    async def _answer(self, crm_id: int, question: Question) -> None:
        answer = {
            "questionId": question.number,
            "questionType": _QUESTION_TYPE,
            "answersIds": list(question.answers),
        }
        try:
            await self._write(
                "POST", "/leadsQualification", {"leadId": crm_id, "answersList": [answer]}
            )
        except CrmError:
            metrics.HANDOVER_ANSWERS.labels("failed").inc()
            raise
        metrics.HANDOVER_ANSWERS.labels("given").inc()

    async def _go_on(self, crm_id: int, rest: Sequence[Question]) -> None:
        try:
            for question in rest:
                await self._clock.sleep(self._pause_seconds)
                await self._answer(crm_id, question)
        except CrmError as exc:
            # Nobody waits for it: who asks again goes on here and sees why.
            log.warning("handover_stopped", crm_id=crm_id, error=type(exc).__name__)
        finally:
            self._under_way.discard(crm_id)


def _question_of(row: Mapping[str, object], crm_id: int) -> int | None:
    # The service is known to ignore filters elsewhere.
    number = row.get("questionId")
    return number if row.get("leadId") == crm_id and isinstance(number, int) else None
