"""Webhooks over HTTP: the secret is shown once, private hosts are refused, and only an admin may look."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.api.routes import register
from app.db import experiments as experiment_rows
from app.domain.event import ALERTS
from app.services import experiment_events
from app.services.publishing import publish
from app.services.world import World
from tests.api.conftest import MAX_BODY, Api
from tests.services.jobbing import deliver, perform
from tests.services.receiving import Receiver

PUBLIC = "https://8.8.8.8/hook"


@pytest.fixture(scope="module")
def open_world(world: World) -> World:
    """The world of a server that may call hosts of this machine."""
    return replace(world, policy=replace(world.policy, webhook_private_hosts=True))


@pytest.fixture
def near(open_world: World) -> Api:
    """A client of that server."""
    return Api(register(open_world, max_body_bytes=MAX_BODY).test_client())


@pytest.fixture(autouse=True)
def _none_left(api: Api) -> Iterator[None]:
    """What one test made is told nothing by the next."""
    yield
    for webhook in api.get("/webhooks?limit=200").json["items"]:
        api.delete(f"/webhooks/{webhook['id']}")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def test_the_secret_is_shown_when_it_is_made_and_never_again(api: Api) -> None:
    made = api.made("/webhooks", {"url": PUBLIC})
    path = f"/webhooks/{made['webhook']['id']}"

    rotated = api.call("POST", path + "/rotate").json
    shown = [api.get(path), api.get("/webhooks"), api.patch(path, {"active": False}), api.get(path + "/deliveries")]

    assert made["secret"].startswith("whsec_")
    assert rotated["secret"].startswith("whsec_")
    assert rotated["secret"] != made["secret"]
    assert all(response.status_code == 200 and "whsec_" not in response.text for response in shown)


def test_a_webhook_is_made_read_changed_and_deleted(api: Api) -> None:
    made = api.made("/webhooks", {"url": PUBLIC})["webhook"]
    path = f"/webhooks/{made['id']}"

    changed = api.patch(path, {"kinds": ["stopped", "escaped"], "url": "http://8.8.4.4/x", "active": False}).json
    listed = api.get("/webhooks?limit=1").json
    gone = [api.delete(path), api.get(path), api.get(path + "/deliveries")]

    assert (made["url"], made["kinds"], made["active"]) == (PUBLIC, list(ALERTS), True)
    assert (changed["url"], changed["kinds"], changed["active"]) == (
        "http://8.8.4.4/x",
        ["experiment.stopped", "experiment.escaped"],
        False,
    )
    assert listed["items"] == [changed]
    assert [response.status_code for response in gone] == [204, 404, 404]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "http://127.0.0.1:8080/"}, "url"),
        ({"url": "http://localhost/"}, "url"),
        ({"url": "http://169.254.169.254/latest/meta-data"}, "url"),
        ({"url": "http://[::1]/"}, "url"),
        ({"url": "http://10.1.2.3/"}, "url"),
        ({"url": "ftp://8.8.8.8/"}, "url"),
        ({"url": "https://name@8.8.8.8/"}, "url"),
        ({"url": "https://8.8.8.8/" + "a" * 2_048}, "url"),
        ({"url": PUBLIC, "kinds": []}, "kinds"),
        ({"url": PUBLIC, "kinds": ["every"]}, "kinds[0]"),
        ({"url": PUBLIC, "headers": {"Authorization": "x"}}, "headers"),
        ({"url": PUBLIC, "headers": {"X-A": "a\r\nHost: b"}}, "headers"),
        ({"url": PUBLIC, "use_case": ""}, "use_case"),
        ({"url": PUBLIC, "secret": "mine"}, "secret"),
        ({}, "url"),
    ],
)
def test_what_is_wrong_is_named(api: Api, body: dict[str, object], field: str) -> None:
    response = api.post("/webhooks", body)

    assert (response.status_code, response.json["field"]) == (422, field)


def test_a_private_host_is_refused_by_a_change_too(api: Api) -> None:
    path = f"/webhooks/{api.made('/webhooks', {'url': PUBLIC})['webhook']['id']}"

    response = api.patch(path, {"url": "http://127.0.0.1/"})

    assert (response.status_code, response.json["field"]) == (422, "url")
    assert api.get(path).json["url"] == PUBLIC


def test_a_test_tells_what_the_receiver_answered(near: Api, receiver: Receiver) -> None:
    made = near.made("/webhooks", {"url": receiver.url})
    path = f"/webhooks/{made['webhook']['id']}/test"
    receiver.statuses.append(500)

    bad, good = near.call("POST", path).json, near.call("POST", path).json

    assert (bad.pop("latency_ms") >= 0, good.pop("latency_ms") >= 0) == (True, True)
    assert bad == {"delivered": False, "answered": 500, "error": "answered 500"}
    assert good == {"delivered": True, "answered": 204, "error": None}
    assert all(got.signed_with(made["secret"]) for got in receiver.received)


def test_deliveries_are_read_and_sent_again(near: Api, open_world: World, receiver: Receiver) -> None:
    publish(open_world)  # what other tests left, lest this webhook hears of it
    made = near.made("/webhooks", {"url": receiver.url, "kinds": ["*"]})
    path = f"/webhooks/{made['webhook']['id']}"
    running = near.made("/experiments", {"use_case": near.use_case("a", "b")})
    with open_world.store.write() as tx:
        experiment = experiment_rows.get(tx, running["id"])
        event = experiment_events.record(tx, open_world, experiment, "escaped", "Flow a has escaped.")
    publish(open_world)
    waiting = near.get(path + "/deliveries?status=pending").json["items"][0]
    pending = near.call("POST", f"{path}/deliveries/{waiting['id']}/replay")

    deliver(open_world)
    (delivered,) = [one for one in near.get(path + "/deliveries").json["items"] if one["event_id"] == event.id]
    again = near.call("POST", f"{path}/deliveries/{delivered['id']}/replay")
    unknown = near.call("POST", f"{path}/deliveries/{running['id']}/replay")
    deliver(open_world)
    alone = near.get(f"{path}/deliveries/{delivered['id']}").json

    assert (waiting["status"], waiting["kind"], waiting["attempts"]) == ("pending", "experiment.escaped", 0)
    assert waiting["due_at"] is not None
    assert (pending.status_code, pending.json["code"]) == (409, "delivery-pending")
    assert (delivered["status"], delivered["answered"], delivered["due_at"]) == ("delivered", 204, None)
    assert delivered["payload"]["data"]["event_id"] == event.id
    assert receiver.received[-1].told == delivered["payload"]
    assert (again.status_code, again.json["status"], again.json["replayed"]) == (200, "pending", True)
    assert (alone["status"], [one["answered"] for one in alone["tries"]]) == ("delivered", [204, 204])
    assert unknown.status_code == 404
    assert near.get(path + "/deliveries?status=dead").json["items"] == []
    assert near.delete(path).status_code == 204


def test_a_webhook_hears_of_one_use_case_alone_and_sends_headers_along(
    near: Api, open_world: World, receiver: Receiver
) -> None:
    mine, other = near.use_case("a"), near.use_case("a")
    wanted = {"url": receiver.url, "kinds": ["use-case.*"], "use_case": mine, "headers": {"X-Origin": "model match"}}
    publish(open_world)
    made = near.made("/webhooks", wanted)["webhook"]

    for code in (mine, other):
        assert near.patch(f"/use-cases/{code}", {"title": "New"}).status_code == 200
    deliver(open_world)
    wider = near.patch(f"/webhooks/{made['id']}", {"use_case": "", "headers": {}}).json

    assert (made["use_case"], made["headers"]) == (mine, {"X-Origin": "model match"})
    assert [(got.told["data"]["use_case"], got.headers["x-origin"]) for got in receiver.received] == [
        (mine, "model match")
    ]
    assert (wider["use_case"], wider["headers"]) == (None, {})


def test_what_was_missed_is_sent_again_from_a_moment_on(near: Api, open_world: World, receiver: Receiver) -> None:
    since = open_world.now().isoformat()
    code = near.use_case("a")
    publish(open_world)
    made = near.made("/webhooks", {"url": receiver.url, "kinds": ["use-case.created"]})["webhook"]

    answer = near.post(f"/webhooks/{made['id']}/redeliver", {"since": since})
    perform(open_world, "event-replay")
    deliver(open_world)
    again = near.post(f"/webhooks/{made['id']}/redeliver", {"since": since})
    perform(open_world, "event-replay")
    deliver(open_world)

    assert (answer.status_code, again.status_code) == (202, 202)
    (got,) = receiver.received
    assert (got.told["type"], got.told["data"]["use_case"]) == ("use-case.created", code)
    assert got.headers["webhook-replayed"] == "true"


def test_only_an_admin_sees_webhooks(api: Api) -> None:
    key = api.made("/keys", {"name": "writer", "scopes": ["write"]})
    writer = Api(api.client, key["secret"])

    assert writer.get("/webhooks").status_code == 403
    assert writer.post("/webhooks", {"url": PUBLIC}).status_code == 403
