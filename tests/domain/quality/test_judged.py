"""A judge is asked dimension by dimension, and of its reply only numbers in the right shape are believed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.fenced import mark_of
from app.domain.quality.judged import Judged, questions, read
from app.domain.quality.rubric import Rubric, Spec
from app.domain.quality.scoring import RUBRICS, weights_of

GENERIC = RUBRICS["generic"]
NAMES = [spec.name for spec in GENERIC.specs]
WEIGHTS = weights_of(GENERIC, {})
ALL = dict.fromkeys(NAMES, 50)


def said(**changed: object) -> str:
    """A reply that gives 50 in each dimension but those."""
    return json.dumps({"points": {**ALL, **changed}})


def judged(reply: str) -> Judged | None:
    return read(reply, GENERIC, WEIGHTS)


@pytest.mark.parametrize(
    "reply",
    [said(), f"```json\n{said()}\n```", f"Here it is: {said()} I hope that helps.", f'{{"thoughts": 3}} {said()}'],
)
def test_points_are_read_alone_in_a_block_or_between_words(reply: str) -> None:
    assert judged(reply) == Judged(50.0, ALL)


def test_the_total_is_weighed_as_the_rubric_is() -> None:
    found = judged(said(relevance=100))

    assert found is not None
    assert found.points == pytest.approx(50 + 50 * WEIGHTS["relevance"] / 100)


def test_a_dimension_that_cannot_be_judged_is_left_out() -> None:
    found = judged(said(language=None, relevance=50.0))

    assert found is not None
    assert found.points == pytest.approx(50)
    assert "language" not in found.dimensions


@pytest.mark.parametrize(
    ("reply", "points"),
    [
        ("90", 90.0),
        ("0", 0.0),
        ('{"score": 90}', 90.0),
        ('{"points": {"score": 90}}', 90.0),
        ("900", None),
        ("-5", None),
        ("90 or 80", None),
        ('{"score": 90} {"score": 80}', None),
        ('{"score": 90, "sure": true}', None),
        ('{"score": 90} {"points": {"score": 90}}', None),
    ],
)
def test_of_one_dimension_its_number_may_stand_alone(reply: str, points: float | None) -> None:
    one = Rubric("one", "", (Spec("score", 100, ""),), lambda work: {})
    found = read(reply, one, {"score": 100.0})

    assert (None if found is None else found.points) == points


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "90",
        "The answer is worth 90 points.",
        said(relevance=101),
        said(relevance=-1),
        said(relevance="90"),
        said(relevance=True),
        said(relevance=float("nan")),
        said(beauty=1),
        json.dumps({"points": {"relevance": 90}}),
        json.dumps({"points": 90}),
        json.dumps({"points": dict.fromkeys(NAMES)}),
        json.dumps({"verdict": ALL}),
        f"{said()} {said(relevance=100)}",
        said()[:-2],
        said().replace('"relevance": 50', '"relevance": 50, "relevance": 100'),
        '{"a":' * 5_000,
        "{" * 20_000,
    ],
    ids=lambda reply: reply[:30],
)
def test_whatever_states_no_points_or_two_is_not_believed(reply: str) -> None:
    assert judged(reply) is None


@given(st.text())
def test_no_reply_breaks_the_reading(reply: str) -> None:
    assert judged(reply) is None


@given(st.text(max_size=200), st.text(max_size=200))
def test_the_judged_text_stays_between_its_marks(prompt: str, text: str) -> None:
    mark = mark_of("an id", text)

    system, user = questions(GENERIC, text, prompt=prompt, mark=mark)

    assert user.text.endswith(f"<<ANSWER {mark}>>\n{text}\n<<END {mark}>>")
    assert user.text.count(f"<<END {mark}>>") == 2
    assert all(name in system.text for name in NAMES)


def test_what_is_known_and_a_right_answer_are_shown() -> None:
    _, user = questions(GENERIC, "4", prompt=None, mark="m", reference="5", facts={"source": "x}"})

    assert '<<WHAT IS KNOWN m>>\n{"source": "x}"}' in user.text
    assert "<<A RIGHT ANSWER SAYS m>>\n5\n" in user.text
    assert "TASK" not in user.text
