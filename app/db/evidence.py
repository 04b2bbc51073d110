"""Evidence is running sums in integers: adding in any order, or taking back what was added, is exact."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Row, select

from app.db import running_sums
from app.db.tables import epochs, evidence, shadow_evidence
from app.db.uow import Tx

UNIT: Final = 1_000_000  # rewards are summed in units of 1e-6
CELLS: Final = tuple(f"cell_{number}" for number in range(5))
COSTS: Final = tuple(f"cost_{number}" for number in range(12))

Place = tuple[str, str, int]  # epoch id, flow id, flow version
ShadowPlace = tuple[str, int]  # flow id, flow version


@dataclass(frozen=True, slots=True)
class Earned:
    """What one version of a flow has earned: in the shadow, or (Evidence) in one epoch.

    `rated` sessions have feedback of a person that counts. `failed` of the `runs` were failed by the flow, `slow` ones
    took longer than its limit; `cost` (nano-dollars) and `latency_ms` are sums over runs; `costs` counts sessions by
    their cost in parts of the limit (app.domain.guards).
    `sum` and `sum_sq` are Σ reward and Σ reward² in units of 1e-6; `cells` counts rewards nearest to 0, ¼, ½, ¾, 1.
    """

    flow_id: str
    flow_version: int
    sessions: int
    n: int
    sum: int
    sum_sq: int
    cells: tuple[int, int, int, int, int]
    runs: int
    failed: int
    slow: int
    rated: int
    cost: int
    latency_ms: int
    costs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Evidence(Earned):
    """What one version of a flow has earned in one epoch."""

    epoch_id: str


@dataclass(frozen=True, slots=True)
class Increments:
    """What a batch of facts adds, gathered first: few rows are written, however many the facts."""

    shown: defaultdict[Place, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    shadow: defaultdict[ShadowPlace, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def of(self, epoch_id: str | None, flow_id: str, flow_version: int, *, shadow: bool) -> Counter[str]:
        """Where it counts: in the epoch, or in the shadow whatever the epoch; else a counter that is never written."""
        if shadow:
            return self.shadow[flow_id, flow_version]
        return Counter() if epoch_id is None else self.shown[epoch_id, flow_id, flow_version]

    def write(self, tx: Tx) -> None:
        """Adds to each place, in one order for all writers, so that they never wait for each other in a circle."""
        running_sums.add(tx, evidence, self.shown)
        running_sums.add(tx, shadow_evidence, self.shadow)


def of_reward(reward: float | None) -> Counter[str]:
    """What one reward (0…1) adds; nothing for None."""
    if reward is None:
        return Counter()
    units = round(reward * UNIT)
    cell = CELLS[min(4, (units * 4 + UNIT // 2) // UNIT)]
    return Counter({"n": 1, "sum": units, "sum_sq": (units * units + UNIT // 2) // UNIT, cell: 1})


def of_experiment(tx: Tx, experiment_id: str, *, since: int = 0) -> list[Evidence]:
    """Evidence of its epochs from number `since` on, by epoch number, flow and version."""
    statement = (
        select(evidence)
        .join(epochs, epochs.c.id == evidence.c.epoch_id)
        .where(epochs.c.experiment_id == experiment_id, epochs.c.number >= since)
        .order_by(epochs.c.number, evidence.c.flow_id, evidence.c.flow_version)
    )
    return [Evidence(**fields_of(row)) for row in tx.execute(statement)]


def of_epoch(tx: Tx, epoch_id: str) -> list[Evidence]:
    """Evidence of one epoch, by flow and version."""
    statement = select(evidence).where(evidence.c.epoch_id == epoch_id)
    rows = tx.execute(statement.order_by(evidence.c.flow_id, evidence.c.flow_version))
    return [Evidence(**fields_of(row)) for row in rows]


def fields_of(row: Row[tuple[object, ...]]) -> dict[str, Any]:  # each field has the type of its column
    """The fields of Earned, and the epoch where the row has one."""
    fields = dict(row._mapping)
    cells = tuple(fields.pop(name) for name in CELLS)
    costs = tuple(fields.pop(name) for name in COSTS)
    return {**fields, "cells": cells, "costs": costs}
