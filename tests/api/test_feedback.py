"""Feedback of every kind finds its target and is told back with its reward."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.db.tables import sessions
from app.services.world import World
from tests.api.conftest import Api


@pytest.mark.parametrize(
    ("given", "reward"),
    [
        ({"kind": "rating", "value": 4}, 0.75),
        ({"kind": "thumb", "value": True}, 1.0),
        ({"kind": "thumb", "value": 0}, 0.0),
        ({"kind": "approved", "value": 1, "edit_distance": 0.25}, 0.75),
        ({"kind": "score", "value": 0.4}, 0.4),
        ({"kind": "conversion", "value": 1}, 1.0),
        ({"kind": "comment", "comment": "fine\nbut long"}, None),
        ({"kind": "reference_link", "reference_link": "https://example.org/a"}, None),
    ],
)
def test_every_kind_becomes_its_reward(api: Api, given: dict[str, object], reward: float | None) -> None:
    code = api.use_case()
    api.post(f"/use-cases/{code}/pick", {"correlation_id": "c"})

    stored = api.made("/feedback", {"use_case": code, "correlation_id": "c", **given})

    assert stored["reward"] == reward
    assert (stored["use_case"], stored["flow"]) == (code, "a")
    assert api.get(f"/use-cases/{code}/feedback").json["items"] == [stored]


def test_a_call_or_a_run_is_a_target_too(api: Api) -> None:
    code = api.use_case()
    answer = api.post(f"/use-cases/{code}/generate", {"inputs": {"word": "x"}}).json

    on_call = api.made("/feedback", {"kind": "thumb", "value": 1, "call_id": answer["calls"][0]["id"]})
    on_run = api.made("/feedback", {"kind": "thumb", "value": 1, "run_id": answer["run_id"]})

    assert on_call["session_id"] == on_run["session_id"] == answer["session_id"]
    assert on_call["call_id"] == answer["calls"][0]["id"]
    assert on_call["run_id"] == on_run["run_id"] == answer["run_id"]


def test_an_opinion_on_one_run_leaves_that_on_another_alone(api: Api) -> None:
    code = api.use_case()
    body = {"inputs": {"word": "x"}, "correlation_id": "c"}
    runs = [api.post(f"/use-cases/{code}/generate", body).json["run_id"] for _ in range(2)]

    for run_id, value in zip([*runs, runs[0]], (1, 0, 1), strict=True):
        api.made("/feedback", {"kind": "thumb", "value": value, "run_id": run_id})

    found = {item["run_id"]: item["value"] for item in api.get(f"/use-cases/{code}/feedback").json["items"]}
    assert found == {runs[0]: 1, runs[1]: 0}


def test_a_repeat_by_the_same_rater_replaces_the_first(api: Api) -> None:
    code = api.use_case()
    api.post(f"/use-cases/{code}/pick", {"correlation_id": "c"})
    target = {"use_case": code, "correlation_id": "c", "kind": "rating"}

    api.made("/feedback", {**target, "value": 1})
    api.made("/feedback", {**target, "value": 5})
    api.made("/feedback", {**target, "value": 3, "rater": "reviewer"})

    values = {item["rater"]: item["value"] for item in api.get(f"/use-cases/{code}/feedback").json["items"]}
    assert values == {"user": 5, "reviewer": 3}


@pytest.mark.parametrize(
    ("given", "status", "field"),
    [
        ({"kind": "rating", "value": 6}, 422, "value"),
        ({"kind": "rating"}, 422, "value"),
        ({"kind": "comment", "value": 1}, 422, "value"),
        ({"kind": "stars", "value": 1}, 422, "kind"),
        ({"kind": "failure"}, 422, "kind"),
        ({"kind": "thumb", "value": 1, "author": ""}, 422, "author"),
        ({"kind": "thumb", "value": 1, "author": "a\tb"}, 422, "author"),
        ({"kind": "thumb", "value": 1, "author": "x" * 256}, 422, "author"),
        ({"kind": "comment"}, 422, "comment"),
        ({"kind": "reference_link"}, 422, "reference_link"),
        ({"kind": "reference_link", "reference_link": "javascript:alert(1)"}, 422, "reference_link"),
        ({"kind": "thumb", "value": 1, "edit_distance": 0.1}, 422, "edit_distance"),
        ({"kind": "thumb", "value": 1, "call_id": "nonsense"}, 422, "call_id"),
        ({"kind": "thumb", "value": 1, "correlation_id": None}, 422, "correlation_id"),
        ({"kind": "thumb", "value": 1, "correlation_id": "never-seen"}, 404, "correlation_id"),
        ({"kind": "thumb", "value": 1, "call_id": "01a1fc9a-4f53-72e0-a947-dadead74fdd1"}, 404, "call_id"),
    ],
)
def test_an_opinion_that_cannot_be_kept_is_refused(
    api: Api, given: dict[str, object], status: int, field: str | None
) -> None:
    code = api.use_case()
    api.post(f"/use-cases/{code}/pick", {"correlation_id": "c"})

    response = api.post("/feedback", {"use_case": code, "correlation_id": "c", **given})

    assert (response.status_code, response.json.get("field")) == (status, field)
    assert api.get(f"/use-cases/{code}/feedback").json["items"] == []


def test_an_opinion_of_the_team_names_its_author(api: Api) -> None:
    code = api.use_case()
    api.post(f"/use-cases/{code}/pick", {"correlation_id": "c"})
    target = {"use_case": code, "correlation_id": "c", "kind": "rating", "value": 2}

    ours = api.made("/feedback", {**target, "author": "ann", "comment": "too long"})
    users = api.made("/feedback", target)

    assert (ours["author"], ours["rater"], ours["comment"]) == ("ann", "team:ann", "too long")
    assert (users["author"], users["rater"]) == (None, "user")
    assert api.get(f"/use-cases/{code}/feedback").json["items"] == [users, ours]


def test_a_failed_session_of_an_experiment_is_listed_as_the_services_own_opinion(api: Api) -> None:
    code = api.use_case("a", "b", params={"options": {"faults": {"unavailable": 1}}})
    api.made("/experiments", {"use_case": code})

    failed = api.post(f"/use-cases/{code}/generate", {"inputs": {"word": "x"}, "correlation_id": "c"})

    (opinion,) = api.get(f"/use-cases/{code}/feedback").json["items"]
    assert failed.status_code == 502
    assert (opinion["kind"], opinion["rater"], opinion["value"]) == ("failure", "model-match", None)
    assert (opinion["reward"], opinion["counted"]) == (0.0, 0.0)


def test_feedback_that_comes_after_the_window_is_refused(api: Api, world: World) -> None:
    code = api.use_case()
    session_id = api.post(f"/use-cases/{code}/pick", {"correlation_id": "c"}).json["session_id"]
    long_ago = world.now() - world.policy.feedback_window - timedelta(seconds=1)
    with world.store.write() as tx:
        tx.execute(update(sessions).where(sessions.c.id == session_id).values(assigned_at=long_ago))
    world.sessions.forget_use_case(world.snapshots.current.use_cases[code].id)

    late = api.post("/feedback", {"use_case": code, "correlation_id": "c", "kind": "thumb", "value": 1})

    assert (late.status_code, late.json["code"]) == (409, "feedback-too-late")
    assert api.get(f"/use-cases/{code}/feedback").json["items"] == []
