"""Generate runs a flow, or one of its steps, for a session; the answer leaves only after the journal has it."""

import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

from app.domain.cached import deltas
from app.domain.call import Run
from app.domain.errors import CallerLeft, ModelMatchError
from app.domain.flow import Flow, Step
from app.domain.message import ModelReply, ModelRequest
from app.domain.run_errors import RunCancelled
from app.domain.session import Session
from app.domain.use_case import UseCase
from app.services import forcing, mirroring, run_work, scoring, serving, traffic
from app.services.asking import Asked, check_heard, request_of
from app.services.attempts import Piece
from app.services.departure import Departure
from app.services.run_purse import RunPurse
from app.services.run_recording import Recording
from app.services.run_work import Work
from app.services.walking import by_gateway, walker
from app.services.walking.moved import StepMoved
from app.services.walking.walk import Standing, Walk
from app.services.whole import Whole
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Started:
    """The session has its flow; nothing has been said yet."""

    session: Session
    flow: Flow
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished(Whole):
    """The run is over and durable."""

    run: Run
    session: Session
    flow: Flow


Event = Started | StepMoved | Piece | Finished


def run(world: World, code: str, asked: Asked) -> Finished:
    """The whole answer. Raises what `events` raises."""
    return whole(events(world, code, asked, streamed=False))


def whole(told: Generator[Event]) -> Finished:
    """The end of what is told. Raises what it raises."""
    with closing(told):
        for event in told:
            if isinstance(event, Finished):
                return event
    raise AssertionError("a run ends finished or raises")


def events(world: World, code: str, asked: Asked, *, streamed: bool) -> Generator[Event]:
    """The run as it happens: Started; of several steps each move; Piece per piece of the answer, if streamed; Finished.

    Raises before anything is written: NotFound, UseCaseInactive, NoFlowAvailable, StepNotConfigured, Invalid,
    PromptInvalid, PromptRunaway. Raises after recording the run that failed: ProviderError, Unpriced, prompts of later
    steps, what `walker.events` raises, RunCancelled. Closing the iterator cancels the run, which is recorded too.
    """
    work, walk = _begin(world, code, asked)
    return go_on(world, work, walk, streamed=streamed)


def go_on(world: World, work: Work, walk: Walk, *, streamed: bool) -> Generator[Event]:
    """As `events`, for a run that has begun."""
    recording = Recording(world, work, walk)
    with _cancellable(world, work, walk):
        try:
            recording.begun()
            yield Started(work.session, work.flow, work.run_id)
            reply = yield from _walked(walk, recording, streamed=streamed)
        except GeneratorExit:
            run_work.record_later(world, work, walk, "cancelled", "client-left", more=recording.rest())
            raise
        except CallerLeft:
            if not world.underway.was_cancelled(work.run_id):
                run_work.record_later(world, work, walk, "cancelled", "client-left", more=recording.rest())
                raise
            cancelled = RunCancelled("the run was cancelled")
            cancelled.run_id = work.run_id
            run_work.record(world, work, walk, "cancelled", cancelled, more=recording.rest())
            raise cancelled from None
        except ModelMatchError as error:
            error.run_id = work.run_id
            run_work.record(world, work, walk, "failed", error, more=recording.rest())
            raise
    done = run_work.record(world, work, walk, "succeeded", None, more=recording.rest())
    yield _finished(world, work, walk, reply, done)


def walk_of(world: World, work: Work, steps: tuple[Step, ...]) -> Walk:
    """The walk of a run over these steps, none of which has begun. What is under way is hung up with `work.caller`."""
    limits, policy = work.flow.limits, world.policy
    longest = policy.run_timeout_s if limits.deadline_s is None else min(limits.deadline_s, policy.run_timeout_s)
    work.purse = None if limits.max_cost is None else RunPurse(limits.max_cost)
    walk = Walk(
        world=world,
        steps=steps,
        asked=work.asked,
        deadline=work.started + longest,
        ask=by_gateway.ask(world),
        listen=by_gateway.listen(world),
        asker=lambda step: run_work.asker(work, step),
        departure=work.caller.departure,
    )
    if not walk.plain:
        walk.departure = Departure()
        work.caller = replace(work.caller, departure=walk.departure)
    return walk


