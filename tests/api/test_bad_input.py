"""Each kind of bad input gets its own problem, which names field and reason, and nothing is half-written."""

import http.client
import io
import json
from urllib.parse import urlsplit

import pytest

from app.api.faults import MOMENT
from app.services.world import World
from tests.api.conftest import ADMIN, MAX_BODY, NATIVE, Api, step_of


def refused(api: Api, path: str, *, status: int, code: str, field: str | None, **given: object) -> dict[str, object]:
    """The problem that a POST gets."""
    response = api.call("POST", path, **given)
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    problem: dict[str, object] = response.json
    assert problem["code"] == code
    assert problem.get("field") == field
    assert problem["instance"] == response.headers["X-Request-Id"]
    return problem


def test_an_unknown_model_is_named(api: Api) -> None:
    problem = refused(
        api, "/generate", json={"model": "acme/none", "prompt": "hi"}, status=422, code="unknown-model", field="model"
    )

    assert "acme/none" in str(problem["detail"])


def test_an_unknown_model_in_a_step_is_named_by_its_path(api: Api) -> None:
    code = api.use_case()
    flow = {"code": "b", "steps": [step_of(choice={"models": ["simulated/small", "acme/none"]})]}

    refused(
        api,
        f"/use-cases/{code}/flows",
        json=flow,
        status=422,
        code="unknown-model",
        field="steps[0].choice.models",
    )


def test_an_unknown_use_case_is_named(api: Api) -> None:
    problem = refused(api, "/use-cases/nowhere/generate", json={}, status=404, code="not-found", field=None)

    assert "nowhere" in str(problem["detail"])


def test_an_inactive_use_case_takes_no_traffic(api: Api) -> None:
    code = api.use_case()
    api.patch(f"/use-cases/{code}", {"active": False})

    refused(api, f"/use-cases/{code}/pick", json={}, status=409, code="use-case-inactive", field="use_case")


def test_a_step_that_the_use_case_does_not_declare_is_named(api: Api) -> None:
    code = api.use_case()

    problem = refused(
        api, f"/use-cases/{code}/generate", json={"step": "polish"}, status=404, code="not-found", field="step"
    )

    assert "polish" in str(problem["detail"])


def test_a_missing_input_is_named_and_pins_no_session(api: Api) -> None:
    code = api.use_case()

    problem = refused(
        api,
        f"/use-cases/{code}/generate",
        json={"correlation_id": "half-written"},
        status=422,
        code="prompt-invalid",
        field="steps.answer.prompt",
    )

    assert "'word'" in str(problem["detail"])
    assert api.get("/sessions/half-written").status_code == 404
    assert api.get(f"/calls?use_case={code}").json == {"items": [], "next": None}


def test_a_prompt_that_loops_on_and_on_is_stopped(api: Api) -> None:
    loop = "{% for a in range(9999) %}{% for b in range(9999) %}{{ word }}{% endfor %}{% endfor %}"
    code = api.use_case(prompt=loop)

    refused(
        api,
        f"/use-cases/{code}/generate",
        json={"inputs": {"word": "x"}},
        status=422,
        code="prompt-runaway",
        field="steps.answer.prompt",
    )


def test_a_body_over_the_limit_is_refused(api: Api) -> None:
    body = {"model": "simulated/small", "prompt": "x" * MAX_BODY}

    problem = refused(api, "/generate", json=body, status=413, code="body-too-large", field=None)

    assert str(MAX_BODY) in str(problem["detail"])


def test_a_client_that_sends_too_much_over_a_socket_hears_why(address: str) -> None:
    body = json.dumps({"model": "simulated/small", "prompt": "x" * 8_000_000})
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)

    connection.request("POST", f"{NATIVE}/generate", body, {"X-Api-Key": ADMIN, "Content-Type": "application/json"})

    with connection.getresponse() as response:
        assert (response.status, json.load(response)["code"]) == (413, "body-too-large")
    connection.close()


def test_a_body_without_a_stated_length_is_held_to_the_limit_too(api: Api) -> None:
    raw = b'{"model": "simulated/small", "prompt": "hi"}' + b" " * MAX_BODY
    unstated = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}

    refused(
        api,
        "/generate",
        input_stream=io.BytesIO(raw),
        content_type="application/json",
        environ_overrides=unstated,
        status=413,
        code="body-too-large",
        field=None,
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a": 1,}',
        b'{"max_tokens": NaN}',
        b'{"temperature": 1e999}',
        b'{"prompt": "\xff"}',
        b'{"prompt": "\\ud800"}',
        b'{"inputs": ' + b"[" * 5_000,
        b'{"inputs": {"a": ' + b"[" * 100 + b"]" * 100 + b"}}",
    ],
)
def test_what_is_no_json_is_refused_as_malformed(api: Api, raw: bytes) -> None:
    refused(
        api,
        "/generate",
        data=raw,
        content_type="application/json",
        status=400,
        code="malformed-request",
        field=None,
    )


