"""The estimators are trained and judged by what is right: figures by hand, planted truths, and the same bytes twice."""

import gzip
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.domain.routing.encoding import encode
from app.domain.routing.prior import packed
from benchmarks.difficulty import regression
from benchmarks.difficulty.apgr import interval, quality, recovered
from benchmarks.difficulty.learning import curve
from benchmarks.difficulty.outcomes import ARTEFACTS, NEEDED, Outcomes
from benchmarks.difficulty.savings import STRONG_COST, WEAK_COST, calibration, kept, savings
from benchmarks.difficulty.training import held_out, trained
from tests.house.tree import ROOT


def planted(number: int = 240) -> Outcomes:
    """Questions of which the weak model fails those that ask for a proof."""
    topics = ("rivers", "prices", "trees", "wheels", "stars", "coins", "ships")
    prompts = tuple(
        f"{'Prove the claim' if row % 2 else 'Name the colour'} of {topics[row % 7]} number {row}."
        for row in range(number)
    )
    weak = np.array([float(row % 2 == 0 or row % 12 == 1) for row in range(number)])
    strong = np.array([float(row % 10 != 0) for row in range(number)])
    subject = np.array([ARTEFACTS[0] if row % 40 == 0 else "plants" for row in range(number)])
    return Outcomes(prompts, tuple(map(encode, prompts)), np.array(["mmlu"] * number), subject, weak, strong)


def written(path: Path, outcomes: Outcomes) -> Path:
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        for row, prompt in enumerate(outcomes.prompts):
            figures = {
                "prompt": prompt,
                "benchmark": "mmlu",
                "subject": str(outcomes.subject[row]),
                "weak_quality": outcomes.weak[row],
                "strong_quality": outcomes.strong[row],
            }
            lines.write(json.dumps(figures) + "\n")
    return path


def test_the_share_recovered_is_counted_from_the_highest_score() -> None:
    score, weak, strong = np.array([3.0, 2.0, 1.0, 0.0]), np.array([0.0, 1.0, 0.0, 1.0]), np.ones(4)

    assert recovered(score, strong - weak).tolist() == [0, 0.5, 0.5, 1.0, 1.0]
    assert quality(score, weak, strong).apgr == pytest.approx((0.25 + 0.5 + 0.75 + 1.0) / 4)
    assert quality(score, weak, strong).cpt50 == pytest.approx(0.25, abs=0.05)


def test_equal_scores_are_worth_chance() -> None:
    weak, strong = np.array([0.0, 0.0, 1.0, 1.0, 1.0]), np.ones(5)
    found = quality(np.zeros(5), weak, strong)

    assert found.apgr == pytest.approx(0.5)
    assert (found.cpt50, found.cpt80) == (pytest.approx(0.5), pytest.approx(0.8))


def test_the_interval_holds_the_figure_and_narrows_with_prompts() -> None:
    chance = np.random.default_rng(1)

    def width(number: int) -> float:
        weak = (chance.random(number) < 0.5).astype(float)
        score = chance.random(number) - weak
        low, high = interval(score, weak, np.ones(number), seed=0)
        assert low <= quality(score, weak, np.ones(number)).apgr <= high
        return high - low

    assert width(1000) < width(60)


def test_the_least_of_a_convex_loss_is_found() -> None:
    curved, least = np.array([1.0, 10.0, 100.0]), np.array([3.0, -2.0, 0.5])

    found = regression.least(
        lambda at: (float((curved * (at - least) ** 2).sum()), 2 * curved * (at - least)), np.zeros(3)
    )

    assert found == pytest.approx(least, abs=0.01)


def test_a_line_through_outcomes_has_their_slope() -> None:
    chance = np.random.default_rng(2)
    figure = chance.normal(size=6000)
    right = (chance.random(6000) < 1 / (1 + np.exp(-(figure - 0.5)))).astype(float)

    assert regression.line(figure, right) == (pytest.approx(1.0, abs=0.12), pytest.approx(-0.5, abs=0.12))
    assert regression.line(np.zeros(0), np.zeros(0)) == (0.0, 0.0)


def test_a_prior_scores_what_it_has_not_seen_by_what_it_has() -> None:
    outcomes = planted()

    found = held_out(outcomes, folds=4, seed=0)

    assert quality(found, outcomes.weak, outcomes.strong).apgr > 0.65


def test_a_prior_is_the_same_bytes_each_time() -> None:
    outcomes = planted()
    rows = np.flatnonzero(~outcomes.artefact)

    assert packed(trained(outcomes, rows).weak) == packed(trained(outcomes, rows).weak)


def test_a_router_learns_the_planted_rule_from_one_outcome_per_prompt() -> None:
    outcomes = planted(400)
    found = curve(outcomes, np.arange(400), (0, 100), seeds=2)

    assert found[0] == pytest.approx(0.5, abs=0.05)
    assert found[320] > 0.65


def test_savings_are_told_against_a_mix_and_against_the_strong_model() -> None:
    weak, strong = np.array([1.0] * 8 + [0.0] * 2), np.ones(10)
    (perfect,) = savings(1 - weak, weak, strong, (1.0,))
    (blind,) = savings(weak, weak, strong, (1.0,))

    assert perfect.cost == pytest.approx(WEAK_COST + 0.2 * (STRONG_COST - WEAK_COST))
    assert perfect.on_mix == pytest.approx(1 - perfect.cost / STRONG_COST)
    assert blind.on_mix == pytest.approx(0.0)


def test_a_promised_quality_takes_the_cheapest_model_that_is_expected_to_keep_it() -> None:
    weak_q, strong_q = np.array([0.9, 0.2, 0.3]), np.array([0.95, 0.9, 0.1])
    weak, strong = np.array([1.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0])

    assert kept(weak_q, strong_q, weak, strong, 0.8) == 1.0


def test_calibration_is_the_distance_of_what_was_expected_from_what_came() -> None:
    expected, came = np.repeat([0.2, 0.8], 50), np.concatenate((np.arange(50) % 5 == 0, np.arange(50) % 2 == 0))

    assert calibration(expected, came.astype(float)) == pytest.approx((0.0 + 0.3) / 2, abs=0.05)
    assert math.isclose(calibration(came.astype(float), came.astype(float)), 0.0)


@pytest.mark.parametrize("name", ["train_difficulty", "routing_quality"])
def test_without_data_a_command_says_what_it_needs(name: str) -> None:
    done = run(name)

    assert done.stdout.strip() == NEEDED


def test_the_training_command_writes_two_modules_and_its_figures(tmp_path: Path) -> None:
    data = written(tmp_path / "outcomes.jsonl.gz", planted())
    done = run("train_difficulty", "--data", str(data), "--out", str(tmp_path), "--folds", "2")

    assert "pooled" in done.stdout
    for name in ("weak", "strong"):
        text = (tmp_path / f"prior_{name}.py").read_text(encoding="utf-8")
        assert "Prove the claim" not in text
        assert max(map(len, text.splitlines())) <= 120


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, f"benchmarks/{name}.py", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": ".", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
