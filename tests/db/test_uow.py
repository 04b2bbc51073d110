"""A unit of work is committed whole or not at all, and its faults are the domain's."""

import multiprocessing
import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest

from app.db import use_cases
from app.db.uow import Store
from app.domain.errors import Conflict, Invalid, NotFound, StoreUnavailable
from tests.db import makers


def test_a_unit_that_raises_leaves_nothing(store: Store) -> None:
    def half_done() -> None:
        with store.write() as tx:
            use_cases.add(tx, makers.use_case())
            store.bump(tx)
            use_cases.get_by_code(tx, "none")

    with pytest.raises(NotFound):
        half_done()

    with store.read() as tx:
        assert use_cases.all_of(tx) == []
    assert store.revision() == 0


def test_each_bump_makes_the_revision_greater_by_one(store: Store) -> None:
    for _ in range(3):
        with store.write() as tx:
            store.bump(tx)

    assert store.revision() == 3


def test_a_taken_code_is_a_conflict_that_names_the_field(store: Store) -> None:
    with store.write() as tx:
        use_cases.add(tx, makers.use_case())

    with pytest.raises(Conflict) as raised, store.write() as tx:
        use_cases.add(tx, makers.use_case())

    assert (raised.value.code, raised.value.field) == ("duplicate-code", "code")


def test_a_row_without_its_owner_is_a_conflict(store: Store) -> None:
    from_nowhere = makers.flow(makers.use_case())

    with pytest.raises(Conflict), store.write() as tx:
        makers.flows.add(tx, from_nowhere)


def test_a_reader_sees_one_moment_while_others_write(store: Store) -> None:
    with store.read() as reader:
        before = use_cases.all_of(reader)
        with store.write() as tx:
            use_cases.add(tx, makers.use_case())

        assert use_cases.all_of(reader) == before


def test_a_closed_store_says_that_it_is_unavailable(store: Store) -> None:
    store.close()

    with pytest.raises(StoreUnavailable):
        store.ping()


def test_a_database_that_does_not_answer_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable):
        Store("postgresql://nobody@127.0.0.1:9/none").ping()


def test_the_folder_of_a_sqlite_file_is_made(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/var/deep/model-match.db")

    store.ping()
    store.close()

    assert (tmp_path / "var/deep/model-match.db").exists()


def test_sqlite_commits_are_synced_and_references_enforced(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/x.db")

    with store.read() as tx:
        pragmas = [
            tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    store.close()

    assert pragmas == ["wal", 2, 1]


def test_a_locked_file_is_unavailable_after_its_timeout(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/x.db", busy_timeout_ms=10)
    store.ping()
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable), store.write():
        pass

    other.close()
    store.close()


@pytest.mark.parametrize("url", ["mysql://localhost/x", "sqlite://", "sqlite:///:memory:", "not a url"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        Store(url)


def _bump(url: str, times: int) -> None:
    store = Store(url)
    for _ in range(times):
        with store.write() as tx:
            store.bump(tx)
    store.close()


def test_processes_that_write_at_once_lose_no_write(store: Store) -> None:
    url = store.engine.url.render_as_string(hide_password=False)
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_bump, args=(url, 20)) for _ in range(3)]

    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)

    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert store.revision() == 60


def test_what_is_to_follow_a_commit_is_called_once_after_it_and_never_after_a_rollback(store: Store) -> None:
    told: list[str] = []

    def tell() -> None:
        with store.write() as tx:  # outside of the unit of work, and of its turn
            told.append(str(store.bump(tx)))

    with store.write() as tx:
        store.after_commit(tx, tell)
        store.after_commit(tx, tell)
        assert told == []
    with suppress(ZeroDivisionError), store.write() as tx:
        store.after_commit(tx, tell)
        raise ZeroDivisionError

    assert told == ["1"]
    assert not store._then
