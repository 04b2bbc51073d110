"""Whatever a step says can be written down, and says the same when it is read."""

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import ValidationError

from app.domain.flow import Choice, Step
from app.services.authoring.yaml_reading import read
from app.services.authoring.yaml_writing import dump
from app.services.step_form import StepForm, written
from tests.services.steps_drawn import STEPS


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])  # a step has many parts to draw
@given(STEPS)
def test_a_step_that_is_written_down_reads_back_the_same(step: Step) -> None:
    assert StepForm.model_validate(written(step)).to_domain() == step


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])  # a step has many parts to draw
@given(STEPS)
def test_a_step_survives_a_file(step: Step) -> None:
    told = read(dump({"steps": [written(step)]}), "a.yaml").value

    assert isinstance(told, dict)
    assert StepForm.model_validate(told["steps"][0]).to_domain() == step


def test_what_goes_without_saying_is_not_written() -> None:
    assert written(Step("answer", "Say it.", Choice(("simulated/small",)))) == {
        "code": "answer",
        "prompt": "Say it.",
        "choice": {"models": ["simulated/small"]},
    }


def test_an_unknown_field_is_refused_by_name() -> None:
    with pytest.raises(ValidationError, match="prompts"):
        StepForm.model_validate({"code": "a", "prompts": "", "choice": {"task": "chat"}})
