"""An edit is one short transaction that bumps the revision; the own snapshot follows before the caller is told."""

from collections.abc import Callable
from typing import TypeVar

from app.db.uow import Tx
from app.services.world import World

T = TypeVar("T")


def edit(world: World, change: Callable[[Tx], T]) -> T:
    """What `change` returns, once it is committed and this process serves it.

    The revision is bumped first: its row is what edits wait for, so that each sees what the one before has written.
    """
    with world.store.write() as tx:
        world.store.bump(tx)
        result = change(tx)
    world.snapshots.refresh()
    return result
