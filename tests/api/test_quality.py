"""A text is scored over HTTP, dimension by dimension, and what cannot be scored is refused by its field."""

import json

import pytest
from flask import Flask

from app.api.routes import register
from app.domain.quality.scoring import RUBRICS
from app.services.world import World
from tests.api.conftest import Api
from tests.domain.quality.answers import SAMPLES, Sample

PATH = "/quality/score"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.rubric)
def test_a_good_answer_gets_nearly_all_and_says_why(api: Api, sample: Sample) -> None:
    body = {
        "text": sample.text,
        "prompt": sample.prompt,
        "rubric": sample.rubric,
        "context": dict(sample.context.facts),
    }

    found = api.post(PATH, body)

    assert found.status_code == 200
    assert found.json["rubric"] == sample.rubric
    assert 95 <= found.json["total"] <= 100
    assert sum(each["weight"] for each in found.json["dimensions"]) == pytest.approx(1, abs=1e-3)
    assert all(each["why"] and 0 <= each["points"] <= 100 for each in found.json["dimensions"])


def test_reference_tolerance_judge_and_weights_count(api: Api) -> None:
    body = {
        "text": "It is 99.",
        "reference": "100",
        "tolerance": 0.01,
        "judge": 40,
        "weights": {"judge": 300, "clarity": 0},
    }

    found = {each["name"]: each for each in api.post(PATH, body).json["dimensions"]}

    assert (found["reference"]["points"], found["judge"]["points"]) == (100, 40)
    assert found["judge"]["weight"] == pytest.approx(3 * found["reference"]["weight"], abs=1e-3)
    assert found["clarity"]["weight"] == 0


def test_what_could_not_be_measured_is_told_with_a_reason(api: Api) -> None:
    body = {"text": "Oak sold 500 tables.", "prompt": "Summarise in two sentences.", "rubric": "summarisation"}

    found = api.post(PATH, body).json
    empty = api.post(PATH, {"text": "", "rubric": "summarisation"}).json

    assert set(found["unmeasured"]) == {"faithfulness", "coverage", "compression", "variety"}
    assert found["unmeasured"]["faithfulness"] == "the source is not known, so nothing can be said of it"
    assert empty["unmeasured"] == {}


def test_an_empty_answer_is_worth_nothing(api: Api) -> None:
    found = api.post(PATH, {"text": "", "prompt": "Why?"})

    assert (found.status_code, found.json["total"]) == (200, 0)


def test_an_unknown_rubric_is_refused_with_those_there_are(api: Api) -> None:
    found = api.post(PATH, {"text": "x", "rubric": "poetry"})

    assert (found.status_code, found.json["field"]) == (422, "rubric")
    assert all(name in found.text for name in RUBRICS)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": None}, "text"),
        ({"text": "x" * 1_000_001}, "text"),
        ({"weights": {"beauty": 1}}, "weights.beauty"),
        ({"weights": {"clarity": -1}}, "weights.clarity"),
        ({"judge": 101}, "judge"),
        ({"tolerance": -0.1}, "tolerance"),
        ({"context": {"company": 1}}, "context.company"),
        ({"task_type": "generic"}, "task_type"),
    ],
)
def test_a_wrong_field_is_named(roomy: Api, change: dict[str, object], field: str) -> None:
    found = roomy.post(PATH, {"text": "It is so.", **change})

    assert (found.status_code, found.json["field"]) == (422, field)


@pytest.fixture
def roomy(world: World) -> Api:
    """A door through which a megabyte fits."""
    app: Flask = register(world, max_body_bytes=10_000_000)
    return Api(app.test_client())


def test_a_megabyte_is_scored(roomy: Api) -> None:
    text = ("The price is what it is, and nobody asked why. " * 22_000)[:1_000_000]

    found = roomy.post(PATH, {"text": text, "prompt": text, "reference": text})

    assert found.status_code == 200


def test_no_word_of_the_text_comes_back(api: Api) -> None:
    found = api.post(
        PATH, {"text": "zyxomma said so, and the zyxomma is right.", "prompt": "zyxomma?", "rubric": "conversation"}
    )

    assert "zyxomma" not in found.text


def test_all_rubrics_are_read_with_their_dimensions(api: Api) -> None:
    found = api.get("/quality/rubrics")

    assert [item["name"] for item in found.json["items"]] == sorted(RUBRICS)
    for item in found.json["items"]:
        assert sum(each["weight"] for each in item["dimensions"]) == 100


@pytest.mark.parametrize("scope", ["read", "run"])
def test_a_key_that_reads_or_runs_may_score(api: Api, scope: str) -> None:
    secret = api.made("/keys", {"name": f"scores-{scope}", "scopes": [scope]})["secret"]

    assert Api(api.client, secret).post(PATH, {"text": "Paris."}).status_code == 200


def test_a_stranger_may_not(api: Api) -> None:
    assert Api(api.client, "nobody").post(PATH, {"text": "Paris."}).status_code == 401


def test_the_document_says_what_a_score_is(api: Api) -> None:
    document = api.client.get("/openapi.json").json

    operation = document["paths"]["/api/v1/quality/score"]["post"]
    assert operation["requestBody"]["content"]["application/json"]
    assert "ScoreOut" in json.dumps(operation["responses"]["200"])


def test_a_bad_idempotency_key_is_refused_also_where_no_model_is_asked(api: Api) -> None:
    answer = api.post("/quality/score", {"text": "Yes."}, headers={"Idempotency-Key": "k" * 256})

    assert (answer.status_code, answer.json["field"]) == (422, "Idempotency-Key")
