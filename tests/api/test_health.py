"""Live is told as long as the process answers, ready while it can serve and lose nothing, with or without the store."""

from dataclasses import replace
from pathlib import Path

from flask.testing import FlaskClient

from app.api.routes import register
from app.db.journal import Journal
from app.db.uow import Store
from app.services.world import World


def without_store(world: World, folder: Path) -> tuple[FlaskClient, Journal]:
    """The same world with a store that is gone and a spool in the folder."""
    store = Store(f"sqlite:///{folder}/gone.db")
    store.close()
    journal = Journal(store, folder / "spool")
    gone = replace(world, store=store, journal=journal)
    return register(gone, max_body_bytes=1_000).test_client(), journal


def test_anyone_may_ask_for_health(client: FlaskClient) -> None:
    assert client.get("/health/live").json == {"status": "live"}
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json["status"], ready.json["store"]) == (200, "ready", "up")
    assert ready.json["reasons"] == []


def test_without_its_store_the_service_keeps_its_traffic_and_says_why(world: World, tmp_path: Path) -> None:
    client, journal = without_store(world, tmp_path)

    ready = client.get("/health/ready")

    assert (ready.status_code, ready.json["status"], ready.json["store"]) == (200, "degraded", "down")
    assert ready.json["reasons"][0].startswith("the store does not answer since 20")
    assert client.get("/health/live").status_code == 200
    journal.close()


def test_without_store_and_spool_no_traffic_should_come(world: World, tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file where the folder should be")
    client, journal = without_store(world, tmp_path)

    ready = client.get("/health/ready")

    assert (ready.status_code, ready.json["status"]) == (503, "unready")
    assert "the spool cannot be written to" in ready.json["reasons"]
    assert client.get("/health/live").status_code == 200
    journal.close()


def test_rows_that_wait_in_the_spool_are_told(world: World, tmp_path: Path) -> None:
    client, journal = without_store(world, tmp_path)
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool/1.spool").write_bytes(bytes(7))

    ready = client.get("/health/ready")

    assert ready.json["spool_waiting_bytes"] == 7
    assert "7 bytes of rows wait in the spool" in ready.json["reasons"]
    journal.close()
