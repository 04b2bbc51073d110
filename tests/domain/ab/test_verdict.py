"""A verdict is one word that holds, and a sentence in the units that people know."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.ab.metric import Metric, metric_of
from app.domain.ab.readout import Progress, ValidNow, Verdict, Word
from app.domain.ab.verdict import amount, best_of, recommendation, verdict
from app.domain.statistics.means import Sample
from tests.domain.ab.designed import CONVERSION, QUALITY, RATING, THUMB, design

COST, LATENCY = metric_of("cost", high=1e9), metric_of("latency")
PROGRESS = Progress({"a": 20, "b": 30}, {"a": 500, "b": 500}, 60, 1_000, reached=False, days_left=3.2)


def seen(diff: float | None = 0.2, low: float | None = 0.1, high: float | None = 0.3, p: float = 0.001) -> ValidNow:
    return ValidNow("asymptotic", diff, low, high, p, p, 5.0, -2.0)


def told(now: ValidNow, metric: Metric = QUALITY, *, values: tuple[int, int] = (200, 200), **given: Any) -> Verdict:
    return verdict(design(metric, **given), "b", now, values=values, progress=PROGRESS)


@pytest.mark.parametrize(
    ("now", "given", "word"),
    [
        (seen(), {}, "win"),
        (seen(-0.2, -0.3, -0.1), {}, "lose"),
        (seen(), {"metric": LATENCY}, "lose"),
        (seen(-0.2, -0.3, -0.1), {"metric": LATENCY}, "win"),
        (seen(p=0.05), {}, "win"),
        (seen(p=0.051), {}, "keep running"),
        (seen(), {"values": (200, 99)}, "keep running"),
        (seen(), {"values": (99, 200)}, "keep running"),
        (seen(), {"values": (30, 30), "min_units": 30}, "win"),
        (seen(0.01, -0.09, 0.09, p=0.9), {}, "no meaningful difference"),
        (seen(0.01, -0.1, 0.09, p=0.9), {}, "keep running"),
        (seen(0.01, -0.09, 0.1, p=0.9), {}, "keep running"),
        (seen(0.01, -0.09, 0.09, p=0.9), {"margin": 0.05}, "keep running"),
        (seen(0.01, -0.09, 0.09, p=0.9), {"values": (10, 10)}, "keep running"),
        (seen(0.05, 0.02, 0.08, p=0.001), {}, "win"),
        (seen(0.0, -0.2, 0.2, p=0.001), {}, "keep running"),
        (seen(None, None, None, p=1.0), {}, "keep running"),
        (seen(p=0.02), {"alpha": 0.01}, "keep running"),
    ],
)
def test_the_word_is_what_holds(now: ValidNow, given: dict[str, Any], word: Word) -> None:
    assert told(now, **given).word == word


def test_what_was_once_proven_stays_proven() -> None:
    assert told(replace(seen(p=0.4), running_p=0.01)).word == "win"
    assert told(replace(seen(p=0.4), running_p=0.01, running_diff=0.3)).word == "win"


def test_what_was_proven_of_one_side_proves_nothing_of_the_other() -> None:
    turned = replace(seen(-0.2, -0.5, 0.1, p=0.4), running_p=0.01, running_diff=0.3)

    assert told(turned).word == "keep running"
    assert told(replace(turned, running_diff=-0.3)).word == "lose"


def test_sentences_are_in_points_for_rates() -> None:
    assert told(seen(), THUMB).sentence == (
        "b is better than a. Thumb of b less that of a: +20.00 points (+10.00 points to +30.00 points, valid at every "
        "look)."
    )


def test_sentences_are_in_dollars_for_cost_and_in_ms_for_time() -> None:
    cost = told(seen(-2e6, -3e6, -1e6), COST, margin=1e6).sentence
    latency = told(seen(1_234.5, 1_000, 1_500), LATENCY).sentence

    assert cost.startswith("b is better than a. Cost of b less that of a: −0.002 USD (−0.003 USD to −0.001 USD")
    assert latency.startswith("b is worse than a. Latency of b less that of a: +1,234 ms (+1,000 ms to +1,500 ms")


def test_a_difference_that_does_not_matter_is_told_with_its_margin() -> None:
    found = told(seen(0.001, -0.02, 0.02, p=0.9), CONVERSION, margin=0.05)

    assert found.sentence.startswith("b and a differ by less than 5.00 points, which does not matter.")


def test_an_open_verdict_says_what_was_collected_and_how_long_it_takes() -> None:
    found = told(seen(0.05, -0.1, 0.2, p=0.5)).sentence
    nothing = told(seen(None, None, None, p=1.0)).sentence

    assert found.startswith("b against a is open.")
    assert "a 20 of 500, b 30 of 500; about 4 more days at this pace." in found
    assert nothing.startswith("b against a: there is nothing to compare in quality yet.")
    reached = verdict(design(QUALITY), "b", seen(p=0.5), values=(200, 200), progress=replace(PROGRESS, reached=True))
    assert reached.sentence.endswith("b 30 of 500.")


@pytest.mark.parametrize(
    ("metric", "value", "signed", "text"),
    [
        (COST, 1_500_000.0, False, "0.0015 USD"),
        (COST, -1_500_000.0, True, "−0.0015 USD"),
        (LATENCY, 1_200.4, True, "+1,200 ms"),
        (THUMB, 0.123, False, "12.30 %"),
        (THUMB, -0.123, True, "−12.30 points"),
        (RATING, 3.14159, False, "3.142"),
        (RATING, 0.0, True, "0"),
    ],
)
def test_amounts_are_in_the_metrics_units(metric: Metric, value: float, signed: bool, text: str) -> None:
    assert amount(metric, value, signed=signed) == text


def words(**by_arm: Word) -> list[Verdict]:
    return [Verdict(arm, word, "") for arm, word in by_arm.items()]


MEANS = [("a", Sample(10, 0.5, 0.1)), ("b", Sample(10, 0.6, 0.1)), ("c", Sample(10, 0.7, 0.1)), ("d", None)]


@pytest.mark.parametrize(
    ("metric", "verdicts", "best"),
    [
        (QUALITY, words(b="win", c="win"), "c"),
        (LATENCY, words(b="win", c="win"), "b"),
        (QUALITY, words(b="win", c="keep running"), "b"),
        (QUALITY, words(b="win", c="lose"), "b"),
        (QUALITY, words(b="lose", c="keep running"), None),
        (QUALITY, words(b="lose", c="no meaningful difference"), "a"),
        (QUALITY, words(b="lose", c="lose"), "a"),
        (QUALITY, words(d="win"), None),
    ],
)
def test_the_best_arm_is_the_best_of_the_winners(metric: Metric, verdicts: list[Verdict], best: str | None) -> None:
    assert best_of(design(metric, arms=4), verdicts, MEANS) == best


def test_what_to_do_is_said_plainly() -> None:
    made = design(QUALITY, arms=3)

    def said(best: str | None, *, trusted: bool = True, **by_arm: Word) -> str:
        return recommendation(made, words(**by_arm), best, trusted=trusted)

    assert said("b", b="win", c="lose") == "Roll b out: it beats a."
    assert said("b", b="win", c="keep running").startswith("b beats a already; c is still open.")
    assert said("a", b="lose", c="lose") == "Keep a: every other arm is proven worse."
    assert (
        said("a", b="lose", c="no meaningful difference") == "Keep a: no other arm is better by anything that matters."
    )
    assert said(None, b="lose", c="keep running") == "Keep running: nothing is proven yet."
    assert said("b", trusted=False, b="win", c="win").startswith("Do not use these figures")


def test_identical_arms_that_seem_to_differ_are_a_false_alarm() -> None:
    made = design(QUALITY, same=True)

    assert recommendation(made, words(b="lose"), None, trusted=True).endswith("this is a false alarm.")
    assert "nothing is found" in recommendation(made, words(b="keep running"), None, trusted=True)
