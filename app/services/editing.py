"""An edit is one short transaction that bumps the revision; the own snapshot follows before the caller is told."""

from collections.abc import Callable
from typing import TypeVar

from app.db.uow import Tx
from app.services.world import World

T = TypeVar("T")


def edit(world: World, change: Callable[[Tx], T]) -> T:
    """What `change` returns, once it is committed and this process serves it."""
    with world.store.write() as tx:
        result = change(tx)
        world.store.bump(tx)
    world.snapshots.refresh()
    return result
