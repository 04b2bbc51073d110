"""Evidence of a whole experiment, summed by the database: as many rows as flows, however long it has run."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from app.db.tables import epochs, evidence
from app.db.uow import Tx

SUMMED: Final = ("sessions", "n", "runs", "failed", "slow", "rated", "cost", "latency_ms")


@dataclass(frozen=True, slots=True)
class Served:
    """What all versions of a flow did over all epochs: `n` feedback, `rated` sessions that have some; `failed` and
    `slow` ones of the `runs`; `cost` (nano-dollars) and `latency_ms` are sums over runs."""

    sessions: int = 0
    n: int = 0
    runs: int = 0
    failed: int = 0
    slow: int = 0
    rated: int = 0
    cost: int = 0
    latency_ms: int = 0


def by_flow(tx: Tx, experiment_id: str) -> dict[str, Served]:
    """Sums by flow id; a flow without evidence is absent."""
    statement = (
        select(evidence.c.flow_id, *(func.sum(evidence.c[name]).label(name) for name in SUMMED))
        .join(epochs, epochs.c.id == evidence.c.epoch_id)
        .where(epochs.c.experiment_id == experiment_id)
        .group_by(evidence.c.flow_id)
    )
    return {row.flow_id: Served(**{name: int(getattr(row, name)) for name in SUMMED}) for row in tx.execute(statement)}
