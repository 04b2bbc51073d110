"""Calls go to the least busy endpoint by weight, never to one that rests or fails, and probes come first."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.uow import Store
from app.domain.breaker import BreakerPolicy
from app.domain.model import Model
from app.providers.base import Endpoint
from app.services.balancer import Balancer, Seat
from app.services.breakers import Breakers
from tests.worlds import Clock, catalogue

MODEL, LARGE = catalogue().get("openai/gpt-4o-mini"), catalogue().get("openai/gpt-4o")
ABSENT = Store("postgresql://nobody@127.0.0.1:9/none")  # nothing here needs a store


def make(*weights: int, clock: Clock | None = None) -> Balancer:
    """A balancer over so many keys of one provider."""
    breakers = Breakers(ABSENT, now=clock or Clock(), policy=BreakerPolicy(), holder="a")
    names = ["openai", *(f"openai-{number}" for number in range(2, len(weights) + 1))]
    keys = (
        Endpoint("openai", None, name, name=name, weight=weight) for name, weight in zip(names, weights, strict=True)
    )
    return Balancer({"openai": tuple(keys)}, breakers)


def take(balancer: Balancer, model: Model = MODEL, **given: list[str]) -> Seat:
    """A seat that must be there."""
    seat = balancer.take(model, **given)
    assert seat is not None
    return seat


def fail(balancer: Balancer, name: str, times: int = 5) -> None:
    """So many calls in a row fail at that endpoint."""
    others = [load.endpoint.name for load in balancer.loads()["openai"] if load.endpoint.name != name]
    for _ in range(times):
        seat = take(balancer, avoid=others)
        assert seat.target.endpoint == name
        balancer.done(seat, outcome="failed")


@given(st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_calls_one_after_the_other_are_shared_by_weight(weights: list[int]) -> None:
    balancer, found = make(*weights), []
    for _ in range(sum(weights) * 3):
        seat = take(balancer)
        found.append(seat.endpoint.name)
        balancer.done(seat, outcome="ok")

    shares = Counter(found)
    assert [shares[load.endpoint.name] for load in balancer.loads()["openai"]] == [3 * weight for weight in weights]


def test_weighted_turns_are_spread_out() -> None:
    balancer, found = make(3, 1), []
    for _ in range(4):
        seat = take(balancer)
        found.append(seat.endpoint.name)
        balancer.done(seat, outcome="ok")

    assert found == ["openai", "openai", "openai-2", "openai"]


@given(st.lists(st.integers(1, 7), min_size=2, max_size=4), st.lists(st.integers(0, 9), max_size=60))
def test_no_endpoint_is_busier_by_weight_than_another_could_have_been(weights: list[int], ends: list[int]) -> None:
    balancer, open_seats = make(*weights), []
    for end in ends:
        before = {load.endpoint.name: load.in_flight / load.endpoint.weight for load in balancer.loads()["openai"]}
        seat = take(balancer)
        assert before[seat.endpoint.name] == min(before.values())
        open_seats.append(seat)
        if end < len(open_seats):
            balancer.done(open_seats.pop(end), outcome="ok")

    assert sum(load.in_flight for load in balancer.loads()["openai"]) == len(open_seats)
    assert balancer.in_flight(MODEL) == len(open_seats)


def test_calls_in_flight_are_counted_by_model() -> None:
    balancer = make(1, 1)

    first, second = take(balancer), take(balancer, LARGE)

    assert (balancer.in_flight(MODEL), balancer.in_flight(LARGE)) == (1, 1)
    balancer.done(first, outcome="ok")
    balancer.done(second, outcome="neutral")
    assert (balancer.in_flight(MODEL), balancer.in_flight(LARGE)) == (0, 0)


def test_an_endpoint_that_was_tried_is_taken_again_only_if_it_is_the_last() -> None:
    balancer = make(1, 1)

    assert take(balancer, avoid=["openai"]).endpoint.name == "openai-2"
    assert take(balancer, avoid=["openai"]).endpoint.name == "openai-2"
    assert take(balancer, avoid=["openai", "openai-2"]).endpoint.name == "openai"
    assert take(make(1), avoid=["openai"]).endpoint.name == "openai"


def test_a_key_rests_for_the_model_that_was_limited_alone() -> None:
    clock = Clock()
    balancer = make(1, 1, clock=clock)
    balancer.cool(take(balancer), 30)

    found = {take(balancer).endpoint.name for _ in range(4)}

    assert found == {"openai-2"}
    assert take(balancer, LARGE).endpoint.name == "openai"
    assert balancer.ready_in_s(MODEL) == balancer.ready_in_s(LARGE) == 0
    clock.forward(seconds=30)
    assert take(balancer).endpoint.name == "openai"


def test_an_endpoint_rests_as_long_as_the_model_that_rests_longest() -> None:
    balancer = make(1, 1)
    balancer.cool(take(balancer, avoid=["openai-2"]), 12)
    balancer.cool(take(balancer, LARGE, avoid=["openai-2"]), 30)

    assert [load.cooling_for_s for load in balancer.loads()["openai"]] == [30, 0]


def test_when_all_rest_there_is_no_seat_until_the_first_is_rested() -> None:
    clock = Clock()
    balancer = make(1, 1, clock=clock)
    balancer.cool(take(balancer), 30)
    balancer.cool(take(balancer), 12)

    assert balancer.take(MODEL) is None
    assert balancer.take(MODEL, avoid=["openai"]) is None
    assert balancer.ready_in_s(MODEL) == 12
    clock.forward(seconds=12)
    assert take(balancer).endpoint.name == "openai-2"


def test_a_target_that_fails_is_left_out_for_its_model_alone() -> None:
    balancer = make(1, 1)
    fail(balancer, "openai")

    assert {take(balancer).endpoint.name for _ in range(4)} == {"openai-2"}
    assert take(balancer, avoid=["openai-2"]).endpoint.name == "openai-2"
    assert {take(balancer, LARGE).endpoint.name for _ in range(5)} == {"openai"}


def test_one_call_probes_a_failed_endpoint_though_another_is_well() -> None:
    clock = Clock()
    balancer = make(1, 1, clock=clock)
    fail(balancer, "openai")
    clock.forward(seconds=3)

    probe, other = take(balancer), take(balancer)

    assert (probe.endpoint.name, probe.probe) == ("openai", True)
    assert (other.endpoint.name, other.probe) == ("openai-2", False)
    balancer.done(probe, outcome="ok")
    assert take(balancer).endpoint.name == "openai"


@pytest.mark.parametrize(("outcome", "waits"), [("ok", 0), ("failed", 3), ("neutral", 0)])
def test_a_route_of_one_target_waits_for_its_probe(outcome: str, waits: int) -> None:
    clock = Clock()
    balancer = make(1, clock=clock)
    fail(balancer, "openai")

    assert balancer.take(MODEL) is None
    assert 1.5 <= (balancer.ready_in_s(MODEL) or 0) <= 3
    clock.forward(seconds=3)
    assert balancer.ready_in_s(MODEL) == 0
    balancer.done(take(balancer), outcome=outcome)  # type: ignore[arg-type]  # one of the three words

    assert waits <= (balancer.ready_in_s(MODEL) or 0) <= 2 * waits
    assert (balancer.take(MODEL) is None) == (waits > 0)


def test_a_probe_that_speaks_lets_others_pass_and_counts_once() -> None:
    clock = Clock()
    balancer = make(1, clock=clock)
    fail(balancer, "openai")
    clock.forward(seconds=3)
    probe = take(balancer)

    spoken = balancer.well(probe)
    others = [take(balancer) for _ in range(4)]
    fail(balancer, "openai", times=4)
    balancer.done(balancer.well(spoken), outcome="failed")

    assert (probe.probe, spoken.probe) == (True, False)
    assert not any(seat.probe for seat in others)
    assert balancer.take(MODEL) is None
    assert balancer.in_flight(MODEL) == len(others)


def test_calls_that_were_under_way_when_it_opened_do_not_decide_its_fate() -> None:
    clock = Clock()
    balancer = make(1, clock=clock)
    late = [take(balancer) for _ in range(2)]
    fail(balancer, "openai")
    clock.forward(seconds=3)
    probe = take(balancer)

    balancer.done(late[0], outcome="failed")
    balancer.done(late[1], outcome="ok")
    still = balancer.take(MODEL)
    balancer.done(probe, outcome="ok")

    assert still is None
    assert take(balancer).probe is False


def test_a_provider_without_endpoints_has_no_seat() -> None:
    balancer = make(1)
    stranger = catalogue().get("simulated/small")

    assert balancer.take(stranger) is None
    assert balancer.ready_in_s(stranger) is None
