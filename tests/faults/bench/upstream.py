"""A vendor on loopback that misbehaves byte by byte as each scenario wants, and remembers what it was asked."""

import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from tests.faults.bench.line import Left, Line, Request, hang_up, read

Act = Callable[[Line], None]
Script = Callable[[Request], Act]


class Upstream:
    """Speaks enough of HTTP/1.1 to answer `POST /<scenario>/v1/chat/completions` by that scenario's script per model.

    A path `/v1/…` belongs to the scenario `v1`, for whom the base URL is the server's own.
    """

    def __init__(self, port: int = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", port), backlog=1024)
        self.port: int = self._listener.getsockname()[1]
        self._scripts: dict[str, dict[str, Script]] = {}
        self._seen: dict[str, list[Request]] = defaultdict(list)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._stopping = threading.Event()
        # A port that is taken and never listened on: connections to it are refused.
        self._deaf = socket.socket()
        self._deaf.bind(("127.0.0.1", 0))
        self.deaf_port: int = self._deaf.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="upstream", daemon=True).start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._stopping.set()
        self._deaf.close()
        hang_up(self._listener)
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            hang_up(connection)

    def teach(self, scenario: str, scripts: dict[str, Script]) -> None:
        """How this scenario's models behave from now on."""
        self._scripts[scenario] = scripts

    def seen(self, scenario: str) -> list[Request]:
        """The requests of this scenario so far, in order."""
        with self._lock:
            return list(self._seen[scenario])

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        buffer = b""
        with suppress(OSError):
            while True:
                request, buffer = read(connection, buffer)
                if request is None:
                    break
                if not self._answer(Line(connection, self._note(request), self._stopping)):
                    break
        with self._lock:
            self._open.discard(connection)
        hang_up(connection)

    def _note(self, request: Request) -> Request:
        with self._lock:
            known = self._seen[request.scenario]
            request.nth = sum(earlier.model == request.model for earlier in known)
            known.append(request)
        return request

    def _answer(self, line: Line) -> bool:
        """Whether the connection can be used again."""
        script = self._scripts.get(line.request.scenario, {}).get(line.request.model)
        try:
            if script is None:
                line.reply(404, b'{"error":{"code":"model_not_found","message":"no script"}}')
            else:
                script(line.request)(line)
        except Left:
            line.request.left_at = line.request.left_at or time.monotonic()
            line.broken = True
        line.request.ended_at = time.monotonic()
        return not line.broken
