"""Past calls are counted again with the price of their own day; what a vendor or caller stated is never touched."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from app.db import call_prices as rows
from app.domain.call import Call
from app.domain.errors import Invalid
from app.domain.model import cost
from app.services.prices import price_of, version
from app.services.world import World

BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Repriced:
    """Calls that were looked at and that changed; `difference` of their costs in nano-dollars, unknown counted as 0.

    `newly_priced` of those that changed had no price before.
    """

    seen: int = 0
    changed: int = 0
    newly_priced: int = 0
    difference: int = 0


def reprice(
    world: World, *, since: datetime, until: datetime | None = None, model: str | None = None, dry_run: bool = False
) -> Repriced:
    """Counts calls from `since` up to `until` again, in batches that each commit; done twice, nothing changes.

    Left alone: calls whose cost was reported, is free or came from the cache, and those whose model still has no price.
    Raises Invalid for an empty span, UnknownModel.
    """
    end = until or world.now()
    if end <= since:
        raise Invalid("an end after the beginning is expected", field="until")
    slug = None if model is None else world.catalogue.get(model).slug
    done = Repriced()
    after: tuple[datetime, str] | None = None
    while True:
        with world.store.read() as tx:
            batch = rows.countable(tx, since=since, until=end, model=slug, after=after, limit=BATCH)
        changed = [(call, fresh) for call in batch if (fresh := _counted(world, call)) != call]
        if changed and not dry_run:
            with world.store.write() as tx:
                rows.recount(tx, [fresh for _, fresh in changed])
        done = _add(done, len(batch), changed)
        if len(batch) < BATCH:
            return done
        after = (batch[-1].at, batch[-1].id)


def _counted(world: World, call: Call) -> Call:
    model = world.catalogue.models.get(world.catalogue.aliases.get(call.model, call.model))
    price = None if model is None else price_of(world, model, call.at)
    if price is None:
        return call
    return replace(call, cost=cost(price, call.usage), cost_status="priced", price_version=version(price))


def _add(done: Repriced, seen: int, changed: Sequence[tuple[Call, Call]]) -> Repriced:
    return Repriced(
        seen=done.seen + seen,
        changed=done.changed + len(changed),
        newly_priced=done.newly_priced + sum(old.cost is None for old, _ in changed),
        difference=done.difference + sum((new.cost or 0) - (old.cost or 0) for old, new in changed),
    )
