"""Things in a list may say at which position they stand; then that is their order, whatever the list's."""

from collections.abc import Sequence
from typing import TypeVar

from app.domain.errors import Invalid

T = TypeVar("T")


def ordered(items: Sequence[T], positions: Sequence[int | None], *, field: str) -> tuple[T, ...]:
    """The items by their positions, which need not be without gaps; as they are where none of them says one.

    Raises Invalid when only some of them say one, or two the same.
    """
    if all(position is None for position in positions):
        return tuple(items)
    seen: set[int] = set()
    for place, position in enumerate(positions):
        if position is None:
            raise Invalid("positions are given for all steps or for none", field=f"{field}[{place}].position")
        if position in seen:
            raise Invalid("another step stands at this position", field=f"{field}[{place}].position")
        seen.add(position)
    pairs = sorted(zip(positions, range(len(items)), strict=True), key=lambda pair: (pair[0] or 0, pair[1]))
    return tuple(items[place] for _, place in pairs)
