"""A report on the router as JSON: money as decimal text, figures per request."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from app.db.router_standings import Standing
from app.domain.comparison.estimate import Estimate
from app.domain.money import to_usd
from app.domain.routing.earned import Against, Always, Verdict
from app.services.comparing.readout_json import IntervalOut, Out
from app.services.routing.reports import Report

BASIS: Final = (
    "Doubly robust estimates over the routes whose outcome is known, with 95 % intervals that take a session for one "
    "observation. Outcomes count alike, whoever they come from. Routes by strategy fastest are left out. The router "
    "pays for its escalations; a single model counts with its first answer."
)


class UsdIntervalOut(Out):
    """An amount with its 95 % interval."""

    value: str
    low: str | None
    high: str | None

    @classmethod
    def of(cls, found: Estimate | None) -> "UsdIntervalOut | None":
        """Nano-dollars as text; None stays None, for an unknown price is not 0."""
        return None if found is None else cls(value=_usd(found.value), low=_some(found.low), high=_some(found.high))


class AlwaysOut(Out):
    """What asking one model all the time would have reached, or the router with model null; `cost_usd` per request.

    `share` of the requests that could have asked it; `compared`: it is held against the router.
    """

    model: str | None
    quality: IntervalOut | None
    cost_usd: UsdIntervalOut | None
    asked: int
    share: float
    compared: bool

    @classmethod
    def of(cls, own: Always) -> "AlwaysOut":
        """The figures."""
        return cls(
            model=own.model,
            quality=IntervalOut.of(own.quality),
            cost_usd=UsdIntervalOut.of(own.cost),
            asked=own.asked,
            share=own.share,
            compared=own.compared,
        )


class AgainstAlwaysOut(Out):
    """The router against always asking one model: quality gained, money saved per request, also as a share."""

    model: str
    quality: IntervalOut | None
    saved_usd: UsdIntervalOut | None
    saved_share: float | None

    @classmethod
    def of(cls, own: Against | None) -> "AgainstAlwaysOut | None":
        """The figures, None where they are not known."""
        if own is None:
            return None
        quality, saved = IntervalOut.of(own.quality), UsdIntervalOut.of(own.saved)
        return cls(model=own.model, quality=quality, saved_usd=saved, saved_share=own.share)


class RouterStandingOut(Out):
    """What serving goes by: with ROUTER_STAND_DOWN and verdict `no gain` the single model is asked."""

    verdict: str
    single: str | None
    judged_at: datetime

    @classmethod
    def of(cls, own: Standing | None) -> "RouterStandingOut | None":
        """The standing, None before the first."""
        return None if own is None else cls(verdict=own.verdict, single=own.single, judged_at=own.judged_at)


class RoutingReportOut(Out):
    """Whether the router earns its keep, in a sentence and in figures; what cannot be told yet is null."""

    verdict: Verdict
    sentence: str
    since: datetime
    as_of: Annotated[datetime, Field(description="when it was made; one over many routes is told again for a minute")]
    routes: int
    outcomes: Annotated[int, Field(description="routes whose outcome is known")]
    outcome_share: float | None
    held_out: Annotated[int, Field(description="of these, so many were drawn by chance")]
    cut: Annotated[bool, Field(description="older routes are left out, since there are very many")]
    gain: Annotated[IntervalOut | None, Field(description="quality above single models mixed at the same cost")]
    saved_usd: Annotated[
        UsdIntervalOut | None, Field(description="a request, below single models mixed to the same quality")
    ]
    against_strongest: AgainstAlwaysOut | None
    against_cheapest: AgainstAlwaysOut | None
    single: Annotated[str | None, Field(description="the model that would do as well, when there is no gain")]
    needed: Annotated[int | None, Field(description="outcomes that would prove the gain seen now, if it stays")]
    router: AlwaysOut | None
    singles: list[AlwaysOut]
    standing: RouterStandingOut | None
    stands_down: bool
    basis: str

    @classmethod
    def of(cls, report: Report) -> "RoutingReportOut":
        """The report."""
        own = report.earned
        return cls(
            verdict=own.verdict,
            sentence=own.sentence,
            since=report.since,
            as_of=report.as_of,
            routes=report.routes,
            outcomes=own.outcomes,
            outcome_share=own.outcomes / report.routes if report.routes else None,
            held_out=own.held_out,
            cut=report.cut,
            gain=IntervalOut.of(own.gain),
            saved_usd=UsdIntervalOut.of(own.saved),
            against_strongest=AgainstAlwaysOut.of(own.best),
            against_cheapest=AgainstAlwaysOut.of(own.cheapest),
            single=own.single,
            needed=own.needed,
            router=None if own.router is None else AlwaysOut.of(own.router),
            singles=[AlwaysOut.of(each) for each in own.singles],
            standing=RouterStandingOut.of(report.standing),
            stands_down=report.stands_down,
            basis=BASIS,
        )


def _some(nanos: float | None) -> str | None:
    return None if nanos is None else _usd(nanos)


def _usd(nanos: float) -> str:
    return to_usd(round(nanos))
