"""Weights are integers in 1/10 000 that sum to exactly 10 000 over the active flows of a use case."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from app.domain.errors import Invalid

TOTAL: Final = 10_000


def apportion(shares: Sequence[float], total: int = TOTAL) -> tuple[int, ...]:
    """Integers that sum to `total` in the proportion of `shares`, by largest remainder; ties go to the earlier one.

    Raises Invalid when a share is negative or not finite, or when none is positive.
    """
    if not all(math.isfinite(share) and share >= 0 for share in shares):
        raise Invalid("a share is a finite number of at least 0", field="weights")
    largest = max(shares, default=0.0)
    if largest <= 0:
        raise Invalid("at least one share must be above 0", field="weights")
    # Dividing by the largest first keeps the sum finite for any finite shares.
    relative = [share / largest for share in shares]
    whole = math.fsum(relative)
    quotas = [share / whole * total for share in relative]
    floors = [math.floor(quota) for quota in quotas]
    missing = total - sum(floors)
    order = sorted(range(len(quotas)), key=lambda i: (floors[i] - quotas[i], i))
    for i in order[:missing]:
        floors[i] += 1
    return tuple(floors)


def scaled(weights: Mapping[str, int], total: int = TOTAL) -> dict[str, int]:
    """The same proportions with sum `total`; an equal split when all are 0; empty for no flows."""
    if not weights:
        return {}
    shares = list(weights.values()) if any(weights.values()) else [1] * len(weights)
    return dict(zip(weights, apportion(shares, total), strict=True))


def with_weight(weights: Mapping[str, int], flow: str, weight: int) -> dict[str, int]:
    """`flow` set to `weight` (added when new), the others scaled to the rest; the only flow always has 10 000.

    Raises Invalid on a weight outside 0…10 000.
    """
    _check(weight, field="weight")
    others = {other: known for other, known in weights.items() if other != flow}
    if not others:
        return {flow: TOTAL}
    rest = scaled(others, TOTAL - weight)
    order = weights if flow in weights else [*weights, flow]
    return {other: weight if other == flow else rest[other] for other in order}


def without(weights: Mapping[str, int], flow: str) -> dict[str, int]:
    """The flows that stay, scaled to 10 000."""
    return scaled({other: known for other, known in weights.items() if other != flow})


def bulk(weights: Mapping[str, int], given: Mapping[str, int]) -> dict[str, int]:
    """The given weights, 0 for every active flow not listed. Raises Invalid unless they are known and sum to 10 000."""
    for flow, weight in given.items():
        if flow not in weights:
            raise Invalid(f"{flow} is no active flow of this use case", field=f"weights.{flow}")
        _check(weight, field=f"weights.{flow}")
    if sum(given.values()) != TOTAL:
        raise Invalid(f"weights sum to {sum(given.values())}, not to {TOTAL}", field="weights")
    return {flow: given.get(flow, 0) for flow in weights}


def _check(weight: int, *, field: str) -> None:
    if isinstance(weight, bool) or not isinstance(weight, int) or not 0 <= weight <= TOTAL:
        raise Invalid(f"a weight is an integer from 0 to {TOTAL}", field=field)
