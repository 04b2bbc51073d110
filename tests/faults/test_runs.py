"""A server killed in the middle of runs of several steps loses no call; what answered is not asked again."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from http.client import HTTPException
from typing import Any

import orjson
import pytest

from app.db.uow import Store
from app.services import clock
from tests.faults.conftest import Prepared
from tests.faults.served import Served
from tests.services.made import make_step, make_use_case
from tests.waiting import until
from tests.worlds import opened

pytestmark = pytest.mark.slow
FLOW = "several"
RUNS = 6
QUICK = {"RUN_TIMEOUT_S": "4", "TICK_INTERVAL_S": "1"}


def read(server: Served, path: str) -> Any:
    """The JSON at a path."""
    with server.client() as client:
        status, body = client.send("GET", f"/api/v1{path}")
    assert status == 200, body
    return orjson.loads(body)


def prepare(prepared: Prepared) -> None:
    """A use case whose flow asks one quick step and then two slow ones, side by side."""
    first = make_step("first", "say {{ text }}")
    slow = [
        replace(make_step(code, "{{ outputs.first }}", latency_ms=1500), own=True, after=("first",))
        for code in ("left", "right")
    ]
    store = Store(prepared.url)
    with opened(store, prepared.folder / "before", clock=clock.now) as world:
        make_use_case(world, FLOW, steps=(first,), own={"a": (first, *slow)})
    store.close()


def ask(server: Served, number: int) -> None:
    """One run, of whose answer nobody hears."""
    with suppress(OSError, HTTPException, AssertionError), server.client() as client:
        client.post(f"/use-cases/{FLOW}/generate", {"inputs": {"text": str(number)}, "correlation_id": f"r{number}"})


def seen(server: Served, status: str) -> list[dict[str, Any]]:
    """Runs of that status, whole."""
    listed = read(server, f"/runs?use_case={FLOW}&status={status}")["items"]
    return [read(server, f"/runs/{run['id']}") for run in listed]


def at_work(run: dict[str, Any]) -> bool:
    """Whether its first step has answered, and the others are being asked."""
    return {step["step"]: step["state"] for step in run["steps"]} == {
        "first": "answered", "left": "running", "right": "running",
    }  # fmt: skip


def test_killed_runs_are_found_and_go_on_without_doubling_anything(prepared: Prepared) -> None:
    prepare(prepared)
    with Served(prepared.url, prepared.folder, extra=QUICK) as server:
        with server.client() as client:
            budget = client.post("/budgets", {"name": "all", "scope": "global", "period": "total", "limit_usd": "5"})
        with ThreadPoolExecutor(RUNS) as pool:
            asked = [pool.submit(ask, server, number) for number in range(RUNS)]
            until(lambda: len([run for run in seen(server, "running") if at_work(run)]) == RUNS)
            server.kill()
            for each in asked:
                each.result(timeout=60)

        server.start()
        until(lambda: len(seen(server, "failed")) == RUNS)
        lost = seen(server, "failed")
        with server.client() as client:
            resumed = [client.post(f"/runs/{run['id']}/resume", {}) for run in lost]
        runs = [read(server, f"/runs/{answer['run_id']}") for answer in resumed]
        calls = read(server, f"/calls?use_case={FLOW}&limit=200")["items"]
        spent = sum(Decimal(call["cost_usd"]) for call in calls)
        until(lambda: Decimal(read(server, f"/budgets/{budget['id']}")["state"]["settled_usd"]) == spent)

    assert {(run["error"], tuple(run["outputs"])) for run in lost} == {("process-lost", ("first",))}
    assert {run["resumes"] for run in runs} == {run["id"] for run in lost}
    assert all(run["status"] == "succeeded" and set(run["outputs"]) == {"first", "left", "right"} for run in runs)
    per_step = [call["step"] for call in calls]
    assert {step: per_step.count(step) for step in set(per_step)} == dict.fromkeys(("first", "left", "right"), RUNS)
    assert len({call["id"] for call in calls}) == 3 * RUNS
