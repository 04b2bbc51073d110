"""What units did before a test began is looked up with the beat, so that no request waits for it (CUPED)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from app.db import ab_past, ab_sums
from app.db.ab_counts import Value
from app.db.uow import Tx
from app.domain.ab.design import Design
from app.domain.ab.metric import SERVED
from app.domain.experiment import Experiment
from app.services.world import World

AT_ONCE: Final = 500
ROUNDS: Final = 20  # in one beat; the rest is for the next


def look(world: World, experiment: Experiment, design: Design) -> int:
    """Looks up units that are new since the last beat; how many. A test by correlation id has units without a past."""
    if design.pre_days == 0 or design.unit == "correlation_id":
        return 0
    found = 0
    for _ in range(ROUNDS):
        with world.store.read() as tx:
            units = ab_sums.not_looked_at(tx, experiment.id, limit=AT_ONCE)
            covariates = _covariates(tx, experiment, design, units) if units else {}
        if not units:
            break
        with world.store.write() as tx:
            found += ab_sums.learn(tx, experiment.id, design.metric, covariates)
        if len(units) < AT_ONCE:
            break
    return found


def _covariates(tx: Tx, experiment: Experiment, design: Design, units: Sequence[str]) -> dict[str, int | None]:
    """The primary metric of each unit over the days before the test, None for one that had no value then.

    Who came and did nothing has one where the metric takes that for 0.
    """
    until = experiment.started_at
    since = until - timedelta(days=design.pre_days)
    sums = {unit: Value() for unit in units}
    metric = design.metric
    if metric.kind in SERVED:
        for run in ab_past.served(tx, experiment.use_case_id, units, since=since, until=until):
            amount = metric.amount_of_run(failed=run.failed, latency_ms=run.latency_ms, cost=run.cost)
            _add(sums[run.unit], amount)
    else:
        for one in ab_past.opinions(tx, experiment.use_case_id, units, since=since, until=until):
            amount = metric.amount_of_opinion(one.kind, name=one.metric, value=one.value, reward=one.reward)
            _add(sums[one.unit], amount)
    came = ab_past.came(tx, experiment.use_case_id, units, since=since, until=until)
    return {
        unit: metric.value(count=value.count, total=value.total) if value.count or unit in came else None
        for unit, value in sums.items()
    }


def _add(value: Value, amount: int | None) -> None:
    if amount is not None:
        value.count += 1
        value.total += amount
