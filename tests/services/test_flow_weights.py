"""Whatever people edit, and however their edits overtake each other, weights sum to 10 000 over the active flows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random
from threading import Barrier

import pytest

from app.db.uow import Store
from app.domain.errors import ModelMatchError
from app.services import flows
from app.services.flows import FlowEdit
from app.services.world import World
from tests.services.made import CODE, all_flows, make_use_case
from tests.worlds import opened

THREE = {"a": 5000, "b": 3000, "c": 2000}


def change(world: World, flow: str, **edited: object) -> object:
    """The flow after the edit."""
    return flows.change(world, CODE, flow, FlowEdit(**edited), actor="me")  # type: ignore[arg-type]  # fields of FlowEdit by name


def edits(draw: Random, number: Callable[[], int]) -> Callable[[World], object]:
    """One edit as people make them, drawn with a seed."""
    code, weight = draw.choice("abcd"), draw.choice((0, 1, 3333, 9999, 10_000, 10_001))
    match draw.randrange(6):
        case 0:
            return lambda world: change(world, code, weight=weight)
        case 1:
            return lambda world: change(world, code, active=False)
        case 2:
            return lambda world: change(world, code, active=True, weight=weight)
        case 3:
            return lambda world: flows.set_weights(world, CODE, {"a": weight, code: 10_000 - weight}, actor="me")
        case 4:
            return lambda world: flows.clone(world, CODE, code, new_code=f"n{number()}", title=None)
        case _:
            return lambda world: change(world, code, active=True)


def holds(world: World) -> None:
    """What is true after any edit."""
    known = all_flows(world).values()
    assert sum(flow.weight for flow in known if flow.active) == 10_000
    assert all(flow.weight == 0 for flow in known if not flow.active)


@pytest.mark.parametrize("seed", range(3))
def test_weights_sum_to_ten_thousand_after_every_edit(world: World, seed: int) -> None:
    make_use_case(world, weights={"a": 4000, "b": 3000, "c": 2000, "d": 1000})
    draw, numbers = Random(seed), count()

    for _ in range(25):
        with suppress(ModelMatchError):
            edits(draw, lambda: next(numbers))(world)
        holds(world)


def test_edits_that_overtake_each_other_leave_the_weights_whole(world: World, store_url: str, tmp_path: Path) -> None:
    make_use_case(world, weights={"a": 4000, "b": 3000, "c": 2000, "d": 1000})
    other_store, numbers = Store(store_url), count()
    with opened(other_store, tmp_path / "other") as other, ThreadPoolExecutor(4) as pool:

        def work(seed: int) -> None:
            draw = Random(seed)
            for _ in range(12):
                with suppress(ModelMatchError):
                    edits(draw, lambda: next(numbers))((world, other)[seed % 2])

        list(pool.map(work, range(4)))
    other_store.close()

    holds(world)


def test_two_people_cannot_take_the_last_two_flows_away_at_once(world: World, store_url: str, tmp_path: Path) -> None:
    make_use_case(world, weights={"a": 5000, "b": 5000})
    other_store, start_line = Store(store_url), Barrier(2)
    with opened(other_store, tmp_path / "other") as other, ThreadPoolExecutor(2) as pool:

        def take_away(at: World, flow: str) -> None:
            start_line.wait(timeout=60)
            with suppress(ModelMatchError):
                change(at, flow, active=False)

        for _ in range(10):
            list(pool.map(take_away, (world, other), ("a", "b")))

            assert sum(flow.active for flow in all_flows(world).values()) == 1
            holds(world)
            for flow in ("a", "b"):
                change(world, flow, active=True)
    other_store.close()


def test_weights_that_are_set_at_once_in_any_order_wait_for_each_other_and_never_in_a_circle(
    world: World, store_url: str, tmp_path: Path
) -> None:
    """wire.md C12: where rows are locked in the order of the request, two such requests block each other for good."""
    make_use_case(world, weights={"a": 4000, "b": 3000, "c": 2000, "d": 1000})
    other_store, begin = Store(store_url, busy_timeout_ms=20_000), Barrier(4)
    with opened(other_store, tmp_path / "other") as other, ThreadPoolExecutor(4) as pool:

        def work(number: int) -> None:
            at, order = (world, other)[number % 2], "abcd" if number < 2 else "dcba"
            begin.wait()
            for turn in range(8):
                flows.set_weights(at, CODE, dict.fromkeys(order[turn % 4 :] + order[: turn % 4], 2500), actor="me")
                change(at, order[turn % 4], weight=1000 * (number + 1))

        list(pool.map(work, range(4)))  # raises what any of them was refused with
    other_store.close()

    holds(world)
