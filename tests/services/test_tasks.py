"""A task's model comes from the API, else from the environment, else from the default task."""

from dataclasses import replace

import pytest

from app.domain.errors import Invalid, NotFound, UnknownModel, UnknownTask
from app.domain.flow import Choice
from app.services import routes, tasks
from app.services.tasks import Assigned, Assignment
from app.services.world import World
from tests.services.made import SMALL

LARGE = "simulated/large"


def leg(world: World, task: str) -> tuple[str, str]:
    """Model and reason of the task's route."""
    (only,) = routes.route(world, Choice(task=task))
    return only.model.slug, only.reason


@pytest.fixture
def world(world: World) -> World:
    """A world whose environment names two tasks."""
    return replace(world, policy=replace(world.policy, environment_tasks={"chat": SMALL, "default": SMALL}))


def test_a_stored_assignment_wins_until_it_is_dropped(world: World) -> None:
    tasks.assign(world, "chat", LARGE)
    stored, shown = leg(world, "chat"), tasks.assignments(world)

    tasks.unassign(world, "chat")

    assert stored == (LARGE, "task chat")
    assert shown == [Assignment("chat", LARGE, "stored"), Assignment("default", SMALL, "environment")]
    assert leg(world, "chat") == (SMALL, "task chat")


def test_what_counts_after_an_assignment_is_dropped_is_told(world: World) -> None:
    tasks.assign(world, "chat", LARGE)

    assert tasks.unassign(world, "chat") == Assigned(SMALL, "environment")
    with pytest.raises(NotFound, match="the environment assigns it"):
        tasks.unassign(world, "chat")


def test_a_model_is_configured_where_its_provider_can_be_asked(world: World) -> None:
    deaf = replace(world, endpoints={})

    assert all(tasks.configured(world, model) for model in (SMALL, "auto", "auto/best_cost"))
    assert not tasks.configured(world, "anthropic/claude-3-haiku")
    assert not tasks.configured(world, "gone/from-the-catalogue")
    assert not tasks.configured(deaf, "auto")


def test_a_task_without_a_model_falls_to_the_default(world: World) -> None:
    tasks.assign(world, "default", LARGE)

    assert leg(world, "mood_search") == (LARGE, "task mood_search, by default")


def test_without_any_default_an_unknown_task_is_named(world: World) -> None:
    bare = replace(world, policy=replace(world.policy, environment_tasks={}))

    with pytest.raises(UnknownTask, match="mood_search"):
        routes.route(bare, Choice(task="mood_search"))


def test_an_alias_is_stored_as_its_slug(world: World) -> None:
    alias, slug = next(iter(world.catalogue.aliases.items()))

    assert tasks.assign(world, "chat", alias) == Assignment("chat", slug, "stored")


def test_bad_names_unknown_models_and_unknown_tasks_are_refused(world: World) -> None:
    with pytest.raises(Invalid) as name:
        tasks.assign(world, "Bad name", SMALL)
    with pytest.raises(UnknownModel):
        tasks.assign(world, "chat", "nobody/knows")
    with pytest.raises(NotFound):
        tasks.unassign(world, "chat")

    assert name.value.field == "task"
