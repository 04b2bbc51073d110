"""Long sentences cost clarity, repetition costs variety, and length alone neither earns nor costs."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.quality.clarity import clarity, variety
from tests.domain.quality.working import work

LONG = "this one goes on " * 15
TEXT = (
    "The council met on Monday. It spoke of trams and of buses, and of what they cost. Two members were away, "
    "and nobody asked why. In the end all of them agreed that the matter could wait until spring."
)


def test_clarity_is_the_part_of_words_in_short_sentences() -> None:
    assert clarity(work("It is so.")).points == 100
    assert clarity(work(f"{LONG}.")).points == 0
    assert 0 < clarity(work(f"{TEXT} {LONG}.")).points < 100


def test_a_text_said_twice_has_no_variety_left() -> None:
    once, twice = variety(work(TEXT)), variety(work(f"{TEXT} {TEXT}"))

    assert once is not None
    assert twice is not None
    assert once.points == 100
    assert twice.points < 15


def test_a_text_that_is_mostly_one_word_has_none() -> None:
    found = variety(work(" ".join(f"tram {number}" for number in range(30))))

    assert found is not None
    assert found.points == 0


def test_a_short_answer_has_nothing_to_repeat() -> None:
    assert variety(work("Yes, it is.")) is None


@given(st.integers(min_value=2, max_value=8))
def test_more_repetition_never_has_more_variety(times: int) -> None:
    fewer, more = variety(work(" ".join([TEXT] * times))), variety(work(" ".join([TEXT] * (times + 1))))

    assert fewer is not None
    assert more is not None
    assert more.points <= fewer.points
