"""What ships scores any prompt, the same in every process and every batch, and says what it goes by."""

import math
import subprocess
import sys

import pytest
from hypothesis import given

from app.domain.difficulty import explained, learned, score
from app.domain.routing.heuristic import Rules
from tests.domain.routing.prompts import ANY, CODE, KNOWN, OPEN, OPTIONS
from tests.house.tree import ROOT

SCRIPT = f"from app.domain.difficulty import score; print(score({[OPEN, OPTIONS, CODE]!r}))"


@given(ANY, ANY)
def test_a_score_is_finite_and_the_same_alone_and_in_any_batch(one: str, other: str) -> None:
    together = score([one, other, one])

    assert together == [score([one])[0], score([other])[0], score([one])[0]]
    assert all(math.isfinite(each) and -1 <= each <= 1 for each in together)


def test_scores_are_the_same_in_every_process() -> None:
    seen = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("0", "77")
    }

    assert seen == {str(score([OPEN, OPTIONS, CODE]))}


def test_nothing_is_scored_as_nothing() -> None:
    assert score([]) == []


def test_a_megabyte_is_scored_by_its_ends_and_its_length() -> None:
    head, tail = "Prove it. " * 600, " Why?" * 400
    one, other = head + "x" * 1_000_000 + tail, head + "y " * 500_000 + tail

    assert score([one]) == score([other])


def test_prompts_are_told_apart() -> None:
    assert len(set(score(list(KNOWN)))) > len(KNOWN) // 2


def test_the_explanation_by_rule_follows_the_rules_it_is_given() -> None:
    assert explained(OPEN).contributions.keys() == {"length", "words", "structure"}
    assert explained("hi", Rules(length=1.0, words=0.0, structure=0.0)).score == pytest.approx(0.2)


@given(ANY)
def test_the_explanation_by_the_prior_has_a_score_a_level_and_finite_contributions(prompt: str) -> None:
    found = learned(prompt)

    assert 0 < found.score < 1
    assert found.level in ("easy", "medium", "hard")
    assert all(map(math.isfinite, found.contributions.values()))


def test_contributions_are_the_largest_first() -> None:
    sizes = [abs(each) for each in learned(OPTIONS).contributions.values()]

    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 0
