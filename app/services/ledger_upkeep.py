"""What the ledger does beside the calls: it folds charges, keeps, gives back and sweeps grants, and tells alerts."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.db import budget_alerts, charges, grants, periods, waiting_charges
from app.db.uow import Store
from app.domain.budget import part
from app.domain.budget_alert import BudgetAlert
from app.domain.errors import ModelMatchError, StoreUnavailable
from app.services import budget_events
from app.services.purse import Purse
from app.services.purses import Purses

log = logging.getLogger(__name__)
RENEWED_AFTER_S: Final = 3600.0
WAITING_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the ledger looks after its grants, in seconds.

    `extend_s`: word of a holder. `idle_s`: what nobody needed for so long is given back, but a share that is kept for
    a store that goes away; after `unused_s` that too. `grace_s`: a grant whose time is over is swept when nothing was
    heard of its holder for so long, by one who could ask the store all the time: clocks may jump, stores come back.
    """

    beat_s: float = 1.0
    extend_s: float = 10.0
    idle_s: float = 5.0
    unused_s: float = 60.0
    grace_s: float = 30.0

    @classmethod
    def of(cls, ttl_s: float) -> "Pace":
        """A pace that fits grants of this life."""
        return cls(extend_s=min(10.0, ttl_s / 6), grace_s=min(30.0, ttl_s / 2))


class Upkeep:
    """Runs in one daemon thread per process; each part may also be called by itself, and then raises what it meets."""

    def __init__(
        self,
        store: Store,
        purses: Purses,
        *,
        now: Callable[[], datetime],
        spooled: Callable[[], bool],
        pace: Pace,
        share_percent: int,
        forget_lost: Callable[[], None],
    ) -> None:
        self._store = store
        self._purses = purses
        self._now = now
        self._spooled = spooled
        self._pace = pace
        self._share_percent = share_percent
        self._forget_lost = forget_lost
        self._stop = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._raised: deque[BudgetAlert] = deque(maxlen=WAITING_MOST)
        self._silent: dict[str, tuple[datetime, float]] = {}
        self._due: dict[str, float] = {}

    def start(self) -> None:
        """Begin, unless it has begun."""
        self._stop.clear()
        self.ensure_running()

    def ensure_running(self) -> None:
        """A thread that died of a defect is replaced."""
        thread = self._thread
        if self._stop.is_set() or (thread is not None and thread.is_alive()):
            return
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Stop, fold what waits, and give everything back."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        with suppress(ModelMatchError):
            self.fold()
        with suppress(ModelMatchError):
            self.tell()
        with suppress(ModelMatchError):
            self._purses.cut(lambda purse: None)

    def raise_later(self, alert: BudgetAlert) -> None:
        """Take an alert that is written with the next beat."""
        self._raised.append(alert)

    def beat(self) -> None:
        """Everything that is due. Raises StoreUnavailable."""
        self._forget_lost()
        if self._is_due("extend", self._pace.extend_s):
            self._purses.extend()
        if self._is_due("cut", self._pace.idle_s):
            self.give_back()
            self._purses.fill(self._lack)
        self.fold()
        self.tell()
        if self._is_due("sweep", self._pace.grace_s / 6):
            self.sweep()

    def fold(self) -> int:
        """Books all charges that wait, of whatever process, but those that another one is just booking; how many rows.

        Raises StoreUnavailable.
        """
        rows = 0
        while self._waiting():
            with self._store.write() as tx:
                folded = charges.fold(tx)
            if not folded:
                break
            rows += folded
        return rows

    def give_back(self) -> None:
        """Gives back what nobody needed since it was last asked."""
        self._purses.cut(self._surplus)

    def tell(self) -> None:
        """Writes alerts that wait, and logs those that nobody has logged yet."""
        if self._raised:
            waiting = list(self._raised)
            with self._store.write() as tx:
                budget_alerts.add_new(tx, waiting)
            for _ in waiting:
                self._raised.popleft()
        with self._store.read() as tx:
            if not budget_alerts.untold(tx):
                return
        with self._store.write() as tx:
            told = budget_alerts.claim(tx)
            for alert in told:
                budget_events.record(tx, alert, self._now())
        for alert in told:
            log.warning("budget_alert", extra=_public(alert))

    def sweep(self) -> int:
        """Takes grants of dead holders back, but not while facts wait that may be charged to them; how many."""
        if self._spooled():
            self._silent.clear()
            return 0
        with self._store.read() as tx:
            over = grants.lapsed(tx, self._now())
        now = time.monotonic()
        known = self._silent
        self._silent = {
            id_: known[id_] if id_ in known and known[id_][0] == expires_at else (expires_at, now)
            for id_, expires_at in over.items()
        }
        ripe = {id_: over[id_] for id_, (_, since) in self._silent.items() if now - since >= self._pace.grace_s}
        if not ripe:
            return 0
        self.fold()
        with self._store.write() as tx:
            swept = grants.sweep(tx, ripe)
            periods.forget_orphans(tx)
        log.info("grants_swept", extra={"grants": len(swept)})
        return len(swept)

    def _waiting(self) -> bool:
        with self._store.read() as tx:
            return waiting_charges.there(tx)

    def _run(self) -> None:
        while not self._stop.wait(self._pace.beat_s):
            try:
                self.beat()
            except StoreUnavailable:
                self._silent.clear()  # others could not give word of themselves either
            except ModelMatchError as error:
                log.warning("ledger_upkeep_failed", extra={"code": error.code})

    def _is_due(self, name: str, every_s: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(name, 0.0):
            return False
        self._due[name] = now + every_s
        return True

    def _surplus(self, purse: Purse) -> int | None:
        """What is free and was not needed, above the share that is kept while the budget is in use."""
        now = time.monotonic()
        if now - purse.used_at >= self._pace.unused_s or now - purse.made_at >= RENEWED_AFTER_S:
            return None
        return min(purse.free, purse.idle) - self._share(purse)

    def _lack(self, purse: Purse) -> int:
        """The share that is to be kept, where less is free."""
        share = self._share(purse)
        unused = time.monotonic() - purse.used_at >= self._pace.unused_s
        return share if purse.stored and not unused and purse.free < share else 0

    def _share(self, purse: Purse) -> int:
        """What this process keeps for the time when the store is away: a part of what was left when it last asked."""
        return part(purse.remainder, self._share_percent)


def _public(alert: BudgetAlert) -> dict[str, object]:
    return {
        "kind": alert.kind,
        "budget": alert.name,
        "threshold_percent": alert.threshold,
        "period_starts_at": alert.starts_at.isoformat(),
        "settled": alert.settled,
        "limit": alert.limit,
    }
