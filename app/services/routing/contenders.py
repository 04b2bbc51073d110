"""The models in question for one request: what is expected of each, and what bars it from being asked."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from app.domain.auto import Auto
from app.domain.errors import ProviderError, Unsupported
from app.domain.message import ModelRequest, Usage
from app.domain.model import Model, cost, worst_case
from app.domain.routing.candidate import Candidate
from app.domain.routing.encoding import Encoding
from app.domain.routing.level import Level
from app.domain.token_bound import prompt_tokens
from app.services import abilities, prices, sending
from app.services.world import World

SIMULATED: Final = "simulated"
BYTES_PER_TOKEN: Final = 4  # of running text; where costs are compared, all models read the same prompt


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request as the router sees it; `own` is what the operator's scorer says of it."""

    request: ModelRequest
    encoding: Encoding
    level: Level
    own: float | None


def in_question(world: World, auto: Auto, *, field: str) -> list[Model]:
    """The models that the wish names, else all that chat; simulated ones only where nothing else can be asked.

    Raises UnknownModel for a name that is in no catalogue.
    """
    if auto.among:
        named = [world.catalogue.get(slug, field=f"{field}.among") for slug in auto.among]
        return list({model.slug: model for model in named}.values())
    models = [model for model in world.catalogue.by_capability("chat") if not model.legacy]
    real = any(model.provider in world.endpoints and not _simulated(world, model) for model in models)
    return [model for model in models if not (real and _simulated(world, model))]


def rated(
    world: World, models: Collection[Model], prompt: Prompt, *, learner: str, allowed: Collection[str] | None
) -> list[Candidate]:
    """Each model with quality, cost and latency to be expected for this prompt; `allowed` None: the key may ask all."""
    routers = world.routers
    forecasts = routers.forecasts(learner, models, prompt.encoding, prompt.own)
    read = _tokens(prompt.request)
    bound = prompt_tokens(prompt.request)
    found = []
    for model in models:
        expected = routers.expected(learner, model, prompt.level)
        quality, low, outcomes = routers.quality(expected, forecasts.get(model.slug))
        limit = prompt.request.max_tokens or min(world.policy.default_max_tokens, model.max_output_tokens)
        price = prices.price_of(world, model, world.now())
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
                worst_cost=None if price is None else worst_case(price, bound, limit),
                latency_ms=round(expected.latency_ms),
                error_share=expected.error_share,
                barred=_barred(world, model, prompt.request, allowed),
            )
        )
    return found


def _barred(
    world: World, model: Model, request: ModelRequest, allowed: Collection[str] | None
) -> tuple[str, str] | None:
    """The limit that no wish can loosen and why, or None."""
    if model.provider not in world.endpoints:
        return "provider", f"provider {model.provider} is not configured on this server"
    if allowed is not None and model.slug not in allowed:
        return "key", "the key may not ask it"
    try:
        abilities.check(model, request)
        rests_s = sending.open_for_s(world, model)
    except (Unsupported, ProviderError) as error:
        return "capability", error.message
    if rests_s is not None:
        return "resting", f"it rests after failures, for {rests_s:.0f} s more"
    return None


def _tokens(request: ModelRequest) -> int:
    return sum(len(message.text.encode(errors="replace")) for message in request.messages) // BYTES_PER_TOKEN + 1


def _simulated(world: World, model: Model) -> bool:
    return world.catalogue.providers[model.provider].kind == SIMULATED
