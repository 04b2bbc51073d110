"""Generate runs a flow, or one of its steps, for a session; the answer leaves only after the journal has it."""

import time
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from app.db.facts import CallDone, Fact, RouteDone, RunDone
from app.domain.call import Run
from app.domain.errors import CallerLeft, ModelMatchError
from app.domain.flow import Flow, Step
from app.domain.message import Json, ModelReply, ModelRequest
from app.domain.route import Route
from app.domain.session import Session
from app.domain.use_case import UseCase
from app.services import gateway, mirroring, scoring, serving, traffic
from app.services.asking import Asked, check_heard, request_of
from app.services.attempts import Asker, Attempt, Attempts, Piece, Said
from app.services.whole import Whole
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Started:
    """The session has its flow; nothing has been said yet."""

    session: Session
    flow: Flow
    run_id: str


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step before the last one has answered."""

    step: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished(Whole):
    """The run is over and durable."""

    run: Run
    session: Session
    flow: Flow


Event = Started | StepDone | Piece | Finished


@dataclass(slots=True)
class _Work:
    """What a run has come to; filled while it walks. `request` is that of the step under way."""

    use_case: UseCase
    session: Session
    flow: Flow
    steps: tuple[Step, ...]
    asked: Asked
    run_id: str
    started_at: datetime
    started: float
    deadline: float
    experiment_id: str | None = None
    outputs: dict[str, str] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    step: str | None = None
    request: ModelRequest | None = None

    def add(self, attempts: Attempts) -> None:
        """Take what came of a step."""
        self.attempts.extend(attempts.made)
        self.routes.extend(attempts.routes)


def run(world: World, code: str, asked: Asked) -> Finished:
    """The whole answer. Raises what `events` raises."""
    with closing(events(world, code, asked, streamed=False)) as walk:
        for event in walk:
            if isinstance(event, Finished):
                return event
    raise AssertionError("a run ends finished or raises")


def events(world: World, code: str, asked: Asked, *, streamed: bool) -> Generator[Event]:
    """The run as it happens: Started, StepDone per earlier step, Piece per piece of the last (if streamed), Finished.

    Raises before anything is written: NotFound, UseCaseInactive, NoFlowAvailable, StepNotConfigured, Invalid,
    PromptInvalid, PromptRunaway. Raises after recording the failed run: ProviderError, Unpriced, prompts of later
    steps. Closing the iterator cancels the run, which is recorded too.
    """
    work, first = _begin(world, code, asked)
    return _walk(world, work, first, streamed=streamed)


def _begin(world: World, code: str, asked: Asked) -> tuple[_Work, ModelRequest]:
    """The session pinned and the first request rendered; a request that cannot be rendered pins nothing."""
    use_case = traffic.active_use_case(world, code)
    session = traffic.find(world, use_case, asked.correlation_id)
    if session is None or traffic.evicted(world, session):
        proposed = traffic.propose(world, use_case, asked.correlation_id, user_id=asked.user_id, replaces=session)
        _first_request(world, use_case, proposed, asked)
        session = traffic.pin(world, proposed)
    flow, steps, first = _first_request(world, use_case, session, asked)
    started = time.monotonic()
    experiment = serving.experiment_of(world, session)
    work = _Work(
        use_case=use_case,
        session=session,
        flow=flow,
        steps=steps,
        asked=asked,
        run_id=world.new_id(),
        started_at=world.now(),
        started=started,
        deadline=started + world.policy.run_timeout_s,
        experiment_id=None if experiment is None else experiment.id,
    )
    return work, first


def _first_request(
    world: World, use_case: UseCase, session: Session, asked: Asked
) -> tuple[Flow, tuple[Step, ...], ModelRequest]:
    flow = traffic.flow_of(world, session)
    steps = _steps(use_case, flow, asked.step)
    check_heard(steps, asked)
    return flow, steps, request_of(steps[0], asked, {}, last=len(steps) == 1)


def _steps(use_case: UseCase, flow: Flow, code: str | None) -> tuple[Step, ...]:
    if code is None:
        return flow.steps
    use_case.require_step(code)
    return (flow.step(code),)


def _walk(world: World, work: _Work, first: ModelRequest, *, streamed: bool) -> Generator[Event]:
    try:
        yield Started(work.session, work.flow, work.run_id)
        *early, final = work.steps
        request: ModelRequest | None = first
        for step in early:
            reply = _call(world, work, step, request)
            yield StepDone(step.code, reply.text)
            request = None
        if streamed:
            reply = yield from _stream(world, work, final, request)
        else:
            reply = _call(world, work, final, request)
    except (GeneratorExit, CallerLeft):
        _record_later(world, work, "cancelled", "client-left")
        raise
    except ModelMatchError as error:
        _record(world, work, "failed", error)
        raise
    run = _record(world, work, "succeeded", None)
    mirroring.offer(world, work.use_case, work.session, work.asked, reply.text)
    calls = tuple(attempt.call for attempt in work.attempts)
    finished = Finished(reply, calls, tuple(work.routes), run=run, session=work.session, flow=work.flow)
    scoring.offer(world, work.use_case, run, finished, inputs=work.asked.inputs, request=work.request)
    yield finished


def _call(world: World, work: _Work, step: Step, prepared: ModelRequest | None) -> ModelReply:
    request, attempts = _enter(work, step, prepared), Attempts()
    try:
        reply = gateway.call(
            world, step.choice, request, asker=_asker(work, step), attempts=attempts, deadline=_deadline(work, step)
        )
    finally:
        work.add(attempts)
    work.outputs[step.code] = reply.text
    return reply


def _stream(world: World, work: _Work, step: Step, prepared: ModelRequest | None) -> Generator[Event, None, ModelReply]:
    """Pass pieces on, but keep the end back: it leaves with Finished, after the journal has the call."""
    request, attempts = _enter(work, step, prepared), Attempts()
    said = Said()
    pieces = gateway.stream(
        world, step.choice, request, asker=_asker(work, step), attempts=attempts, deadline=_deadline(work, step)
    )
    try:
        with closing(pieces):
            for delta in pieces:
                said.add(delta)
                if delta.text or delta.tool_calls or delta.restart:
                    yield Piece(delta)
    finally:
        work.add(attempts)
    reply = said.reply(attempts.last)
    work.outputs[step.code] = reply.text
    return reply


def _enter(work: _Work, step: Step, prepared: ModelRequest | None) -> ModelRequest:
    work.step = step.code
    work.request = prepared or request_of(step, work.asked, work.outputs, last=step is work.steps[-1])
    return work.request


def _deadline(work: _Work, step: Step) -> float:
    return work.deadline if step.timeout_s is None else min(work.deadline, time.monotonic() + step.timeout_s)


def _asker(work: _Work, step: Step) -> Asker:
    return Asker(
        caller=work.asked.caller,
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
    )


Status = Literal["succeeded", "failed", "cancelled"]


def _record(world: World, work: _Work, status: Status, error: ModelMatchError | None) -> Run:
    run = _run(world, work, status, None if error is None else error.code)
    facts = [*_facts(run, work), *_evidence(world, work, run, error)]
    world.journal.write(facts, timeout_s=world.policy.journal_timeout_s)
    serving.look_after(world, facts)
    return run


def _evidence(world: World, work: _Work, run: Run, error: ModelMatchError | None) -> list[Fact]:
    """What the run says of its flow; nothing when something else stood in its way."""
    if error is not None and not serving.failed_by_flow(error):
        return []
    failed = error is not None
    return serving.evidence(world, work.session, of=run.id, failed=failed, latency_ms=run.latency_ms, cost=run.cost)


def _record_later(world: World, work: _Work, status: Status, error: str) -> None:
    """For a client that left: nobody waits for the row, the journal writes it all the same."""
    world.journal.post(_facts(_run(world, work, status, error), work))


def _facts(run: Run, work: _Work) -> list[Fact]:
    routes = [RouteDone(route) for route in work.routes]
    return [
        RunDone(run),
        *routes,
        *(CallDone(attempt.call, attempt.text, attempt.charges) for attempt in work.attempts),
    ]


def _run(world: World, work: _Work, status: Status, error: str | None) -> Run:
    costs = [attempt.call.cost for attempt in work.attempts]
    keep: bool = world.policy.keep_texts
    inputs: Json = dict(work.asked.inputs) if keep else {}
    outputs: Mapping[str, object] = dict(work.outputs) if keep else {}
    return Run(
        id=work.run_id,
        session_id=work.session.id,
        use_case_id=work.use_case.id,
        flow_id=work.flow.id,
        flow_version=work.flow.version,
        status=status,
        step=work.asked.step,
        error=error,
        failed_step=work.step if status != "succeeded" else None,
        inputs=inputs,
        outputs=outputs,
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
        latency_ms=round((time.monotonic() - work.started) * 1000),
        started_at=work.started_at,
        ended_at=world.now(),
    )
