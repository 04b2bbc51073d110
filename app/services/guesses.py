"""Keys cannot be guessed at speed: an address that shows one wrong key after the other must wait."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final, TypeVar

from app.domain.access import digest
from app.domain.errors import LimitExceeded, Unauthenticated
from app.domain.limits import KeyLimits
from app.services.local_limits import LocalLimits

T = TypeVar("T")
PER_MIN: Final = 20
KEPT: Final = 10_000
LIMITS: Final = KeyLimits(tokens_per_min=PER_MIN)


class Guesses:
    """Counts different wrong keys per address, in this process, for the `kept` addresses seen last.

    The same key shown again is not a guess, so that neither a caller whose key has ended nor its neighbours behind one
    proxy are shut out: what was seen from an address is looked up as ever.
    """

    def __init__(self, now_ms: Callable[[], int], *, kept: int = KEPT) -> None:
        self._kept = kept
        self._lock = Lock()
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._failures = LocalLimits(now_ms, kept=kept)

    def attempt(self, address: str, secret: str, look: Callable[[str], T]) -> T:
        """What `look` finds for the secret. Raises its Unauthenticated, or LimitExceeded without looking."""
        shown = (address, digest(secret))
        if self._known(shown):
            return look(secret)
        refused = self._failures.decide(address, LIMITS, requests=0, tokens=0).refusal
        if refused is not None:
            told = "too many wrong keys came from this address"
            wait_s = -(-refused.wait_ms // 1000)
            raise LimitExceeded(told, limit="wrong_keys", cap=PER_MIN, window_s=60, retry_after_s=wait_s)
        try:
            return look(secret)
        except Unauthenticated:
            self._failures.spend(address, LIMITS, tokens=1)
            raise
        finally:
            self._remember(shown)

    def _known(self, shown: tuple[str, str]) -> bool:
        with self._lock:
            if shown not in self._seen:
                return False
            self._seen.move_to_end(shown)
            return True

    def _remember(self, shown: tuple[str, str]) -> None:
        with self._lock:
            self._seen[shown] = None
            if len(self._seen) > self._kept:
                self._seen.popitem(last=False)
