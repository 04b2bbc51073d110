"""Many threads of one process that spend from shared budgets as fast as they are let, until the process is killed.

`python -m tests.faults.spending <store url> <spool folder> <seed>`; says `.` for each call that was acknowledged.
"""

import random
import sys
import threading
import time
from pathlib import Path

from app.db import budgets as rows
from app.db.facts import CallDone
from app.db.journal import Journal
from app.db.uow import Store
from app.domain.budget import Bill, Budget
from app.domain.errors import BudgetExceeded, StoreUnavailable
from app.services import clock, ids
from app.services.bills import of_call
from app.services.ledger import Ledger, Terms
from app.services.ledger_upkeep import Pace
from app.services.snapshots import Snapshots
from tests.db import makers

THREADS = 16
WORST = 20_000_000  # nano-dollars, $0.02
USERS = 3
TTL_S = 2.0
PACE = Pace(beat_s=0.1, extend_s=0.2, idle_s=0.3, unused_s=1.0, grace_s=0.8)
TERMS = Terms(ttl_s=TTL_S)


def budget(name: str, **given: object) -> Budget:
    """A blocking budget of everything, for all time, of $1."""
    return Budget(
        **{
            "id": ids.new_id(),
            "name": name,
            "scope": "global",
            "scope_value": None,
            "unit": "usd",
            "limit": 1_000_000_000,
            "period": "total",
            "time_zone": "UTC",
            "action": "block",
            "thresholds": (50, 80, 100),
            "active": True,
            "source": "stored",
            "created_at": makers.NOW,
            "updated_at": makers.NOW,
            **given,
        }  # type: ignore[arg-type]  # fields of Budget by name
    )


def add(store: Store, *made: Budget) -> None:
    """Stores the budgets."""
    with store.write() as tx:
        for each in made:
            rows.add(tx, each)
        store.bump(tx)


def ledger(store: Store, journal: Journal, **given: object) -> Ledger:
    """A ledger that is quick to give back and to sweep."""
    return Ledger(
        store,
        Snapshots(store, poll_s=0.2),
        **{
            "terms": TERMS,
            "now": clock.now,
            "new_id": ids.new_id,
            "spooled": lambda: journal.spooled_bytes() > 0,
            "pace": PACE,
            **given,
        },  # type: ignore[arg-type]  # parameters of Ledger by name
    )


def bill(worst: int = WORST, *, user: int = 0) -> Bill:
    """A call that may cost so much."""
    return of_call(makers.call(at=clock.now(), cost=worst, user_id=f"user-{user}"))


def spend(held: Ledger, journal: Journal, chance: random.Random) -> bool:
    """One call, if the budgets let it through."""
    worst, user = chance.randint(1, WORST), chance.randrange(USERS)
    try:
        hold = held.reserve(bill(worst, user=user))
    except BudgetExceeded:
        time.sleep(chance.random() * 0.01)
        return False
    except StoreUnavailable:
        return False
    time.sleep(chance.random() * 0.05)
    cost = chance.choice((worst, worst // 2, worst // 10, 0))
    call = makers.call(at=clock.now(), cost=cost, user_id=f"user-{user}")
    charges = held.settle(hold, cost=cost, tokens=call.usage.total_tokens)
    journal.write([CallDone(call, None, charges)], timeout_s=20)
    return True


def main(url: str, spool: str, seed: str) -> None:
    """Spend until somebody ends it; a line on standard input ends it in order."""
    store = Store(url)
    journal = Journal(store, Path(spool))
    journal.start()
    held = ledger(store, journal)
    held.start()
    stop = threading.Event()

    def work(number: int) -> None:
        chance = random.Random(f"{seed}-{number}")
        while not stop.is_set():
            if spend(held, journal, chance):
                sys.stdout.write(".")
                sys.stdout.flush()

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    sys.stdin.readline()
    stop.set()
    for thread in threads:
        thread.join()
    journal.close()
    held.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
