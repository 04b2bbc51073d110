"""How `auto` is asked for: a strategy and limits, in a request or in a step; money as decimal text."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.budget_payloads import UsdText
from app.api.payloads import Line, Name, Out, Payload, usd
from app.domain.auto import LARGEST_COUNCIL, MOST_STEPS, Auto, Combine, Council, Diversity, Escalation, Strategy
from app.domain.money import from_usd

Share = Annotated[float, Field(ge=0, le=1)]
Slugs = Annotated[list[Name], Field(max_length=100)]
Capabilities = Annotated[list[Name], Field(max_length=16)]
Triggers = Annotated[list[Line], Field(max_length=64, description="words that make a request one of high stakes")]
Milliseconds = Annotated[int, Field(ge=1, le=86_400_000)]
Preference = Annotated[Share, Field(description="0 is cheapest, 1 is best; with strategy balanced")]
OnUnsatisfiable = Annotated[
    Literal["nearest", "reject"],
    Field(description="where no model meets min_quality or max_latency_ms: the best within the other limits, or 422"),
]


class EscalationIn(Payload):
    """An answer that is trusted less than `min_score` is asked anew of a better model."""

    min_score: Share = 0.5
    max_steps: Annotated[int, Field(ge=1, le=MOST_STEPS)] = 1
    judge: Name | None = None


class CouncilIn(Payload):
    """Several models answer at once and their answers become one."""

    size: Annotated[int, Field(ge=2, le=LARGEST_COUNCIL)] = 3
    combine: Combine = "vote"
    diversity: Diversity = "provider"
    judge: Name | None = None


class AutoIn(Payload):
    """By which strategy and within which limits the router picks the model."""

    strategy: Strategy = "balanced"
    fallback: Strategy | None = None
    preference: Preference | None = None
    among: Slugs = Field(default_factory=list)
    excluded: Slugs = Field(default_factory=list)
    capabilities: Capabilities = Field(default_factory=list)
    min_quality: Share | None = None
    max_cost_usd: UsdText | None = None
    strict: bool = False
    max_latency_ms: Milliseconds | None = None
    on_unsatisfiable: OnUnsatisfiable = "nearest"
    stakes: Literal["normal", "high"] = "normal"
    triggers: Triggers = Field(default_factory=list)
    escalation: EscalationIn | None = None
    council: CouncilIn | None = None

    def to_domain(self) -> Auto:
        """The wish."""
        return Auto(
            strategy=self.strategy,
            fallback=self.fallback,
            preference=self.preference,
            among=tuple(self.among),
            excluded=tuple(self.excluded),
            capabilities=tuple(self.capabilities),
            min_quality=self.min_quality,
            max_cost=None if self.max_cost_usd is None else from_usd(self.max_cost_usd),
            strict=self.strict,
            max_latency_ms=self.max_latency_ms,
            on_unsatisfiable=self.on_unsatisfiable,
            stakes=self.stakes,
            triggers=tuple(self.triggers),
            escalation=None if self.escalation is None else Escalation(**self.escalation.model_dump()),
            council=None if self.council is None else Council(**self.council.model_dump()),
        )


class EscalationOut(Out):
    """When an answer is asked anew."""

    min_score: float
    max_steps: int
    judge: str | None


class CouncilOut(Out):
    """How several answers become one."""

    size: int
    combine: Combine
    diversity: Diversity
    judge: str | None


class AutoOut(Out):
    """By which strategy and within which limits the router picks the model."""

    strategy: Strategy
    fallback: Strategy | None
    preference: Preference | None
    among: list[str]
    excluded: list[str]
    capabilities: list[str]
    min_quality: float | None
    max_cost_usd: str | None
    strict: bool
    max_latency_ms: int | None
    on_unsatisfiable: OnUnsatisfiable
    stakes: Literal["normal", "high"]
    triggers: list[str]
    escalation: EscalationOut | None
    council: CouncilOut | None

    @classmethod
    def of(cls, auto: Auto) -> "AutoOut":
        """The wish."""
        escalation, council = auto.escalation, auto.council
        return cls(
            strategy=auto.strategy,
            fallback=auto.fallback,
            preference=auto.preference,
            among=list(auto.among),
            excluded=list(auto.excluded),
            capabilities=list(auto.capabilities),
            min_quality=auto.min_quality,
            max_cost_usd=usd(auto.max_cost),
            strict=auto.strict,
            max_latency_ms=auto.max_latency_ms,
            on_unsatisfiable=auto.on_unsatisfiable,
            stakes=auto.stakes,
            triggers=list(auto.triggers),
            escalation=None
            if escalation is None
            else EscalationOut(min_score=escalation.min_score, max_steps=escalation.max_steps, judge=escalation.judge),
            council=None
            if council is None
            else CouncilOut(
                size=council.size, combine=council.combine, diversity=council.diversity, judge=council.judge
            ),
        )
