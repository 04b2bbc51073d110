"""Evidence belongs to the epoch its session was assigned in; epochs too old to change are summed up and let go."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from app.domain.allocation import EpochEvidence, Observation, Plan, Settled, State, unsettled
from app.domain.evidence import UNIT, Evidence, combined, empty, variance
from app.domain.fixed_effects import Array, Comparisons, masked, within_epochs

KEEP: Final = 32
FEEDBACK_PER_FLOW: Final = 10
MOST_TICKS: Final = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """All evidence of the present round: what it says about differences, and each flow's own sums."""

    comparisons: Comparisons
    evidence: tuple[Evidence, ...]


def alive(plan: Plan, state: State) -> tuple[int, ...]:
    """Positions of the flows that were neither dropped nor escaped."""
    gone = {removal.flow for removal in (*state.dropped, *state.escaped)}
    return tuple(i for i, flow in enumerate(plan.flows) if flow not in gone)


def standing(plan: Plan, state: State) -> tuple[int, ...]:
    """Positions of the flows that have not escaped."""
    gone = {removal.flow for removal in state.escaped}
    return tuple(i for i, flow in enumerate(plan.flows) if flow not in gone)


def absorb(plan: Plan, state: State, observation: Observation) -> tuple[State, tuple[Evidence, ...]]:
    """The state with the observed totals, and what arrived for each flow since the last step."""
    arrived = [empty(plan.scale)] * len(plan.flows)
    epochs = list(state.epochs)
    for place, epoch in enumerate(state.epochs):
        now = observation.evidence.get(epoch.number, epoch.evidence)
        if now != epoch.evidence:
            news = [after.minus(before) for after, before in zip(now, epoch.evidence, strict=True)]
            arrived = [known.plus(new) for known, new in zip(arrived, news, strict=True)]
            epochs[place] = replace(epoch, evidence=now)
    return (
        replace(
            state,
            tick=max(state.tick, observation.tick),
            epochs=tuple(epochs),
            fresh=state.fresh + sum(new.n for new in arrived),
            received=tuple(n + new.n for n, new in zip(state.received, arrived, strict=True)),
            sessions=tuple(n + new.sessions for n, new in zip(state.sessions, arrived, strict=True)),
            runs=tuple(n + sum(new.served[:1]) for n, new in zip(state.runs, arrived, strict=True)),
        ),
        tuple(arrived),
    )


def is_due(plan: Plan, state: State) -> bool:
    """Whether the open epoch may close: 10 feedback for each living flow, or 20 ticks."""
    enough = state.fresh >= FEEDBACK_PER_FLOW * len(alive(plan, state))
    return enough or state.tick - state.epochs[-1].opened >= MOST_TICKS


def turned(plan: Plan, state: State, weights: tuple[int, ...]) -> State:
    """The state with these weights in force: a new epoch when they differ, the same one otherwise."""
    last = state.epochs[-1]
    if weights == last.weights and state.round == last.round:
        return replace(state, weights=weights)
    nothing = (empty(plan.scale),) * len(plan.flows)
    fresh = EpochEvidence(last.number + 1, state.tick, state.round, weights, nothing)
    return _settle(plan, replace(state, weights=weights, epochs=(*state.epochs, fresh), fresh=0))


def reopened(plan: Plan, state: State) -> State:
    """A new round: all flows that have not escaped are back, and only evidence from now on compares them."""
    return replace(
        state,
        phase="adaptive",
        round=state.round + 1,
        settled=unsettled(plan),
        round_sessions=sum(state.sessions),
        round_tick=state.tick,
        dropped=(),
        outcome=None,
        winner=None,
        watch=None,
    )


def seen(plan: Plan, state: State) -> Seen:
    """What the present round says. Flows that escaped are left out of unsettled epochs: their mean did not hold."""
    epochs = [epoch for epoch in state.epochs if epoch.round == state.round]
    information, pull = _sums(plan, state, epochs)
    evidence = _totals(plan, state, epochs)
    comparisons = Comparisons(
        information=np.asarray(state.settled.information) + information,
        pull=np.asarray(state.settled.pull) + pull,
        n=np.asarray([float(max(one.n, 0)) for one in evidence]),
        variances=np.asarray([variance(plan.scale, one) for one in evidence]),
    )
    return Seen(comparisons, evidence)


def _sums(plan: Plan, state: State, epochs: Sequence[EpochEvidence]) -> tuple[Array, Array]:
    here = standing(plan, state)
    keep = [i in here for i in range(len(plan.flows))]
    counts = masked([[one.n for one in epoch.evidence] for epoch in epochs], keep=keep)
    totals = masked([[one.total / UNIT for one in epoch.evidence] for epoch in epochs], keep=keep)
    return within_epochs(counts, totals)


def _totals(plan: Plan, state: State, epochs: Sequence[EpochEvidence]) -> tuple[Evidence, ...]:
    flows = zip(state.settled.evidence, *[epoch.evidence for epoch in epochs], strict=True)
    return tuple(combined(plan.scale, parts) for parts in flows)


def _settle(plan: Plan, state: State) -> State:
    if len(state.epochs) <= KEEP:
        return state
    old, rest = state.epochs[:-KEEP], state.epochs[-KEEP:]
    mine = [epoch for epoch in old if epoch.round == state.round]
    information, pull = _sums(plan, state, mine)
    settled = Settled(
        information=tuple(map(tuple, (np.asarray(state.settled.information) + information).tolist())),
        pull=tuple((np.asarray(state.settled.pull) + pull).tolist()),
        evidence=_totals(plan, state, mine),
    )
    return replace(state, epochs=rest, settled=settled)
