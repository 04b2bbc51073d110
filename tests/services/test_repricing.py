"""History is counted again with the price of its own day, and nothing that others stated is touched."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.db.facts import CallDone
from app.domain.call import Call, CostStatus, Outcome
from app.domain.errors import Invalid, UnknownModel
from app.domain.message import Usage
from app.domain.model import Price, Rates
from app.services import generate, prices, repricing, runs
from app.services.repricing import Repriced
from app.services.world import World
from tests.services.made import SMALL, UNPRICED, ask, make_step, make_use_case
from tests.worlds import NOON, calls_of

USD = 1_000_000_000
SINCE = NOON - timedelta(days=30)
TODAY = NOON.date()
RATES = Rates.of(input=2 * USD, output=10 * USD)


def spent(world: World, at: datetime = NOON, *, model: str = UNPRICED, **given: object) -> Call:
    """A stored call of three tokens in and one out."""
    usage = Usage(input_tokens=3, output_tokens=1)
    plain = Call(world.new_id(), at, "served", model, "simulated", "ok", 5, usage)
    call = replace(plain, **given)  # type: ignore[arg-type]  # fields of Call by name
    world.journal.write([CallDone(call, None)], timeout_s=10)
    return call


def set_price(world: World, day: date = TODAY, model: str = UNPRICED, rates: Rates = RATES) -> None:
    prices.put(world, model, Price(valid_from=day, source="contract", checked=day, rates=rates), actor="anna")


def again(world: World, **given: object) -> Repriced:
    return repricing.reprice(world, since=SINCE, until=NOON + timedelta(days=1), **given)  # type: ignore[arg-type]  # passed on by name


def test_a_call_whose_price_was_unknown_gets_its_cost(world: World) -> None:
    spent(world)
    set_price(world)

    done = again(world)

    assert done == Repriced(seen=1, changed=1, newly_priced=1, difference=16_000)
    (call,) = calls_of(world)
    assert (call.cost, call.cost_status, call.price_version) == (16_000, "priced", "2026-11-02")


def test_a_second_time_changes_nothing(world: World) -> None:
    spent(world)
    set_price(world)
    again(world)

    assert again(world) == Repriced(seen=1)


def test_a_wrong_price_is_put_right_up_or_down(world: World) -> None:
    spent(world, cost=20_000, cost_status="priced", price_version="2026-11-02")
    set_price(world)

    assert again(world) == Repriced(seen=1, changed=1, difference=-4_000)


def test_each_call_costs_what_its_own_day_costs(world: World) -> None:
    for back in (0, 1, 2):
        spent(world, NOON - timedelta(days=back))
    set_price(world, TODAY - timedelta(days=1))
    set_price(world, rates=Rates.of(input=0, output=USD))

    again(world)

    assert [call.cost for call in calls_of(world)] == [None, 16_000, 1_000]


def test_the_end_of_a_utc_day_is_the_end_of_its_price(world: World) -> None:
    midnight = datetime(2026, 11, 2, tzinfo=UTC)
    spent(world, midnight - timedelta(microseconds=1))
    spent(world, midnight)
    set_price(world, date(2026, 11, 1), rates=Rates.of(input=0, output=2 * USD))
    set_price(world, date(2026, 11, 2), rates=Rates.of(input=0, output=USD))

    again(world)

    assert [call.cost for call in calls_of(world)] == [2_000, 1_000]


@pytest.mark.parametrize(
    ("status", "outcome", "cost"), [("reported", "ok", 7), ("free", "ok", 0), ("cached", "cached", 0)]
)
def test_what_was_stated_free_or_cached_stays(world: World, status: CostStatus, outcome: Outcome, cost: int) -> None:
    spent(world, cost=cost, cost_status=status, outcome=outcome)
    set_price(world)

    assert again(world) == Repriced()
    assert [call.cost for call in calls_of(world)] == [cost]


def test_a_dry_run_counts_and_writes_nothing(world: World) -> None:
    spent(world)
    set_price(world)

    assert again(world, dry_run=True).difference == 16_000
    assert [call.cost for call in calls_of(world)] == [None]


def test_a_model_and_a_span_bound_what_is_counted(world: World) -> None:
    spent(world)
    spent(world, model=SMALL)
    spent(world, SINCE - timedelta(seconds=1))
    spent(world, NOON + timedelta(days=1))
    set_price(world)

    assert again(world, model=UNPRICED).seen == 1


def test_more_calls_than_a_batch_are_all_counted_once(world: World) -> None:
    usage = Usage(input_tokens=3, output_tokens=1)
    made = [
        Call(world.new_id(), NOON + timedelta(seconds=number // 3), "served", UNPRICED, "simulated", "ok", 5, usage)
        for number in range(repricing.BATCH * 2 + 7)
    ]
    world.journal.write([CallDone(call, None) for call in made], timeout_s=10)
    set_price(world)

    assert again(world) == Repriced(len(made), len(made), len(made), 16_000 * len(made))


def test_a_run_costs_what_its_calls_cost_after_it(world: World) -> None:
    make_use_case(world, steps=(make_step("one", models=(UNPRICED,)), make_step("two")))
    answered = generate.run(world, "uc", ask())
    set_price(world)

    again(world)

    every = calls_of(world)
    assert None not in [call.cost for call in every]
    assert answered.run.cost is None
    assert runs.get(world, answered.run.id).run.cost == sum(call.cost or 0 for call in every)


def test_a_model_that_left_the_catalogue_is_left_alone(world: World) -> None:
    spent(world, model="acme/gone", cost=5, cost_status="priced", price_version="2026-01-01")

    assert again(world) == Repriced(seen=1)


def test_an_empty_span_and_an_unknown_model_are_refused(world: World) -> None:
    with pytest.raises(Invalid):
        repricing.reprice(world, since=NOON, until=NOON)
    with pytest.raises(UnknownModel):
        again(world, model="acme/none")
