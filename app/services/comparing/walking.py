"""One candidate answers one input: its steps are walked outside of any session, and what comes of it is one answer."""

from dataclasses import dataclass, field, replace
from typing import Final

from app.domain.call import storable
from app.domain.comparison.comparison import Answer, Candidate, Comparison, Input, Scoring
from app.domain.comparison.scoring import score_of
from app.domain.errors import CallerLeft, Conflict, ModelMatchError, StoreUnavailable
from app.domain.flow import Step
from app.services.asking import request_of
from app.services.attempts import Asker, Attempt
from app.services.comparing.asked import asked_of, nobody
from app.services.comparing.checks import CHECKS
from app.services.comparing.own_budget import TAG
from app.services.comparing.questions import Desk, ask, book, book_lost, cost_of

LONGEST: Final = 200_000  # characters of an answer that are kept


@dataclass(slots=True)
class Walk:
    """What a walk has come to so far."""

    outputs: dict[str, str] = field(default_factory=dict)
    made: list[Attempt] = field(default_factory=list)


def answer(
    at: Desk, comparison: Comparison, candidate: Candidate, steps: tuple[Step, ...], given: Input, turn: Answer
) -> Answer | None:
    """The answer to be recorded; its calls are durable. None when a budget does not have what it may cost.

    A model that gives none is an answer too, with its error and the score 0. Raises CallerLeft when the desk is closed,
    what its `check` raises, and StoreUnavailable.
    """
    walk = Walk()
    error: ModelMatchError | None = None
    whole = False
    try:
        whole = _walk(at, comparison, candidate, steps, given, walk)
    except (CallerLeft, Conflict, StoreUnavailable):
        book_lost(at.world, comparison.id, walk.made)
        raise
    except ModelMatchError as raised:
        error = raised
    if not whole and error is None:
        book_lost(at.world, comparison.id, walk.made)
        return None
    book(at.world, walk.made)
    text = None if error is not None else walk.outputs[steps[-1].code]
    return replace(
        _measured(turn, walk),
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
    at: Desk, comparison: Comparison, candidate: Candidate, steps: tuple[Step, ...], given: Input, walk: Walk
) -> bool:
    """Whether all steps have answered; not when a budget ran out."""
    asked = asked_of(given, steps)
    for step in steps:
        request = request_of(step, asked, walk.outputs, last=step is steps[-1])
        asker = _asker(at, comparison, candidate, step)
        reply = ask(at, step.choice, request, asker=asker, made=walk.made, timeout_s=step.timeout_s)
        if reply is None:
            return False
        walk.outputs[step.code] = reply.text
    return True


def _asker(at: Desk, comparison: Comparison, candidate: Candidate, step: Step) -> Asker:
    return Asker(
        caller=nobody(at.departure),
        source="comparison",
        use_case_id=comparison.use_case_id,
        flow_id=candidate.flow_id,
        flow_version=candidate.flow_version,
        step=None if candidate.flow is None else step.code,
        task=step.choice.task,
        tags={TAG: comparison.id},
    )


def _measured(turn: Answer, walk: Walk) -> Answer:
    """Times are those of the models, retries included: what waits for our own limits is nobody's slowness."""
    calls = [attempt.call for attempt in walk.made]
    times = [call.latency_ms for call in calls]
    first = None if not calls or calls[-1].ttft_ms is None else sum(times[:-1]) + calls[-1].ttft_ms
    return replace(
        turn,
        done=True,
        cost=cost_of(walk.made),
        latency_ms=sum(times) if calls else None,
        ttft_ms=first,
        input_tokens=sum(call.usage.prompt_tokens for call in calls),
        output_tokens=sum(call.usage.completion_tokens for call in calls),
        call_id=calls[-1].id if calls else None,
    )
