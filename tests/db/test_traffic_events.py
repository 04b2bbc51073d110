"""The journal tells of traffic with the facts themselves: once, however often they come, and of nobody's words."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.db import event_pages, events
from app.db.apply import apply, replay
from app.db.event_pages import EventFilter
from app.db.facts import CallDone, Fact, FeedbackGiven, Pin, RunDone
from app.db.journal import Journal
from app.db.uow import Store
from app.domain.call import CallText
from app.domain.event import Event
from app.services.ids import new_id
from tests.db import makers

WORDS = "what nobody may read"


def told(store: Store) -> list[Event]:
    """All that was recorded, oldest first."""
    with store.read() as tx:
        return event_pages.page(tx, EventFilter(), oldest_first=True, limit=200)[0]


def lived(store: Store) -> list[Fact]:
    """A session with a run, an opinion on it, and a call that was reported."""
    _, (flow,) = makers.seeded(store)
    session = makers.session(flow)
    run = makers.run(session, inputs={"word": WORDS}, outputs={"answer": WORDS})
    opinion = makers.opinion(session, run_id=run.id, comment=WORDS)
    reported = makers.call(source="reported", session_id=session.id, use_case_id=session.use_case_id)
    served = makers.call(session_id=session.id)
    text = CallText(served.id, WORDS, WORDS)
    return [Pin(session), RunDone(run), CallDone(served, text), FeedbackGiven(opinion), CallDone(reported)]


def written(store: Store, *submissions: Sequence[Fact], tell: bool = True) -> None:
    """Commit them."""
    with store.write() as tx:
        apply(tx, submissions, tell=tell)


def test_a_session_its_runs_opinions_and_reports_are_told_once(store: Store) -> None:
    facts = lived(store)
    written(store, facts, facts)
    written(store, facts)
    with store.write() as tx:
        replay(tx, [facts])

    found = told(store)
    session, run = facts[0].session, facts[1].run  # type: ignore[union-attr]  # a Pin and a RunDone, as `lived` says
    assert sorted(event.kind for event in found) == [
        "call.reported",
        "feedback.given",
        "run.succeeded",
        "session.assigned",
    ]
    by_kind = {event.kind: event for event in found}
    assert by_kind["session.assigned"].about == session.id
    assert by_kind["feedback.given"].about == session.id
    assert (by_kind["run.succeeded"].id, by_kind["run.succeeded"].about) == (run.id, run.id)
    assert by_kind["run.succeeded"].data["cost_usd"] == "0.000000012"
    assert by_kind["run.succeeded"].at == run.ended_at
    assert {event.use_case_id for event in found} == {session.use_case_id}
    assert {event.number for event in found} == {None}
    assert WORDS not in repr(found)


def test_what_was_not_committed_was_not_told(store: Store) -> None:
    facts = lived(store)

    def fail() -> None:
        with store.write() as tx:
            apply(tx, [facts])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert told(store) == []


def test_shadows_and_failures_that_the_service_counts_itself_are_not_told(store: Store) -> None:
    _, (flow,) = makers.seeded(store)
    shadow, shown = makers.session(flow, shadow=True), makers.session(flow, correlation_id="other")
    failure = makers.opinion(shown, kind="failure", rater="model-match", value=0.0, reward=0.0)
    written(
        store,
        [Pin(shadow), RunDone(makers.run(shadow)), FeedbackGiven(makers.opinion(shadow, shadow=True))],
        [Pin(shown), FeedbackGiven(failure)],
    )

    assert [(event.kind, event.about) for event in told(store)] == [("session.assigned", shown.id)]


def test_an_opinion_that_replaces_another_is_told_and_an_older_one_is_not(store: Store) -> None:
    facts = lived(store)
    written(store, facts)
    first = facts[3]
    assert isinstance(first, FeedbackGiven)
    second = FeedbackGiven(replace(first.feedback, id=new_id(), value=1.0, reward=0.0, counted=0.0))
    written(store, [second])
    written(store, [first])

    given = [event.data["value"] for event in told(store) if event.kind == "feedback.given"]
    assert given == [5.0, 1.0]


def test_where_changes_alone_are_recorded_traffic_is_not(store: Store, tmp_path: Path) -> None:
    journal = Journal(store, tmp_path / "spool", tell=False)
    journal.start()
    journal.write(lived(store), timeout_s=60)
    journal.close()

    assert told(store) == []
    with store.read() as tx:
        assert events.after(tx, "x", None, limit=1) == []
