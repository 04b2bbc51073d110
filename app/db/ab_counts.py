"""Facts of A/B tests become values of units and sums of arms; every figure is exact in whatever order facts come."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Executable, collate, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from app.db import running_sums
from app.db.tables import ab_sums, ab_units, ab_values
from app.db.uow import Tx
from app.domain.ab.counting import Counting
from app.domain.ab.metric import UNIT, Metric
from app.domain.ab.sums import cell, square
from app.domain.feedback import Feedback

UNITS: Final = ""  # the name of the row that counts units
AT_ONCE: Final = 200  # units in one statement: stores limit its parameters

Unit = tuple[str, str]  # experiment id, unit
Place = tuple[str, str, str]  # experiment id, arm, metric


@dataclass(slots=True)
class Value:
    """A unit's facts of one metric so far, in parts of 1e-9."""

    count: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A unit that nobody else changes now."""

    arm: str
    covariate: int | None
    looked_at: bool


@dataclass(slots=True)
class Counts:
    """What a batch of facts adds, gathered first and written in few statements."""

    exposed: dict[Unit, tuple[str, datetime]] = field(default_factory=dict)
    counting: dict[Unit, Counting] = field(default_factory=dict)
    added: defaultdict[Unit, dict[str, Value]] = field(default_factory=lambda: defaultdict(dict))
    sums: defaultdict[Place, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def expose(self, counting: Counting) -> None:
        """A session of the unit has begun; only the first one makes it a unit of the test."""
        self.exposed.setdefault((counting.experiment_id, counting.unit), (counting.arm, counting.assigned_at))

    def opine(self, counting: Counting, opinion: Feedback) -> None:
        """An opinion was given."""
        self._add(counting, counting.of_opinion(opinion), times=1)

    def withdraw(self, counting: Counting, opinion: Feedback) -> None:
        """An opinion is no more; `counting` is what it was counted by."""
        self._add(counting, counting.of_opinion(opinion), times=-1)

    def run(self, counting: Counting, *, failed: bool, latency_ms: int, cost: int | None) -> None:
        """A run has ended."""
        self._add(counting, counting.of_run(failed=failed, latency_ms=latency_ms, cost=cost), times=1)

    def write_units(self, tx: Tx) -> None:
        """Units that are new to their test, in one order for all writers."""
        rows = [
            {"experiment_id": unit[0], "unit": unit[1], "arm": arm, "exposed_at": at}
            for unit, (arm, at) in sorted(self.exposed.items())
        ]
        if rows:
            for row in tx.execute(_exposing(tx.dialect.name), rows):
                self.sums[row.experiment_id, row.arm, UNITS]["n"] += 1

    def write(self, tx: Tx) -> None:
        """Values of units, then the sums, each in one order for all writers."""
        self._write_values(tx)
        running_sums.add(tx, ab_sums, self.sums)

    def _add(self, counting: Counting, amounts: Mapping[str, int], *, times: int) -> None:
        unit = (counting.experiment_id, counting.unit)
        for name, amount in amounts.items():
            self.counting[unit] = counting
            value = self.added[unit].setdefault(name, Value())
            value.count += times
            value.total += times * amount

    def _write_values(self, tx: Tx) -> None:
        """A unit that the store does not know is gone with its experiment, and counts for nothing."""
        held = hold(tx, self.added)
        stored = values_of(tx, [unit for unit in self.added if unit in held])
        rows: list[dict[str, object]] = []
        for unit, added in sorted(self.added.items()):
            if unit not in held:
                continue
            metrics = {metric.name: metric for metric in self.counting[unit].metrics}
            primary = self.counting[unit].metrics[0].name
            for name, more in sorted(added.items()):
                before = stored.get((*unit, name), Value())
                after = Value(before.count + more.count, before.total + more.total)
                covariate = held[unit].covariate if name == primary else None
                sums = self.sums[unit[0], held[unit].arm, name]
                sums.update(change_of(metrics[name], before, after, covariate=covariate))
                rows.append(
                    {
                        "experiment_id": unit[0],
                        "unit": unit[1],
                        "metric": name,
                        "count": after.count,
                        "sum": after.total,
                    }
                )
        if rows:
            tx.execute(_putting(tx.dialect.name), rows)


def hold(tx: Tx, units: Iterable[Unit]) -> dict[Unit, Held]:
    """The units, locked in one order for all writers until they are done; without those that are not there."""
    found: dict[Unit, Held] = {}
    unit = collate(ab_units.c.unit, "C") if tx.dialect.name == "postgresql" else ab_units.c.unit  # parts are in it too
    for part in _parts(sorted(units)):
        keys = tuple_(ab_units.c.experiment_id, ab_units.c.unit)
        statement = select(ab_units).where(keys.in_(part)).order_by(ab_units.c.experiment_id, unit)
        for row in tx.execute(statement.with_for_update()):
            found[row.experiment_id, row.unit] = Held(row.arm, row.covariate, row.looked_at)
    return found


def values_of(tx: Tx, units: Sequence[Unit]) -> dict[tuple[str, str, str], Value]:
    """What units have summed up by experiment, unit and metric; the caller holds them."""
    found: dict[tuple[str, str, str], Value] = {}
    for part in _parts(sorted(units)):
        statement = select(ab_values).where(tuple_(ab_values.c.experiment_id, ab_values.c.unit).in_(part))
        for row in tx.execute(statement):
            found[row.experiment_id, row.unit, row.metric] = Value(row._mapping["count"], row.sum)
    return found


def change_of(metric: Metric, before: Value, after: Value, *, covariate: int | None) -> Counter[str]:
    """What the sums of the arm gain when a unit's value changes.

    Without facts a unit stands in no sum, also where the metric has it as 0: readers count those. `covariate` None:
    what the unit did before is not known.
    """
    change: Counter[str] = Counter()
    for value, times in ((before, -1), (after, 1)):
        counted = metric.value(count=value.count, total=value.total)
        if counted is None:
            continue
        if value.count:
            own = {"n": 1, "sum": counted, **_split("sum_sq", square(counted)), f"cell_{cell(counted)}": 1}
            change.update({name: times * amount for name, amount in own.items()})
        if covariate is not None:
            change.update({name: times * amount for name, amount in of_covariate(covariate, counted).items()})
    return change


def of_covariate(covariate: int, value: int) -> Counter[str]:
    """What a unit with both adds to the sums of those of which it is known what they did before."""
    return Counter(
        before_n=1,
        before_x=covariate,
        before_y=value,
        **_split("before_xx", square(covariate)),
        **_split("before_xy", covariate * value),
    )


def _split(name: str, whole: int) -> dict[str, int]:
    """A square or product as it is stored; `joined` puts sums of them together again."""
    return {name: whole // UNIT, f"{name}_rest": whole % UNIT}


def joined(parts: int, rest: int) -> int:
    """In parts of 1e-18."""
    return parts * UNIT + rest


def _parts(units: Sequence[Unit]) -> Iterable[Sequence[Unit]]:
    return (units[at : at + AT_ONCE] for at in range(0, len(units), AT_ONCE))


@cache
def _exposing(dialect: str) -> Executable:
    fresh = sqlite.insert(ab_units) if dialect == "sqlite" else postgresql.insert(ab_units)
    return fresh.on_conflict_do_nothing().returning(ab_units.c.experiment_id, ab_units.c.arm)


@cache
def _putting(dialect: str) -> Executable:
    fresh = sqlite.insert(ab_values) if dialect == "sqlite" else postgresql.insert(ab_values)
    return fresh.on_conflict_do_update(
        index_elements=ab_values.primary_key.columns.values(),
        set_={"count": fresh.excluded["count"], "sum": fresh.excluded["sum"]},
    )
