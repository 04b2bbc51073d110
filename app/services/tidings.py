"""What a step of an experiment means to those who only want to hear of it: events in words, in the order of weight."""

from collections.abc import Iterator
from typing import Final

from app.domain.allocation import Decision, Outcome, Plan, State
from app.domain.experiment_event import Kind
from app.domain.message import Json

ENDS: Final[dict[Outcome, Kind]] = {
    "winner": "completed",
    "guess": "completed",
    "forced": "completed",
    "equivalent": "equivalent",
    "inconclusive": "inconclusive",
}
Tiding = tuple[Kind, str, Json]


def tidings(plan: Plan, before: State, decision: Decision) -> Iterator[Tiding]:
    """Escapes, drops, the end or a new beginning, and at last the change of weights, each only if there was one."""
    after = decision.state
    weights = dict(zip(plan.flows, after.weights, strict=True))
    known = {(removal.flow, removal.tick) for removal in (*before.escaped, *before.dropped)}
    for removal in after.escaped:
        if (removal.flow, removal.tick) not in known:
            yield "escaped", removal.why, {"flow": removal.flow, "weights": weights}
    for removal in after.dropped:
        if (removal.flow, removal.tick) not in known:
            yield "dropped", f"{removal.flow} dropped: {removal.why}", {"flow": removal.flow}
    if after.round != before.round:
        yield "reopened", decision.reason, {"round": after.round, "weights": weights}
    if after.outcome in ENDS and (after.outcome, after.winner) != (before.outcome, before.winner):
        data = {
            "outcome": ENDS[after.outcome],
            "how": after.outcome,
            "flow": after.winner,
            "certified": after.outcome in ("winner", "equivalent"),
        }
        yield ENDS[after.outcome], decision.reason, data
    if after.weights != before.weights:
        earlier = dict(zip(plan.flows, before.weights, strict=True))
        yield "moved", decision.reason, {"phase": after.phase, "before": earlier, "after": weights}
