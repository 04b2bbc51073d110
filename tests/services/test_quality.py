"""The service scores by the rubric asked for, and lists them all."""

import pytest

from app.domain.errors import Invalid
from app.domain.quality.scoring import RUBRICS, score
from app.domain.quality.work import Context
from app.services import quality
from app.services.quality import ScoreAsked
from tests.domain.quality.answers import SAMPLES, Sample


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.rubric)
def test_an_answer_is_scored_by_its_rubric(sample: Sample) -> None:
    asked = ScoreAsked(sample.text, sample.prompt, sample.rubric, sample.context)

    assert quality.score(asked) == score(sample.text, sample.prompt, sample.rubric, sample.context)


def test_weights_reference_and_judge_are_passed_on() -> None:
    asked = ScoreAsked("Paris.", None, context=Context(reference="Paris", judge=50.0), weights={"judge": 300.0})

    found = {each.name: each for each in quality.score(asked).dimensions}

    assert (found["reference"].points, found["judge"].points) == (100, 50)
    assert found["judge"].weight == pytest.approx(3 * found["reference"].weight)


def test_a_weight_of_nothing_is_refused() -> None:
    with pytest.raises(Invalid, match="no such dimension"):
        quality.score(ScoreAsked("Paris.", weights={"beauty": 1.0}))


def test_all_rubrics_are_listed_by_name() -> None:
    assert [each.name for each in quality.rubrics()] == sorted(RUBRICS)
