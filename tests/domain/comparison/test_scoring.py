"""An answer is right or wrong by one rule, and what cannot be scored is refused before anything is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.comparison.comparison import Input, Rule, Scoring
from app.domain.comparison.scoring import check_scoring, read_number, score_of
from app.domain.errors import Invalid
from tests.domain.comparison.checking import CHECKS


def scored(answer: str, reference: str | None, scoring: Scoring) -> float:
    """By the checks of these tests."""
    return score_of(answer, reference, scoring, checks=CHECKS)


@pytest.mark.parametrize(
    ("rule", "answer", "reference", "score"),
    [
        ("exact", " Paris. ", "paris", 1.0),
        ("label", "Positive, because", "positive", 1.0),
        ("first_integer", "It is twelve", "12", 1.0),
        ("contains", "The capital is\nNew  York.", "new york", 1.0),
        ("contains", "It is 14", "4", 0.0),
        ("contains", "It is 14, not 4.", "4", 1.0),
        ("contains", "apples", "apple", 1.0),
        ("contains", "anything", " ", 0.0),
        ("regex", "code: AB-123", r"[A-Z]{2}-\d{3}\b", 1.0),
        ("regex", "code: AB-12", r"[A-Z]{2}-\d{3}\b", 0.0),
        ("numeric", "About 3.1400001 metres, or 4", "3.14", 1.0),
        ("numeric", "−2.5", "-2.5", 1.0),
        ("numeric", "It is 1,200.50 USD", "1200.5", 1.0),
        ("numeric", "none", "0", 0.0),
        ("numeric", "0.0000001", "0", 1.0),
        ("numeric", "9" * 400, "0", 0.0),
        ("json_equal", '```json\n{"b": 2, "a": [1]}\n```', '{"a": [1.0], "b": 2}', 1.0),
        ("json_equal", '{"a": true}', '{"a": 1}', 0.0),
        ("json_equal", "no idea", "[]", 0.0),
        ("json_schema", 'Here: {"name": "x"}', '{"required": ["name"]}', 1.0),
        ("json_schema", "{}", '{"required": ["name"]}', 0.0),
        ("json_schema", "no idea", '{"required": []}', 0.0),
    ],
)
def test_an_answer_is_right_or_wrong(rule: Rule, answer: str, reference: str, score: float) -> None:
    assert scored(answer, reference, Scoring(rule)) == score


@given(
    st.sampled_from(["exact", "label", "first_integer", "contains", "regex", "numeric", "json_equal"]),
    st.text(),
    st.text(),
)
def test_any_text_is_worth_zero_or_one_or_is_refused(rule: Rule, answer: str, reference: str) -> None:
    try:
        assert scored(answer, reference, Scoring(rule)) in (0.0, 1.0)
    except Invalid:
        assert rule == "regex"


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15), st.booleans())
def test_any_number_is_read_back(number: float, comma: bool) -> None:
    text = f"{number:,.6f}" if comma else repr(number)

    assert read_number(f"It is {text}.") == pytest.approx(number, abs=1e-6)


@given(st.floats(1.0, 1e9), st.floats(1e-3, 0.5), st.floats(0.0, 2.0))
def test_a_number_is_right_within_its_tolerance(right: float, tolerance: float, part: float) -> None:
    found = scored(repr(right * (1 + tolerance * part)), repr(right), Scoring("numeric", tolerance=tolerance))

    if abs(part - 1) > 1e-6:
        assert found == float(part < 1)


def test_the_pattern_of_a_comparison_goes_before_an_inputs_reference_and_other_references_behind() -> None:
    assert scored("b", "a", Scoring("regex", "b")) == 1.0
    assert scored("b", "b", Scoring("exact", "a")) == 1.0
    assert scored("a", None, Scoring("exact", "a")) == 1.0
    assert scored("a", "a", Scoring("regex")) == 1.0


def test_without_a_reference_nothing_is_scored() -> None:
    with pytest.raises(Invalid, match="reference missing"):
        scored("a", None, Scoring("exact"))


@pytest.mark.parametrize(
    ("scoring", "references", "field", "words"),
    [
        (Scoring("exact"), ["a", None, "b", None], "inputs[1].reference", "reference missing: inputs 11, 13"),
        (Scoring("exact"), [None] * 12, "inputs[0].reference", "18, 19 and 2 more"),
        (Scoring("regex", "(a"), ["a"], "scoring.expected", "does not compile"),
        (Scoring("regex"), ["a", "a)"], "inputs[1].reference", "does not compile"),
        (Scoring("json_schema", "{"), ["a"], "scoring.expected", "JSON Schema"),
        (Scoring("json_schema", "[1]"), ["a"], "scoring.expected", "JSON Schema"),
        (Scoring("json_equal"), ["[1]", "x"], "inputs[1].reference", "JSON"),
        (Scoring("numeric"), ["1", "two"], "inputs[1].reference", "decimal number"),
        (Scoring("numeric"), ["1 metre"], "inputs[0].reference", "decimal number"),
        (Scoring("numeric", tolerance=-1), ["1"], "scoring.tolerance", "at least 0"),
        (Scoring("numeric", tolerance=float("nan")), ["1"], "scoring.tolerance", "at least 0"),
        (Scoring("first_integer"), ["seven", "none"], "inputs[1].reference", "whole number"),
        (Scoring("first_integer", "1.5"), [None], "scoring.expected", "whole number"),
        (Scoring("contains", " "), [None], "scoring.expected", "not empty"),
        (Scoring("taste"), ["1"], "scoring.rule", "first_integer"),  # type: ignore[arg-type]  # what a door could let through
    ],
)
def test_what_could_not_be_scored_is_refused(
    scoring: Scoring, references: list[str | None], field: str, words: str
) -> None:
    inputs = [Input(10 + at, {}, reference) for at, reference in enumerate(references)]

    with pytest.raises(Invalid, match=words) as refusal:
        check_scoring(scoring, inputs, checks=CHECKS)

    assert refusal.value.field == field


@pytest.mark.parametrize(
    "scoring",
    [
        Scoring("exact", "a"),
        Scoring("regex", "a+"),
        Scoring("json_schema", "{}"),
        Scoring("json_equal", "```json\n[1]\n```"),
        Scoring("numeric", "-1,000.5e3"),
        Scoring("contains", "a"),
        Scoring("first_integer", "twenty-five"),
    ],
)
def test_one_reference_may_stand_for_all_inputs(scoring: Scoring) -> None:
    check_scoring(scoring, [Input(0, {}), Input(1, {})], checks=CHECKS)


@pytest.mark.parametrize("rule", ["numeric", "first_integer", "contains", "json_equal"])
def test_an_answer_made_to_take_long_is_wrong_like_any_other(rule: Rule) -> None:
    for answer in ("1" * 100_000 + ".5", "1," * 100_000, "1,111" * 20_000, "." * 100_000, "[" * 100_000):
        assert scored(answer, "2", Scoring(rule)) == 0.0
