"""All purses of one process: filled by the store in one unit of work for all budgets of a call, spent from memory."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.db import grants
from app.db.grants import Granted, Wish
from app.db.periods import Standing
from app.db.uow import Store
from app.domain.budget import SHARE_PERCENT, Due, Key
from app.domain.errors import StoreUnavailable
from app.services.purse import Purse

MOST: Final = 20_000  # purses, and refusals, at once
SOME: Final = 200  # purses put away, or cut, at once
TRIES: Final = 4
QUICK_S: Final = 1.0
MARGIN_S: Final = 30.0
REFUSED_FOR_S: Final = 0.1  # how long the store is not asked again for what it has just refused

Held = tuple[Purse, int]


@dataclass(frozen=True, slots=True)
class Want:
    """At most so much will be spent of that budget. `ahead`: the store may give more, for the calls that follow."""

    due: Due
    amount: int
    ahead: bool = True


@dataclass(frozen=True, slots=True)
class Refusal:
    """The budget does not have the amount; where it stands. Believed until `until`, of `time.monotonic()`."""

    due: Due
    amount: int
    standing: Standing
    until: float


class Purses:
    """Safe to share between threads. `holder` names this process; `ttl_s`: how long a grant lives without word of it.

    Nothing is spent in the last part of that time, so that the clocks of several machines may differ by as much.
    `share_percent`: how much of what is left is taken at most for the calls that follow.
    """

    def __init__(
        self,
        store: Store,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        holder: str,
        ttl_s: float,
        share_percent: int = SHARE_PERCENT,
    ) -> None:
        self._store = store
        self._now = now
        self._new_id = new_id
        self._holder = holder
        self._ttl_s = ttl_s
        self._margin_s = min(MARGIN_S, ttl_s / 4)
        self._share_percent = share_percent
        self._lock = threading.Lock()  # of everything in memory; never held while the store is asked
        self._asking = threading.Lock()  # one asks the store at a time; taken before the other
        self._purses: dict[Key, Purse] = {}
        self._refusals: dict[Key, Refusal] = {}

    def spend(self, wants: Sequence[Want]) -> list[Held] | None:
        """The purses that now hold the amounts, all of them; None when one does not have enough."""
        now = time.monotonic()
        with self._lock:
            held = []
            for want in wants:
                purse = self._purses.get(want.due.key)
                if purse is None or not purse.covers(want.amount, now):
                    return None
                held.append((purse, want.amount))
            for purse, amount in held:
                purse.pledge(amount)
                purse.use(now)
            return held

    def fetch(self, wants: Sequence[Want]) -> list[Held] | Refusal:
        """As `spend`, with what the store gives; or the first budget that has not enough. Raises StoreUnavailable.

        A budget that was deleted meanwhile holds nothing.
        """
        refused = self._refused(wants)
        if refused is not None:
            return refused
        with self._asking:
            for _ in range(TRIES):
                held = self.spend(wants)
                if held is None:
                    found = self._refused(wants) or self._ask(wants)
                    if not isinstance(found, frozenset):
                        return found
                    wants = [want for want in wants if want.due.key not in found]
                else:
                    return held
        raise StoreUnavailable("the budgets change too fast")

    def settle(self, parts: Sequence[tuple[Purse, int, int]]) -> None:
        """Calls have ended: purse, what was held, what it has cost."""
        with self._lock:
            for purse, amount, actual in parts:
                purse.settle(amount, actual)

    def extend(self) -> None:
        """Lets all grants live on; those that have lapsed are forgotten. Raises StoreUnavailable."""
        with self._asking:
            with self._lock:
                alive = {purse.id: purse for purse in self._purses.values() if purse.stored}
            if not alive:
                return
            good_until, expires_at = self._lifetime()
            with self._store.write() as tx:
                there = grants.extend(tx, list(alive), expires_at=expires_at)
            with self._lock:
                for id_, purse in alive.items():
                    if id_ in there:
                        purse.good_until = good_until
                    else:
                        self._forget(purse)

    def cut(self, surplus: Callable[[Purse], int | None]) -> None:
        """Gives `surplus(purse)` back where it is more than 0; None: all that is free, and the purse is put away.

        Raises StoreUnavailable; what was on its way back is not spent, and is given back with the next cut.
        """
        with self._asking:
            with self._lock:
                some, last = [], []
                for purse in list(self._purses.values()):
                    amount = surplus(purse)
                    if amount is None:
                        purse.free = 0
                        self._forget(purse)
                        last.append(purse)
                    elif amount > 0 or purse.uncertain:
                        purse.free -= max(0, amount)
                        some.append(purse)
                    purse.idle = purse.free
            self._trim(some, last=False)
            self._trim(last, last=True)

    def fill(self, lack: Callable[[Purse], int]) -> None:
        """Sees to it that `lack(purse)` is free, where it is more than 0 and there. Raises StoreUnavailable."""
        with self._lock:
            wants = [
                Want(purse.due, amount, ahead=False) for purse in self._purses.values() if (amount := lack(purse)) > 0
            ]
        for want in wants:
            held = self.fetch([want])
            if not isinstance(held, Refusal):
                self.settle([(purse, amount, 0) for purse, amount in held])

    def _ask(self, wants: Sequence[Want]) -> list[Held] | Refusal | frozenset[Key]:
        """Holds the amounts first and asks the store for what is missing then; periods whose budget is gone, if any."""
        now, good_until, expires_at = time.monotonic(), *self._lifetime()
        with self._lock:
            held = [(self._purse(want.due), want.amount) for want in wants]
            for (purse, amount), want in zip(held, wants, strict=True):
                purse.pledge(amount)
                if want.ahead:
                    purse.use(now)
            short = {
                purse.id: (purse, want)
                for (purse, _), want in zip(held, wants, strict=True)
                if purse.free < 0 or now >= purse.good_until
            }
            wishes = [purse.wish(want.amount if want.ahead else 0) for purse, want in short.values()]
        try:
            granted = self._take(sorted(wishes, key=lambda wish: wish.key), expires_at)
        except StoreUnavailable:
            self._let_go(held, uncertain=True)
            raise
        with self._lock:
            for id_, grant in granted.grants.items():
                purse = short[id_][0]
                purse.agree(grant, good_until)
                purse.remainder = grant.remainder
            for id_ in granted.lapsed:
                self._forget(short[id_][0])
        if granted.refused is None and not granted.lapsed and not granted.unbound:
            return held
        self._let_go(held, uncertain=False)
        if granted.refused is not None:
            wish, standing = granted.refused
            return self._refuse(*short[wish.grant_id], standing)
        return granted.unbound

    def _let_go(self, held: Sequence[Held], *, uncertain: bool) -> None:
        with self._lock:
            for purse, amount in held:
                purse.settle(amount, 0)
                purse.uncertain = purse.uncertain or uncertain

    def _take(self, wishes: Sequence[Wish], expires_at: datetime) -> Granted:
        """A fault that shows at once is tried again, for a deadlock is no outage; asking twice changes nothing."""
        if not wishes:
            return Granted({})
        begun = time.monotonic()
        try:
            return self._taken(wishes, expires_at)
        except StoreUnavailable:
            if self._store.writes.away or time.monotonic() - begun > QUICK_S:
                raise
        return self._taken(wishes, expires_at)

    def _taken(self, wishes: Sequence[Wish], expires_at: datetime) -> Granted:
        with self._store.write() as tx:
            return grants.take(tx, self._holder, wishes, expires_at=expires_at, percent=self._share_percent)

    def _trim(self, purses: Sequence[Purse], *, last: bool) -> None:
        with self._lock:
            for purse in purses:
                purse.uncertain = True
        stored = [purse for purse in purses if purse.stored]
        for start in range(0, len(stored), SOME):
            batch = stored[start : start + SOME]
            goals = [(purse.id, purse.key, purse.held) for purse in batch]
            with self._store.write() as tx:
                now = grants.trim(tx, goals, last=last)
            with self._lock:
                for purse in batch:
                    grant = now.get(purse.id)
                    if grant is None:
                        self._forget(purse)
                    elif not last:
                        purse.agree(grant, purse.good_until)

    def _lifetime(self) -> tuple[float, datetime]:
        """Until when grants that are taken or extended now may be spent here, and when they lapse in the store."""
        good_until = time.monotonic() + self._ttl_s - self._margin_s
        return good_until, self._now() + timedelta(seconds=self._ttl_s)

    def _purse(self, due: Due) -> Purse:
        purse = self._purses.get(due.key)
        if purse is None:
            if len(self._purses) >= MOST:  # the grants of those that go are given back by lapsing
                for old in sorted(self._purses.values(), key=lambda purse: purse.used_at)[:SOME]:
                    self._forget(old)
            purse = self._purses[due.key] = Purse(due, self._new_id())
        return purse

    def _forget(self, purse: Purse) -> None:
        """Nothing is spent from it any more; calls under way still settle in it."""
        purse.good_until = 0.0
        if self._purses.get(purse.key) is purse:
            del self._purses[purse.key]

    def _refuse(self, purse: Purse, want: Want, standing: Standing) -> Refusal:
        refusal = Refusal(want.due, want.amount, standing, time.monotonic() + REFUSED_FOR_S)
        with self._lock:
            purse.remainder = standing.remainder
            if len(self._refusals) >= MOST:
                self._refusals.clear()
            self._refusals[want.due.key] = refusal
        return refusal

    def _refused(self, wants: Sequence[Want]) -> Refusal | None:
        now = time.monotonic()
        for want in wants:
            known = self._refusals.get(want.due.key)
            if known is not None and now < known.until and want.amount >= known.amount:
                return known
        return None
