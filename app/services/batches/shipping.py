"""Lines of one model are packed together and handed to its provider's own batches, each shipment once.

What a shipment may cost at most stands with it, so that a batch with a budget spends no more; other budgets are asked
before it leaves, and charged once answers come.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from app.db import batch_lines as line_rows
from app.db import batch_shipments as rows
from app.db import batches as batch_rows
from app.domain.batch import Batch, Line, Shipment, ShipmentState
from app.domain.errors import (
    BudgetExceeded,
    ModelMatchError,
    ProviderError,
    ProviderRefused,
    ProviderUnconfigured,
    Unpriced,
    Unsupported,
)
from app.domain.message import ModelRequest
from app.domain.model import Model, batch_cost
from app.providers.base import Endpoint
from app.providers.batching import BatchedRequest, Batching
from app.services import bills, prices, routes, sending
from app.services.attempts import Asker
from app.services.batches import questions
from app.services.departure import Departure
from app.services.direct import DirectAsked
from app.services.jobs.held import Held, Later
from app.services.world import World

MOST_LINES: Final = 2_000
MOST_BYTES: Final = 16 * 1024 * 1024  # of the prompts of one shipment, which are held in memory once
READ: Final = 100
REFUSED: Final[tuple[ShipmentState, ...]] = ("refused",)
AGAIN_S: Final = 15.0  # until a vendor that gave no answer is asked what it has


@dataclass(frozen=True, slots=True)
class Parcel:
    """One line that can be shipped: what its model is asked, on whose behalf, and what that may cost at most."""

    line: Line
    model: Model
    request: ModelRequest
    asker: Asker
    worst: int | None


@dataclass(slots=True)
class Pile:
    """Lines of one model that wait for company."""

    places: list[int] = field(default_factory=list)
    size: int = 0
    held: int | None = 0


def ship(held: Held, batch: Batch) -> None:
    """Every line that can be shipped is on its way; the others are left as they are.

    Raises Later while nobody knows whether a vendor has taken a shipment.
    """
    world = held.world
    with world.store.read() as tx:
        packed = [each for each in rows.of_batch(tx, batch.id) if each.state == "packed"]
    for shipment in packed:
        _send(held, batch, shipment)
    for shipment in _packed(held, batch):
        _send(held, batch, shipment)


def parcel(world: World, batch: Batch, line: Line) -> Parcel | None:
    """The line as its provider's batches would ask it; None for one that has to be asked by a call."""
    try:
        question = questions.decode(line.question, batch, Departure())
        if not isinstance(question, DirectAsked) or question.caller.cache is not None:
            return None
        asker = Asker(
            caller=question.caller,
            user_id=question.user_id,
            unit=question.user_id,
            task=question.choice.task,
            tags=question.tags,
            source="batch",
        )
        choice = routes.settled(world, question.choice, asker)
        if choice.auto is not None:
            return None
        legs = routes.route(world, choice, user_id=asker.user_id, team=asker.caller.team)
        model = routes.allowed(legs, asker.caller)[0].model
        request = sending.prepare(world, model, question.request)
        if not _has_batches(world, model):
            return None
        return Parcel(line, model, request, asker, _worst(world, model, request, asker))
    except ModelMatchError:  # it is told to whoever asks the line by a call
        return None


def batching(world: World, shipment: Shipment) -> Batching:
    """The batches of the shipment's endpoint. Raises ProviderUnconfigured when there are none any more."""
    endpoint = _endpoint(world, shipment)
    made = None if endpoint is None else world.providers.get(endpoint).batching()
    if made is None:
        raise ProviderUnconfigured(f"{shipment.endpoint} has no batches here", provider=shipment.endpoint)
    return made


def looked_up(world: World, shipment: Shipment) -> str | None:
    """The vendor's id of a shipment that it may have taken unheard, None where it has not. Raises ProviderError."""
    since = shipment.sent_at or shipment.created_at
    ids = [id_at_vendor(shipment, line.place) for line in lines_of(world, shipment)]
    return batching(world, shipment).find(ids, name=shipment.id, since=since, timeout_s=world.policy.call_timeout_s)


def id_at_vendor(shipment: Shipment, place: int) -> str:
    """What the vendor calls the line: at most 64 letters, digits, - and _."""
    return f"{shipment.id.replace('-', '')}_{place}"


def lines_of(world: World, shipment: Shipment) -> Iterator[Line]:
    """Its lines that are not done, by place."""
    place = -1
    while True:
        with world.store.read() as tx:
            found = line_rows.of_shipment(tx, shipment.id, after=place, limit=READ)
        yield from found
        if len(found) < READ:
            return
        place = found[-1].place


