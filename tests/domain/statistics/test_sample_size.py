"""Sample sizes agree with published tables, give the power they promise, and refuse what no number finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.statistics.means import sample_of, welch
from app.domain.statistics.proportions import two_proportion_z
from app.domain.statistics.sample_size import power_of_means, size_for_means, size_for_proportions


@pytest.mark.parametrize(("effect", "n"), [(0.2, 393), (0.5, 64), (0.8, 26)])
def test_means_agree_with_published_tables(effect: float, n: int) -> None:
    """Source: J. Cohen 1992, "A power primer", table 2: two means, alpha .05, power .80, small to large effects."""
    found = size_for_means(effect, 1.0, power=0.8, alpha=0.05)

    assert found == pytest.approx(n, abs=1.0)


@pytest.mark.parametrize(("h", "n"), [(0.2, 392), (0.5, 63), (0.8, 25)])
def test_proportions_agree_with_published_tables(h: float, n: int) -> None:
    """Source: J. Cohen 1992, "A power primer", table 2: two proportions, alpha .05, power .80."""
    p_b = float(np.sin(np.arcsin(np.sqrt(0.3)) + h / 2) ** 2)

    assert size_for_proportions(0.3, p_b, power=0.8, alpha=0.05) == pytest.approx(n, abs=1.0)


@given(st.floats(0.05, 2.0), st.floats(0.3, 0.99), st.floats(0.001, 0.2))
def test_the_power_at_the_number_is_the_one_asked_for(effect: float, power: float, alpha: float) -> None:
    n = size_for_means(effect, 1.0, power=power, alpha=alpha)

    assert power_of_means(effect, 1.0, n, alpha=alpha) == pytest.approx(power, abs=1e-6) or n < 2


@pytest.mark.parametrize("effect", [1.0, 2.0, 2.9, 3.0, 3.1, 4.0, 10.0])
def test_an_effect_that_nobody_could_miss_is_found(effect: float) -> None:
    assert power_of_means(effect, 1.0, 300, alpha=0.01) == pytest.approx(1.0)
    assert power_of_means(-effect, 1.0, 300, alpha=0.01, side="greater") == pytest.approx(0.0)


def test_an_arm_of_another_size_changes_what_both_need() -> None:
    even = size_for_proportions(0.1, 0.12, power=0.8, alpha=0.05)
    double = size_for_proportions(0.1, 0.12, power=0.8, alpha=0.05, ratio=2.0)

    assert double == pytest.approx(even * 0.75)  # 1/n + 1/2n = 2/n_even


def test_one_side_needs_fewer_than_both() -> None:
    both = size_for_means(0.3, 1.0, power=0.8, alpha=0.05)

    assert size_for_means(0.3, 1.0, power=0.8, alpha=0.05, side="greater") < both
    assert size_for_means(-0.3, 1.0, power=0.8, alpha=0.05, side="less") < both


def test_simulated_tests_find_the_effect_as_often_as_planned() -> None:
    chance = np.random.default_rng(5)
    n = round(size_for_means(0.5, 1.0, power=0.8, alpha=0.05))
    found = sum(
        (welch(sample_of(chance.normal(0, 1, n)), sample_of(chance.normal(0.5, 1, n))).p_value or 1) < 0.05
        for _ in range(600)
    )
    m = round(size_for_proportions(0.2, 0.3, power=0.8, alpha=0.05))
    ahead = sum(
        (two_proportion_z(chance.binomial(m, 0.2), m, chance.binomial(m, 0.3), m).p_value or 1) < 0.05
        for _ in range(600)
    )

    assert 0.74 < found / 600 < 0.86
    assert 0.74 < ahead / 600 < 0.86


@pytest.mark.parametrize(
    ("given_", "field"),
    [
        ({"p_b": 0.1}, "mde"),
        ({"p_b": 0.2, "side": "less"}, "mde"),
        ({"p_b": 1.2}, "p_b"),
        ({"alpha": 0.5}, "alpha"),
        ({"alpha": 0.0}, "alpha"),
        ({"power": 0.01}, "power"),
        ({"power": 1.0}, "power"),
    ],
)
def test_what_no_number_finds_is_refused(given_: dict[str, float], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        size_for_proportions(0.1, **{"p_b": 0.12, "power": 0.8, "alpha": 0.05, **given_})  # type: ignore[arg-type]  # by name

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("diff", "sd", "field"), [(0.0, 1.0, "mde"), (1.0, 0.0, "sd"), (1.0, -1.0, "sd"), (1e-9, 1.0, "mde")]
)
def test_no_difference_of_means_is_refused(diff: float, sd: float, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        size_for_means(diff, sd, power=0.8, alpha=0.05)

    assert refused.value.field == field
