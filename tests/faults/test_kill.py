"""A server that is killed under load has lost nothing that it acknowledged, and has counted nothing twice."""

from collections import Counter

import pytest

from app.db import evidence
from app.db.uow import Store
from app.services import calls, clock, feedback, readout, runs
from app.services.calls import CallFilter
from app.services.world import World
from tests.faults.conftest import Prepared
from tests.faults.load import PICK, Acknowledged, under_load
from tests.faults.served import Served
from tests.services.made import CODE
from tests.waiting import until
from tests.worlds import opened

pytestmark = pytest.mark.slow


def every_call(world: World) -> Counter[str]:
    """How often each call id stands in the store."""
    found: Counter[str] = Counter()
    cursor: str | None = None
    while True:
        page, cursor = calls.page(world, CallFilter(), cursor=cursor, limit=200)
        found.update(call.id for call in page)
        if cursor is None:
            return found


def every_opinion(world: World) -> list[feedback.Feedback]:
    """All opinions that stand in the store."""
    found: list[feedback.Feedback] = []
    cursor: str | None = None
    while True:
        page, cursor = feedback.page(world, CODE, cursor=cursor, limit=200)
        found += page
        if cursor is None:
            return found


def compare(world: World, told: Acknowledged, experiment: str) -> None:
    """What callers were told against what the store holds."""
    stored_calls, opinions = every_call(world), every_opinion(world)
    flows = {flow.id: flow.code for flow in world.snapshots.current.flows[opinions[0].use_case_id]}
    assert [told_id for told_id in told.calls if stored_calls[told_id] != 1] == []
    assert set(told.opinions) <= {opinion.id for opinion in opinions}
    assert len({(one.session_id, one.kind, one.rater) for one in opinions}) == len(opinions)
    sessions = 0
    for name, answers in told.sessions.items():
        (stored,) = runs.sessions(world, name)
        assert answers == {(stored.id, flows[stored.flow_id])}
        sessions += 1
    with world.store.read() as tx:
        rows = evidence.of_experiment(tx, experiment)
    assert sum(row.n for row in rows) == len(opinions)
    assert sum(row.sum for row in rows) == sum(round((one.reward or 0) * 1_000_000) for one in opinions)
    assert sum(row.sessions for row in rows) >= sessions
    shares = [flow.weight for flow in readout.readout(world, experiment).flows]
    assert sum(shares) == 10_000


def test_what_two_workers_acknowledged_survives_a_kill_exactly_once(prepared: Prepared) -> None:
    told = Acknowledged()
    with Served(prepared.url, prepared.folder, workers=2) as server:
        with under_load(server, told):
            until(lambda: min(len(told.calls), len(told.opinions), len(told.sessions)) > 60)
            server.kill()

        server.start()
        with server.client() as client:
            again = {name: client.post(PICK, {"correlation_id": name}) for name in list(told.sessions)[:60]}

    assert len(told.calls) > 20
    assert len(told.opinions) > 20
    store = Store(prepared.url)
    with opened(store, prepared.folder, clock=clock.now) as world:
        compare(world, told, prepared.experiment)
    store.close()
    for name, answer in again.items():
        assert told.sessions[name] == {(answer["session_id"], answer["flow"])}
        assert answer["first"] is False
