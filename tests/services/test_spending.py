"""Spending adds up calls by group and period, and holds their tokens against another model's prices."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.db.facts import CallDone
from app.domain.call import Call
from app.domain.errors import Invalid, UnknownModel
from app.domain.message import Usage
from app.domain.model import PER_TOKENS, LongPrompt, Price, Rates, millionths
from app.domain.money import divide_half_even
from app.domain.spending import By, Spent
from app.services import keys, prices, spending
from app.services.ids import new_id
from app.services.prices import price_of
from app.services.world import World
from tests.services.made import CODE, SMALL, UNPRICED, all_flows, make_use_case
from tests.worlds import NOON

DOLLAR = 1_000_000_000
MONTH = NOON.replace(day=1, hour=0)
LARGE = "simulated/large"
RATES = Rates.of(input=2 * DOLLAR, output=10 * DOLLAR, cache_read=DOLLAR, reasoning=11 * DOLLAR)


def spent(world: World, cost: int | None = DOLLAR, at: datetime = NOON, **given: object) -> Call:
    """A stored call: 10 tokens in, of which 4 from the vendor's cache, 5 out."""
    status = "unpriced" if cost is None else "priced"
    plain = Call(world.new_id(), at, "served", SMALL, "simulated", "ok", 5, Usage(6, 4, 0, 3, 2), cost, status)
    call = replace(plain, **given)  # type: ignore[arg-type]  # fields of Call by name
    world.journal.write([CallDone(call, None)], timeout_s=10)
    return call


def groups(world: World, by: By, **given: object) -> dict[str | None, Spent]:
    """Sums by name, in their order."""
    found = spending.spending(world, by, **given)  # type: ignore[arg-type]  # arguments by name
    return {group.name: group.spent for group in found.groups}


def set_price(world: World, day: date, *tiers: LongPrompt, rates: Rates = RATES) -> None:
    """A price of the model that has none."""
    price = Price(valid_from=day, source="contract", checked=NOON.date(), rates=rates, tiers=tiers)
    prices.put(world, UNPRICED, price, actor="anna")


