"""A key that reached its limit is told so with what helps it wait; a place lasts as long as its answer."""

import math
import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.api.routes import register
from app.services.admission import Admission
from app.services.world import World
from tests.api.conftest import ADMIN, MAX_BODY, NATIVE, Api

ASKED = {"model": "simulated/small", "prompt": "hi"}
TURN = {"model": "simulated/small", "messages": [{"role": "user", "content": "hi"}]}


def limited(api: Api, **limits: int) -> Api:
    """The same caller with a key of these limits."""
    issued = api.made("/keys", {"name": "limited", "scopes": ["run", "read"], "limits": limits})
    return Api(api.client, issued["secret"])


def crowded(world: World, **given: Any) -> tuple[FlaskClient, Admission]:
    """An application with few places."""
    admission = Admission(given.pop("places", 1), **{"queue_length": 0, "timeout_s": 5.0, **given})
    return register(replace(world, admission=admission), max_body_bytes=MAX_BODY).test_client(), admission


def ask(client: FlaskClient, *, path: str = f"{NATIVE}/generate", **body: object) -> TestResponse:
    """One generation, unread."""
    return client.post(path, json={**ASKED, **body}, headers={"X-Api-Key": ADMIN})


def test_what_is_left_is_told_with_every_answer(api: Api) -> None:
    caller = limited(api, requests_per_min=3, tokens_per_day=10_000)

    answers = [caller.post("/generate", ASKED) for _ in range(2)]

    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1"]
    assert answers[0].headers["RateLimit-Limit"] == "3"
    assert answers[0].headers["RateLimit-Reset"] == "20"
    assert answers[0].headers["RateLimit-Policy"] == '3;w=60;comment="requests", 10000;w=86400;comment="tokens"'


def test_a_key_without_limits_is_told_nothing(api: Api) -> None:
    assert not [name for name, _ in api.post("/generate", ASKED).headers if name.startswith("RateLimit")]


def test_a_reached_limit_is_a_problem_that_says_how_long_to_wait(api: Api) -> None:
    caller = limited(api, requests_per_min=2)
    for _ in range(2):
        assert caller.post("/generate", ASKED).status_code == 200

    refused = caller.post("/generate", ASKED)

    assert (refused.status_code, refused.json["code"]) == (429, "rate-limited")
    assert "2 requests per min" in refused.json["detail"]
    assert 1 <= int(refused.headers["Retry-After"]) <= 30
    assert refused.headers["RateLimit-Remaining"] == "0"
    assert refused.headers["RateLimit-Reset"] == refused.headers["Retry-After"]


def test_the_openai_door_refuses_in_openais_words(api: Api) -> None:
    caller = limited(api, requests_per_min=1)
    sent = {"Authorization": f"Bearer {caller.secret}"}
    first = api.client.post("/v1/chat/completions", json=TURN, headers=sent)

    refused = api.client.post("/v1/chat/completions", json=TURN, headers=sent)

    assert (first.status_code, first.headers["RateLimit-Remaining"]) == (200, "0")
    assert (refused.status_code, refused.json["error"]["code"]) == (429, "rate_limit_exceeded")
    assert refused.json["error"]["type"] == "rate_limit_error"
    assert int(refused.headers["Retry-After"]) >= 1


def test_reading_is_not_limited(api: Api) -> None:
    caller = limited(api, requests_per_min=1)
    caller.post("/generate", ASKED)

    assert {caller.get("/models").status_code for _ in range(5)} == {200}
    assert {caller.get("/calls").status_code for _ in range(5)} == {200}
    assert caller.post("/generate", ASKED).status_code == 429


def test_a_request_that_fails_gives_its_seat_back(api: Api) -> None:
    caller = limited(api, concurrent=1)

    statuses = [caller.post("/generate", {"model": "acme/none", "prompt": "hi"}).status_code for _ in range(3)]

    assert statuses == [422, 422, 422]
    assert caller.post("/generate", {"nonsense": 1}).status_code == 422
    assert caller.post("/generate", ASKED).status_code == 200


@pytest.mark.parametrize("leave", ["read to its end", "closed half-way", "closed unread"])
def test_a_stream_holds_its_seat_until_it_ends(api: Api, leave: str) -> None:
    caller = limited(api, concurrent=1)
    stream = caller.post("/generate", {**ASKED, "stream": True})

    meanwhile = caller.post("/generate", ASKED)
    if leave == "closed half-way":
        next(iter(stream.response))
    if leave == "read to its end":
        assert b"event: done" in stream.data
    else:
        stream.close()

    assert (meanwhile.status_code, meanwhile.headers["Retry-After"]) == (429, "1")
    assert "1 requests at once" in meanwhile.json["detail"]
    assert caller.post("/generate", ASKED).status_code == 200


def test_a_stream_of_the_openai_door_holds_its_seat_too(api: Api) -> None:
    caller = limited(api, concurrent=1)
    sent = {"Authorization": f"Bearer {caller.secret}"}
    stream = api.client.post("/v1/chat/completions", json={**TURN, "stream": True}, headers=sent)

    assert api.client.post("/v1/chat/completions", json=TURN, headers=sent).status_code == 429
    assert b"[DONE]" in stream.data
    assert api.client.post("/v1/chat/completions", json=TURN, headers=sent).status_code == 200


