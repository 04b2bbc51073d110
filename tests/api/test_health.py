"""Live is told as long as the process answers, ready only while the store does."""

from dataclasses import replace
from pathlib import Path

from flask.testing import FlaskClient

from app.api.routes import register
from app.db.uow import Store
from app.services.world import World


def test_anyone_may_ask_for_health(client: FlaskClient) -> None:
    assert client.get("/health/live").json == {"status": "live"}
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json["status"], ready.json["store"]) == (200, "ready", "up")


def test_without_its_store_the_service_is_live_and_not_ready(world: World, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/gone.db")
    store.close()
    client = register(replace(world, store=store), max_body_bytes=1_000).test_client()

    ready = client.get("/health/ready")

    assert (ready.status_code, ready.json["status"], ready.json["store"]) == (503, "degraded", "down")
    assert client.get("/health/live").status_code == 200
