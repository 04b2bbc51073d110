"""Feedback finds its session, becomes a reward, is durable before it is acknowledged, and may move traffic at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from app.db import calls as call_rows
from app.db import experiments as experiment_rows
from app.db import feedback as rows
from app.db import runs as run_rows
from app.db import sessions as session_rows
from app.db.facts import FeedbackGiven
from app.db.uow import Tx
from app.domain.errors import Conflict, Invalid, NotFound, StoreUnavailable
from app.domain.experiment import Experiment
from app.domain.feedback import Feedback, Kind, check_texts, reward
from app.domain.rollout import Terms
from app.domain.session import MAX_CORRELATION_ID, Session, check_correlation_id
from app.domain.use_case import UseCase
from app.services import serving, traffic
from app.services.ab import enrolment
from app.services.terms import terms_of
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Given:
    """An opinion as it comes in; its target is a call, a run, or a use case with a correlation id or a user id.

    `author`: who on the product team wrote it, and its rater unless one is named. `metric` names a reported number,
    `event` tells opinions apart that one rater gives oftener.
    """

    kind: Kind
    value: float | None = None
    use_case: str | None = None
    correlation_id: str | None = None
    call_id: str | None = None
    run_id: str | None = None
    user_id: str | None = None
    rater: str | None = None
    author: str | None = None
    metric: str | None = None
    event: str | None = None
    comment: str | None = None
    reference_link: str | None = None
    edit_distance: float | None = None


@dataclass(frozen=True, slots=True)
class _Target:
    """What was named: a session, one run of it or one call, or its unit, for which `unit_id` stands."""

    session: Session
    run_id: str | None = None
    call_id: str | None = None
    unit_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Judged:
    """What an opinion is about. `experiment`: the one that the session counts for, running or ended, None if for none.

    `stored`: the session is as the store has it, with the sums over its runs.
    """

    target: _Target
    experiment: Experiment | None
    stored: bool

    @property
    def session(self) -> Session:
        """The session, of which the opinion speaks in all or in part."""
        return self.target.session

    @property
    def terms(self) -> Terms | None:
        """The terms of the experiment."""
        return None if self.experiment is None else terms_of(self.experiment)


def give(world: World, given: Given) -> Feedback:
    """The stored opinion; a repeat by the same rater replaces the earlier one.

    Raises Invalid for a value outside its kind or a missing target, NotFound for an unknown target, Conflict
    (`feedback-too-late`) when the window is over. The judged session may have expired: late feedback counts for the
    epoch in which the session was assigned, by the terms of that epoch's experiment, also when it has ended.
    """
    judged = reward(given.kind, given.value, edit_distance=_edit_distance(given))
    rater = _rater(given)
    _check_number(given)
    check_texts(given.kind, given.comment, given.reference_link)
    about, moment = _target(world, given), world.now()
    session = about.session
    if moment - session.assigned_at > world.policy.feedback_window:
        raise Conflict("the session began too long ago to be judged", code="feedback-too-late")
    opinion = _opinion(world, given, about, judged, rater=rater, moment=moment)
    facts = [FeedbackGiven(opinion, enrolment.counting_of(about.experiment, session))]
    world.journal.write(facts, timeout_s=world.policy.journal_timeout_s)
    serving.look_after(world, facts)
    return opinion


def page(world: World, use_case: str, *, cursor: str | None, limit: int) -> tuple[list[Feedback], str | None]:
    """Opinions on a use case's sessions, newest first. Raises NotFound."""
    known = traffic.known_use_case(world, use_case)
    with world.store.read() as tx:
        return rows.page(tx, known.id, cursor=cursor, limit=limit)


def _opinion(
    world: World, given: Given, about: _Judged, judged: float | None, *, rater: str, moment: datetime
) -> Feedback:
    """As it is stored."""
    session = about.session
    return Feedback(
        id=world.new_id(),
        at=moment,
        session_id=session.id,
        call_id=about.target.call_id,
        use_case_id=session.use_case_id,
        flow_id=session.flow_id,
        flow_version=session.flow_version,
        epoch_id=None if session.shadow else session.epoch_id,
        kind=given.kind,
        rater=rater,
        value=given.value,
        reward=judged,
        comment=given.comment,
        reference_link=given.reference_link,
        edit_distance=given.edit_distance,
        counted=_counted(about, given.kind, judged, age=moment - session.assigned_at),
        author=given.author,
        shadow=session.shadow,
        metric=given.metric or "",
        event=given.event or "",
        target_id=about.target.unit_id,
        run_id=about.target.run_id,
    )


def _rater(given: Given) -> str:
    """The rater, or else the author, or else the user. Raises Invalid for a bad one."""
    if given.author is not None:
        check_correlation_id(given.author, field="author")
    if given.rater is not None:
        if given.rater == serving.RATER:
            raise Invalid(f"{serving.RATER!r} is who tells of failures here", field="rater")
        return check_correlation_id(given.rater, field="rater")
    return "user" if given.author is None else f"team:{given.author}"[:MAX_CORRELATION_ID]


def _check_number(given: Given) -> None:
    """Raises Invalid for a number without a name, a name without a number, or a bad event."""
    if given.kind == "number" and given.metric is None:
        raise Invalid("a number is known by the name of its metric", field="metric")
    if given.kind != "number" and given.metric is not None:
        raise Invalid("only a number has a metric", field="metric")
    for name, text in (("metric", given.metric), ("event", given.event)):
        if text is not None:
            check_correlation_id(text, field=name)


