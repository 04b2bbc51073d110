"""An estimate foresees what a call costs, and what it can cost at most."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid, UnknownModel
from app.domain.message import Message, Usage
from app.domain.model import Price, Rates, cost, worst_case
from app.providers import tokens
from app.services import estimates, generate, prices
from app.services.estimates import Foreseen, estimate
from app.services.world import World
from tests.services.made import CODE, SMALL, UNPRICED, ask, make_use_case
from tests.worlds import calls_of

SAID = (Message("user", "How many eggs are in a dozen?"),)
READ = tokens.count_messages(SAID)
MEDIUM, LARGE = "simulated/medium", "simulated/large"


def only(world: World, asked: Foreseen) -> estimates.Estimate:
    (found,) = estimate(world, asked)
    return found


def test_tokens_of_a_prompt_are_counted_and_priced(world: World) -> None:
    found = only(world, Foreseen(messages=SAID, max_tokens=100, expected_output_tokens=10, models=(SMALL,)))

    assert (found.input_tokens, found.output_tokens, found.max_tokens) == (READ, 10, 100)
    assert (found.cost, found.worst_case) == (READ * 100 + 10 * 400, READ * 100 + 100 * 400)
    assert found.price_version == "2024-01-01"


def test_an_answer_of_unknown_length_is_expected_to_use_its_limit(world: World) -> None:
    found = only(world, Foreseen(messages=SAID, models=(SMALL,)))

    assert (found.max_tokens, found.cost) == (world.policy.default_max_tokens, found.worst_case)


def test_a_call_that_was_foreseen_costs_no_more_than_its_worst_case(world: World) -> None:
    make_use_case(world)
    generate.run(world, CODE, ask(text="eggs"))
    (call,) = calls_of(world)

    found = only(world, Foreseen(messages=(Message("user", "Say eggs"),), max_tokens=4, models=(SMALL,)))

    assert call.cost is not None
    assert call.cost <= (found.worst_case or 0)


def test_models_come_cheapest_first_and_unpriced_last(world: World) -> None:
    found = estimate(world, Foreseen(messages=SAID, models=(UNPRICED, LARGE, SMALL, MEDIUM)))

    assert [each.model for each in found] == [SMALL, MEDIUM, LARGE, UNPRICED]
    assert (found[-1].cost, found[-1].worst_case, found[-1].price_version) == (None, None, None)


def test_without_names_every_model_that_chats_is_compared(world: World) -> None:
    found = estimate(world, Foreseen(messages=SAID))

    assert {each.model for each in found} == {model.slug for model in world.catalogue.by_capability("chat")}


def test_a_hundred_thousand_tokens_are_compared_on_all_models(world: World) -> None:
    found = estimate(world, Foreseen(usage=Usage(input_tokens=80_000, output_tokens=20_000)))

    assert len(found) == len(world.catalogue.models)
    assert next(each for each in found if each.model == SMALL).cost == 16_000_000


def test_savings_are_told_against_a_baseline(world: World) -> None:
    usage = Usage(input_tokens=1_000_000)

    found = estimate(world, Foreseen(usage=usage, models=(SMALL, LARGE, UNPRICED), baseline=MEDIUM))

    assert [(each.saving, each.saving_percent) for each in found] == [
        (900_000_000, 90.0),
        (-4_000_000_000, -400.0),
        (None, None),
    ]


@pytest.mark.parametrize("baseline", [UNPRICED, "ollama/llama3.2"])
def test_against_an_unknown_or_free_baseline_there_is_no_share(world: World, baseline: str) -> None:
    found = only(world, Foreseen(usage=Usage(input_tokens=1), models=(SMALL,), baseline=baseline))

    assert found.saving_percent is None


def test_what_does_not_fit_is_said(world: World) -> None:
    window = world.catalogue.get(SMALL).context_window
    longest = world.catalogue.get(SMALL).max_output_tokens

    def fits(read: int, limit: int) -> bool:
        return only(world, Foreseen(usage=Usage(input_tokens=read), max_tokens=limit, models=(SMALL,))).fits

    assert fits(window - 10, 10)
    assert not fits(window - 9, 10)
    assert not fits(1, longest + 1)


def test_the_price_that_was_set_here_counts(world: World) -> None:
    day = date(2026, 11, 2)
    prices.put(
        world,
        UNPRICED,
        Price(valid_from=day, source="contract", checked=day, rates=Rates.of(input=10**9, output=10**9)),
        actor="anna",
    )

    assert only(world, Foreseen(usage=Usage(input_tokens=3), models=(UNPRICED,))).cost == 3_000


@given(st.builds(Usage, *[st.integers(0, 2_000_000)] * 5))
def test_no_mix_of_cached_and_reasoned_tokens_costs_more_than_the_worst_case(usage: Usage) -> None:
    long = Rates.of(input=4, output=20, cache_write=5)
    for rates in (long, Rates.of(input=7, output=1, reasoning=9, cache_read=8)):
        price = Price(valid_from=date(2026, 1, 1), source="a test", checked=date(2026, 1, 1), rates=rates)
        assert cost(price, usage) <= worst_case(price, usage.prompt_tokens, usage.completion_tokens)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (Foreseen(), "usage"),
        (Foreseen(usage=Usage(), messages=SAID), "usage"),
        (Foreseen(usage=Usage(), models=(SMALL, "acme/none")), "models[1]"),
        (Foreseen(usage=Usage(), baseline="acme/none"), "baseline"),
    ],
)
def test_what_cannot_be_priced_is_refused_by_field(world: World, asked: Foreseen, field: str) -> None:
    with pytest.raises((Invalid, UnknownModel)) as refused:
        estimate(world, asked)

    assert refused.value.field == field
