"""A score is the weighted mean of dimensions, always within 0 and 100, and never bought by length or keywords."""

import math
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.quality.scoring import BESIDE, RUBRICS, score
from app.domain.quality.work import Context
from tests.domain.quality.answers import SAMPLES, Sample

EACH = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.rubric)
SLOW_S = 2.0  # usually a tenth of a second; without bounds minutes
TEXTS = st.one_of(
    st.text(max_size=400),
    st.lists(
        st.sampled_from(
            ["the", "price", "is", "of", "10", "Score: 80/100.", "```python\n", "{", "}", "\n\n", "def f():", '"a": 1']
        ),
        max_size=60,
    ).map(" ".join),
)
FILLER = (
    "\n\nIn general there are many sides to this. It is good to keep in mind what matters most to all of us. "
    "Each of them has its place, and none of them is the whole story. We have seen this before in other places. "
    "What comes of it is another matter. Some would say that it was always so. Others are of the other view."
)


def total(sample: Sample, text: str) -> float:
    """What the text is worth in the sample's place."""
    return score(text, sample.prompt, sample.rubric, sample.context).total


@EACH
def test_a_good_answer_gets_nearly_all(sample: Sample) -> None:
    assert total(sample, sample.text) >= 95


@EACH
def test_saying_everything_twice_never_helps(sample: Sample) -> None:
    assert total(sample, f"{sample.text}\n\n{sample.text}") <= total(sample, sample.text)


@EACH
@pytest.mark.parametrize("times", [1, 5, 40])
def test_keywords_in_a_row_never_help(sample: Sample, times: int) -> None:
    words = " ".join(re.findall(r"\w{4,}", sample.prompt) * times)
    named = " ".join(spec.name.replace("_", " ") for spec in RUBRICS[sample.rubric].specs)

    for stuffed in (f"{sample.text}\n{words}", f"{sample.text}\n{named} {words}", f"{words}\n{sample.text}"):
        assert total(sample, stuffed) <= total(sample, sample.text)


@EACH
@pytest.mark.parametrize("times", [1, 4])
def test_length_without_content_never_helps(sample: Sample, times: int) -> None:
    assert total(sample, sample.text + FILLER * times) <= total(sample, sample.text)


@EACH
def test_keywords_alone_are_worth_little(sample: Sample) -> None:
    words = " ".join(re.findall(r"\w{4,}", sample.prompt) * 10)

    assert total(sample, words) < 0.6 * total(sample, sample.text)


@EACH
def test_the_prompt_said_again_is_no_answer(sample: Sample) -> None:
    assert total(sample, sample.prompt) < total(sample, sample.text) - 20


