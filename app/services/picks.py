"""A pick answers which flow serves a session, and gives its configuration; the caller runs the model itself."""

from dataclasses import dataclass

from app.domain.flow import Flow, Step
from app.domain.force import Force
from app.domain.session import Session
from app.services import traffic
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Picked:
    """`first`: this very request opened the session."""

    session: Session
    flow: Flow
    steps: tuple[Step, ...]
    first: bool


def pick(
    world: World,
    code: str,
    *,
    correlation_id: str,
    user_id: str | None = None,
    step: str | None = None,
    force: Force | None = None,
) -> Picked:
    """The session's flow and its steps, or one step of it.

    Raises NotFound, UseCaseInactive, NoFlowAvailable, StepNotConfigured, Invalid for a bad id, and Conflict where
    another flow than the one that a tester forces has the session.
    """
    use_case = traffic.served_use_case(world, code, force)
    if step is not None:
        use_case.require_step(step)
    session, first = traffic.assign(world, use_case, correlation_id, user_id=user_id, force=force)
    flow = traffic.flow_of(world, session)
    steps = flow.steps if step is None else (flow.step(step),)
    return Picked(session, flow, steps, first)
