"""A store that went is asked by one thread alone, and everyone else is told at once until it is back."""

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db import use_cases
from app.db.absence import Absence, Watch
from app.db.uow import Store
from app.domain.errors import Conflict, StoreUnavailable
from tests.db import makers
from tests.db.outages import Database, breakable
from tests.faults.proxy import Proxy
from tests.stores import KINDS

Broken = tuple[Store, Database]


@pytest.fixture
def broken(store_kind: str, tmp_path: Path) -> Iterator[Broken]:
    with breakable(store_kind, tmp_path) as made:
        yield made


def back(store: Store) -> None:
    """Wait until the store was found back."""
    while store.reads.away or store.writes.away:
        time.sleep(0.01)


def test_what_is_away_is_asked_until_it_answers_and_by_one_thread() -> None:
    absence, answers, asking = Absence("reads"), threading.Event(), list[str]()

    def ask() -> None:
        asking.append(threading.current_thread().name)
        if not answers.is_set():
            raise StoreUnavailable("away")
        absence.end()

    watch = Watch((absence,), ask)
    for _ in range(5):
        watch.lost(absence)
    with pytest.raises(StoreUnavailable):
        absence.check()
    assert absence.seconds is not None
    answers.set()
    while absence.away:
        time.sleep(0.01)

    absence.check()
    assert absence.seconds is None
    assert set(asking) == {"store-watch"}
    watch.close()


def test_what_fails_in_another_way_is_told_once_and_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    absence, asked = Absence("reads"), list[int]()

    def ask() -> None:
        asked.append(1)
        if len(asked) < 3:
            raise Conflict("a rule is broken")
        absence.end()

    watch = Watch((absence,), ask)
    with caplog.at_level(logging.ERROR):
        watch.lost(absence)
        while absence.away:
            time.sleep(0.01)
    watch.close()

    assert [record.message for record in caplog.records] == ["store_watch_failed"]


def test_a_second_absence_is_noticed_as_the_first_was() -> None:
    absence = Absence("reads")
    watch = Watch((absence,), absence.end)
    for _ in range(50):
        watch.lost(absence)
        while absence.away:
            time.sleep(0.001)
    watch.close()


def test_writes_are_refused_at_once_while_away_and_taken_after_the_return(broken: Broken) -> None:
    store, database = broken
    makers.seeded(store)
    database.cut()
    for _ in range(3):
        with pytest.raises(StoreUnavailable), store.write() as tx:
            store.bump(tx)
    assert store.writes.away

    with pytest.raises(StoreUnavailable, match="is away"), store.write():
        pass
    database.mend()
    back(store)

    with store.write() as tx:
        store.bump(tx)


def test_looking_whether_it_is_back_changes_no_revision(broken: Broken) -> None:
    store, database = broken
    with store.write() as tx:
        store.bump(tx)
    database.cut()
    with pytest.raises(StoreUnavailable), store.write():
        pass
    database.mend()
    back(store)

    assert store.revision() == 1


def test_a_locked_file_can_still_be_read(tmp_path: Path) -> None:
    with breakable("sqlite", tmp_path) as (store, database):
        owner, _ = makers.seeded(store)
        database.cut()
        with pytest.raises(StoreUnavailable), store.write():
            pass

        with store.read() as tx:
            assert use_cases.all_of(tx) == [owner]
        assert (store.reads.away, store.writes.away) == (False, True)


def test_a_file_that_was_read_only_when_it_was_opened_is_opened_again(tmp_path: Path) -> None:
    with breakable("sqlite", tmp_path) as (store, _):
        makers.seeded(store)
        store.engine.dispose()
        with store.read() as tx:
            tx.exec_driver_sql("PRAGMA query_only = ON")
        with pytest.raises(StoreUnavailable), store.write() as tx:
            store.bump(tx)
        back(store)

        with store.write() as tx:
            store.bump(tx)


def test_a_statement_at_fault_is_no_absence(store: Store) -> None:
    with pytest.raises(StoreUnavailable), store.write() as tx:
        tx.exec_driver_sql("SELECT no_such_column FROM revisions")
    back(store)

    with store.write() as tx:
        assert store.bump(tx) == 1


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind == "postgresql"])
def test_a_server_that_says_nothing_is_given_up(kind: str, tmp_path: Path) -> None:
    with breakable(kind, tmp_path) as (store, database):
        wire = Proxy("127.0.0.1", database.port)  # type: ignore[attr-defined]  # a Wire
        near = Store(store.engine.url.set(port=wire.port).render_as_string(hide_password=False))
        near.ping()
        wire.pause()

        with pytest.raises(StoreUnavailable):
            near.ping()
        assert near.reads.away
        assert near.writes.away

        wire.mend()
        back(near)
        near.ping()
        near.close()
        wire.close()


def test_a_closed_store_is_watched_no_more(tmp_path: Path) -> None:
    others = set(threading.enumerate())  # A server of this process may watch a store of its own meanwhile.
    store = Store(f"sqlite:///{tmp_path}/none/store.db", busy_timeout_ms=10)
    (tmp_path / "none").rmdir()
    with pytest.raises(StoreUnavailable):
        store.ping()
    watching = [thread for thread in threading.enumerate() if thread.name == "store-watch" and thread not in others]

    store.close()

    assert not any(thread.is_alive() for thread in watching)
