"""What one piece of work may spend in all is an ordinary budget, for the calls with its tag."""

from dataclasses import dataclass, replace

from app.db import budgets as rows
from app.db import periods
from app.db.uow import Tx
from app.domain.errors import Conflict
from app.domain.period import EPOCH
from app.services import budgets
from app.services.tagged_budgets import tagged
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Own:
    """Whose budget it is: every call of the work bears the tag `noun` with its id. `limit`: nano-dollars, None: none.

    `code` is that of the conflict when somebody took it away.
    """

    noun: str
    id: str
    limit: int | None
    code: str

    @property
    def name(self) -> str:
        """What the budget is called."""
        return f"{self.noun} {self.id}"

    @property
    def tag(self) -> str:
        """Which calls it counts."""
        return f"{self.noun}={self.id}"


def make(world: World, tx: Tx, own: Own) -> None:
    """The budget of work that has one, in the caller's edit."""
    if own.limit is not None:
        rows.add(tx, tagged(world, name=own.name, tag=own.tag, limit=own.limit, period="total"))


def open_again(world: World, tx: Tx, own: Own) -> None:
    """It blocks again, at that limit; what it has counted stays. One that somebody deleted is made anew."""
    known = rows.named(tx, own.name)
    if own.limit is None:
        return
    if known is None:
        make(world, tx, own)
        return
    wanted = replace(known, limit=own.limit, action="block", active=True, updated_at=world.now())
    rows.update(tx, wanted)
    budgets.review(world, tx, wanted)


def shut(world: World, tx: Tx, own: Own) -> None:
    """Nobody looks it up any more; it keeps what it has counted."""
    known = rows.named(tx, own.name)
    if known is not None and known.active:
        rows.update(tx, replace(known, active=False, updated_at=world.now()))


def remove(tx: Tx, own: Own) -> None:
    """With all that it has counted."""
    known = rows.named(tx, own.name)
    if known is not None:
        rows.remove(tx, known.id)


def settled(tx: Tx, own: Own) -> int:
    """What it has counted for good so far, in nano-dollars; nothing where there is none."""
    known = rows.named(tx, own.name)
    return 0 if known is None else sum(balance.settled for _, balance in periods.since(tx, known.id, EPOCH, settled=0))


def require(world: World, own: Own) -> None:
    """Raises Conflict (its code) unless this process knows the budget, and it stops the work.

    Costs a look into memory while all is well, so that it is asked before every call.
    """
    if own.limit is None or _bounds(world, own, own.limit):
        return
    world.snapshots.refresh()  # it was made or changed in another process, a moment ago
    if not _bounds(world, own, own.limit):
        raise Conflict(f"the budget of the {own.noun} was taken away", code=own.code)


def _bounds(world: World, own: Own, limit: int) -> bool:
    return any(
        budget.scope == "tag"
        and budget.scope_value == own.tag
        and budget.period == "total"
        and budget.limit <= limit
        and budget.active
        and budget.action == "block"
        for budget in world.snapshots.current.budgets
    )
