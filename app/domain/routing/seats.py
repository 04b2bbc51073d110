"""Who sits in a council: the best, then the best of others, so that not all err alike."""

from collections.abc import Sequence

from app.domain.auto import Council
from app.domain.routing.candidate import Candidate


def seats(candidates: Sequence[Candidate], council: Council) -> tuple[Candidate, ...]:
    """As many as the council has seats, of candidates the best of whom stands first.

    The first is seated, then each whose provider (or tier) has no seat yet, then the others; all in their order.
    """
    seated: set[str] = set()
    different: list[Candidate] = []
    others: list[Candidate] = []
    for each in candidates:
        kind = each.provider if council.diversity == "provider" else each.tier
        (others if kind in seated else different).append(each)
        seated.add(kind)
    return tuple((different + others)[: council.size])
