"""A router that knows something earns its keep in worlds whose truth is known; one that knows nothing does not."""

from dataclasses import replace

import numpy as np
import pytest

from app.domain.routing.earned import FEWEST_ASKED, FEWEST_HELD_OUT, FEWEST_OUTCOMES, Earned
from app.domain.routing.earning import earned
from app.domain.routing.earning_rows import Logged
from tests.domain.routing.earning_worlds import MODELS, Same, Useful, Useless, gain_of, logs, seeded

World = Useful | Useless | Same
BIASES = (np.zeros(3), np.array([0.2, -0.2, -0.3]))
MANY = 200_000
HELD_OUT = 0.1


def run(world: World, seed: int, *, n: int = 1_500, hold_out: float = HELD_OUT) -> Earned:
    """What one log of the world tells."""
    rng = seeded(seed)
    return earned(logs(world.requests(rng, n), rng, hold_out=hold_out))


def covered(world: World, *, runs: int, n: int) -> float:
    """In what share of logs the true gain lies in the interval."""
    true = gain_of(world.requests(seeded(10**6), MANY))
    found = [told.gain for seed in range(runs) if (told := run(world, seed, n=n)).gain]
    return sum(gain.low <= true <= gain.high for gain in found) / len(found)  # type: ignore[operator]  # both are known


def claims(world: World, *, runs: int, n: int) -> float:
    """In what share of logs the router is said to earn its keep."""
    return sum(run(world, seed, n=n).verdict == "earns its keep" for seed in range(runs)) / runs


def test_a_router_that_knows_nothing_is_said_to_gain_nothing() -> None:
    assert abs(gain_of(Useless().requests(seeded(1), MANY))) < 0.01
    assert claims(Useless(), runs=60, n=600) <= 0.05


def test_a_useful_router_earns_its_keep_and_its_true_gain_lies_in_the_interval() -> None:
    told = run(Useful(), 1, n=6_000, hold_out=0.2)

    assert told.verdict == "earns its keep"
    assert told.single is None
    assert told.sentence.startswith("The router earns its keep: its quality is 0.0")
    assert covered(Useful(), runs=60, n=600) >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize("bias", BIASES, ids=["honest", "biased"])
@pytest.mark.parametrize("n", [800, 1_500])
def test_over_many_logs_false_claims_are_rare_and_intervals_hold(n: int, bias: np.ndarray) -> None:
    assert claims(Useless(bias=bias), runs=600, n=n) <= 0.05
    assert covered(Useful(bias=bias), runs=600, n=n) >= 0.93
    assert covered(Useless(bias=bias), runs=600, n=n) >= 0.93


def test_forecasts_that_are_wrong_do_no_harm_because_of_what_was_held_out() -> None:
    gains = [
        np.mean([told.gain.value for seed in range(40) if (told := run(Useful(bias=bias), seed)).gain])
        for bias in BIASES
    ]
    true = gain_of(Useful().requests(seeded(10**6), MANY))

    assert gains[0] == pytest.approx(true, abs=0.015)
    assert gains[1] == pytest.approx(true, abs=0.015)


@pytest.mark.parametrize(
    ("n", "hold_out", "said"),
    [
        (0, HELD_OUT, "0 routes have a known outcome"),
        (FEWEST_OUTCOMES - 1, 0.9, f"{FEWEST_OUTCOMES - 1} routes have a known outcome"),
        (1_000, 0.0, "0 routes with an outcome were held out"),
    ],
)
def test_with_too_little_it_is_too_early(n: int, hold_out: float, said: str) -> None:
    told = run(Useful(), 11, n=n, hold_out=hold_out)

    assert (told.verdict, told.gain, told.single) == ("too early", None, None)
    assert said in told.sentence
    assert told.outcomes == n


def test_while_a_model_has_hardly_been_asked_it_is_too_early() -> None:
    rng = seeded(11)
    rows = [row for row in logs(Useful().requests(rng, 1_000), rng, hold_out=0.3) if row.asked != 1]

    told = earned(rows)

    assert told.held_out >= FEWEST_HELD_OUT
    assert told.verdict == "too early"
    assert (
        told.sentence == f"Too early to tell: v/mid was asked 0 times with a known outcome, {FEWEST_ASKED} are needed."
    )


