"""A batch whose server is killed is finished by the next one: no line is lost, recorded twice, or paid for in vain."""

import json

import pytest

from app.db.uow import Store
from app.services import clock
from app.services.batches import batches, progress
from app.services.batches.progress import Progress
from app.services.world import World
from tests.faults.conftest import Prepared
from tests.faults.served import Served
from tests.faults.test_comparisons import every_call
from tests.waiting import until
from tests.worlds import opened

pytestmark = pytest.mark.slow
LINES = 160
AT_ONCE = 4
IN_FLIGHT = 3 * AT_ONCE  # asked, answered and waiting to be recorded, or being recorded


def submitted(server: Served) -> str:
    """The id of a batch that takes a while."""
    line = {"model": "simulated/small", "prompt": "a word", "max_tokens": 4, "options": {"latency_ms": 60}}
    requests = [{"custom_id": f"line-{n}", **line} for n in range(LINES)]
    with server.client() as client:
        wish = {"requests": requests, "concurrency": AT_ONCE, "max_cost_usd": "1"}
        status, told = client.send("POST", "/api/v1/batches", wish)
    assert status == 201, told
    return str(json.loads(told)["id"])


def test_a_killed_server_leaves_its_batch_to_the_next(prepared: Prepared) -> None:
    store = Store(prepared.url)
    with opened(store, prepared.folder / "watching", clock=clock.now) as world:
        with Served(prepared.url, prepared.folder, workers=2) as server:
            batch_id = submitted(server)
            killed: list[Progress] = []
            for reached in (20, 60):
                until(lambda many=reached: progress.of(world, batch_id).standing.answered >= many)  # type: ignore[misc]  # bound now
                server.kill()
                killed.append(progress.of(world, batch_id))
                server.start()
            until(lambda: progress.of(world, batch_id).batch.over)
            until(lambda: recorded(world, batch_id) == LINES)

        now = progress.of(world, batch_id)
        lines = list(batches.done(world, batch_id))
        calls = every_call(world, "served")
    store.close()

    assert [each.batch.status for each in killed] == ["running", "running"]
    assert killed[0].standing.answered < killed[1].standing.answered < LINES
    assert (now.batch.status, now.standing.answered, now.standing.failed) == ("succeeded", LINES, 0)
    assert {each.custom_id for each in lines} == {f"line-{n}" for n in range(LINES)}
    assert [each.turn for each in lines] == list(range(1, LINES + 1))
    assert LINES <= len(calls) <= LINES + 2 * IN_FLIGHT
    answered_by = {(each.answer or {})["calls"][0]["id"] for each in lines}  # type: ignore[index]  # JSON
    assert len(answered_by) == LINES
    assert answered_by <= set(calls), "what an answer cost is booked"


def recorded(world: World, batch_id: str) -> int:
    """How many lines are done."""
    return progress.of(world, batch_id).standing.answered
