"""One caller asks everything there is to ask while the store is away, and remembers each answer."""

import http.client
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

import orjson

from tests.faults.served import KEY, Served

STILL: Final = "still"  # a use case whose weights nobody moves
DEAR: Final = "simulated/large"
FREE: Final = "simulated/unpriced"  # priced at nothing by the tests
TIGHT: Final = "tight"  # a tag that a budget counts
CALLS: Final = 12
KNOWN: Final = tuple(f"known-{number}" for number in range(20))  # enough that each of two flows has some
PATIENCE_S: Final = 20.0  # what takes longer is an answer that never came
RETURN_S: Final = 60.0
INPUTS: Final = {"text": "hello"}


@dataclass(frozen=True)
class Told:
    """Status, headers by name in small letters, and JSON of one answer."""

    status: int
    headers: dict[str, str]
    body: dict[str, object]

    @property
    def code(self) -> object:
        """The code of a problem."""
        return self.body.get("code")


@dataclass
class Seen:
    """What one fault looked like from outside: answers by what was asked."""

    told: dict[str, Told] = field(default_factory=dict)
    arms: dict[str, object] = field(default_factory=dict)


def ask(server: Served, method: str, path: str, body: object = None, **headers: str) -> Told:
    """One request on a connection of its own, which fails the test when it is not answered in time."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)) as connection:
        given = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", **headers}
        connection.request(method, path, body=None if body is None else orjson.dumps(body), headers=given)
        response = connection.getresponse()
        content = response.read()
        return Told(response.status, {name.lower(): value for name, value in response.getheaders()}, _json(content))


def arms(server: Served, names: tuple[str, ...] = KNOWN) -> dict[str, object]:
    """The flow that each session is given."""
    path = f"/api/v1/use-cases/{STILL}/pick"
    return {name: ask(server, "POST", path, {"correlation_id": name}).body["flow"] for name in names}


def ask_everything(server: Served, fault: str) -> Seen:
    """Every kind of request once, with known sessions and with new ones."""
    generate, pick = f"/api/v1/use-cases/{STILL}/generate", f"/api/v1/use-cases/{STILL}/pick"
    fresh, opinion = f"{fault}-fresh", {"use_case": STILL, "kind": "thumb", "value": 1}
    seen = Seen()
    for name, method, path, body in (
        ("generate", "POST", generate, {"correlation_id": KNOWN[0], "inputs": INPUTS}),
        ("generate-new", "POST", generate, {"correlation_id": fresh, "inputs": INPUTS}),
        ("stream", "POST", generate, {"correlation_id": KNOWN[1], "inputs": INPUTS, "stream": True}),
        ("pick", "POST", pick, {"correlation_id": KNOWN[2]}),
        ("pick-new", "POST", pick, {"correlation_id": f"{fresh}-pick"}),
        ("feedback", "POST", "/api/v1/feedback", {**opinion, "correlation_id": KNOWN[0]}),
        ("feedback-stranger", "POST", "/api/v1/feedback", {**opinion, "correlation_id": "never-seen"}),
        ("read", "GET", "/api/v1/use-cases", None),
        ("calls", "GET", "/api/v1/calls", None),
        ("write", "PATCH", f"/api/v1/use-cases/{STILL}", {"title": f"during {fault}"}),
        ("ready", "GET", "/health/ready", None),
        ("live", "GET", "/health/live", None),
        ("priced", "POST", "/api/v1/generate", direct(DEAR)),
        ("free", "POST", "/api/v1/generate", direct(FREE)),
    ):
        seen.told[name] = ask(server, method, path, body)
    once = {"correlation_id": KNOWN[0], "inputs": INPUTS}
    seen.told["keyed"] = ask(server, "POST", generate, once, **{"Idempotency-Key": f"key-{fault}"})
    seen.arms = arms(server)
    return seen


def direct(model: str, **given: object) -> dict[str, object]:
    """A question to a model by its name."""
    return {"model": model, "prompt": "hello", "max_tokens": 10, **given}


def ask_of_a_tight_budget(server: Served) -> list[Told]:
    """More calls than a process that starts without the store may make of it."""
    return [ask(server, "POST", "/api/v1/generate", direct(DEAR, tags={"budget": TIGHT})) for _ in range(CALLS)]


def wait_for(server: Served, status: str) -> None:
    """Until readiness says so. Fails the test when it does not come to that."""
    until = time.monotonic() + RETURN_S
    while (told := ask(server, "GET", "/health/ready")).body.get("status") != status:
        assert time.monotonic() < until, told.body
        time.sleep(0.05)


def _json(content: bytes) -> dict[str, object]:
    """The JSON; of a stream, that of its last event."""
    if content.startswith((b"event:", b":")):  # a busy server begins with a comment
        name, _, data = content.decode().strip().split("\n\n")[-1].partition("\ndata: ")
        return {"event": name.removeprefix("event: "), **orjson.loads(data)}
    found: dict[str, object] = orjson.loads(content)
    return found
