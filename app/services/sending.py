"""What has to be in order before an attempt goes out: the request fits the model, provider and budgets let it pass."""

from dataclasses import dataclass, replace

from app.domain.breaker import Target
from app.domain.errors import CallerLeft, ModelMatchError, ProviderRateLimited, ProviderUnconfigured, Unpriced
from app.domain.message import ModelRequest
from app.domain.model import Model, Price
from app.services import abilities, bills, prices
from app.services.attempts import Asker
from app.services.ledger import Hold
from app.services.routes import Leg
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Sending:
    """What one attempt sends, and what is reserved for it; without `endpoint` nothing could be sent.

    `tokens` are those that the provider's limits were charged before the call, `held` the nano-dollars that are held in
    the run's own purse.
    """

    leg: Leg
    request: ModelRequest
    number: int
    reason: str
    endpoint: str | None = None
    price: Price | None = None
    hold: Hold | None = None
    tokens: int = 0
    held: int = 0


def prepare(world: World, model: Model, request: ModelRequest) -> ModelRequest:
    """The request as this model is asked. Raises Unsupported for what it cannot do."""
    abilities.check(model, request)
    limit = request.max_tokens or min(world.policy.default_max_tokens, model.max_output_tokens)
    return replace(request, model=model.provider_model_id, max_tokens=limit)


def reserve(
    world: World,
    leg: Leg,
    request: ModelRequest,
    *,
    asker: Asker,
    number: int,
    reason: str,
    endpoint: str,
    patience_s: float,
    deadline: float,
) -> Sending:
    """The attempt with its worst case reserved in the run's purse and every budget, and admitted by the provider.

    Raises RunBudgetExceeded, BudgetExceeded, Unpriced by policy, ProviderRateLimited when the provider's limits are
    used up. `deadline`, of `time.monotonic()`: so long the purse may be waited for.
    """
    price = prices.price_of(world, leg.model, world.now())
    if price is None and world.policy.unpriced == "block":
        raise Unpriced(f"the price of {leg.model.slug} is unknown", field="model")
    bill = bills.ahead(world, leg.model, request, asker=asker, price=price)
    held = _held(leg.model, asker, bill.worst_cost, deadline)
    try:
        hold = world.ledger.reserve(bill)
        try:
            _admit(world, leg.model, asker, tokens=bill.worst_tokens, patience_s=patience_s)
        except (ProviderRateLimited, CallerLeft):
            world.ledger.settle(hold, cost=0, tokens=0)
            raise
    except ModelMatchError:
        give_back(asker, held, cost=0)
        raise
    return Sending(leg, request, number, reason, endpoint, price, hold, tokens=bill.worst_tokens, held=held)


def give_back(asker: Asker, held: int, *, cost: int | None) -> None:
    """What was held in the run's purse becomes what the call has cost; None = all of it."""
    if asker.purse is not None:
        asker.purse.settle(held, cost)


def _held(model: Model, asker: Asker, worst: int | None, deadline: float) -> int:
    if asker.purse is None:
        return 0
    return asker.purse.hold(worst, model=model.slug, departure=asker.caller.departure, deadline=deadline)


def open_for_s(world: World, model: Model) -> float | None:
    """Seconds until a probe may pass, when the breakers of all endpoints are open; None when one is not.

    Raises ProviderUnconfigured when the provider has no endpoint.
    """
    endpoints = world.endpoints.get(model.provider)
    if endpoints is None:
        entry = world.catalogue.providers[model.provider]
        remedy = f"set {entry.key_env}" if entry.key_env and entry.needs_key else "it is switched off"
        raise ProviderUnconfigured(f"provider {entry.code} cannot be used here: {remedy}", provider=entry.code)
    targets = (Target(model.provider, model.slug, endpoint.name) for endpoint in endpoints)
    waits = [world.breakers.open_for_s(target) for target in targets]
    known = [wait for wait in waits if wait is not None]
    return min(known) if len(known) == len(waits) else None


def _admit(world: World, model: Model, asker: Asker, *, tokens: int, patience_s: float) -> None:
    """Pass the limiter that protects the provider's own limits, after a wait if that is short enough."""
    wait_s = world.limiter.provider_wait_s(model.provider, tokens=tokens)
    if 0 < wait_s <= patience_s:
        asker.caller.departure.pause(wait_s)
        wait_s = world.limiter.provider_wait_s(model.provider, tokens=tokens)
    if wait_s > 0:
        raise limited(model, wait_s)


def limited(model: Model, wait_s: float) -> ProviderRateLimited:
    """The error when a provider takes no more now."""
    message = f"{model.provider} takes no more requests now"
    return ProviderRateLimited(message, provider=model.provider, retry_after_s=wait_s)
