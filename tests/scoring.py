"""A scorer of difficulty on loopback: a real HTTP server that gives scores as the test says, or gives none at all."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Self

import orjson


class ScorerServer(ThreadingHTTPServer):
    """Answers with what `say` makes of the prompts, under `status`; silent until `free` is set."""

    daemon_threads = True

    def __init__(self, say: Callable[[list[str]], object] = lambda prompts: [0.5] * len(prompts)) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.say = say
        self.status = 200
        self.prompts: list[list[str]] = []
        self.callers: set[int] = set()
        self.free = Event()
        self.free.set()
        self._thread = Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.free.set()
        self.shutdown()
        self.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}/score"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer takes 40 ms
    server: ScorerServer

    def do_POST(self) -> None:
        """Remembers the prompts and answers."""
        prompts = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))["prompts"]
        self.server.prompts.append(prompts)
        self.server.callers.add(self.client_address[1])
        self.server.free.wait(60)
        said = self.server.say(prompts)
        body = said if isinstance(said, bytes) else orjson.dumps({"scores": said})
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""
