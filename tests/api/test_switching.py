"""Whoever talks is served by another model from the next turn on, and that model is told what was said before."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.api.routes import register
from app.domain.access import digest
from app.domain.message import Delta, ModelRequest
from app.services import keys
from app.services.world import World
from tests.api.conftest import ADMIN, MAX_BODY, Api
from tests.api.test_generation import events
from tests.services.made import say
from tests.stores import make_store
from tests.worlds import ScriptedProviders, opened

SMALL, LARGE = "simulated/small", "simulated/large"
Turn = Callable[[Api, list[dict[str, str]], str | None], str]


def repeat(request: ModelRequest) -> Iterator[Delta]:
    """Says which model it is, and all that it was told."""
    yield from say(f"{request.model}:", *(f" {message.text}" for message in request.messages))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[World]:
    """A world whose models tell what they were asked; task `chat` is done by the small one."""
    given = {"providers": ScriptedProviders(repeat), "admin_key_digest": digest(ADMIN)}
    with make_store("sqlite", tmp_path) as store, opened(store, tmp_path, **given) as world:
        assert served(world).put("/tasks/chat", {"model": SMALL}).status_code == 200
        yield world


def served(world: World, secret: str = ADMIN) -> Api:
    """The application on that world, as seen by one key."""
    return Api(register(world, max_body_bytes=MAX_BODY).test_client(), secret)


def direct(api: Api, said: list[dict[str, str]], user: str | None) -> str:
    """A turn through POST /generate."""
    return str(api.post("/generate", {"task": "chat", "messages": said, "user_id": user}).json["text"])


def direct_streamed(api: Api, said: list[dict[str, str]], user: str | None) -> str:
    """The same, as a stream."""
    asked = {"task": "chat", "messages": said, "user_id": user, "stream": True}
    told = events(api.post("/generate", asked).text)
    return "".join(str(data["text"]) for name, data in told if name == "delta")


def openai(api: Api, said: list[dict[str, str]], user: str | None) -> str:
    """A turn as OpenAI's clients send it."""
    answer = ask_openai(api, {"model": "task/chat", "messages": said, "user": user})
    return str(json.loads(answer)["choices"][0]["message"]["content"])


def openai_streamed(api: Api, said: list[dict[str, str]], user: str | None) -> str:
    """The same, as a stream."""
    lines = ask_openai(api, {"model": "task/chat", "messages": said, "user": user, "stream": True}).splitlines()
    chunks = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    return "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks if chunk["choices"])


def ask_openai(api: Api, body: dict[str, object]) -> str:
    """What OpenAI's door answers."""
    headers = {"Authorization": f"Bearer {api.secret}"}
    return api.client.post("/v1/chat/completions", json=body, headers=headers).text


TURNS = pytest.mark.parametrize("turn", [direct, direct_streamed, openai, openai_streamed])


def talk(turn: Turn, api: Api, said: list[dict[str, str]], text: str, user: str | None = None) -> str:
    """What is answered to the text; both are added to what was said."""
    said.append({"role": "user", "content": text})
    answer = turn(api, said, user)
    said.append({"role": "assistant", "content": answer})
    return answer


@TURNS
def test_a_task_that_gets_another_model_keeps_its_conversation(own: World, turn: Turn) -> None:
    api, said = served(own), list[dict[str, str]]()
    first = talk(turn, api, said, "one")

    api.put("/tasks/chat", {"model": LARGE})
    second = talk(turn, api, said, "two")

    assert first == "small: one"
    assert second == "large: one small: one two"


@TURNS
def test_a_preference_counts_from_the_next_turn_of_its_user_on(own: World, turn: Turn) -> None:
    api, said = served(own), list[dict[str, str]]()
    talk(turn, api, said, "one", "ada")

    api.put("/tasks/chat/preferences/user/ada", {"model": LARGE})

    assert talk(turn, api, said, "two", "ada") == "large: one small: one two"
    assert talk(turn, api, [], "one", "bob") == "small: one"
    api.delete("/tasks/chat/preferences/user/ada")
    assert talk(turn, api, [], "one", "ada") == "small: one"


@TURNS
def test_a_team_is_told_by_the_key_and_its_user_may_want_otherwise(own: World, turn: Turn) -> None:
    blue = served(own, keys.issue(own, "of blue", ("run",), team="blue").secret)
    served(own).put("/tasks/chat/preferences/team/blue", {"model": LARGE})
    served(own).put("/tasks/chat/preferences/user/ada", {"model": "simulated/medium"})

    assert talk(turn, blue, [], "one", "bob") == "large: one"
    assert talk(turn, blue, [], "one", "ada") == "medium: one"
    assert talk(turn, served(own), [], "one", "bob") == "small: one"


@TURNS
def test_a_task_may_be_handed_to_the_router_and_back(own: World, turn: Turn) -> None:
    api, said = served(own), list[dict[str, str]]()
    api.put("/tasks/chat", {"model": "auto/best_cost"})
    first = talk(turn, api, said, "one")

    api.put("/tasks/chat", {"model": LARGE})

    assert first.endswith(": one")
    assert talk(turn, api, said, "two") == f"large: one {first} two"


@pytest.mark.parametrize("streamed", [False, True])
def test_a_session_of_a_use_case_keeps_its_flow_while_its_task_changes_hands(own: World, streamed: bool) -> None:
    api = served(own)
    code = api.use_case("a", "b", prompt="{{ prompt }}", choice={"task": "chat"})
    before = api.post(f"/use-cases/{code}/generate", asked("one")).json
    said = [{"role": "user", "content": "one"}, {"role": "assistant", "content": before["text"]}]

    api.put("/tasks/chat/preferences/user/ada", {"model": LARGE})
    body = {"model": f"use-case/{code}", "user": "ada", "stream": streamed}
    answer = api.client.post(
        "/v1/chat/completions",
        json={**body, "messages": [*said, {"role": "user", "content": "two"}]},
        headers={"Authorization": f"Bearer {ADMIN}", "X-Correlation-Id": "talk"},
    )

    assert before["text"] == "small: one"
    assert "large:" in answer.text
    assert answer.headers["X-MM-Flow"] == before["flow"]
    assert api.get("/sessions/talk").json["items"][0]["flow"] == before["flow"]


def asked(text: str) -> dict[str, object]:
    """The first turn of a session of a use case."""
    return {"correlation_id": "talk", "user_id": "ada", "messages": [{"role": "user", "content": text}]}
