"""The readout of a comparison as JSON, the same at every door; candidates are told by their names."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain.comparison.comparison import Status
from app.domain.comparison.estimate import Estimate
from app.domain.comparison.figures import Figures, Spread
from app.domain.comparison.position_bias import PositionBias
from app.domain.comparison.regression import Regression
from app.domain.comparison.winner import Rival, Winner
from app.domain.money import to_usd
from app.domain.statistics.paired import Shift
from app.services.comparing.progress import Progress
from app.services.comparing.readout import Change, Group, Readout

Names = tuple[str, ...]


class Out(BaseModel):
    """A JSON answer."""

    model_config = ConfigDict(frozen=True)


class IntervalOut(Out):
    """A figure with the interval that it may as well be; its ends are null when there is too little for one."""

    value: float
    low: float | None
    high: float | None

    @classmethod
    def of(cls, found: Estimate | None) -> "IntervalOut | None":
        """The figure, if it is known."""
        return None if found is None else cls(value=found.value, low=found.low, high=found.high)

    @classmethod
    def shift(cls, found: Shift | None) -> "IntervalOut | None":
        """A mean difference, if it is known."""
        return None if found is None else cls(value=found.mean, low=found.low, high=found.high)


class TimesOut(Out):
    """Milliseconds of the answers that did not fail."""

    mean: IntervalOut | None
    p50: float
    p95: float

    @classmethod
    def of(cls, found: Spread | None) -> "TimesOut | None":
        """The times, if there are any."""
        return None if found is None else cls(mean=IntervalOut.of(found.mean), p50=found.p50, p95=found.p95)


class CandidateFiguresOut(Out):
    """A candidate's `answers` that are done. `cost_usd` is null as soon as one answer's price is unknown.

    `win_rate` over its pairs with all others, ties as halves.
    """

    candidate: str
    answers: int
    failures: int
    error_rate: IntervalOut | None
    quality: IntervalOut | None
    latency_ms: TimesOut | None
    ttft_ms: TimesOut | None
    input_tokens: int
    output_tokens: int
    cost_usd: str | None
    cost_each_usd: str | None
    wins: int
    losses: int
    ties: int
    win_rate: IntervalOut | None

    @classmethod
    def of(cls, own: Figures, names: Names) -> "CandidateFiguresOut":
        """The figures."""
        return cls(
            candidate=names[own.candidate],
            answers=own.n,
            failures=own.failures,
            error_rate=IntervalOut.of(own.error_rate),
            quality=IntervalOut.of(own.quality),
            latency_ms=TimesOut.of(own.latency),
            ttft_ms=TimesOut.of(own.ttft),
            input_tokens=own.input_tokens,
            output_tokens=own.output_tokens,
            cost_usd=None if own.cost is None else to_usd(own.cost),
            cost_each_usd=None if own.cost_each is None else to_usd(round(own.cost_each)),
            wins=own.wins,
            losses=own.losses,
            ties=own.ties,
            win_rate=IntervalOut.of(own.win_rate),
        )


class LabelFiguresOut(Out):
    """The figures over the inputs with one label."""

    label: str
    inputs: int
    figures: list[CandidateFiguresOut]

    @classmethod
    def of(cls, group: Group, names: Names) -> "LabelFiguresOut":
        """The group."""
        figures = [CandidateFiguresOut.of(own, names) for own in group.figures]
        return cls(label=group.label, inputs=group.inputs, figures=figures)


class PairsOut(Out):
    """What two candidates did against each other: `wins` and `losses` are those of `first`."""

    first: str
    second: str
    wins: int
    losses: int
    ties: int


class RivalOut(Out):
    """The leader against another candidate: `ahead` is its mean utility less the other's; `adjusted` after Holm."""

    candidate: str
    inputs: int
    ahead: IntervalOut | None
    p_value: float
    adjusted: float
    beaten: bool

    @classmethod
    def of(cls, rival: Rival, names: Names) -> "RivalOut":
        """The rival."""
        return cls(
            candidate=names[rival.candidate],
            inputs=rival.inputs,
            ahead=IntervalOut.shift(rival.shift),
            p_value=rival.p_value,
            adjusted=rival.adjusted,
            beaten=rival.beaten,
        )


