"""The cache tells what it has spared, and an admin empties it."""

from collections.abc import Iterator

import pytest

from app.services.world import World
from tests.api.conftest import Api
from tests.shelves import kept
from tests.waiting import until


@pytest.fixture
def two(world: World) -> Iterator[World]:
    """A world that keeps an answer of each of two models."""
    world.cache.forget()
    world.cache.keep("a", kept(model="simulated/small", made_at=world.now()), ttl_s=60)
    world.cache.keep("b", kept(model="simulated/medium", made_at=world.now()), ttl_s=60)
    world.cache.flush(timeout_s=10)
    until(lambda: None not in (world.cache.find("a"), world.cache.find("b")))  # a shelf that was slow rests a while
    yield world
    world.cache.forget()


def test_the_cache_tells_what_it_holds(api: Api, two: World) -> None:
    before = api.get("/cache").json
    two.cache.find("a")
    two.cache.find("nothing")

    after = api.get("/cache").json
    # the purge of another test, seen late, sweeps what was just fetched
    until(lambda: two.cache.find("a") is not None and api.get("/cache").json["entries"] > 0)
    held = api.get("/cache").json

    assert (after["hits"] - before["hits"], after["misses"] - before["misses"]) == (1, 1)
    assert after["on"]
    assert held["entries"] >= 1
    assert held["bytes"] > 0
    assert 0 < after["hit_rate"] < 1
    assert after["shared"] == {"kind": "sqlite", "reachable": True, "entries": 2}


def test_answers_of_one_model_are_forgotten(api: Api, two: World) -> None:
    response = api.delete("/cache?model=simulated/small")

    assert (response.status_code, response.json) == (200, {"forgotten": 1})
    assert two.cache.find("a") is None
    until(lambda: two.cache.find("b") is not None)


def test_only_answers_of_that_age_are_forgotten(api: Api, two: World) -> None:
    assert api.delete("/cache?older_than_s=3600").json == {"forgotten": 0}
    assert api.delete("/cache").json == {"forgotten": 2}
    assert two.cache.find("a") is None


def test_an_unknown_model_or_a_wrong_age_is_refused_by_name(api: Api) -> None:
    for query, field in (("model=no/such", "model"), ("older_than_s=-1", "older_than_s"), ("slug=x", "slug")):
        response = api.delete(f"/cache?{query}")

        assert (response.status_code, response.json["field"]) == (422, field), response.text
