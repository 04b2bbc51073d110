"""What is known of one learner, as it was read from the store: heads, record and standing."""

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from app.db import model_days, router_heads, router_standings
from app.db.model_days import Day
from app.db.router_heads import Head
from app.db.router_standings import Standing
from app.db.uow import Tx
from app.domain.errors import Invalid
from app.domain.model import Tier
from app.domain.routing.forecaster import Forecaster
from app.domain.routing.learned import Learned
from app.domain.routing.panel import Panel
from app.domain.routing.record import Expected, Sums, decayed, total
from app.domain.routing.shipped import SHIPPED
from app.services.catalogue import Catalogue

log = logging.getLogger(__name__)

POSITIONS: Final[Mapping[Tier, float]] = {"cheap": 0.0, "mid": 0.5, "best": 1.0}
HEAD_BYTES: Final = 150_000  # what a head takes in memory, without trees
UNIT: Final = 1e-6  # of weights and qualities in the store

NOTHING: Final = Panel.of({}, None)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Known:
    """Heads as a panel, sums by model and level with older days counting less, and the standing.

    `marks` says by model when its head was written; `size` is in bytes. `expected` fills itself as it is asked for.
    """

    learner: str
    panel: Panel
    record: Mapping[str, Mapping[str, Sums]]
    standing: Standing | None
    marks: Mapping[str, datetime]
    read_at: float
    turn: int
    size: int
    expected: dict[tuple[str, str], Expected] = field(default_factory=dict)

    @classmethod
    def of_nothing(cls, learner: str) -> "Known":
        """A learner of whom nothing is known."""
        return cls(learner, NOTHING, {}, None, {}, read_at=0.0, turn=0, size=0)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Everywhere:
    """The sums of each model over all learners and levels."""

    sums: Mapping[str, Sums]
    read_at: float


def read_known(
    tx: Tx,
    learner: str,
    catalogue: Catalogue,
    *,
    today: date,
    record_days: int,
    scored: bool,
    max_bytes: int,
    turn: int,
) -> Known:
    """The learner as the store has it now; where its heads do not fit, those that were taught most."""
    heads = router_heads.of_learner(tx, learner)
    fitting = sorted(heads, key=lambda head: (-head.outcomes, head.model))[: max(1, max_bytes // HEAD_BYTES)]
    several = {head.model: one for head in fitting if (one := forecaster(head, catalogue, scored=scored)) is not None}
    panel = Panel.of(several, SHIPPED) if several else NOTHING
    return Known(
        learner,
        panel,
        record=by_level(model_days.of_learner(tx, learner, _first(today, record_days)), today),
        standing=router_standings.get(tx, learner),
        marks={head.model: head.updated_at for head in heads},
        read_at=time.monotonic(),
        turn=turn,
        size=panel.size,
    )


def read_everywhere(tx: Tx, *, today: date, record_days: int) -> Everywhere:
    """What models did for all learners together."""
    levels = by_level(model_days.everywhere(tx, _first(today, record_days)), today)
    return Everywhere({model: total(own.values()) for model, own in levels.items()}, time.monotonic())


def forecaster(head: Head, catalogue: Catalogue, *, scored: bool) -> Forecaster | None:
    """The forecaster that was stored; None for a model that left the catalogue, or a state of another version."""
    model = catalogue.models.get(head.model)
    if model is None:
        return None
    try:
        return Learned(Forecaster(SHIPPED, POSITIONS[model.tier], scored=scored)).load(head.state).forecaster
    except Invalid:
        log.warning("head_unreadable", extra={"learner": head.learner, "model": head.model})
        return None


def by_level(days: Iterable[Day], today: date) -> dict[str, dict[str, Sums]]:
    """By model and level the sums of the days, older ones counting less."""
    several: defaultdict[str, defaultdict[str, list[tuple[int, Sums]]]] = defaultdict(lambda: defaultdict(list))
    for day in days:
        several[day.model][day.level].append(((today - day.day).days, sums_of(day)))
    return {model: {level: decayed(own) for level, own in levels.items()} for model, levels in several.items()}


def sums_of(day: Day) -> Sums:
    """A day's sums in units of one."""
    return Sums(
        calls=day.calls,
        errors=day.errors,
        answered=day.answered,
        latency_ms=day.latency_ms,
        input_tokens=day.input_tokens,
        output_tokens=day.output_tokens,
        priced=day.priced,
        cost=day.cost,
        outcomes=day.outcomes,
        weight=day.weight * UNIT,
        quality=day.quality * UNIT,
    )


def _first(today: date, record_days: int) -> date:
    return today - timedelta(days=record_days)
