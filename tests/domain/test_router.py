"""A router forecasts the quality of each model, learns from outcomes, and refuses what it cannot mean."""

import pytest
from hypothesis import given, settings

from app.domain.errors import Invalid
from app.domain.router import Router, make_router
from app.domain.routing.shipped import SHIPPED
from tests.domain.routing.prompts import ANY, KNOWN, OPEN, OPTIONS

THREE = [
    {"name": "small", "input_price": 0.1, "output_price": 0.2},
    {"name": "middle", "input_price": 1.0, "output_price": 2.0},
    {"name": "large", "input_price": 10.0, "output_price": 30.0},
]


def taught(router: Router) -> Router:
    for _ in range(40):
        router.observe(OPEN, "small", 0.0)
        router.observe(OPEN, "large", 1.0)
        router.observe(OPTIONS, "small", 1.0)
        router.observe(OPTIONS, "large", 1.0)
    return router


def test_a_cold_router_expects_only_that_cheap_models_fail_at_long_prompts() -> None:
    router = make_router(THREE)
    short, long = router.predict(["Hi", OPEN * 5])

    assert router.names == ("small", "middle", "large")
    assert short["large"] == long["large"] == 0.5
    assert short["small"] > 0.5 > long["middle"] > long["small"] > 0.3


def test_with_the_shipped_prior_the_dearer_model_is_expected_to_be_better() -> None:
    (expected,) = make_router(THREE, prior=SHIPPED).predict([OPEN])

    assert expected["small"] < expected["middle"] < expected["large"]


def test_outcomes_teach_it_which_prompts_need_the_large_model() -> None:
    router = taught(make_router(THREE))
    hard, easy = router.score([OPEN, OPTIONS])

    assert hard > easy + 0.3
    assert router.predict([OPEN])[0]["middle"] == make_router(THREE).predict([OPEN])[0]["middle"]


@settings(max_examples=25)
@given(ANY)
def test_scores_do_not_depend_on_what_else_is_asked(prompt: str) -> None:
    router = taught(make_router(THREE[::2]))

    assert router.score([OPEN, prompt, OPTIONS])[1] == router.score([prompt])[0]
    assert all(0 <= quality <= 1 for quality in router.predict([prompt])[0].values())


def test_asking_changes_nothing() -> None:
    router = taught(make_router(THREE))
    before = router.state("small")
    router.predict(list(KNOWN))
    router.score(list(KNOWN))

    assert router.state("small") == before


def test_a_new_model_starts_from_the_state_of_its_neighbour() -> None:
    router = taught(make_router(THREE))
    router.load("middle", router.state("small"))
    (expected,) = router.predict([OPEN])

    assert expected["middle"] == expected["small"]


def test_a_scorer_of_the_users_joins_the_experts() -> None:
    router = make_router(THREE, scorer=lambda prompts: [float(len(prompt)) for prompt in prompts])

    assert "scorer" in router.forecasts(OPEN)["small"].belief


def test_a_single_model_is_needed_by_all_alike() -> None:
    assert make_router(THREE[:1]).score([OPEN, OPTIONS]) == [0.0, 0.0]


@pytest.mark.parametrize(
    ("model", "quality", "weight"),
    [("none", 1.0, 1.0), ("small", 1.1, 1.0), ("small", -0.1, 1.0), ("small", float("nan"), 1.0), ("small", 1.0, 0.0)],
)
def test_an_outcome_that_cannot_be_meant_is_refused(model: str, quality: float, weight: float) -> None:
    with pytest.raises(Invalid):
        make_router(THREE).observe(OPEN, model, quality, weight)


@pytest.mark.parametrize(
    "models",
    [
        [],
        [THREE[0], THREE[0]],
        [{"name": "a", "input_price": -1.0, "output_price": 1.0}],
        [{"name": "a", "input_price": float("nan"), "output_price": 1.0}],
    ],
)
def test_models_that_cannot_be_meant_are_refused(models: list[dict[str, object]]) -> None:
    with pytest.raises(Invalid):
        make_router(models)
