"""What an upstream can do with one request, good and bad; and scripts, which say which act comes when."""

import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from tests.faults.bench import spoken
from tests.faults.bench.line import HOLD_S, Headers, Line, Request
from tests.faults.bench.upstream import Act, Script

SSE: Final[Headers] = (("Content-Type", "text/event-stream"),)
UNTIL_CLOSED: Final[Headers] = (*SSE, ("Connection", "close"))


def ok(line: Line) -> None:
    """The whole answer, as it was asked for."""
    if line.request.streamed:
        events(line, spoken.stream(line.request.model))
    else:
        line.reply(200, spoken.whole(line.request.model))


def ok_slowly(seconds: float) -> Act:
    """The answer after a while."""

    def act(line: Line) -> None:
        line.wait(seconds)
        ok(line)

    return act


def ok_then_gone(line: Line) -> None:
    """The answer, and then the connection is closed without a word."""
    ok(line)
    line.cut()


def events(line: Line, told: Iterable[bytes], *, gap_s: float = 0.0, closing: bool = True) -> None:
    """A stream of these events in chunks."""
    line.head(headers=SSE)
    for data in told:
        line.chunk(data)
        if gap_s:
            line.wait(gap_s)
    if closing:
        line.chunk(b"")


def says(status: int, body: bytes = b"", headers: Headers = ()) -> Act:
    """An answer of this status, whatever was asked for."""
    told = body or spoken.error("server_error", "server_error")
    return lambda line: line.reply(status, told, headers)


def limited(**headers: str) -> Act:
    """429 with these headers, whose underscores are dashes."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return says(429, spoken.error("rate_limit_exceeded", "rate_limit_error"), named)


def limited_until(seconds: int) -> Act:
    """429 that asks to wait until a date, which is whole seconds ahead."""

    def act(line: Line) -> None:
        when = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)
        limited(Retry_After=format_datetime(when, usegmt=True))(line)

    return act


def silence(line: Line) -> None:
    """Nothing at all, for as long as anybody may wait."""
    line.wait(HOLD_S)
    line.cut()


def reset(line: Line) -> None:
    """RST before a byte of the answer."""
    line.reset()


def gone(line: Line) -> None:
    """The connection is closed before a byte of the answer."""
    line.cut()


def dripped(line: Line) -> None:
    """Headers, one byte at a time, for as long as anybody may wait."""
    line.send(b"HTTP/1.1 200 OK\r\n")
    for byte in b"X-Slow: " + b"s" * int(HOLD_S / 0.05):
        line.send(bytes([byte]))
        line.wait(0.05)
    line.cut()


def dripped_body(line: Line) -> None:
    """A good answer, one byte at a time, which would take half a minute."""
    streamed = line.request.streamed
    body = b"".join(spoken.stream(line.request.model)) if streamed else spoken.whole(line.request.model)
    line.head(headers=SSE if streamed else (), length=len(body))
    for byte in body:
        line.send(bytes([byte]))
        line.wait(HOLD_S / len(body))


def cut_at(share: float, *, chunked: bool = True) -> Act:
    """A good answer that ends after this share of its bytes, by a closed connection."""

    def act(line: Line) -> None:
        if not line.request.streamed:
            body = spoken.whole(line.request.model)
            line.head(length=len(body))
            line.send(body[: int(len(body) * share)])
        else:
            body = b"".join(spoken.stream(line.request.model))
            line.head(headers=SSE if chunked else UNTIL_CLOSED)
            kept = body[: int(len(body) * share)]
            line.chunk(kept) if chunked and kept else line.send(kept)
        line.cut()

    return act


def length_lies(by: int) -> Act:
    """A whole answer whose Content-Length is wrong by so many bytes."""

    def act(line: Line) -> None:
        body = spoken.whole(line.request.model)
        line.head(length=len(body) + by)
        line.send(body)
        line.cut()

    return act


def then(*acts: Act) -> Script:
    """One act per request of the model; the last one goes on for ever."""
    return lambda request: acts[min(request.nth, len(acts) - 1)]


def by_key(**acts: Act) -> Script:
    """One act per key, whose dashes are underscores; any other key is refused."""
    return lambda request: acts.get(request.key.replace("-", "_"), says(401, spoken.error("invalid_api_key")))


class Switch:
    """A script that people switch: down at first, or up and down by turns from the first request on."""

    def __init__(self, down: Act, up: Act = ok, *, turn_s: float | None = None) -> None:
        self._down = down
        self._up = up
        self._turn_s = turn_s
        self._began: float | None = None
        self._repaired = threading.Event()
        self.repaired_at: float | None = None

    def __call__(self, request: Request) -> Act:
        """What happens to this request."""
        self._began = self._began or time.monotonic()
        if self._turn_s is not None:
            turn = int((time.monotonic() - self._began) / self._turn_s)
            return self._up if turn % 2 else self._down
        return self._up if self._repaired.is_set() else self._down

    def repair(self) -> None:
        """Be up from now on."""
        self.repaired_at = time.monotonic()
        self._repaired.set()
