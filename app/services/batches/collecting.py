"""What providers' batches came to: looked at now and then, booked as calls once, and recorded line by line."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from app.db import batch_lines as line_rows
from app.db import batch_shipments as rows
from app.db.facts import CallDone
from app.domain.batch import Batch, Line, LineError, Shipment
from app.domain.call import Call
from app.domain.errors import ProviderBadAnswer, ProviderError, ProviderTimeout
from app.domain.message import ModelReply, Usage
from app.domain.model import batch_cost, cost
from app.providers.batching import BatchedAnswer
from app.services import bills, prices, texts
from app.services.batches import asking
from app.services.batches.answers import Said
from app.services.batches.shipping import Parcel, batching, id_at_vendor, lines_of, looked_up, parcel
from app.services.direct import Answered
from app.services.jobs.held import Held
from app.services.world import World

CHUNK: Final = 100  # answers that are booked and recorded together
SOONEST_S: Final = 2.0
LATEST_S: Final = 60.0
LONGEST: Final = timedelta(days=3)
MOST_MS: Final = 2**31 - 1  # what the column holds
REASON: Final = "batch"
CALLED_OFF: Final = "cancelled"


@dataclass(frozen=True, slots=True)
class Booked:
    """A line that is done, and the call to be journaled before it is recorded."""

    line: Line
    done: CallDone | None


def collect(held: Held, batch: Batch) -> float | None:
    """Record what is answered. Seconds until open shipments should be looked at again; None when none is open."""
    world = held.world
    pauses = []
    with world.store.read() as tx:
        shipments = rows.of_batch(tx, batch.id)
    for shipment in shipments:
        try:
            over = shipment.vendor_id is not None and batching(world, shipment).over(
                shipment.vendor_id, timeout_s=world.policy.call_timeout_s
            )
            if over:
                _collect(held, batch, shipment)
                continue
        except ProviderError as error:
            if error.permanent:
                _give_up(held, shipment, error)
                continue
        if _too_old(world, shipment):
            _give_up(held, shipment, ProviderTimeout("the provider never told", provider=shipment.endpoint))
            continue
        pauses.append(_pause_s(world, shipment))
    return min(pauses, default=None)


def wind_up(held: Held, batch: Batch) -> float | None:
    """Of a batch that ended before its shipments: nobody wants the rest, and what was answered by then is booked.

    Seconds until vendors should be looked at again; None once all have told, or never will.
    """
    with held.world.store.read() as tx:
        shipments = rows.of_batch(tx, batch.id)
    for shipment in shipments:
        if shipment.error is None:
            _call_off(held, shipment)
    return collect(held, batch)


def _call_off(held: Held, shipment: Shipment) -> None:
    """Tell the vendor; one that may have it although nobody said so is asked first, and told the next time."""
    world = held.world
    vendor_id = shipment.vendor_id
    try:
        if vendor_id is None and shipment.sent_at is not None:
            vendor_id = looked_up(world, shipment)
        if vendor_id is not None:
            batching(world, shipment).cancel(vendor_id, timeout_s=world.policy.call_timeout_s)
    except ProviderError as error:
        if not error.permanent and not _too_old(world, shipment):
            return
    with world.store.write() as tx:
        if not held.holds(tx):
            return
        if vendor_id is None:
            rows.end(tx, shipment.id, "ended", world.now(), error=CALLED_OFF)
        else:
            rows.sent(tx, shipment.id, vendor_id, error=CALLED_OFF)


def _collect(held: Held, batch: Batch, shipment: Shipment) -> None:
    world = held.world
    answers = batching(world, shipment).answers(shipment.vendor_id or "", timeout_s=world.policy.run_timeout_s)
    if shipment.error is not None:
        answers = (each for each in answers if each.reply is not None)  # the others were called off
    while several := list(islice(answers, CHUNK)):
        _record(held, [booked for each in several for booked in _booked(world, batch, shipment, each)])
        held.departure.pause(0)
    lost = ProviderTimeout("the provider's batch ended without an answer to this line", provider=shipment.endpoint)
    _rest(held, shipment, LineError.of(lost))
    with world.store.write() as tx:
        if held.holds(tx):
            rows.end(tx, shipment.id, "ended", world.now(), error=shipment.error)


def _give_up(held: Held, shipment: Shipment, error: ProviderError) -> None:
    """The vendor will never say: its lines have that error."""
    _rest(held, shipment, LineError.of(error))
    with held.world.store.write() as tx:
        if held.holds(tx):
            rows.end(tx, shipment.id, "ended", held.world.now(), error=error.code)


def _rest(held: Held, shipment: Shipment, error: LineError) -> None:
    """Its lines that have no answer have this error; those of one that was called off were never asked."""
    if shipment.error is not None:
        return
    left = list(lines_of(held.world, shipment))
    for at in range(0, len(left), CHUNK):
        _record(held, [Booked(asking.failed(held.world, line, error), None) for line in left[at : at + CHUNK]])


def _record(held: Held, several: list[Booked]) -> None:
    """Calls first, whose ids are known beforehand: whoever does this again books nothing twice."""
    world = held.world
    facts = [each.done for each in several if each.done is not None]
    if facts:
        world.journal.write(facts, timeout_s=world.policy.journal_timeout_s)
    with world.store.write() as tx:
        if held.holds(tx) and several:
            line_rows.record(tx, held.job.about, [each.line for each in several])


def _booked(world: World, batch: Batch, shipment: Shipment, came: BatchedAnswer) -> Iterator[Booked]:
    """The line that the answer belongs to; nothing for an answer that belongs to none."""
    place = came.id.rpartition("_")[2]
    if not place.isdecimal() or came.id != id_at_vendor(shipment, int(place)):
        return
    with world.store.read() as tx:
        found = line_rows.at(tx, batch.id, [int(place)])
    for line in found:
        made = parcel(world, batch, line)
        if line.done or line.shipment_id != shipment.id or made is None:
            continue
        error = came.error
        if came.reply is None and error is None:
            error = ProviderBadAnswer("the provider's batch holds no answer", provider=shipment.endpoint)
        reply = None if came.reply is None else _with_usage(world, shipment, made, came.reply)
        call = _call(world, shipment, made, reply, error)
        charges = bills.book(world, call)
        said = texts.exchanged(world.policy, call.id, made.request, "" if reply is None else reply.text)
        done = CallDone(call, said, charges)
        if reply is None:
            yield Booked(asking.failed(world, line, LineError.of(error or ProviderBadAnswer("", provider=""))), done)
        else:
            yield Booked(asking.done(world, line, Said(Answered(reply, (call,)))), done)


def _call(
    world: World, shipment: Shipment, made: Parcel, reply: ModelReply | None, error: ProviderError | None
) -> Call:
    price = prices.price_of(world, made.model, world.now())
    usage = Usage() if reply is None else reply.usage
    full = None if price is None else cost(price, usage)
    paid = 0 if reply is None else batch_cost(full, world.catalogue.providers[made.model.provider].batch_percent)
    since = shipment.sent_at or shipment.created_at
    return Call(
        id=str(uuid5(NAMESPACE_URL, f"{shipment.id}/{made.line.place}")),
        at=world.now(),
        source="batch",
        model=made.model.slug,
        provider=made.model.provider,
        outcome="ok" if error is None else "error",
        latency_ms=min(MOST_MS, max(0, round((world.now() - since).total_seconds() * 1000))),
        usage=usage,
        cost=paid,
        cost_status="free" if reply is None else "unpriced" if paid is None else "priced",
        price_version=None if price is None else price.valid_from.isoformat(),
        reason=REASON,
        finish_reason=None if reply is None else reply.finish_reason,
        error=None if error is None else error.code,
        endpoint=shipment.endpoint,
        upstream_id=None if reply is None else reply.request_id,
        **made.asker.labels(),
    )


def _with_usage(world: World, shipment: Shipment, made: Parcel, reply: ModelReply) -> ModelReply:
    """A vendor that told no tokens is told by estimate, as after a call."""
    named = replace(reply, model=reply.model or made.request.model)
    if reply.usage.total_tokens > 0:
        return named
    provider = world.providers.get(world.endpoints[made.model.provider][0])
    return replace(named, usage=provider.estimated(made.request, reply.text))


def _too_old(world: World, shipment: Shipment) -> bool:
    """Vendors keep a batch for a day; whoever has not told after some more will not."""
    return world.now() - (shipment.sent_at or shipment.created_at) > LONGEST


def _pause_s(world: World, shipment: Shipment) -> float:
    """A tenth of its age so far, within bounds."""
    age_s = (world.now() - (shipment.sent_at or shipment.created_at)).total_seconds()
    return min(LATEST_S, max(SOONEST_S, age_s / 10))
