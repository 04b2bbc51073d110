"""Flows and runs are drawn: as boxes and lines, mermaid and SVG."""

from xml.etree import ElementTree

import pytest

from tests.api.conftest import Api


@pytest.fixture
def routed(api: Api, request: pytest.FixtureRequest) -> str:
    """A use case whose flow has branches."""
    code = f"routed-{abs(hash(request.node.name)) % 10**8}"
    wanted = {"preset": "router-then-answer", "code": code, "models": ["simulated/small"], "activate": True}
    api.made("/use-cases/from-preset", wanted)
    return code


def test_a_flow_is_drawn_in_three_forms(api: Api, routed: str) -> None:
    path = f"/use-cases/{routed}/flows/routed/graph"

    told = api.get(path).json
    text = api.get(f"{path}?format=mermaid")
    drawing = api.get(f"{path}?format=svg")

    assert [(box["step"], box["row"], box["state"]) for box in told["boxes"]][:2] == [
        ("route", 1, None),
        ("fact", 2, None),
    ]
    assert {"source": None, "goal": "route"} in told["lines"]
    assert {"source": "answer", "goal": None} in told["lines"]
    assert (text.mimetype, text.text.splitlines()[0]) == ("text/plain", "flowchart TD")
    assert drawing.mimetype == "image/svg+xml"
    assert "script" not in drawing.headers["Content-Security-Policy"]
    assert ElementTree.fromstring(drawing.text).tag.endswith("svg")


def test_a_run_is_drawn_with_the_state_time_and_cost_of_its_steps(api: Api, routed: str) -> None:
    asked = {"correlation_id": "c1", "inputs": {"request": "Who is there?"}}
    run = api.post(f"/use-cases/{routed}/generate", asked).json["run_id"]

    boxes = {box["step"]: box for box in api.get(f"/runs/{run}/graph").json["boxes"]}

    assert {name: box["state"] for name, box in boxes.items()} == {
        "route": "answered",
        "fact": "answered",
        "draft": "skipped",
        "advice": "skipped",
        "ask-back": "skipped",
        "answer": "answered",
    }
    assert float(boxes["route"]["cost_usd"]) > 0
    assert boxes["draft"]["cost_usd"] in (None, "0")
    told = api.get(f"/use-cases/{routed}/flows/routed/graph?format=svg&run={run}").text
    assert told == api.get(f"/runs/{run}/graph?format=svg").text
    assert "succeeded" in told


def test_a_run_of_one_step_is_drawn(api: Api) -> None:
    code = api.use_case()
    run = api.post(f"/use-cases/{code}/generate", {"correlation_id": "c1", "inputs": {"word": "a"}}).json["run_id"]

    (box,) = api.get(f"/runs/{run}/graph").json["boxes"]
    assert (box["step"], box["state"]) == ("answer", "answered")


def test_a_version_that_is_not_live_is_drawn_as_it_was(api: Api, routed: str) -> None:
    path = f"/use-cases/{routed}/flows/routed"
    step = {"code": "answer", "prompt": "Hello", "choice": {"models": ["simulated/small"]}}
    assert api.patch(path, {"steps": [step]}).status_code == 200

    assert len(api.get(f"{path}/graph").json["boxes"]) == 1
    assert len(api.get(f"{path}/graph?version=1").json["boxes"]) == 6


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("format=png", 422),
        ("version=99", 404),
        ("run=x", 422),
        ("run=00000000-0000-4000-8000-000000000000", 404),
        ("colour=red", 422),
    ],
)
def test_what_cannot_be_drawn_is_refused(api: Api, routed: str, query: str, status: int) -> None:
    assert api.get(f"/use-cases/{routed}/flows/routed/graph?{query}").status_code == status


def test_a_run_of_another_flow_is_refused(api: Api, routed: str) -> None:
    code = api.use_case()
    run = api.post(f"/use-cases/{code}/generate", {"correlation_id": "c1", "inputs": {"word": "a"}}).json["run_id"]

    refused = api.get(f"/use-cases/{routed}/flows/routed/graph?run={run}")
    assert (refused.status_code, refused.json["field"]) == (422, "run")
