"""What a trace says of a rule, given the true means: errors, time, regret, and who served whom."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.calibration.arrays import Flags, Floats, Ints
from benchmarks.calibration.scenarios import Scenario
from benchmarks.calibration.world import Trace

_CLOSE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Figures:
    """One rule in one scenario. Counts are of runs.

    `false_superior`: named a flow as better than all others that was not the best then (flows that are all the same
    have no such flow). `worse`: named a flow more than ε under the best then. `sessions_to_decide`: median, infinite
    when most runs did not decide. `regret`: score points lost per 10 000 sessions against the best flow of each
    moment. `worst_share`: part of the sessions that the worst flow served. `false_escapes`: some flow escaped while its
    mean was at or above its floor. `fallen_sessions`: mean number served by the fallen flow from its fall on, None
    without a fall. `on_best`: at the end the largest share is that of the best flow.
    """

    runs: int
    false_superior: int
    worse: int
    decided: int
    sessions_to_decide: float
    regret: float
    worst_share: float
    false_escapes: int
    fallen_sessions: float | None
    on_best: int


def figures(scenario: Scenario, trace: Trace) -> Figures:
    """Everything that is counted."""
    means = scenario.true_means()
    all_runs = trace.named.shape[0]
    decided = trace.named_at >= 0
    behind = _behind(means, trace)
    same = scenario.group == "same" or float(np.ptp(means, axis=1).max()) < _CLOSE
    wrong = np.full(all_runs, True) if same else behind > _CLOSE
    took = np.where(decided, (trace.named_at + 1) * scenario.sessions, np.inf)
    final = trace.shares.argmax(axis=1)
    return Figures(
        runs=all_runs,
        false_superior=int((decided & trace.better & wrong).sum()),
        worse=int((decided & (behind > scenario.epsilon + _CLOSE)).sum()),
        decided=int(decided.sum()),
        sessions_to_decide=float(np.sort(took)[(all_runs - 1) // 2]),
        regret=10_000 * _lost(means, trace.sessions) / float(trace.sessions[:, 0].sum()),
        worst_share=_worst_share(means, trace.sessions),
        false_escapes=int(_escaped_in_health(means, trace.escaped_at, floor=scenario.lowest).sum()),
        fallen_sessions=_fallen(scenario, trace.sessions),
        on_best=int((means[-1, final] >= means[-1].max() - _CLOSE).sum()),
    )


def _behind(means: Floats, trace: Trace) -> Floats:
    """How far the named flow was under the best flow of that moment; 0 in runs that named none."""
    then = means[np.maximum(trace.named_at, 0)]
    mean = np.take_along_axis(then, np.maximum(trace.named, 0)[:, None], axis=1)[:, 0]
    behind: Floats = np.where(trace.named_at >= 0, then.max(axis=1) - mean, 0.0)
    return behind


def _lost(means: Floats, sessions: Ints) -> float:
    """Score points lost in a run, on average over the runs."""
    gap = means.max(axis=1, keepdims=True) - means
    lost: float = np.einsum("trk,tk->", sessions, gap) / sessions.shape[1]
    return float(lost)


def _worst_share(means: Floats, sessions: Ints) -> float:
    """Part of all sessions; ticks at which all flows are the same have no worst flow."""
    differ = np.ptp(means, axis=1) > _CLOSE
    worst = (means <= means.min(axis=1, keepdims=True) + _CLOSE) & differ[:, None]
    return float(np.einsum("trk,tk->", sessions, worst.astype(np.int64)) / sessions.sum())


def _escaped_in_health(means: Floats, escaped_at: Ints, *, floor: float) -> Flags:
    """R: whether any flow was sent away while its mean was not under the floor."""
    at_that_time = np.take_along_axis(means, np.maximum(escaped_at, 0), axis=0)
    found = (escaped_at >= 0) & (at_that_time >= floor - _CLOSE)
    return np.asarray(found.any(axis=1))


def _fallen(scenario: Scenario, sessions: Ints) -> float | None:
    if scenario.fall is None:
        return None
    served = sessions[scenario.fall.tick :, :, scenario.fall.flow].sum(axis=0)
    return float(served.mean())
