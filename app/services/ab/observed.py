"""What current traffic shows of a metric: how many units come, how many answer, and what their values are like."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Final

from app.db import baselines
from app.db import use_cases as use_case_rows
from app.db.baselines import MOST, Arrived, Shown
from app.domain.ab.design import UnitBy
from app.domain.ab.metric import UNIT, Metric
from app.services.world import World

DAYS: Final = 7
LEAST: Final = timedelta(days=1)  # what was seen of the first hours is not a day's traffic


@dataclass(frozen=True, slots=True)
class Observed:
    """`units_per_day` over all flows in the last DAYS days; the rest is of the `units` of the flows asked for.

    `values` of them have a value; `mean` and `deviation` are of these, in the metric's own units, None where there are
    none, or only one. `answering` is the part that has one, None without units.
    """

    units_per_day: float
    units: int
    values: int
    mean: float | None
    deviation: float | None
    answering: float | None


def traffic_of(
    world: World,
    use_case_code: str,
    metric: Metric,
    *,
    unit: UnitBy = "auto",
    flow_ids: Collection[str] | None = None,
) -> Observed:
    """What the newest MOST sessions show; of these flows only, where any are named. Raises NotFound."""
    with world.store.read() as tx:
        use_case = use_case_rows.get_by_code(tx, use_case_code)
        arrived = baselines.newest(tx, use_case.id)
        own = [session for session in arrived if flow_ids is None or session.flow_id in flow_ids]
        shown, looked_at = baselines.facts(tx, own, metric)
    values, units = _values(metric, own[:looked_at], shown, unit)
    if not shown:  # what nobody has reported yet is not known to be 0
        values = []
    mean, deviation = _moments(values)
    return Observed(
        units_per_day=_per_day(arrived, unit, world.now()),
        units=units,
        values=len(values),
        mean=None if mean is None else metric.natural(mean),
        deviation=None if deviation is None else deviation * metric.span,
        answering=len(values) / units if units else None,
    )


def _values(metric: Metric, own: Sequence[Arrived], shown: Sequence[Shown], by: UnitBy) -> tuple[list[int], int]:
    """The units' values in parts of 1e-9, and how many units there are."""
    unit_of = {session.id: unit for session in own if (unit := _unit(session, by)) is not None}
    counts: dict[str, int] = dict.fromkeys(unit_of.values(), 0)
    totals = dict(counts)
    for fact in shown:
        unit = unit_of.get(fact.session_id)
        if unit is not None:
            counts[unit] += 1
            totals[unit] += fact.amount
    values = (metric.value(count=count, total=totals[unit]) for unit, count in counts.items())
    return [value for value in values if value is not None], len(counts)


def _moments(values: Sequence[int]) -> tuple[float | None, float | None]:
    """Mean and sample deviation, 0…1."""
    n = len(values)
    if n == 0:
        return None, None
    mean = sum(values) / n
    spread = sum((value - mean) ** 2 for value in values)
    return mean / UNIT, sqrt(spread / (n - 1)) / UNIT if n > 1 else None


def _per_day(arrived: Sequence[Arrived], by: UnitBy, now: datetime) -> float:
    """Distinct units over the days that were seen: all of DAYS, unless traffic began later, or is more than is read."""
    since = now - timedelta(days=DAYS)
    units = {unit for session in arrived if session.at > since and (unit := _unit(session, by)) is not None}
    if not units:
        return 0.0
    seen = min(now - arrived[-1].at, now - since)
    if len(arrived) < MOST:
        seen = max(seen, LEAST)
    return len(units) / max(seen / timedelta(days=1), 1e-6)


def _unit(session: Arrived, by: UnitBy) -> str | None:
    """None for a session without a user where units are users."""
    match by:
        case "auto":
            return session.unit
        case "correlation_id":
            return session.correlation_id
        case "user_id":
            return None if session.unit == session.correlation_id else session.unit
