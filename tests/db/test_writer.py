"""With the database gone facts are acknowledged from the spool, and come back exactly once, in order."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db import calls, evidence, runs, sessions
from app.db.facts import CallDone, Fact, FeedbackGiven, Pin, RunDone, encode
from app.db.spool import Spool
from app.db.uow import Store
from app.db.writer import Submission, Writer
from app.domain.call import CallText
from app.domain.errors import StoreUnavailable
from app.services.ids import new_id
from tests.db import makers
from tests.db.outages import Database, breakable
from tests.waiting import until

Broken = tuple[Store, Database]


@pytest.fixture
def broken(store_kind: str, tmp_path: Path) -> Iterator[Broken]:
    with breakable(store_kind, tmp_path) as made:
        yield made


def test_an_outage_loses_nothing_and_counts_nothing_twice(broken: Broken, tmp_path: Path) -> None:
    store, database = broken
    owner, (flow,) = makers.seeded(store)
    epoch = makers.open_epoch(store, owner)
    writer = Writer(store, Spool(tmp_path / "spool"))
    session = makers.session(flow, epoch_id=epoch.id)
    run, call = makers.run(session), makers.call()
    before: list[Fact] = [Pin(session), RunDone(run)]
    during: list[Fact] = [*before, CallDone(call, CallText(call.id, "a", "b")), FeedbackGiven(makers.opinion(session))]
    during += [makers.served(session, fact.id, summed=True) for fact in (run, call)]  # only the call is new
    _write(writer, before)

    database.cut()
    answer = _write(writer, during)
    database.mend()
    _come_back(writer)

    assert answer == [session, True, True, True, True, True]
    with store.read() as tx:
        assert runs.of_session(tx, session.id) == [run]
        assert calls.text_of(tx, call.id) == CallText(call.id, "a", "b")
        (counted,) = evidence.of_epoch(tx, epoch.id)
        stored = sessions.get_by_id(tx, session.id)
    assert (counted.sessions, counted.n, counted.runs, counted.cost) == (1, 1, 1, 12)
    assert stored is not None
    assert (stored.runs, stored.cost, stored.latency_ms) == (1, 12, 34)
    assert list((tmp_path / "spool").glob("*.[sr]*p*l*")) == []


def test_a_spool_that_is_replayed_twice_changes_nothing(store: Store, tmp_path: Path) -> None:
    """wire.md C8: events are driven again after a crash, and are not counted twice."""
    owner, (flow,) = makers.seeded(store)
    epoch = makers.open_epoch(store, owner)
    session = makers.session(flow, epoch_id=epoch.id)
    run = makers.run(session)
    facts: list[Fact] = [Pin(session), CallDone(makers.call()), FeedbackGiven(makers.opinion(session))]
    facts += [RunDone(run), makers.served(session, run.id, summed=True, cost_limit=100)]

    for _ in range(2):
        Spool(tmp_path / "spool").append(encode([facts]))
        Writer(store, Spool(tmp_path / "spool")).idle()

    with store.read() as tx:
        (counted,) = evidence.of_epoch(tx, epoch.id)
        found, _ = calls.page(tx, calls.CallFilter())
    assert (counted.sessions, counted.n, len(found)) == (1, 1, 1)
    assert (counted.runs, counted.cost, counted.rated, sum(counted.costs)) == (1, 12, 1, 1)


def test_a_session_that_lost_its_race_in_an_outage_keeps_its_runs(store: Store, tmp_path: Path) -> None:
    _, (one, two) = makers.seeded(store, flow_count=2)
    winner, loser = makers.session(one), makers.session(two)
    run = makers.run(loser)
    _write(Writer(store, Spool(tmp_path / "other")), [Pin(winner)])
    Spool(tmp_path / "spool").append(encode([[Pin(loser), RunDone(run)]]))

    Writer(store, Spool(tmp_path / "spool")).idle()

    with store.read() as tx:
        assert sessions.get(tx, winner.use_case_id, winner.correlation_id, makers.NOW) == winner
        assert runs.of_session(tx, loser.id) == [run]


def test_spooled_facts_that_the_store_refuses_are_kept_aside_and_stop_no_others(store: Store, tmp_path: Path) -> None:
    good = makers.call()
    orphan = makers.run(makers.session(makers.flow(makers.use_case())))
    Spool(tmp_path / "spool").append(encode([[RunDone(orphan)], [CallDone(good)]]))
    writer = Writer(store, Spool(tmp_path / "spool"))

    writer.idle()

    with store.read() as tx:
        assert calls.get(tx, good.id) == good
    assert writer.counters.rejected == 1
    assert len(list((tmp_path / "spool").glob("*.rejected"))) == 1
    assert not Spool(tmp_path / "spool").waiting()


def test_without_database_and_spool_the_waiter_is_told(broken: Broken, tmp_path: Path) -> None:
    store, database = broken
    (tmp_path / "spool").write_text("a file where the folder should be")
    writer = Writer(store, Spool(tmp_path / "spool"))
    database.cut()

    with pytest.raises(StoreUnavailable):
        _write(writer, [CallDone(makers.call())])


def test_facts_after_an_outage_are_written_after_those_that_wait(broken: Broken, tmp_path: Path) -> None:
    store, database = broken
    _, (flow,) = makers.seeded(store)
    writer = Writer(store, Spool(tmp_path / "spool"))
    session = makers.session(flow, correlation_id=new_id())
    database.cut()
    _write(writer, [Pin(session)])
    database.mend()

    answer = _write(writer, [RunDone(makers.run(session))])

    assert answer == [True]
    _come_back(writer)
    with store.read() as tx:
        assert len(runs.of_session(tx, session.id)) == 1


def _write(writer: Writer, facts: list[Fact]) -> list[object]:
    submission = Submission(tuple(facts))
    writer.write([submission])
    return list(submission.future.result(0))


def _come_back(writer: Writer) -> None:
    """The store was found back, and the pause of the outage is over."""
    until(lambda: not writer._store.writes.away)
    writer._retry_at = None
    until(lambda: _replayed(writer))


def _replayed(writer: Writer) -> bool:
    """Whether nothing is owed after one more slice of the spool."""
    writer.idle()
    return not writer._owed
