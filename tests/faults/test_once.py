"""A server that is killed in the middle of a keyed request and of a turn: both can be repeated within seconds."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException

import pytest
from sqlalchemy import func, select

from app.db.tables import idempotency, turns
from app.db.uow import Store
from tests.faults.asking import ask
from tests.faults.conftest import Prepared
from tests.faults.served import Served
from tests.waiting import until

pytestmark = pytest.mark.slow

GENERATE = "/api/v1/generate"
SLOW = {"model": "simulated/small", "prompt": "slowly", "options": {"latency_ms": 2_000}}
KEYED = {"Idempotency-Key": "killed"}


def begin(server: Served, path: str, body: object, **headers: str) -> threading.Thread:
    """Ask in a thread that nobody waits for; the server dies before it answers."""

    def sent() -> None:
        with suppress(OSError, HTTPException):
            ask(server, "POST", path, body, **headers)

    thread = threading.Thread(target=sent, daemon=True)
    thread.start()
    return thread


def count(store: Store, *asked: object) -> int:
    """Rows that match."""
    with store.read() as tx:
        return int(tx.execute(select(func.count()).where(*asked)).scalar_one())  # type: ignore[arg-type]  # conditions


def test_a_killed_request_and_a_killed_turn_give_way_to_their_repeats(prepared: Prepared) -> None:
    store = Store(prepared.url)
    with Served(prepared.url, prepared.folder, workers=2) as server:
        conversation = ask(server, "POST", "/api/v1/conversations", {"model": "simulated/small"}).body["id"]
        path = f"/api/v1/conversations/{conversation}/turns"
        begun = [
            begin(server, GENERATE, SLOW, **KEYED),
            begin(server, path, {"content": "hello", "options": SLOW["options"]}),
        ]
        until(lambda: count(store, idempotency.c.idem_key == "killed") == 1)
        until(lambda: count(store, turns.c.state == "asked") == 1)
        server.kill()
        for thread in begun:
            thread.join()

        server.start()
        with ThreadPoolExecutor(2) as pool:
            repeated = pool.submit(ask, server, "POST", GENERATE, SLOW, **KEYED)
            turn = pool.submit(ask, server, "POST", path, {"content": "again"})
            first, taken = repeated.result(), turn.result()
        again = ask(server, "POST", GENERATE, SLOW, **KEYED)
        stored = ask(server, "GET", path).body["items"]
    store.close()

    assert (taken.status, first.status, again.body) == (200, 200, first.body)
    assert again.headers["idempotency-replayed"] == "true"
    assert [(each["state"], each["error"]) for each in stored] == [("failed", "interrupted"), ("answered", None)]  # type: ignore[attr-defined]  # a list
