"""Callers that ask, pick and judge until the server dies, and remember only what was acknowledged."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.faults.served import Client, Served
from tests.services.made import CODE

GENERATE, PICK = f"/use-cases/{CODE}/generate", f"/use-cases/{CODE}/pick"


@dataclass
class Acknowledged:
    """What callers were told: call ids, feedback ids, and session and flow by correlation id."""

    calls: list[str] = field(default_factory=list)
    opinions: list[str] = field(default_factory=list)
    sessions: dict[str, set[tuple[object, object]]] = field(default_factory=dict)
    failed: list[AssertionError] = field(default_factory=list)

    def served(self, name: str, answer: dict[str, object]) -> None:
        """A session was served; the same one by everyone who asks for it."""
        self.sessions.setdefault(name, set()).add((answer["session_id"], answer["flow"]))


@contextmanager
def under_load(server: Served, told: Acknowledged, *, callers: int = 6, name: str = "c") -> Iterator[None]:
    """Load on the server inside the block; the block may kill it. Two callers share each correlation id."""
    stop = threading.Event()
    threads = [threading.Thread(target=_call, args=(server, told, stop, number, name)) for number in range(callers)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert told.failed == []


def _call(server: Served, told: Acknowledged, stop: threading.Event, number: int, name: str) -> None:
    turn = 0
    try:
        with server.client() as client:
            while not stop.is_set():
                _ask(client, told, f"{name}{number // 2}-{turn}", turn)
                turn += 1
    except (OSError, http.client.HTTPException):
        return  # the server is gone, and whatever it did not answer was not acknowledged
    except AssertionError as error:
        told.failed.append(error)


def _ask(client: Client, told: Acknowledged, name: str, turn: int) -> None:
    asked: dict[str, object] = {"correlation_id": name, "inputs": {"text": "hello"}}
    match turn % 3:
        case 0:
            answer: dict[str, object] | None = client.post(GENERATE, asked)
        case 1:
            answer = client.stream(GENERATE, asked)
        case _:
            answer = client.post(PICK, {"correlation_id": name})
    if answer is None:
        return
    told.served(name, answer)
    calls = answer.get("calls", [])
    assert isinstance(calls, list)
    told.calls += [call["id"] for call in calls]
    given = {"use_case": CODE, "correlation_id": name, "kind": "score", "value": turn % 2, "rater": str(id(client))}
    told.opinions.append(str(client.post("/feedback", given)["id"]))
