"""The product's allocator, run by run, through the function that the service calls at each tick."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from app.domain.allocation import Decision, Observation, Plan, State, initial
from app.domain.allocator import advance
from app.domain.escape import EscapeRule
from app.domain.evidence import Evidence, Scale, from_cells
from app.domain.warmup import Warmup
from app.domain.weights import TOTAL, apportion
from benchmarks.calibration.arrays import Ints
from benchmarks.calibration.scenarios import Scenario
from benchmarks.calibration.world import Answer, Told, opening

REMEMBERED: Final = 256  # ticks whose epoch is known: older feedback belongs to epochs long summed up


def plan_of(scenario: Scenario) -> Plan:
    """The scenario as a plan; as in the service, scores become rewards from 0 to 1. All else is at its default."""
    flows = tuple(str(i) for i in range(scenario.flows))
    low, high = float(scenario.levels[0]), float(scenario.levels[-1])
    rule = EscapeRule((scenario.lowest - low) / (high - low))
    return Plan(
        flows=flows,
        baseline=flows[0],
        scale=Scale(scenario.kind),
        start=apportion(opening(scenario).tolist()),
        goal=apportion([1] * scenario.flows),
        epsilon=scenario.epsilon / (high - low),
        warmup=Warmup(scenario.ramp) if scenario.ramp else None,
        escape=dict.fromkeys(flows, rule),
    )


def observed(
    plan: Plan,
    state: State,
    *,
    tick: int,
    born: Sequence[int],
    sessions: Sequence[int],
    arrived: Sequence[Sequence[Sequence[int]]],
) -> Observation:
    """The totals of the epochs that this tick's news are for: `sessions` K of the tick itself, `arrived` A×K×L.

    `born[-1 - a]`: the epoch that was open `a` ticks ago, to which feedback on sessions of that tick belongs.
    """
    before = {epoch.number: epoch.evidence for epoch in state.epochs}
    totals: dict[int, list[Evidence]] = {}
    for age, flows in enumerate(arrived[: len(born)]):
        number = born[-1 - age]
        for i, cells in enumerate(flows):
            if number in before and (age == 0 or any(cells)):
                known = totals.setdefault(number, list(before[number]))
                known[i] = known[i].plus(from_cells(plan.scale, cells, sessions=sessions[i] if age == 0 else 0))
    return Observation(tick, {number: tuple(evidence) for number, evidence in totals.items()})


class Ours:
    """app.domain.allocator."""

    def __init__(self, scenario: Scenario, *, runs: int, rng: np.random.Generator) -> None:
        """`rng` is left alone: the allocator draws nothing."""
        self.plan = plan_of(scenario)
        self.states = [initial(self.plan)] * runs
        self.born: list[list[int]] = [[] for _ in range(runs)]

    def step(self, told: Told) -> Answer:
        """One step for each run."""
        decisions = [self._advance(run, told) for run in range(len(self.states))]
        self.states = [decision.state for decision in decisions]
        named = [-1 if one.winner is None else int(one.winner) for one in decisions]
        return Answer(
            shares=np.array([one.weights for one in decisions]) / TOTAL,
            named=np.array(named),
            better=np.array([one.outcome == "winner" for one in decisions]),
            escaped=np.array([self._escaped(one) for one in decisions]),
        )

    def _advance(self, run: int, told: Told) -> Decision:
        state = self.states[run]
        self.born[run] = [*self.born[run], state.epochs[-1].number][-REMEMBERED:]
        arrived: Ints = told.arrived[:, run]
        seen = observed(
            self.plan,
            state,
            tick=told.tick + 1,
            born=self.born[run],
            sessions=told.sessions[run].tolist(),
            arrived=arrived.tolist(),
        )
        return advance(self.plan, state, seen)

    def _escaped(self, decision: Decision) -> list[bool]:
        gone = {removal.flow for removal in decision.escaped}
        return [flow in gone for flow in self.plan.flows]
