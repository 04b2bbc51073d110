"""What the router decided and learned from is forgotten after its time, some rows with each beat."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Final

from app.db import model_days, outcomes, routes, scores
from app.services.world import World

TERMS_KEPT: Final = 4  # of days that a record looks back: decay leaves nothing of older ones
AT_ONCE: Final = 500  # rows of each kind in one transaction
ROUNDS: Final = 20  # transactions of one beat


def forget(world: World) -> Iterator[str]:
    """Drops routes, outcomes and scores past their retention, and days that no record reads; a line for each kind."""
    gone: Counter[str] = Counter()
    for _ in range(ROUNDS):
        some = _forget_some(world)
        gone.update(some)
        if max(some.values()) < AT_ONCE:
            break
    for what, many in gone.items():
        if many:
            yield f"forgot {many} {what}"


def _forget_some(world: World) -> dict[str, int]:
    """Routes go before their outcomes, so that none is left to which a late opinion could be credited anew."""
    now = world.now()
    past = now - world.policy.route_retention
    first = (now - timedelta(days=TERMS_KEPT * world.policy.record_days)).astimezone(UTC).date()
    with world.store.write() as tx:
        return {
            "routes": routes.prune(tx, past, at_most=AT_ONCE),
            "outcomes": outcomes.prune(tx, past, at_most=AT_ONCE),
            "scores of answers": scores.prune(tx, past, at_most=AT_ONCE),
            "days of models": model_days.prune(tx, first, at_most=AT_ONCE),
        }
