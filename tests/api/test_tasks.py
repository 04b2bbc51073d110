"""A task is given another model while the service runs, and falls back to the environment's."""

from tests.api.conftest import Api


def test_a_stored_assignment_wins_until_it_is_dropped(api: Api) -> None:
    before = {item["task"]: item for item in api.get("/tasks").json["items"]}["chat"]

    assigned = api.put("/tasks/chat", {"model": "simulated/large"}).json
    answered = api.post("/generate", {"task": "chat", "prompt": "hi"}).json["model"]
    dropped = api.delete("/tasks/chat")

    assert before == {"task": "chat", "model": "simulated/medium", "source": "environment"}
    assert assigned == {"task": "chat", "model": "simulated/large", "source": "stored"}
    assert answered == "simulated/large"
    assert (dropped.status_code, dropped.content_type) == (204, None)
    assert api.post("/generate", {"task": "chat", "prompt": "hi"}).json["model"] == "simulated/medium"


def test_a_task_takes_only_a_model_of_the_catalogue(api: Api) -> None:
    response = api.put("/tasks/chat", {"model": "acme/none"})

    assert (response.status_code, response.json["code"]) == (422, "unknown-model")


def test_dropping_what_is_not_stored_is_not_found(api: Api) -> None:
    assert api.delete("/tasks/never-stored").status_code == 404


def test_a_task_without_any_model_is_named(api: Api) -> None:
    response = api.post("/generate", {"task": "nothing", "prompt": "hi"})

    assert (response.status_code, response.json["code"]) == (422, "unknown-task")
    assert response.json["field"] == "task"
