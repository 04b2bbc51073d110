"""A session of a flow that escaped gives way to the one that takes it over: once, whoever proposes it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from app.db import flows, runs, sessions
from app.db.apply import apply
from app.db.facts import Fact, Pin, RunDone, encode
from app.db.journal import Journal
from app.db.spool import Spool
from app.db.tables import sessions as rows
from app.db.uow import Store
from app.db.writer import Writer
from app.domain.flow import Flow
from app.domain.session import Session
from tests.db import makers

THREADS = 8


def test_a_session_gives_way_to_the_one_that_replaces_it_and_keeps_its_runs(store: Store) -> None:
    _, (one, two) = makers.seeded(store, flow_count=2)
    old = makers.session(one)
    new = makers.session(two, replaces=old.id)
    run = makers.run(old)

    assert _pinned(store, old) == old
    assert _pinned(store, new) == new

    with store.write() as tx:
        apply(tx, [[RunDone(run)]])
    assert _live(store, old) == [new.id]
    with store.read() as tx:
        assert sessions.get_by_id(tx, new.id) == new
        assert runs.of_session(tx, old.id) == [run]


def test_the_first_takeover_wins_and_others_get_it(store: Store) -> None:
    _, (one, two) = makers.seeded(store, flow_count=2)
    old = makers.session(one)
    first, second = (makers.session(two, replaces=old.id) for _ in range(2))
    _pinned(store, old)

    with store.write() as tx:
        answers = apply(tx, [[Pin(first)], [Pin(second)]])

    assert answers == [[first], [first]]
    assert _pinned(store, makers.session(one)) == first
    assert _pinned(store, second) == first
    assert _pinned(store, old) == first


def test_threads_that_take_over_at_once_agree_on_one_session(store: Store) -> None:
    _, (one, two) = makers.seeded(store, flow_count=2)
    olds = [makers.session(one, correlation_id=f"visitor-{number}") for number in range(5)]
    for old in olds:
        _pinned(store, old)

    def take_over(_: int) -> list[str]:
        proposals = (makers.session(two, correlation_id=old.correlation_id, replaces=old.id) for old in olds)
        return [_pinned(store, proposal).id for proposal in proposals]

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(take_over, range(THREADS)))

    assert all(answer == answers[0] for answer in answers)
    assert [[mine] for mine in answers[0]] == [_live(store, old) for old in olds]


def test_journals_that_take_over_at_once_agree_on_one_session(store: Store, tmp_path: Path) -> None:
    _, (one, two) = makers.seeded(store, flow_count=2)
    old = makers.session(one)
    _pinned(store, old)
    journals = [Journal(store, tmp_path / f"spool-{number}") for number in range(2)]

    with ThreadPoolExecutor(THREADS) as pool:
        proposals = [makers.session(two, replaces=old.id) for _ in range(THREADS)]
        asked = [
            pool.submit(journals[number % 2].pin, proposal, timeout_s=60) for number, proposal in enumerate(proposals)
        ]
        answers = {future.result().id for future in asked}
    for journal in journals:
        journal.close()

    assert _live(store, old) == sorted(answers)
    assert len(answers) == 1


def test_takeovers_of_takeovers_are_replayed_as_they_were_served(store: Store, tmp_path: Path) -> None:
    """wire.md C8: what waited in the spool ends as it would have ended without an outage."""
    _, (flow,) = makers.seeded(store)
    chain = _chain(flow, length=6)
    submissions: list[list[Fact]] = [[Pin(session), RunDone(makers.run(session))] for session in chain]

    for _ in range(2):
        Spool(tmp_path / "spool").append(encode(submissions))
        Writer(store, Spool(tmp_path / "spool")).idle()

    assert _live(store, chain[0]) == [chain[-1].id]
    with store.read() as tx:
        assert all(len(runs.of_session(tx, session.id)) == 1 for session in chain)


def test_a_takeover_does_not_touch_a_session_that_another_writer_has_renewed(store: Store) -> None:
    _, (one, two) = makers.seeded(store, flow_count=2)
    old = makers.session(one)
    later = old.expires_at + timedelta(seconds=1)
    renewed = makers.session(one, assigned_at=later, expires_at=later + timedelta(hours=1))
    for session in (old, renewed):
        _pinned(store, session)

    assert _pinned(store, makers.session(two, replaces=old.id)) == renewed


def test_evicting_a_flow_keeps_the_moment_and_leaves_the_rest(store: Store) -> None:
    owner, (flow,) = makers.seeded(store)
    moment = makers.NOW + timedelta(minutes=1)

    with store.write() as tx:
        flows.update(tx, replace(flow, shadow_share=250))
        flows.evict(tx, flow.id, moment)

    evicted = replace(flow, shadow_share=250, evicted_at=moment)
    with store.read() as tx:
        assert flows.get(tx, flow.id) == evicted
        assert flows.page(tx, owner.id) == ([evicted], None)


def _chain(flow: Flow, *, length: int) -> list[Session]:
    made = [makers.session(flow)]
    while len(made) < length:
        made.append(makers.session(flow, replaces=made[-1].id))
    return made


def _pinned(store: Store, session: Session) -> Session:
    with store.write() as tx:
        ((stored,),) = apply(tx, [[Pin(session)]])
    assert isinstance(stored, Session)
    return stored


def _live(store: Store, session: Session) -> list[str]:
    own = (rows.c.correlation_id == session.correlation_id, rows.c.use_case_id == session.use_case_id, rows.c.live)
    with store.read() as tx:
        assert tx.execute(select(func.count()).where(*own)).scalar_one() == 1
        return [row[0] for row in tx.execute(select(rows.c.id).where(*own))]
