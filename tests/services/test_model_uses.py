"""Whoever asks a model is named: tasks, preferences, flows."""

import pytest

from app.domain.errors import UnknownModel
from app.services import preferences, tasks
from app.services.model_uses import Uses, uses
from app.services.world import World
from tests.services.made import SMALL, make_step, make_use_case

LARGE = "simulated/large"


def test_tasks_preferences_and_flows_are_named(world: World) -> None:
    make_use_case(world, weights={"a": 5_000, "b": 5_000}, own={"b": [make_step(models=(LARGE, SMALL))]})
    tasks.assign(world, "chat", LARGE)
    tasks.assign(world, "mail", "auto")
    preferences.put(world, "mail", "user", "ada", LARGE)
    preferences.put(world, "chat", "team", "blue", LARGE)

    assert uses(world, LARGE) == Uses(("chat",), 2, ("uc/b",))
    assert uses(world, SMALL) == Uses((), 0, ("uc/a", "uc/b"))
    assert uses(world, "simulated/medium") == Uses((), 0, ())
    with pytest.raises(UnknownModel):
        uses(world, "nobody/knows")
