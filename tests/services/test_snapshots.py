"""The snapshot follows every write, of this process at once and of others soon, and stays when the store goes."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.errors import Conflict, StoreUnavailable
from app.services import use_cases
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE
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
