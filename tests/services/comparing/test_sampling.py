"""Inputs of users are taken only where the operator agreed, each once, and the same ones for the same seed."""

from dataclasses import replace

import pytest

from app.domain.errors import Conflict, Invalid, NotFound
from app.services import generate
from app.services.comparing import comparisons
from app.services.comparing.wanted import Sample, WantedCandidate
from app.services.world import World
from tests.services.comparing.compared import SMALL, make, run
from tests.services.made import CODE, ask, make_use_case
from tests.services.mirrored import begin, idle
from tests.services.mirrored import make as make_mirrored
from tests.worlds import Clock

BOTH = (WantedCandidate(flow="a"), WantedCandidate(SMALL, "a"))


def agreed(world: World) -> World:
    return replace(world, policy=replace(world.policy, compare_real_inputs=True))


def serve(world: World, *said: str) -> None:
    for number, text in enumerate(said):
        generate.run(world, CODE, ask(f"c{number}{text}", text=text))


def sampled(world: World, count: int, **given: object) -> list[object]:
    sample = Sample(CODE, count)
    made = make(world, **{"use_case": CODE, "candidates": BOTH, "inputs": (), "sample": sample, **given})
    return [each.values["text"] for each in comparisons.inputs(world, made.id)]


def test_without_consent_nothing_of_users_is_read(world: World) -> None:
    make_use_case(world)
    serve(world, "one")

    with pytest.raises(Conflict) as refused:
        sampled(world, 1)

    assert refused.value.code == "consent-missing"


def test_different_inputs_are_drawn_by_the_seed(world: World) -> None:
    make_use_case(world)
    world = agreed(world)
    serve(world, *"abcdefgh", "a", "b")

    first, again, other = (sampled(world, 4, seed=seed) for seed in ("x", "x", "y"))

    assert len(set(map(str, first))) == 4
    assert first == again
    assert first != other
    assert sorted(map(str, sampled(world, 100))) == list("abcdefgh")


def test_inputs_from_before_are_left_out(world: World, clock: Clock) -> None:
    make_use_case(world)
    world = agreed(world)
    serve(world, "old")
    clock.forward(days=31)
    serve(world, "new")

    assert sampled(world, 10) == ["new"]


def test_where_nothing_is_kept_there_is_nothing_to_draw(world: World) -> None:
    make_use_case(world)
    world = agreed(world)
    serve(replace(world, policy=replace(world.policy, keep_texts=False)), "one")

    with pytest.raises(Invalid) as refused:
        sampled(world, 1)

    assert refused.value.field == "sample"


def test_a_use_case_that_is_none_is_named(world: World) -> None:
    make_use_case(world)

    with pytest.raises(NotFound) as refused:
        sampled(agreed(world), 1, sample=Sample("none", 1))

    assert refused.value.field == "sample.use_case"


def test_what_a_shadow_or_a_comparison_asked_is_no_input_of_a_user(world: World) -> None:
    make_mirrored(world)
    begin(world)
    world = agreed(world)
    serve(world, "real")
    idle(world)
    run(world, make(world, use_case=CODE, candidates=BOTH, inputs=(), sample=Sample(CODE, 5)))

    assert sampled(world, 10) == ["real"]
