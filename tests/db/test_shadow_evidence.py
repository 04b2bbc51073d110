"""What is answered in the shadow is counted apart, and stands in no user's way."""

from datetime import timedelta

from app.db import evidence, sessions, shadow_evidence
from app.db.apply import apply
from app.db.facts import Fact, FeedbackGiven, Pin, RunDone
from app.db.uow import Store
from app.domain.session import Session
from app.services.ids import new_id
from tests.db import makers


def test_nothing_of_a_shadow_session_is_mixed_into_evidence(store: Store) -> None:
    owner, (flow,) = makers.seeded(store)
    epoch = makers.open_epoch(store, owner)
    shadow = makers.session(flow, shadow=True)

    _apply(store, [[Pin(shadow), *_run(shadow)], [FeedbackGiven(makers.opinion(shadow, shadow=True, reward=0.5))]])
    _apply(store, [[FeedbackGiven(makers.opinion(shadow, shadow=True, epoch_id=epoch.id, rater="ben"))]])

    with store.read() as tx:
        assert evidence.of_epoch(tx, epoch.id) == []
        (earned,) = shadow_evidence.of_use_case(tx, owner.id)
    assert (earned.flow_id, earned.flow_version, earned.sessions, earned.runs) == (flow.id, 1, 1, 1)
    assert (earned.n, earned.sum, earned.rated, earned.cells) == (2, 1_500_000, 1, (0, 0, 1, 0, 1))
    assert (earned.cost, earned.latency_ms) == (12, 34)


def test_nothing_of_a_session_that_was_shown_is_counted_in_the_shadow(store: Store) -> None:
    owner, (flow,) = makers.seeded(store)
    epoch = makers.open_epoch(store, owner)
    session = makers.session(flow, epoch_id=epoch.id)

    _apply(store, [[Pin(session), *_run(session), FeedbackGiven(makers.opinion(session))]])

    with store.read() as tx:
        assert shadow_evidence.of_use_case(tx, owner.id) == []
        (counted,) = evidence.of_epoch(tx, epoch.id)
    assert (counted.sessions, counted.runs, counted.n, counted.rated) == (1, 1, 1, 1)


def test_shadow_sessions_stand_beside_the_one_of_the_user(store: Store) -> None:
    _, (one, two) = makers.seeded(store, flow_count=2)
    shadow, mine = makers.session(two, shadow=True), makers.session(one)
    other = makers.session(two, shadow=True, assigned_at=makers.NOW + timedelta(seconds=1))

    with store.write() as tx:
        answers = [apply(tx, [[Pin(session)]]) for session in (shadow, mine, other)]
        again = apply(tx, [[Pin(other), Pin(makers.session(two))]])

    assert answers == [[[shadow]], [[mine]], [[other]]]
    assert again == [[other, mine]]
    with store.read() as tx:
        assert sessions.get(tx, mine.use_case_id, mine.correlation_id, makers.NOW) == mine
        assert sessions.latest(tx, mine.use_case_id, mine.correlation_id) == mine
        assert sessions.get_by_id(tx, shadow.id) == shadow


def test_figures_are_listed_by_flow_and_of_their_use_case_alone(store: Store) -> None:
    owner, made = makers.seeded(store, flow_count=2)
    shadows = [makers.session(flow, shadow=True, correlation_id=flow.code) for flow in made]

    _apply(store, [[Pin(session), *_run(session)] for session in shadows])
    _apply(store, [_run(shadows[0])])

    with store.read() as tx:
        runs = {earned.flow_id: earned.runs for earned in shadow_evidence.of_use_case(tx, owner.id)}
        assert shadow_evidence.of_use_case(tx, new_id()) == []
    assert runs == {made[0].id: 2, made[1].id: 1}


def _run(session: Session) -> list[Fact]:
    run = makers.run(session)
    return [RunDone(run), makers.served(session, run.id)]


def _apply(store: Store, submissions: list[list[Fact]]) -> None:
    with store.write() as tx:
        apply(tx, submissions)
