"""Events of an experiment are paged, or streamed from where a listener has stopped until the experiment ends."""

import http.client
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.api.routes import register
from app.db import experiments as experiment_rows
from app.services import experiment_events
from app.services.listeners import Listeners
from app.services.world import World
from tests.api.conftest import ADMIN, MAX_BODY, NATIVE, Api, serving

FRAME = re.compile(r"^(?:id: (.+)\n)?event: (.+)\ndata: (.+)\n\n", re.M)


@pytest.fixture
def experiment(api: Api) -> str:
    """The id of a running experiment."""
    return str(api.made("/experiments", {"use_case": api.use_case("a", "b")})["id"])


@pytest.fixture
def lively(world: World) -> Iterator[str]:
    """The address of a server of the same world whose streams are not silent for long."""
    policy = replace(world.policy, stream_heartbeat_s=0.2)
    with serving(register(replace(world, policy=policy), max_body_bytes=MAX_BODY)) as served:
        yield served


def recorded(world: World, experiment_id: str, text: str = "Moved.") -> str:
    """The id of a new event."""
    with world.store.write() as tx:
        experiment = experiment_rows.get(tx, experiment_id)
        return experiment_events.record(tx, world, experiment, "moved", text, {"flow": "a"}).id


def frames(text: str) -> list[tuple[str, str, Any]]:
    """Id, kind and data of each event of a stream."""
    return [(id_, kind, json.loads(data)) for id_, kind, data in FRAME.findall(text)]


def stop(api: Api, experiment_id: str) -> None:
    """End the experiment."""
    assert api.call("POST", f"/experiments/{experiment_id}/stop").status_code == 200


def all_ids(api: Api, experiment_id: str) -> list[str]:
    """Ids of the experiment's events, as the page says."""
    return [item["id"] for item in api.get(f"/experiments/{experiment_id}/events?limit=200").json["items"]]


def test_events_are_paged_oldest_first(api: Api, world: World, experiment: str) -> None:
    before = recorded(world, experiment)
    made = [recorded(world, experiment, f"Move {number}.") for number in range(3)]
    path = f"/experiments/{experiment}/events"

    first = api.get(f"{path}?limit=2&after={before}").json
    rest = api.get(f"{path}?limit=2&after={first['next']}").json

    assert [item["id"] for item in (*first["items"], *rest["items"])] == made
    assert rest["next"] is None
    event = first["items"][0]
    assert (event["kind"], event["text"], event["data"]) == ("moved", "Move 0.", {"flow": "a"})
    assert (event["experiment_id"], event["use_case"][:5]) == (experiment, "case-")


@pytest.mark.parametrize("asked", ["accept", "query"])
def test_a_stream_of_an_ended_experiment_tells_all_and_ends(
    api: Api, world: World, experiment: str, asked: str
) -> None:
    made = recorded(world, experiment)
    stop(api, experiment)
    query, headers = ("?stream=true", {}) if asked == "query" else ("", {"Accept": "text/event-stream"})

    response = api.get(f"/experiments/{experiment}/events{query}", headers=headers)
    told = frames(response.text)

    assert response.mimetype == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-store"
    assert [id_ for id_, *_ in told] == [*all_ids(api, experiment), ""]
    assert next(data for id_, _, data in told if id_ == made)["text"] == "Moved."
    assert told[-1][1:] == ("end", {"status": "ended", "outcome": "stopped"})


@pytest.mark.parametrize("named", ["header", "query", "both"])
def test_a_stream_goes_on_exactly_after_the_last_event_that_was_seen(
    api: Api, world: World, experiment: str, named: str
) -> None:
    first = recorded(world, experiment)
    seen = recorded(world, experiment)
    missed = [recorded(world, experiment) for _ in range(2)]
    stop(api, experiment)
    after = {"header": "", "query": f"&after={seen}", "both": f"&after={first}"}[named]
    headers = {} if named == "query" else {"Last-Event-ID": seen}

    told = frames(api.get(f"/experiments/{experiment}/events?stream=true{after}", headers=headers).text)

    ids = [id_ for id_, *_ in told]
    assert ids[:2] == missed
    assert ids == [*all_ids(api, experiment)[all_ids(api, experiment).index(seen) + 1 :], ""]


def test_a_last_event_that_is_none_of_ours_is_refused(api: Api, experiment: str) -> None:
    response = api.get(f"/experiments/{experiment}/events?stream=true", headers={"Last-Event-ID": "7"})

    assert (response.status_code, response.json["field"]) == (422, "Last-Event-ID")


@pytest.mark.parametrize("query", ["", "?stream=true"])
def test_an_experiment_that_is_not_there_has_no_events(api: Api, world: World, query: str) -> None:
    assert api.get(f"/experiments/{world.new_id()}/events{query}").status_code == 404


def test_a_listener_hears_what_happens_later_and_its_leaving_frees_its_place(
    world: World, experiment: str, lively: str
) -> None:
    before = recorded(world, experiment)
    free = world.listeners._free
    connection = http.client.HTTPConnection(urlsplit(lively).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {ADMIN}", "Accept": "text/event-stream", "Last-Event-ID": before}
    connection.request("GET", f"{NATIVE}/experiments/{experiment}/events", headers=headers)
    response = connection.getresponse()
    heard = b""
    while b": waiting" not in heard:
        heard += response.readline()
    later = recorded(world, experiment)
    while later.encode() not in heard:
        heard += response.readline()
    taken = world.listeners._free

    response.close()
    connection.close()

    assert taken == free - 1
    assert before.encode() not in heard
    while world.listeners._free != free:  # the comment after the next silence finds nobody
        time.sleep(0.05)


def test_there_are_only_so_many_listeners(world: World, api: Api, experiment: str) -> None:
    full = replace(world, listeners=Listeners(0))
    crowded = Api(register(full, max_body_bytes=MAX_BODY).test_client())

    response = crowded.get(f"/experiments/{experiment}/events?stream=true")

    assert (response.status_code, response.json["code"]) == (503, "overloaded")
    assert response.headers["Retry-After"] == "5"
    assert crowded.get(f"/experiments/{experiment}/events").status_code == 200


def test_the_document_says_that_it_may_be_a_stream(api: Api) -> None:
    paths = api.client.get("/openapi.json").json["paths"]

    content = paths["/api/v1/experiments/{id}/events"]["get"]["responses"]["200"]["content"]
    assert set(content) == {"application/json", "text/event-stream"}