@pytest.mark.parametrize("seed", range(8))
def test_where_the_router_wanted_another_model_that_was_never_drawn_nothing_was_measured(seed: int) -> None:
    told = run(Same(share=0.02), seed, n=1_000, hold_out=0.05)

    assert (told.verdict, told.gain, told.best, told.cheapest) == ("too early", None, None, None)
    assert "requests the router wanted another model than v/cheap, and v/cheap was drawn in " in told.sentence
    assert f"{FEWEST_ASKED} are needed" in told.sentence
    cheap = next(each for each in told.singles if each.model == "v/cheap")
    assert cheap.quality is not None
    assert (cheap.quality.high or 0) - (cheap.quality.low or 0) > 2 * 0.015


def test_what_hardly_ever_happens_is_borne_by_the_interval() -> None:
    rng = seeded(1)
    found = Same(share=0.0).requests(rng, 4_000)
    seldom = replace(found, by_router=np.where(np.arange(4_000) < 20, 1, 0))

    told = earned(logs(seldom, rng, hold_out=0.05))

    assert told.verdict == "no gain"
    assert told.gain is not None
    assert (told.gain.low or 0) < -20 / 4_000 < 20 / 4_000 < (told.gain.high or 0)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "share"), [(1_000, 0.02), (2_000, 0.02), (2_000, 0.008), (2_000, 0.3), (2_000, 0.5)])
def test_models_that_are_the_same_are_seldom_said_to_gain_or_to_do_harm(n: int, share: float) -> None:
    gains = [run(Same(share=share), seed, n=n, hold_out=0.05).gain for seed in range(400)]

    wrong = sum(gain is not None and not (gain.low or 0) <= 0 <= (gain.high or 0) for gain in gains)
    assert wrong / len(gains) <= 0.07  # 0.05 is meant; of 400 logs two standard errors are 0.02


def test_of_a_model_that_was_hardly_asked_nothing_is_told() -> None:
    rng = seeded(12)
    rows = [row for row in logs(Useful().requests(rng, 1_000), rng, hold_out=0.3) if row.asked != 1]

    told = {each.model: each for each in earned(rows).singles}

    assert (told["v/mid"].quality, told["v/mid"].cost, told["v/mid"].asked) == (None, None, 0)
    assert None not in (told["v/best"].quality, told["v/best"].cost)


def test_without_gain_the_model_is_named_that_would_do_as_well() -> None:
    told = run(Useless(), 3)

    assert told.verdict == "no gain"
    assert told.single in MODELS
    assert f"Asking {told.single} all the time would do as well." in told.sentence


def test_the_single_model_named_before_stays_while_it_does_as_well() -> None:
    rng = seeded(3)
    rows = logs(Useless().requests(rng, 1_500), rng, hold_out=HELD_OUT)

    assert {earned(rows, before=model).single for model in ("v/mid", "v/best")} == {"v/mid", "v/best"}
    assert earned(rows, before="v/cheap").single == earned(rows).single


def test_a_router_that_always_asks_one_model_gains_nothing_over_it() -> None:
    rng = seeded(5)
    found = replace(Useless().requests(rng, 2_000), by_router=np.full(2_000, 2))

    told = earned(logs(found, rng, hold_out=HELD_OUT))

    assert (told.verdict, told.single) == ("no gain", "v/best")
    assert told.gain is not None
    assert abs(told.gain.value) < 1e-12


def test_the_gain_not_yet_proven_says_how_many_outcomes_would_prove_it() -> None:
    told = run(Useful(), 5)

    assert (told.verdict, told.gain and told.gain.value > 0) == ("no gain", True)
    assert told.needed is not None
    assert told.needed > told.outcomes
    assert f"{told.needed:,} outcomes would prove it" in told.sentence


def test_a_router_that_does_harm_is_told_so() -> None:
    rng = seeded(6)
    right = Useful().requests(rng, 6_000)
    wrong = replace(right, by_router=np.where(right.by_router == 2, 0, 2))

    told = earned(logs(wrong, rng, hold_out=0.2))

    assert told.verdict == "no gain"
    assert told.gain is not None
    assert (told.gain.high or 0) < 0
    assert told.sentence.startswith("The router does harm")
    assert told.needed is None


