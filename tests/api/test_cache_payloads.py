"""A request says in body or header whether kept answers are used, and nonsense is refused by name."""

import pytest
from flask import Flask
from pydantic import BaseModel

from app.api.cache_payloads import HEADER, cache_wish
from app.api.generation_payloads import DirectIn, GenerateIn
from app.api.openai_payloads import ChatIn
from app.domain.cached import CacheWish
from app.domain.errors import Invalid
from tests.api.conftest import Api, step_of

TURN = {"role": "user", "content": "hi"}
BODIES: list[tuple[type[GenerateIn] | type[DirectIn] | type[ChatIn], dict[str, object]]] = [
    (GenerateIn, {}),
    (DirectIn, {"model": "simulated/small", "prompt": "hi"}),
    (ChatIn, {"model": "simulated/small", "messages": [TURN]}),
]


def wish(app: Flask, kind: type[BaseModel], body: dict[str, object], header: str | None = None) -> CacheWish | None:
    """What the request says."""
    headers = {} if header is None else {HEADER: header}
    with app.test_request_context(headers=headers):
        payload = kind.model_validate(body)
        assert isinstance(payload, GenerateIn | DirectIn | ChatIn)
        return cache_wish(payload.cache)


@pytest.mark.parametrize(("kind", "body"), BODIES)
def test_body_and_header_say_the_same_words_and_the_body_wins(
    app: Flask, kind: type[BaseModel], body: dict[str, object]
) -> None:
    assert wish(app, kind, body) is None
    assert wish(app, kind, body, "read") == CacheWish(True, False)
    assert wish(app, kind, {**body, "cache": "write"}) == CacheWish(False, True)
    assert wish(app, kind, {**body, "cache": {"mode": "on", "ttl_s": 60.0}}) == CacheWish(True, True, 60.0)
    assert wish(app, kind, {**body, "cache": "off"}, "on") == CacheWish(False, False)


def test_a_header_that_says_something_else_is_refused_by_name(app: Flask) -> None:
    with pytest.raises(Invalid) as refused:
        wish(app, GenerateIn, {}, "maybe")

    assert refused.value.field == HEADER


@pytest.mark.parametrize(
    ("cache", "field"),
    [
        ("maybe", "cache"),
        (True, "cache"),
        ({"mode": "maybe"}, "cache.mode"),
        ({"mode": "on", "ttl_s": 0}, "cache.ttl_s"),
        ({"mode": "on", "ttl_s": -1}, "cache.ttl_s"),
        ({"mode": "on", "ttl": 1}, "cache.ttl"),
        ({}, "cache.mode"),
    ],
)
def test_a_body_that_says_something_else_is_refused_by_name(api: Api, cache: object, field: str) -> None:
    response = api.post("/generate", {"model": "simulated/small", "prompt": "hi", "cache": cache})

    assert (response.status_code, response.json["field"]) == (422, field)


@pytest.mark.parametrize("ttl", [0, -1, "1", 31_536_001])
def test_a_step_that_keeps_answers_for_no_time_or_for_ever_is_refused(api: Api, ttl: object) -> None:
    code = api.use_case()

    response = api.post(f"/use-cases/{code}/flows", {"code": "z", "steps": [step_of(cache_ttl_s=ttl)]})

    assert (response.status_code, response.json["field"]) == (422, "steps[0].cache_ttl_s")
