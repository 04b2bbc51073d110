"""The models in question for one request: what is expected of each, and what bars it from being asked."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from app.domain.message import ModelRequest, Usage
from app.domain.model import Model, cost, worst_case
from app.domain.routing.candidate import Candidate
from app.domain.routing.encoding import Encoding
from app.domain.routing.level import Level
from app.domain.token_bound import prompt_tokens
from app.services import abilities, prices, sending
from app.services.abilities import Need
from app.services.world import World

BYTES_PER_TOKEN: Final = 4  # of running text; where costs are compared, all models read the same prompt
SHORT_TOKEN: Final = 3  # bytes of one token of dense text


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request as the router sees it; `own` is what the operator's scorer says of it."""

    request: ModelRequest
    encoding: Encoding
    level: Level
    own: float | None

    @property
    def tokens(self) -> int:
        """About how many tokens the request has; more rather than less, so that long ones fit."""
        return prompt_bytes(self.request) // SHORT_TOKEN + 1


def rated(
    world: World,
    models: Collection[Model],
    prompt: Prompt,
    *,
    learner: str,
    allowed: Collection[str] | None,
    strict: bool = False,
) -> list[Candidate]:
    """Each model with quality, cost and latency to be expected for this prompt.

    `allowed` None: the key may ask all. The worst case is reckoned only where it counts, that is with `strict`.
    """
    routers = world.routers
    forecasts = routers.forecasts(learner, models, prompt.encoding, prompt.own)
    read = prompt_bytes(prompt.request) // BYTES_PER_TOKEN + 1
    bound = prompt_tokens(prompt.request) if strict else 0
    needs, moment = abilities.asked(prompt.request), world.now()
    troubled = world.breakers.troubled()
    found = []
    for model in models:
        expected = routers.expected(learner, model, prompt.level)
        quality, low, outcomes = routers.quality(expected, forecasts.get(model.slug))
        limit = prompt.request.max_tokens or min(world.policy.default_max_tokens, model.max_output_tokens)
        price = prices.price_of(world, model, moment)
        written = min(round(expected.output_tokens), limit)
        usage = Usage(input_tokens=read, output_tokens=written, estimated=True)
        found.append(
            Candidate(
                slug=model.slug,
                provider=model.provider,
                tier=model.tier,
                capabilities=model.capabilities,
                context_window=model.context_window,
                max_output_tokens=model.max_output_tokens,
                quality=quality,
                low=low,
                outcomes=outcomes,
                cost=None if price is None else cost(price, usage),
                worst_cost=worst_case(price, bound, limit) if strict and price is not None else None,
                latency_ms=round(expected.latency_ms),
                error_share=expected.error_share,
                barred=_barred(world, model, needs, allowed, troubled),
            )
        )
    return found


def _barred(
    world: World,
    model: Model,
    needs: Collection[Need],
    allowed: Collection[str] | None,
    troubled: Collection[str],
) -> tuple[str, str] | None:
    """The limit that no wish can loosen and why, or None."""
    if model.provider not in world.endpoints:
        return "provider", f"provider {model.provider} is not configured on this server"
    if allowed is not None and model.slug not in allowed:
        return "key", "the key may not ask it"
    lacking = abilities.lacks(model, needs)
    if lacking is not None:
        return "capability", f"it offers no {lacking.what}"
    rests_s = sending.open_for_s(world, model) if model.slug in troubled else None
    if rests_s is not None:
        return "resting", f"it rests after failures, for {rests_s:.0f} s more"
    return None


def prompt_bytes(request: ModelRequest) -> int:
    """Bytes of all turns."""
    return sum(len(message.text.encode(errors="replace")) for message in request.messages)