def test_calls_tokens_money_and_what_was_saved_are_added_up(world: World) -> None:
    spent(world)
    spent(world, 3 * DOLLAR + 7)
    spent(world, 0, outcome="error", usage=Usage())
    spent(world, 0, outcome="cached", usage=Usage(), saved=DOLLAR // 2)
    spent(world, None)
    spent(world, 5, model=LARGE)

    found = spending.spending(world, "model")

    small = Spent(
        calls=5, errors=1, cached=1, input_tokens=30, output_tokens=15, cost=4 * DOLLAR + 7, unpriced=1,
        saved=DOLLAR // 2,
    )  # fmt: skip
    large = Spent(calls=1, input_tokens=10, output_tokens=5, cost=5)
    assert [(group.id, group.spent) for group in found.groups] == [(SMALL, small), (LARGE, large)]
    assert found.other is None
    assert (found.total.calls, found.total.cost, found.total.baseline) == (6, 4 * DOLLAR + 12, None)


def test_an_attempt_that_failed_without_a_token_is_not_unpriced(world: World) -> None:
    spent(world, None, outcome="error", usage=Usage())
    spent(world, None, outcome="error")

    assert groups(world, "model")[SMALL].unpriced == 1


def test_nothing_spent_is_zero(world: World) -> None:
    found = spending.spending(world, "team", baseline=LARGE)

    assert (found.groups, found.other, found.total) == ((), None, Spent(baseline=0))


@pytest.mark.parametrize(
    ("by", "field"),
    [("task", "task"), ("provider", "provider"), ("owner", "owner"), ("team", "team"), ("user", "user_id")],
)
def test_calls_are_grouped_by_whom_and_what_they_were_for(world: World, by: By, field: str) -> None:
    spent(world, 3, **{field: "one"})
    spent(world, 2, **{field: "one"})
    spent(world, 9, **{field: "two"})

    assert {name: each.cost for name, each in groups(world, by).items()} == {"two": 9, "one": 5}


def test_calls_without_a_group_are_one_of_their_own(world: World) -> None:
    spent(world, 3, team="red")
    spent(world, 2)
    spent(world, 2)

    assert {name: each.cost for name, each in groups(world, "team").items()} == {None: 4, "red": 3}


def test_use_cases_flows_and_keys_bear_the_names_that_people_know(world: World) -> None:
    make_use_case(world)
    flow = all_flows(world)["a"]
    key = keys.issue(world, "shop", scopes=("run",)).key
    gone = new_id()
    spent(world, use_case_id=flow.use_case_id, flow_id=flow.id, key_id=key.id)
    spent(world, 1, use_case_id=gone)

    assert list(groups(world, "use-case")) == [CODE, gone]
    assert list(groups(world, "flow")) == [f"{CODE}/a", None]
    assert list(groups(world, "key")) == ["shop", None]


def test_days_and_months_are_utc_and_the_latest_stands_first(world: World) -> None:
    for at in (MONTH - timedelta(microseconds=1), MONTH, MONTH + timedelta(days=1)):
        spent(world, at=at)
    since = MONTH - timedelta(days=40)

    assert list(groups(world, "day", since=since)) == ["2026-11-02", "2026-11-01", "2026-10-31"]
    assert {name: each.calls for name, each in groups(world, "month", since=since).items()} == {
        "2026-11": 2,
        "2026-10": 1,
    }


def test_without_bounds_it_is_the_present_month_of_utc(world: World) -> None:
    for at in (MONTH - timedelta(microseconds=1), MONTH, NOON, datetime(2026, 12, 1, tzinfo=UTC)):
        spent(world, at=at)

    found = spending.spending(world, "model")

    assert (found.since, found.until, found.total.calls) == (MONTH, datetime(2026, 12, 1, tzinfo=UTC), 2)


def test_an_end_alone_closes_its_month(world: World) -> None:
    assert spending.spending(world, "model", until=MONTH).since == datetime(2026, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("bounds", "field"),
    [
        ({"since": NOON, "until": NOON}, "until"),
        ({"since": datetime(2027, 1, 1, tzinfo=UTC)}, "since"),
        ({"since": datetime.min.replace(tzinfo=UTC)}, "since"),
        ({"until": datetime.max.replace(tzinfo=UTC)}, "until"),
    ],
)
def test_a_span_that_cannot_be_meant_is_refused(world: World, bounds: dict[str, datetime], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        spending.spending(world, "model", **bounds)

    assert refused.value.field == field


def test_the_dearest_groups_are_told_and_the_others_are_one_sum(world: World) -> None:
    for number in range(1, 7):
        spent(world, number * DOLLAR, user_id=f"u{number}")

    found = spending.spending(world, "user", most=2)

    assert [group.name for group in found.groups] == ["u6", "u5"]
    assert found.other is not None
    assert (found.other.calls, found.other.cost, found.total.cost) == (4, 10 * DOLLAR, 21 * DOLLAR)


def test_the_latest_days_are_told_and_the_earlier_are_one_sum(world: World) -> None:
    for day in range(3):
        spent(world, (3 - day) * DOLLAR, at=MONTH + timedelta(days=day))

    found = spending.spending(world, "day", most=1)

    assert [group.name for group in found.groups] == ["2026-11-03"]
    assert found.other is not None
    assert found.other.cost == 5 * DOLLAR


def test_sums_of_money_leave_64_bits_and_are_exact_all_the_same(world: World) -> None:
    most = 10**18 - 1
    for _ in range(20):
        spent(world, most)

    assert spending.spending(world, "model").total.cost == 20 * most


def test_tokens_are_priced_at_the_baseline_of_their_day_and_length(world: World) -> None:
    set_price(world, date(2026, 10, 1), LongPrompt(above=9, rates=Rates.of(input=5 * DOLLAR, output=7 * DOLLAR)))
    dearer = LongPrompt(above=1_000, rates=Rates.of(input=9 * DOLLAR, output=9 * DOLLAR))
    set_price(world, date(2026, 11, 2), LongPrompt(above=100, rates=RATES), dearer)
    model = world.catalogue.get(UNPRICED)
    lengths = (Usage(3, 2, 1, 7, 5), Usage(4, 3, 3, 11, 0), Usage(101, 0, 0, 3, 3), Usage(900, 100, 1, 3, 3))
    made = [
        spent(world, DOLLAR, at=at, usage=usage, team=str(number % 2))
        for number, usage in enumerate(lengths)
        for at in (MONTH, NOON.replace(hour=0) - timedelta(microseconds=1), NOON.replace(hour=0), NOON)
    ]

    found = spending.spending(world, "team", baseline=UNPRICED)

    for group in found.groups:
        exact = 0
        for call in (call for call in made if call.team == group.id):
            price = price_of(world, model, call.at)
            assert price is not None
            exact += millionths(price.rates_for(call.usage.prompt_tokens), call.usage)
        assert group.spent.baseline == divide_half_even(exact, PER_TOKENS)
    assert found.baseline == UNPRICED
    assert found.total.baseline == sum(group.spent.baseline or 0 for group in found.groups)


def test_the_difference_is_what_the_baseline_would_have_cost_more(world: World) -> None:
    set_price(world, date(2026, 11, 1), rates=Rates.of(input=PER_TOKENS, output=PER_TOKENS))
    spent(world, 3)
    spent(world, 0, outcome="cached", usage=Usage(), saved=DOLLAR)

    total = spending.spending(world, "model", baseline=UNPRICED).total

    assert (total.baseline, total.difference, total.percent) == (15, 12, 80.0)


def test_calls_of_unknown_cost_are_not_compared(world: World) -> None:
    set_price(world, date(2026, 11, 1), rates=Rates.of(input=PER_TOKENS, output=PER_TOKENS))
    spent(world, 3)
    spent(world, None)

    total = spending.spending(world, "model", baseline=UNPRICED).total

    assert (total.unpriced, total.baseline, total.difference) == (1, 15, 12)


def test_a_baseline_without_a_price_on_some_day_is_unknown(world: World) -> None:
    set_price(world, date(2026, 11, 2))
    spent(world, 3, at=MONTH, team="early")
    spent(world, 3, team="late")

    found = groups(world, "team", baseline=UNPRICED)
    total = spending.spending(world, "team", baseline=UNPRICED).total

    assert found["early"].baseline is None
    assert found["late"].baseline is not None
    assert (total.baseline, total.difference, total.percent) == (None, None, None)


def test_an_unknown_baseline_is_refused(world: World) -> None:
    with pytest.raises(UnknownModel) as refused:
        spending.spending(world, "model", baseline="acme/none")

    assert refused.value.field == "baseline"
