"""A recommendation says what would be asked and why not the others; nothing is asked and nothing is stored."""

import pytest

from tests.api.conftest import Api

THREE = ["simulated/small", "simulated/medium", "simulated/large"]


def test_it_names_the_model_its_alternatives_and_the_reason(api: Api) -> None:
    before = len(api.get("/calls?limit=200").json["items"])

    told = api.post("/models/recommend", {"prompt": "Prove it.", "auto": {"strategy": "best_quality", "among": THREE}})

    assert (told.status_code, told.json["model"]) == (200, "simulated/large")
    assert told.json["chosen"]["model"] == "simulated/large"
    assert [each["model"] for each in told.json["alternatives"]] == ["simulated/medium", "simulated/small"]
    assert told.json["reasoning"]
    assert 0 <= told.json["difficulty"]["score"] <= 1
    assert len(api.get("/calls?limit=200").json["items"]) == before


def test_it_says_which_limit_removed_which_model(api: Api) -> None:
    told = api.post(
        "/models/recommend",
        {"prompt": "hi", "auto": {"among": [*THREE, "openai/gpt-4o-mini"], "excluded": ["simulated/large"]}},
    ).json

    removed = {each["model"]: each["limit"] for each in told["removed"]}
    assert removed == {"simulated/large": "excluded", "openai/gpt-4o-mini": "provider"}


def test_a_council_is_shown_by_its_seats(api: Api) -> None:
    told = api.post("/models/recommend", {"prompt": "hi", "auto": {"among": THREE, "council": {"size": 2}}}).json

    assert len(told["council"]) == 2


def test_a_strategy_alone_will_do(api: Api) -> None:
    told = api.post("/models/recommend", {"prompt": "hi", "strategy": "fastest"}).json

    assert told["strategy"] == "fastest"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "messages"),
        ({"prompt": ""}, "messages"),
        ({"prompt": "hi", "strategy": "luckiest"}, "strategy"),
        ({"prompt": "hi", "strategy": "fastest", "auto": {}}, "strategy"),
        ({"prompt": "hi", "use_case": "a", "task": "chat"}, "task"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(api: Api, body: dict[str, object], field: str) -> None:
    answer = api.post("/models/recommend", body)

    assert (answer.status_code, answer.json["field"]) == (422, field)


def test_an_unknown_use_case_is_not_found(api: Api) -> None:
    answer = api.post("/models/recommend", {"prompt": "hi", "use_case": "nowhere"})

    assert (answer.status_code, answer.json["code"]) == (404, "not-found")
