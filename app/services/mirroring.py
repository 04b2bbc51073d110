"""Mirroring lets shadows answer copies of served requests in the background; nobody is shown what they say."""

import time
from dataclasses import replace

from app.db import flows as flow_rows
from app.domain import shadow
from app.domain.errors import Invalid, NotFound, ProviderError, StepNotConfigured, StoreUnavailable
from app.domain.flow import Flow
from app.domain.session import Session
from app.domain.use_case import UseCase
from app.services import sending, shadow_runs
from app.services.asking import Asked, check_heard
from app.services.caller import Caller
from app.services.mirrors import Copy, Fate
from app.services.routes import route
from app.services.shadow_runs import Work
from app.services.world import World


def offer(world: World, use_case: UseCase, session: Session, asked: Asked, answer: str) -> None:
    """Hand a request that was answered to the shadows whose part holds its session; never waits and never raises."""
    for flow in world.snapshots.current.flows.get(use_case.id, ()):
        if not flow.shadow_share or flow.id == session.flow_id:
            continue
        if shadow.mirrored(use_case.salt, flow.id, session.id, flow.shadow_share):
            own = replace(asked, caller=Caller(), user_id=None, tags={})
            world.mirrors.offer(Copy(flow.id, session, own, answer))


def perform(world: World, copy: Copy) -> Fate:
    """Let the shadow answer, and store run, calls and score; or drop the copy where it would be in somebody's way.

    It takes no place of a served request, pays its retries itself and never waits for a provider that takes no more.
    """
    patient = replace(world.policy, retry_wait_max_s=0.0)
    world = replace(world, policy=patient, retry_budgets=world.mirrors.retry_budgets)
    use_case, flow = _known(world, copy)
    if use_case is None or flow is None or not flow.shadow_share:
        return "withdrawn"
    if not any(shadow.bounds(budget, flow.id) for budget in world.snapshots.current.budgets):
        return "unbudgeted"
    if world.admission.waiting:
        return "busy"
    try:
        work = _begin(world, copy, use_case, flow)
    except StoreUnavailable:
        return "store"
    except (NotFound, StepNotConfigured):
        return "withdrawn"
    except Invalid:
        return "unfit"
    return "resting" if _resting(world, work) else shadow_runs.run(world, work)


def _known(world: World, copy: Copy) -> tuple[UseCase | None, Flow | None]:
    snapshot = world.snapshots.current
    flows = snapshot.flows.get(copy.session.use_case_id, ())
    flow = next((flow for flow in flows if flow.id == copy.flow_id), None)
    return snapshot.use_cases_by_id.get(copy.session.use_case_id), flow


def _begin(world: World, copy: Copy, use_case: UseCase, flow: Flow) -> Work:
    """Raises StoreUnavailable, NotFound or StepNotConfigured for what is gone, Invalid for a chat nobody hears."""
    flow = _frozen(world, flow)
    if copy.asked.step is not None:
        use_case.require_step(copy.asked.step)
    steps = flow.steps if copy.asked.step is None else (flow.step(copy.asked.step),)
    check_heard(steps, copy.asked)
    moment = world.now()
    return Work(
        copy=copy,
        use_case=use_case,
        flow=flow,
        session=shadow.session_of(copy.session, flow, moment=moment),
        steps=steps,
        run_id=world.new_id(),
        started_at=moment,
        started=time.monotonic(),
    )


def _frozen(world: World, flow: Flow) -> Flow:
    """With the version's steps, which nobody changes any more: it has served, or is marked as if it had."""
    if world.sessions.version(flow.id, flow.version) == (flow.steps, flow.limits):
        return flow
    with world.store.write() as tx:
        flow_rows.mark_served(tx, {(flow.id, flow.version): world.now()})
        stored = flow_rows.version_of(tx, flow.id, flow.version)
    world.sessions.put_version(flow.id, flow.version, stored.steps, stored.limits)
    return replace(flow, steps=stored.steps, limits=stored.limits)


def _resting(world: World, work: Work) -> bool:
    """Whether a step has no model that may be asked, because the breakers of all of them are open."""
    try:
        legs = [route(world, step.choice, spread_by=work.session.id) for step in work.steps]
        return any(all(sending.open_for_s(world, leg.model) is not None for leg in several) for several in legs)
    except (Invalid, ProviderError):
        return False  # a model that is not there is a failure of the flow, which its run will tell