class WinnerOut(Out):
    """`winner` is null unless proven; `level` are those not told apart from the leader."""

    winner: str | None
    leader: str | None
    reason: Literal["certified", "tie", "too-few-inputs", "nothing-known", "no-rival"]
    sentence: str
    utilities: dict[str, IntervalOut | None]
    rivals: list[RivalOut]
    level: list[str]
    unknown: list[str] = Field(description="what has weight and is not known, and so counts for nothing")

    @classmethod
    def of(cls, found: Winner, names: Names) -> "WinnerOut":
        """Who won, or why nobody did."""
        return cls(
            winner=None if found.winner is None else names[found.winner],
            leader=None if found.leader is None else names[found.leader],
            reason=found.reason,
            sentence=found.sentence,
            utilities={name: IntervalOut.of(own) for name, own in zip(names, found.utilities, strict=True)},
            rivals=[RivalOut.of(rival, names) for rival in found.rivals],
            level=[names[at] for at in found.level],
            unknown=list(found.unknown),
        )


class PositionBiasOut(Out):
    """Of `pairs` judged in both orders the judge named the same place, `first` or `second`, so many times."""

    pairs: int
    first: int
    second: int
    share: IntervalOut | None
    p_value: float

    @classmethod
    def of(cls, found: PositionBias | None) -> "PositionBiasOut | None":
        """The bias, if enough pairs were judged."""
        if found is None:
            return None
        share = IntervalOut(value=found.share, low=found.low, high=found.high)
        return cls(pairs=found.pairs, first=found.first, second=found.second, share=share, p_value=found.p_value)


class RegressionOut(Out):
    """A candidate now less before, over the inputs that both runs know; ratios are now over before."""

    candidate: str
    inputs: int
    before: float | None
    now: float | None
    quality: IntervalOut | None
    p_value: float
    latency_ms: IntervalOut | None
    latency_ratio: float | None
    cost_ratio: float | None
    change: Literal["worse", "better", "level", "unknown"]
    sentence: str

    @classmethod
    def of(cls, found: Regression) -> "RegressionOut":
        """The change."""
        return cls(
            candidate=found.name,
            inputs=found.inputs,
            before=found.before,
            now=found.now,
            quality=IntervalOut.shift(found.quality),
            p_value=found.p_value,
            latency_ms=IntervalOut.shift(found.latency),
            latency_ratio=found.latency_ratio,
            cost_ratio=found.cost_ratio,
            change=found.change,
            sentence=found.sentence,
        )


class ChangeOut(Out):
    """The run against the benchmark's run `before`; `comparable` is false when answers were scored by another rule."""

    before: str
    inputs: int
    comparable: bool
    candidates: list[RegressionOut]

    @classmethod
    def of(cls, change: Change | None) -> "ChangeOut | None":
        """The change, if there is a run before."""
        return (
            None
            if change is None
            else cls(
                before=change.before,
                inputs=change.inputs,
                comparable=change.comparable,
                candidates=[RegressionOut.of(each) for each in change.candidates],
            )
        )


class ComparisonReadoutOut(Out):
    """What the answers tell so far. `bases`: how many pairs rest on failures, votes, the judge or scores.

    `pareto`: those that no other is at least as good, as cheap and as fast as, and better in one of these.
    """

    figures: list[CandidateFiguresOut]
    labels: list[LabelFiguresOut]
    pairs: list[PairsOut]
    bases: dict[str, int]
    pareto: list[str]
    winner: WinnerOut
    position_bias: PositionBiasOut | None
    change: ChangeOut | None

    @classmethod
    def of(cls, found: Readout) -> "ComparisonReadoutOut":
        """The readout."""
        names = found.names
        return cls(
            figures=[CandidateFiguresOut.of(own, names) for own in found.figures],
            labels=[LabelFiguresOut.of(group, names) for group in found.groups],
            pairs=[
                PairsOut(
                    first=names[met.first], second=names[met.second], wins=met.wins, losses=met.losses, ties=met.ties
                )
                for met in found.meetings
            ],
            bases={str(name): many for name, many in found.bases.items()},
            pareto=[names[at] for at in found.pareto],
            winner=WinnerOut.of(found.winner, names),
            position_bias=PositionBiasOut.of(found.bias),
            change=ChangeOut.of(found.change),
        )


class ComparisonProgressOut(Out):
    """How far it is. `failed` of the answered hold an error; `unpriced` answers and judgements cost nobody knows what.

    `judgements` is null until the judge's pairs are drawn; `eta_s`: seconds left at the present pace.
    """

    status: Status
    answers: int
    answered: int
    failed: int
    judgements: int | None
    judged: int
    undecided: int
    spent_usd: str
    unpriced: int
    eta_s: float | None
    error: str | None

    @classmethod
    def of(cls, now: Progress) -> "ComparisonProgressOut":
        """The progress."""
        return cls(
            status=now.status,
            answers=now.answers,
            answered=now.answered,
            failed=now.failed,
            judgements=now.judgements,
            judged=now.judged,
            undecided=now.undecided,
            spent_usd=to_usd(now.spent),
            unpriced=now.unpriced,
            eta_s=now.eta_s,
            error=now.error,
        )