def test_limits_are_shown_changed_and_taken_away(api: Api) -> None:
    issued = api.made("/keys", {"name": "k", "scopes": ["run"], "owner": "ada", "limits": {"requests_per_min": 1}})
    path, caller = f"/keys/{issued['key']['id']}", Api(api.client, issued["secret"])
    assert issued["key"]["limits"]["requests_per_min"] == 1
    assert [caller.post("/generate", ASKED).status_code for _ in range(2)] == [200, 429]

    changed = api.patch(path, {"limits": {"requests_per_min": 100, "concurrent": 3}, "team": "blue"})
    time.sleep(0.7)  # 100 a minute refill one in 0.6 s
    after = caller.post("/generate", ASKED)
    freed = api.patch(path, {"limits": None, "name": "renamed"})

    assert (changed.json["limits"]["concurrent"], changed.json["owner"], changed.json["team"]) == (3, "ada", "blue")
    assert (after.status_code, after.headers["RateLimit-Limit"]) == (200, "100")
    assert (freed.json["limits"], freed.json["name"], freed.json["team"]) == (None, "renamed", "blue")
    assert "RateLimit-Limit" not in caller.post("/generate", ASKED).headers


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"limits": {"requests_per_min": 0}}, "limits.requests_per_min"),
        ({"limits": {"requests_per_hour": 5}}, "limits.requests_per_hour"),
        ({"name": None}, "name"),
        ({"scopes": ["admin"]}, "scopes"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(api: Api, body: dict[str, object], field: str) -> None:
    issued = api.made("/keys", {"name": "k", "scopes": ["run"]})

    refused = api.patch(f"/keys/{issued['key']['id']}", body)

    assert (refused.status_code, refused.json["field"]) == (422, field)


def test_guessing_keys_is_slowed_down(world: World) -> None:
    client = register(world, max_body_bytes=MAX_BODY).test_client()
    away = {"REMOTE_ADDR": "192.0.2.77"}

    statuses = [
        client.get(f"{NATIVE}/calls", headers={"X-Api-Key": f"guess {number}"}, environ_base=away).status_code
        for number in range(25)
    ]
    refused = client.get("/v1/models", headers={"X-Api-Key": "one more"}, environ_base=away)

    assert statuses[:20] == [401] * 20
    assert 429 in statuses[20:]
    assert refused.json["error"]["code"] == "rate_limit_exceeded"
    assert client.get(f"{NATIVE}/calls", headers={"X-Api-Key": ADMIN}).status_code == 200


def test_with_all_places_taken_generations_are_refused_and_reading_goes_on(world: World) -> None:
    client, _ = crowded(world)
    stream = ask(client, stream=True)

    refused = ask(client)
    health = client.get("/health/live")
    read = client.get(f"{NATIVE}/models", headers={"X-Api-Key": ADMIN})
    stream.close()

    assert (refused.status_code, refused.json["code"], refused.headers["Retry-After"]) == (503, "overloaded", "1")
    assert (health.status_code, read.status_code) == (200, 200)
    assert ask(client).status_code == 200


def test_a_refusal_for_want_of_a_place_gives_the_keys_seat_back(world: World, api: Api) -> None:
    caller = limited(api, concurrent=1)
    client, admission = crowded(world)
    admission.enter()

    refused = Api(client, caller.secret).post("/generate", ASKED)
    admission.leave()

    assert refused.status_code == 503
    assert Api(client, caller.secret).post("/generate", ASKED).status_code == 200


def test_a_request_waits_in_the_queue_until_a_stream_ends(world: World) -> None:
    client, admission = crowded(world, queue_length=1, timeout_s=30.0)
    stream, statuses = ask(client, stream=True), list[int]()
    waiting = threading.Thread(target=lambda: statuses.append(ask(client).status_code))
    waiting.start()
    while not admission.waiting:
        time.sleep(0.001)

    crowd = ask(client)
    assert b"event: done" in stream.data
    waiting.join()

    assert (crowd.status_code, statuses) == (503, [200])


def test_the_document_names_the_headers_of_limited_routes(client: FlaskClient) -> None:
    paths = client.get("/openapi.json").json["paths"]

    told = paths["/v1/chat/completions"]["post"]["responses"]
    read = paths["/api/v1/models"]["get"]["responses"]

    limits = {f"RateLimit-{name}" for name in ("Limit", "Remaining", "Reset", "Policy")}
    assert set(told["200"]["headers"]) == {*limits, "X-MM-Reassigned"}
    assert "Retry-After" in told["429"]["headers"]
    assert "RateLimit-Limit" in told["429"]["headers"]
    assert "headers" not in read["200"]
    assert set(read["429"]["headers"]) == {"Retry-After"}


def test_whole_seconds_are_rounded_up(api: Api) -> None:
    caller = limited(api, requests_per_min=7)
    for _ in range(7):
        caller.post("/generate", ASKED)

    waited = int(caller.post("/generate", ASKED).headers["Retry-After"])

    assert waited <= math.ceil(60 / 7)
