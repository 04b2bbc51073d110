"""Budgets that a part of the product keeps for calls with a tag of its own, in money, and that block."""

from app.domain.budget import THRESHOLDS, Budget
from app.domain.period import Period
from app.services.world import World


def tagged(world: World, *, name: str, tag: str, limit: int, period: Period) -> Budget:
    """A new one, not stored yet: calls tagged `tag` (`name=value`) may cost `limit` nano-dollars per period."""
    moment = world.now()
    return Budget(
        id=world.new_id(),
        name=name,
        scope="tag",
        scope_value=tag,
        unit="usd",
        limit=limit,
        period=period,
        time_zone="UTC",
        action="block",
        thresholds=THRESHOLDS,
        active=True,
        source="stored",
        created_at=moment,
        updated_at=moment,
    )
