"""Models that are equal to a step share its calls: in a given order, spread by weight, or the least busy first."""

from collections.abc import Mapping, Sequence

from app.domain.flow import Balance


def ordered(
    models: Sequence[str], weights: Sequence[int], *, balance: Balance, turn: float, loads: Mapping[str, int]
) -> tuple[str, ...]:
    """All models, the one to be asked first at the front and the others behind it as fallbacks.

    `order` leaves them. `spread` draws them one after the other without putting back, each with the probability of its
    weight among those left (no weights: equal ones); `turn`, from 0 to below 1, is the only chance: the same turn gives
    the same order. `least-loaded` puts models with fewer calls in flight (`loads`, absent = 0) first, ties by turn.
    """
    match balance:
        case "order":
            return tuple(models)
        case "spread":
            return _drawn(models, weights or [1] * len(models), turn)
        case "least-loaded":
            drawn = _drawn(models, [1] * len(models), turn)
            return tuple(sorted(drawn, key=lambda model: loads.get(model, 0)))


def _drawn(models: Sequence[str], weights: Sequence[int], turn: float) -> tuple[str, ...]:
    """The position of `turn` within the drawn model's share is again uniform, and draws the next one."""
    left, found = list(zip(models, weights, strict=True)), []
    while left:
        point, chosen = turn * sum(weight for _, weight in left), 0
        while chosen + 1 < len(left) and point >= left[chosen][1]:
            point -= left[chosen][1]
            chosen += 1
        model, weight = left.pop(chosen)
        found.append(model)
        turn = min(max(point / weight, 0.0), 1.0)
    return tuple(found)
