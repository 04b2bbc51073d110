"""The shape in which `auto` is asked for, the same at every door: a strategy and limits; money as decimal text."""

from typing import Annotated, Literal

from pydantic import Field

from app.domain.auto import LARGEST_COUNCIL, MOST_STEPS, Auto, Combine, Council, Diversity, Escalation, Strategy
from app.domain.money import from_usd
from app.services.budget_form import UsdText
from app.services.rollout_form import Code, Form, Line

Share = Annotated[float, Field(ge=0, le=1)]
Slugs = Annotated[list[Code], Field(max_length=100)]
Capabilities = Annotated[list[Code], Field(max_length=16)]
Triggers = Annotated[list[Line], Field(max_length=64, description="words that make a request one of high stakes")]
Milliseconds = Annotated[int, Field(ge=1, le=86_400_000)]
Preference = Annotated[Share, Field(description="0 is cheapest, 1 is best; with strategy balanced")]
OnUnsatisfiable = Annotated[
    Literal["nearest", "reject"],
    Field(description="where no model meets min_quality or max_latency_ms: the best within the other limits, or 422"),
]


class EscalationForm(Form):
    """An answer that is trusted less than `min_score` is asked anew of a better model."""

    min_score: Share = 0.5
    max_steps: Annotated[int, Field(ge=1, le=MOST_STEPS)] = 1
    judge: Code | None = None


class CouncilForm(Form):
    """Several models answer at once and their answers become one."""

    size: Annotated[int, Field(ge=2, le=LARGEST_COUNCIL)] = 3
    combine: Combine = "vote"
    diversity: Diversity = "provider"
    judge: Code | None = None


class AutoForm(Form):
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
    escalation: EscalationForm | None = None
    council: CouncilForm | None = None

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
