"""Scores of a use case over HTTP: those of its runs, the report on them, its weights, and a judge beside the rules."""

import json
from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

import pytest
from flask import Flask

from app.api.routes import register
from app.domain.message import Delta, ModelRequest
from app.domain.quality.scoring import RUBRICS
from app.services import scoring
from app.services.scorings import Scorings
from app.services.world import World
from tests.api.conftest import MAX_BODY, Api
from tests.services.made import say
from tests.waiting import until
from tests.worlds import calls_of, with_script

POINTS = {spec.name: 80 for spec in RUBRICS["generic"].specs}
RUNS = 24


@pytest.fixture
def scoring_api(world: World) -> Iterator[Api]:
    """A door to a world that scores without any rest, and whose models say what the question holds, or judge fairly."""

    def speak(request: ModelRequest) -> Iterator[Delta]:
        asked = request.messages[-1].text
        return say(json.dumps({"points": POINTS}) if request.messages[0].role == "system" else asked)

    scored = replace(with_script(world, speak), scorings=Scorings(rest=0))
    scored.scorings.start(lambda answer: scoring.perform(scored, answer))
    app: Flask = register(scored, max_body_bytes=MAX_BODY)
    yield Api(app.test_client())
    scored.scorings.close()


def test_a_run_shows_the_score_of_its_answer_and_the_figures_count_it(scoring_api: Api) -> None:
    code = scoring_api.use_case()
    answer = scoring_api.post(f"/use-cases/{code}/generate", {"inputs": {"word": "rain falls"}}).json

    found = _scored(scoring_api, answer["run_id"])

    assert (found["call_id"], found["rubric"]) == (answer["calls"][-1]["id"], "generic")
    assert 0 <= found["total"] <= 100
    assert found["dimensions"].keys() <= POINTS.keys()
    figures = scoring_api.client.get("/metrics", headers={"Authorization": f"Bearer {scoring_api.secret}"}).text
    assert "model_match_scores_total 1.0" in figures
    assert "model_match_scores_queued 0.0" in figures


def test_the_report_says_whether_scores_follow_opinions(scoring_api: Api) -> None:
    code = scoring_api.use_case()
    words = ("rain falls in Bergen because the sea is near", "I am sorry, but I cannot help with that")
    for place in range(RUNS):
        answer = scoring_api.post(f"/use-cases/{code}/generate", {"inputs": {"word": words[place % 2]}}).json
        _scored(scoring_api, answer["run_id"])
        scoring_api.made("/feedback", {"kind": "thumb", "value": 1 - place % 2, "call_id": answer["calls"][-1]["id"]})

    found = scoring_api.get(f"/use-cases/{code}/quality/calibration?days=7").json

    assert (found["n"], found["days"], found["rubric"], found["verdict"]) == (RUNS, 7, "generic", "follows")
    assert found["sentence"].startswith(f"Over {RUNS} answers")
    assert found["agreement"]["value"] == found["approvals"]["value"] == 1
    assert found["approvals"]["approved"] == RUNS / 2
    assert found["spearman"]["low"] > 0
    assert found["dimensions"]["directness"]["value"] == 1
    assert found["kept"]["value"] is None

    learned = scoring_api.post(f"/use-cases/{code}/quality/weights/learn", {"dry_run": True}).json
    assert (learned["outcome"], learned["kept"], learned["answers"]) == ("too-few", True, RUNS)
    assert learned["in_force"]["source"] == "shipped"


def test_weights_are_set_read_and_taken_back(api: Api) -> None:
    path = f"/use-cases/{api.use_case()}/quality/weights"

    assert api.get(path).json["source"] == "shipped"
    put = api.put(path, {"weights": {"clarity": 50}})
    assert (put.status_code, put.json["source"], put.json["weights"]["clarity"]) == (200, "set", 50)
    assert api.get(path).json == put.json
    assert api.delete(path).status_code == 204
    assert api.get(path).json["source"] == "shipped"
    assert api.get(f"{path}?rubric=email_writing").json["weights"]["tone"] == 20


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"weights": {}}, "weights"),
        ({"weights": {"beauty": 1}}, "weights.beauty"),
        ({"weights": {"clarity": "much"}}, "weights.clarity"),
        ({"weights": {"clarity": 1}, "rubric": "poetry"}, "rubric"),
        ({}, "weights"),
        ({"weights": {"clarity": 1}, "task_type": 1}, "task_type"),
    ],
)
def test_wrong_weights_are_refused_by_name(api: Api, body: dict[str, object], field: str) -> None:
    found = api.put(f"/use-cases/{api.use_case()}/quality/weights", body)

    assert (found.status_code, found.json["field"]) == (422, field)


@pytest.mark.parametrize("query", ["days=0", "days=x", "rubric=poetry", "colour=red"])
def test_a_wrong_wish_of_the_report_is_refused(api: Api, query: str) -> None:
    found = api.get(f"/use-cases/{api.use_case()}/quality/calibration?{query}")

    assert (found.status_code, found.json["field"]) == (422, query.partition("=")[0])


