"""A user's preference counts before the team's, and both before what is assigned."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from app.db.snapshot_file import SnapshotFile
from app.domain.errors import Conflict, Invalid, NotFound, UnknownModel, UnknownTask
from app.domain.preference import Preference
from app.services import preferences, tasks
from app.services.tasks import Assigned, TaskState, model_for
from app.services.world import World
from tests.services.made import SMALL
from tests.waiting import until
from tests.worlds import opened

MEDIUM, LARGE = "simulated/medium", "simulated/large"
PLACES = ("user", "team", "stored", "environment")


def say(world: World, task: str, place: str, model: str) -> World:
    """The world after somebody has said which model does the task, in one of the four places."""
    match place:
        case "user":
            preferences.put(world, task, "user", "ada", model)
        case "team":
            preferences.put(world, task, "team", "blue", model)
        case "stored":
            tasks.assign(world, task, model)
        case _:
            environment = {**world.policy.environment_tasks, task: model}
            return replace(world, policy=replace(world.policy, environment_tasks=environment))
    return world


def test_every_place_counts_before_those_after_it_and_the_task_before_the_default(world: World) -> None:
    found = []
    for task in ("default", "chat"):
        for place in reversed(PLACES):
            world = say(world, task, place, LARGE)
            found.append(model_for(world, "chat", user_id="ada", team="blue"))

    assert found == [Assigned(LARGE, place, by_default) for by_default in (True, False) for place in reversed(PLACES)]
    assert tasks.said_of(world, "chat", user_id="ada", team="blue") == list(reversed(found))


def test_nobody_is_served_by_the_preference_of_another(world: World) -> None:
    tasks.assign(world, "chat", SMALL)
    preferences.put(world, "chat", "user", "ada", LARGE)
    preferences.put(world, "chat", "team", "blue", MEDIUM)

    assert model_for(world, "chat").model == SMALL
    assert model_for(world, "chat", user_id="blue", team="ada").model == SMALL
    assert model_for(world, "chat", user_id="bob", team="blue") == Assigned(MEDIUM, "team")
    with pytest.raises(UnknownTask):
        model_for(world, "mail", user_id="ada", team="blue")


def test_a_preference_counts_until_it_is_dropped(world: World) -> None:
    tasks.assign(world, "chat", SMALL)
    made = preferences.put(world, "chat", "user", "ada", LARGE)
    changed = preferences.put(world, "chat", "user", "ada", "auto/fastest")

    assert (made, changed) == (Preference("chat", "user", "ada", LARGE), preferences.get(world, "chat", "user", "ada"))
    assert model_for(world, "chat", user_id="ada").model == "auto/fastest"
    preferences.drop(world, "chat", "user", "ada")

    assert model_for(world, "chat", user_id="ada").model == SMALL
    with pytest.raises(NotFound):
        preferences.get(world, "chat", "user", "ada")
    with pytest.raises(NotFound):
        preferences.drop(world, "chat", "user", "ada")


def test_a_preference_names_a_model_of_the_catalogue_or_auto(world: World) -> None:
    alias, slug = next(iter(world.catalogue.aliases.items()))

    assert preferences.put(world, "chat", "user", "ada", alias).model == slug
    with pytest.raises(UnknownModel):
        preferences.put(world, "chat", "user", "ada", "nobody/knows")
    with pytest.raises(Invalid, match="luckiest"):
        preferences.put(world, "chat", "user", "ada", "auto/luckiest")
    with pytest.raises(Invalid) as name:
        preferences.put(world, "Bad task", "user", "ada", SMALL)
    with pytest.raises(Invalid) as who:
        preferences.put(world, "chat", "user", "", SMALL)
    assert (name.value.field, who.value.field) == ("task", "who")


def test_preferences_are_paged_by_kind_and_who(world: World) -> None:
    for who in ("cy", "ada", "bob"):
        preferences.put(world, "chat", "user", who, SMALL)
    preferences.put(world, "chat", "team", "blue", LARGE)
    preferences.put(world, "mail", "user", "dan", LARGE)

    first, cursor = preferences.page(world, "chat", limit=3)
    rest, end = preferences.page(world, "chat", cursor=cursor, limit=3)

    assert [(each.kind, each.who) for each in first + rest] == [
        ("team", "blue"),
        ("user", "ada"),
        ("user", "bob"),
        ("user", "cy"),
    ]
    assert end is None
    assert [each.who for each in preferences.page(world, "chat", kind="team")[0]] == ["blue"]
    with pytest.raises(Invalid) as cursor_refused:
        preferences.page(world, "chat", cursor="bm90")
    assert cursor_refused.value.field == "cursor"


def test_there_are_no_more_than_memory_has_room_for(world: World) -> None:
    with patch.object(preferences, "MOST", 2):
        preferences.put(world, "chat", "user", "ada", SMALL)
        preferences.put(world, "mail", "user", "ada", SMALL)
        with pytest.raises(Conflict) as refused:
            preferences.put(world, "chat", "user", "bob", SMALL)
        preferences.put(world, "chat", "user", "ada", LARGE)

    assert refused.value.code == "too-many-preferences"
    assert len(world.snapshots.current.preferences) == 2


def test_no_race_goes_beyond_the_limit(world: World) -> None:
    def put(number: int) -> bool:
        try:
            preferences.put(world, "chat", "user", f"user-{number}", SMALL)
        except Conflict:
            return False
        return True

    with patch.object(preferences, "MOST", 3), ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(put, range(8)))

    assert sum(taken) == 3
    assert len(preferences.page(world, "chat")[0]) == 3


def test_another_process_follows_without_a_restart(world: World, tmp_path: Path) -> None:
    with opened(world.store, tmp_path / "other") as other:
        other.snapshots.start()
        preferences.put(world, "chat", "user", "ada", LARGE)

        until(lambda: bool(other.snapshots.current.preferences))

        assert model_for(other, "chat", user_id="ada") == Assigned(LARGE, "user")


def test_a_start_without_the_database_knows_them(world: World, tmp_path: Path) -> None:
    preferences.put(world, "chat", "user", "ada/1", LARGE)
    file = SnapshotFile(tmp_path / "snapshot.json", store=world.store.name)
    file.write(world.snapshots.current)

    kept = file.read()

    assert kept is not None
    assert kept.snapshot.preferences == {("chat", "user", "ada/1"): LARGE}


def test_every_task_that_somebody_names_is_listed(world: World) -> None:
    world = say(world, "chat", "environment", SMALL)
    preferences.put(world, "mail", "user", "ada", LARGE)
    preferences.put(world, "mail", "team", "blue", LARGE)
    bare = tasks.states(world)
    tasks.assign(world, "default", "auto")

    assert bare == [TaskState("chat", Assigned(SMALL, "environment"), 0), TaskState("mail", None, 2)]
    assert tasks.states(world) == [
        TaskState("chat", Assigned(SMALL, "environment"), 0),
        TaskState("default", Assigned("auto", "stored"), 0),
        TaskState("mail", Assigned("auto", "stored", by_default=True), 2),
    ]
