"""The sums of an A/B test as they are read: as many rows as arms and metrics, however much was recorded."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from sqlalchemy import and_, bindparam, select, update

from app.db import running_sums
from app.db.ab_counts import UNITS, Place, Value, hold, joined, of_covariate, values_of
from app.db.tables import ab_sums, ab_units, ab_values
from app.db.uow import Tx
from app.domain.ab.metric import Metric
from app.domain.ab.sums import ArmSums, Before, Sums


def of_experiment(tx: Tx, experiment_id: str) -> dict[str, ArmSums]:
    """By arm; one that no unit came to is absent."""
    units: dict[str, int] = {}
    metrics: defaultdict[str, dict[str, Sums]] = defaultdict(dict)
    for row in tx.execute(select(ab_sums).where(ab_sums.c.experiment_id == experiment_id)):
        if row.metric == UNITS:
            units[row.arm] = row.n
            continue
        metrics[row.arm][row.metric] = Sums(
            n=row.n,
            total=row.sum,
            squares=joined(row.sum_sq, row.sum_sq_rest),
            cells=(row.cell_0, row.cell_1, row.cell_2, row.cell_3, row.cell_4),
            before=Before(
                n=row.before_n,
                x=row.before_x,
                xx=joined(row.before_xx, row.before_xx_rest),
                xy=joined(row.before_xy, row.before_xy_rest),
                y=row.before_y,
            ),
        )
    return {arm: ArmSums(units.get(arm, 0), metrics[arm]) for arm in sorted(units.keys() | metrics.keys())}


def not_looked_at(tx: Tx, experiment_id: str, *, limit: int) -> list[str]:
    """Units of which nobody has looked yet what they did before."""
    own = (ab_units.c.experiment_id == experiment_id, ~ab_units.c.looked_at)
    return list(tx.execute(select(ab_units.c.unit).where(*own).order_by(ab_units.c.unit).limit(limit)).scalars())


def learn(tx: Tx, experiment_id: str, metric: Metric, covariates: Mapping[str, int | None]) -> int:
    """Writes what units did before, None for nothing, and adds it to the sums; units already looked at stay.

    How many units were new.
    """
    held = {
        unit: one for unit, one in hold(tx, ((experiment_id, unit) for unit in covariates)).items() if not one.looked_at
    }
    stored = values_of(tx, list(held))
    sums: defaultdict[Place, Counter[str]] = defaultdict(Counter)
    for unit, one in held.items():
        covariate = covariates[unit[1]]
        value = stored.get((*unit, metric.name), Value())
        counted = metric.value(count=value.count, total=value.total)
        if covariate is not None and counted is not None:
            sums[experiment_id, one.arm, metric.name].update(of_covariate(covariate, counted))
    if held:
        rows = [{"b_unit": unit[1], "b_covariate": covariates[unit[1]]} for unit in sorted(held)]
        own = (ab_units.c.experiment_id == experiment_id, ab_units.c.unit == bindparam("b_unit"))
        tx.execute(update(ab_units).where(*own).values(covariate=bindparam("b_covariate"), looked_at=True), rows)
    running_sums.add(tx, ab_sums, sums)
    return len(held)


def values(tx: Tx, experiment_id: str, metric: str, *, limit: int) -> list[Value]:
    """What the newest units, at most `limit`, have summed up, oldest first; 0 facts for those without any."""
    own = and_(
        ab_values.c.experiment_id == ab_units.c.experiment_id,
        ab_values.c.unit == ab_units.c.unit,
        ab_values.c.metric == metric,
    )
    statement = (
        select(ab_values.c["count"].label("facts"), ab_values.c.sum)
        .select_from(ab_units.outerjoin(ab_values, own))
        .where(ab_units.c.experiment_id == experiment_id)
        .order_by(ab_units.c.exposed_at.desc(), ab_units.c.unit.desc())
        .limit(limit)
    )
    return [Value(row.facts or 0, row.sum or 0) for row in tx.execute(statement)][::-1]
