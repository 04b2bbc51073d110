"""What was spent by whom and on what, summed from the calls, and what another model would have made of it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from app.db import spending as rows
from app.db.spending import Part
from app.domain.errors import Invalid
from app.domain.period import span
from app.domain.spending import TIMES, Band, By, Spent, bands, priced, total
from app.services.prices import priced as with_prices
from app.services.world import World

GROUPS: Final = 50
FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LAST: Final = datetime(2200, 1, 1, tzinfo=UTC)
LEAST: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Group:
    """Sums of one group: `id` as calls name it, None for calls without one; `name` is what people call it."""

    id: str | None
    name: str | None
    spent: Spent


@dataclass(frozen=True, slots=True)
class Spending:
    """Groups, the dearest first, days and months the latest first; `other` sums those that were left out.

    `baseline` is the slug of the model that was compared with.
    """

    since: datetime
    until: datetime
    groups: tuple[Group, ...]
    other: Spent | None
    total: Spent
    baseline: str | None


def spending(
    world: World,
    by: By,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    baseline: str | None = None,
    most: int = GROUPS,
) -> Spending:
    """Sums of at most `most` groups, from `since` up to, not including, `until`; by default the current UTC month.

    Only one bound given: to the end of the current month, or from the beginning of the month that `until` closes.
    `baseline`: each call's tokens are priced with that model's price of the call's own UTC day.
    Raises Invalid for an empty span, UnknownModel.
    """
    start, end = _bounds(world, since, until)
    model = None if baseline is None else with_prices(world, world.catalogue.get(baseline, field="baseline"))
    against = None if model is None else bands(model.prices, since=start, until=end)
    edges = [(band.since, band.above) for band in against or ()]
    with world.store.read() as tx:
        found = rows.parts(tx, by, since=start, until=end, most=most, edges=edges)
    by_place: dict[tuple[bool, str | None], list[Part]] = defaultdict(list)
    for part in found:
        by_place[part.rest, part.group].append(part)
    sums = {place: _sum(some, against) for place, some in by_place.items()}
    name = _names(world, by)
    groups = [Group(group, name(group), spent) for (rest, group), spent in sums.items() if not rest]
    return Spending(
        since=start,
        until=end,
        groups=_ordered(groups, by),
        other=sums.get((True, None)),
        total=_together(sums.values(), against),
        baseline=None if model is None else model.slug,
    )


def _bounds(world: World, since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    for name, given in (("since", since), ("until", until)):
        if given is not None and not FIRST <= given <= LAST:
            raise Invalid(f"a moment from {FIRST.date()} to {LAST.date()} is expected", field=name)
    present = span("month", "UTC", world.now() if until is None else until - LEAST)
    start, end = since or present.starts_at, until or present.ends_at or LAST
    if end <= start:
        raise Invalid("an end after the beginning is expected", field="since" if until is None else "until")
    return start, end


def _sum(parts: Iterable[Part], against: Sequence[Band] | None) -> Spent:
    """All parts of one group, priced at the baseline if there is one."""
    every = list(parts)
    spent = total(part.spent for part in every)
    if against is None:
        return replace(spent, baseline=None)
    rates = [*(band.rates for band in against), None]
    return replace(spent, baseline=priced((rates[part.band], part.priced) for part in every))


def _together(every: Iterable[Spent], against: Sequence[Band] | None) -> Spent:
    spent = total(every)
    return replace(spent, baseline=None) if against is None else spent


def _ordered(groups: list[Group], by: By) -> tuple[Group, ...]:
    if by in TIMES:
        return tuple(sorted(groups, key=lambda group: group.id or "", reverse=True))
    return tuple(sorted(groups, key=lambda group: (-group.spent.cost, group.id is None, group.name or "")))


def _names(world: World, by: By) -> Callable[[str | None], str | None]:
    """What people call a group; the id of what is gone."""
    snapshot = world.snapshots.current
    known: dict[str, str] = {}
    if by == "use-case":
        known = {use_case.id: use_case.code for use_case in snapshot.use_cases.values()}
    elif by == "flow":
        codes = {use_case.id: use_case.code for use_case in snapshot.use_cases.values()}
        known = {flow.id: f"{codes[owner]}/{flow.code}" for owner, flows in snapshot.flows.items() for flow in flows}
    elif by == "key":
        known = {key.id: key.name for key in snapshot.keys.values()}
    return lambda group: None if group is None else known.get(group, group)
