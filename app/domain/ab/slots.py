"""Assignment is a hash: the same unit gets the same arm in every process, and independently in every test.

A layer is a hash of its own: tests that share one take disjoint parts of its 10 000 slots, so that no unit is in two of
them; tests in different layers are independent.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final

from app.domain.errors import Conflict

SLOTS: Final = 10_000
_BITS: Final = 64

Range = tuple[int, int]  # from, up to but not including
Ranges = tuple[Range, ...]


def slot(layer: str, unit: str) -> int:
    """The unit's slot in the layer, 0…9 999, uniform over units: SHA-256 of both, 64 bits."""
    return _drawn(f"layer\x1f{layer}", unit)


def enrolled(layer: str, unit: str, ranges: Iterable[Range]) -> bool:
    """Whether the unit's slot lies in one of these ranges."""
    at = slot(layer, unit)
    return any(low <= at < high for low, high in ranges)


def arm_of(salt: str, unit: str, weights: Mapping[str, int]) -> str:
    """The unit's arm: `weights` in 1/10 000 by arm sum to 10 000, and `salt` is the test's own."""
    at, edge = _drawn(f"arm\x1f{salt}", unit), 0
    for arm, weight in weights.items():
        edge += weight
        if at < edge:
            return arm
    raise ValueError(f"weights sum to {edge}, not to {SLOTS}")


def free_slots(taken: Iterable[Range], wanted: int) -> Ranges:
    """So many slots that nobody has, lowest first. Raises Conflict (`layer-full`) when there are not as many."""
    found: list[Range] = []
    at, left = 0, wanted
    for low, high in [*sorted(taken), (SLOTS, SLOTS)]:
        if low > at and left > 0:
            end = min(low, at + left)
            found.append((at, end))
            left -= end - at
        at = max(at, high)
    if left > 0:
        raise Conflict(
            f"other tests leave {wanted - left} of 10000 units of this layer, and {wanted} are wanted",
            code="layer-full",
            field="share",
        )
    return tuple(found)


def size_of(ranges: Sequence[Range]) -> int:
    """How many slots."""
    return sum(high - low for low, high in ranges)


def _drawn(salt: str, unit: str) -> int:
    text = f"{salt}\x1f{unit}".encode(errors="surrogatepass")
    return int.from_bytes(sha256(text).digest()[: _BITS // 8], "big") * SLOTS >> _BITS
