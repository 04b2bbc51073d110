"""A server that is asked to stop finishes the answers it is giving."""

import signal
import threading
import time
from collections.abc import Callable

import pytest

from app.db.uow import Store
from app.services import calls
from tests.faults.conftest import Prepared
from tests.faults.served import Client, Served
from tests.services.made import make_step, make_use_case
from tests.worlds import opened

pytestmark = pytest.mark.slow

Answer = dict[str, object] | None
PATH, ASKED = "/use-cases/slow/generate", {"inputs": {"text": "hello"}}
VERBS: tuple[Callable[[Client], Answer], ...] = (
    lambda client: client.post(PATH, ASKED),
    lambda client: client.stream(PATH, dict(ASKED)),
)


def test_a_stop_lets_the_answers_under_way_finish(prepared: Prepared) -> None:
    store, answers = Store(prepared.url), list[Answer]()
    with opened(store, prepared.folder) as world, Served(prepared.url, prepared.folder) as server:
        make_use_case(world, "slow", steps=(make_step(latency_ms=1500, chunk_ms=50),))
        time.sleep(1)  # the server's snapshot follows within half a second

        def ask(verb: Callable[[Client], Answer]) -> None:
            with server.client() as client:
                answers.append(verb(client))

        callers = [threading.Thread(target=ask, args=(verb,)) for verb in VERBS]
        for caller in callers:
            caller.start()
        time.sleep(0.7)
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
