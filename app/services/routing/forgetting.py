"""What the router decided and learned from is forgotten after its time, some rows with each beat."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Final

from app.db import cursors, model_days, outcomes, router_heads, router_standings, routes, scores
from app.db.uow import Tx
from app.services.routing import teaching
from app.services.world import World

TERMS_KEPT: Final = 4  # of days that a record looks back: decay leaves nothing of older ones
AT_ONCE: Final = 500  # rows of each kind in one transaction
ROUNDS: Final = 20  # transactions of one beat


def forget(world: World) -> Iterator[str]:
    """A line for each kind of rows that were dropped.

    Routes, outcomes and scores go after their retention; days, heads and standings once no record looks back so far;
    and the places in a learner's log, once nothing is left in it.
    """
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
    """Outcomes stay while an older route is left, to which a late opinion could be credited a second time."""
    now = world.now()
    past = now - world.policy.route_retention
    first = now - timedelta(days=TERMS_KEPT * world.policy.record_days)
    with world.store.write() as tx:
        routed = routes.prune(tx, past, at_most=AT_ONCE)
        return {
            "routes": routed,
            "outcomes": outcomes.prune(tx, past, at_most=AT_ONCE) if routed < AT_ONCE else 0,
            "scores of answers": scores.prune(tx, past, at_most=AT_ONCE),
            "days of models": model_days.prune(tx, first.astimezone(UTC).date(), at_most=AT_ONCE),
            "heads of the router": router_heads.prune(tx, first),
            "standings of the router": router_standings.prune(tx, first),
            "logs of learners": _forget_logs(tx),
        }


def _forget_logs(tx: Tx) -> int:
    learners = outcomes.empty_logs(tx)
    cursors.drop(tx, [log + learner for learner in learners for log in (outcomes.LOG, teaching.CURSOR)])
    return len(learners)
