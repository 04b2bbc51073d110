"""What a run of a use case has come to, and what is stored of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.db.facts import CallDone, Fact, RouteDone, RunDone
from app.domain.call import Run, RunStatus
from app.domain.errors import ModelMatchError
from app.domain.flow import Flow, Step
from app.domain.message import Json
from app.domain.route import Route
from app.domain.session import Session
from app.domain.use_case import UseCase
from app.services import asked_json, serving
from app.services.asking import Asked
from app.services.attempts import Asker, Attempt
from app.services.caller import Caller
from app.services.run_purse import RunPurse
from app.services.walking.walk import Walk
from app.services.world import World


@dataclass(slots=True)
class Work:
    """One run under way. `caller` hangs up with the run; `posted` are ids of calls that were handed to the journal."""

    use_case: UseCase
    session: Session
    flow: Flow
    asked: Asked
    run_id: str
    started_at: datetime
    started: float
    caller: Caller
    experiment_id: str | None = None
    purse: RunPurse | None = None
    resumes: str | None = None
    posted: set[str] = field(default_factory=set)


def asker(work: Work, step: Step) -> Asker:
    """On whose behalf the step is asked."""
    return Asker(
        caller=work.caller,
        user_id=work.asked.user_id,
        unit=work.session.unit,
        session_id=work.session.id,
        run_id=work.run_id,
        use_case_id=work.use_case.id,
        flow_id=work.flow.id,
        flow_version=work.flow.version,
        experiment_id=work.experiment_id,
        step=step.code,
        task=step.choice.task,
        tags=work.asked.tags,
        cache_ttl_s=step.cache_ttl_s,
        purse=work.purse,
        hooks=step.hooks,
        source="test" if work.session.forced else "served",
    )


def row(world: World, work: Work, walk: Walk, status: RunStatus, error: str | None) -> Run:
    """The run as it is stored now. What it needs to be resumed stands in it unless it succeeded."""
    costs = [attempt.call.cost for attempt in walk.attempts]
    keep: bool = world.policy.keep_texts
    inputs: Json = dict(work.asked.inputs) if keep else {}
    outputs: Json = dict(walk.outputs) if keep else {}
    return Run(
        id=work.run_id,
        session_id=work.session.id,
        use_case_id=work.use_case.id,
        flow_id=work.flow.id,
        flow_version=work.flow.version,
        status=status,
        step=work.asked.step,
        error=error,
        failed_step=walk.at if status in ("failed", "cancelled") else None,
        inputs=inputs,
        outputs=outputs,
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
        latency_ms=0 if status == "running" else round((time.monotonic() - work.started) * 1000),
        started_at=work.started_at,
        ended_at=None if status == "running" else world.now(),
        asked=asked_json.told(work.asked) if keep and status != "succeeded" else None,
        resumes=work.resumes,
    )


def record(
    world: World,
    work: Work,
    walk: Walk,
    status: RunStatus,
    error: ModelMatchError | None,
    *,
    more: list[Fact] | None = None,
) -> Run:
    """The run, once it is durable with what it says of its flow. Raises StoreUnavailable."""
    run = row(world, work, walk, status, None if error is None else error.code)
    facts = [*(more or []), *_facts(work, walk, run), *_evidence(world, work, run, error)]
    world.journal.write(facts, timeout_s=world.policy.journal_timeout_s)
    serving.look_after(world, facts)
    return run


def record_later(
    world: World, work: Work, walk: Walk, status: RunStatus, error: str, *, more: list[Fact] | None = None
) -> None:
    """For a caller that left: nobody waits for the row, the journal writes it all the same."""
    run = row(world, work, walk, status, error)
    world.journal.post([*(more or []), *_facts(work, walk, run)])


def call_facts(work: Work, attempts: Sequence[Attempt], routes: Sequence[Route]) -> list[Fact]:
    """Calls, and the routes behind them, that are not on their way to the store yet; from here on they are.

    Nothing is learned of a tester's session, whose routes are forgotten.
    """
    fresh = [attempt for attempt in attempts if attempt.call.id not in work.posted]
    chosen = [] if work.session.forced else [route for route in routes if route.id not in work.posted]
    work.posted.update(attempt.call.id for attempt in fresh)
    work.posted.update(route.id for route in chosen)
    done = [CallDone(attempt.call, attempt.text, attempt.charges) for attempt in fresh]
    return [*(RouteDone(route) for route in chosen), *done]


def _facts(work: Work, walk: Walk, run: Run) -> list[Fact]:
    routes = [route for each in walk.standings.values() for route in each.attempts.routes]
    return [RunDone(run, begun=not walk.plain or work.resumes is not None), *call_facts(work, walk.attempts, routes)]


def _evidence(world: World, work: Work, run: Run, error: ModelMatchError | None) -> list[Fact]:
    """What the run says of its flow; nothing when something else stood in its way."""
    if error is not None and not serving.failed_by_flow(error):
        return []
    failed = error is not None
    return serving.evidence(world, work.session, of=run.id, failed=failed, latency_ms=run.latency_ms, cost=run.cost)
