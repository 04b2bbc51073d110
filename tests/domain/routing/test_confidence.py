"""An answer is trusted unless it shows a sign against it; being short is none."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.message import Message, ModelReply, ModelRequest, Usage
from app.domain.quality.scoring import RUBRICS
from app.domain.routing.confidence import confidence
from app.domain.routing.doubt import WEIGHTS, Doubt, weighed
from tests.domain.routing.answers import APPLES, BAD, BROKEN, CAPITAL, GOOD, HEDGED, REFUSED, SHORT, Case
from tests.domain.routing.later_answers import LATER_BAD, LATER_GOOD

FIT = 0.5
WORDS = st.from_regex(r"[A-Z][a-z]{1,11}", fullmatch=True)
RUBRIC = st.sampled_from([None, *RUBRICS])


def of(case: Case) -> float:
    """How far the answer is trusted."""
    return confidence(case.reply, case.request, rubric=case.rubric, fits=case.fits).score


def said(text: str, prompt: str = CAPITAL) -> tuple[ModelReply, ModelRequest]:
    """An answer to a prompt."""
    return ModelReply(text, "stop", Usage(), "m"), ModelRequest("", (Message("user", prompt),))


@pytest.mark.parametrize("case", SHORT, ids=lambda case: case.text)
def test_a_short_right_answer_is_trusted_wholly(case: Case) -> None:
    assert of(case) >= 0.9


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.text[:40])
def test_an_answer_that_can_be_given_stays(case: Case) -> None:
    assert of(case) >= FIT


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.text[:40])
def test_an_answer_that_should_be_redone_is_not_trusted(case: Case) -> None:
    assert of(case) < FIT


def test_good_and_bad_answers_are_apart_as_the_document_says() -> None:
    """The figures of docs/escalation.md."""
    good, bad = [of(case) for case in GOOD], [of(case) for case in BAD]
    apart = sum((one > other) + 0.5 * (one == other) for one in good for other in bad) / (len(good) * len(bad))

    assert (len(good), len(bad)) == (34, 33)
    assert apart == 1.0
    assert (min(good), max(bad)) == (1.0, pytest.approx(0.45))


def test_answers_that_came_later_are_told_as_the_document_says() -> None:
    """What is wrong and looks right stays unseen: a wrong capital, a wrong number without its way."""
    good, bad = [of(case) for case in LATER_GOOD], [of(case) for case in LATER_BAD]

    assert (len(good), sum(score < FIT for score in good)) == (25, 0)
    assert (len(bad), sum(score < FIT for score in bad)) == (20, 15)


@given(WORDS, RUBRIC)
def test_one_word_is_an_answer(word: str, rubric: str | None) -> None:
    reply, request = said(word)

    assert confidence(reply, request, rubric=None if rubric == "code_generation" else rubric).score >= 0.9


@given(st.integers(-(10**12), 10**12), st.sampled_from(["{}", "{}.", "The answer is {}.", "**{}**"]), RUBRIC)
def test_a_number_alone_is_an_answer(number: int, form: str, rubric: str | None) -> None:
    reply, request = said(form.format(number), APPLES)

    assert confidence(reply, request, rubric=rubric).score >= 0.9


@given(st.dictionaries(st.text("abcxyz", min_size=1, max_size=5), st.booleans() | st.integers(0, 99), max_size=4))
def test_data_alone_are_an_answer(data: dict[str, object]) -> None:
    reply, request = said(json.dumps(data), "Give it as JSON.")

    assert confidence(reply, request, rubric="extraction").score >= 0.9


@given(st.text(max_size=300), st.text(max_size=80), RUBRIC)
def test_any_text_has_a_score_and_no_reason_repeats_it(text: str, prompt: str, rubric: str | None) -> None:
    reply, request = said(text, prompt)
    found = confidence(reply, request, rubric=rubric)

    assert 0 <= found.score <= 1
    assert (found.score == 1) == (found.reasons == ())
    if not text.strip():
        assert found.score == 0


@pytest.mark.parametrize("case", REFUSED + HEDGED + BROKEN, ids=lambda case: case.text[:40])
def test_reasons_are_words_of_ours(case: Case) -> None:
    reasons = confidence(case.reply, case.request, rubric=case.rubric, fits=case.fits).reasons

    assert reasons
    assert not any(word in reason for reason in reasons for word in ("Paris", "Oslo", "Tom", "parcel", "warehouse"))


@pytest.mark.parametrize("case", HEDGED[:2], ids=lambda case: case.text)
def test_a_talk_bears_more_hedging_than_an_extraction(case: Case) -> None:
    scores = [confidence(case.reply, case.request, rubric=name).score for name in ("conversation", "generic")]

    assert scores[0] > scores[1] > confidence(case.reply, case.request, rubric="extraction").score


def test_code_that_does_not_parse_weighs_most_where_code_was_the_task() -> None:
    reply, request = said("Try this:\n\n```python\nprint('a'\n```\n\nIt prints a letter.", "How do I print a letter?")

    alone, coding = (confidence(reply, request, rubric=name).score for name in (None, "code_generation"))
    assert coding < FIT <= alone + 0.1


def test_a_cut_that_the_caller_wanted_weighs_less() -> None:
    reply = ModelReply("A long way to say", "length", Usage(), "m")
    messages = (Message("user", CAPITAL),)

    short, free = (confidence(reply, ModelRequest("", messages, max_tokens=most)).score for most in (8, None))
    assert free < FIT < short + 0.2


@given(st.floats(-20, 0), st.floats(-20, 0))
def test_a_model_that_was_surer_of_its_tokens_is_trusted_no_less(one: float, other: float) -> None:
    reply, request = said("Paris")
    low, high = (confidence(replace(reply, logprob=each), request).score for each in sorted((one, other)))

    assert low <= high
    assert confidence(replace(reply, logprob=-0.1), request).score == 1
    assert confidence(replace(reply, logprob=-1.0), request).score < FIT


@pytest.mark.parametrize("rubric", RUBRICS)
def test_every_rubric_has_its_weights(rubric: str) -> None:
    assert rubric in WEIGHTS
    assert all(0 <= weight <= 1 for weight in WEIGHTS[rubric].values())
    assert WEIGHTS[rubric]["empty"] == 1


@given(st.lists(st.tuples(st.sampled_from(sorted(WEIGHTS["generic"])), st.floats(0, 1)), max_size=6))
def test_each_further_doubt_takes_trust(signs: list[tuple[str, float]]) -> None:
    doubts = [Doubt(sign, share, sign) for sign, share in signs]  # type: ignore[arg-type]  # signs by name
    scores = [weighed(doubts[:count], None).score for count in range(len(doubts) + 1)]

    assert scores[0] == 1
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= 0
