"""The order of a flow's steps is a graph that can be walked, or is refused with the place that is wrong."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.flow import OnError, Step
from app.domain.walking.graph import befores, check_graph, fallbacks, seen, waves
from app.domain.walking.standing import StepState, next_up
from tests.domain.walking.flows import orders, step

BACKED = replace(step("a"), on_error=OnError("step", step="z"))
SPARE = step("z", own=True)


def test_steps_follow_each_other_unless_they_say_more() -> None:
    steps = (step("a"), step("b"), step("c", after=()), step("d", after=("a", "c")), step("e"))

    assert befores(steps) == {"a": (), "b": ("a",), "c": (), "d": ("a", "c"), "e": ("d",)}
    assert waves(steps) == (("a", "c"), ("b", "d"), ("e",))
    assert seen(steps)["e"] == {"a", "c", "d"}


def test_a_fallback_stands_outside_of_the_order_and_sees_what_its_step_sees() -> None:
    steps = (step("first"), BACKED, SPARE, step("last"))

    check_graph(steps)

    assert befores(steps) == {"first": (), "a": ("first",), "last": ("a",)}
    assert fallbacks(steps) == {"z": "a"}
    assert seen(steps)["z"] == seen(steps)["a"] == {"first"}
    assert waves(steps) == (("first",), ("a",), ("last",))


@given(orders())
def test_waves_are_an_order_in_which_nothing_comes_before_what_it_waits_for(steps: tuple[Step, ...]) -> None:
    check_graph(steps)
    found = waves(steps)

    place = {code: at for at, wave in enumerate(found) for code in wave}
    assert sorted(place) == sorted(step.code for step in steps if step.code not in fallbacks(steps))
    for code, needed in befores(steps).items():
        assert all(place[before] < place[code] for before in needed)
        assert place[code] == 0 or any(place[before] == place[code] - 1 for before in needed)
        assert seen(steps)[code] >= set(needed)


@pytest.mark.parametrize(
    ("steps", "field", "said"),
    [
        ((step("a", after=("x",)),), "steps[0].after[0]", "no step 'x'"),
        ((step("b"), step("a", after=("b", "a"))), "steps[1].after[1]", "itself"),
        ((step("b"), step("a", after=("b", "b"))), "steps[1].after[1]", "twice"),
        ((step("a", after=("b",)), step("b")), "steps[0].after", "'a' after 'b' after 'a'"),
        (
            (step("x"), step("a", after=("c", "x")), step("b", after=("a",)), step("c", after=("b",)), step("d")),
            "steps[1].after",
            "'a' after 'c' after 'b' after 'a'",
        ),
        ((BACKED, SPARE, step("b", after=("z",))), "steps[2].after[0]", "name 'a' here"),
        ((replace(BACKED, on_error=OnError("step", step="a")),), "steps[0].on_error.step", "its own"),
        ((BACKED,), "steps[0].on_error.step", "no step 'z'"),
        ((BACKED, step("z")), "steps[0].on_error.step", "a step of the use case"),
        ((BACKED, SPARE, replace(BACKED, code="b")), "steps[2].on_error.step", "fallback of 'a' already"),
        ((BACKED, replace(SPARE, after=())), "steps[1].after", "no place in the order"),
        ((BACKED, replace(SPARE, when="x")), "steps[1].when", "no condition"),
        (
            (BACKED, replace(SPARE, on_error=OnError("step", step="y")), step("y", own=True)),
            "steps[1].on_error.step",
            "none itself",
        ),
    ],
)
def test_an_order_that_cannot_be_walked_is_refused_at_its_place(steps: tuple[Step, ...], field: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refused:
        check_graph(steps)

    assert refused.value.field == field


@given(st.integers(2, 9), st.integers(0, 8))
def test_a_circle_of_any_length_is_named_whole(length: int, beside: int) -> None:
    names = [f"s{at}" for at in range(length)]
    circle = [step(name, after=(names[at - 1],)) for at, name in enumerate(names)]
    steps = (*(step(f"x{at}", after=()) for at in range(beside)), *circle, step("tail", after=(names[0],)))

    with pytest.raises(Invalid) as refused:
        check_graph(steps)

    assert all(repr(name) in refused.value.message for name in names)
    assert "x0" not in refused.value.message
    assert "tail" not in refused.value.message


@given(orders(), st.data())
def test_every_step_settles_and_none_starts_before_what_it_waits_for(
    steps: tuple[Step, ...], data: st.DataObject
) -> None:
    standings: dict[str, StepState] = {}
    direct = befores(steps)
    while True:
        start, skip = next_up(steps, standings)
        assert not set(start) & set(skip)
        for code in skip:
            assert direct[code]
            assert all(standings.get(b) == "skipped" or b in skip for b in direct[code])
            standings[code] = "skipped"
        for code in start:
            assert standings.get(code) is None
            assert all(standings[before] in ("answered", "skipped") for before in direct[code])
            assert not direct[code] or any(standings[before] == "answered" for before in direct[code])
            standings[code] = "running"
        running = [code for code, state in standings.items() if state == "running"]
        if not running:
            break
        standings[data.draw(st.sampled_from(running))] = data.draw(st.sampled_from(("answered", "skipped")))

    assert standings.keys() == direct.keys()
    assert set(standings.values()) <= {"answered", "skipped"}


def told(steps: tuple[Step, ...], standings: Mapping[str, StepState]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is next."""
    return next_up(steps, standings)


def test_a_step_runs_when_one_of_those_before_it_answered() -> None:
    steps = (step("a"), step("b", after=()), step("c", after=("a", "b")))

    assert told(steps, {}) == (("a", "b"), ())
    assert told(steps, {"a": "skipped", "b": "running"}) == ((), ())
    assert told(steps, {"a": "skipped", "b": "answered"}) == (("c",), ())
    assert told(steps, {"a": "skipped", "b": "skipped"}) == ((), ("c",))


def test_what_is_skipped_skips_all_that_follows_it_alone() -> None:
    steps = (step("a"), step("b"), step("c"), step("d", after=()), step("e", after=("c", "d")))

    assert told(steps, {"a": "skipped", "d": "answered"}) == (("e",), ("b", "c"))


def test_nothing_follows_a_step_that_failed() -> None:
    steps = (step("a"), step("b"), step("c", after=()), step("d", after=("a", "c")))

    assert told(steps, {"a": "failed", "c": "answered"}) == ((), ())
    assert told(steps, {"a": "failed"}) == (("c",), ())


def test_a_fallback_is_never_next() -> None:
    steps = (BACKED, SPARE, step("b"))

    assert told(steps, {}) == (("a",), ())
    assert told(steps, {"a": "failed"}) == ((), ())
    assert told(steps, {"a": "answered", "z": "answered"}) == (("b",), ())
