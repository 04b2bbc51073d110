"""How far a comparison is: read from sums, and followed by whoever listens."""

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Final

from app.db import comparisons as rows
from app.db.comparisons import Standing
from app.domain.comparison.comparison import Comparison, Status
from app.services.departure import Departure
from app.services.world import World

POLL_S: Final = 0.5
LASTS_S: Final = 900.0  # then the listener comes again
OVER: Final = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts as in `Standing`. `spent` in nano-dollars over what is priced; `eta_s`: seconds left at the present pace.

    `judgements` is None while it is not known how many there will be, and 0 without a judge.
    """

    comparison_id: str
    status: Status
    answers: int
    answered: int
    failed: int
    judgements: int | None
    judged: int
    undecided: int
    spent: int
    unpriced: int
    eta_s: float | None = None
    error: str | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more comes, unless it is resumed."""
        return self.status in OVER


def of(world: World, comparison_id: str) -> Progress:
    """Where it is now; one row, whatever its size. Raises NotFound."""
    with world.store.read() as tx:
        comparison, standing = rows.get(tx, comparison_id), rows.standing(tx, comparison_id)
    return _progress(world, comparison, standing)


def follow(world: World, comparison_id: str, departure: Departure, *, lasts_s: float = LASTS_S) -> Generator[Progress]:
    """Where it is, at once and then whenever that changes; the last one is over.

    Ends without it when the listener leaves, when the server is about to stop, and after `lasts_s`. Raises NotFound,
    StoreUnavailable.
    """
    until = time.monotonic() + lasts_s
    told: tuple[object, ...] | None = None
    while not departure.left:
        now = of(world, comparison_id)
        says = (now.status, now.answered, now.judged, now.judgements, now.answers)
        if says != told:
            told = says
            yield now
        if now.over or world.listeners.closed or time.monotonic() >= until:
            return
        departure.wait(POLL_S)


def _progress(world: World, comparison: Comparison, standing: Standing) -> Progress:
    return Progress(
        comparison_id=comparison.id,
        status=comparison.status,
        answers=standing.answers,
        answered=standing.answered,
        failed=standing.failed,
        judgements=0 if comparison.judge is None else standing.judgements,
        judged=standing.judged,
        undecided=standing.undecided,
        spent=standing.spent,
        unpriced=standing.unpriced,
        eta_s=_eta_s(world, comparison, standing),
        error=comparison.error,
    )


def _eta_s(world: World, comparison: Comparison, standing: Standing) -> float | None:
    """What is left at the pace since somebody took it; judgements that are not drawn yet count by their most."""
    done = standing.answered + standing.judged - standing.taken_done
    if comparison.status != "running" or standing.taken_at is None or done <= 0:
        return None
    expected = standing.judgements
    if expected is None:
        expected = 0 if comparison.judge is None else _most_judged(comparison)
    left = standing.answers - standing.answered + expected - standing.judged
    return left * max(0.0, (world.now() - standing.taken_at).total_seconds()) / done


def _most_judged(comparison: Comparison) -> int:
    many = len(comparison.candidates)
    pairs = many * (many - 1) // 2 * comparison.inputs * comparison.repeats
    return 2 * min(pairs, 0 if comparison.judge is None else comparison.judge.max_pairs)
