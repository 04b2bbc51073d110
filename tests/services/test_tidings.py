"""A step of an experiment is told in words: escapes, drops, a new beginning, the end, and the weights at last."""

from dataclasses import replace

import pytest

from app.domain.allocation import Decision, Outcome, Plan, Removal, State, initial
from app.domain.evidence import Scale
from app.services.tidings import Tiding, tidings

PLAN = Plan(("a", "b", "c"), "a", Scale("binary"), (5000, 3000, 2000), 0.02)
BEFORE = initial(PLAN)
HALF = {"a": 5000, "b": 5000, "c": 0}


def told(before: State, after: State) -> list[Tiding]:
    """What is told of the step between the two states."""
    nothing: tuple[tuple[float, ...], ...] = ()
    return list(tidings(PLAN, before, Decision(after, "because", (), (), nothing)))


def test_a_step_without_effect_is_not_told() -> None:
    assert told(BEFORE, replace(BEFORE, tick=9, fresh=3)) == []


def test_an_escape_is_told_before_the_weights_that_it_left() -> None:
    after = replace(BEFORE, tick=4, weights=(5000, 5000, 0), escaped=(Removal("c", 4, "c escaped: it is slow"),))

    assert told(BEFORE, after) == [
        ("escaped", "c escaped: it is slow", {"flow": "c", "weights": HALF}),
        (
            "moved",
            "because",
            {"phase": "adaptive", "before": {"a": 5000, "b": 3000, "c": 2000}, "after": HALF},
        ),
    ]
    assert told(after, replace(after, tick=5)) == []


def test_a_drop_is_told_with_its_reason() -> None:
    after = replace(BEFORE, dropped=(Removal("b", 2, "beaten"),))

    assert told(BEFORE, after) == [("dropped", "b dropped: beaten", {"flow": "b"})]


def test_a_flow_that_escapes_again_after_a_pardon_is_told_again() -> None:
    pardoned = replace(BEFORE, tick=7, escaped=())
    after = replace(pardoned, escaped=(Removal("c", 7, "again"),))

    assert [kind for kind, *_ in told(pardoned, after)] == ["escaped"]


@pytest.mark.parametrize(
    ("outcome", "kind", "winner", "certified"),
    [
        ("winner", "completed", "b", True),
        ("guess", "completed", "b", False),
        ("forced", "completed", "b", False),
        ("equivalent", "equivalent", "a", True),
        ("inconclusive", "inconclusive", None, False),
    ],
)
def test_the_end_is_told_with_what_is_certain(outcome: Outcome, kind: str, winner: str | None, certified: bool) -> None:
    after = replace(BEFORE, phase="completed", outcome=outcome, winner=winner)

    assert told(BEFORE, after) == [
        (kind, "because", {"outcome": kind, "how": outcome, "flow": winner, "certified": certified}),
    ]
    assert told(after, after) == []


def test_another_choice_of_the_operator_is_another_end() -> None:
    first = replace(BEFORE, phase="completed", outcome="forced", winner="a")

    ((kind, _, data),) = told(first, replace(first, winner="b"))

    assert (kind, data["flow"]) == ("completed", "b")


def test_a_rollback_is_an_escape_and_no_completion() -> None:
    after = replace(BEFORE, phase="escaped", outcome="escaped", escaped=(Removal("b", 1, "b escaped"),))

    assert [kind for kind, *_ in told(BEFORE, after)] == ["escaped"]


def test_a_new_round_is_told_once() -> None:
    ended = replace(BEFORE, phase="completed", outcome="winner", winner="a")
    after = replace(BEFORE, round=1)

    assert told(ended, after) == [
        ("reopened", "because", {"round": 1, "weights": {"a": 5000, "b": 3000, "c": 2000}}),
    ]
