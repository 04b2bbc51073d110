"""Lines of one model go through its provider's own batches, once, at the batch's price, whatever breaks on the way."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.domain.errors import CallerLeft
from app.domain.message import Usage
from app.domain.model import cost
from app.providers.base import Endpoint
from app.services import prices
from app.services.batches import answers, batches, collecting, progress
from app.services.batches.answers import Said
from app.services.jobs.held import Later
from app.services.world import World
from tests.services.batches.batched import asked, line, lines_of, run, run_once, submit
from tests.services.batches.vendor import Vendor
from tests.worlds import Clock, calls_of, with_endpoints

OPENAI, ANTHROPIC = "openai/gpt-4o-mini", "anthropic/claude-haiku-4.5"
KINDS = {OPENAI: "openai", ANTHROPIC: "anthropic"}


@dataclass
class Shipping:
    """A world whose one provider is the vendor."""

    world: World
    vendor: Vendor
    model: str

    def submit(self, count: int = 4, **given: object) -> batches.Batch:
        """A batch for the provider."""
        several = [line(n, asked(f"question {n}", self.model)) for n in range(1, count + 1)]
        return submit(self.world, several, **{"via": "provider", **given})

    def priced(self) -> int:
        """What one answer of the vendor costs by a call."""
        price = prices.price_of(self.world, self.world.catalogue.get(self.model), self.world.now())
        assert price is not None
        return cost(price, Usage(input_tokens=1_000, output_tokens=1_000))


@pytest.fixture(params=[OPENAI, ANTHROPIC])
def shipped(request: pytest.FixtureRequest, world: World) -> Iterator[Shipping]:
    kind = KINDS[request.param]
    with Vendor() as vendor:
        url = vendor.address + ("/v1" if kind == "openai" else "")
        endpoint = Endpoint(provider=kind, kind=kind, base_url=url, api_key="key", name=kind)
        yield Shipping(with_endpoints(world, {kind: (endpoint,)}), vendor, request.param)


def texts(made: batches.Batch, world: World) -> dict[str, str]:
    """What was answered, by line."""
    found = {}
    for each in lines_of(world, made):
        told = answers.decode(each.answer or {})
        assert isinstance(told, Said)
        found[each.custom_id] = told.whole.reply.text
    return found


def test_all_lines_go_at_once_and_each_answer_costs_half(shipped: Shipping) -> None:
    made = shipped.submit(4)

    now = run(shipped.world, made)

    assert now.batch.status == "succeeded"
    assert texts(made, shipped.world) == {f"line-{n}": f"question {n}" for n in range(1, 5)}
    assert shipped.vendor.asked() == [f"question {n}" for n in range(1, 5)]
    assert (len(shipped.vendor.made), shipped.vendor.calls) == (1, [])
    calls = calls_of(shipped.world)
    assert {(call.source, call.reason, call.tags["batch"]) for call in calls} == {("batch", "batch", made.id)}
    assert {call.cost for call in calls} == {shipped.priced() // 2}
    assert now.standing.spent == 4 * (shipped.priced() // 2)


def test_what_the_vendor_works_on_is_looked_at_later_and_not_sent_again(shipped: Shipping, clock: Clock) -> None:
    shipped.vendor.at_once = False
    made = shipped.submit(3)

    for _ in range(3):
        with pytest.raises(Later):
            run_once(shipped.world)
        clock.forward(minutes=2)
    before = progress.of(shipped.world, made.id)
    shipped.vendor.made[0].over = True

    now = run(shipped.world, made)

    assert (before.batch.status, before.standing.answered) == ("running", 0)
    assert (now.batch.status, now.standing.answered, len(shipped.vendor.made)) == ("succeeded", 3, 1)


def test_a_shipment_that_was_taken_although_nobody_said_so_is_found_again(shipped: Shipping, clock: Clock) -> None:
    shipped.vendor.lost_answers = 1
    made = shipped.submit(3)
    with pytest.raises(Later):
        run_once(shipped.world)
    assert len(shipped.vendor.made) == 1

    clock.forward(minutes=2)
    now = run(shipped.world, made)

    assert (now.batch.status, now.standing.answered) == ("succeeded", 3)
    assert len(shipped.vendor.made) == 1


def test_a_worker_that_dies_after_booking_books_nothing_twice(
    shipped: Shipping, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = shipped.submit(3)

    def die(*_: object, **__: object) -> None:
        raise CallerLeft("killed")

    with monkeypatch.context() as patch:
        patch.setattr(collecting.line_rows, "record", die)
        with pytest.raises(CallerLeft):
            run_once(shipped.world)
    assert progress.of(shipped.world, made.id).standing.answered == 0
    assert len(calls_of(shipped.world)) == 3

    clock.forward(minutes=2)
    now = run(shipped.world, made)

    assert (now.batch.status, now.standing.answered) == ("succeeded", 3)
    assert len(calls_of(shipped.world)) == 3
    assert now.standing.spent == sum(call.cost or 0 for call in calls_of(shipped.world))


def test_lines_that_the_vendor_failed_or_forgot_have_an_error(shipped: Shipping) -> None:
    shipped.vendor.broken, shipped.vendor.silent = {"question 1"}, {"question 2"}
    made = shipped.submit(3)

    now = run(shipped.world, made)

    failed = {
        each.custom_id: each.error and each.error.code for each in batches.done(shipped.world, made.id, failed=True)
    }
    assert failed == {"line-1": "provider-refused", "line-2": "provider-timeout"}
    assert (now.batch.status, now.standing.answered, now.standing.spent) == ("succeeded", 3, shipped.priced() // 2)


def test_a_vendor_without_batches_is_asked_by_calls(shipped: Shipping) -> None:
    shipped.vendor.refuses = 404
    made = shipped.submit(2)

    now = run(shipped.world, made)

    assert (now.batch.status, now.standing.failed, shipped.vendor.made) == ("succeeded", 0, [])
    assert set(texts(made, shipped.world).values()) == {"by call"}
    assert len(shipped.vendor.calls) == 2
    assert {call.source for call in calls_of(shipped.world)} == {"served"}


def test_lines_that_no_provider_takes_in_batches_are_asked_by_calls_meanwhile(shipped: Shipping) -> None:
    several = [line(1, asked("question 1", shipped.model)), line(2, asked("question 2", "simulated/small"))]
    simulated = {"simulated": (Endpoint(provider="simulated", kind="simulated", name="simulated"),)}
    both = with_endpoints(shipped.world, {**shipped.world.endpoints, **simulated})
    made = submit(both, several, via="provider")

    now = run(both, made)

    assert (now.batch.status, now.standing.answered, now.standing.failed) == ("succeeded", 2, 0)
    assert shipped.vendor.asked() == ["question 1"]
    assert sorted(call.source for call in calls_of(both)) == ["batch", "served"]


def test_no_more_is_shipped_than_the_batch_may_spend(shipped: Shipping) -> None:
    made = shipped.submit(50, budget=30 * shipped.priced())

    now = run(shipped.world, made)

    spent = sum(call.cost or 0 for call in calls_of(shipped.world))
    assert spent <= 30 * shipped.priced()
    assert now.standing.spent == spent


def test_what_is_cancelled_is_cancelled_at_the_vendor_and_what_it_had_answered_is_booked(
    shipped: Shipping, clock: Clock
) -> None:
    shipped.vendor.at_once = False
    shipped.vendor.silent = {"question 3"}
    made = shipped.submit(3)
    with pytest.raises(Later):
        run_once(shipped.world)

    batches.cancel(shipped.world, made.id)
    clock.forward(minutes=2)
    run_once(shipped.world)

    now = progress.of(shipped.world, made.id)
    assert [each.cancelled for each in shipped.vendor.made] == [True]
    assert (now.batch.status, now.standing.answered) == ("cancelled", 2)
    assert now.standing.spent == sum(call.cost or 0 for call in calls_of(shipped.world)) == 2 * (shipped.priced() // 2)
    (unasked,) = batches.unasked(shipped.world, now.batch)
    assert unasked.error is not None
    assert unasked.error.code == "batch-cancelled"


def test_a_shipment_that_may_have_been_taken_is_looked_up_before_it_is_called_off(
    shipped: Shipping, clock: Clock
) -> None:
    shipped.vendor.lost_answers = 1
    shipped.vendor.at_once = False
    made = shipped.submit(2)
    with pytest.raises(Later):
        run_once(shipped.world)

    batches.cancel(shipped.world, made.id)
    shipped.vendor.made[0].over = True  # Anthropic tells which requests a batch holds only once it is over
    clock.forward(minutes=2)
    run_once(shipped.world)

    assert [each.cancelled for each in shipped.vendor.made] == [True]
    assert progress.of(shipped.world, made.id).standing.answered == 2


def test_a_vendor_that_tells_nothing_for_days_is_given_up(shipped: Shipping, clock: Clock) -> None:
    shipped.vendor.at_once = False
    made = shipped.submit(2)
    with pytest.raises(Later):
        run_once(shipped.world)
    batches.cancel(shipped.world, made.id)
    shipped.vendor.refuses = 503
    clock.forward(minutes=2)
    with pytest.raises(Later):
        run_once(shipped.world)

    clock.forward(days=4)
    run_once(shipped.world)

    assert progress.of(shipped.world, made.id).batch.status == "cancelled"
    assert [each.cancelled for each in shipped.vendor.made] == [False]


def test_a_batch_past_its_deadline_is_called_off(shipped: Shipping, clock: Clock) -> None:
    shipped.vendor.at_once = False
    made = shipped.submit(3, deadline=shipped.world.now().replace(year=2027))
    with pytest.raises(Later):
        run_once(shipped.world)
    clock.forward(days=400)

    now = run(shipped.world, made)
    run_once(shipped.world)

    assert (now.batch.status, now.batch.error) == ("failed", "batch-expired")
    assert [each.cancelled for each in shipped.vendor.made] == [True]
