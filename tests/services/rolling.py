"""Experiments for tests under terms of their own, their evidence by flow, and flows that have escaped."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from app.db import evidence
from app.db import experiments as rows
from app.db import flows as flow_rows
from app.domain.experiment import Experiment
from app.domain.feedback import Feedback
from app.services import feedback
from app.services.world import World
from tests.services.made import CODE, all_flows, start

HALVES = {"a": 5000, "b": 5000}


def start_under(
    world: World,
    *,
    metric: Mapping[str, object] | None = None,
    objective: Mapping[str, object] | None = None,
    limits: Mapping[str, Mapping[str, object]] | None = None,
    **wanted: object,
) -> Experiment:
    """A running experiment with these terms; `limits` by flow code. The world's ids must be new in every test."""
    experiment = start(world, scale="decimal", **wanted)
    ids = {code: flow.id for code, flow in all_flows(world).items()}
    terms = {
        "metric": metric or {},
        "objective": objective or {},
        "on_escape": "evict",
        "limits": {ids[code]: own for code, own in (limits or {}).items()},
    }
    with world.store.write() as tx:
        world.store.bump(tx)
        after = replace(experiment, config={**experiment.config, "terms": terms})
        rows.update_state(tx, experiment, after)
    world.snapshots.refresh()
    return after


def seen(world: World, experiment: Experiment) -> Counter[str]:
    """The evidence of all flows over all epochs; rewards in 1e-6, costs in nano-dollars."""
    with world.store.read() as tx:
        found = evidence.of_experiment(tx, experiment.id)
    names = ("sessions", "n", "sum", "runs", "failed", "slow", "rated", "cost", "latency_ms")
    return Counter({name: sum(getattr(row, name) for row in found) for name in names})


def evict(world: World, code: str, *, shares: Mapping[str, int] | None = None) -> None:
    """Let the flow escape now, as the allocator does under policy evict; the others get these weights."""
    every = all_flows(world)
    flow = every[code]
    with world.store.write() as tx:
        world.store.bump(tx)
        if shares is not None:
            after = {other.id: shares.get(name, 0) for name, other in every.items()}
            flow_rows.set_weights(tx, flow.use_case_id, after)
        flow_rows.evict(tx, flow.id, world.now())
    world.snapshots.refresh()


def opinions(world: World) -> list[Feedback]:
    """Every opinion on the use case, newest first."""
    return feedback.page(world, CODE, cursor=None, limit=100)[0]
