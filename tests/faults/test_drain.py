"""A server that is asked to stop finishes the answers it is giving."""

import signal
import threading
from collections.abc import Callable
from http.client import HTTPException
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, select

from app.db.tables import budget_periods, grants
from app.db.uow import Store
from app.services import calls
from tests.faults.conftest import Prepared
from tests.faults.served import Client, Served
from tests.services.made import make_step, make_use_case
from tests.waiting import until
from tests.worlds import opened

pytestmark = pytest.mark.slow

Answer = dict[str, object] | None
PATH, ASKED = "/use-cases/slow/generate", {"inputs": {"text": "hello"}}
VERBS: tuple[Callable[[Client], Answer], ...] = (
    lambda client: client.post(PATH, ASKED),
    lambda client: client.stream(PATH, dict(ASKED)),
)


def test_a_stop_lets_a_stream_and_a_request_in_the_queue_finish_and_takes_no_other(prepared: Prepared) -> None:
    """wire.md B14: what is under way ends, with its calls stored, before the store is closed."""
    store, ended = Store(prepared.url), dict[str, Any]()
    places = {"MAX_CONCURRENT": "1", "QUEUE_LENGTH": "1", "QUEUE_TIMEOUT_S": "20"}
    with opened(store, prepared.folder) as world, Served(prepared.url, prepared.folder, extra=places) as server:
        make_use_case(world, "slow", steps=(make_step(latency_ms=3000, chunk_ms=50),))
        until(lambda: _knows_the_use_case(server))

        def ask(name: str, verb: Callable[[Client], Answer], seen: str) -> threading.Thread:
            def work() -> None:
                with server.client() as client:
                    ended[name] = verb(client)

            thread = threading.Thread(target=work)
            thread.start()
            until(lambda: _figure(server, seen) == 1)
            return thread

        callers = [ask("stream", VERBS[1], "running"), ask("queued", VERBS[0], "queued")]
        with server.client() as client:
            crowd, _ = client.send("POST", f"/api/v1{PATH}", ASKED)
            alive, _ = client.send("GET", "/health/live")
        assert ended == {}
        stopping = threading.Thread(target=lambda: ended.update(code=server.stop(signal.SIGTERM)))
        stopping.start()
        until(lambda: _refused(server))
        under_way = set(ended)
        for thread in (*callers, stopping):
            thread.join()

        assert (crowd, alive, ended.pop("code")) == (503, 200, 0)
        assert under_way < {"stream", "queued"}, "new callers were turned away only when all was done"
        for answer in ended.values():
            assert answer is not None
            (call,) = answer["calls"]  # type: ignore[misc]  # JSON of the answer
            assert calls.get(world, call["id"]).call.outcome == "ok"
        assert set(ended) == {"stream", "queued"}
    store.close()


def _knows_the_use_case(server: Served) -> bool:
    """Whether the server's snapshot has followed."""
    with server.client() as client:
        return client.send("POST", "/api/v1/use-cases/slow/pick", {"correlation_id": "early"})[0] == 200


def _figure(server: Served, name: str) -> float:
    """How many generations are `running` or `queued`."""
    with server.client() as client:
        _, answer = client.send("GET", "/metrics")
    families = text_string_to_metric_families(answer.decode())
    found = [family.samples for family in families if family.name == f"model_match_admission_{name}"]
    return sum(sample.value for samples in found for sample in samples)


def _refused(server: Served) -> bool:
    """Whether a new connection gets no answer."""
    try:
        with server.client() as client:
            client.send("GET", "/health/live")
    except (OSError, HTTPException):
        return True
    return False


def test_a_stop_lets_the_answers_under_way_finish(prepared: Prepared) -> None:
    store, answers = Store(prepared.url), list[Answer]()
    with opened(store, prepared.folder) as world, Served(prepared.url, prepared.folder) as server:
        make_use_case(world, "slow", steps=(make_step(latency_ms=3000, chunk_ms=50),))
        until(lambda: _knows_the_use_case(server))

        def ask(verb: Callable[[Client], Answer]) -> None:
            with server.client() as client:
                answers.append(verb(client))

        callers = [threading.Thread(target=ask, args=(verb,)) for verb in VERBS]
        for caller in callers:
            caller.start()
        until(lambda: _figure(server, "running") == 2)
        code = server.stop(signal.SIGTERM)
        for caller in callers:
            caller.join()

        assert code == 0
        assert len(answers) == 2
        for answer in answers:
            assert answer is not None
            (call,) = answer["calls"]  # type: ignore[misc]  # JSON of the answer
            assert calls.get(world, call["id"]).call.outcome == "ok"
    store.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_gives_back_what_no_call_holds_of_a_budget(prepared: Prepared, number: signal.Signals) -> None:
    with Served(prepared.url, prepared.folder) as server:
        with server.client() as client:
            client.post("/generate", {"model": "simulated/small", "prompt": "hello"})
        store = Store(prepared.url)
        assert _reserved(store) > 0
        server.stop(number)

        assert _reserved(store) == 0
        store.close()


def _reserved(store: Store) -> int:
    """Of all budgets, by processes that say they live."""
    with store.read() as tx:
        held = tx.execute(select(func.count()).select_from(grants)).scalar_one()
        reserved = tx.execute(select(func.sum(budget_periods.c.reserved))).scalar_one()
    assert (held == 0) == (not reserved)
    return int(reserved or 0)
