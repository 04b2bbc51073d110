"""How far scores follow opinions, as JSON: correlations and shares with intervals, null where nothing is known."""

from typing import Annotated

from pydantic import Field

from app.api.payloads import Out
from app.api.quality import RubricName
from app.domain.quality.calibration import Correlation, Separation
from app.domain.quality.opinions import Verdict
from app.domain.quality.ordering import Gain, Ordering
from app.services.scoring_report import Report

DIGITS = 4
Points = Annotated[float | None, Field(description="of 100")]


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
    n: Annotated[int, Field(description="answers, or sessions where no call was named, with score and opinion")]
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


def rounded(value: float | None) -> float | None:
    """To four decimals."""
    return None if value is None else round(value, DIGITS)
