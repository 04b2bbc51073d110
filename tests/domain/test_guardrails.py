"""Each limit of an escape rule is shown with what was seen and how near the alarm is."""

import math
from dataclasses import replace

import pytest

from app.domain.allocation import Plan, State, initial
from app.domain.allocator import advance
from app.domain.escape import EscapeRule
from app.domain.guardrails import Figures, Guardrail, guardrails
from tests.domain.allocating import observed, plan

RULE = EscapeRule(lower_score=0.5, max_error_rate=0.1, max_latency_p95_ms=900, max_cost=2_000_000)
FIGURES = Figures(reward=0.4, error_rate=0.2, slow_rate=0.01, cost=1_000_000)


def watched(of: Plan, state: State) -> dict[str, Guardrail]:
    """The guardrails of flow a by what they watch."""
    return {one.watched: one for one in guardrails(of, state, 0, figures=FIGURES)}


def test_every_limit_has_a_guardrail_with_what_was_seen() -> None:
    """W10: errors, cost and latency are watched beside the score."""
    of = plan(2, escape={"a": RULE})

    found = watched(of, initial(of))

    assert {name: (one.limit, one.seen) for name, one in found.items()} == {
        "reward": (0.5, 0.4),
        "error_rate": (0.1, 0.2),
        "latency_p95_ms": (900, 0.01),
        "cost": (2_000_000, 1_000_000),
    }
    assert {one.nearness for one in found.values()} == {0.0}
    assert {one.log_alarm for one in found.values()} == {math.log(of.alarm)}


def test_only_what_the_rule_watches_is_shown() -> None:
    of = plan(2, escape={"a": EscapeRule(lower_score=0.5)})

    assert list(watched(of, initial(of))) == ["reward"]
    assert guardrails(of, initial(of), 1, figures=FIGURES) == ()


@pytest.mark.parametrize(("bad", "near"), [(0, 0.0), (8, 0.5), (40, 1.0)])
def test_bad_feedback_brings_the_alarm_near(bad: int, near: float) -> None:
    """W9: an escape needs evidence, and one sees how much there is."""
    of = plan(2, escape={"a": EscapeRule(lower_score=0.5, min_feedback=1_000)})
    state = advance(of, initial(of), observed(of, initial(of), [[bad, 0], [0, bad]])).state

    found = watched(of, state)["reward"]

    assert found.nearness == pytest.approx(near, abs=0.25)
    assert (found.nearness == 1.0) == (near == 1.0)
    assert (found.had, found.least) == (bad, 1_000)


def test_each_guard_reads_its_own_evidence() -> None:
    of = plan(2, escape={"a": RULE})
    quiet, loud = (0.0,) * 4, (5.0,) * 4
    state = replace(initial(of), guards=((*quiet, *loud, *quiet), ()), runs=(40, 0))

    found = watched(of, state)

    assert found["latency_p95_ms"].log_e == pytest.approx(5.0)
    assert (found["error_rate"].log_e, found["cost"].log_e) == (0.0, 0.0)
    assert found["cost"].had == 40
