"""The readout of an A/B test: read from running sums alone, as it stands now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.db import ab_sums, evidence_sums
from app.db import experiments as rows
from app.db.evidence_sums import Served
from app.db.frozen_json import codec
from app.db.uow import Tx
from app.domain.ab.design import Design
from app.domain.ab.reading import read
from app.domain.ab.readout import Least, TestReadout
from app.domain.ab.sums import ArmSums
from app.domain.errors import Conflict
from app.domain.experiment import Experiment
from app.domain.message import Json
from app.domain.money import divide_half_even
from app.services.ab.designs import design_of
from app.services.world import World

SUMS = Mapping[str, ArmSums]
LEASTS = Mapping[str, Least]


@dataclass(frozen=True, slots=True)
class Looked:
    """What former looks have left: of each treatment its surest look, and the sums when the plan was fulfilled."""

    least: Mapping[str, Least]
    at_plan: Mapping[str, ArmSums] | None

    def to_json(self) -> Json:
        """As it stands in the state of the experiment."""
        return {
            "least": codec(LEASTS).encode(self.least),
            "at_plan": None if self.at_plan is None else _as_texts(codec(SUMS).encode(self.at_plan)),
        }


@dataclass(frozen=True, slots=True)
class Took:
    """Errors, cost (nano-dollars per session) and time (ms per run) of a flow; None where there is nothing to tell."""

    flow: str
    sessions: int
    runs: int
    error_rate: float | None
    cost: int | None
    latency_ms: float | None


@dataclass(frozen=True, slots=True)
class Known:
    """An experiment with what is known of it, and the sums that this rests on.

    `sums` by arm; `served`: what the sessions of its flows took, by flow id.
    """

    experiment: Experiment
    readout: TestReadout
    sums: Mapping[str, ArmSums]
    served: Mapping[str, Served]

    @property
    def took(self) -> tuple[Took, ...]:
        """What the sessions of each flow took, in the order of the arms."""
        flows = {arm.flow: arm.flow_id for arm in self.readout.design.arms}
        return tuple(_took(flow, self.served.get(flow_id, Served())) for flow, flow_id in flows.items())


def readout(world: World, experiment_id: str) -> Known:
    """What is known now; of a draft, that nothing is. Raises NotFound, Conflict (`not-an-ab-test`) for a rollout."""
    with world.store.read() as tx:
        experiment = rows.get(tx, experiment_id)
        if experiment.policy != "fixed":
            raise Conflict("this is a rollout, not an A/B test", code="not-an-ab-test")
        return read_in(tx, world, experiment, design_of(experiment))


def read_in(tx: Tx, world: World, experiment: Experiment, design: Design, *, over: bool = False) -> Known:
    """As `readout`, within a unit of work; `over`: it is about to end."""
    looked = looked_of(experiment)
    sums = ab_sums.of_experiment(tx, experiment.id)
    running = (experiment.ended_at or world.now()) - experiment.started_at
    over = over or experiment.status == "ended"
    found = read(design, sums, running=running, at_plan=looked.at_plan, least=looked.least, over=over)
    return Known(experiment, found, sums, evidence_sums.by_flow(tx, experiment.id))


def looked_of(experiment: Experiment) -> Looked:
    """What the experiment's state says of former looks."""
    least, plan = experiment.state.get("least"), experiment.state.get("at_plan")
    found: SUMS | None = None if plan is None else codec(SUMS).decode(_as_numbers(plan))
    named = codec(LEASTS).decode(least) if isinstance(least, Mapping) else {}
    return Looked(named, found)


def _took(flow: str, one: Served) -> Took:
    return Took(
        flow=flow,
        sessions=one.sessions,
        runs=one.runs,
        error_rate=one.failed / one.runs if one.runs else None,
        cost=divide_half_even(one.cost, one.sessions) if one.runs and one.sessions else None,
        latency_ms=one.latency_ms / one.runs if one.runs else None,
    )


def _as_texts(value: Any) -> Any:
    """Whole numbers as text: squares outgrow what JSON's readers hold. Any: JSON."""
    if isinstance(value, dict):
        return {name: _as_texts(inner) for name, inner in value.items()}
    return [_as_texts(inner) for inner in value] if isinstance(value, list) else str(value)


def _as_numbers(value: Any) -> Any:
    """What `_as_texts` was given, which holds nothing but whole numbers."""
    if isinstance(value, Mapping):
        return {name: _as_numbers(inner) for name, inner in value.items()}
    return [_as_numbers(inner) for inner in value] if isinstance(value, list | tuple) else int(value)
