"""What the allocator is told, remembers and answers: plain frozen values, so that any stored step can be replayed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.domain.certification import Certification
from app.domain.errors import Invalid
from app.domain.escape import ALARM, QUIET, EscapeRule
from app.domain.evidence import Evidence, Scale, empty
from app.domain.warmup import Warmup
from app.domain.weights import TOTAL

Phase = Literal["warmup", "adaptive", "escaped", "completed"]
Outcome = Literal["winner", "equivalent", "inconclusive", "guess", "escaped", "forced"]
Stop = Literal["certified", "never", "guess"]


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings of one progressive experiment; flows are told apart by their position in `flows`.

    `start`, `goal` and the rollbacks of `escape`: weights in that order, sum 10 000. Rewards and `epsilon` in units of
    `scale`. `holdout`: 1/10 000 of the traffic that goes on to the baseline (to the next best flow, if the baseline
    won) when all is decided, so that a fall of the winner shows beside it and a common season does not. `warm_start`:
    evidence from elsewhere, by flow; it leans the shares and certifies nothing.
    Raises Invalid on what cannot run: an unknown baseline, a sum that is not 10 000, a floor at the best reward.
    """

    flows: tuple[str, ...]
    baseline: str
    scale: Scale
    start: tuple[int, ...]
    epsilon: float
    goal: tuple[int, ...] | None = None
    warmup: Warmup | None = None
    escape: Mapping[str, EscapeRule] = field(default_factory=dict)
    delta: float = 0.05
    tau: float = 0.10
    beta: float = 0.6
    certify_after: int = 15
    share_floor: float = 0.05
    max_step_pct: float = 10.0
    alarm: float = ALARM
    margin: float = 0.08
    max_sessions: int | None = None
    max_feedback: int | None = None
    max_ticks: int | None = None
    holdout: int = 0
    warm_start: tuple[Evidence, ...] = ()
    certification: Certification = "fe"
    stop: Stop = "certified"

    def __post_init__(self) -> None:
        if not self.flows or len(set(self.flows)) != len(self.flows):
            raise Invalid("flows are named once each", field="flows")
        if self.baseline not in self.flows:
            raise Invalid("the baseline is one of the flows", field="baseline")
        for name, weights in (("start", self.start), ("goal", self.goal)):
            self._check(weights, name)
        for flow, rule in self.escape.items():
            if flow not in self.flows or not (rule.lower_score is None or rule.lower_score < self.scale.high):
                raise Invalid("a floor lies under the best reward and names a flow", field=f"escape.{flow}")
            self._check(rule.rollback, f"escape.{flow}.rollback")
        if not 0 <= self.holdout <= TOTAL // 2:
            raise Invalid("at most half of the traffic is held out", field="holdout")
        if self.warm_start and len(self.warm_start) != len(self.flows):
            raise Invalid("a warm start has evidence for each flow", field="warm_start")
        if not (0 < self.delta < 1 and self.tau > 0 and 0 <= self.beta <= 1 and 0 <= self.epsilon <= self.scale.span):
            raise Invalid("delta in (0, 1), tau above 0, beta in 0…1 and epsilon in the range", field="delta")

    def _check(self, weights: tuple[int, ...] | None, name: str) -> None:
        if weights is not None and (len(weights) != len(self.flows) or sum(weights) != TOTAL or min(weights) < 0):
            raise Invalid(f"one weight per flow with sum {TOTAL} is expected", field=name)

    @property
    def base(self) -> int:
        """The position of the baseline."""
        return self.flows.index(self.baseline)