def test_a_use_case_scored_by_a_rule_of_its_own_has_no_report_unless_a_rubric_is_named(api: Api) -> None:
    code = api.use_case()
    api.patch(f"/use-cases/{code}", {"rubric": "exact"})

    found = api.get(f"/use-cases/{code}/quality/calibration")

    assert (found.status_code, found.json["field"]) == (422, "rubric")
    assert all(name in found.text for name in RUBRICS)
    assert api.get(f"/use-cases/{code}/quality/calibration?rubric=generic").json["verdict"] == "too-few"


def test_what_is_not_there_is_not_found_and_who_may_only_read_changes_nothing(api: Api) -> None:
    assert api.get("/use-cases/nowhere/quality/calibration").status_code == 404
    path = f"/use-cases/{api.use_case()}/quality/weights"
    reader = Api(api.client, api.made("/keys", {"name": "reads", "scopes": ["read"]})["secret"])

    assert reader.get(path).status_code == 200
    assert reader.put(path, {"weights": {"clarity": 1}}).status_code == 403
    assert reader.delete(path).status_code == 403
    assert reader.post(f"{path}/learn", {}).status_code == 403


def test_a_judge_scores_beside_the_rules_and_says_what_it_cost(scoring_api: Api) -> None:
    body = {"text": "It is Paris.", "prompt": "Which city?", "judge_model": "simulated/large"}

    found = scoring_api.post("/quality/score", body)

    assert found.status_code == 200
    judge = found.json["judge"]
    assert (judge["model"], judge["points"], judge["cost_status"]) == ("simulated/large", 80, "priced")
    assert judge["dimensions"] == POINTS
    assert {each["name"]: each["points"] for each in found.json["dimensions"]}["judge"] == 80
    assert found.headers["X-MM-Cost-Usd"] == judge["cost_usd"]
    assert found.headers["X-MM-Call-Id"] == judge["calls"][-1]["id"]
    call = scoring_api.get(f"/calls/{judge['calls'][-1]['id']}").json["call"]
    assert call["source"] == "judge"


def test_a_judged_score_is_paid_once_per_idempotency_key(scoring_api: Api) -> None:
    body = {"text": "It is Paris.", "judge_model": "simulated/large"}
    headers = {"Idempotency-Key": "judge-once"}

    first, second = (scoring_api.post("/quality/score", body, headers=headers) for _ in range(2))

    assert first.json == second.json
    assert second.headers["Idempotency-Replayed"] == "true"


def test_a_judge_without_points_is_a_bad_answer_and_no_score(api: Api, world: World) -> None:
    app: Flask = register(with_script(world, lambda _: say("Quite good.")), max_body_bytes=MAX_BODY)

    found = Api(app.test_client()).post("/quality/score", {"text": "It is so.", "judge_model": "simulated/large"})

    assert (found.status_code, found.json["type"].rpartition(":")[2]) == (502, "provider-bad-answer")
    assert "Quite good" not in found.text


@pytest.mark.parametrize(
    ("change", "field"),
    [({"judge": 50}, "judge_model"), ({"text": " "}, "text"), ({"judge_model": "acme/none"}, "judge_model")],
)
def test_what_cannot_be_judged_is_refused(api: Api, change: dict[str, object], field: str) -> None:
    body = {"text": "It is so.", "judge_model": "simulated/large", **change}

    found = api.post("/quality/score", body)

    assert (found.status_code, found.json["field"]) == (422, field)


def test_a_judge_without_weight_is_not_asked(scoring_api: Api, world: World) -> None:
    body = {"text": "It is Paris.", "prompt": "Which city?", "weights": {"judge": 0}}
    before = calls_of(world, source="judge")

    found = scoring_api.post("/quality/score", {**body, "judge_model": "simulated/large"})

    assert found.json == scoring_api.post("/quality/score", body).json
    assert found.json["judge"] is None
    assert calls_of(world, source="judge") == before


def test_a_key_that_may_only_read_asks_no_judge(api: Api) -> None:
    reader = Api(api.client, api.made("/keys", {"name": "reads", "scopes": ["read"]})["secret"])

    assert reader.post("/quality/score", {"text": "Paris."}).status_code == 200
    assert reader.post("/quality/score", {"text": "Paris.", "judge_model": "simulated/large"}).status_code == 403


def test_a_judge_takes_a_place_and_gives_it_back(scoring_api: Api, world: World) -> None:
    with patch.object(world.admission, "enter", wraps=world.admission.enter) as entered:
        scoring_api.post("/quality/score", {"text": "Paris.", "judge_model": "simulated/large"})

    assert entered.call_count == 1
    assert world.admission.running == 0


def _scored(api: Api, run_id: str) -> dict[str, object]:
    """The run's one score, once it is there."""
    until(lambda: bool(api.get(f"/runs/{run_id}").json["scores"]))
    (found,) = api.get(f"/runs/{run_id}").json["scores"]
    return dict(found)


def test_a_key_asks_no_judge_but_its_own_models(scoring_api: Api) -> None:
    made = scoring_api.made("/keys", {"name": "small", "scopes": ["run"], "models": ["simulated/small"]})
    own = Api(scoring_api.client, made["secret"])

    answers = [
        own.post("/quality/score", {"text": "Paris.", "judge_model": f"simulated/{name}"})
        for name in ("small", "large")
    ]

    assert [answer.status_code for answer in answers] == [200, 403]
