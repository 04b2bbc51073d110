"""What a call would cost on each model, before it is made: expected, at worst, and against another model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.errors import Invalid
from app.domain.message import Message, Usage
from app.domain.model import Model, cost, worst_case
from app.providers import tokens
from app.services.prices import price_of, version
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What is to be priced: tokens, or the messages that they are counted in.

    `max_tokens` bounds the answer, `expected_output_tokens` is how long it probably gets. Without `models` every model
    that can take it; `baseline` is the model to compare with.
    """

    usage: Usage | None = None
    messages: tuple[Message, ...] = ()
    max_tokens: int | None = None
    expected_output_tokens: int | None = None
    models: Sequence[str] = ()
    baseline: str | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """One model's figures in nano-dollars, None where its price is unknown.

    `worst_case` is what no call with this prompt and limit exceeds. `fits`: prompt and answer are within the model's
    limits. `saving` is the baseline's cost minus this one's, `saving_percent` its share of the baseline's.
    """

    model: str
    input_tokens: int
    output_tokens: int
    max_tokens: int
    fits: bool
    cost: int | None
    worst_case: int | None
    price_version: str | None
    saving: int | None = None
    saving_percent: float | None = None


def estimate(world: World, asked: Foreseen) -> list[Estimate]:
    """Figures by model, each once, the cheapest first, unpriced ones last.

    Raises UnknownModel naming the field, Invalid.
    """
    if (asked.usage is None) == (not asked.messages):
        raise Invalid("either usage, or a prompt or messages are expected", field="usage")
    catalogue = world.catalogue
    counted = asked.usage or Usage(input_tokens=tokens.count_messages(asked.messages), estimated=True)
    named = [catalogue.get(slug, field=f"models[{position}]") for position, slug in enumerate(asked.models)]
    chosen = {model.slug: model for model in named}.values() or (
        catalogue.by_capability("chat") if asked.usage is None else catalogue.all()
    )
    found = [_of(world, model, asked, counted) for model in chosen]
    if asked.baseline is not None:
        against = _of(world, catalogue.get(asked.baseline, field="baseline"), asked, counted).cost
        found = [_saved(each, against) for each in found]
    return sorted(found, key=lambda each: (each.cost is None, each.cost or 0, each.model))


def _of(world: World, model: Model, asked: Foreseen, counted: Usage) -> Estimate:
    usage, limit = _foreseen(world, model, asked, counted)
    price = price_of(world, model, world.now())
    read = usage.prompt_tokens
    return Estimate(
        model=model.slug,
        input_tokens=read,
        output_tokens=usage.completion_tokens,
        max_tokens=limit,
        fits=read + limit <= model.context_window and limit <= model.max_output_tokens,
        cost=None if price is None else cost(price, usage),
        worst_case=None if price is None else worst_case(price, read, limit),
        price_version=version(price),
    )


def _foreseen(world: World, model: Model, asked: Foreseen, counted: Usage) -> tuple[Usage, int]:
    """The tokens to be expected, and the most there can be of the answer: the same limit that a call would send."""
    if asked.usage is not None:
        return counted, max(asked.max_tokens or 0, counted.completion_tokens)
    limit = asked.max_tokens or min(world.policy.default_max_tokens, model.max_output_tokens)
    expected = limit if asked.expected_output_tokens is None else min(asked.expected_output_tokens, limit)
    return replace(counted, output_tokens=expected), limit


def _saved(found: Estimate, against: int | None) -> Estimate:
    if against is None or found.cost is None:
        return found
    saving = against - found.cost
    return replace(found, saving=saving, saving_percent=round(100 * saving / against, 2) if against else None)
