"""What all differences of a statement add up to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.statement import Difference, Status


@dataclass(frozen=True, slots=True)
class Sums:
    """How many differences have which status, and the costs of both sides in nano-dollars; None = partly unknown."""

    counts: dict[Status, int]
    theirs: int | None
    ours: int | None

    @property
    def difference(self) -> int | None:
        """Ours minus theirs."""
        return None if self.theirs is None or self.ours is None else self.ours - self.theirs


def sums_of(differences: Iterable[Difference]) -> Sums:
    """The sums; a side that is missing whole counts as 0."""
    every = tuple(differences)
    return Sums(
        counts=dict(Counter(each.status for each in every)),
        theirs=_total(each.theirs.cost for each in every if each.theirs is not None),
        ours=_total(each.ours.figures.cost for each in every if each.ours is not None),
    )


def _total(costs: Iterable[int | None]) -> int | None:
    known = tuple(costs)
    return None if None in known else sum(cost for cost in known if cost is not None)
