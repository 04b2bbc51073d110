"""Budgets, bills and whole calls for the tests of the ledger, in a world that gives back what it does not need."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.db.facts import CallDone
from app.db.uow import Store
from app.domain.budget import Bill, Charge
from app.services import budgets
from app.services.budgets import State, Wanted
from app.services.ledger_upkeep import Pace
from app.services.world import World
from tests.db import makers
from tests.worlds import NOON, Clock, opened

DOLLAR = 1_000_000_000
AT_ONCE = Pace(grace_s=0, idle_s=0, unused_s=0)


@pytest.fixture
def world(store: Store, tmp_path: Path, clock: Clock) -> Iterator[World]:
    with opened(store, tmp_path, clock=clock, pace=AT_ONCE) as made:
        yield made


def a_budget(world: World, **given: object) -> str:
    """The id of a budget of $1 for all time."""
    plain = {"name": "all", "scope": "global", "unit": "usd", "limit": DOLLAR, "period": "total"}
    return budgets.create(world, Wanted(**{**plain, **given})).id  # type: ignore[arg-type]  # fields of Wanted by name


def bill(worst: int | None = DOLLAR // 10, **given: object) -> Bill:
    """A call of a thousand tokens at most."""
    plain = Bill(NOON, "simulated", "simulated/small", worst, 1000)
    return replace(plain, **given)  # type: ignore[arg-type]  # fields of Bill by name


def write(world: World, charges: tuple[Charge, ...], **given: object) -> CallDone:
    """Journals a call with these charges."""
    done = CallDone(makers.call(**given), None, charges)
    world.journal.write([done], timeout_s=10)
    return done


def spend(world: World, asked: Bill, cost: int | None, tokens: int = 10) -> None:
    """A call from beginning to end."""
    write(world, world.ledger.settle(world.ledger.reserve(asked), cost=cost, tokens=tokens))


def state(world: World, budget_id: str, who: str = "") -> tuple[int, int]:
    """Settled and reserved now."""
    found: list[State] = budgets.parts(world, budget_id, cursor=None, limit=100)[0]
    return next(((it.balance.settled, it.balance.reserved) for it in found if it.who == who), (0, 0))
