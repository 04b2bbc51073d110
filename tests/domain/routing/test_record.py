"""What is expected lies between catalogue and data, follows the data, and returns to the catalogue as data fade."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.model import Model, Tier
from app.domain.routing.level import Level
from app.domain.routing.record import ERROR_SHARE, OUTPUT_TOKENS, Expected, Sums, decayed, expected, total
from tests.domain.routing.candidates import SHARES

LEVELS: list[Level] = ["easy", "medium", "hard"]
MODEL = Model(
    slug="a/mid",
    title="Mid",
    provider="a",
    provider_model_id="mid",
    capabilities=frozenset(),
    tier="mid",
    context_window=8_000,
    max_output_tokens=4_000,
    latency_ms=700,
)
NUMBERS = st.integers(1, 5_000)
ANY_LEVEL = st.sampled_from(LEVELS)
PRIOR = {level: expected(MODEL, level) for level in LEVELS}


def outcomes(number: float, quality: float) -> Sums:
    """So many outcomes of full weight with that mean."""
    return Sums(calls=number, answered=number, outcomes=number, weight=number, quality=number * quality)


def at(level: Level, sums: Sums) -> Expected:
    """What is expected after these sums of the learner at that level."""
    return expected(MODEL, level, own={level: sums}, everywhere=sums)


def test_the_catalogue_alone_expects_more_of_better_tiers_and_of_easier_prompts() -> None:
    tiers: list[Tier] = ["cheap", "mid", "best"]
    table = [[expected(replace(MODEL, tier=tier), level).quality for level in LEVELS] for tier in tiers]

    assert all(row == sorted(row, reverse=True) for row in table)
    assert all(list(column) == sorted(column) for column in zip(*table, strict=True))


def test_the_catalogue_alone_rests_on_no_outcome() -> None:
    found = PRIOR["medium"]

    assert (found.outcomes, found.calls, found.latency_ms) == (0.0, 0.0, 700.0)
    assert (found.output_tokens, found.error_share) == (OUTPUT_TOKENS, ERROR_SHARE)
    assert found.low < found.quality


@given(ANY_LEVEL, NUMBERS, SHARES)
def test_a_quality_lies_between_the_catalogue_and_the_data(level: Level, number: int, quality: float) -> None:
    found = at(level, outcomes(number, quality)).quality
    low, high = sorted((PRIOR[level].quality, quality))

    assert low - 1e-9 <= found <= high + 1e-9


@given(ANY_LEVEL, NUMBERS, SHARES, SHARES)
def test_better_data_never_lower_what_is_expected(level: Level, number: int, one: float, other: float) -> None:
    low, high = sorted((one, other))

    assert at(level, outcomes(number, low)).quality <= at(level, outcomes(number, high)).quality + 1e-9


@given(ANY_LEVEL, ANY_LEVEL, NUMBERS, SHARES, SHARES)
def test_better_data_at_another_level_never_lower_it_either(
    level: Level, other: Level, number: int, one: float, two: float
) -> None:
    low, high = (
        expected(MODEL, level, own={other: outcomes(number, q)}, everywhere=outcomes(number, q)).quality
        for q in sorted((one, two))
    )

    assert low <= high + 1e-9


@given(ANY_LEVEL, st.floats(0.05, 0.95))
def test_many_outcomes_outweigh_everything(level: Level, quality: float) -> None:
    found = at(level, outcomes(100_000, quality))

    assert found.quality == pytest.approx(quality, abs=0.001)
    assert found.quality - found.low < 0.003


@given(ANY_LEVEL, NUMBERS, SHARES)
def test_as_data_fade_the_catalogue_returns(level: Level, number: int, quality: float) -> None:
    faded = decayed([(1_000, outcomes(number, quality))])

    assert at(level, faded).quality == pytest.approx(PRIOR[level].quality, abs=1e-6)


@given(ANY_LEVEL, NUMBERS)
def test_outcomes_that_agree_with_the_catalogue_only_make_it_surer(level: Level, number: int) -> None:
    found = at(level, outcomes(number, PRIOR[level].quality))

    assert found.quality == pytest.approx(PRIOR[level].quality)
    assert found.low > PRIOR[level].low


def test_what_other_learners_saw_counts_less_than_what_this_one_saw() -> None:
    bad = outcomes(200, 0.2)
    elsewhere, here = expected(MODEL, "easy", everywhere=bad), at("easy", bad)

    assert here.quality < elsewhere.quality < PRIOR["easy"].quality
    assert (elsewhere.outcomes, here.outcomes) == (0.0, 200.0)
    assert elsewhere.low < here.low + 0.1


def test_what_this_learner_saw_is_not_counted_twice() -> None:
    mine = outcomes(50, 0.5)

    assert at("easy", mine) == expected(MODEL, "easy", own={"easy": mine})


def test_success_at_easy_prompts_promises_less_of_hard_ones() -> None:
    own = {"easy": outcomes(500, 0.9)}
    easy, hard = expected(MODEL, "easy", own=own), expected(MODEL, "hard", own=own)

    assert PRIOR["hard"].quality < hard.quality < easy.quality - 0.2
    assert hard.outcomes == easy.outcomes == 500.0


def test_calls_without_a_level_count_for_every_level() -> None:
    own = {"": outcomes(500, 0.99)}

    assert all(expected(MODEL, level, own=own).quality > PRIOR[level].quality for level in LEVELS)


def test_latency_length_and_errors_follow_what_was_measured() -> None:
    seen = Sums(calls=1_000, errors=250, answered=750, latency_ms=750 * 2_000.0, output_tokens=750 * 40.0)
    found = at("easy", seen)

    assert found.latency_ms == pytest.approx(2_000, rel=0.02)
    assert found.output_tokens == pytest.approx(40, rel=0.1)
    assert found.error_share == pytest.approx(0.25, abs=0.01)
    assert found.calls == 1_000


def test_few_calls_move_latency_a_little() -> None:
    found = at("easy", Sums(calls=1, answered=1, latency_ms=60_000))

    assert 700 < found.latency_ms < 7_000


def test_a_day_counts_half_after_each_half_life() -> None:
    day, poor = outcomes(8, 0.5), outcomes(8, 0.25)

    assert decayed([(0, day)]) == day
    assert decayed([(14, day)]).weight == 4.0
    assert decayed([(28, day), (0, poor)]).quality == 1.0 + 2.0
    assert decayed([(0, day), (28, day)]).quality == 5.0
    assert decayed([(2, day)], half_life_days=1.0).calls == 2.0
    assert decayed([]) == Sums()


def test_a_day_of_tomorrow_counts_as_today() -> None:
    assert decayed([(-1, outcomes(8, 0.5))]) == outcomes(8, 0.5)


@given(st.lists(st.builds(outcomes, NUMBERS, SHARES), max_size=6))
def test_sums_add_up(parts: list[Sums]) -> None:
    assert total(parts).weight == pytest.approx(sum(part.weight for part in parts))
    assert total(parts).quality == pytest.approx(sum(part.quality for part in parts))
