"""Tests of the doors speak HTTP to an application on its own SQLite file, with simulated models and an admin key."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from app.api.routes import register
from app.services.world import World
from app.wiring import close_world, open_world
from config import Settings

ADMIN = "a-key-that-opens-every-door"
MAX_BODY = 200_000
NATIVE = "/api/v1"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Api:
    """A client of the native API that shows one key."""

    client: FlaskClient
    secret: str = ADMIN

    def call(self, method: str, path: str, **given: Any) -> TestResponse:
        """One request; `given` is passed on to Flask's client."""
        headers = {"Authorization": f"Bearer {self.secret}", **given.pop("headers", {})}
        return self.client.open(NATIVE + path, method=method, headers=headers, **given)

    def get(self, path: str, **given: Any) -> TestResponse:
        return self.call("GET", path, **given)

    def post(self, path: str, json: object, **given: Any) -> TestResponse:
        return self.call("POST", path, json=json, **given)

    def patch(self, path: str, json: object) -> TestResponse:
        return self.call("PATCH", path, json=json)

    def put(self, path: str, json: object) -> TestResponse:
        return self.call("PUT", path, json=json)

    def delete(self, path: str) -> TestResponse:
        return self.call("DELETE", path)

    def made(self, path: str, json: object) -> Any:
        """What a POST has created, as JSON."""
        response = self.post(path, json)
        assert response.status_code == 201, response.text
        return response.json

    def use_case(self, *flows: str, **step: Any) -> str:
        """The code of a new, active use case whose flows share the traffic; `step` is laid over each one step."""
        code = f"case-{next(_numbers)}"
        self.made("/use-cases", {"code": code})
        for flow in flows or ("a",):
            self.made(f"/use-cases/{code}/flows", {"code": flow, "steps": [step_of(**step)]})
            assert self.patch(f"/use-cases/{code}/flows/{flow}", {"active": True}).status_code == 200
        shares = {flow: 10_000 // len(flows) for flow in flows}
        if shares:
            shares[flows[0]] += 10_000 - sum(shares.values())
            assert self.put(f"/use-cases/{code}/weights", {"weights": shares}).status_code == 200
        assert self.patch(f"/use-cases/{code}", {"active": True}).status_code == 200
        return code


def step_of(**given: Any) -> dict[str, Any]:
    """A step that asks a simulated model."""
    return {
        "code": "answer",
        "prompt": "Say {{ word }}.",
        "choice": {"models": ["simulated/small"]},
        **given,
    }


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("doors")
    settings = {
        "DATABASE_URL": f"sqlite:///{folder}/store.db",
        "SPOOL_DIR": str(folder / "spool"),
        "SNAPSHOT_FILE": str(folder / "snapshot.json"),
        "ADMIN_KEY": ADMIN,
        "AI_CHAT_MODEL": "simulated/medium",
        "CALL_ATTEMPTS": "1",
        "STREAM_HEARTBEAT_S": "60",  # no comment between events, however busy the machine is
    }
    opened = open_world(Settings.load(settings))
    yield opened
    close_world(opened)


@pytest.fixture(autouse=True)
def _well(world: World) -> None:
    """What one test made fail does not rest in the next."""
    if any(reading.state != "closed" or reading.failures for reading in world.breakers.readings()):
        world.breakers.reset("simulated")


@pytest.fixture(scope="session")
def app(world: World) -> Flask:
    return register(world, max_body_bytes=MAX_BODY)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def api(client: FlaskClient) -> Api:
    return Api(client)


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The address of a real server on a real socket."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=5)
    server.server_close()


@pytest.fixture(scope="session")
def address(app: Flask) -> Iterator[str]:
    with serving(app) as served:
        yield served