def _packed(held: Held, batch: Batch) -> Iterator[Shipment]:
    """Shipments of all lines that can be shipped, stored one by one."""
    world, place = held.world, -1
    piles: dict[str, Pile] = {}
    with world.store.read() as tx:
        refused = {each.model for each in rows.of_batch(tx, batch.id, REFUSED)}
    while True:
        with world.store.read() as tx:
            found = line_rows.pending(tx, batch.id, after=place, limit=READ)
            left = _left(batch, batch_rows.standing(tx, batch.id).spent + rows.held(tx, batch.id), piles)
        for line in found:
            made = parcel(world, batch, line)
            if made is None or made.model.slug in refused or not _affordable(left, made.worst):
                continue
            left = None if left is None else left - (made.worst or 0)
            pile = piles.setdefault(made.model.slug, Pile())
            pile.places.append(line.place)
            pile.size += sum(len(message.text) for message in made.request.messages)
            pile.held = None if pile.held is None or made.worst is None else pile.held + made.worst
            if len(pile.places) >= MOST_LINES or pile.size >= MOST_BYTES:
                yield from _pack(held, batch, made.model, piles.pop(made.model.slug))
        if len(found) < READ:
            break
        place = found[-1].place
    for slug, pile in piles.items():
        yield from _pack(held, batch, world.catalogue.get(slug), pile)


def _pack(held: Held, batch: Batch, model: Model, pile: Pile) -> Iterator[Shipment]:
    world = held.world
    shipment = Shipment(
        id=world.new_id(),
        batch_id=batch.id,
        model=model.slug,
        endpoint=world.endpoints[model.provider][0].name,
        state="packed",
        lines=len(pile.places),
        created_at=world.now(),
        held=pile.held,
    )
    with world.store.write() as tx:
        if not held.holds(tx):
            return
        rows.add(tx, shipment)
        line_rows.ship(tx, batch.id, pile.places, shipment.id)
    yield shipment


def _send(held: Held, batch: Batch, shipment: Shipment) -> None:
    """Hand it over, unless the vendor turns out to have it. What the vendor does not take is asked by calls."""
    world = held.world
    parcels = [made for line in lines_of(world, shipment) if (made := parcel(world, batch, line)) is not None]
    requests = [BatchedRequest(id_at_vendor(shipment, each.line.place), each.request) for each in parcels]
    try:
        if len(parcels) < shipment.lines:
            raise Unsupported("some of its lines cannot be asked any more", field="model")
        batches = batching(world, shipment)
        vendor_id = None if shipment.sent_at is None else looked_up(world, shipment)
        if vendor_id is None:
            vendor_id = _sent(held, batches, shipment, parcels, requests)
    except (ProviderRefused, ProviderUnconfigured, Unsupported, BudgetExceeded, Unpriced) as error:
        with world.store.write() as tx:
            if held.holds(tx):
                line_rows.unship(tx, shipment.id)
                rows.end(tx, shipment.id, "refused", world.now(), error=error.code)
        return
    except ProviderError:  # it may have been taken all the same: that is looked up before anything is sent again
        raise Later(AGAIN_S) from None
    if vendor_id is not None:
        with world.store.write() as tx:
            rows.sent(tx, shipment.id, vendor_id)


def _sent(
    held: Held, batches: Batching, shipment: Shipment, parcels: list[Parcel], requests: list[BatchedRequest]
) -> str | None:
    """The vendor's id; None when the job was lost before anything was sent."""
    world = held.world
    with ExitStack() as stack:
        for each in parcels:
            price = prices.price_of(world, each.model, world.now())
            bill = bills.ahead(world, each.model, each.request, asker=each.asker, price=price)
            hold = world.ledger.reserve(bill)
            stack.callback(world.ledger.settle, hold, cost=0, tokens=0)
        with world.store.write() as tx:
            if not held.holds(tx):
                return None
            rows.sending(tx, shipment.id, world.now())
        return batches.send(requests, name=shipment.id, timeout_s=world.policy.call_timeout_s)


def _worst(world: World, model: Model, request: ModelRequest, asker: Asker) -> int | None:
    """What the line may cost at most. Raises Unpriced by policy."""
    price = prices.price_of(world, model, world.now())
    full = bills.ahead(world, model, request, asker=asker, price=price).worst_cost
    worst = batch_cost(full, world.catalogue.providers[model.provider].batch_percent)
    if worst is None and world.policy.unpriced == "block":
        raise Unpriced(f"nobody knows what {model.slug} costs by its provider's batches")
    return worst


def _has_batches(world: World, model: Model) -> bool:
    endpoints = world.endpoints.get(model.provider, ())
    try:
        return bool(endpoints) and world.providers.get(endpoints[0]).batching() is not None
    except ProviderError:
        return False


def _left(batch: Batch, taken: int, piles: dict[str, Pile]) -> int | None:
    """What the batch may still spend; None without a limit."""
    return None if batch.budget is None else batch.budget - taken - sum(pile.held or 0 for pile in piles.values())


def _affordable(left: int | None, worst: int | None) -> bool:
    """A line whose cost nobody knows is not shipped within a limit."""
    return left is None or (worst is not None and worst <= left)


def _endpoint(world: World, shipment: Shipment) -> Endpoint | None:
    provider = world.catalogue.get(shipment.model).provider
    return next((each for each in world.endpoints.get(provider, ()) if each.name == shipment.endpoint), None)
