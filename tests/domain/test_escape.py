"""The e-CUSUM equals its reference and rarely cries wolf."""

import math

import numpy as np
import pytest

from app.domain.errors import Invalid
from app.domain.escape import ALARM, QUIET, e_cusum_tick, log_alarm, watched
from app.domain.evidence import Scale, from_cells, single

LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)


def test_the_tick_equals_the_reference_case() -> None:
    log_m = e_cusum_tick((0, 0, 0, 0), (2, 1, 3, 10, 14), levels=LEVELS, floor=3.0)

    expected = (-1.748569639306992, -4.798792802285356, -11.546807484826504, -26.128341445311865)
    assert log_m == pytest.approx(expected, rel=1e-9)
    assert math.exp(log_alarm(log_m)) == pytest.approx(0.04556800888954238, rel=1e-9)


def test_good_feedback_of_the_past_does_not_shield_a_fallen_flow() -> None:
    good = e_cusum_tick(QUIET, (0, 0, 0, 0, 10_000), levels=LEVELS, floor=3.0)
    after_good = e_cusum_tick(good, (12, 4, 0, 0, 0), levels=LEVELS, floor=3.0)
    at_once = e_cusum_tick(QUIET, (12, 4, 0, 0, 0), levels=LEVELS, floor=3.0)

    assert after_good == at_once
    assert log_alarm(at_once) > math.log(ALARM)


def test_a_mean_exactly_at_the_floor_raises_few_alarms() -> None:
    rng = np.random.default_rng(3)
    alarms = 0

    for _ in range(100):
        log_m: tuple[float, ...] = QUIET
        for _ in range(10):
            log_m = e_cusum_tick(log_m, rng.multinomial(5, [0.5, 0.5]).tolist(), levels=(0.0, 1.0), floor=0.5)
            alarms += log_alarm(log_m) >= math.log(ALARM)

    assert alarms <= 100 * 50 / ALARM


def test_decimals_are_watched_by_their_mean() -> None:
    scale = Scale("decimal")
    arrived = from_cells(Scale("binary"), [6, 2])
    rewards = single(scale, 0.25)
    for _ in range(7):
        rewards = rewards.plus(single(scale, 0.25))

    expected = watched(Scale("binary"), QUIET, arrived=arrived, floor=0.6)

    assert watched(scale, QUIET, arrived=rewards, floor=0.6) == pytest.approx(expected)


def test_a_floor_at_the_best_reward_is_refused() -> None:
    with pytest.raises(Invalid):
        e_cusum_tick(QUIET, (1, 1), levels=(0.0, 1.0), floor=1.0)
