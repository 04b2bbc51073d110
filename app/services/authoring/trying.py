"""An edit is tried by doing it and taking it back, so that a trial refuses what the edit itself would refuse."""

from collections.abc import Callable

from app.db.uow import Tx
from app.services.world import World


class _TakenBackError(Exception):
    """Nothing of what was tried stays."""


def tried(world: World, change: Callable[[Tx], object]) -> None:
    """Raises what the change would raise; nothing of it stays, and nobody sees it meanwhile."""
    try:
        with world.store.write() as tx:
            change(tx)
            raise _TakenBackError
    except _TakenBackError:
        return
