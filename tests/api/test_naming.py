"""What is not found is named by the field that asked for it, and not at all when the path did."""

from flask.testing import FlaskClient

from app.api.naming import name_field
from app.api.payloads import Payload
from app.domain.errors import NotFound
from tests.api.conftest import ADMIN, Api


class Wish(Payload):
    """Names a flow and weights of flows."""

    flow: str | None = None
    weights: dict[str, int] | None = None


def named(noun: str, key: str, wish: Wish) -> str | None:
    """The field that the error gets."""
    error = NotFound(noun, key)
    name_field(error, [wish])
    return error.field


def test_a_field_is_named_only_when_it_holds_the_key() -> None:
    assert named("flow", "a", Wish(flow="a")) == "flow"
    assert named("flow", "a", Wish(flow="b")) is None
    assert named("step", "a", Wish(flow="a")) is None
    assert named("flow", "a", Wish(weights={"b": 1, "a": 2})) == "weights.a"


def test_an_unknown_flow_among_weights_is_named(api: Api) -> None:
    code = api.use_case()

    response = api.put(f"/use-cases/{code}/weights", {"weights": {"a": 5_000, "nope": 5_000}})

    assert (response.status_code, response.json["field"]) == (404, "weights.nope")


def test_an_unknown_use_case_in_a_query_is_named_and_in_a_path_is_not(api: Api) -> None:
    asked, visited = api.get("/calls?use_case=nope"), api.get("/use-cases/nope")

    assert (asked.status_code, asked.json["field"]) == (404, "use_case")
    assert visited.status_code == 404
    assert "field" not in visited.json


def test_openai_clients_hear_that_the_model_was_wrong(client: FlaskClient) -> None:
    for model in ("use-case/nope", "acme/nope"):
        body = {"model": model, "messages": [{"role": "user", "content": "hi"}]}
        response = client.post("/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {ADMIN}"})

        assert (response.status_code, response.json["error"]["param"]) == (404, "model")
