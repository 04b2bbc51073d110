"""A table of costs has every volume exactly, and never a zero for what is unknown."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid, UnknownModel
from app.domain.money import from_usd, to_usd
from app.services import model_costs
from app.services.model_costs import TOKENS, Volume, table, volumes
from app.services.world import World


def test_tokens_are_parted_into_read_and_written() -> None:
    assert volumes((1_000, 3), 0.25) == (Volume(750, 250), Volume(2, 1))
    assert volumes((7,), 0.0) == (Volume(7, 0),)
    assert volumes((7,), 1.0) == (Volume(0, 7),)
    assert [volume.tokens for volume in volumes()] == list(TOKENS)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_lies_between_nothing_and_all(share: float) -> None:
    with pytest.raises(Invalid) as refused:
        volumes((1_000,), share)

    assert refused.value.field == "output_share"


@given(st.lists(st.integers(1, 10**12), min_size=1), st.floats(0, 1))
def test_no_token_is_lost_or_made(tokens: list[int], share: float) -> None:
    made = volumes(tokens, share)

    assert [volume.tokens for volume in made] == tokens
    assert all(0 <= volume.output_tokens <= volume.tokens for volume in made)


def test_costs_are_those_of_the_rates(world: World) -> None:
    (found,) = table(world, volumes((1_000_000, 100_000), 0.5), models=["openai/gpt-6-astra"])

    assert [to_usd(nanos or 0) for _, nanos in found.costs] == ["30", "3"]  # 10 and 50 USD per million tokens
    assert found.efficiency == pytest.approx(100 * (0.10 - (0.6 * 0.01 + 0.4 * 0.05)) / (0.10 - 0.001))


def test_rates_for_long_prompts_are_left_aside_as_a_volume_is_many_calls(world: World) -> None:
    (found,) = table(world, volumes((10_000_000,), 0.0), models=["openai/gpt-6-astra"])

    assert found.costs[0][1] == from_usd(Decimal(100))


def test_the_cheapest_comes_first_and_what_is_unknown_last(world: World) -> None:
    found = table(world, volumes())

    known = [each.costs[-1][1] for each in found if each.costs[-1][1] is not None]
    unknown = [each.model.slug for each in found if each.costs[-1][1] is None]
    assert known == sorted(known)
    assert "simulated/unpriced" in unknown
    assert [each.model.slug for each in found[len(known) :]] == unknown
    assert all(each.efficiency is None for each in found[len(known) :])
    assert {each.model.slug for each in found} == {model.slug for model in world.catalogue.by_capability("chat")}


def test_only_the_named_models_are_told_and_an_unknown_one_is_refused(world: World) -> None:
    alias, slug = next(iter(world.catalogue.aliases.items()))

    assert [each.model.slug for each in table(world, volumes(), models=[alias, slug])] == [slug]
    with pytest.raises(UnknownModel) as refused:
        table(world, volumes(), models=["nobody/knows"])
    assert refused.value.field == "models"


def test_a_third_is_written_unless_said_otherwise() -> None:
    assert pytest.approx(1 / 3) == model_costs.OUTPUT_SHARE
