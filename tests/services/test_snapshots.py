"""The snapshot follows every write, of this process at once and of others soon, and stays when the store goes."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.errors import Conflict, StoreUnavailable
from app.services import keys, picks, use_cases
from app.services.snapshots import PAUSE_S
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE, make_use_case
from tests.worlds import opened


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds; the test's own time limit ends a vain wait."""
    while not holds():
        time.sleep(0.01)


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
    for _ in range(1000):
        assert world.snapshots.find(lambda snapshot: snapshot.use_cases.get("nobody")) is None
    passed = time.monotonic() - began

    assert looks <= 1 + passed / PAUSE_S
