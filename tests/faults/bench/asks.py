"""How a caller asks, at either door, whole or streamed; it may read slowly, or leave in the middle."""

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from tests.faults.bench.answer import Answer, take_event, take_whole

PATIENCE_S: Final = 40.0
SENT_S: Final = 10.0  # a busy machine passes a question on sooner than that
PIECE: Final = 16_384
ROOM: Final = 262_144  # less than a packet of loopback would wait for the kernel's timers
PROMPT: Final = "Say some words."


@dataclass(frozen=True, slots=True)
class Ask:
    """One way to ask. `chain`: primary, then secondary; else the primary alone. `fields` join the request's own.

    `leave_after` so many tokens, or `leave_s` after the upstream was asked, the caller closes its connection. `sip_s`:
    a pause after each piece of 16 KiB, for the first `sips` of them.
    """

    door: Literal["openai", "native", "use-case"] = "openai"
    stream: bool = True
    chain: bool = True
    fields: dict[str, object] = field(default_factory=dict)
    leave_after: int | None = None
    leave_s: float | None = None
    sip_s: float = 0.0
    sips: int = 40

    def single(self) -> "Ask":
        """The same of the primary alone."""
        return replace(self, chain=False)

    def path(self, scenario: str) -> str:
        """Where it is asked."""
        if self.door == "openai":
            return "/v1/chat/completions"
        return f"/api/v1/use-cases/{scenario}/generate" if self.door == "use-case" else "/api/v1/generate"

    def body(self, scenario: str) -> dict[str, object]:
        """What is asked."""
        primary, secondary = f"{scenario}/primary", f"{scenario}/secondary"
        said: dict[str, object] = {"messages": [{"role": "user", "content": PROMPT}], "stream": self.stream}
        if self.door == "openai":
            said["model"] = f"use-case/{scenario}" if self.chain else primary
        elif self.door == "native":
            said["models"] = [primary, secondary] if self.chain else [primary]
        return said | self.fields

    @property
    def leaves(self) -> bool:
        """Whether the caller goes before the end."""
        return self.leave_after is not None or self.leave_s is not None


def ask(address: tuple[str, int], key: str, how: Ask, scenario: str, *, sent: Callable[[], bool]) -> Answer:
    """What the caller experiences; a connection that breaks or stays silent is `broken`, never an exception.

    `sent`: whether the upstream has the question; `leave_s` counts from then on.
    """
    answer = Answer(began=time.monotonic())
    with closing(http.client.HTTPConnection(*address, timeout=PATIENCE_S)) as connection:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        try:
            connection.connect()
            if how.sip_s:
                connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
            connection.request("POST", how.path(scenario), json.dumps(how.body(scenario)), headers)
            _listen(connection, how, answer, leaves_at=_leaves_at(how, sent))
        except TimeoutError:
            if how.leave_s is None:
                answer.broken = f"nothing for {PATIENCE_S:g} s"
        except (OSError, http.client.HTTPException, ValueError) as error:
            answer.broken = f"{type(error).__name__}: {error}"[:200]
        answer.left_at = time.monotonic() if how.leaves else None
    answer.took_s = time.monotonic() - answer.began
    return answer


def _leaves_at(how: Ask, sent: Callable[[], bool]) -> float | None:
    if how.leave_s is None:
        return None
    until = time.monotonic() + SENT_S
    while not sent() and time.monotonic() < until:
        time.sleep(0.01)
    return time.monotonic() + how.leave_s


def _listen(connection: http.client.HTTPConnection, how: Ask, answer: Answer, *, leaves_at: float | None) -> None:
    if how.leave_s is not None:
        connection.sock.settimeout(how.leave_s)
    # Taken now: a response that ends with its connection lets the connection forget its socket.
    wire = connection.sock
    response = connection.getresponse()
    answer.status, answer.headers = response.status, {name.lower(): value for name, value in response.getheaders()}
    if "event-stream" not in answer.headers.get("content-type", ""):
        take_whole(answer, response.read())
        return
    for event in _events(_pieces(response, how, wire, leaves_at=leaves_at)):
        take_event(answer, event)
        if how.leave_after is not None and answer.tokens >= how.leave_after > 0:
            return


def _pieces(
    response: http.client.HTTPResponse, how: Ask, wire: socket.socket, *, leaves_at: float | None
) -> Iterator[bytes]:
    taken = 0
    while piece := response.read1(PIECE):
        yield piece
        taken += 1
        if how.sip_s and taken <= how.sips:
            time.sleep(how.sip_s)
        if leaves_at is not None:
            left = leaves_at - time.monotonic()
            if left <= 0:
                return
            wire.settimeout(left)


def _events(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What stands between blank lines."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n\n")
        yield from whole
    if rest.strip():
        raise ValueError("the stream ends in half an event")
