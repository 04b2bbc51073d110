"""Evidence is running sums in integers: adding in any order, or taking back what was added, is exact."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlalchemy import Executable, Row, select
from sqlalchemy.dialects import postgresql, sqlite

from app.db.tables import epochs, evidence
from app.db.uow import Tx

UNIT: Final = 1_000_000  # rewards are summed in units of 1e-6
CELLS: Final = tuple(f"cell_{number}" for number in range(5))
COUNTED: Final = ("sessions", "n", "sum", "sum_sq", *CELLS)

Place = tuple[str, str, int]  # epoch id, flow id, flow version
Increments = Mapping[Place, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one version of a flow has earned in one epoch.

    `sum` and `sum_sq` are Σ reward and Σ reward² in units of 1e-6; `cells` counts rewards nearest to 0, ¼, ½, ¾, 1.
    """

    epoch_id: str
    flow_id: str
    flow_version: int
    sessions: int
    n: int
    sum: int
    sum_sq: int
    cells: tuple[int, int, int, int, int]


def of_reward(reward: float | None) -> Counter[str]:
    """What one reward (0…1) adds; nothing for None."""
    if reward is None:
        return Counter()
    units = round(reward * UNIT)
    cell = CELLS[min(4, (units * 4 + UNIT // 2) // UNIT)]
    return Counter({"n": 1, "sum": units, "sum_sq": (units * units + UNIT // 2) // UNIT, cell: 1})


def add(tx: Tx, increments: Increments) -> None:
    """Adds to each place, in one order for all writers, so that they never wait for each other in a circle."""
    rows = [
        {"epoch_id": epoch, "flow_id": flow, "flow_version": version, **{name: counts.get(name, 0) for name in COUNTED}}
        for (epoch, flow, version), counts in sorted(increments.items(), key=lambda item: item[0])
        if any(counts.values())
    ]
    if rows:
        tx.execute(_adding(tx.dialect.name), rows)


def of_experiment(tx: Tx, experiment_id: str, *, since: int = 0) -> list[Evidence]:
    """Evidence of its epochs from number `since` on, by epoch number, flow and version."""
    statement = (
        select(evidence)
        .join(epochs, epochs.c.id == evidence.c.epoch_id)
        .where(epochs.c.experiment_id == experiment_id, epochs.c.number >= since)
        .order_by(epochs.c.number, evidence.c.flow_id, evidence.c.flow_version)
    )
    return [_evidence(row) for row in tx.execute(statement)]


def of_epoch(tx: Tx, epoch_id: str) -> list[Evidence]:
    """Evidence of one epoch, by flow and version."""
    statement = select(evidence).where(evidence.c.epoch_id == epoch_id)
    rows = tx.execute(statement.order_by(evidence.c.flow_id, evidence.c.flow_version))
    return [_evidence(row) for row in rows]


@cache
def _adding(dialect: str) -> Executable:
    fresh = sqlite.insert(evidence) if dialect == "sqlite" else postgresql.insert(evidence)
    return fresh.on_conflict_do_update(
        index_elements=[evidence.c.epoch_id, evidence.c.flow_id, evidence.c.flow_version],
        set_={name: evidence.c[name] + fresh.excluded[name] for name in COUNTED},
    )


def _evidence(row: Row[tuple[object, ...]]) -> Evidence:
    fields = dict(row._mapping)
    cells = tuple(fields.pop(name) for name in CELLS)
    return Evidence(**fields, cells=cells)
