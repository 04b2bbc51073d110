"""What numbers of tokens cost on each model, side by side: a table to choose by, before there is any prompt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.errors import Invalid
from app.domain.message import Usage
from app.domain.model import PER_TOKENS, Model, Price, cost_efficiency, millionths, price_at
from app.domain.money import divide_half_even
from app.services.catalogue import TYPICAL
from app.services.prices import priced
from app.services.world import World

TOKENS: Final = (1_000, 10_000, 100_000)
OUTPUT_SHARE: Final = TYPICAL.output_tokens / TYPICAL.total_tokens


@dataclass(frozen=True, slots=True)
class Volume:
    """Tokens read and written together."""

    input_tokens: int
    output_tokens: int

    @property
    def tokens(self) -> int:
        """All of them."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class ModelCosts:
    """Nano-dollars of each volume, None where the price is unknown; `efficiency` 0…100."""

    model: Model
    efficiency: float | None
    costs: tuple[tuple[Volume, int | None], ...]


def volumes(tokens: Sequence[int] = TOKENS, output_share: float = OUTPUT_SHARE) -> tuple[Volume, ...]:
    """That many tokens each, of which this share (0…1) is written by the model. Raises Invalid for no such share."""
    if not 0 <= output_share <= 1:
        raise Invalid("a share from 0 to 1 is expected", field="output_share")
    written = [round(number * output_share) for number in tokens]
    return tuple(Volume(number - out, out) for number, out in zip(tokens, written, strict=True))


def table(world: World, wanted: Sequence[Volume], *, models: Sequence[str] = ()) -> list[ModelCosts]:
    """The named models, each once, else all that chat: the cheapest for the last volume first, unpriced ones last.

    A volume is many calls, none of them so long that rates for long prompts hold. Raises UnknownModel.
    """
    named = {model.slug: model for model in (world.catalogue.get(slug, field="models") for slug in models)}
    chosen = named.values() or world.catalogue.by_capability("chat")
    found = [_costs(world, priced(world, model), wanted) for model in chosen]
    return sorted(found, key=_order)


def _costs(world: World, model: Model, wanted: Sequence[Volume]) -> ModelCosts:
    price = price_at(model, world.now())
    costs = tuple((volume, None if price is None else _cost(price, volume)) for volume in wanted)
    return ModelCosts(model, cost_efficiency(model, world.now()), costs)


def _cost(price: Price, volume: Volume) -> int:
    usage = Usage(input_tokens=volume.input_tokens, output_tokens=volume.output_tokens)
    return divide_half_even(millionths(price.rates, usage), PER_TOKENS)


def _order(found: ModelCosts) -> tuple[bool, int, str]:
    dearest = found.costs[-1][1]
    return (dearest is None, dearest or 0, found.model.slug)
