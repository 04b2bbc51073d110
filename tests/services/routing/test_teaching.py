"""Heads are taught the log of their learner: in order, once, and anew when too much of it was replaced."""

from dataclasses import replace

import pytest

from app.db import cursors, outcomes, router_heads
from app.domain.routing import forecaster
from app.domain.routing.encoding import encode
from app.domain.routing.forecaster import Forecaster, Seen
from app.domain.routing.learned import Learned
from app.domain.routing.shipped import SHIPPED
from app.services.routing import teaching
from app.services.world import World
from tests.services.routing.routed import LARGE, MEDIUM, SMALL, heads, judged

WHO, OTHER = "task:one", "task:other"
EASY, HARD = "Name the capital of France", "Prove the theorem about prime gaps"
BOTH = [(EASY, 1.0), (HARD, 0.0)] * 10


def learned(world: World, model: str, position: float, of: str = WHO) -> Learned:
    return Learned(Forecaster(SHIPPED, position, scored=False)).load(heads(world, of)[model].state)


def test_heads_learn_which_prompts_a_model_answers_well(world: World) -> None:
    judged(world, WHO, SMALL, BOTH * 2)

    assert teaching.teach(world) == {WHO: 40}
    assert teaching.teach(world) == {}
    one = learned(world, SMALL, 0.0).forecaster
    assert one.forecast(Seen(encode(EASY))).quality > 0.7
    assert one.forecast(Seen(encode(HARD))).quality < 0.3
    assert heads(world, WHO)[SMALL].outcomes == 40.0


def test_the_same_log_teaches_the_same_head_page_by_page_or_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for of in (WHO, OTHER):
        judged(world, of, SMALL, [(f"Tell of {number}", number % 3 / 2) for number in range(20)])
    teaching._page(world, WHO, "")
    monkeypatch.setattr(teaching, "PAGE", 3)
    taught = teaching.teach(world)

    assert taught == {OTHER: 20}
    assert learned(world, SMALL, 0.0).forecaster.state() == learned(world, SMALL, 0.0, OTHER).forecaster.state()


def test_a_head_is_built_anew_once_enough_was_replaced(world: World) -> None:
    told = judged(world, WHO, SMALL, [(EASY, 1.0)] * 100, weight=0.5)
    teaching.teach(world)
    with world.store.write() as tx:
        outcomes.put(tx, [replace(each, quality=0.0, weight=0.5, seq=world.new_id()) for each in told[:2]])
    teaching.teach(world)
    before = learned(world, SMALL, 0.0)
    with world.store.write() as tx:
        outcomes.put(tx, [replace(each, quality=0.0, weight=0.5, seq=world.new_id()) for each in told[2:40]])
    teaching.teach(world)
    after = learned(world, SMALL, 0.0)

    assert (before.late, before.forecaster.outcomes) == (2, 50.0)
    assert (after.late, after.forecaster.outcomes) == (0, 50.0)
    assert after.forecaster.forecast(Seen(encode(EASY))).quality < 0.7
    assert before.forecaster.forecast(Seen(encode(EASY))).quality > 0.9


def test_trees_are_fitted_as_the_log_grows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (teaching, forecaster):
        monkeypatch.setattr(module, "FIRST_FIT", 40)
    judged(world, WHO, SMALL, BOTH + BOTH[:-1])
    teaching.teach(world)
    small = heads(world, WHO)[SMALL].fitted
    judged(world, WHO, SMALL, BOTH[:1])
    teaching.teach(world)
    first = heads(world, WHO)[SMALL].fitted
    judged(world, WHO, SMALL, BOTH[:-5])
    teaching.teach(world)
    same = heads(world, WHO)[SMALL].fitted
    judged(world, WHO, SMALL, BOTH[:2])
    teaching.teach(world)

    assert (small, first, same) == (0, 40, 40)
    assert heads(world, WHO)[SMALL].fitted == 57
    assert learned(world, SMALL, 0.0).forecaster.parts().trees is not None


def test_a_new_model_begins_where_the_nearest_tier_stands(world: World) -> None:
    judged(world, WHO, SMALL, [(EASY, 1.0), (HARD, 0.0)] * 40)
    judged(world, WHO, LARGE, [(EASY, 0.0), (HARD, 1.0)] * 10)
    teaching.teach(world)
    judged(world, WHO, MEDIUM, [("Say something", 0.5)])
    judged(world, OTHER, MEDIUM, [("Say something", 0.5)])
    teaching.teach(world)
    lent, cold = (learned(world, MEDIUM, 0.5, of).forecaster for of in (WHO, OTHER))

    assert lent.outcomes == cold.outcomes == 1.0
    spread = [
        one.forecast(Seen(encode(EASY))).quality - one.forecast(Seen(encode(HARD))).quality for one in (lent, cold)
    ]
    assert spread[0] > 0.3 > spread[1]


def test_a_model_that_left_the_catalogue_teaches_nobody_and_stops_nobody(world: World) -> None:
    judged(world, WHO, "vendor/gone", BOTH)
    judged(world, WHO, SMALL, BOTH[:3])
    teaching.teach(world)

    assert set(heads(world, WHO)) == {SMALL}
    assert teaching.teach(world) == {}


def test_a_head_of_another_version_is_built_anew_from_the_log(world: World) -> None:
    judged(world, WHO, SMALL, BOTH)
    teaching.teach(world)
    with world.store.write() as tx:
        router_heads.put(tx, replace(heads(world, WHO)[SMALL], state=b"of another version"))
    judged(world, WHO, SMALL, BOTH[:3])
    teaching.teach(world)

    assert learned(world, SMALL, 0.0).forecaster.outcomes == 23.0


def test_a_beat_teaches_so_much_and_the_next_one_goes_on_with_who_waits_longest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teaching, "MOST", 5)
    monkeypatch.setattr(teaching, "PAGE", 5)
    judged(world, WHO, SMALL, BOTH[:7])
    judged(world, OTHER, SMALL, BOTH[:6])

    assert [teaching.teach(world) for _ in range(4)] == [{WHO: 5}, {OTHER: 5}, {WHO: 2, OTHER: 1}, {}]


def test_the_place_in_the_log_is_moved_with_the_heads(world: World) -> None:
    told = judged(world, WHO, SMALL, BOTH[:4])
    teaching.teach(world)

    with world.store.read() as tx:
        assert cursors.position(tx, teaching.CURSOR + WHO) == told[-1].seq == heads(world, WHO)[SMALL].seq
