"""The commands for batches speak HTTP to a server that runs, here or elsewhere: lines are checked by its doors."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import requests

from app.cli.opened import settings

KEY: Final = "MODEL_MATCH_KEY"
JSONL: Final = {"Content-Type": "application/jsonl"}
CONNECT_S: Final = 10.0
ANSWER_S: Final = 600.0  # a long upload is checked line by line before it is answered
PIECE: Final = 262_144


@dataclass(frozen=True, slots=True)
class Service:
    """A server, and the key that is shown to it."""

    address: str
    key: str

    def get(self, path: str, **query: object) -> Any:
        """The JSON at a path of the native API. Raises ClickException with the server's own words."""
        with self._asked("GET", path, params=query) as response:
            return response.json()

    def post(self, path: str) -> Any:
        """What a POST without a body is answered."""
        with self._asked("POST", path) as response:
            return response.json()

    def upload(self, file: Path, query: dict[str, object]) -> Any:
        """What the upload of a file of lines is answered; it is sent as it is read."""
        with (
            file.open("rb") as content,
            self._asked("POST", "/batches", params=query, data=content, headers=JSONL) as it,
        ):
            return it.json()

    def pieces(self, path: str) -> Iterator[bytes]:
        """The bytes at a path, as they come."""
        with self._asked("GET", path, stream=True) as response:
            yield from response.iter_content(PIECE)

    def followed(self, path: str) -> Iterator[Any]:
        """The JSON of each event at a path, until the stream ends."""
        with self._asked("GET", path, stream=True) as response:
            for line in response.iter_lines():
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))

    @contextmanager
    def _asked(self, method: str, path: str, **given: Any) -> Iterator[requests.Response]:
        headers = {"Authorization": f"Bearer {self.key}", **given.pop("headers", {})}
        try:
            with requests.request(
                method, f"{self.address}/api/v1{path}", headers=headers, timeout=(CONNECT_S, ANSWER_S), **given
            ) as response:
                if response.status_code >= 300:
                    raise click.ClickException(_refusal(response))
                yield response
        except requests.RequestException as error:
            raise click.ClickException(f"{self.address} gave no answer ({type(error).__name__})") from None


def service(url: str | None, key: str | None) -> Service:
    """The server that is meant: by default the one of this machine's settings, with ADMIN_KEY."""
    chosen = settings()
    shown = key or os.environ.get(KEY) or (chosen.admin_key.get_secret_value() if chosen.admin_key else None)
    if not shown:
        raise click.ClickException(f"a key is needed: --key, {KEY}, or ADMIN_KEY")
    host = "127.0.0.1" if chosen.host in ("0.0.0.0", "::") else chosen.host  # nosec B104 compared, not bound
    return Service((url or f"http://{host}:{chosen.port}").rstrip("/"), shown)


def _refusal(response: requests.Response) -> str:
    """The server's own words, a line for each fault."""
    try:
        told = response.json()
    except ValueError:
        return f"status {response.status_code}"
    faults = [f"{fault['field']}: {fault['message']}" for fault in told.get("errors", ())]
    return "\n".join([str(told.get("detail", response.status_code)), *faults[1:]])
