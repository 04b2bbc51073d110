"""A benchmark is a comparison that is written down to be run again: with the same inputs, on demand or by the hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.domain.message import Json

MOST_HOURS: Final = 8_760


@dataclass(frozen=True, slots=True)
class Benchmark:
    """`config` is the comparison as it was written down, without its inputs, of which there are so many.

    `every_hours` None: it is run on demand alone; else the next time at `next_at`.
    """

    id: str
    code: str
    title: str
    config: Json
    inputs: int
    created_at: datetime
    updated_at: datetime
    actor: str
    every_hours: int | None = None
    next_at: datetime | None = None


def following(benchmark: Benchmark, moment: datetime) -> datetime | None:
    """The first time after the moment in step with the times before; what was missed is not made up for."""
    if benchmark.every_hours is None:
        return None
    step = timedelta(hours=benchmark.every_hours)
    planned = benchmark.next_at or moment
    if planned > moment:
        return planned
    return planned + step * ((moment - planned) // step + 1)
