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
_LISTS = frozenset({"weights", "received", "sessions", "epochs", "settled", "cusum", "dropped", "escaped", "watch"})


def plan_to_json(plan: Plan) -> dict[str, object]:
    """The plan as plain values."""
    return asdict(plan)


def plan_from_json(plain: Plain) -> Plan:
    """The plan that `plan_to_json` wrote. Raises Invalid on values that break its rules."""
    warmup, goal, rollback = plain["warmup"], plain["goal"], plain["rollback"]
    return Plan(
        **{
            **plain,
            "flows": tuple(plain["flows"]),
            "scale": Scale(**plain["scale"]),
            "start": tuple(plain["start"]),
            "goal": None if goal is None else tuple(goal),
            "rollback": None if rollback is None else tuple(rollback),
            "warmup": None if warmup is None else Warmup(**warmup),
            "escape": {flow: EscapeRule(**rule) for flow, rule in plain["escape"].items()},
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
        "received": list(state.received),
        "sessions": list(state.sessions),
        "round_sessions": state.round_sessions,
        "fresh": state.fresh,
        "ramped": state.ramped,
        "reached": state.reached,
        "dropped": [asdict(removal) for removal in state.dropped],
        "escaped": [asdict(removal) for removal in state.escaped],
        "outcome": state.outcome,
        "winner": state.winner,
        "watch": None if state.watch is None else {"floor": state.watch.floor, "log_m": list(state.watch.log_m)},
    }


def state_from_json(plain: Plain) -> State:
    """The state that `state_to_json` wrote."""
    watch = plain["watch"]
    settled = plain["settled"]
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
        dropped=tuple(Removal(**removal) for removal in plain["dropped"]),
        escaped=tuple(Removal(**removal) for removal in plain["escaped"]),
        watch=None if watch is None else Watch(watch["floor"], tuple(watch["log_m"])),
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


def _row(one: Evidence) -> list[int]:
    return [one.sessions, one.n, one.total, one.squares, *one.cells]


def _evidence(rows: Sequence[Sequence[int]]) -> tuple[Evidence, ...]:
    return tuple(Evidence(row[0], row[1], row[2], row[3], tuple(row[4:])) for row in rows)


def _epoch(plain: Plain) -> EpochEvidence:
    return EpochEvidence(
        plain["number"], plain["opened"], plain["round"], tuple(plain["weights"]), _evidence(plain["evidence"])
    )
