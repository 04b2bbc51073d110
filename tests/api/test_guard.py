"""Without a valid key nothing but health and documents answers, and a key opens only what its scopes say."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.api import guard
from app.api.door import Door
from app.domain.errors import Forbidden
from tests.api.conftest import ADMIN, Api

OPEN = {"front", "health.live", "health.ready", "openapi_json"}


def test_every_route_declares_who_may_use_it(app: Flask) -> None:
    assert guard.undeclared(app) == []


def test_only_health_and_documents_are_public(app: Flask) -> None:
    public = {endpoint for endpoint in app.view_functions if guard.scopes(app, endpoint) == ()}

    assert {endpoint for endpoint in public if endpoint.partition(".")[0] not in guard.DOCS} == OPEN


def test_no_other_route_answers_a_stranger(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        if guard.scopes(app, rule.endpoint) == ():
            continue
        path = rule.rule.replace("<id>", "01a1fc9a-4f53-72e0-a947-dadead74fdd1")
        for method in rule.methods or ():
            response = client.open(path, method=method, headers={"X-Api-Key": "guess"})
            assert response.status_code == 401, (method, path)
            assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_route_without_scope_is_refused_when_it_is_registered() -> None:
    door = Door("forgetful")

    with pytest.raises(RuntimeError, match="declares no scope"):

        @door.get("/open-to-all")
        def open_to_all() -> str:
            return "hello"


def test_a_route_that_came_in_by_another_way_is_open_to_nobody(app: Flask) -> None:
    other = Flask("other")
    other.extensions.update(app.extensions)
    other.add_url_rule("/backdoor", "backdoor", lambda: "hello")

    with (
        other.test_request_context("/backdoor", headers={"X-Api-Key": ADMIN}),
        pytest.raises(Forbidden, match="open to nobody"),
    ):
        guard.check()


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {ADMIN}"},
        {"Authorization": f"bearer  {ADMIN} "},
        {"X-Api-Key": ADMIN},
        {"Authorization": "Basic abc", "X-Api-Key": ADMIN},
    ],
)
def test_a_key_is_shown_in_either_header(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.get("/api/v1/keys", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("scope", "allowed", "refused"),
    [
        ("read", ["/use-cases", "/calls", "/models"], ["/keys"]),
        ("run", ["/models"], ["/use-cases", "/calls", "/keys"]),
        ("write", ["/use-cases", "/calls"], ["/keys"]),
        ("admin", ["/use-cases", "/keys"], []),
    ],
)
def test_a_key_opens_only_what_its_scopes_say(api: Api, scope: str, allowed: list[str], refused: list[str]) -> None:
    secret = api.made("/keys", {"name": "limited", "scopes": [scope]})["secret"]
    limited = Api(api.client, secret)

    assert {path: limited.get(path).status_code for path in allowed} == dict.fromkeys(allowed, 200)
    assert {path: limited.get(path).status_code for path in refused} == dict.fromkeys(refused, 403)


def test_a_reader_cannot_spend_money_or_write(api: Api) -> None:
    secret = api.made("/keys", {"name": "reader", "scopes": ["read"]})["secret"]
    reader = Api(api.client, secret)

    spent = reader.post("/generate", {"model": "simulated/small", "prompt": "hi"})
    written = reader.post("/use-cases", {"code": "mine"})

    assert (spent.status_code, spent.json["code"]) == (403, "forbidden")
    assert written.status_code == 403
    assert "run" in spent.json["detail"]
