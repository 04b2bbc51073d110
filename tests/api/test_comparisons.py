"""Comparisons are made over HTTP, read with all that they tell, voted on, ranked, and their winners promoted."""

from typing import Any
from uuid import uuid4

import pytest

from app.services.comparing.here import run_here
from app.services.world import World
from tests.api.conftest import Api, step_of

SMALL, LARGE = "simulated/small", "simulated/large"
BODY: dict[str, Any] = {
    "candidates": [{"model": SMALL}, {"model": LARGE}],
    "inputs": [{"prompt": f"question {number}", "reference": "simulated"} for number in range(8)],
    "prompt": {"params": {"max_tokens": 8}},
    "scoring": {"rule": "contains"},
}
FRAME_END = b"\n\n"


def made(api: Api, **given: Any) -> str:
    """The id of a comparison that waits."""
    return str(api.made("/comparisons", {**BODY, **given})["id"])


def done(api: Api, world: World, **given: Any) -> str:
    """The id of a comparison that has ended."""
    id_ = made(api, **given)
    run_here(world, id_, lambda _: None)
    return id_


def refused(api: Api, path: str = "/comparisons", *, status: int = 422, **given: Any) -> Any:
    """The problem that is answered."""
    response = api.post(path, given if path != "/comparisons" else {**BODY, **given})
    assert response.status_code == status, response.text
    return response.json


def test_a_comparison_is_made_and_waits(api: Api) -> None:
    told = api.made("/comparisons", {**BODY, "name": "two", "budget_usd": "1.5", "seed": "s"})

    assert (told["status"], told["name"], told["inputs"], told["budget_usd"]) == ("queued", "two", 8, "1.5")
    assert [each["name"] for each in told["candidates"]] == [SMALL, LARGE]
    assert told["scoring"] == {"rule": "contains", "expected": None, "tolerance": 1e-6}
    assert told["prompt"]["params"]["max_tokens"] == 8
    read = api.get(f"/comparisons/{told['id']}").json
    assert read["readout"] is None
    assert (read["progress"]["answers"], read["progress"]["answered"], read["progress"]["spent_usd"]) == (16, 0, "0")


