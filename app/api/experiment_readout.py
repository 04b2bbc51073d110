"""The readout of an experiment as JSON: what it has seen, what it thinks, what it did and why."""

from datetime import datetime

from pydantic import Field

from app.api.payloads import Out, usd
from app.domain.forecast import Forecast
from app.domain.guardrails import Guardrail, Watched
from app.domain.money import to_usd
from app.domain.readout import Against, FlowReadout, IfDecided, Moved, Readout, Shared
from app.domain.response_rates import UnequalResponse


class AgainstOut(Out):
    """Evidence that the flow beats `rival`: E, at most 10¹², and its logarithm; proven at `bar`."""

    rival: str
    e: float
    log_e: float
    bar: float
    log_bar: float


class GuardrailOut(Out):
    """A limit of the escape rule. `limit`, `seen`: reward, rate or milliseconds, or `_usd` for cost per session.

    For latency_p95_ms `seen` is the share of runs over the limit, broken above 0.05. `nearness`: 0 is no evidence
    against the flow, at 1 it escapes, though not before `least` feedback or runs, of which there are `had`.
    """

    watched: Watched
    limit: float | None
    limit_usd: str | None
    seen: float | None
    seen_usd: str | None
    log_e: float
    log_alarm: float
    nearness: float
    had: int
    least: int


class FlowReadoutOut(Out):
    """One flow: counts since the experiment began, and the mean reward of its present round with its interval."""

    flow: str
    weight: int = Field(description="share of new sessions in 1/10 000")
    sessions: int
    runs: int
    feedback: int
    counted: int = Field(description="feedback of the present round, which mean, interval and evidence are of")
    response_rate: float | None = Field(description="share of sessions with feedback")
    mean: float | None
    interval: list[float] = Field(description="confidence sequence: holds at every look, not at one")
    p_best: float
    against: list[AgainstOut]
    error_rate: float | None
    slow_rate: float | None = Field(description="share of runs over the limit of latency, if there is one")
    cost_per_session_usd: str | None
    latency_ms: float | None = Field(description="mean of runs")
    standing: str
    guardrails: list[GuardrailOut]


class SharedOut(Out):
    """Shares of new sessions in 1/10 000 by flow, from then on."""

    number: int
    started_at: datetime
    weights: dict[str, int]


class MovedOut(Out):
    """A change of weights and why; `GET /use-cases/{code}/moves` has what reproduces it."""

    at: datetime
    phase: str
    before: dict[str, int]
    after: dict[str, int]
    reason: str
    actor: str


class UnequalResponseOut(Out):
    """Feedback is given at different rates, which biases means; `p_value` of a χ² test over the flows."""

    rates: dict[str, float]
    chi2: float
    p_value: float
    dof: int
    sentence: str


class ForecastOut(Out):
    """About so many more sessions; null where none can be told, and the sentence says why."""

    sessions: int | None
    sentence: str


class IfDecidedOut(Out):
    """The flow that would be kept, and the reward per session given up against the best on average."""

    kept: str
    expected_loss: float
    best: str
    best_expected_loss: float
    sentence: str


class ReadoutOut(Out):
    """`supported` names the flows that the evidence does not rule out; `shares` and `moves` begin with the newest."""

    phase: str
    reason: str
    supported: list[str]
    confidence: float = Field(description="of every interval")
    flows: list[FlowReadoutOut]
    forecast: ForecastOut
    if_decided: IfDecidedOut | None = Field(description="null once it is decided or ended, or before it starts")
    unequal_response: UnequalResponseOut | None
    shares: list[SharedOut]
    moves: list[MovedOut]


def readout_out(known: Readout) -> ReadoutOut:
    """The readout as it is answered, without the experiment itself."""
    return ReadoutOut(
        phase=known.experiment.phase,
        reason=known.reason,
        supported=list(known.supported),
        confidence=known.confidence,
        flows=[_flow(flow) for flow in known.flows],
        forecast=_forecast(known.forecast),
        if_decided=None if known.if_decided is None else _if_decided(known.if_decided),
        unequal_response=None if known.unequal_response is None else unequal_out(known.unequal_response),
        shares=[_shared(shared) for shared in known.shares],
        moves=[_moved(moved) for moved in known.moves],
    )


def _flow(flow: FlowReadout) -> FlowReadoutOut:
    return FlowReadoutOut(
        flow=flow.flow,
        weight=flow.weight,
        sessions=flow.sessions,
        runs=flow.runs,
        feedback=flow.feedback,
        counted=flow.counted,
        response_rate=flow.response_rate,
        mean=flow.mean,
        interval=list(flow.interval),
        p_best=flow.p_best,
        against=[_against(one) for one in flow.against],
        error_rate=flow.error_rate,
        slow_rate=flow.slow_rate,
        cost_per_session_usd=usd(flow.cost),
        latency_ms=flow.latency_ms,
        standing=flow.standing,
        guardrails=[_guardrail(one) for one in flow.guardrails],
    )


def _against(one: Against) -> AgainstOut:
    return AgainstOut(rival=one.rival, e=one.e, log_e=one.bounded_log_e, bar=one.bar, log_bar=one.log_bar)


def _guardrail(one: Guardrail) -> GuardrailOut:
    money = one.watched == "cost"
    return GuardrailOut(
        watched=one.watched,
        limit=None if money else one.limit,
        limit_usd=to_usd(int(one.limit)) if money else None,
        seen=None if money else one.seen,
        seen_usd=to_usd(int(one.seen)) if money and one.seen is not None else None,
        log_e=one.log_e,
        log_alarm=one.log_alarm,
        nearness=one.nearness,
        had=one.had,
        least=one.least,
    )


def _shared(one: Shared) -> SharedOut:
    return SharedOut(number=one.number, started_at=one.started_at, weights=dict(one.weights))


def _moved(one: Moved) -> MovedOut:
    return MovedOut(
        at=one.at,
        phase=one.phase,
        before=dict(one.before),
        after=dict(one.after),
        reason=one.reason,
        actor=one.actor,
    )


def unequal_out(one: UnequalResponse) -> UnequalResponseOut:
    """The warning as it is told."""
    return UnequalResponseOut(
        rates=dict(one.rates), chi2=one.chi2, p_value=one.p_value, dof=one.dof, sentence=one.sentence
    )


def _forecast(one: Forecast) -> ForecastOut:
    return ForecastOut(sessions=one.sessions, sentence=one.sentence)


def _if_decided(one: IfDecided) -> IfDecidedOut:
    return IfDecidedOut(
        kept=one.kept,
        expected_loss=one.expected_loss,
        best=one.best,
        best_expected_loss=one.best_expected_loss,
        sentence=one.sentence,
    )
