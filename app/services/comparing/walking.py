"""One candidate answers one input: its steps are walked outside of any session, and what comes of it is one answer."""

import math
from collections.abc import Generator
from dataclasses import replace
from typing import Final

from app.domain.cached import deltas
from app.domain.call import storable
from app.domain.comparison.comparison import Answer, Candidate, Comparison, Input, Scoring
from app.domain.comparison.scoring import score_of
from app.domain.errors import CallerLeft, Conflict, ModelMatchError, StoreUnavailable
from app.domain.flow import Step
from app.domain.message import Delta, ModelReply
from app.services.attempts import Asker, Attempt
from app.services.comparing.asked import asked_of, nobody
from app.services.comparing.checks import CHECKS
from app.services.comparing.own_budget import TAG
from app.services.comparing.questions import Desk, ask, book, book_lost, cost_of
from app.services.departure import Departure
from app.services.walking import walker
from app.services.walking.walk import Halted, Question, Walk

LONGEST: Final = 200_000  # characters of an answer that are kept


def answer(
    at: Desk, comparison: Comparison, candidate: Candidate, steps: tuple[Step, ...], given: Input, turn: Answer
) -> Answer | None:
    """The answer to be recorded; its calls are durable. None when a budget does not have what it may cost.

    A model that gives none is an answer too, with its error and the score 0. Raises CallerLeft when the desk is closed,
    what its `check` raises, and StoreUnavailable.
    """
    error: ModelMatchError | None = None
    text: str | None = None
    departure = Departure()
    walk = _walk(at, comparison, candidate, steps, given, departure)
    try:
        with at.departure.cuts(departure.leave):
            text = walker.reply(walk).text
    except (CallerLeft, StoreUnavailable):
        book_lost(at.world, comparison.id, walk.attempts)
        raise
    except Halted as halted:
        book_lost(at.world, comparison.id, walk.attempts)
        if halted.__cause__ is not None:
            raise halted.__cause__ from None
        return None
    except ModelMatchError as raised:
        error = raised
    book(at.world, walk.attempts)
    return replace(
        _measured(turn, walk.attempts),
        text=None if text is None else storable(text, LONGEST),
        error=None if error is None else error.code,
        score=scored(text, given, comparison.scoring),
    )


def scored(text: str | None, given: Input, scoring: Scoring | None) -> float | None:
    """The score by the comparison's rule, 0 without an answer; None without a rule."""
    if scoring is None:
        return None
    return 0.0 if text is None else score_of(text, given.reference, scoring, checks=CHECKS)


def _walk(
    at: Desk,
    comparison: Comparison,
    candidate: Candidate,
    steps: tuple[Step, ...],
    given: Input,
    departure: Departure,
) -> Walk:
    """The walk through these steps. It has no end of its own: what waits for our limits is nobody's slowness."""

    def said(question: Question) -> ModelReply:
        step, made = question.step, question.attempts.made
        try:
            reply = ask(at, step.choice, question.request, asker=question.asker, made=made, timeout_s=step.timeout_s)
        except Conflict as error:
            raise Halted("this comparison asks no more") from error
        if reply is None:
            raise Halted("a budget does not have what it may cost")
        return reply

    def heard(question: Question) -> Generator[Delta]:
        yield from deltas(said(question))

    return Walk(
        world=at.world,
        steps=steps,
        asked=asked_of(given, steps),
        deadline=math.inf,
        ask=said,
        listen=heard,
        asker=lambda step: _asker(comparison, candidate, step, departure),
        departure=departure,
    )


def _asker(comparison: Comparison, candidate: Candidate, step: Step, departure: Departure) -> Asker:
    return Asker(
        caller=nobody(departure),
        source="comparison",
        use_case_id=comparison.use_case_id,
        flow_id=candidate.flow_id,
        flow_version=candidate.flow_version,
        step=None if candidate.flow is None else step.code,
        task=step.choice.task,
        hooks=step.hooks,
        tags={TAG: comparison.id},
    )


def _measured(turn: Answer, made: list[Attempt]) -> Answer:
    """Times are those of the models, retries included: what waits for our own limits is nobody's slowness."""
    calls = [attempt.call for attempt in made]
    times = [call.latency_ms for call in calls]
    first = None if not calls or calls[-1].ttft_ms is None else sum(times[:-1]) + calls[-1].ttft_ms
    return replace(
        turn,
        done=True,
        cost=cost_of(made),
        latency_ms=sum(times) if calls else None,
        ttft_ms=first,
        input_tokens=sum(call.usage.prompt_tokens for call in calls),
        output_tokens=sum(call.usage.completion_tokens for call in calls),
        call_id=calls[-1].id if calls else None,
    )
