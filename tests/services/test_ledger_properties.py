"""Whatever two processes do in whatever order, die or are paused, the books are in order and within the limit.

Charges are folded at any moment; those that wait are backed by their grants.
"""

import tempfile
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Column, func, select

from app.db import charges
from app.db.apply import apply, replay
from app.db.facts import CallDone
from app.db.tables import budget_periods, grants
from app.db.tables import charges as waiting
from app.db.uow import Store, Tx
from app.domain.budget import Charge
from app.domain.errors import BudgetExceeded
from app.services import ids
from app.services.ledger import Hold, Ledger, Terms
from app.services.ledger_upkeep import Pace
from app.services.snapshots import Snapshots
from tests.db import makers
from tests.faults.spending import add, bill, budget
from tests.stores import make_store
from tests.worlds import Clock

pytestmark = pytest.mark.slow
LIMIT = 1_000
PACE = Pace(grace_s=0, idle_s=0)
WHICH = st.integers(0, 7)


class Books(RuleBasedStateMachine):
    """Two processes spend from a budget of all and one of each user; `late`: what came after its grant lapsed."""

    @initialize()
    def open(self) -> None:
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.store: Store = self.stack.enter_context(make_store("sqlite", folder))
        self.clock = Clock(datetime(2026, 11, 2, 12, tzinfo=UTC))
        self.all, self.each = budget("all", limit=LIMIT), budget("each", limit=LIMIT // 2, scope="user")
        add(self.store, self.all, self.each)
        self.ledgers = [self.started(), self.started()]
        self.holds: list[tuple[Ledger, Hold, int]] = []
        self.unwritten: list[CallDone] = []
        self.written: list[CallDone] = []
        self.late = self.over = 0

    def started(self) -> Ledger:
        return Ledger(
            self.store,
            Snapshots(self.store, poll_s=10),
            Terms(ttl_s=1_000),
            now=self.clock,
            new_id=ids.new_id,
            pace=PACE,
        )

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()

    @rule(which=WHICH, worst=st.integers(1, 150), user=st.integers(0, 1))
    def reserve(self, which: int, worst: int, user: int) -> None:
        ledger = self.ledgers[which % 2]
        with suppress(BudgetExceeded):
            self.holds.append((ledger, ledger.reserve(bill(worst, user=user)), worst))

    @rule(which=WHICH, percent=st.sampled_from((0, 1, 50, 100, 100, 130)))
    def settle(self, which: int, percent: int) -> None:
        if not self.holds:
            return
        ledger, hold, worst = self.holds.pop(which % len(self.holds))
        cost = worst * percent // 100
        self.over += max(0, cost - worst)
        charges = ledger.settle(hold, cost=cost, tokens=0)
        assert sum(charge.amount for charge in charges) == 2 * cost
        assert ledger.settle(hold, cost=cost, tokens=0) == ()
        self.unwritten.append(CallDone(makers.call(cost=cost), None, charges))

    @rule(count=st.integers(1, 5), outage=st.booleans())
    def write(self, count: int, outage: bool) -> None:
        batch, self.unwritten = self.unwritten[:count], self.unwritten[count:]
        with self.store.write() as tx:
            there = set(tx.execute(select(grants.c.id)).scalars())
            if outage:
                replay(tx, [batch])
            else:
                apply(tx, [[fact] for fact in batch])
        self.written += batch
        self.late += sum(charge.amount for charge in charges_of(batch) if charge.grant_id not in there)

    @rule(which=WHICH)
    def write_again(self, which: int) -> None:
        if self.written:
            with self.store.write() as tx:
                replay(tx, [[self.written[which % len(self.written)]]])

    @rule(limit=st.integers(1, 3))
    def fold(self, limit: int) -> None:
        with self.store.write() as tx:
            charges.fold(tx, limit=limit)

    @rule(which=WHICH)
    def give_back(self, which: int) -> None:
        self.ledgers[which % 2].upkeep.give_back()

    @rule(which=WHICH)
    def close(self, which: int) -> None:
        self.ledgers[which % 2].close()

    @rule(which=WHICH)
    def extend(self, which: int) -> None:
        self.ledgers[which % 2]._purses.extend()

    @rule(which=WHICH)
    def die(self, which: int) -> None:
        dead = self.ledgers[which % 2]
        self.holds = [held for held in self.holds if held[0] is not dead]
        self.ledgers[which % 2] = self.started()

    @rule()
    def lapse(self) -> None:
        """All processes are paused for so long that their grants lapse, and are swept by the first that wakes."""
        self.clock.forward(seconds=1_001)
        for ledger in self.ledgers:
            for purse in ledger._purses._purses.values():
                purse.good_until = 0.0
        self.ledgers[0].upkeep.sweep()

    @invariant()
    def the_books_are_in_order(self) -> None:
        if not hasattr(self, "store"):
            return
        settled: dict[tuple[str, str], int] = {}
        for charge in charges_of(self.written):
            place = charge.budget_id, charge.who
            settled[place] = settled.get(place, 0) + charge.amount
        with self.store.read() as tx:
            sums = select(grants.c.budget_id, grants.c.who, func.sum(grants.c.amount))
            granted = {(row[0], row[1]): row[2] for row in tx.execute(sums.group_by(grants.c.budget_id, grants.c.who))}
            found, unfolded = balances(tx), waits(tx, waiting.c.budget_id, waiting.c.who)
            of_grants = waits(tx, waiting.c.grant_id)
            left = {(row.id,): row.amount for row in tx.execute(select(grants))}
        for place, (spent, reserved) in found.items():
            limit = LIMIT if place[0] == self.all.id else LIMIT // 2
            assert spent + unfolded.get(place, 0) == settled.get(place, 0)
            assert reserved == granted.get(place, 0)
            assert spent + reserved <= limit + self.late + self.over
        unbacked = sum(max(0, amount - left.get(grant_id, 0)) for grant_id, amount in of_grants.items())
        assert unbacked <= self.late + self.over * 2

    @invariant()
    def what_is_in_memory_is_backed_by_the_store(self) -> None:
        if not hasattr(self, "store"):
            return
        with self.store.read() as tx:
            stored = {row.id: row for row in tx.execute(select(grants))}
        for ledger in self.ledgers:
            for purse in ledger._purses._purses.values():
                row = stored.get(purse.id)
                if row is not None and purse.good_until > 0:
                    assert row.amount + row.charged >= purse.held


def charges_of(facts: list[CallDone]) -> list[Charge]:
    return [charge for fact in facts for charge in fact.charges]


def balances(tx: Tx) -> dict[tuple[str, str], tuple[int, int]]:
    """Settled and reserved by budget and who."""
    rows = tx.execute(select(budget_periods))
    return {(row.budget_id, row.who): (row.settled, row.reserved) for row in rows}


def waits(tx: Tx, *columns: Column[str]) -> dict[tuple[str, ...], int]:
    """What is not folded yet, by these columns."""
    rows = tx.execute(select(*columns, func.sum(waiting.c.amount)).group_by(*columns))
    return {tuple(row[:-1]): row[-1] for row in rows}


class TestBooks(Books.TestCase):
    settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
