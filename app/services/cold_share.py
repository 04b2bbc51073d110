"""A cold share is what a process that has not heard where a budget stands may spend of it while the store is away."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.domain.budget import COLD_PERCENT, Due, Key, part
from app.services.purses import Want

MOST: Final = 20_000  # periods that are remembered; beyond them there are no shares


@dataclass(slots=True)
class Share:
    """`left` may be spent, until the store has said where the period stands. `ends_at`: of the period."""

    left: int
    ends_at: datetime | None
    heard: bool = False


class ColdShares:
    """`COLD_PERCENT` of the limit for each budget, who and period: once per process, and not filled up again.

    It is not reserved in the store, so it is the one way in which calls may exceed a budget: by no more than this for
    each start without the store. Safe to share between threads.
    """

    def __init__(self, *, now: Callable[[], datetime], most: int = MOST) -> None:
        self._now = now
        self._most = most
        self._lock = threading.Lock()
        self._shares: dict[Key, Share] = {}
        self._full = False  # for good: what was heard since then is not known

    def heard(self, dues: Iterable[Due]) -> None:
        """The store has said where these periods stand: from now on their purses alone are spent."""
        with self._lock:
            for due in dues:
                share = self._share(due)
                if share is not None:
                    share.heard = True

    def has(self, due: Due) -> bool:
        """Whether there is a share of it, be it used up."""
        with self._lock:
            share = self._share(due)
            return share is not None and not share.heard

    def spend(self, wants: Sequence[Want]) -> bool:
        """Whether all the amounts are held now; if not, none is."""
        with self._lock:
            shares = []
            for want in wants:
                share = self._share(want.due)
                if share is None or share.heard or want.amount > share.left:
                    return False
                shares.append(share)
            for share, want in zip(shares, wants, strict=True):
                share.left -= want.amount
            return True

    def settle(self, due: Due, amount: int, actual: int) -> None:
        """A call has ended that the amount was held for."""
        with self._lock:
            share = self._shares.get(due.key)
            if share is not None:
                share.left += amount - actual

    def _share(self, due: Due) -> Share | None:
        share = self._shares.get(due.key)
        if share is not None or self._full:
            return share
        if len(self._shares) >= self._most:
            self._forget_past()
        if len(self._shares) >= self._most:
            self._full = True
            return None
        made = Share(part(due.budget.limit, COLD_PERCENT), due.span.ends_at)
        self._shares[due.key] = made
        return made

    def _forget_past(self) -> None:
        now = self._now()
        self._shares = {
            key: share for key, share in self._shares.items() if share.ends_at is None or share.ends_at > now
        }
