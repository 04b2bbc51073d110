"""Plans, states and observations survive JSON unchanged, floats bit for bit, so a stored step can be replayed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from app.domain.allocation import Decision, EpochEvidence, Observation, Plan, Removal, Settled, State, Watch
from app.domain.escape import EscapeRule
from app.domain.evidence import Evidence, Scale
from app.domain.warmup import Warmup

# Any: a decoded JSON object holds mixed values; each is put into its typed field below.
Plain = Mapping[str, Any]
_LISTS = frozenset(
    {"weights", "received", "sessions", "epochs", "settled", "cusum", "dropped", "escaped", "watch"}
    | {"guards", "owed", "runs"}
)


def plan_to_json(plan: Plan) -> dict[str, object]:
    """The plan as plain values."""
    return asdict(plan)


def plan_from_json(plain: Plain) -> Plan:
    """The plan that `plan_to_json` wrote, also before rules had rollbacks. Raises Invalid where it breaks its rules."""
    warmup, goal = plain["warmup"], plain["goal"]
    return Plan(
        **{
            **{name: value for name, value in plain.items() if name != "rollback"},
            "flows": tuple(plain["flows"]),
            "scale": Scale(**plain["scale"]),
            "start": tuple(plain["start"]),
            "goal": None if goal is None else tuple(goal),
            "warmup": None if warmup is None else Warmup(**warmup),
            "escape": {flow: _rule(rule) for flow, rule in plain["escape"].items()},
            "warm_start": tuple(_fields(one) for one in plain.get("warm_start", ())),
        }
    )


def state_to_json(state: State) -> dict[str, object]:
    """The state as plain values; evidence is a list: sessions, n, total, squares, then the cells."""
    return {
        "phase": state.phase,
        "tick": state.tick,
        "round": state.round,
        "weights": list(state.weights),
        "epochs": [
            {
                "number": epoch.number,
                "opened": epoch.opened,
                "round": epoch.round,
                "weights": list(epoch.weights),
                "evidence": [_row(one) for one in epoch.evidence],
            }
            for epoch in state.epochs
        ],
        "settled": {
            "information": [list(row) for row in state.settled.information],
            "pull": list(state.settled.pull),
            "evidence": [_row(one) for one in state.settled.evidence],
        },
        "cusum": [list(logs) for logs in state.cusum],
        "guards": [list(logs) for logs in state.guards],
        "owed": [list(debts) for debts in state.owed],
        "runs": list(state.runs),
        "received": list(state.received),
        "sessions": list(state.sessions),
        "round_sessions": state.round_sessions,
        "round_tick": state.round_tick,
        "fresh": state.fresh,
        "ramped": state.ramped,
        "reached": state.reached,
        "dropped": [asdict(removal) for removal in state.dropped],
        "escaped": [asdict(removal) for removal in state.escaped],
        "outcome": state.outcome,
        "winner": state.winner,
        "watch": None if state.watch is None else _watch_to_json(state.watch),
    }


def state_from_json(plain: Plain) -> State:
    """The state that `state_to_json` wrote."""
    watch, settled, flows = plain["watch"], plain["settled"], len(plain["weights"])
    return State(
        **{key: value for key, value in plain.items() if key not in _LISTS},
        weights=tuple(plain["weights"]),
        received=tuple(plain["received"]),
        sessions=tuple(plain["sessions"]),
        epochs=tuple(_epoch(epoch) for epoch in plain["epochs"]),
        settled=Settled(
            information=tuple(tuple(row) for row in settled["information"]),
            pull=tuple(settled["pull"]),
            evidence=_evidence(settled["evidence"]),
        ),
        cusum=tuple(tuple(logs) for logs in plain["cusum"]),
        guards=tuple(tuple(logs) for logs in plain.get("guards", [()] * flows)),
        owed=tuple(tuple(debts) for debts in plain.get("owed", [()] * flows)),
        runs=tuple(plain.get("runs", [0] * flows)),
        dropped=tuple(Removal(**removal) for removal in plain["dropped"]),
        escaped=tuple(Removal(**removal) for removal in plain["escaped"]),
        watch=None if watch is None else _watch(watch),
    )


def observation_to_json(observation: Observation) -> dict[str, object]:
    """The observation as plain values, epochs in rising order."""
    evidence = {str(number): [_row(one) for one in seen] for number, seen in sorted(observation.evidence.items())}
    return {"tick": observation.tick, "evidence": evidence}


def observation_from_json(plain: Plain) -> Observation:
    """The observation that `observation_to_json` wrote."""
    return Observation(plain["tick"], {int(number): _evidence(rows) for number, rows in plain["evidence"].items()})


def decision_to_json(decision: Decision) -> dict[str, object]:
    """The whole answer of a step, its next state included."""
    return {
        "weights": list(decision.weights),
        "phase": decision.phase,
        "outcome": decision.outcome,
        "winner": decision.winner,
        "dropped": [asdict(removal) for removal in decision.dropped],
        "escaped": [asdict(removal) for removal in decision.escaped],
        "reason": decision.reason,
        "means": list(decision.means),
        "p_best": list(decision.p_best),
        "log_e": [list(row) for row in decision.log_e],
        "smallest_epsilon": decision.smallest_epsilon,
        "state": state_to_json(decision.state),
    }


def _row(one: Evidence) -> list[int | list[int]]:
    """Sums, then the cells, then, in a list of their own, what was served."""
    return [one.sessions, one.n, one.total, one.squares, *one.cells, *([list(one.served)] if one.served else [])]


def _evidence(rows: Sequence[Sequence[Any]]) -> tuple[Evidence, ...]:
    return tuple(_one(row) for row in rows)


def _one(row: Sequence[Any]) -> Evidence:
    *sums, last = row
    served = tuple(last) if isinstance(last, list) else ()
    counts = sums if served else [*sums, last]
    return Evidence(counts[0], counts[1], counts[2], counts[3], tuple(counts[4:]), served)


def _fields(plain: Plain) -> Evidence:
    return Evidence(**{**plain, "cells": tuple(plain["cells"]), "served": tuple(plain["served"])})


def _rule(plain: Plain) -> EscapeRule:
    rollback = plain.get("rollback")
    return EscapeRule(**{**plain, "rollback": None if rollback is None else tuple(rollback)})


def _watch_to_json(watch: Watch) -> dict[str, object]:
    pending = [_row(one) for one in watch.pending]
    return {"floor": watch.floor, "log_m": list(watch.log_m), "rival": watch.rival, "pending": pending}


def _watch(plain: Plain) -> Watch:
    pending = _evidence(plain.get("pending", ()))
    return Watch(plain["floor"], tuple(plain["log_m"]), plain.get("rival"), pending)


def _epoch(plain: Plain) -> EpochEvidence:
    return EpochEvidence(
        plain["number"], plain["opened"], plain["round"], tuple(plain["weights"]), _evidence(plain["evidence"])
    )
