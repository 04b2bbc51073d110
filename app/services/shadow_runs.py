"""A run of a shadow walks its steps as a served run does, and is stored apart: its session, evidence and score."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
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
from app.services import gateway, serving
from app.services.asking import request_of
from app.services.attempts import Asker, Attempt, Attempts
from app.services.caller import Caller
from app.services.mirrors import Copy, Dropped, Ended, Fate
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
    outputs: dict[str, str] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    step: str | None = None

    @property
    def sent(self) -> bool:
        """Whether a model was asked; a call of no time only says that one could not be."""
        return any(attempt.call.endpoint is not None for attempt in self.attempts)


def run(world: World, work: Work) -> Fate:
    """Walk the steps, and store run, calls and score; nothing is stored of a run that could not begin."""
    error: ModelMatchError | None = None
    try:
        for step in work.steps:
            _call(world, work, step)
    except ModelMatchError as raised:
        error = raised
    reason = _reason(error)
    if reason is not None and not work.sent:
        return reason
    ended: Ended = "succeeded" if error is None else "failed" if reason is None else "cancelled"
    return _store(world, work, ended, error)


def _call(world: World, work: Work, step: Step) -> None:
    work.step = step.code
    request = request_of(step, work.copy.asked, work.outputs, last=step is work.steps[-1])
    attempts = Attempts()
    deadline = work.started + world.policy.run_timeout_s
    if step.timeout_s is not None:
        deadline = min(deadline, time.monotonic() + step.timeout_s)
    try:
        reply = gateway.call(
            world, step.choice, request, asker=_asker(world, work, step), attempts=attempts, deadline=deadline
        )
    finally:
        work.attempts.extend(attempts.made)
    work.outputs[step.code] = reply.text


def _asker(world: World, work: Work, step: Step) -> Asker:
    """Nobody: no key, no user and no team pays for what they did not ask. Kept answers are neither used nor made."""
    return Asker(
        caller=Caller(departure=world.mirrors.departure),
        source="shadow",
        unit=work.session.unit,
        session_id=work.session.id,
        run_id=work.run_id,
        use_case_id=work.use_case.id,
        flow_id=work.flow.id,
        flow_version=work.flow.version,
        step=step.code,
        task=step.choice.task,
        tags={shadow.TAG: work.flow.id},
    )


def _reason(error: ModelMatchError | None) -> Dropped | None:
    """Why a run ended without saying anything of its flow; None when it did say something."""
    if error is None or (isinstance(error, ProviderRateLimited) and error.status is not None):
        return None  # the provider's own 429 would have hit a served run too
    known = next((reason for kind, reason in REASONS if isinstance(error, kind)), None)
    return known or (None if serving.failed_by_flow(error) else "unfit")


def _store(world: World, work: Work, ended: Ended, error: ModelMatchError | None) -> Fate:
    calls: list[Fact] = [CallDone(attempt.call, attempt.text, attempt.charges) for attempt in work.attempts]
    done = _row(world, work, ended, error)
    facts = [Pin(work.session), RunDone(done), *calls]
    if ended != "cancelled":
        facts += [_served(done), *_score(world, work, ended)]
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


def _row(world: World, work: Work, ended: Ended, error: ModelMatchError | None) -> Run:
    costs = [attempt.call.cost for attempt in work.attempts]
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
        failed_step=None if error is None else work.step,
        inputs=dict(work.copy.asked.inputs) if keep else {},
        outputs=dict(work.outputs) if keep else {},
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


def _score(world: World, work: Work, ended: Ended) -> list[Fact]:
    """What the use case's rule says of the last step's answer beside the served one; nothing where no rule can tell."""
    last = work.steps[-1].code
    if last != work.use_case.step_codes[-1]:
        return []
    answer = work.outputs[last] if ended == "succeeded" else None
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
