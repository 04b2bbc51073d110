"""One connection as the upstream has it: it reads requests, and sends whatever bytes an act wants."""

import contextlib
import json
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from select import select
from typing import Final

HOLD_S: Final = 20.0
Headers = tuple[tuple[str, str], ...]


class Left(Exception):
    """The other side closed the connection."""


@dataclass(slots=True)
class Request:
    """A request that came; times on the monotonic clock. `left_at` is when the other side was seen to have closed."""

    scenario: str
    model: str
    key: str
    body: dict[str, object]
    at: float
    nth: int = 0
    ended_at: float | None = None
    left_at: float | None = None

    @property
    def streamed(self) -> bool:
        """Whether a stream was asked for."""
        return self.body.get("stream") is True


@dataclass(slots=True)
class Line:
    """The connection of one request. Sending raises Left once the other side has gone."""

    connection: socket.socket
    request: Request
    stopping: threading.Event
    broken: bool = field(default=False)

    def send(self, data: bytes) -> None:
        """These bytes, now."""
        if self.gone():
            raise Left
        try:
            self.connection.sendall(data)
        except OSError:
            raise Left from None

    def head(self, status: int = 200, headers: Headers = (), *, length: int | None = None) -> None:
        """Status line and headers; without a length the body is chunked unless the headers say otherwise."""
        named = {name.lower() for name, _ in headers}
        lines = [f"HTTP/1.1 {status} Bench", *(f"{name}: {value}" for name, value in headers)]
        if length is not None:
            lines.append(f"Content-Length: {length}")
        elif not named & {"content-length", "connection"}:
            lines.append("Transfer-Encoding: chunked")
        if "content-type" not in named:
            lines.append("Content-Type: application/json")
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n")

    def chunk(self, data: bytes) -> None:
        """One HTTP chunk; an empty one ends the body."""
        self.send(b"%x\r\n" % len(data) + data + b"\r\n")

    def reply(self, status: int, body: bytes, headers: Headers = ()) -> None:
        """A whole answer."""
        self.head(status, headers, length=len(body))
        self.send(body)

    def wait(self, seconds: float) -> None:
        """Say nothing for so long. Raises Left when the other side goes meanwhile."""
        until = time.monotonic() + seconds
        while (rest := until - time.monotonic()) > 0 and not self.stopping.is_set():
            if self.gone(min(rest, 0.05)):
                raise Left

    def gone(self, within_s: float = 0.0) -> bool:
        """Whether the other side has closed; looks for so long."""
        try:
            readable, _, _ = select([self.connection], [], [], within_s)
            found = bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""
        except (OSError, ValueError):
            found = True
        if found and self.request.left_at is None:
            self.request.left_at = time.monotonic()
        return found

    def cut(self) -> None:
        """Close in order, with whatever is missing missing."""
        self.broken = True

    def reset(self) -> None:
        """Close with RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.broken = True


def read(connection: socket.socket, buffer: bytes) -> tuple[Request | None, bytes]:
    """The next request and what stands after it; None when the other side has closed."""
    while b"\r\n\r\n" not in buffer:
        more = connection.recv(65_536)
        if not more:
            return None, b""
        buffer += more
    head, _, rest = buffer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length", "0"))
    while len(rest) < length:
        rest += connection.recv(65_536)
    body = json.loads(rest[:length] or b"{}")
    scenario = first.split(" ")[1].strip("/").split("/")[0]
    key = headers.get("authorization", "").removeprefix("Bearer ")
    return Request(scenario, str(body.get("model", "")), key, body, time.monotonic()), rest[length:]


def hang_up(connection: socket.socket) -> None:
    """Close both directions, whatever state they are in."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
