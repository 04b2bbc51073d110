"""Traffic gives each session one flow and keeps it there, whoever asks first and in whichever process."""

from dataclasses import replace

from app.db import flows as flow_rows
from app.db import sessions as session_rows
from app.db.snapshot import Snapshot
from app.domain import rendezvous
from app.domain.errors import NoFlowAvailable, NotFound, StoreUnavailable, UseCaseInactive
from app.domain.flow import Flow, weights
from app.domain.force import Force
from app.domain.session import Session, check_correlation_id
from app.domain.use_case import UseCase
from app.services import forcing
from app.services.ab import enrolment
from app.services.world import World

FINDING_S = 1.0


def served_use_case(world: World, code: str, force: Force | None) -> UseCase:
    """The use case that takes the request: an active one, or for a tester any. Raises NotFound, UseCaseInactive."""
    return active_use_case(world, code) if force is None else known_use_case(world, code)


def active_use_case(world: World, code: str) -> UseCase:
    """The use case from the snapshot. Raises NotFound, or UseCaseInactive when it takes no traffic."""

    def open_for_traffic(snapshot: Snapshot) -> UseCase | None:
        use_case = snapshot.use_cases.get(code)
        return use_case if use_case is not None and use_case.active else None

    use_case = world.snapshots.find(open_for_traffic)
    if use_case is None:
        known_use_case(world, code)
        raise UseCaseInactive(f"use case {code!r} is not active", field="use_case")
    return use_case


def known_use_case(world: World, code: str) -> UseCase:
    """The use case from the snapshot, active or not. Raises NotFound."""
    use_case = world.snapshots.find(lambda snapshot: snapshot.use_cases.get(code))
    if use_case is None:
        raise NotFound("use case", code)
    return use_case


def find(world: World, use_case: UseCase, correlation_id: str) -> Session | None:
    """The live session of that correlation id: from memory, else by one indexed read, else None.

    Raises Invalid for a bad id. The session may be `evicted`; then the store has been asked whether it was replaced.
    With the store gone an unknown session counts as new: the hash gives it the same flow as long as weights hold still.
    A store that is slow is waited for a second at most.
    """
    moment = world.now()
    known = world.sessions.get(use_case.id, check_correlation_id(correlation_id), moment)
    gone = known is None or _flow(world, known) is None  # a deleted flow has taken its sessions with it
    if known is not None and not gone and not evicted(world, known):
        return known
    try:
        with world.store.read(within_s=FINDING_S) as connection:
            stored = session_rows.get(connection, use_case.id, correlation_id, moment)
    except StoreUnavailable:
        return None if gone else known
    if stored is not None:
        world.sessions.put(stored)
    return stored


def evicted(world: World, session: Session) -> bool:
    """Whether its flow has escaped since, and another one can serve: then its next step opens a new session.

    With no weight on another flow it goes on where it is: a poor answer is better than none. So does a tester's.
    """
    flow = _flow(world, session)
    if flow is None or flow.evicted_at is None or flow.evicted_at < session.assigned_at or session.forced:
        return False
    flows = world.snapshots.current.flows[session.use_case_id]
    return any(weight > 0 for flow_id, weight in weights(flows).items() if flow_id != flow.id)