@dataclass(frozen=True, slots=True)
class EpochEvidence:
    """One epoch of constant weights: number, the tick it opened at, its round, and the evidence of each flow."""

    number: int
    opened: int
    round: int
    weights: tuple[int, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """Epochs too old to change, already summed: L row by row, b, and the evidence of each flow."""

    information: tuple[tuple[float, ...], ...]
    pull: tuple[float, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """A flow that left, when and why."""

    flow: str
    tick: int
    why: str


@dataclass(frozen=True, slots=True)
class Watch:
    """The guard over a finished experiment: the winner's e-CUSUM against `floor`, or against a hold-out.

    `rival`: position of the flow that is held out; `pending`: what has arrived for the winner and for it since both
    were last compared.
    """

    floor: float
    log_m: tuple[float, ...] = QUIET
    rival: int | None = None
    pending: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """All that one step hands to the next. `epochs` in order, the last is open; `round` counts re-openings.

    `ramped`: ticks or sessions the ramp has gone; `reached`: the clock (ticks or sessions) at the last step;
    `cusum`: per flow; `fresh`: feedback, for whatever epoch, since the open one began; `received`,
    `sessions`: per flow, over all rounds; `round_sessions`: the sum of `sessions` when the round began, `round_tick`
    when that was. `guards`: per flow the e-CUSUMs of failed runs, slow runs and cost (4 each), empty until there are
    any; `owed`: likewise, what sessions have to win back first (app.domain.guards); `runs`: per flow, as far as they
    are guarded.
    """

    phase: Phase
    tick: int
    round: int
    weights: tuple[int, ...]
    epochs: tuple[EpochEvidence, ...]
    settled: Settled
    cusum: tuple[tuple[float, ...], ...]
    received: tuple[int, ...]
    sessions: tuple[int, ...]
    round_sessions: int = 0
    round_tick: int = 0
    guards: tuple[tuple[float, ...], ...] = ()
    owed: tuple[tuple[float, ...], ...] = ()
    runs: tuple[int, ...] = ()
    fresh: int = 0
    ramped: int = 0
    reached: int = 0
    dropped: tuple[Removal, ...] = ()
    escaped: tuple[Removal, ...] = ()
    outcome: Outcome | None = None
    winner: str | None = None
    watch: Watch | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What is known at a tick: the whole evidence of each flow, by epoch number, as it stands now.

    Totals, not increments: a tick that runs twice finds nothing new. Epochs that are absent did not change; epochs
    that the state no longer holds are ignored.
    """

    tick: int
    evidence: Mapping[int, tuple[Evidence, ...]]


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer of one step. `weights` sum to 10 000; `log_e[i][j]`: ln E that flow i beats flow j.

    `means`: Σ/n of this round, None without feedback; `smallest_epsilon`: the least margin within which the kept flow
    is certified best, only with the outcome `inconclusive`. `reason` is a sentence for people.
    """

    state: State
    reason: str
    means: tuple[float | None, ...]
    p_best: tuple[float, ...]
    log_e: tuple[tuple[float, ...], ...]
    smallest_epsilon: float | None = None

    @property
    def weights(self) -> tuple[int, ...]:
        """The next weights in the order of the plan's flows."""
        return self.state.weights

    @property
    def phase(self) -> Phase:
        """The phase after this step."""
        return self.state.phase

    @property
    def outcome(self) -> Outcome | None:
        """How the experiment ended; None while it runs."""
        return self.state.outcome

    @property
    def winner(self) -> str | None:
        """The flow that won or is within epsilon of the best; None otherwise."""
        return self.state.winner

    @property
    def dropped(self) -> tuple[Removal, ...]:
        """Flows proven not to be the best in this round."""
        return self.state.dropped

    @property
    def escaped(self) -> tuple[Removal, ...]:
        """Flows whose recent mean fell under their floor."""
        return self.state.escaped


def initial(plan: Plan, *, tick: int = 0) -> State:
    """The state before the first step: weights at the start, nothing seen, epoch 0 open."""
    nothing = (empty(plan.scale),) * len(plan.flows)
    return State(
        phase="warmup" if plan.warmup else "adaptive",
        tick=tick,
        round=0,
        weights=plan.start,
        epochs=(EpochEvidence(0, tick, 0, plan.start, nothing),),
        settled=unsettled(plan),
        cusum=(QUIET,) * len(plan.flows),
        received=(0,) * len(plan.flows),
        sessions=(0,) * len(plan.flows),
        round_tick=tick,
        guards=((),) * len(plan.flows),
        owed=((),) * len(plan.flows),
        runs=(0,) * len(plan.flows),
        reached=tick if plan.warmup and plan.warmup.clock == "ticks" else 0,
    )


def unsettled(plan: Plan) -> Settled:
    """No settled epoch."""
    k = len(plan.flows)
    return Settled(((0.0,) * k,) * k, (0.0,) * k, (empty(plan.scale),) * k)
