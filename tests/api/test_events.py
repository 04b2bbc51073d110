"""The log of events over HTTP: paged, followed from any number on, and of one use case or kind."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from app.services.publishing import publish
from app.services.world import World
from tests.api.conftest import ADMIN, NATIVE, Api


def made(api: Api, world: World) -> tuple[str, int]:
    """A use case's code, and the number of the last event before it."""
    publish(world)
    before = api.get("/events?limit=1").json["items"]
    code = api.use_case("a")
    publish(world)
    return code, before[0]["number"] if before else 0


@contextmanager
def following(address: str, query: str, *, seen: int | None = None) -> Iterator[Iterator[dict[str, Any]]]:
    """Events of a feed over a real socket, each with the number that its frame bears."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {ADMIN}"} | ({} if seen is None else {"Last-Event-ID": str(seen)})
    connection.request("GET", f"{NATIVE}/events/feed{query}", headers=headers)
    response = connection.getresponse()
    assert (response.status, response.headers.get_content_type()) == (200, "text/event-stream")
    response.readline()  # `retry`, which comes once the feed has begun
    yield _events(response)
    response.close()
    connection.close()


def _events(response: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
    number = -1
    while line := response.readline():
        name, _, value = line.decode().strip().partition(": ")
        if name == "id":
            number = int(value)
        if name == "data":
            told: dict[str, Any] = orjson.loads(value)
            assert told["number"] == number
            yield told


def test_what_somebody_changed_is_read_with_the_name_of_their_key(api: Api, world: World) -> None:
    code, _ = made(api, world)

    page = api.get(f"/events?use_case={code}&kind=use-case.*,flow&order=at&limit=2").json
    rest = api.get(f"/events?use_case={code}&kind=use-case.*,flow&order=at&cursor={page['next']}").json
    one = api.get(f"/events/{page['items'][0]['id']}").json

    kinds = [item["kind"] for item in (*page["items"], *rest["items"])]
    assert kinds[:2] == ["use-case.created", "flow.created"]
    assert (kinds[-1], rest["next"]) == ("use-case.changed", None)
    assert (one["use_case"], one["actor"], one["data"]["code"]) == (code, "ADMIN_KEY", code)
    assert one["number"] is not None
    assert one == page["items"][0]


def test_a_key_with_a_name_is_the_actor(api: Api) -> None:
    key = api.made("/keys", {"name": "amelie", "scopes": ["write"]})
    writer = Api(api.client, key["secret"])

    writer.made("/use-cases", {"code": "of-amelie"})
    (event,) = api.get("/events?use_case=of-amelie").json["items"]

    assert event["actor"] == "amelie"
    assert key["secret"] not in api.get("/events?kind=key&limit=200").text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("kind=lost", "kind"),
        ("kind=run.*,", "kind"),
        ("limit=0", "limit"),
        ("order=kind", "order"),
        ("cursor=x", "cursor"),
        ("since=yesterday", "since"),
        ("since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", "until"),
        ("other=1", "other"),
    ],
)
def test_a_query_that_means_nothing_is_refused(api: Api, query: str, field: str) -> None:
    response = api.get(f"/events?{query}")

    assert response.status_code in (400, 422)
    assert field in response.text


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
        ("0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_moments_at_the_ends_of_time_leave_nothing_out(api: Api, world: World, since: str, until: str) -> None:
    code, _ = made(api, world)

    found = api.get(f"/events?use_case={code}&since={since}&until={until}")

    assert found.status_code == 200, found.text
    assert found.json["items"] == api.get(f"/events?use_case={code}").json["items"] != []


def test_what_is_not_there_is_not_found(api: Api, world: World) -> None:
    assert api.get(f"/events/{world.new_id()}").status_code == 404
    assert api.get("/events?use_case=nobody-knows-it").status_code == 404
    assert api.get("/events/feed?use_case=nobody-knows-it").status_code == 404


def test_a_feed_goes_on_after_the_number_that_was_seen(address: str, api: Api, world: World) -> None:
    code, before = made(api, world)

    with following(address, f"?use_case={code}&after={before}") as feed:
        first, second, third = (next(feed) for _ in range(3))
    with following(address, f"?use_case={code}&after={before}", seen=second["number"]) as feed:
        again = next(feed)

    assert [first["kind"], second["kind"]] == ["use-case.created", "flow.created"]
    assert again == third


def test_a_feed_begins_now_unless_told_otherwise(address: str, api: Api, world: World) -> None:
    made(api, world)
    with following(address, "?kind=use-case.created") as feed:
        code = api.use_case("a")
        publish(world)
        first = next(feed)

    assert (first["kind"], first["use_case"]) == ("use-case.created", code)


@pytest.mark.parametrize("seen", ["x", "-1", "9" * 20, "٣"])
def test_what_is_no_number_of_ours_is_refused(api: Api, seen: str) -> None:
    headers = {"Last-Event-ID": seen.encode().decode("latin-1")}

    assert api.get("/events/feed", headers=headers).status_code == 422


def test_only_an_admin_replays_and_only_what_is_over(api: Api, world: World) -> None:
    key = api.made("/keys", {"name": "reader", "scopes": ["read"]})
    since = (world.now() - timedelta(hours=1)).isoformat()

    begun = api.post("/events/replay", {"since": since, "kinds": ["flow.*"]})

    assert (begun.status_code, begun.json["status"]) == (202, "queued")
    assert Api(api.client, key["secret"]).post("/events/replay", {"since": since}).status_code == 403
    for wrong, field in (
        ({}, "since"),
        ({"since": "2026-01-01T00:00:00"}, "since"),
        ({"since": "2999-01-01T00:00:00Z"}, "since"),
        ({"since": since, "kinds": ["lost"]}, "kind"),
        ({"since": since, "other": 1}, "other"),
    ):
        response = api.post("/events/replay", wrong)
        assert response.status_code == 422, wrong
        assert field in response.text
    assert api.post("/events/replay", {"since": since, "webhook_id": world.new_id()}).status_code == 404


@pytest.mark.parametrize("until", [3_597_895_388, "3597895388", "-1.5", True, "2026-11-02T12:00:00"])
def test_a_moment_is_written_as_such_and_never_as_a_number(api: Api, until: object) -> None:
    response = api.post("/events/replay", {"since": "2026-11-02T12:00:00Z", "until": until})

    assert response.status_code == 422
    assert response.json["errors"][0]["field"] == "until"
