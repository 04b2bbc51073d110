"""A candidate is a model that may be asked, with what is known and expected of it for one request."""

from dataclasses import dataclass
from typing import Final

from app.domain.model import Tier

# From so many outcomes on a model counts as learned. Source: routing measurements, where outcomes begin to beat priors.
LEARNED_FROM: Final = 50
# Qualities closer than this are the same: the cheaper model is asked, and nobody is asked anew for so little.
SAME: Final = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model with what it can do and what to expect of it.

    `quality` 0…1 and `low`, its lower bound; `outcomes` is the weight that was learned from. `cost` is expected,
    `worst_cost` never exceeded, both in nano-dollars, None where the model is unpriced. `error_share` 0…1 of its calls
    fail. `barred` says why it cannot be asked at all: the limit, and in words why.
    """

    slug: str
    provider: str
    tier: Tier
    capabilities: frozenset[str]
    context_window: int
    max_output_tokens: int
    quality: float
    low: float
    outcomes: float
    cost: int | None
    worst_cost: int | None
    latency_ms: int
    error_share: float = 0.0
    barred: tuple[str, str] | None = None

    @property
    def value(self) -> float:
        """The quality to expect when a call that fails is worth nothing, 0…1."""
        return self.quality * (1.0 - self.error_share)

    @property
    def learned(self) -> bool:
        """Whether its quality rests on outcomes rather than on the catalogue."""
        return self.outcomes >= LEARNED_FROM
