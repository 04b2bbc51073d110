"""What scores and opinions say of one another, as JSON, the same at every door; null where nothing is known."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from app.domain.quality.calibration import Correlation, Separation
from app.domain.quality.lesson import Outcome
from app.domain.quality.opinions import Verdict
from app.domain.quality.ordering import Gain, Ordering
from app.services.scoring_report import Report
from app.services.scoring_weights import Learned, Present, Source

DIGITS: Final = 4
KEPT: Final = "whether the weights from before stay in force: those learned are not better, or it is a dry run"
RubricName = Annotated[str, Field(description="name of the rule by which the answer was scored")]
Points = Annotated[float | None, Field(description="of 100")]


class Out(BaseModel):
    """A JSON answer."""

    model_config = ConfigDict(frozen=True)


class CorrelationOut(Out):
    """−1 to 1 over `n` answers, with a 95% interval."""

    n: int
    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, found: Correlation) -> "CorrelationOut":
        """The correlation."""
        return cls(n=found.n, value=rounded(found.value), low=rounded(found.low), high=rounded(found.high))


class OrderingOut(Out):
    """The share of pairs of differently judged answers that the score puts in people's order, with a 95% interval."""

    pairs: int
    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, found: Ordering) -> "OrderingOut":
        """The share."""
        return cls(pairs=found.pairs, value=rounded(found.value), low=rounded(found.low), high=rounded(found.high))


class SeparationOut(Out):
    """How often an answer that people approved of scores above one they refused (area under the ROC curve)."""

    approved: int
    refused: int
    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, found: Separation) -> "SeparationOut":
        """The share, by thumbs and approvals."""
        return cls(
            approved=found.approved,
            refused=found.refused,
            value=rounded(found.value),
            low=rounded(found.low),
            high=rounded(found.high),
        )


class GainOut(Out):
    """Shares of pairs in people's order by the weights before and by those learned, on answers held out of the fit."""

    before: float | None
    learned: float | None
    difference: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, found: Gain) -> "GainOut":
        """The shares and their difference."""
        return cls(
            before=rounded(found.before),
            learned=rounded(found.after),
            difference=rounded(found.value),
            low=rounded(found.low),
            high=rounded(found.high),
        )


class CalibrationOut(Out):
    """Whether scores follow what people said of the same answers in these days.

    `agreement`: pairs in people's order; `approvals`: thumbs and approvals; `kept`: rank correlation with the share of
    the text that was kept when it was approved; `dimensions`: rank correlation of each dimension's points with rewards.
    `error` is the mean distance of the score from 100 times the reward, `bias` above 0 means that scores are too kind.
    """

    rubric: RubricName
    days: int
    opinions: Annotated[int, Field(description="opinions on a call, a run or a session with a score")]
    n: Annotated[int, Field(description="answers, or sessions where no call or run was named, that these speak of")]
    verdict: Verdict
    sentence: str
    spearman: CorrelationOut
    kendall: CorrelationOut
    agreement: OrderingOut
    approvals: SeparationOut
    kept: CorrelationOut
    error: Points
    bias: Points
    dimensions: dict[str, CorrelationOut]

    @classmethod
    def of(cls, report: Report) -> "CalibrationOut":
        """The report."""
        found = report.following
        return cls(
            rubric=report.rubric,
            days=report.days,
            opinions=report.opinions,
            n=found.agreement.n,
            verdict=found.verdict,
            sentence=found.told,
            spearman=CorrelationOut.of(found.agreement.spearman),
            kendall=CorrelationOut.of(found.agreement.kendall),
            agreement=OrderingOut.of(found.ordering),
            approvals=SeparationOut.of(found.separation),
            kept=CorrelationOut.of(found.kept),
            error=rounded(found.agreement.error),
            bias=rounded(found.agreement.bias),
            dimensions={name: CorrelationOut.of(each) for name, each in found.dimensions.items()},
        )


class WeightsOut(Out):
    """The weights in force; `reference` and `judge` count only where there is one."""

    rubric: RubricName
    source: Annotated[Source, Field(description="the rubric's own, set by a person, or learned from feedback")]
    weights: dict[str, float]
    answers: Annotated[int, Field(description="from how many answers they were learned")]
    updated_at: datetime | None

    @classmethod
    def of(cls, found: Present) -> "WeightsOut":
        """The weights."""
        return cls(
            rubric=found.rubric,
            source=found.source,
            weights=dict(found.weights),
            answers=found.answers,
            updated_at=found.updated_at,
        )


class LearnedOut(Out):
    """What feedback teaches, and the weights in force after it."""

    rubric: RubricName
    outcome: Outcome
    sentence: str
    kept: Annotated[bool, Field(description=KEPT)]
    answers: Annotated[int, Field(description="from how many answers it is learned")]
    learned: Annotated[dict[str, float], Field(description="the weights that were fitted to all answers")]
    gain: GainOut
    in_force: WeightsOut

    @classmethod
    def of(cls, found: Learned) -> "LearnedOut":
        """The lesson."""
        lesson = found.lesson
        return cls(
            rubric=found.rubric,
            outcome=lesson.outcome,
            sentence=lesson.told,
            kept=found.kept,
            answers=lesson.n,
            learned=dict(lesson.weights),
            gain=GainOut.of(lesson.gain),
            in_force=WeightsOut.of(found.in_force),
        )


def rounded(value: float | None) -> float | None:
    """To four decimals."""
    return None if value is None else round(value, DIGITS)