def _begin(world: World, code: str, asked: Asked) -> tuple[Work, Walk]:
    """The session pinned and the first request rendered; a request that cannot be rendered pins nothing."""
    use_case, force = traffic.served_use_case(world, code, asked.force), asked.force
    session = traffic.find(world, use_case, asked.correlation_id)
    if session is None or traffic.evicted(world, session):
        proposed = traffic.propose(
            world, use_case, asked.correlation_id, user_id=asked.user_id, replaces=session, force=force
        )
        _first_request(world, use_case, proposed, asked)
        session = traffic.pin(world, proposed)
    forcing.check(world, use_case, session, force)
    flow, steps, first = _first_request(world, use_case, session, asked)
    experiment = serving.experiment_of(world, session)
    work = Work(
        use_case=use_case,
        session=session,
        flow=flow,
        asked=asked,
        run_id=world.new_id(),
        started_at=world.now(),
        started=time.monotonic(),
        caller=asked.caller,
        experiment_id=None if experiment is None else experiment.id,
    )
    walk = walk_of(world, work, steps)
    if first is not None:
        walk.prepared[steps[0].code] = first
    return work, walk


def _first_request(
    world: World, use_case: UseCase, session: Session, asked: Asked
) -> tuple[Flow, tuple[Step, ...], ModelRequest | None]:
    """The request of the first step, None where that is not one plain question for sure."""
    flow = traffic.flow_of(world, session)
    steps = steps_asked(use_case, flow, asked.step)
    check_heard(steps, asked)
    first = steps[0]
    plain = first.when is None and first.each is None and first.repeat is None and first.on_error.action == "fail"
    return flow, steps, request_of(first, asked, {}, last=len(steps) == 1) if plain and not first.after else None


def steps_asked(use_case: UseCase, flow: Flow, code: str | None) -> tuple[Step, ...]:
    """The flow's steps, or the one asked for: at once, whatever is before it. Raises StepNotConfigured, NotFound."""
    if code is None:
        return flow.steps
    use_case.require_step(code)
    step = flow.step(code)
    alone = step if step.after is None and step.when is None else replace(step, after=(), when=None)
    fallback = step.on_error.step
    return (alone,) if fallback is None else (alone, flow.step(fallback))


@contextmanager
def _cancellable(world: World, work: Work, walk: Walk) -> Iterator[None]:
    """Inside the block a run of several steps is hung up when its caller leaves, or somebody cancels it."""
    if walk.plain:
        yield
        return
    with (
        work.asked.caller.departure.cuts(walk.departure.leave),
        world.underway.entered(world.store, work.run_id, walk.departure),
    ):
        yield


def _walked(walk: Walk, recording: Recording, *, streamed: bool) -> Generator[Event, None, ModelReply]:
    """Pass on what is told, and write it down; the end of an answer is kept back, for it leaves with Finished."""
    with closing(walker.events(walk, streamed=streamed)) as told:
        for event in told:
            if isinstance(event, Piece):
                yield event
                continue
            recording.moved(event)
            yield from event
    reply = walker.answer_of(walk)
    if streamed and not _has_left(walk):
        for delta in deltas(reply):
            if delta.finish_reason is None:
                yield Piece(delta)
    return reply


def _has_left(walk: Walk) -> bool:
    answer = walk.answer
    return answer is not None and answer.streamed


def _finished(world: World, work: Work, walk: Walk, reply: ModelReply, run: Run) -> Finished:
    every = (route for each in walk.standings.values() for route in each.attempts.routes)
    routes = () if work.session.forced else tuple(every)  # of a tester's none is kept
    calls = tuple(attempt.call for attempt in walk.attempts)
    finished = Finished(reply, calls, routes, run=run, session=work.session, flow=work.flow)
    if not work.session.forced:
        mirroring.offer(world, work.use_case, work.session, work.asked, reply.text)
        scoring.offer(world, work.use_case, run, finished, inputs=work.asked.inputs, request=_request_of(walk.answer))
    return finished


def _request_of(answer: Standing | None) -> ModelRequest | None:
    """The request behind the answer, None where no single one is."""
    if answer is None or answer.step.each is not None or answer.reply is None or not answer.reply.model:
        return None
    return answer.request
