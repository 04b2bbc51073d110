"""The snapshot follows every write, of this process at once and of others soon, and stays when the store goes."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from app.db.migrate import head, upgrade
from app.db.snapshot_file import SnapshotFile
from app.db.uow import Store
from app.domain.errors import Conflict, StoreUnavailable
from app.services import keys, picks, tasks, use_cases
from app.services.snapshots import PAUSE_S, Snapshots, open_snapshots
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE, make_use_case
from tests.waiting import until
from tests.worlds import opened


def test_an_own_edit_is_served_before_the_caller_is_told(world: World) -> None:
    before = world.snapshots.current

    use_cases.create(world, UseCaseEdit(code=CODE))

    assert CODE in world.snapshots.current.use_cases
    assert CODE not in before.use_cases
    assert world.snapshots.current.revision == before.revision + 1


def test_an_edit_that_fails_leaves_revision_and_snapshot(world: World) -> None:
    use_cases.create(world, UseCaseEdit(code=CODE))
    before = world.snapshots.current

    with pytest.raises(Conflict):
        use_cases.create(world, UseCaseEdit(code=CODE))
    world.snapshots.refresh()

    assert world.snapshots.current is before
    assert world.store.revision() == before.revision


def test_anothers_edit_is_seen_by_polling(world: World, store: Store, tmp_path: Path) -> None:
    with opened(store, tmp_path / "other") as other:
        other.snapshots.start()

        use_cases.create(world, UseCaseEdit(code=CODE))

        until(lambda: CODE in other.snapshots.current.use_cases)


def test_with_the_store_gone_the_last_good_snapshot_stays(world: World, caplog: pytest.LogCaptureFixture) -> None:
    use_cases.create(world, UseCaseEdit(code=CODE))
    before = world.snapshots.current
    world.store.close()

    with caplog.at_level(logging.WARNING):
        world.snapshots.start()
        until(lambda: sum(record.msg == "snapshot_stale" for record in caplog.records) > 1)

    assert world.snapshots.current is before
    with pytest.raises(StoreUnavailable):
        use_cases.create(world, UseCaseEdit(code="other"))


def test_what_another_process_has_just_made_is_not_said_to_be_missing(
    world: World, store_url: str, tmp_path: Path
) -> None:
    """wire.md C9: what was made exists at once, whichever process is asked."""
    other_store = Store(store_url)
    with opened(other_store, tmp_path / "other") as other:
        issued = keys.issue(other, "new", ("run",))
        make_use_case(other, "fresh")

        picked = picks.pick(world, "fresh", correlation_id="c1")
        found = keys.authenticate(world, issued.secret)
    other_store.close()

    assert picked.flow.code == "a"
    assert found.id == issued.key.id


def test_guessed_names_cost_the_store_one_look_at_most_every_now_and_then(world: World) -> None:
    looks = 0
    original = world.store.revision

    def counting() -> int:
        nonlocal looks
        looks += 1
        return original()

    world.store.revision = counting  # type: ignore[method-assign]  # counts, and answers as before
    began = time.monotonic()
    for _ in range(100):
        assert world.snapshots.find(lambda snapshot: snapshot.use_cases.get("nobody")) is None
    passed = time.monotonic() - began

    assert looks <= 1 + passed / PAUSE_S


def migrate(store: Store) -> None:
    """As wiring does it."""
    upgrade(store.engine)


def test_every_new_snapshot_is_kept_on_disk(world: World, tmp_path: Path) -> None:
    file = SnapshotFile(tmp_path / "snapshot.json", store="one")
    snapshots = Snapshots(world.store, poll_s=0.01, file=file)
    snapshots.start()
    until(lambda: file.read() is not None)

    make_use_case(world)

    until(lambda: (kept := file.read()) is not None and CODE in kept.snapshot.use_cases)
    snapshots.close()


def test_a_start_without_the_store_serves_the_last_snapshot_and_catches_up(
    world: World, store_url: str, tmp_path: Path
) -> None:
    make_use_case(world)
    file = SnapshotFile(tmp_path / "snapshot.json", store="one")
    file.write(world.snapshots.current)
    answers, late = threading.Event(), Store(store_url)

    def migrate_late(store: Store) -> None:
        if not answers.is_set():
            raise StoreUnavailable("away")
        migrate(store)

    snapshots = open_snapshots(late, migrate_late, poll_s=0.01, file=file)
    snapshots.start()
    assert CODE in snapshots.current.use_cases
    with pytest.raises(StoreUnavailable):
        snapshots.refresh()
    make_use_case(world, "meanwhile")
    answers.set()

    until(lambda: "meanwhile" in snapshots.current.use_cases)
    assert snapshots.age_s < 60
    snapshots.close()
    late.close()


def test_a_store_that_comes_back_newer_is_told_once_and_waited_for(
    world: World, store_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = SnapshotFile(tmp_path / "snapshot.json", store="one")
    file.write(world.snapshots.current)
    asked, late = list[int](), Store(store_url)
    set_version(world.store, "9999")

    def migrate_late(store: Store) -> None:
        asked.append(1)
        if len(asked) == 1:
            raise StoreUnavailable("away")
        migrate(store)

    with caplog.at_level(logging.ERROR):
        snapshots = open_snapshots(late, migrate_late, poll_s=0.01, file=file)
        until(lambda: len(asked) > 3)
    assert [record.message for record in caplog.records] == ["store_not_migrated"]
    with pytest.raises(StoreUnavailable):
        snapshots.refresh()
    set_version(world.store, head())

    until(lambda: not late.reads.away)
    snapshots.refresh()
    late.close()


def set_version(store: Store, version: str) -> None:
    """The migration that the store says it is at."""
    with store.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def test_a_start_without_store_and_file_fails(tmp_path: Path) -> None:
    (tmp_path / "store.db").mkdir()
    store = Store(f"sqlite:///{tmp_path}/store.db")

    with pytest.raises(StoreUnavailable):
        open_snapshots(store, migrate, poll_s=1, file=SnapshotFile(tmp_path / "snapshot.json", store="one"))
    (tmp_path / "snapshot.json").write_text("half a sna")
    with pytest.raises(StoreUnavailable):
        open_snapshots(store, migrate, poll_s=1, file=SnapshotFile(tmp_path / "snapshot.json", store="one"))
    store.close()


def test_what_another_process_made_is_found_by_everyone_who_asks_at_once(world: World, store: Store) -> None:
    other = Snapshots(store, poll_s=60)
    tasks.assign(world, "fresh", "simulated/small")

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: other.find(lambda snapshot: snapshot.tasks.get("fresh")), range(64)))

    assert found == ["simulated/small"] * 64
