"""How `auto` is asked for: a strategy and limits, in a request or in a step; money as decimal text."""

from typing import Literal

from app.api.payloads import Out, usd
from app.domain.auto import Auto, Combine, Diversity, Strategy
from app.services.auto_form import AutoForm, OnUnsatisfiable, Preference


class AutoIn(AutoForm):
    """By which strategy and within which limits the router picks the model."""


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