def _edit_distance(given: Given) -> float | None:
    if given.edit_distance is None:
        return None
    if given.kind != "approved":
        raise Invalid("an edit distance goes with kind approved", field="edit_distance")
    if not 0 <= given.edit_distance <= 1:
        raise Invalid("a share of the text from 0 to 1 is expected", field="edit_distance")
    return given.edit_distance


def _counted(about: _Judged, kind: Kind, judged: float | None, *, age: timedelta) -> float | None:
    """What the experiment's evidence takes of it, None if nothing.

    Where cost or time weigh in they are those of the session's runs until now; an opinion on a session that nothing is
    known of is kept, and does not count.
    """
    if about.session.shadow:  # in the shadow there is no experiment whose terms could say otherwise
        return judged
    if about.terms is None or judged is None or not about.terms.metric.takes(kind, age=age):
        return None
    session, objective = about.session, about.terms.objective
    if not objective.measured:
        return judged
    if not about.stored or session.runs == 0:
        return None
    return objective.utility(judged, cost=session.cost, latency_ms=session.latency_ms / session.runs)


def _target(world: World, given: Given) -> _Judged:
    """What is judged.

    With the store gone, or a pin still in the spool, a session that this process remembers is enough.
    """
    use_case = None if given.use_case is None else traffic.known_use_case(world, given.use_case)
    known = _remembered(world, given, use_case)
    try:
        with world.store.read() as tx:
            target = _stored_target(tx, given, use_case)
            experiment = _experiment(world, tx, target.session)
    except (StoreUnavailable, NotFound):
        if known is None:
            raise
    else:
        if known is None or known.assigned_at <= target.session.assigned_at:
            return _Judged(target, experiment, stored=True)
    return _Judged(_Target(known), serving.experiment_of(world, known), stored=False)


def _experiment(world: World, tx: Tx, session: Session) -> Experiment | None:
    """The experiment whose epoch the session was assigned in, running or ended."""
    if session.epoch_id is None or session.shadow:
        return None
    snapshot = world.snapshots.current
    use_case, running = snapshot.use_cases_by_id.get(session.use_case_id), snapshot.experiments.get(session.use_case_id)
    if running is not None and use_case is not None and use_case.epoch_id == session.epoch_id:
        return running
    return enrolment.test_of(snapshot, session) or experiment_rows.of_epoch(tx, session.epoch_id)


def _remembered(world: World, given: Given, use_case: UseCase | None) -> Session | None:
    if use_case is None or given.correlation_id is None or given.call_id or given.run_id:
        return None
    return world.sessions.get(use_case.id, given.correlation_id, world.now())


def _stored_target(tx: Tx, given: Given, use_case: UseCase | None) -> _Target:
    """What was named, as the store has it. Raises NotFound, Invalid."""
    if given.call_id is not None:
        call = call_rows.get(tx, given.call_id)
        if call.session_id is None:
            raise Invalid("this call belongs to no session", field="call_id")
        if given.run_id not in (None, call.run_id):
            raise Invalid("this call is of another run", field="run_id")
        return _Target(_one_of(_session(tx, call.session_id), given, use_case), run_id=call.run_id, call_id=call.id)
    if given.run_id is not None:
        run = run_rows.get(tx, given.run_id)
        return _Target(_one_of(_session(tx, run.session_id), given, use_case), run_id=run.id)
    if use_case is not None and given.correlation_id is None and given.user_id is not None:
        return _of_unit(tx, use_case, check_correlation_id(given.user_id, field="user_id"))
    if use_case is None or given.correlation_id is None:
        raise Invalid(
            "a call_id, a run_id, or use_case with correlation_id or user_id is expected", field="correlation_id"
        )
    session = session_rows.latest(tx, use_case.id, check_correlation_id(given.correlation_id))
    if session is None:
        raise NotFound("session", given.correlation_id)
    return _Target(_one_of(session, given, use_case))


def _one_of(session: Session, given: Given, use_case: UseCase | None) -> Session:
    """The session. Raises Invalid when what else is named is another one's: nobody knows then who is meant."""
    if use_case is not None and use_case.id != session.use_case_id:
        raise Invalid("this is of another use case", field="use_case")
    if given.correlation_id not in (None, session.correlation_id):
        raise Invalid("this is of another session", field="correlation_id")
    if given.user_id not in (None, session.unit):
        raise Invalid("this is of another user", field="user_id")
    return session


def _of_unit(tx: Tx, use_case: UseCase, unit: str) -> _Target:
    """The unit's newest session, and what stands for the unit as long as it is in that session's epoch.

    So what is reported twice counts once, also when another session of the unit has begun in between.
    """
    session = session_rows.latest_of_unit(tx, use_case.id, unit)
    if session is None:
        raise NotFound("session", unit, field="user_id")
    text = f"unit\x1f{use_case.id}\x1f{unit}\x1f{session.epoch_id or ''}"
    return _Target(session, unit_id=str(UUID(bytes=sha256(text.encode()).digest()[:16])))


def _session(tx: Tx, session_id: str) -> Session:
    session = session_rows.get_by_id(tx, session_id)
    if session is None:
        raise NotFound("session", session_id)
    return session