def test_a_repeat_with_the_same_idempotency_key_makes_no_second_one(api: Api) -> None:
    key = {"Idempotency-Key": uuid4().hex}

    first, again = (api.post("/comparisons", BODY, headers=key) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json["id"] == again.json["id"]
    assert "Idempotency-Replayed" in again.headers


def test_a_comparison_that_is_done_tells_figures_and_winner(api: Api, world: World) -> None:
    told = api.get(f"/comparisons/{done(api, world, repeats=2)}").json

    assert (told["status"], told["progress"]["answered"]) == ("succeeded", 32)
    readout = told["readout"]
    assert [own["candidate"] for own in readout["figures"]] == [SMALL, LARGE]
    assert readout["figures"][0]["answers"] == 16
    assert readout["figures"][0]["cost_usd"] is not None
    assert readout["winner"]["leader"] in (SMALL, LARGE)
    assert readout["winner"]["sentence"]
    assert readout["bases"] == {"scores": 16}
    assert readout["pairs"][0]["first"] == SMALL
    lean = api.get(f"/comparisons/{told['id']}?readout=false").json
    assert (lean["readout"], lean["progress"]) == (None, told["progress"])


def test_answers_are_read_with_what_they_answer(api: Api, world: World) -> None:
    id_ = done(api, world)

    first = api.get(f"/comparisons/{id_}/answers?limit=3").json
    rest = api.get(f"/comparisons/{id_}/answers", query_string={"cursor": first["next"], "limit": 200}).json

    assert len(first["items"]) + len(rest["items"]) == 16
    assert rest["next"] is None
    item = first["items"][0]
    assert item["input"]["values"] == {"prompt": "question 0"}
    assert item["text"]
    assert item["score"] in (0.0, 1.0)
    only = api.get(f"/comparisons/{id_}/answers?candidate=1&input=2").json["items"]
    assert [(each["candidate"], each["input"]["number"]) for each in only] == [(LARGE, 2)]
    assert api.get(f"/comparisons/{id_}/answers?failed=true").json["items"] == []
    assert api.get(f"/comparisons/{id_}/answers?order=cost").status_code == 422
    for asked, field in (("candidate=2", "candidate"), ("input=8", "input")):
        beyond = api.get(f"/comparisons/{id_}/answers?{asked}")
        assert (beyond.status_code, beyond.json["field"]) == (422, field)


def test_comparisons_are_listed_by_status_model_use_case_and_benchmark(api: Api) -> None:
    use_case = api.use_case("a", "b")
    own = made(api, use_case=use_case, candidates=[{"flow": "a"}, {"flow": "b"}], inputs=inputs_for_flows())

    def found(**query: str) -> list[str]:
        response = api.get("/comparisons", query_string={"limit": "200", **query})
        assert response.status_code == 200, response.text
        return [each["id"] for each in response.json["items"]]

    assert found(use_case=use_case) == [own]
    assert found(use_case=use_case, status="succeeded") == []
    assert own in found(status="queued")
    assert own not in found(model=SMALL)
    assert found(benchmark="nothing") == []
    assert api.get("/comparisons?use_case=nowhere").json["field"] == "use_case"


def inputs_for_flows() -> list[dict[str, Any]]:
    """What the steps of `Api.use_case` ask."""
    return [{"values": {"word": f"word {number}"}, "reference": "simulated"} for number in range(8)]


def test_a_cancelled_comparison_goes_on_and_is_then_deleted(api: Api, world: World) -> None:
    id_ = made(api, budget_usd="1")
    assert refused(api, f"/comparisons/{id_}/resume", status=409)["code"] == "comparison-not-stopped"
    assert api.delete(f"/comparisons/{id_}").json["code"] == "comparison-running"

    assert api.call("POST", f"/comparisons/{id_}/cancel").json["status"] == "cancelled"
    assert api.call("POST", f"/comparisons/{id_}/cancel").json["code"] == "comparison-over"
    resumed = api.post(f"/comparisons/{id_}/resume", {"budget_usd": "2"})
    assert (resumed.status_code, resumed.json["status"], resumed.json["budget_usd"]) == (200, "queued", "2")
    run_here(world, id_, lambda _: None)

    assert api.delete(f"/comparisons/{id_}").status_code == 204
    assert api.get(f"/comparisons/{id_}").status_code == 404


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"candidates": [{"model": SMALL}]}, "candidates"),
        ({"candidates": [{"model": SMALL}, {"model": SMALL}]}, "candidates[1].name"),
        ({"candidates": [{"model": SMALL}, {"model": "nobody/nothing"}]}, "candidates[1].model"),
        ({"candidates": [{"model": SMALL}, {"flow": "a"}]}, "use_case"),
        ({"candidates": [{"model": SMALL}, {}]}, "candidates[1]"),
        ({"candidates": [{"model": SMALL}, {"model": LARGE, "name": "two\nlines"}]}, "candidates[1].name"),
        ({"inputs": [{"prompt": "x"}]}, "inputs[0].reference"),
        ({"inputs": []}, "inputs"),
        ({"inputs": None}, "inputs"),
        ({"inputs": [{"prompt": "x", "values": {}}]}, "inputs[0]"),
        ({"judge": {"model": LARGE}}, "budget_usd"),
        ({"judge": {"model": "nobody/nothing"}, "budget_usd": "1"}, "judge.model"),
        ({"scoring": {"rule": "regex", "expected": "("}}, "scoring.expected"),
        ({"weights": {"quality": 0}}, "weights"),
        ({"repeats": 0}, "repeats"),
        ({"nonsense": 1}, "nonsense"),
        ({"budget_usd": 5}, "budget_usd"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(api: Api, given: dict[str, Any], field: str) -> None:
    problem = refused(api, **given)

    named = {problem.get("field"), *(each["field"] for each in problem.get("errors", ()))}
    assert field in named


def test_broken_lines_of_an_upload_are_named(api: Api) -> None:
    content = 'prompt,reference\n"one",1\ntwo,2,3\nfour\nfive,5\n'

    problem = refused(api, inputs=None, upload={"format": "csv", "content": content})

    assert "line 3" in problem["detail"]
    assert "line 4" in problem["detail"]


def test_lines_of_an_upload_that_miss_something_are_named(api: Api) -> None:
    content = "prompt,reference\none,1\n\ntwo,\n"
    unscored = refused(api, inputs=None, upload={"format": "csv", "content": content})
    unfilled = refused(api, inputs=None, upload={"format": "csv", "content": "question,reference\none,1\n\ntwo,2\n"})

    assert (unscored["field"], unscored["detail"]) == ("upload.content", "line 4: reference missing")
    assert (unfilled["field"], unfilled["code"]) == ("upload.content", "prompt-invalid")
    assert unfilled["detail"].endswith("(lines 2, 4)")
    assert refused(api, inputs=[{"values": {"question": "one"}, "reference": "1"}])["code"] == "prompt-invalid"


def test_what_is_not_there_is_not_found(api: Api) -> None:
    id_ = uuid4()

    assert refused(api, status=404, use_case="nowhere")["field"] == "use_case"
    for path in ("", "/answers", "/events", "/ballot?rater=ann"):
        assert api.get(f"/comparisons/{id_}{path}").status_code == 404
    for path, body in (("votes", {"pair": "0", "rater": "ann", "verdict": "tie"}), ("promote", {}), ("resume", {})):
        assert api.post(f"/comparisons/{id_}/{path}", body).status_code == 404
    assert api.call("POST", f"/comparisons/{id_}/cancel").status_code == 404
    assert api.delete(f"/comparisons/{id_}").status_code == 404


def test_progress_is_streamed_until_it_is_over(api: Api, world: World) -> None:
    id_ = done(api, world)

    response = api.get(f"/comparisons/{id_}/events")

    assert response.mimetype == "text/event-stream"
    events = [part.split(b"\n")[0] for part in response.data.split(FRAME_END) if part]
    assert events == [b"retry: 2000", b"event: progress", b"event: end"]
    assert b'"status":"succeeded"' in response.data


def test_people_vote_without_being_told_whose_answers_they_see(api: Api, world: World) -> None:
    id_ = done(api, world, scoring=None, inputs=[{"prompt": "one"}])

    ballot = api.get(f"/comparisons/{id_}/ballot?rater=ann").json
    vote = api.post(f"/comparisons/{id_}/votes", {"pair": ballot["pair"], "rater": "ann", "verdict": "first"})

    assert set(ballot) == {"pair", "input", "first", "second"}
    assert SMALL not in vote.text
    assert LARGE not in vote.text
    assert vote.status_code == 201
    assert api.get(f"/comparisons/{id_}/ballot?rater=ann").json["pair"] is None
    assert api.get(f"/comparisons/{id_}/ballot?rater=bob").json["pair"] is not None
    assert api.get(f"/comparisons/{id_}").json["readout"]["bases"] == {"votes": 1}
    assert refused(api, f"/comparisons/{id_}/votes", pair="77", rater="ann", verdict="tie", status=404)["field"]
    assert refused(api, f"/comparisons/{id_}/votes", pair="0", rater="judge", verdict="tie")["field"] == "rater"


def test_models_are_ranked_over_all_comparisons(api: Api, world: World) -> None:
    use_case = api.use_case("a")
    done(api, world, use_case=use_case)

    rates = api.get(f"/comparisons/win-rates?use_case={use_case}").json
    ranks = api.get(f"/comparisons/ranking?use_case={use_case}").json

    assert {own["model"] for own in rates["items"]} == {SMALL, LARGE}
    assert sum(own["wins"] - own["losses"] for own in rates["items"]) == 0
    assert (rates["comparisons"], rates["cut"]) == (1, False)
    assert [(each["one"], each["other"]) for each in rates["pairs"]] == [(LARGE, SMALL)]
    assert sum(own["rating"]["value"] for own in ranks["items"]) == pytest.approx(2000)
    assert api.get("/comparisons/ranking?since=2999-01-01T00:00:00Z").json["items"] == []
    assert api.get("/comparisons/ranking?since=yesterday").status_code == 422
    assert api.get("/comparisons/win-rates?use_case=nowhere").status_code == 404


def test_a_model_that_met_nobody_has_no_rating(api: Api, world: World) -> None:
    use_case = api.use_case("a")
    done(api, world, use_case=use_case, scoring=None)

    ranks = api.get(f"/comparisons/ranking?use_case={use_case}").json["items"]

    assert [(own["rating"], own["pairs"]) for own in ranks] == [(None, 0), (None, 0)]


def test_a_use_case_is_recommended_a_model(api: Api, world: World) -> None:
    use_case = api.use_case("a")
    before = api.get(f"/use-cases/{use_case}/recommendation").json
    assert (before["best"], before["models"]) == (None, 0)
    many = [{"prompt": f"question {number}", "reference": "simulated"} for number in range(20)]
    done(api, world, use_case=use_case, inputs=many)

    told = api.get(f"/use-cases/{use_case}/recommendation?quality=1&cost=1").json

    assert told["best"]["model"] == SMALL
    assert (told["best"]["comparisons"], told["best"]["inputs"]) == (1, 20)
    assert [other["model"] for other in told["alternatives"]] == [LARGE]
    assert told["sentence"].startswith(SMALL)
    assert api.get(f"/use-cases/{use_case}/recommendation?quality=0").status_code == 422
    assert api.get("/use-cases/nowhere/recommendation").status_code == 404


def test_a_flow_that_won_is_tried_by_a_draft_of_a_rollout(api: Api, world: World) -> None:
    use_case = api.use_case("a")
    api.made(f"/use-cases/{use_case}/flows", {"code": "b", "steps": [step_of(prompt="Say {{ word }} well.")]})
    given = {"use_case": use_case, "candidates": [{"flow": "a"}, {"flow": "b"}], "inputs": inputs_for_flows()}
    id_ = done(api, world, **given)

    assert refused(api, f"/comparisons/{id_}/promote", status=409)["code"] == "no-winner"
    assert refused(api, f"/comparisons/{id_}/promote", candidate="a", status=409)["code"] == "flow-leads"
    told = api.post(f"/comparisons/{id_}/promote", {"candidate": "b", "goal": 2000}).json

    assert (told["flow"], told["made"], told["experiment"]["status"]) == ("b", False, "draft")
    assert told["experiment"]["config"]["baseline"] == "a"
    assert told["experiment"]["config"]["warmup"]["goals"] == {"b": 2000}
    flow = api.get(f"/use-cases/{use_case}/flows/b").json
    assert (flow["active"], flow["weight"]) == (True, 0)
    assert api.call("POST", f"/experiments/{told['experiment']['id']}/start").status_code == 200


def test_a_model_that_is_promoted_becomes_a_copy_of_a_flow(api: Api, world: World) -> None:
    use_case = api.use_case("a")
    id_ = done(api, world)
    promote = f"/comparisons/{id_}/promote"

    assert refused(api, promote, candidate=LARGE)["field"] == "use_case"
    assert refused(api, promote, candidate="nobody", status=404)["field"] == "candidate"
    told = api.post(promote, {"candidate": LARGE, "use_case": use_case}).json

    assert (told["flow"], told["made"]) == ("a-simulated-large", True)
    steps = api.get(f"/use-cases/{use_case}/flows/a-simulated-large").json["steps"]
    assert [step["choice"]["models"] for step in steps] == [[LARGE]]
    again = refused(api, promote, candidate=LARGE, use_case=use_case, new_code="a", status=409)
    assert (again["code"], again["field"]) == ("duplicate-code", "new_code")


def test_a_promotion_that_cannot_be_leaves_nothing_behind(api: Api, world: World) -> None:
    use_case = api.use_case("a", "b")
    id_ = done(api, world)
    assert api.post("/experiments", {"use_case": use_case}).status_code == 201

    response = api.post(
        f"/comparisons/{id_}/promote", {"candidate": LARGE, "use_case": use_case, "new_code": "c", "draft": False}
    )

    assert (response.status_code, response.json["code"]) == (409, "experiment-running")
    assert api.get(f"/use-cases/{use_case}/flows/c").status_code == 404


def test_a_flow_that_was_changed_since_is_not_promoted(api: Api, world: World) -> None:
    use_case = api.use_case("a")
    api.made(f"/use-cases/{use_case}/flows", {"code": "b", "steps": [step_of()]})
    given = {"use_case": use_case, "candidates": [{"flow": "a"}, {"flow": "b"}], "inputs": inputs_for_flows()}
    id_ = done(api, world, **given)
    steps = [step_of(prompt="Another {{ word }}.")]
    assert api.patch(f"/use-cases/{use_case}/flows/b", {"steps": steps}).status_code == 200

    assert refused(api, f"/comparisons/{id_}/promote", candidate="b", status=409)["code"] == "flow-changed"


def test_a_key_that_reads_makes_no_comparison(api: Api) -> None:
    secret = api.made("/keys", {"name": f"reader {uuid4().hex}", "scopes": ["read"]})["secret"]
    reader = Api(api.client, secret)

    assert reader.get("/comparisons").status_code == 200
    assert reader.post("/comparisons", BODY).status_code == 403


@pytest.mark.parametrize("content_type", [None, "application/json"])
def test_without_a_body_nothing_is_wished_for(api: Api, world: World, content_type: str | None) -> None:
    id_ = made(api)
    assert api.call("POST", f"/comparisons/{id_}/cancel").status_code == 200

    resumed = api.call("POST", f"/comparisons/{id_}/resume", content_type=content_type)
    promoted = api.call("POST", f"/comparisons/{id_}/promote", content_type=content_type)

    assert (resumed.status_code, resumed.json["status"]) == (200, "queued")
    assert (promoted.status_code, promoted.json["code"]) == (409, "no-winner")
    assert refused(api, f"/comparisons/{id_}/resume", budget="2")["field"] == "budget"
    assert api.call("POST", f"/comparisons/{id_}/resume", data="{", content_type="application/json").status_code == 400
    assert api.call("POST", f"/comparisons/{id_}/resume", data="{}", content_type="text/plain").status_code == 415
    described = api.client.get("/openapi.json").json["paths"]["/api/v1/comparisons/{id}/resume"]["post"]["requestBody"]
    assert not described.get("required")
