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


def best_of(members: Sequence[Candidate]) -> Candidate:
    """The member of whom the best answer is expected; the first among equals."""
    return max(members, key=lambda each: each.quality)


def seating(members: Sequence[Candidate], council: Council, able: int) -> str:
    """In a sentence who sits in the council, and why there are fewer than its seats; `able` could be asked."""
    few = ""
    if len(members) < council.size:
        why = "more would exceed max_cost_usd" if able > len(members) else "no other model can be asked"
        few = f", of {council.size} seats, since {why}"
    return f"Council of {len(members)}{few}: {', '.join(each.slug for each in members)}."
