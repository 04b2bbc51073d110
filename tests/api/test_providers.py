"""Providers show who can be asked, without a key, and what is kept away; an admin lets them be asked again."""

from collections.abc import Iterator

import pytest

from app.domain.breaker import Target
from app.services.world import World
from tests.api.conftest import Api

SMALL = Target("simulated", "simulated/small", "simulated")


@pytest.fixture(autouse=True)
def _well_again(world: World) -> Iterator[None]:
    """The world is shared by the tests of this folder."""
    yield
    world.breakers.reset("simulated")


def provider(api: Api, code: str = "simulated") -> dict[str, object]:
    """The provider as it is listed."""
    return {item["code"]: item for item in api.get("/providers").json["items"]}[code]


def test_every_provider_of_the_catalogue_is_listed_with_its_endpoints(api: Api, world: World) -> None:
    listed = api.get("/providers").json

    assert [item["code"] for item in listed["items"]] == list(world.catalogue.providers)
    ollama = provider(api, "ollama")
    assert (ollama["kind"], ollama["title"], ollama["configured"]) == ("ollama", "Ollama", True)
    assert ollama["endpoints"] == [
        {"name": "ollama", "host": "127.0.0.1:11434", "weight": 1, "in_flight": 0, "cooling_for_s": 0}
    ]
    assert provider(api)["endpoints"] == [
        {"name": "simulated", "host": None, "weight": 1, "in_flight": 0, "cooling_for_s": 0}
    ]


def test_a_target_that_fails_is_shown_open_until_it_is_reset(api: Api, world: World) -> None:
    for _ in range(5):
        world.breakers.failed(SMALL)
    world.breakers.rest(SMALL, 60)

    shown = provider(api)
    breaker = next(one for one in shown["breakers"] if one["model"] == SMALL.model)
    answered = api.post("/providers/simulated/reset", None)

    assert (breaker["model"], breaker["endpoint"], breaker["state"]) == ("simulated/small", "simulated", "open")
    assert (breaker["failures"], breaker["trips"]) == (5, 1)
    assert breaker["opened_at"] < breaker["retry_at"]
    assert 50 < shown["endpoints"][0]["cooling_for_s"] <= 60
    assert 50 < breaker["rests_for_s"] <= 60
    assert answered.status_code == 200
    assert {one["state"] for one in answered.json["breakers"]} == {"closed"}
    assert answered.json["endpoints"][0]["cooling_for_s"] == 0
    assert world.breakers.admits(SMALL)


def test_resetting_needs_an_admin_and_a_provider_of_the_catalogue(api: Api) -> None:
    reader = api.made("/keys", {"name": "reader", "scopes": ["read", "run", "write"]})["secret"]

    refused = Api(api.client, reader).post("/providers/simulated/reset", None)
    missing = api.post("/providers/nobody/reset", None)

    assert refused.status_code == 403
    assert (missing.status_code, missing.json["code"]) == (404, "not-found")
    assert Api(api.client, reader).get("/providers").status_code == 200
