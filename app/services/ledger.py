"""The ledger holds the worst case of every call in all its budgets before it is made, and books what it has cost."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.db.uow import Store
from app.domain.budget import EVERYONE, SHARE_PERCENT, Bill, Budget, Charge, Due, Offline, Unpriced, flat
from app.domain.budget_alert import BudgetAlert
from app.domain.budget_book import BudgetBook
from app.domain.errors import BudgetExceeded, StoreUnavailable
from app.domain.money import to_usd
from app.domain.period import span
from app.services.cold_share import ColdShares
from app.services.ledger_upkeep import Pace, Upkeep
from app.services.purse import Purse
from app.services.purses import Held, Purses, Refusal, Want
from app.services.snapshots import Snapshots

log = logging.getLogger(__name__)
NOTED: Final = 10_000  # unpriced models of a day that are remembered


@dataclass(frozen=True, slots=True)
class Terms:
    """What the operator decided. `ceiling`: nano-dollars per million tokens of a model whose price is unknown.

    `ttl_s`: how long a grant lives without word of its holder; longer than any run. `share_percent`: how much of what
    is left of a budget a process that uses it keeps for a time without the store.
    """

    ttl_s: float
    share_percent: int = SHARE_PERCENT
    offline: Offline = "share"
    unpriced: Unpriced = "allow"
    ceiling: int = 0


@dataclass(slots=True, eq=False)
class Hold:
    """What is held for one call until it is settled: in which budgets, and out of which purses or cold shares."""

    bill: Bill
    dues: tuple[Due, ...]
    held: dict[str, Held]  # by budget id
    cold: dict[str, int]  # by budget id, amounts; never freed before the call has ended
    since: float
    ended: bool = False


class Ledger:
    """One per process; `start` it after any fork. `spooled`: whether facts wait to be replayed into the store."""

    def __init__(
        self,
        store: Store,
        snapshots: Snapshots,
        terms: Terms,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        spooled: Callable[[], bool] = lambda: False,
        pace: Pace | None = None,
    ) -> None:
        self._store = store
        self._snapshots = snapshots
        self._terms = terms
        self._now = now
        self._purses = Purses(
            store, now=now, new_id=new_id, holder=new_id(), ttl_s=terms.ttl_s, share_percent=terms.share_percent
        )
        self._cold = ColdShares(now=now)
        self._budgets: tuple[Budget, ...] = ()
        self._book = BudgetBook(())
        self._ending = threading.Lock()
        self._open: dict[int, Hold] = {}
        self._noted: set[tuple[str, datetime]] = set()
        self.upkeep: Final = Upkeep(
            store,
            self._purses,
            now=now,
            spooled=spooled,
            pace=pace or Pace.of(terms.ttl_s),
            share_percent=terms.share_percent,
            forget_lost=self.forget_lost,
        )

    def start(self) -> None:
        """Begin to give back what is not used, and to keep what is, in a daemon thread."""
        self.upkeep.start()

    def close(self) -> None:
        """Give everything back that is not held for a call; the journal is to be closed before."""
        self.upkeep.close()

    def reserve(self, bill: Bill) -> Hold:
        """Holds the worst case in all budgets that block, or in none; from memory, unless a purse is too small.

        Raises BudgetExceeded, or StoreUnavailable where the store is away and the policy `offline` does not help.
        """
        dues = self._dues(bill)
        cost = self._worst(bill)
        wants = [
            Want(due, amount)
            for due in dues
            if due.budget.action == "block" and (amount := _amount(due, cost, bill.worst_tokens)) > 0
        ]
        held, cold = self._held(wants) if wants else ([], [])
        hold = Hold(
            bill,
            dues,
            {purse.due.budget.id: (purse, amount) for purse, amount in held},
            {want.due.budget.id: want.amount for want in cold},
            time.monotonic(),
        )
        if held:
            self._open[id(hold)] = hold
        return hold

    def settle(self, hold: Hold, *, cost: int | None, tokens: int) -> tuple[Charge, ...]:
        """What the call has cost its budgets, to be journaled with it; a hold that was settled before costs nothing.

        `cost` in nano-dollars; None = unknown, which is booked at the flat ceiling, else at the worst case, else as
        nothing, by policy. 0 and 0 give all of it back.
        """
        with self._ending:
            if hold.ended:
                return ()
            hold.ended = True
            self._open.pop(id(hold), None)
        known = self._cost(hold.bill, cost, tokens)
        charges, parts = [], []
        for due in hold.dues:
            actual = _amount(due, known, tokens)
            held = hold.held.get(due.budget.id)
            if held is not None:
                parts.append((*held, actual))
            elif (amount := hold.cold.get(due.budget.id)) is not None:
                self._cold.settle(due, amount, actual)
            if actual:
                charges.append(_charge(due, actual, None if held is None else held[0]))
        if parts:
            self._purses.settle(parts)
        return tuple(charges)

    def book(self, bill: Bill, *, cost: int | None, tokens: int) -> tuple[Charge, ...]:
        """What a call that was made already has cost its budgets; it may exceed them, for the money is gone."""
        known = self._cost(bill, cost, tokens)
        return tuple(_charge(due, actual) for due in self._dues(bill) if (actual := _amount(due, known, tokens)))

    def forget_lost(self) -> None:
        """Frees what is held for calls that nobody can be waiting for any more; should one still end, it is booked."""
        oldest = time.monotonic() - self._terms.ttl_s
        for hold in list(self._open.values()):
            if hold.since > oldest:
                continue
            with self._ending:
                held, hold.held = ([], {}) if hold.ended else (list(hold.held.values()), {})
                self._open.pop(id(hold), None)
            self._purses.settle([(purse, amount, 0) for purse, amount in held])
            log.warning("hold_lost", extra={"model": hold.bill.model})

    def _dues(self, bill: Bill) -> tuple[Due, ...]:
        if bill.worst_cost is None:
            self._note(bill)
        budgets = self._snapshots.current.budgets
        if budgets is not self._budgets:
            self._book, self._budgets = BudgetBook(budgets), budgets
        return tuple(self._book.dues(bill))

    def _held(self, wants: list[Want]) -> tuple[list[Held], list[Want]]:
        """What is held in purses, and what in cold shares."""
        away = self._store.writes.away
        if away and self._terms.offline == "block":
            raise StoreUnavailable("budgets cannot be kept while the database is away")
        held = self._purses.spend(wants)
        if held is not None:
            return held, []
        try:
            found = self._purses.fetch(wants)
        except StoreUnavailable:
            without = self._without_store(wants)
            if without is None:
                raise
            return without
        self.upkeep.ensure_running()
        if isinstance(found, Refusal):
            self._cold.heard([found.due])
            raise self._exceeded(found)
        self._cold.heard(want.due for want in wants)
        return found, []

    def _without_store(self, wants: list[Want]) -> tuple[list[Held], list[Want]] | None:
        """As `_held` in memory, where a budget of which nothing was heard has its cold share; None = not enough."""
        if self._terms.offline == "allow":
            return [], []
        if self._terms.offline == "block" or not self._store.writes.away:
            return None
        cold = [want for want in wants if self._cold.has(want.due)]
        held = self._purses.spend([want for want in wants if want not in cold])
        if held is None or self._cold.spend(cold):
            return None if held is None else (held, cold)
        self._purses.settle([(purse, amount, 0) for purse, amount in held])
        return None

    def _exceeded(self, refusal: Refusal) -> BudgetExceeded:
        due, standing = refusal.due, refusal.standing
        budget, ends = standing.budget, due.span.ends_at
        return BudgetExceeded(
            f"budget {budget.name!r} has {_told(budget, max(0, standing.remainder))} left,"
            f" and this call may take {_told(budget, refusal.amount)}: its prompt and its limit of output tokens",
            budget=budget.name,
            scope=budget.scope,
            who=due.who or budget.scope_value or "",
            period=budget.period,
            unit=budget.unit,
            limit=budget.limit,
            settled=standing.balance.settled,
            reserved=standing.balance.reserved,
            resets_at=ends,
            retry_after_s=None if ends is None else max(1.0, (ends - self._now()).total_seconds()),
        )

    def _worst(self, bill: Bill) -> int:
        if bill.worst_cost is not None:
            return bill.worst_cost
        return flat(bill.worst_tokens, self._terms.ceiling) if self._terms.unpriced == "ceiling" else 0

    def _cost(self, bill: Bill, cost: int | None, tokens: int) -> int:
        if cost is not None:
            return cost
        if self._terms.unpriced == "ceiling":
            return flat(tokens, self._terms.ceiling)
        return bill.worst_cost or 0

    def _note(self, bill: Bill) -> None:
        """An alert, once per day, that money is spent which nobody can count."""
        day = span("day", "UTC", bill.at).starts_at
        noted = bill.model, day
        if self._terms.unpriced != "allow" or noted in self._noted:
            return
        if len(self._noted) >= NOTED:
            self._noted.clear()
        self._noted.add(noted)
        self.upkeep.raise_later(BudgetAlert(at=bill.at, kind="unpriced", name=bill.model, who=EVERYONE, starts_at=day))


def _amount(due: Due, cost: int, tokens: int) -> int:
    return cost if due.budget.unit == "usd" else tokens


def _charge(due: Due, amount: int, purse: Purse | None = None) -> Charge:
    budget_id, who, starts_at = due.key
    return Charge(budget_id, who, starts_at, amount, None if purse is None else purse.id)


def _told(budget: Budget, amount: int) -> str:
    return f"{to_usd(amount)} USD" if budget.unit == "usd" else f"{amount} tokens"
