"""On whatever values came, identical arms are claimed to differ as often as alpha says, and oftener by peeking."""

import numpy as np
import pytest

from app.domain.ab.false_positives import DEALINGS, FEWEST, FalsePositives, false_positives

SHAPES = ("binary", "rare", "rating", "skewed", "trend")


def values(shape: str, n: int = 2_000) -> list[float]:
    """What units of an A/A test might have given."""
    chance = np.random.default_rng(7)
    match shape:
        case "binary":
            return (chance.random(n) < 0.4).astype(float).tolist()
        case "rare":
            return (chance.random(n) < 0.03).astype(float).tolist()
        case "rating":
            return chance.choice([0, 0.25, 0.5, 0.75, 1], n).tolist()
        case "skewed":
            return chance.beta(0.3, 3, n).tolist()
        case _:
            return np.clip(np.linspace(0.2, 0.8, n) + chance.normal(0, 0.1, n), 0, 1).tolist()


def seen(shape: str, *, alpha: float = 0.05, share: float = 0.5, seed: int = 3) -> FalsePositives:
    found = false_positives(values(shape), alpha=alpha, share=share, planned=2_000, seed=seed)
    assert found is not None
    return found


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("share", [0.5, 0.2])
def test_one_look_is_wrong_as_often_as_alpha_says_and_many_are_oftener(shape: str, share: float) -> None:
    found = seen(shape, share=share)

    assert found.planned.rate == pytest.approx(0.05, abs=0.03)
    assert found.peeking.rate > found.planned.rate + 0.05
    assert found.valid_now.rate <= 0.05
    assert found.planned.low < found.planned.rate < found.planned.high


@pytest.mark.parametrize("alpha", [0.01, 0.2])
def test_it_follows_the_alpha_that_is_asked_for(alpha: float) -> None:
    found = seen("rating", alpha=alpha)

    assert found.planned.rate == pytest.approx(alpha, abs=0.01 + alpha / 5)
    assert found.valid_now.rate <= alpha


def test_too_few_values_tell_nothing() -> None:
    assert false_positives(values("rating", FEWEST - 1), alpha=0.05, share=0.5, planned=1_000, seed=1) is None
    assert false_positives(values("rating", FEWEST), alpha=0.05, share=0.5, planned=1_000, seed=1) is not None


def test_the_seed_alone_decides_the_dealings() -> None:
    assert seen("rating") == seen("rating")
    assert seen("rating") != seen("rating", seed=4)


def test_values_that_do_not_vary_are_never_claimed_to_differ() -> None:
    found = false_positives([0.5] * 500, alpha=0.05, share=0.5, planned=500, seed=1)

    assert found is not None
    assert (found.planned.claims, found.peeking.claims, found.valid_now.claims) == (0, 0, 0)
    assert (found.values, found.planned.dealings) == (500, DEALINGS)
