"""Any AI_<TASK>_MODEL of the environment assigns a task, and a wrong one is named."""

import pytest

from app.domain.errors import Invalid, UnknownModel
from app.services.task_variables import models_by_task
from tests.worlds import catalogue

SMALL = "simulated/small"


def test_every_variable_of_that_form_names_a_task() -> None:
    variables = {"AI_SUMMARIES_MODEL": SMALL, "AI_MAIL_2_MODEL": "auto/best_cost", "AI_ROUTED_MODEL": "auto"}

    assert models_by_task(catalogue(), variables) == {
        "summaries": SMALL,
        "mail_2": "auto/best_cost",
        "routed": "auto",
    }


def test_a_task_may_be_called_otherwise_than_its_variable() -> None:
    found = models_by_task(catalogue(), {"AI_PREFERENCE_MODEL": SMALL}, known={"AI_PREFERENCE_MODEL": "preferences"})

    assert found == {"preferences": SMALL}


@pytest.mark.parametrize("variable", ["AI_MODEL", "AI__MODEL", "AI_a_MODEL", "MY_AI_CHAT_MODEL", "AI_CHAT_MODELS"])
def test_other_variables_name_no_task(variable: str) -> None:
    assert models_by_task(catalogue(), {variable: "nobody/knows"}) == {}


def test_an_empty_variable_says_nothing() -> None:
    assert models_by_task(catalogue(), {"AI_CHAT_MODEL": ""}) == {}


def test_an_alias_stands_for_its_slug() -> None:
    alias, slug = next(iter(catalogue().aliases.items()))

    assert models_by_task(catalogue(), {"AI_CHAT_MODEL": alias}) == {"chat": slug}


@pytest.mark.parametrize(("model", "error"), [("nobody/knows", UnknownModel), ("auto/luckiest", Invalid)])
def test_a_model_that_does_not_exist_is_refused_with_the_variable(model: str, error: type[Invalid]) -> None:
    with pytest.raises(error) as refused:
        models_by_task(catalogue(), {"AI_SUMMARIES_MODEL": model})

    assert refused.value.field == "AI_SUMMARIES_MODEL"


def test_two_variables_may_not_name_two_models_for_one_task() -> None:
    known = {"AI_PREFERENCE_MODEL": "preference_extraction"}
    variables = {"AI_PREFERENCE_EXTRACTION_MODEL": SMALL, "AI_PREFERENCE_MODEL": "simulated/large"}

    with pytest.raises(Invalid, match="AI_PREFERENCE_EXTRACTION_MODEL names another") as refused:
        models_by_task(catalogue(), variables, known=known)

    assert refused.value.field == "AI_PREFERENCE_MODEL"
    same = models_by_task(catalogue(), dict.fromkeys(variables, SMALL), known=known)
    assert same == {"preference_extraction": SMALL}
