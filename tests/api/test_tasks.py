"""A task is given another model while the service runs, and falls back to the environment's."""

from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from app.services import keys, preferences, tasks
from app.services.world import World
from tests.api.conftest import Api

MEDIUM, LARGE = "simulated/medium", "simulated/large"


@pytest.fixture(autouse=True)
def _as_before(world: World) -> Iterator[None]:
    """What one test stores is gone in the next."""
    yield
    snapshot = world.snapshots.current
    for task, kind, who in snapshot.preferences:
        preferences.drop(world, task, "user" if kind == "user" else "team", who)
    for task in snapshot.tasks:
        tasks.unassign(world, task)


def test_a_stored_assignment_wins_until_it_is_dropped(api: Api) -> None:
    before = {item["task"]: item for item in api.get("/tasks").json["items"]}["chat"]

    assigned = api.put("/tasks/chat", {"model": LARGE}).json
    answered = api.post("/generate", {"task": "chat", "prompt": "hi"}).json["model"]
    dropped = api.delete("/tasks/chat")

    assert before == {
        "task": "chat",
        "model": MEDIUM,
        "source": "environment",
        "by_default": False,
        "configured": True,
        "preferences": 0,
    }
    assert assigned == {"task": "chat", "model": LARGE, "source": "stored", "configured": True}
    assert answered == LARGE
    assert (dropped.status_code, dropped.content_type) == (204, None)
    assert api.post("/generate", {"task": "chat", "prompt": "hi"}).json["model"] == MEDIUM


def test_a_task_takes_only_a_model_of_the_catalogue(api: Api) -> None:
    response = api.put("/tasks/chat", {"model": "acme/none"})

    assert (response.status_code, response.json["code"]) == (422, "unknown-model")


def test_a_task_may_be_left_to_the_router_by_a_strategy_that_there_is(api: Api) -> None:
    assert api.put("/tasks/chat", {"model": "auto/best_cost"}).json["model"] == "auto/best_cost"
    refused = api.put("/tasks/chat", {"model": "auto/luckiest"})

    assert (refused.status_code, refused.json["field"]) == (422, "model")


def test_dropping_what_is_not_stored_is_not_found(api: Api) -> None:
    refused = api.delete("/tasks/never-stored")

    assert refused.status_code == 404
    assert refused.json["detail"] == "stored assignment of task 'never-stored' does not exist"


def test_what_the_environment_assigns_cannot_be_dropped_and_the_answer_says_so(api: Api) -> None:
    refused = api.delete("/tasks/chat")

    assert refused.status_code == 404
    assert refused.json["detail"].endswith("'chat' does not exist; the environment assigns it")


def test_a_task_may_be_given_a_model_that_this_server_cannot_ask_and_is_told_so(api: Api) -> None:
    made = api.put("/tasks/chat", {"model": "anthropic/claude-3-haiku"}).json
    listed = {item["task"]: item["configured"] for item in api.get("/tasks").json["items"]}
    routed = api.put("/tasks/default", {"model": "auto"}).json

    assert (made["configured"], listed["chat"], api.get("/tasks/chat").json["configured"]) == (False, False, False)
    assert routed["configured"]


def test_nothing_narrows_the_list_of_tasks(api: Api) -> None:
    refused = api.get("/tasks?team=blue")

    assert (refused.status_code, refused.json["field"]) == (422, "team")


def test_the_team_of_the_key_counts_unless_another_is_named(api: Api, world: World) -> None:
    api.put("/tasks/chat/preferences/team/blue", {"model": LARGE})
    headers = {"Authorization": f"Bearer {keys.issue(world, 'of blue', ('read',), team='blue').secret}"}

    own = api.client.get("/api/v1/tasks/chat", headers=headers).json
    other = api.client.get("/api/v1/tasks/chat?team=green", headers=headers).json

    assert (own["model"], own["why"]) == (LARGE, "team blue prefers it for task 'chat'")
    assert (other["model"], other["source"]) == (MEDIUM, "environment")