def propose(
    world: World,
    use_case: UseCase,
    correlation_id: str,
    *,
    user_id: str | None,
    replaces: Session | None = None,
    force: Force | None = None,
) -> Session:
    """A new session, not stored yet: its flow is picked by weighted rendezvous hashing of the unit (allocator.md §9).

    The unit is the user id if given, else that of the evicted session it `replaces`, else the correlation id. It gets
    another flow than that one. Who takes part in an A/B test gets the flow of their arm instead, and a tester the one
    that they `force`. Raises Invalid for a bad id, NoFlowAvailable when no active flow carries weight.
    """
    if force is not None:
        return forcing.propose(world, use_case, correlation_id, force, user_id=user_id)
    check_correlation_id(correlation_id)
    if user_id is not None:
        check_correlation_id(user_id, field="user_id")
    flows = {flow.id: flow for flow in world.snapshots.current.flows[use_case.id]}
    shares = {flow_id: weight for flow_id, weight in weights(tuple(flows.values())).items() if weight > 0}
    if not shares:
        raise NoFlowAvailable(f"no active flow of {use_case.code!r} carries weight", field="use_case")
    unit = user_id or (correlation_id if replaces is None else replaces.unit)
    if replaces is None:
        enrolled = enrolment.enrol(world.snapshots.current, use_case.id, correlation_id, user_id=user_id)
        if enrolled is not None and (own := flows.get(enrolled.arm.flow_id)) is not None:
            return _opened(world, own, correlation_id, unit, epoch_id=enrolled.epoch_id, propensity=enrolled.arm.weight)
    others = shares if replaces is None else {key: share for key, share in shares.items() if key != replaces.flow_id}
    flow = flows[rendezvous.pick(use_case.salt, unit, others or shares)]
    epoch_id = use_case.epoch_id if others == shares else None  # drawn by other weights it is no evidence
    opened = _opened(world, flow, correlation_id, unit, epoch_id=epoch_id, propensity=shares[flow.id])
    return opened if replaces is None else replace(opened, replaces=replaces.id)


def pin(world: World, proposed: Session) -> Session:
    """The session that is stored: the proposed one, or the one another request stored first (promise P1).

    Without the store nobody tells who was first; then the first one that this process remembers stays.
    """
    counting = enrolment.counting_of(enrolment.test_of(world.snapshots.current, proposed), proposed)
    session = world.journal.pin(proposed, timeout_s=world.policy.journal_timeout_s, counting=counting)
    if session.id == proposed.id:
        first = world.sessions.put_first(session)
        if _flow(world, first) is not None and not evicted(world, first):
            return first
    world.sessions.put(session)
    return session


def assign(
    world: World, use_case: UseCase, correlation_id: str, *, user_id: str | None, force: Force | None = None
) -> tuple[Session, bool]:
    """The session, and whether this request opened it. Raises as `propose`, and Conflict as `forcing.check`."""
    known = find(world, use_case, correlation_id)
    if known is not None and not evicted(world, known):
        return forcing.check(world, use_case, known, force), False
    proposed = propose(world, use_case, correlation_id, user_id=user_id, replaces=known, force=force)
    session = forcing.check(world, use_case, pin(world, proposed), force)
    return session, session.id == proposed.id


def flow_of(world: World, session: Session) -> Flow:
    """The session's flow at the version it was given, however the flow has been edited since.

    Versions served lately are remembered, also for sessions that go on while the store is away; raises
    StoreUnavailable when it is and this process has not seen the version.
    """
    current = _flow(world, session)
    if current is None:
        raise NotFound("flow", session.flow_id)
    if current.version == session.flow_version:
        world.sessions.put_version(current.id, current.version, current.steps, current.limits)
        return current
    known = world.sessions.version(session.flow_id, session.flow_version)
    if known is None:
        with world.store.read() as connection:
            stored = flow_rows.version_of(connection, session.flow_id, session.flow_version)
        known = stored.steps, stored.limits
        world.sessions.put_version(session.flow_id, session.flow_version, *known)
    return replace(current, version=session.flow_version, served=True, steps=known[0], limits=known[1])


def _opened(
    world: World, flow: Flow, correlation_id: str, unit: str, *, epoch_id: str | None, propensity: int
) -> Session:
    moment = world.now()
    return Session(
        id=world.new_id(),
        use_case_id=flow.use_case_id,
        correlation_id=correlation_id,
        unit=unit,
        flow_id=flow.id,
        flow_version=flow.version,
        epoch_id=epoch_id,
        propensity=propensity,
        assigned_at=moment,
        expires_at=moment + world.policy.session_ttl,
    )


def _flow(world: World, session: Session) -> Flow | None:
    flows = world.snapshots.current.flows.get(session.use_case_id, ())
    return next((flow for flow in flows if flow.id == session.flow_id), None)
