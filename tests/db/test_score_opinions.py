"""Opinions are found beside the scores of the call or run they name, else of their session; none of shadows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.db import flows, score_opinions, use_cases
from app.db.apply import apply
from app.db.facts import Fact, FeedbackGiven, Pin, RunDone, Scored
from app.db.uow import Store
from app.domain.quality.opinions import Said
from app.domain.session import Session
from app.services.ids import new_id
from tests.db import makers

POINTS = {"clarity": 50.0}


def seeded(store: Store, code: str = "greet") -> tuple[Session, Scored, Scored]:
    """A session of that use case with two scored calls."""
    owner = makers.use_case(code=code)
    flow = makers.flow(owner)
    with store.write() as tx:
        use_cases.add(tx, owner)
        flows.add(tx, flow)
    session = makers.session(flow)
    one, other = (_scored(session, total) for total in (80.0, 40.0))
    _store(store, Pin(session), one, other)
    return session, one, other


def test_an_opinion_on_a_call_stands_beside_its_score_alone(store: Store) -> None:
    session, one, _ = seeded(store)
    opinion = makers.opinion(session, call_id=one.call_id, run_id=one.run_id, reward=0.75, value=4.0)
    _store(store, FeedbackGiven(opinion))

    assert _said(store, session) == [Said(opinion.id, one.call_id, "rating", 4.0, 0.75, None, 80.0, POINTS)]


def test_an_opinion_on_a_run_stands_beside_the_score_of_its_answer_alone(store: Store) -> None:
    session, one, other = seeded(store)
    opinions = [makers.opinion(session, run_id=each.run_id, reward=each.total / 100) for each in (one, other)]
    _store(store, *map(FeedbackGiven, [*opinions, makers.opinion(session, run_id=new_id())]))

    found = {each.about: (each.opinion, each.reward, each.total) for each in _said(store, session)}

    assert found == {one.call_id: (opinions[0].id, 0.8, 80.0), other.call_id: (opinions[1].id, 0.4, 40.0)}


def test_an_opinion_on_a_session_says_nothing_of_runs_that_began_after_it(store: Store) -> None:
    session, one, _ = seeded(store)
    later, soon = makers.NOW + timedelta(hours=1), makers.NOW + timedelta(minutes=1)
    run, unseen = makers.run(session), makers.run(session, started_at=later, ended_at=later)
    scored_late = replace(_scored(session, 60.0), run_id=run.id, at=later)
    _store(store, *map(RunDone, (run, unseen)), scored_late, replace(_scored(session, 0.0), run_id=unseen.id, at=later))
    _store(store, replace(_scored(session, 0.0), at=later))
    _store(store, FeedbackGiven(makers.opinion(session, at=soon)))

    assert sorted(each.total for each in _said(store, session)) == [40.0, 60.0, one.total]


def test_an_opinion_on_a_session_stands_beside_all_its_scores(store: Store) -> None:
    session, _, _ = seeded(store)
    _store(store, FeedbackGiven(makers.opinion(session, kind="approved", value=1.0, reward=0.9, edit_distance=0.1)))

    found = _said(store, session)

    assert {each.about for each in found} == {session.id}
    assert sorted(each.total for each in found) == [40.0, 80.0]
    assert {each.edited for each in found} == {0.1}


def test_what_is_no_opinion_of_a_person_on_what_was_served_is_left_out(store: Store) -> None:
    session, one, _ = seeded(store)
    opinions = [
        makers.opinion(session, call_id=one.call_id, kind="failure", rater="service", reward=0.0),
        makers.opinion(session, call_id=one.call_id, kind="conversion", reward=1.0),
        makers.opinion(session, call_id=one.call_id, kind="comment", value=None, reward=None),
        makers.opinion(session, call_id=one.call_id, shadow=True),
        makers.opinion(session, call_id=new_id()),
        makers.opinion(session, call_id=one.call_id, rater="late", at=makers.NOW - timedelta(seconds=1)),
    ]
    _store(store, *map(FeedbackGiven, opinions))

    assert _said(store, session) == []


def test_scores_of_another_rubric_and_opinions_of_another_use_case_stay_apart(store: Store) -> None:
    session, one, _ = seeded(store)
    elsewhere, two, _ = seeded(store, "other")
    _store(store, replace(one, rubric="conversation", total=10.0))
    _store(store, FeedbackGiven(makers.opinion(session, call_id=one.call_id)))
    _store(store, FeedbackGiven(makers.opinion(elsewhere, call_id=two.call_id)))

    assert [(each.about, each.total) for each in _said(store, session)] == [(one.call_id, 80.0)]
    assert [each.total for each in _said(store, session, rubric="conversation")] == [10.0]


def test_of_many_opinions_the_newest_are_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    session, one, _ = seeded(store)
    for place in range(4):
        moment = makers.NOW + timedelta(minutes=place)
        opinion = makers.opinion(session, call_id=one.call_id, rater=str(place), at=moment, reward=place / 4)
        _store(store, FeedbackGiven(opinion))

    monkeypatch.setattr(score_opinions, "MOST_OPINIONS", 2)

    assert [each.reward for each in _said(store, session)] == [0.75, 0.5]


def _scored(session: Session, total: float) -> Scored:
    whose = {"use_case_id": session.use_case_id, "session_id": session.id}
    return Scored(new_id(), "generic", makers.NOW, "simulated/small", total, POINTS, run_id=new_id(), **whose)


def _store(store: Store, *facts: Fact) -> None:
    with store.write() as tx:
        apply(tx, [[fact] for fact in facts])


def _said(store: Store, session: Session, *, rubric: str = "generic") -> list[Said]:
    with store.read() as tx:
        return score_opinions.said(tx, session.use_case_id, rubric, since=makers.NOW)
