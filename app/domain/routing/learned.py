"""What a learner knows of one model, with the calls that it was learned from, so that each counts once."""

import struct
import zlib
from collections import deque
from typing import Final, Self
from uuid import UUID

from app.domain.errors import Invalid
from app.domain.routing.forecaster import Forecaster, Seen

REMEMBERED: Final = 5_000  # calls, and as many outcomes as a head is built from anew
LATE: Final = 0.02  # share of outcomes that were replaced later, from which on a head is built anew

_HEAD: Final = struct.Struct("<II")
_KEYS: Final = (1 << 64) - 1


class Learned:
    """A forecaster and the last REMEMBERED calls that it was taught.

    An outcome that takes the place of one that was taught already cannot be taken back. It waits, counted in `late`,
    until so many do that the forecaster is built anew.
    """

    __slots__ = ("_calls", "_order", "forecaster", "late")

    def __init__(self, forecaster: Forecaster) -> None:
        self.forecaster = forecaster
        self.late = 0
        self._order: deque[int] = deque()
        self._calls: set[int] = set()

    @property
    def outdated(self) -> bool:
        """Whether enough of what it was taught has been replaced."""
        return self.late > LATE * len(self._calls)

    def teach(self, call_id: str, seen: Seen, quality: float, weight: float) -> None:
        """Learn the outcome of a call, unless the call was taught before: then it is late."""
        key = UUID(call_id).int & _KEYS
        if key in self._calls:
            self.late += 1
            return
        self.forecaster.observe(seen, quality, weight)
        self._remember(key)

    def state(self) -> bytes:
        """Everything, in some tens of kilobytes until many words were seen."""
        keys = struct.pack(f"<{len(self._order)}Q", *self._order)
        head = _HEAD.pack(self.late, len(self._order))
        return zlib.compress(head + keys + self.forecaster.state(), 1)

    def load(self, state: bytes) -> Self:
        """Go on from a state. Raises Invalid for other bytes."""
        try:
            plain = zlib.decompress(state)
            self.late, count = _HEAD.unpack_from(plain)
            keys = struct.unpack_from(f"<{count}Q", plain, _HEAD.size)
        except (zlib.error, struct.error) as error:
            raise Invalid("These bytes are no learned state of this version.", field="state") from error
        self.forecaster.load(plain[_HEAD.size + 8 * count :])
        self._order, self._calls = deque(keys), set(keys)
        return self

    def _remember(self, key: int) -> None:
        self._calls.add(key)
        self._order.append(key)
        if len(self._order) > REMEMBERED:
            self._calls.discard(self._order.popleft())
