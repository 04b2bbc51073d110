"""Money cannot be overspent: not by 64 threads of four processes that race for the last dollar and are killed at it."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.db.journal import Journal
from app.db.migrate import upgrade
from app.db.tables import budget_alerts, budget_periods, calls, charges, grants
from app.db.uow import Store
from app.domain.budget import Budget
from app.domain.errors import BudgetExceeded
from tests import stores
from tests.faults.served import ROOT
from tests.faults.spending import TTL_S, add, bill, budget, ledger

pytestmark = pytest.mark.slow
PROCESSES = 4
ROUNDS = 4


@dataclass
class Sampler:
    """Looks at the books again and again, each time at one moment of the store."""

    store: Store
    limits: dict[str, int]
    wrong: list[str] = field(default_factory=list)
    samples: int = 0
    waited: int = 0
    most: int = 0

    def look(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Settled and reserved by budget and who, after the books were found in order."""
        with self.store.read() as tx:
            periods = tx.execute(select(budget_periods)).all()
            held = tx.execute(select(grants.c.budget_id, grants.c.who, func.sum(grants.c.amount)).group_by(
                grants.c.budget_id, grants.c.who
            )).all()  # fmt: skip
            spent = int(tx.execute(select(func.sum(calls.c.cost))).scalar() or 0)
            waiting = tx.execute(
                select(charges.c.budget_id, func.sum(charges.c.amount)).group_by(charges.c.budget_id)
            ).all()
        granted = {(row[0], row[1]): int(row[2]) for row in held}
        found = {(row.budget_id, row.who): (row.settled, row.reserved) for row in periods}
        for (budget_id, who), (settled, reserved) in found.items():
            if settled + reserved > self.limits[budget_id]:
                self.wrong.append(f"{settled} + {reserved} is over the limit of {who or 'all'}")
            if reserved != granted.get((budget_id, who), 0):
                self.wrong.append(f"{reserved} is reserved and {granted.get((budget_id, who), 0)} is granted")
        waits: dict[str, int] = {row[0]: int(row[1]) for row in waiting}
        for budget_id in self.limits:
            settled = sum(settled for (of, _), (settled, _) in found.items() if of == budget_id)
            if settled + waits.get(budget_id, 0) != spent:
                self.wrong.append(f"what calls have cost, {spent}, is not what is settled or waits")
        self.waited = max(self.waited, *waits.values(), 0)
        self.samples += 1
        self.most = max(self.most, spent)
        return found

    @contextmanager
    def looking(self) -> Iterator[None]:
        """All the while of the block."""
        stop = threading.Event()

        def watch() -> None:
            while not stop.wait(0.01):
                self.look()

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def start(url: str, folder: Path, seed: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.faults.spending", url, str(folder / "spool"), str(seed)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def opened(store_kind: str, tmp_path: Path) -> Iterator[tuple[Store, str]]:
    with stores.store_url(store_kind, tmp_path) as url:
        store = Store(url)
        upgrade(store.engine)
        yield store, url
        store.close()


def race(store: Store, url: str, folder: Path, *, limits: dict[str, int]) -> Sampler:
    """All processes spend, one after the other is killed and replaced, the last ones end in order."""
    sampler = Sampler(store, limits)
    with sampler.looking():
        running = [start(url, folder, seed) for seed in range(PROCESSES)]
        for number in range(ROUNDS):
            time.sleep(1.0)
            victim = running.pop(0)
            victim.kill()
            victim.communicate()
            running.append(start(url, folder, PROCESSES + number))
        time.sleep(1.0)
        acknowledged = sum(process.communicate("\n", timeout=60)[0].count(".") for process in running)
    assert [process.returncode for process in running] == [0] * PROCESSES
    assert acknowledged >= 0
    return sampler


def left(budgets: list[Budget], found: dict[tuple[str, str], tuple[int, int]], user: int) -> int:
    """What a call of that user may still cost."""
    room = [made.limit - sum(found.get((made.id, f"user-{user}" if made.for_each else ""), (0, 0))) for made in budgets]
    return min(room)


def test_the_last_dollar_is_spent_once_however_many_race_for_it_and_die(
    opened: tuple[Store, str], tmp_path: Path
) -> None:
    store, url = opened
    made = [budget("all"), budget("each user", scope="user", limit=400_000_000)]
    add(store, *made)
    limits = {each.id: each.limit for each in made}

    sampler = race(store, url, tmp_path, limits=limits)

    assert sampler.wrong == []
    assert sampler.samples > 50
    assert sampler.most > 500_000_000  # the race was for the money, and not for the locks
    assert sampler.waited > 0
    journal = Journal(store, tmp_path / "spool")
    journal.start()
    heir = ledger(store, journal)
    until = time.monotonic() + max(60, 20 * TTL_S)
    while any(reserved for _, reserved in sampler.look().values()) and time.monotonic() < until:
        heir.upkeep.sweep()
        time.sleep(0.05)
    heir.upkeep.fold()
    found = sampler.look()
    assert sampler.wrong == []
    for each in made:
        assert sum(settled for (of, _), (settled, _) in found.items() if of == each.id) == sampler.most
    assert {reserved for _, reserved in found.values()} == {0}
    for user in range(3):
        room = left(made, sampler.look(), user)
        with pytest.raises(BudgetExceeded):
            heir.reserve(bill(room + 1, user=user))
        heir.settle(heir.reserve(bill(room, user=user)), cost=0, tokens=0)
        heir.close()
    journal.close()
    with store.read() as tx:
        raised = tx.execute(select(budget_alerts.c.budget_id, budget_alerts.c.who, budget_alerts.c.threshold)).all()
    assert len(raised) == len(set(raised))
    assert (made[0].id, "", 50) in [tuple(row) for row in raised]
