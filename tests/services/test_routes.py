"""A route holds its models in the order of the choice, each with its reason."""

import pytest

from app.domain.errors import UnknownModel, UnknownTask, Unsupported
from app.domain.flow import Choice
from app.services.routes import require, route
from app.services.world import World
from tests.services.made import SMALL


def test_the_first_model_is_first_and_the_others_are_fallbacks(world: World) -> None:
    legs = route(world, Choice((SMALL, "simulated/large", "simulated/medium")))

    assert [(leg.model.slug, leg.reason) for leg in legs] == [
        (SMALL, "first"),
        ("simulated/large", "fallback"),
        ("simulated/medium", "fallback"),
    ]


def test_a_model_outside_the_catalogue_is_named_with_its_field(world: World) -> None:
    with pytest.raises(UnknownModel) as refused:
        route(world, Choice((SMALL, "nobody/knows")), field="choice")

    assert (refused.value.slug, refused.value.field) == ("nobody/knows", "choice")


def test_a_task_that_nobody_does_is_named_as_task(world: World) -> None:
    with pytest.raises(UnknownTask) as refused:
        route(world, Choice(task="nope"))

    assert refused.value.field == "task"


def test_a_capability_is_required_of_every_model_of_the_choice(world: World) -> None:
    require(world, Choice((SMALL,)), "embeddings")

    with pytest.raises(Unsupported, match="reasoning") as refused:
        require(world, Choice((SMALL,)), "reasoning")
    assert refused.value.field == "model"