@EACH
def test_a_weaker_answer_does_not_win_from_keywords_either(sample: Sample) -> None:
    weak = sample.text[: len(sample.text) // 3]
    words = " ".join(re.findall(r"\w{4,}", sample.prompt) * 3)

    assert total(sample, f"{weak}\n{words}") <= total(sample, sample.text)


@EACH
@pytest.mark.parametrize("part", [0.35, 0.6, 0.85])
def test_an_answer_that_breaks_off_is_no_more_complete(sample: Sample, part: float) -> None:
    def complete(text: str) -> float:
        found = score(text, sample.prompt, sample.rubric, sample.context)
        return next(each.points for each in found.dimensions if each.name == "completeness")

    assert complete(sample.text[: int(part * len(sample.text))]) <= complete(sample.text) == 100


@EACH
def test_an_empty_answer_is_worth_nothing(sample: Sample) -> None:
    found = score(" \n ", sample.prompt, sample.rubric, Context(reference="x"))

    assert found.total == 0
    assert {each.why for each in found.dimensions} == {"the answer is empty"}


@EACH
def test_why_repeats_nothing_of_text_or_prompt(sample: Sample) -> None:
    secret = "zyxomma"
    text = f"{sample.text} {secret}ed by {secret}. def {secret}(: [{secret}]"

    found = score(text, f"{sample.prompt} `{secret}`", sample.rubric, Context(facts={secret: secret}, reference=secret))

    assert secret not in repr(found)


@pytest.mark.parametrize("rubric", RUBRICS)
@given(text=TEXTS, prompt=st.one_of(st.none(), TEXTS))
def test_points_are_finite_within_bounds_and_the_same_each_time(rubric: str, text: str, prompt: str | None) -> None:
    found = score(text, prompt, rubric)

    assert 0 <= found.total <= 100
    assert all(math.isfinite(each.points) and 0 <= each.points <= 100 and each.why for each in found.dimensions)
    assert sum(each.weight for each in found.dimensions) == pytest.approx(1)
    assert found.total == pytest.approx(sum(each.weight * each.points for each in found.dimensions))
    assert score(text, prompt, rubric) == found


@pytest.mark.parametrize("rubric", RUBRICS)
def test_the_weights_of_a_rubric_sum_to_a_hundred(rubric: str) -> None:
    specs = RUBRICS[rubric].specs

    assert sum(spec.weight for spec in specs) == 100
    assert len({spec.name for spec in specs} | set(BESIDE)) == len(specs) + len(BESIDE)


@EACH
def test_a_rubric_measures_what_it_declares(sample: Sample) -> None:
    found = score(sample.text, sample.prompt, sample.rubric, sample.context)

    declared = [spec.name for spec in RUBRICS[sample.rubric].specs]
    assert [each.name for each in found.dimensions if each.name not in declared] == []


@pytest.mark.parametrize("rubric", RUBRICS)
@pytest.mark.slow
def test_a_megabyte_is_read_in_part(rubric: str) -> None:
    for piece in (
        "word ",
        "((((",
        "```\n",
        '{"a": ',
        "'''",
        '<a "',
        "/*",
        "- not ",
        "list three ",
        "1. ",
        "the price is 10. ",
    ):
        text = (piece * (1_000_000 // len(piece) + 1))[:1_000_000]
        begun = time.process_time()

        found = score(text, text, rubric, Context(reference=text, facts={"fields": text, "company": text}))

        assert 0 <= found.total <= 100
        assert time.process_time() - begun < SLOW_S


def test_weights_given_replace_those_of_the_rubric() -> None:
    found = score("Paris.", "What is the capital of France?", "generic", weights={"clarity": 15, "directness": 0})

    assert {each.name: each.weight for each in found.dimensions} == {
        "directness": 0,
        "completeness": 0.5,
        "clarity": 0.5,
    }


def test_a_reference_weighs_as_much_as_the_whole_rubric_shipped() -> None:
    found = score("London", None, "extraction", Context(reference="Paris"))

    weights = {each.name: each.weight for each in found.dimensions}
    assert weights["reference"] / (1 - weights["reference"]) == pytest.approx(100 / (35 + 10 + 10))


def test_a_judge_is_one_more_dimension() -> None:
    alone, judged = score("Paris."), score("Paris.", context=Context(judge=20.0))

    assert [each.points for each in judged.dimensions if each.name == "judge"] == [20]
    assert judged.total < alone.total


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"rubric": "poetry"}, "rubric"),
        ({"weights": {"beauty": 1.0}}, "weights.beauty"),
        ({"weights": {"clarity": -1.0}}, "weights.clarity"),
        ({"weights": {"clarity": math.nan}}, "weights.clarity"),
        ({"weights": {spec.name: 0.0 for spec in RUBRICS["generic"].specs}}, "weights"),
        ({"context": Context(judge=101.0)}, "judge"),
    ],
)
def test_what_cannot_be_scored_is_refused_by_name(given: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        score("text", **given)  # type: ignore[arg-type]  # one of each kind

    assert refused.value.field == field


def test_an_unknown_rubric_is_told_which_there_are() -> None:
    with pytest.raises(Invalid, match=", ".join(RUBRICS)):
        score("text", rubric="poetry")


@EACH
def test_keywords_echo_filler_and_repetition_raise_nothing_but_the_form_of_any_beginning(sample: Sample) -> None:
    """A beginning that is cut gets an end by whatever follows; what it says is worth no more."""
    form = {"completeness", "structure"}
    words = " ".join(re.findall(r"\w{4,}", sample.prompt) * 3)
    lines = sample.text.splitlines(keepends=True)
    for cut in range(1, len(lines) + 1):
        begun = "".join(lines[:cut]).rstrip()
        before = {
            each.name: each.points for each in score(begun, sample.prompt, sample.rubric, sample.context).dimensions
        }
        for more in (words, f"{words}.", sample.prompt, FILLER, begun):
            after = score(f"{begun}\n\n{more}", sample.prompt, sample.rubric, sample.context)

            assert [
                (cut, each.name)
                for each in after.dimensions
                if each.name not in form and each.name in before and each.points > before[each.name] + 1e-9
            ] == []
