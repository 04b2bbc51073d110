"""A run that did not end well goes on as a new one: what answered there is not asked again."""

import time
from collections.abc import Generator
from dataclasses import replace

from app.db import run_steps as step_rows
from app.db import runs as rows
from app.db import sessions as session_rows
from app.domain.call import Run
from app.domain.errors import Conflict, NotFound
from app.domain.message import Json, ModelReply, Usage
from app.domain.run_step import RunStep
from app.domain.session import Session
from app.services import asked_json, generate, run_work, serving, traffic
from app.services.asking import Asked
from app.services.caller import Caller
from app.services.generate import Event, Finished
from app.services.run_work import Work
from app.services.walking import settling
from app.services.walking.walk import Walk
from app.services.world import World


def run(world: World, run_id: str, caller: Caller) -> Finished:
    """The whole answer of the run that goes on. Raises what `events` raises."""
    return generate.whole(events(world, run_id, caller, streamed=False))


def events(world: World, run_id: str, caller: Caller, *, streamed: bool) -> Generator[Event]:
    """The run that goes on, as it happens: in the same session, at the same version of its flow, with the same inputs.

    Raises NotFound; Conflict (`run-not-resumable`) for a run that is under way, succeeded, went on already, or of which
    too little was kept; and what `generate.events` raises.
    """
    earlier, steps, session = _read(world, run_id)
    work, walk = _begin(world, earlier, session, caller)
    _keep(walk, steps)
    _claim(world, earlier, run_work.row(world, work, walk, "running", None))
    return generate.go_on(world, work, walk, streamed=streamed)


def _read(world: World, run_id: str) -> tuple[Run, list[RunStep], Session]:
    with world.store.read() as tx:
        earlier = rows.get(tx, run_id)
        session = session_rows.get_by_id(tx, earlier.session_id)
        steps = step_rows.of_run(tx, run_id)
    if session is None:
        raise NotFound("session", earlier.session_id)
    _check(world, earlier)
    return earlier, steps, session


def _check(world: World, earlier: Run) -> None:
    if earlier.status == "running":
        raise Conflict(f"run {earlier.id} is still under way", code="run-not-resumable")
    if earlier.status == "succeeded":
        raise Conflict(f"run {earlier.id} has succeeded: there is nothing left to ask", code="run-not-resumable")
    if not world.policy.keep_texts:
        raise Conflict("KEEP_TEXTS=off: nobody knows what was asked", code="run-not-resumable")
    if earlier.asked is None:
        raise Conflict(f"too little of run {earlier.id} was kept to ask it again", code="run-not-resumable")


def _begin(world: World, earlier: Run, session: Session, caller: Caller) -> tuple[Work, Walk]:
    use_case = world.snapshots.find(lambda snapshot: snapshot.use_cases_by_id.get(earlier.use_case_id))
    if use_case is None:
        raise NotFound("use case", earlier.use_case_id)
    session = replace(session, flow_id=earlier.flow_id, flow_version=earlier.flow_version)
    flow = traffic.flow_of(world, session)
    experiment = serving.experiment_of(world, session)
    asked = _asked(earlier.asked or {}, session, earlier.inputs, caller)
    work = Work(
        use_case=use_case,
        session=session,
        flow=flow,
        asked=asked,
        run_id=world.new_id(),
        started_at=world.now(),
        started=time.monotonic(),
        caller=caller,
        experiment_id=None if experiment is None else experiment.id,
        resumes=earlier.id,
    )
    return work, generate.walk_of(world, work, generate.steps_asked(use_case, flow, asked.step))


def _asked(stored: Json, session: Session, inputs: Json, caller: Caller) -> Asked:
    return asked_json.asked_of(stored, correlation_id=session.correlation_id, inputs=inputs, caller=caller)


def _keep(walk: Walk, steps: list[RunStep]) -> None:
    """What answered in the run before stands as it is; all else is walked again."""
    for step in steps:
        standing = walk.standings.get(step.step)
        if standing is None or step.state != "answered" or step.output is None:
            continue
        settling.answered(standing, ModelReply(step.output, "stop", Usage(), ""), None)
        standing.items, standing.kept = step.items, True
        if standing.parses:
            standing.parsed = settling.value_of(standing, step.output)


def _claim(world: World, earlier: Run, begun: Run) -> None:
    """The new run is there before anything is asked, so that nobody goes on with the same one twice."""
    with world.store.write() as tx:
        current = rows.get(tx, earlier.id, lock=True)
        _check(world, current)
        other = rows.goes_on(tx, current)
        if other is not None:
            raise Conflict(f"run {earlier.id} went on as {other} already", code="run-not-resumable")
        rows.add_new(tx, [begun])
