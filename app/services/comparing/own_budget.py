"""What a comparison may spend in all is an ordinary budget, for the calls with its tag."""

from dataclasses import replace
from typing import Final

from app.db import budgets as rows
from app.db import periods
from app.db.uow import Tx
from app.domain.comparison.comparison import Comparison
from app.domain.errors import Conflict
from app.domain.period import EPOCH
from app.services import budgets
from app.services.tagged_budgets import tagged
from app.services.world import World

TAG: Final = "comparison"  # of every call that a comparison makes; its value is the comparison's id


def make(world: World, tx: Tx, comparison: Comparison) -> None:
    """The budget of a comparison that has one, in the caller's edit."""
    if comparison.budget is None:
        return
    name, tag = _name(comparison.id), f"{TAG}={comparison.id}"
    rows.add(tx, tagged(world, name=name, tag=tag, limit=comparison.budget, period="total"))


def open_again(world: World, tx: Tx, comparison: Comparison) -> None:
    """It blocks again, at the comparison's limit; what it has counted stays. One that somebody deleted is made anew."""
    own = rows.named(tx, _name(comparison.id))
    if comparison.budget is None:
        return
    if own is None:
        make(world, tx, comparison)
        return
    wanted = replace(own, limit=comparison.budget, action="block", active=True, updated_at=world.now())
    rows.update(tx, wanted)
    budgets.review(world, tx, wanted)


def shut(world: World, tx: Tx, comparison_id: str) -> None:
    """Nobody looks it up any more; it keeps what it has counted."""
    own = rows.named(tx, _name(comparison_id))
    if own is not None and own.active:
        rows.update(tx, replace(own, active=False, updated_at=world.now()))


def remove(tx: Tx, comparison_id: str) -> None:
    """With all that it has counted."""
    own = rows.named(tx, _name(comparison_id))
    if own is not None:
        rows.remove(tx, own.id)


def settled(tx: Tx, comparison_id: str) -> int:
    """What it has counted for good so far, in nano-dollars; nothing where there is none."""
    own = rows.named(tx, _name(comparison_id))
    return 0 if own is None else sum(balance.settled for _, balance in periods.since(tx, own.id, EPOCH, settled=0))


def require(world: World, comparison: Comparison) -> None:
    """Raises Conflict (`comparison-unbudgeted`) unless this process knows the budget, and it stops the comparison.

    Costs a look into memory while all is well, so that it is asked before every answer.
    """
    if comparison.budget is None or _bounds(world, comparison.id, comparison.budget):
        return
    world.snapshots.refresh()  # it was made or changed in another process, a moment ago
    if not _bounds(world, comparison.id, comparison.budget):
        raise Conflict("the budget of the comparison was taken away", code="comparison-unbudgeted")


def _bounds(world: World, comparison_id: str, limit: int) -> bool:
    return any(
        budget.scope == "tag"
        and budget.scope_value == f"{TAG}={comparison_id}"
        and budget.period == "total"
        and budget.limit <= limit
        and budget.active
        and budget.action == "block"
        for budget in world.snapshots.current.budgets
    )


def _name(comparison_id: str) -> str:
    return f"comparison {comparison_id}"
