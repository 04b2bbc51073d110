"""The report of a comparison: its question, its setup and all that it found, at one moment."""

from dataclasses import dataclass
from datetime import datetime

from app.db import use_cases as use_case_rows
from app.domain.errors import NotFound
from app.services.comparing.readout import Readout, readout
from app.services.comparing.worst import Worst, worst
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Report:
    """`use_case` is the code, None when the comparison belongs to none or it is gone; `at` says when it was read."""

    known: Readout
    use_case: str | None
    worst: tuple[Worst, ...]
    at: datetime


def report(world: World, comparison_id: str) -> Report:
    """What is known now, also while it runs. Raises NotFound."""
    known = readout(world, comparison_id)
    return Report(known, _use_case(world, known), worst(world, known.comparison), world.now())


def _use_case(world: World, known: Readout) -> str | None:
    if known.comparison.use_case_id is None:
        return None
    try:
        with world.store.read() as tx:
            return use_case_rows.get(tx, known.comparison.use_case_id).code
    except NotFound:
        return None
