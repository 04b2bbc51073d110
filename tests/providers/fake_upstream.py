"""A vendor on loopback: a real HTTP/1.1 server that speaks four vendors' wires by script and remembers what it saw.

with FakeUpstream() as fake:
    fake.script = Script(text="hello")
    OpenAIProvider(Endpoint("openai", fake.url("openai"), "key")).generate(...)
"""

import json
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, islice, repeat
from select import select
from socket import SHUT_RDWR
from threading import Event, Thread
from time import sleep
from typing import Self

from tests.providers.fake_wires import Body, OllamaWire, OpenAIWire, Script, Wire
from tests.providers.fake_wires_more import AnthropicWire, GeminiWire

HOLD_S = 5.0
HELD_AT = 6  # with any vendor, the piece at this position comes after the first words
WIRES: dict[str, Wire] = {
    "openai": OpenAIWire(),
    "anthropic": AnthropicWire(),
    "gemini": GeminiWire(),
    "ollama": OllamaWire(),
}


@dataclass(slots=True)
class Seen:
    """One request as it arrived; `hung_up` is set when the client closed before the answer was whole."""

    path: str
    headers: dict[str, str]
    body: Body
    connection: int
    hung_up: Event = field(default_factory=Event)


class FakeUpstream(ThreadingHTTPServer):
    """The server; `script` answers every request, `scripts` (first come, first served) before it."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = Script()
        self.scripts: deque[Script] = deque()
        self.seen: list[Seen] = []
        self._thread = Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()

    def url(self, kind: str) -> str:
        """The base URL for a provider of this kind."""
        return f"http://127.0.0.1:{self.server_address[1]}" + ("/v1" if kind == "openai" else "")

    def reset(self) -> None:
        """Forgets scripts and requests."""
        self.script = Script()
        self.scripts.clear()
        self.seen.clear()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FakeUpstream

    def do_POST(self) -> None:
        asked: Body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.path, headers, asked, connection=self.client_address[1])
        script = self.server.scripts.popleft() if self.server.scripts else self.server.script
        self.server.seen.append(seen)
        try:
            sleep(script.delay_s)
            self._answer(seen, script)
        except (BrokenPipeError, ConnectionResetError):
            seen.hung_up.set()
            self.close_connection = True

    def _answer(self, seen: Seen, script: Script) -> None:
        wire = WIRES[_kind(seen.path)]
        texts = _embedding_texts(seen)
        if script.raw is not None:
            self._send_raw(script.raw, script.gap_s)
        elif script.error is not None:
            status, body = wire.ERRORS[script.error]
            self._send(status, json.dumps(body).encode(), script)
        elif script.body is not None:
            self._send(200, script.body, script)
        elif texts is not None:
            self._send(200, json.dumps(wire.embeddings(texts)).encode(), script)
        elif "streamGenerateContent" in seen.path or seen.body.get("stream"):
            self._stream(seen, wire.events(seen.body, script), wire.content_type, script)
        else:
            blank = [b"\n"] * script.pieces if script.gap_s else []
            body = json.dumps(wire.whole(seen.body, script)).encode()
            if blank:
                self._stream(seen, iter([*blank, body]), "application/json", script)
            else:
                self._send(200, body, script)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send_raw(self, raw: bytes, gap_s: float) -> None:
        for piece in (bytes([byte]) for byte in raw) if gap_s else (raw,):
            self.wfile.write(piece)
            sleep(gap_s)
        self._hang_up()

    def _send(self, status: int, body: bytes, script: Script) -> None:
        length = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        self._head(status, length | script.headers)
        if script.cut is None:
            self.wfile.write(body)
        else:
            self.wfile.write(body[: int(script.cut * len(body))])
            self._hang_up()

    def _stream(self, seen: Seen, pieces: Iterator[bytes], content_type: str, script: Script) -> None:
        framing = {"Connection": "close"} if script.unframed else {"Transfer-Encoding": "chunked"}
        self._head(200, {"Content-Type": content_type} | framing | script.headers)
        if script.forever is not None:
            pieces = chain(islice(pieces, HELD_AT + 1 if script.holds else 0), repeat(script.forever))
        for position, piece in enumerate(pieces if script.cut is None else _cut(list(pieces), script.cut)):
            sleep(script.gap_s if position else 0)
            self.wfile.write(piece if script.unframed else b"%x\r\n%b\r\n" % (len(piece), piece))
            if script.holds and position >= HELD_AT and script.forever is None:
                return self._hold(seen)
        if script.cut is not None:
            return self._hang_up()
        if not script.unframed:
            self.wfile.write(b"0\r\n\r\n")
        return None

    def _hold(self, seen: Seen) -> None:
        """Sends nothing more and waits for the client's end of connection."""
        readable, _, _ = select([self.connection], [], [], HOLD_S)
        if readable and not self.connection.recv(1):
            seen.hung_up.set()
        self.close_connection = True

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):  # the client may have been faster
            self.connection.shutdown(SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def _cut(pieces: list[bytes], part: float) -> Iterator[bytes]:
    left = int(part * sum(map(len, pieces)))
    for piece in pieces:
        if left > 0:
            yield piece[:left]
        left -= len(piece)


def _kind(path: str) -> str:
    if "/v1beta/" in path:
        return "gemini"
    return "ollama" if path.startswith("/api/") else "anthropic" if path == "/v1/messages" else "openai"


def _embedding_texts(seen: Seen) -> list[str] | None:
    body = seen.body
    if "embed" not in seen.path.lower():
        return None
    if "requests" in body:
        return [row["content"]["parts"][0]["text"] for row in body["requests"]]
    return list(body["input"])
