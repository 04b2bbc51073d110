"""The product's allocator speaks the scalar plugin contract of the allocator bench; the policy itself is app.domain's.

Units: the bench counts shares as fractions and feedback as histograms in its own score range; both are passed on as is.
"""

import json
from collections.abc import Mapping
from typing import Any

from app.domain.allocation import Plan, initial
from app.domain.allocation_json import state_from_json, state_to_json
from app.domain.allocator import advance
from app.domain.escape import EscapeRule
from app.domain.evidence import Scale
from app.domain.warmup import Warmup
from app.domain.weights import TOTAL, apportion
from benchmarks.calibration.ours import REMEMBERED, observed

# Any: the bench hands over plain JSON-like dictionaries.
Plain = Mapping[str, Any]


class Allocator:
    """One replication: keeps nothing, the state travels as JSON text in `memo`."""

    def __init__(self, config: Plain) -> None:
        self.config = config

    def plan(self, start: list[float]) -> Plan:
        """The bench's configuration as a plan."""
        config = self.config
        flows = tuple(str(i) for i in range(config["k"]))
        warm = config["warm_ticks"]
        return Plan(
            flows=flows,
            baseline=flows[config["baseline"]],
            scale=Scale(config["kind"], *config["scale"]),
            start=apportion(start),
            goal=apportion(config["goal"]),
            epsilon=config["eps"],
            warmup=Warmup(warm) if warm else None,
            escape={flow: EscapeRule(config["floor"], config["min_feedback"]) for flow in flows},
            delta=config["delta"],
            max_step_pct=100 * config["max_step"],
            certification=config.get("certification", "fe"),
        )

    def step(self, told: Plain) -> dict[str, Any]:
        """One tick: adds the feedback to the epoch of each age, advances, answers shares."""
        memo = told["memo"] or {"start": told["shares"], "state": None, "born": []}
        plan = self.plan(memo["start"])
        state = state_from_json(json.loads(memo["state"])) if memo["state"] else initial(plan)
        born = [*memo["born"], state.epochs[-1].number][-REMEMBERED:]
        tick, sessions, arrived = told["tick"] + 1, told["new_sessions"], told["new_by_age"]
        seen = observed(plan, state, tick=tick, born=born, sessions=sessions, arrived=arrived)
        decision = advance(plan, state, seen)
        return {
            "shares": [weight / TOTAL for weight in decision.weights],
            "phase": decision.phase,
            "winner": None if decision.winner is None else int(decision.winner),
            "decision": decision.outcome,
            "escaped": [int(removal.flow) for removal in decision.escaped],
            "memo": {"start": memo["start"], "state": json.dumps(state_to_json(decision.state)), "born": born},
        }


def make(config: Plain) -> Allocator:
    """The factory the bench calls, once per replication."""
    return Allocator(config)
