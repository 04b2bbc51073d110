"""A tester's session is given the flow that they name; it is served as any other, and counts for no statistics."""

from app.db import flows as flow_rows
from app.db.flows import Version
from app.domain.errors import Conflict, NotFound
from app.domain.flow import Flow
from app.domain.flow_label import LIVE
from app.domain.force import Force
from app.domain.session import Session, check_correlation_id
from app.domain.use_case import UseCase
from app.services.world import World


def check(world: World, use_case: UseCase, session: Session, force: Force | None) -> Session:
    """The session. Raises NotFound, Conflict unless it is one that was forced to the flow, and version, that is asked.

    One that was forced by a label keeps the version at which the label stood then.
    """
    if force is None:
        return session
    flow = _flow(world, use_case, force)
    at = force.version
    if not session.forced or session.flow_id != flow.id or at not in (None, session.flow_version):
        raise Conflict(
            f"the session of this correlation id is not one that was forced to {_told(force)}; take another id",
            code="session-elsewhere",
            field="correlation_id",
        )
    return session


def propose(world: World, use_case: UseCase, correlation_id: str, force: Force, *, user_id: str | None) -> Session:
    """A new session at the forced version, which is frozen from now on as if it had served; not stored yet.

    The flow may be inactive. Raises Invalid for a bad id, NotFound, StoreUnavailable.
    """
    check_correlation_id(correlation_id)
    if user_id is not None:
        check_correlation_id(user_id, field="user_id")
    flow = _flow(world, use_case, force)
    version = _frozen(world, flow, _number(world, flow, force))
    world.sessions.put_version(flow.id, version.version, version.steps, version.limits)
    moment = world.now()
    return Session(
        id=world.new_id(),
        use_case_id=use_case.id,
        correlation_id=correlation_id,
        unit=user_id or correlation_id,
        flow_id=flow.id,
        flow_version=version.version,
        epoch_id=None,
        propensity=0,
        assigned_at=moment,
        expires_at=moment + world.policy.session_ttl,
        forced=True,
    )


def _flow(world: World, use_case: UseCase, force: Force) -> Flow:
    def look(flows: tuple[Flow, ...]) -> Flow | None:
        return next((flow for flow in flows if flow.code == force.flow), None)

    found = world.snapshots.find(lambda snapshot: look(snapshot.flows.get(use_case.id, ())))
    if found is None:
        raise NotFound("flow", force.flow, field="flow")
    return found


def _number(world: World, flow: Flow, force: Force) -> int:
    if force.version is not None:
        return force.version
    if force.label == LIVE:
        return flow.version
    found = world.snapshots.find(lambda snapshot: snapshot.labels.get(flow.id, {}).get(force.label))
    if found is None:
        raise NotFound("label", force.label, field="label")
    return found


def _frozen(world: World, flow: Flow, number: int) -> Version:
    """The version, which nobody rewrites any more."""
    with world.store.write() as tx:
        flow_rows.mark_served(tx, {(flow.id, number): world.now()})
        try:
            return flow_rows.version_of(tx, flow.id, number)
        except NotFound:
            raise NotFound("version", str(number), field="version") from None


def _told(force: Force) -> str:
    at = "" if force.version is None else f" at version {force.version}"
    return f"flow {force.flow!r}{at}"
