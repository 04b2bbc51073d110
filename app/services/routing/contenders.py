"""The models in question for one request: what is expected of each, and what bars it from being asked."""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from operator import is_
from threading import Lock
from typing import Final
from weakref import ref

from app.domain.auto import Auto
from app.domain.message import ModelRequest, Usage
from app.domain.model import Model, cost, worst_case
from app.domain.routing.candidate import Candidate
from app.domain.routing.encoding import Encoding
from app.domain.routing.forecaster import Forecast
from app.domain.routing.level import Level
from app.domain.routing.limits import UNCONFIGURED
from app.domain.token_bound import prompt_tokens
from app.services import abilities, prices, sending
from app.services.abilities import Need
from app.services.routes import in_question
from app.services.world import World

BYTES_PER_TOKEN: Final = 4  # of running text; where costs are compared, all models read the same prompt
SHORT_TOKEN: Final = 3  # bytes of one token of dense text
RESTING: Final = "resting"
KEPT: Final = 500  # fields, of a quarter of a kilobyte per model each


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request of `size` bytes as the router sees it; `own` is what the operator's scorer says of it."""

    request: ModelRequest
    encoding: Encoding
    level: Level
    own: float | None

    size: int

    @property
    def tokens(self) -> int:
        """About how many tokens the request has; more rather than less, so that long ones fit."""
        return self.size // SHORT_TOKEN + 1

    @property
    def read(self) -> int:
        """About how many tokens a model reads of it, to two figures, so that prompts of about one size are alike."""
        tokens = self.size // BYTES_PER_TOKEN + 1
        unit = int("1" + "0" * max(0, len(str(tokens)) - 2))
        return -(-tokens // unit) * unit


@dataclass(frozen=True, slots=True)
class Field:
    """Who could be asked: `candidates` are all that `auto` has in question, which here names models by their slugs."""

    auto: Auto
    models: tuple[Model, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A field that holds as long as nothing of what it was made from is another, for prompts of the same size.

    `world` are things that last as long as the process. What was `learned` or stored is referred to weakly: snapshots
    and heads are large, and what is out of date must not be held by what rests on it.
    """

    world: tuple[object, ...]
    learned: tuple[ref[object], ...]
    day: date
    field: Field

    def holds(self, world: tuple[object, ...], learned: tuple[object, ...]) -> bool:
        """Whether it was made from these very things."""
        same = all(reference() is thing for reference, thing in zip(self.learned, learned, strict=True))
        return same and all(map(is_, self.world, world))


_kept: OrderedDict[object, _Kept] = OrderedDict()
_lock: Final = Lock()


def field_of(
    world: World,
    auto: Auto,
    prompt: Prompt,
    *,
    learner: str,
    allowed: tuple[str, ...] | None,
    field: str,
    resting: bool = True,
) -> Field:
    """The models in question with quality, cost and latency to be expected of each for this prompt.

    `allowed` None: the key may ask all. `resting`: whether those that rest after failures are barred. Raises
    UnknownModel, naming the place below `field`.
    """
    troubled = world.breakers.troubled() if resting else frozenset()
    found = _usual(world, auto, prompt, troubled, learner=learner, allowed=allowed, field=field)
    forecasts = world.routers.forecasts(learner, found.models, prompt.encoding, prompt.own)
    if not forecasts:
        return found
    foreseen = [
        _foreseen(world, model, each, prompt, learner=learner, forecast=forecasts.get(model.slug))
        for model, each in zip(found.models, found.candidates, strict=True)
    ]
    return replace(found, candidates=tuple(foreseen))


def _foreseen(
    world: World, model: Model, each: Candidate, prompt: Prompt, *, learner: str, forecast: Forecast | None
) -> Candidate:
    if forecast is None:
        return each
    known = world.routers.expected(learner, model, prompt.level)
    quality, low, outcomes = world.routers.quality(known, forecast)
    return replace(each, quality=quality, low=low, outcomes=outcomes)


def _usual(
    world: World,
    auto: Auto,
    prompt: Prompt,
    troubled: Collection[str],
    *,
    learner: str,
    allowed: tuple[str, ...] | None,
    field: str,
) -> Field:
    """The field without what heads say of this very prompt, which is the same for many prompts of about its size."""
    needs = abilities.asked(prompt.request)
    if troubled or auto.strict:
        return _made(world, auto, prompt, needs, troubled, learner=learner, allowed=allowed, field=field)
    key = (learner, auto, prompt.level, prompt.read, prompt.request.max_tokens, needs, allowed)
    lasting = (world.catalogue, world.endpoints, world.policy)
    learned = (world.snapshots.current, *world.routers.marks(learner))
    day = world.now().date()
    with _lock:
        kept = _kept.get(key)
    if kept is not None and kept.day == day and kept.holds(lasting, learned):
        return kept.field
    found = _made(world, auto, prompt, needs, troubled, learner=learner, allowed=allowed, field=field)
    with _lock:
        _kept[key] = _Kept(lasting, tuple(map(ref, learned)), day, found)
        if len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


def _made(
    world: World,
    auto: Auto,
    prompt: Prompt,
    needs: Collection[Need],
    troubled: Collection[str],
    *,
    learner: str,
    allowed: tuple[str, ...] | None,
    field: str,
) -> Field:
    models = tuple(in_question(world, auto, field=field))
    excluded = tuple(world.catalogue.get(name).slug for name in auto.excluded)
    bars = [_barred(world, model, needs, allowed, troubled) for model in models]
    rated = [
        _rated(world, model, prompt, learner=learner, strict=auto.strict, barred=bar)
        for model, bar in zip(models, bars, strict=True)
    ]
    return Field(replace(auto, among=(), excluded=excluded), models, tuple(rated))


def _rated(
    world: World, model: Model, prompt: Prompt, *, learner: str, strict: bool, barred: tuple[str, str] | None
) -> Candidate:
    """What the record lets expect; the worst case is reckoned only where it counts."""
    known = world.routers.expected(learner, model, prompt.level)
    quality, low, outcomes = world.routers.quality(known, None)
    limit = prompt.request.max_tokens or min(world.policy.default_max_tokens, model.max_output_tokens)
    price = prices.price_of(world, model, world.now())
    usage = Usage(input_tokens=prompt.read, output_tokens=min(round(known.output_tokens), limit), estimated=True)
    worst = worst_case(price, prompt_tokens(prompt.request), limit) if strict and price is not None else None
    return Candidate(
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
        worst_cost=worst,
        latency_ms=round(known.latency_ms),
        error_share=known.error_share,
        barred=barred,
    )


def _barred(
    world: World,
    model: Model,
    needs: Collection[Need],
    allowed: Collection[str] | None,
    troubled: Collection[str],
) -> tuple[str, str] | None:
    """The limit that no wish can loosen and why, or None."""
    if model.provider not in world.endpoints:
        return UNCONFIGURED, f"provider {model.provider} is not configured on this server"
    if allowed is not None and model.slug not in allowed:
        return "key", "the key may not ask it"
    lacking = abilities.lacks(model, needs)
    if lacking is not None:
        return "capability", f"it offers no {lacking.what}"
    rests_s = sending.open_for_s(world, model) if model.slug in troubled else None
    if rests_s is not None:
        return RESTING, f"it rests after failures, for {rests_s:.0f} s more"
    return None


def prompt_bytes(request: ModelRequest) -> int:
    """Bytes of all turns."""
    return sum(len(message.text.encode(errors="replace")) for message in request.messages)
