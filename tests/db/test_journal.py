"""What the journal has acknowledged is stored once, whatever happens to others in its batch."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.db import calls, evidence, flows, runs, sessions
from app.db.facts import CallDone, Fact, FeedbackGiven, Pin, Result, RunDone
from app.db.journal import Journal
from app.db.uow import Store
from app.domain.call import CallText
from app.domain.errors import Conflict, Invalid, StoreUnavailable
from app.services.ids import new_id
from tests.db import makers


@pytest.fixture
def journal(store: Store, tmp_path: Path) -> Iterator[Journal]:
    made = Journal(store, tmp_path / "spool")
    made.start()
    yield made
    made.close()


def test_one_submission_keeps_session_run_call_and_text(store: Store, journal: Journal) -> None:
    _, (flow,) = makers.seeded(store)
    session = makers.session(flow)
    run = makers.run(session)
    call = makers.call(run_id=run.id, session_id=session.id)
    text = CallText(call.id, "Say hi", "hi")

    results = journal.write([Pin(session), RunDone(run), CallDone(call, text)], timeout_s=10)

    assert results == [session, True, True]
    with store.read() as tx:
        assert sessions.get_by_id(tx, session.id) == session
        assert runs.get(tx, run.id) == run
        assert calls.get(tx, call.id) == call
        assert calls.text_of(tx, call.id) == text


def test_the_first_session_of_a_correlation_id_wins(store: Store, journal: Journal) -> None:
    _, (one, two) = makers.seeded(store, flow_count=2)
    first, second = makers.session(one), makers.session(two)

    journal.pin(first, timeout_s=10)

    assert journal.pin(second, timeout_s=10) == first


def test_an_expired_session_gives_way_and_keeps_its_runs(store: Store, journal: Journal) -> None:
    _, (one, two) = makers.seeded(store, flow_count=2)
    old = makers.session(one)
    run = makers.run(old)
    journal.write([Pin(old), RunDone(run)], timeout_s=10)
    later = old.expires_at + timedelta(seconds=1)
    new = makers.session(two, assigned_at=later, expires_at=later + timedelta(hours=1))

    stored = journal.pin(new, timeout_s=10)

    assert stored == new
    with store.read() as tx:
        assert sessions.get(tx, new.use_case_id, new.correlation_id, later) == new
        assert runs.of_session(tx, old.id) == [run]


def test_threads_that_pin_one_correlation_id_get_one_session(store: Store, journal: Journal) -> None:
    _, (one, two) = makers.seeded(store, flow_count=2)
    proposals = [makers.session(each) for each in (one, two) * 8]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda session: journal.pin(session, timeout_s=20), proposals))

    assert len({answer.id for answer in answers}) == 1


def test_a_pin_freezes_the_version_it_serves(store: Store, journal: Journal) -> None:
    _, (flow,) = makers.seeded(store)

    journal.pin(makers.session(flow), timeout_s=10)

    with store.read() as tx:
        assert flows.get(tx, flow.id).served
    with pytest.raises(Conflict) as raised, store.write() as tx:
        flows.replace_steps(tx, flow.id, 1, [makers.STEP], limits=flow.limits)
    assert raised.value.code == "version-served"


def test_handing_a_fact_in_twice_changes_nothing(store: Store, journal: Journal) -> None:
    owner, (flow,) = makers.seeded(store)
    epoch = makers.open_epoch(store, owner)
    session = makers.session(flow, epoch_id=epoch.id)
    facts = [Pin(session), CallDone(makers.call()), FeedbackGiven(makers.opinion(session))]

    journal.write(facts, timeout_s=10)
    again = journal.write(facts, timeout_s=10)

    assert again == [session, False, False]
    with store.read() as tx:
        (counted,) = evidence.of_epoch(tx, epoch.id)
    assert (counted.sessions, counted.n, counted.sum, counted.sum_sq) == (1, 1, 1_000_000, 1_000_000)


def test_only_the_submission_that_breaks_a_rule_fails(store: Store, tmp_path: Path) -> None:
    _, (flow,) = makers.seeded(store)
    good, orphan = makers.session(flow), makers.session(replace(flow, use_case_id=new_id()))
    journal = Journal(store, tmp_path / "spool")
    futures = _together(
        journal,
        [
            [Pin(good)],
            [Pin(orphan), CallDone(makers.call())],
            [CallDone(makers.call(cost=0.5))],
            [RunDone(makers.run(good))],
        ],
    )

    assert futures[0].result(10) == [good]
    assert isinstance(futures[1].exception(10), Conflict)
    assert isinstance(futures[2].exception(10), Invalid)
    assert futures[3].result(10) == [True]
    journal.close()
    with store.read() as tx:
        assert calls.page(tx, calls.CallFilter()) == ([], None)


def test_more_facts_than_may_wait_are_refused(store: Store, tmp_path: Path) -> None:
    journal = Journal(store, tmp_path / "spool", max_pending=2)
    with store.write():
        waiting: list[Future[list[Result]]] = []
        with pytest.raises(StoreUnavailable):
            waiting.extend(journal.post([CallDone(makers.call())]) for _ in range(600))

    assert [future.result(20) for future in waiting] == [[True]] * len(waiting)
    journal.close()


def test_closing_writes_what_is_pending_and_refuses_more(store: Store, tmp_path: Path) -> None:
    journal = Journal(store, tmp_path / "spool")
    journal.start()
    futures = [journal.post([CallDone(makers.call())]) for _ in range(300)]

    journal.close()

    assert all(future.done() and future.result() == [True] for future in futures)
    with pytest.raises(StoreUnavailable):
        journal.post([CallDone(makers.call())])


def test_many_submissions_share_few_commits(store: Store, journal: Journal) -> None:
    with store.write():
        futures = [journal.post([CallDone(makers.call())]) for _ in range(200)]

    for future in futures:
        future.result(20)

    assert journal.figures().facts == 200
    assert journal.figures().batches < 50


def test_a_writer_that_died_of_a_defect_is_replaced(store: Store, journal: Journal) -> None:
    seen: list[str] = []
    hook, threading.excepthook = threading.excepthook, lambda died: seen.append(died.exc_type.__name__)
    try:
        with pytest.raises(StoreUnavailable):
            journal.write([CallDone(makers.call(usage="the defect"))], timeout_s=10)
        assert journal.write([CallDone(makers.call())], timeout_s=10) == [True]
    finally:
        threading.excepthook = hook

    assert seen == ["AttributeError"]


def _together(journal: Journal, submissions: list[list[Fact]]) -> list[Future[list[Result]]]:
    """Hands them in so that one batch takes them all: the writer starts only afterwards."""
    with journal._changed:
        return [journal.post(facts) for facts in submissions]
