"""What a comparison may spend in all is an ordinary budget, for the calls with its tag."""

from typing import Final

from app.db.uow import Tx
from app.domain.comparison.comparison import Comparison
from app.services import own_budgets
from app.services.own_budgets import Own
from app.services.world import World

TAG: Final = "comparison"  # of every call that a comparison makes; its value is the comparison's id


def make(world: World, tx: Tx, comparison: Comparison) -> None:
    """The budget of a comparison that has one, in the caller's edit."""
    own_budgets.make(world, tx, _own(comparison))


def open_again(world: World, tx: Tx, comparison: Comparison) -> None:
    """It blocks again, at the comparison's limit; what it has counted stays. One that somebody deleted is made anew."""
    own_budgets.open_again(world, tx, _own(comparison))


def shut(world: World, tx: Tx, comparison_id: str) -> None:
    """Nobody looks it up any more; it keeps what it has counted."""
    own_budgets.shut(world, tx, _named(comparison_id))


def remove(tx: Tx, comparison_id: str) -> None:
    """With all that it has counted."""
    own_budgets.remove(tx, _named(comparison_id))


def settled(tx: Tx, comparison_id: str) -> int:
    """What it has counted for good so far, in nano-dollars; nothing where there is none."""
    return own_budgets.settled(tx, _named(comparison_id))


def require(world: World, comparison: Comparison) -> None:
    """Raises Conflict (`comparison-unbudgeted`) unless this process knows the budget, and it stops the comparison.

    Costs a look into memory while all is well, so that it is asked before every answer.
    """
    own_budgets.require(world, _own(comparison))


def _own(comparison: Comparison) -> Own:
    return _named(comparison.id, comparison.budget)


def _named(comparison_id: str, limit: int | None = None) -> Own:
    return Own(TAG, comparison_id, limit, code="comparison-unbudgeted")