def test_another_content_type_is_refused(api: Api) -> None:
    refused(
        api,
        "/generate",
        data=b'{"prompt": "hi"}',
        content_type="text/plain",
        status=415,
        code="unsupported-media-type",
        field=None,
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"model": 7}, "model"),
        ({"temperature": "0.5"}, "temperature"),
        ({"temperature": 3}, "temperature"),
        ({"max_tokens": True}, "max_tokens"),
        ({"max_tokens": 10**30}, "max_tokens"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": 5}]}]}, "messages[0].content[0].text"),
        ({"messages": [{"role": "robot", "content": "hi"}]}, "messages[0].role"),
        ({"messages": [{"content": "hi"}]}, "messages[0].role"),
        ([], "body"),
        ("text", "body"),
    ],
)
def test_a_value_of_the_wrong_type_is_named_by_its_path(api: Api, body: object, field: str) -> None:
    refused(api, "/generate", json=body, status=422, code="invalid", field=field)


def test_an_unknown_field_is_named_by_its_path(api: Api) -> None:
    step = step_of(choice={"models": ["simulated/small"], "engine": "x"})
    code = api.use_case()

    problem = refused(
        api,
        f"/use-cases/{code}/flows",
        json={"code": "b", "steps": [step]},
        status=422,
        code="invalid",
        field="steps[0].choice.engine",
    )

    assert problem["errors"] == [{"field": "steps[0].choice.engine", "message": "unknown field"}]


@pytest.mark.parametrize("character", ["\x00", "\x07", "\b", "\f", "\x1b", "\x7f"])
def test_a_control_character_is_refused_wherever_it_stands(api: Api, character: str) -> None:
    code = api.use_case()
    path = f"/use-cases/{code}/generate"

    refused(
        api, path, json={"inputs": {"deep": [{"word": f"a{character}"}]}}, status=422, code="invalid",
        field="inputs.deep[0].word",
    )  # fmt: skip
    refused(api, path, json={"inputs": {f"a{character}": "b"}}, status=422, code="invalid", field="inputs")


def test_tabs_and_line_breaks_are_ordinary_text(api: Api) -> None:
    code = api.use_case()

    answered = api.post(f"/use-cases/{code}/generate", {"inputs": {"word": "a\tb\r\nc \\b"}})

    assert answered.status_code == 200


def test_a_control_character_in_path_or_query_is_refused(api: Api) -> None:
    assert api.get("/use-cases/a%00b").status_code == 422
    assert api.get("/use-cases?search=%00").json["field"] == "search"
    assert api.get("/sessions/a%01b").json["field"] == "correlation_id"


@pytest.mark.parametrize("route", ["generate", "pick"])
def test_a_correlation_id_of_300_characters_is_refused(api: Api, route: str) -> None:
    code = api.use_case()

    refused(
        api,
        f"/use-cases/{code}/{route}",
        json={"correlation_id": "x" * 300},
        status=422,
        code="invalid",
        field="correlation_id",
    )


@pytest.mark.parametrize("provider", ["openai", "anthropic", "gemini", "groq"])
def test_a_provider_without_key_is_named(api: Api, world: World, provider: str) -> None:
    slug = world.catalogue.by_provider(provider)[0].slug

    problem = refused(
        api,
        "/generate",
        json={"model": slug, "prompt": "hi"},
        status=503,
        code="provider-unconfigured",
        field="model",
    )

    assert provider in str(problem["detail"])


def test_a_query_is_held_to_its_description(api: Api) -> None:
    assert api.get("/calls?limit=0").json["field"] == "limit"
    assert api.get("/calls?limit=ten").json["field"] == "limit"
    assert api.get("/calls?colour=red").json["errors"][0]["message"] == "unknown field"
    assert api.get("/calls?limit=1&limit=2").json["field"] == "limit"
    assert api.get("/calls?cursor=nonsense").json["field"] == "cursor"
    for moment in ("since=2026-01-01T00:00:00", "until=2026-11-21", "until=soon"):
        fault = api.get(f"/calls?{moment}").json["errors"][0]
        assert fault == {"field": moment[:5], "message": MOMENT}
    assert api.get("/runs/not-an-id").json["field"] == "id"


def test_an_unknown_route_and_method_are_problems_too(api: Api) -> None:
    missing, refused_method = api.get("/nothing-here"), api.put("/generate", {})

    assert (missing.status_code, missing.json["code"]) == (404, "route-not-found")
    assert (refused_method.status_code, refused_method.json["code"]) == (405, "method-not-allowed")
    assert refused_method.headers["Allow"] == "OPTIONS, POST"


def test_nothing_of_a_refused_flow_is_stored(api: Api, world: World) -> None:
    code = api.use_case()
    before = world.snapshots.current.revision

    refused(
        api,
        f"/use-cases/{code}/flows",
        json={"code": "b", "steps": [step_of(prompt="{{ broken")]},
        status=422,
        code="prompt-invalid",
        field="steps[0].prompt",
    )

    assert world.snapshots.current.revision == before
    assert [flow["code"] for flow in api.get(f"/use-cases/{code}/flows").json["items"]] == ["a"]
