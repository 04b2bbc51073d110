"""A real server in its own process group, which a test may kill as a power cut would."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

ROOT = Path(__file__).resolve().parents[2]
KEY = "an-admin-key-for-the-tests"


@dataclass
class Served:
    """`python run.py serve` on a free port of loopback, on the given store."""

    url: str
    folder: Path
    workers: int = 1
    extra: dict[str, str] = field(default_factory=dict)
    prelude: tuple[str, ...] = ()  # words of a command that turns into the one it is given
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, and return once it answers."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        environment = {
            **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV")},
            "DATABASE_URL": self.url,
            "SPOOL_DIR": str(self.folder / "spool"),
            "SNAPSHOT_FILE": str(self.folder / "snapshot.json"),
            "ADMIN_KEY": KEY,
            "PORT": str(self.port),
            "WORKERS": str(self.workers),
            "THREADS": "32",
            "LOG_LEVEL": "warning",
            **self.extra,
        }
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.prelude, sys.executable, str(ROOT / "run.py"), "serve"],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "server.log").read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL to the whole group: nobody is asked to tidy up."""
        if self.process is not None:
            with suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self, number: signal.Signals) -> int:
        """The exit code after the supervisor got this signal."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    @contextmanager
    def client(self) -> Iterator["Client"]:
        """A caller with a connection of its own."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            yield Client(connection)

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                status, _ = client.send("GET", "/health/ready")
        except (OSError, http.client.HTTPException):
            return False
        return status == 200


class Client:
    """One connection, as a caller has it; breaks with OSError or HTTPException when the server dies."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection
        self.secret = KEY

    def send(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """Status and whole body."""
        headers = {"Authorization": f"Bearer {self.secret}", "Content-Type": "application/json"}
        payload = None if body is None else orjson.dumps(body)
        self._connection.request(method, path, body=payload, headers=headers)
        response = self._connection.getresponse()
        return response.status, response.read()

    def post(self, path: str, body: object) -> dict[str, object]:
        """The JSON answer under /api/v1. Fails the test on any status but success."""
        status, answer = self.send("POST", f"/api/v1{path}", body)
        assert status in (200, 201), (status, answer)
        found: dict[str, object] = orjson.loads(answer)
        return found

    def stream(self, path: str, body: dict[str, object]) -> dict[str, object] | None:
        """What the event `done` told, or None when the stream ended without it."""
        status, answer = self.send("POST", f"/api/v1{path}", {**body, "stream": True})
        assert status == 200, (status, answer)
        for event in answer.decode().split("\n\n"):
            name, _, data = event.partition("\ndata: ")
            if name == "event: done":
                found: dict[str, object] = orjson.loads(data)
                return found
        return None
