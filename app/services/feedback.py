"""Feedback finds its session, becomes a reward, is durable before it is acknowledged, and may move traffic at once."""

from contextlib import suppress
from dataclasses import dataclass

from app.db import calls as call_rows
from app.db import feedback as rows
from app.db import runs as run_rows
from app.db import sessions as session_rows
from app.db.facts import FeedbackGiven
from app.db.uow import Tx
from app.domain.errors import Invalid, NotFound, StoreUnavailable
from app.domain.feedback import Feedback, Kind, check_texts, reward
from app.domain.session import Session, check_correlation_id
from app.domain.use_case import UseCase
from app.services import advancing, traffic
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Given:
    """An opinion as it comes in; its target is a call, a run, or a use case with a correlation id."""

    kind: Kind
    value: float | None = None
    use_case: str | None = None
    correlation_id: str | None = None
    call_id: str | None = None
    run_id: str | None = None
    rater: str = "user"
    comment: str | None = None
    reference_link: str | None = None
    edit_distance: float | None = None


def give(world: World, given: Given) -> Feedback:
    """The stored opinion; a repeat by the same rater replaces the earlier one.

    Raises Invalid for a value outside its kind or a missing target, NotFound for an unknown target. The judged session
    may have expired: late feedback counts for the epoch in which the session was assigned.
    """
    judged = reward(given.kind, given.value, edit_distance=_edit_distance(given))
    check_correlation_id(given.rater, field="rater")
    check_texts(given.kind, given.comment, given.reference_link)
    session, call_id = _target(world, given)
    opinion = Feedback(
        id=world.new_id(),
        at=world.now(),
        session_id=session.id,
        call_id=call_id,
        use_case_id=session.use_case_id,
        flow_id=session.flow_id,
        flow_version=session.flow_version,
        epoch_id=session.epoch_id,
        kind=given.kind,
        rater=given.rater,
        value=given.value,
        reward=judged,
        comment=given.comment,
        reference_link=given.reference_link,
        edit_distance=given.edit_distance,
    )
    world.journal.write([FeedbackGiven(opinion)], timeout_s=world.policy.journal_timeout_s)
    if session.epoch_id is not None and judged is not None:
        with suppress(StoreUnavailable):  # the opinion is safe; the beat looks at it once the store is back
            advancing.advance_on_feedback(world, session.use_case_id)
    return opinion


def page(world: World, use_case: str, *, cursor: str | None, limit: int) -> tuple[list[Feedback], str | None]:
    """Opinions on a use case's sessions, newest first. Raises NotFound."""
    known = traffic.known_use_case(world, use_case)
    with world.store.read() as tx:
        return rows.page(tx, known.id, cursor=cursor, limit=limit)


def _edit_distance(given: Given) -> float | None:
    if given.edit_distance is None:
        return None
    if given.kind != "approved":
        raise Invalid("an edit distance goes with kind approved", field="edit_distance")
    if not 0 <= given.edit_distance <= 1:
        raise Invalid("a share of the text from 0 to 1 is expected", field="edit_distance")
    return given.edit_distance


def _target(world: World, given: Given) -> tuple[Session, str | None]:
    """The judged session and call. With the store gone, a session that this process remembers is enough."""
    use_case = None if given.use_case is None else traffic.known_use_case(world, given.use_case)
    try:
        with world.store.read() as tx:
            return _stored_target(tx, given, use_case)
    except StoreUnavailable:
        known = _remembered(world, given, use_case)
        if known is None:
            raise
        return known, None


def _remembered(world: World, given: Given, use_case: UseCase | None) -> Session | None:
    if use_case is None or given.correlation_id is None or given.call_id or given.run_id:
        return None
    return world.sessions.get(use_case.id, given.correlation_id, world.now())


def _stored_target(tx: Tx, given: Given, use_case: UseCase | None) -> tuple[Session, str | None]:
    if given.call_id is not None:
        call = call_rows.get(tx, given.call_id)
        if call.session_id is None:
            raise Invalid("this call belongs to no session", field="call_id")
        return _session(tx, call.session_id), call.id
    if given.run_id is not None:
        return _session(tx, run_rows.get(tx, given.run_id).session_id), None
    if use_case is None or given.correlation_id is None:
        raise Invalid("a call_id, a run_id, or use_case with correlation_id is expected", field="correlation_id")
    session = session_rows.latest(tx, use_case.id, check_correlation_id(given.correlation_id))
    if session is None:
        raise NotFound("session", given.correlation_id)
    return session, None


def _session(tx: Tx, session_id: str) -> Session:
    session = session_rows.get_by_id(tx, session_id)
    if session is None:
        raise NotFound("session", session_id)
    return session
