"""A question names one target and one way of asking; what is wrong with it is said in the words of the request."""

import pytest

from tests.api.conftest import Api

MODEL = {"model": "simulated/small"}
TURN = [{"role": "user", "content": "hi"}]


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        (MODEL, "messages", "a prompt or messages are expected"),
        ({**MODEL, "prompt": "hi", "messages": TURN}, "messages", "a prompt or messages are expected, not both"),
        ({"prompt": "hi"}, "model", "one of model, models, task and auto is expected"),
        ([], "body", "an object is expected"),
        ("text", "body", "an object is expected"),
        ({**MODEL, "prompt": "hi", "options": 7}, "options", "an object is expected"),
    ],
)
def test_the_request_is_told_what_it_lacks(api: Api, body: object, field: str, said: str) -> None:
    response = api.post("/generate", body)

    assert response.status_code == 422
    assert response.json["errors"] == [{"field": field, "message": said}]


@pytest.mark.parametrize("route", ["generate", "pick"])
def test_a_correlation_id_in_the_header_is_held_to_the_rule_of_the_field_and_named_itself(api: Api, route: str) -> None:
    code = api.use_case()

    response = api.post(f"/use-cases/{code}/{route}", {}, headers={"X-Correlation-Id": "x" * 300})

    assert (response.status_code, response.json["field"]) == (422, "X-Correlation-Id")