def test_what_escalation_costs_is_charged_to_the_router_alone() -> None:
    rng = seeded(7)
    rows = logs(Useful().requests(rng, 1_000), rng, hold_out=0.2)
    dearer = [replace(row, last_cost=row.last_cost + 1_000_000) for row in rows]

    plain, escalated = earned(rows), earned(dearer)

    assert cost_of(escalated) == pytest.approx(cost_of(plain) + 1_000_000)
    assert escalated.singles == plain.singles
    assert saved_of(escalated) == pytest.approx(saved_of(plain) - 1_000_000)


def test_a_model_of_unknown_price_is_not_held_against_the_router() -> None:
    rng = seeded(8)
    rows = [_without_price(row, 1) for row in logs(Useful().requests(rng, 1_000), rng, hold_out=0.3)]

    told = earned(rows)

    compared = {each.model: (each.compared, each.cost is None) for each in told.singles}
    assert compared == {"v/best": (True, False), "v/cheap": (True, False), "v/mid": (False, True)}
    assert told.gain is not None


def test_a_router_that_asks_models_of_unknown_price_cannot_be_judged() -> None:
    rng = seeded(8)
    rows = [_without_price(row, 0) for row in logs(Useful().requests(rng, 1_000), rng, hold_out=0.3)]

    told = earned(rows)

    assert (told.verdict, told.router and told.router.cost) == ("too early", None)
    assert "price is unknown" in told.sentence


def test_a_model_that_could_seldom_be_asked_is_not_held_against_the_router() -> None:
    rng = seeded(9)
    rows = logs(Useful().requests(rng, 1_000), rng, hold_out=0.3)
    told = earned([row if number % 3 else _without(row, 1) for number, row in enumerate(rows)])

    mid = next(each for each in told.singles if each.model == "v/mid")
    assert mid.share == pytest.approx(2 / 3, abs=0.05)
    assert not mid.compared
    assert told.verdict != "too early"


def test_where_no_model_could_be_asked_all_the_time_there_is_nothing_to_compare() -> None:
    rng = seeded(9)
    rows = logs(Useful().requests(rng, 1_000), rng, hold_out=0.3)

    told = earned([_only(row, number % 3, (number + 1) % 3) for number, row in enumerate(rows)])

    assert told.verdict == "too early"
    assert told.sentence.startswith("Nothing to compare with")


def test_requests_that_left_no_choice_change_no_figure() -> None:
    rng = seeded(9)
    rows = logs(Useful().requests(rng, 1_000), rng, hold_out=0.3)
    high_stakes = [replace(_only(row, 2), held_out=False, first_quality=0.0, last_quality=0.0) for row in rows]

    plain, both = earned(rows), earned([*rows, *high_stakes])

    assert (both.outcomes, both.held_out) == (2_000, plain.held_out)
    assert replace(both, outcomes=1_000, needed=plain.needed, sentence=plain.sentence) == plain


def test_where_most_requests_leave_no_choice_it_is_too_early() -> None:
    rng = seeded(9)
    rows = logs(Useful().requests(rng, 500), rng, hold_out=0.5)

    told = earned([row if number < 150 else _only(row, 2) for number, row in enumerate(rows)])

    assert told.verdict == "too early"
    assert "in 150 of the routes with a known outcome more than one model could be asked" in told.sentence


def cost_of(told: Earned) -> float:
    """What a request has cost the router."""
    assert told.router is not None
    assert told.router.cost is not None
    return told.router.cost.value


def saved_of(told: Earned) -> float:
    """What it saved against the strongest model."""
    assert told.best is not None
    return told.best.saved.value


def _without_price(row: Logged, place: int) -> Logged:
    rated = row.rated.copy()
    rated[place, 2] = np.nan
    gone = row.asked == place
    return replace(
        row,
        rated=rated,
        first_cost=np.nan if gone else row.first_cost,
        last_cost=np.nan if gone else row.last_cost,
    )


def _without(row: Logged, place: int) -> Logged:
    """The row where a limit took the model out; as it was where it has been asked."""
    if place in (row.asked, row.by_router):
        return row
    rated = row.rated.copy()
    rated[row.by_router, 0] += rated[place, 0]
    rated[place, 0] = 0.0
    return replace(row, rated=rated)


def _only(row: Logged, *places: int) -> Logged:
    """The row where limits left these models alone, the first of which was asked."""
    rated = row.rated.copy()
    rated[:, 0] = 0.0
    rated[list(places), 0] = 1 / len(places)
    return replace(row, rated=rated, asked=places[0], by_router=places[0])
