"""A shadow mirrors exactly its share of sessions, always the same ones, and is scored by rules alone."""

from dataclasses import replace

import pytest

from app.domain import shadow
from tests.db.makers import NOW, flow, session, use_case

SESSIONS = [f"session-{number}" for number in range(20_000)]
OWNER = use_case()
FLOW = flow(OWNER, shadow_share=2_500, version=3)


@pytest.mark.parametrize("part", [100, 1_000, 5_000])
def test_a_share_is_honoured_on_average(part: int) -> None:
    found = sum(shadow.mirrored("salt", FLOW.id, name, part) for name in SESSIONS)

    expected = len(SESSIONS) * part / shadow.WHOLE
    assert abs(found - expected) < 5 * (expected * (1 - part / shadow.WHOLE)) ** 0.5  # five standard deviations


def test_no_share_mirrors_nothing_and_the_whole_mirrors_everything() -> None:
    assert not any(shadow.mirrored("salt", FLOW.id, name, 0) for name in SESSIONS)
    assert all(shadow.mirrored("salt", FLOW.id, name, shadow.WHOLE) for name in SESSIONS)


def test_a_greater_share_keeps_every_session_that_was_mirrored() -> None:
    few = {name for name in SESSIONS if shadow.mirrored("salt", FLOW.id, name, 1_000)}
    more = {name for name in SESSIONS if shadow.mirrored("salt", FLOW.id, name, 2_000)}

    assert few < more


def test_two_shadows_choose_their_sessions_apart_from_each_other() -> None:
    one = {name for name in SESSIONS if shadow.mirrored("salt", "one", name, 5_000)}
    other = {name for name in SESSIONS if shadow.mirrored("salt", "other", name, 5_000)}

    assert abs(len(one & other) - len(SESSIONS) / 4) < 5 * (len(SESSIONS) * 3 / 16) ** 0.5


def test_all_runs_of_a_session_share_one_session_of_the_shadow() -> None:
    served = session(flow(OWNER), epoch_id="00000000-0000-7000-8000-000000000001", runs=4, cost=5, latency_ms=6)

    first = shadow.session_of(served, FLOW, moment=NOW)

    assert first == shadow.session_of(replace(served, runs=9), FLOW, moment=NOW)
    assert (first.correlation_id, first.unit, first.use_case_id) == ("visitor", "visitor", OWNER.id)
    assert (first.flow_id, first.flow_version, first.propensity) == (FLOW.id, 3, 2_500)
    assert (first.shadow, first.epoch_id, first.runs, first.cost, first.latency_ms) == (True, None, 0, 0, 0)
    assert first.id != served.id
    assert first.id != shadow.session_of(served, replace(FLOW, version=4), moment=NOW).id


@pytest.mark.parametrize(
    ("rubric", "answer", "label", "score"),
    [
        ("exact", "Yes.", "yes", 1.0),
        ("exact", "no", "yes", 0.0),
        ("first_integer", "it is 7", "seven apples", 1.0),
        ("first_integer", "it is 7", "nobody knows", None),
        ("label", "Positive, because", "positive", 1.0),
        ("label", None, "positive", 0.0),
        ("label", "anything", "  ", None),
        ("generic", "yes", "yes", None),
    ],
)
def test_an_answer_is_scored_by_the_rule_with_the_served_one_as_label(
    rubric: str, answer: str | None, label: str, score: float | None
) -> None:
    assert shadow.scored(rubric, answer, label) == score
