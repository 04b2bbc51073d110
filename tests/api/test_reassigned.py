"""A session whose flow escaped is answered by another one, and every answer says so."""

import json

import pytest

from app.db import flows as flow_rows
from app.services.world import World
from tests.api.conftest import ADMIN, Api

WORD = {"inputs": {"word": "hello"}}


def escaped(api: Api, world: World, **step: str) -> tuple[str, str, str]:
    """A use case with a session in flow b, which has escaped: the code, the correlation id and the session's id."""
    code = api.use_case("a", "b", **step)
    picked = (api.post(f"/use-cases/{code}/pick", {"correlation_id": f"c{number}"}).json for number in range(100))
    old = next(answer for answer in picked if answer["flow"] == "b")
    assert api.put(f"/use-cases/{code}/weights", {"weights": {"a": 10_000}}).status_code == 200
    use_case = world.snapshots.current.use_cases[code]
    flow = next(flow for flow in world.snapshots.current.flows[use_case.id] if flow.code == "b")
    with world.store.write() as tx:
        world.store.bump(tx)
        flow_rows.evict(tx, flow.id, world.now())
    world.snapshots.refresh()
    return code, old["correlation_id"], old["session_id"]


def test_answers_and_listings_of_a_session_that_moved_say_so(api: Api, world: World) -> None:
    code, name, old_id = escaped(api, world)

    answer = api.post(f"/use-cases/{code}/generate", {**WORD, "correlation_id": name})
    picked = api.post(f"/use-cases/{code}/pick", {"correlation_id": name})
    new, old = api.get("/sessions", query_string={"correlation_id": name, "use_case": code}).json["items"]

    assert (answer.json["flow"], answer.json["reassigned"], answer.headers["X-MM-Reassigned"]) == ("a", True, "true")
    assert (picked.json["session_id"], picked.json["reassigned"]) == (answer.json["session_id"], True)
    assert picked.headers["X-MM-Reassigned"] == "true"
    assert (new["id"], new["replaces"], new["reassigned"], new["live"]) == (
        picked.json["session_id"],
        old_id,
        True,
        True,
    )
    assert (old["id"], old["replaces"], old["reassigned"], old["live"]) == (old_id, None, False, False)


def test_a_stream_says_it_before_the_first_word(api: Api, world: World) -> None:
    code, name, _ = escaped(api, world)

    stream = api.post(f"/use-cases/{code}/generate", {**WORD, "correlation_id": name, "stream": True})

    event, data = stream.text.split("\n\n")[0].split("\n")
    assert (event, json.loads(data.removeprefix("data: "))["reassigned"]) == ("event: started", True)
    assert stream.headers["X-MM-Reassigned"] == "true"


@pytest.mark.parametrize("streamed", [True, False])
def test_the_door_of_openais_shape_says_it_in_the_header(api: Api, world: World, streamed: bool) -> None:
    code, name, _ = escaped(api, world, prompt="Say {{ prompt }}.")
    headers = {"Authorization": f"Bearer {ADMIN}", "X-Correlation-Id": name}
    body = {"model": f"use-case/{code}", "messages": [{"role": "user", "content": "hello"}], "stream": streamed}

    answer = api.client.post("/v1/chat/completions", json=body, headers=headers)

    assert (answer.status_code, answer.headers.get("X-MM-Reassigned")) == (200, "true")


def test_a_session_that_stayed_is_not_called_reassigned(api: Api) -> None:
    code = api.use_case("a", "b")

    answer = api.post(f"/use-cases/{code}/generate", {**WORD, "correlation_id": "c"})
    (session,) = api.get("/sessions", query_string={"correlation_id": "c", "use_case": code}).json["items"]

    assert (answer.json["reassigned"], session["replaces"], session["reassigned"]) == (False, None, False)
    assert "X-MM-Reassigned" not in answer.headers