def test_a_task_without_any_model_is_named(api: Api) -> None:
    response = api.post("/generate", {"task": "nothing", "prompt": "hi"})

    assert (response.status_code, response.json["code"]) == (422, "unknown-task")
    assert response.json["field"] == "task"
    assert api.get("/tasks/nothing").json["field"] == "name"


def test_a_task_tells_whom_it_would_ask_for_a_user_of_a_team_and_why(api: Api) -> None:
    api.put("/tasks/chat", {"model": LARGE})
    api.put("/tasks/default", {"model": "auto"})
    api.put("/tasks/chat/preferences/team/blue", {"model": "simulated/small"})
    api.put("/tasks/mail/preferences/user/ada", {"model": MEDIUM})

    anyone, blue = api.get("/tasks/chat").json, api.get("/tasks/chat?user_id=ada&team=blue").json

    assert (anyone["model"], anyone["source"], anyone["why"]) == (LARGE, "stored", "it is assigned for task 'chat'")
    assert (blue["model"], blue["why"]) == ("simulated/small", "team blue prefers it for task 'chat'")
    assert blue["overruled"] == [
        {"model": LARGE, "source": "stored", "by_default": False},
        {"model": MEDIUM, "source": "environment", "by_default": False},
        {"model": "auto", "source": "stored", "by_default": True},
    ]
    assert api.get("/tasks/mail?user_id=bob").json["why"].startswith("it is assigned for task 'default', and nothing")
    assert {item["task"]: item["preferences"] for item in api.get("/tasks").json["items"]} == {
        "chat": 1,
        "default": 0,
        "mail": 1,
    }


def test_preferences_are_set_read_listed_and_dropped(api: Api) -> None:
    ada = "/tasks/chat/preferences/user/ada/at example.org"
    made = api.put(ada, {"model": LARGE})
    api.put("/tasks/chat/preferences/team/blue", {"model": "auto/fastest"})

    listed = api.get("/tasks/chat/preferences").json
    first = api.get("/tasks/chat/preferences?limit=1").json
    rest = api.get(f"/tasks/chat/preferences?limit=1&cursor={first['next']}").json

    assert made.json == {"task": "chat", "kind": "user", "who": "ada/at example.org", "model": LARGE}
    assert api.get(ada).json == made.json
    assert [item["who"] for item in listed["items"]] == ["blue", "ada/at example.org"]
    assert first["items"] + rest["items"] == listed["items"]
    assert [item["kind"] for item in api.get("/tasks/chat/preferences?kind=user").json["items"]] == ["user"]
    assert api.delete(ada).status_code == 204
    assert (api.get(ada).status_code, api.delete(ada).status_code) == (404, 404)


def test_a_preference_is_of_a_user_or_a_team_and_names_a_model(api: Api) -> None:
    assert api.put("/tasks/chat/preferences/group/x", {"model": LARGE}).json["field"] == "kind"
    assert api.put("/tasks/chat/preferences/user/x", {"model": "acme/none"}).json["code"] == "unknown-model"
    assert api.put("/tasks/chat/preferences/user/x", {"model": LARGE, "why": "so"}).json["field"] == "why"
    assert api.put("/tasks/chat/preferences/user/%20", {"model": LARGE}).json["field"] == "who"
    assert api.put("/tasks/Chat!/preferences/user/x", {"model": LARGE}).json["field"] == "task"


def test_embeddings_are_those_of_the_model_that_the_user_prefers(api: Api) -> None:
    def embed(user: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {api.secret}"}
        body = {"model": "task/vectors", "input": "a", "user": user}
        return api.client.post("/v1/embeddings", json=body, headers=headers)

    api.put("/tasks/vectors", {"model": "anthropic/claude-opus-5.5"})
    api.put("/tasks/vectors/preferences/user/ada", {"model": LARGE})

    assert embed("ada").headers["X-MM-Model"] == LARGE
    assert "offers no embeddings" in embed("bob").json["error"]["message"]
