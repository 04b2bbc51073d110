"""A run of a shadow walks its steps as a served run does, and is stored apart: its session, evidence and score."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.db.facts import CallDone, Fact, FeedbackGiven, Pin, RunDone, Served
from app.domain import shadow
from app.domain.call import Run
from app.domain.errors import (
    BudgetExceeded,
    CallerLeft,
    Conflict,
    Invalid,
    ModelMatchError,
    ProviderRateLimited,
    ProviderResting,
    StoreUnavailable,
    Unpriced,
)
from app.domain.feedback import Feedback
from app.domain.flow import Flow, Step
from app.domain.session import Session
from app.domain.use_case import UseCase
from app.services import serving
from app.services.attempts import Asker
from app.services.caller import Caller
from app.services.departure import Departure
from app.services.mirrors import Copy, Dropped, Ended, Fate
from app.services.run_purse import RunPurse
from app.services.walking import walker
from app.services.walking.by_gateway import ask as gateway_ask
from app.services.walking.by_gateway import listen as gateway_listen
from app.services.walking.walk import Walk
from app.services.world import World

# What says nothing of the flow: its money, its turn or its time was up. Unless something was sent, it leaves no row.
REASONS: Final[tuple[tuple[type[ModelMatchError], Dropped], ...]] = (
    (BudgetExceeded, "budget"),
    (Unpriced, "budget"),
    (ProviderResting, "resting"),
    (ProviderRateLimited, "limited"),
    (StoreUnavailable, "store"),
    (CallerLeft, "closed"),
)


@dataclass(slots=True)
class Work:
    """What the run of a shadow has come to; filled while it walks. `started`, of `time.monotonic()`."""

    copy: Copy
    use_case: UseCase
    flow: Flow
    session: Session
    steps: tuple[Step, ...]
    run_id: str
    started_at: datetime
    started: float
    purse: RunPurse | None = None


def run(world: World, work: Work) -> Fate:
    """Walk the steps, and store run, calls and score; nothing is stored of a run that could not begin."""
    error: ModelMatchError | None = None
    answer: str | None = None
    departure = Departure()
    walk = _walk(world, work, departure)
    try:
        with world.mirrors.departure.cuts(departure.leave):
            answer = walker.reply(walk).text
    except ModelMatchError as raised:
        error = raised
    reason = _reason(error)
    if reason is not None and not _sent(walk):
        return reason
    ended: Ended = "succeeded" if error is None else "failed" if reason is None else "cancelled"
    return _store(world, work, walk, ended, error, answer)


def _walk(world: World, work: Work, departure: Departure) -> Walk:
    limits, longest = work.flow.limits, world.policy.run_timeout_s
    if limits.max_cost is not None:
        work.purse = RunPurse(limits.max_cost)
    return Walk(
        world=world,
        steps=work.steps,
        asked=work.copy.asked,
        deadline=work.started + min(longest, longest if limits.deadline_s is None else limits.deadline_s),
        ask=gateway_ask(world),
        listen=gateway_listen(world),
        asker=lambda step: _asker(work, step, departure),
        departure=departure,
    )


def _sent(walk: Walk) -> bool:
    """Whether a model was asked; a call of no time only says that one could not be."""
    return any(attempt.call.endpoint is not None for attempt in walk.attempts)


def _asker(work: Work, step: Step, departure: Departure) -> Asker:
    """Nobody: no key, no user and no team pays for what they did not ask. Kept answers are neither used nor made."""
    return Asker(
        caller=Caller(departure=departure),
        source="shadow",
        unit=work.session.unit,
        session_id=work.session.id,
        run_id=work.run_id,
        use_case_id=work.use_case.id,
        flow_id=work.flow.id,
        flow_version=work.flow.version,
        step=step.code,
        task=step.choice.task,
        hooks=step.hooks,
        tags={shadow.TAG: work.flow.id},
        purse=work.purse,
    )


def _reason(error: ModelMatchError | None) -> Dropped | None:
    """Why a run ended without saying anything of its flow; None when it did say something."""
    if error is None or (isinstance(error, ProviderRateLimited) and error.status is not None):
        return None  # the provider's own 429 would have hit a served run too
    known = next((reason for kind, reason in REASONS if isinstance(error, kind)), None)
    return known or (None if serving.failed_by_flow(error) else "unfit")


def _store(
    world: World, work: Work, walk: Walk, ended: Ended, error: ModelMatchError | None, answer: str | None
) -> Fate:
    calls: list[Fact] = [CallDone(attempt.call, attempt.text, attempt.charges) for attempt in walk.attempts]
    done = _row(world, work, walk, ended, error)
    facts = [Pin(work.session), RunDone(done), *calls]
    if ended != "cancelled":
        facts += [_served(done), *_score(world, work, answer)]
    try:
        world.journal.write(facts, timeout_s=world.policy.journal_timeout_s)
    except (Conflict, Invalid):  # the flow was deleted meanwhile; its money is spent all the same
        return _booked(world, calls)
    except StoreUnavailable:
        return "store"
    return ended


def _booked(world: World, calls: Sequence[Fact]) -> Fate:
    """The calls alone, which refer to nothing that could be gone."""
    try:
        world.journal.write(calls, timeout_s=world.policy.journal_timeout_s)
    except StoreUnavailable:
        return "store"
    return "withdrawn"


def _row(world: World, work: Work, walk: Walk, ended: Ended, error: ModelMatchError | None) -> Run:
    costs = [attempt.call.cost for attempt in walk.attempts]
    keep = world.policy.keep_texts
    return Run(
        id=work.run_id,
        session_id=work.session.id,
        use_case_id=work.use_case.id,
        flow_id=work.flow.id,
        flow_version=work.flow.version,
        status=ended,
        step=work.copy.asked.step,
        error=None if error is None else error.code,
        failed_step=None if error is None else walk.at,
        inputs=dict(work.copy.asked.inputs) if keep else {},
        outputs=dict(walk.outputs) if keep else {},
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
        latency_ms=round((time.monotonic() - work.started) * 1000),
        started_at=work.started_at,
        ended_at=world.now(),
    )


def _served(run: Run) -> Served:
    return Served(
        of=run.id,
        epoch_id=None,
        flow_id=run.flow_id,
        flow_version=run.flow_version,
        session_id=run.session_id,
        failed=run.status == "failed",
        slow=False,
        latency_ms=run.latency_ms,
        cost=run.cost,
        shadow=True,
    )


def _score(world: World, work: Work, answer: str | None) -> list[Fact]:
    """What the use case's rule says of the answer beside the served one; nothing where no rule can tell."""
    asked = work.copy.asked.step
    if asked is not None and asked != work.use_case.step_codes[-1]:
        return []
    score = shadow.scored(work.use_case.rubric, answer, work.copy.answer)
    if score is None:
        return []
    session = work.session
    return [
        FeedbackGiven(
            Feedback(
                id=world.new_id(),
                at=world.now(),
                session_id=session.id,
                call_id=None,
                use_case_id=session.use_case_id,
                flow_id=session.flow_id,
                flow_version=session.flow_version,
                epoch_id=None,
                kind="score",
                rater=shadow.RATER,
                value=score,
                reward=score,
                counted=score,
                shadow=True,
            )
        )
    ]
