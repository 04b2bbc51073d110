"""What was learned is read without waiting, follows what others learn, stays when the store goes, and is bounded."""

import logging
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db import model_days, router_standings
from app.db.router_standings import Standing
from app.db.uow import Store
from app.domain.errors import StoreUnavailable
from app.domain.routing.encoding import encode
from app.domain.routing.forecaster import Forecast
from app.domain.routing.record import Expected
from app.services.routing import known as reading
from app.services.routing import learning, routers, teaching
from app.services.routing.routers import WORTH, Routers
from app.services.world import World
from tests.services.routing.routed import LARGE, MEDIUM, SMALL, judged
from tests.waiting import until
from tests.worlds import Clock, catalogue, opened

WHO, OTHER = "task:one", "task:other"
HELLO = encode("Say hello")


def forecasts(of: Routers, learner: str = WHO) -> dict[str, Forecast]:
    models = [catalogue().models[slug] for slug in (SMALL, MEDIUM, LARGE)]
    return dict(of.forecasts(learner, models, HELLO, None))


def quality(of: Routers, slug: str = SMALL, learner: str = WHO) -> float:
    return of.expected(learner, catalogue().models[slug], "easy").quality


def learn(world: World, learner: str, model: str, quality: float, times: int = 20) -> None:
    judged(world, learner, model, [("Say hello", quality)] * times)
    list(learning.learn(world))


def test_only_models_with_outcomes_are_forecast(world: World) -> None:
    before = forecasts(world.routers)
    learn(world, WHO, SMALL, 0.0)

    assert before == {}
    assert set(forecasts(world.routers)) == {SMALL}
    assert forecasts(world.routers)[SMALL].quality < 0.3
    assert forecasts(world.routers, OTHER) == {}


def test_what_was_learned_for_one_is_known_a_little_to_all(world: World) -> None:
    before = quality(world.routers, learner="task:before")
    learn(world, WHO, SMALL, 0.0)
    fresh = Routers(world.store, world.catalogue, now=world.now)

    assert quality(fresh) < quality(fresh, learner=OTHER) < before
    assert fresh.expected(OTHER, catalogue().models[SMALL], "easy").outcomes == 0.0


def test_older_days_count_less_and_those_before_the_record_not_at_all(world: World, clock: Clock) -> None:
    learn(world, WHO, SMALL, 0.0)
    seen = []
    for days in (0, 10, 20, 40):
        clock.forward(days=days - (clock.moment - Clock().moment).days)
        seen.append(quality(Routers(world.store, world.catalogue, now=clock)))
    never = quality(Routers(world.store, world.catalogue, now=clock), learner="task:never")

    assert seen == sorted(seen)
    assert len(set(seen)) == 4
    assert seen[-1] == never


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1e4), st.floats(0, 1e4))
def test_record_and_forecast_are_mixed_by_what_the_forecast_was_taught(
    recorded: float, foreseen: float, taught: float, outcomes: float
) -> None:
    known = Expected(recorded, recorded / 2, outcomes, 100.0, 300.0, 0.01, 10.0)
    told = Forecast(foreseen, foreseen / 2, taught, {}, {})
    mixed, low, weight = Routers.quality(known, told)

    assert min(recorded, foreseen) - 1e-9 <= mixed <= max(recorded, foreseen) + 1e-9
    assert low <= mixed
    assert weight == max(taught, outcomes)
    assert Routers.quality(known, None) == (recorded, recorded / 2, outcomes)
    share = taught / (taught + WORTH)
    assert abs(mixed - (share * foreseen + (1 - share) * recorded)) < 1e-9


def test_what_others_learn_is_followed(world: World, store: Store, tmp_path: Path) -> None:
    with opened(store, tmp_path / "other", clock=Clock(), routers={"poll_s": 0.01}) as other:
        before = quality(other.routers)
        other.routers.start()
        learn(world, WHO, SMALL, 0.0)

        until(lambda: set(forecasts(other.routers)) == {SMALL})
        assert quality(other.routers) < before


def test_a_standing_is_followed(world: World) -> None:
    before = world.routers.standing(WHO)
    standing = Standing(WHO, "no gain", SMALL, {"n": 1}, world.now())
    with world.store.write() as tx:
        router_standings.put(tx, standing)
    world.routers.refresh()

    assert before is None
    assert world.routers.standing(WHO) == standing


def test_with_the_store_gone_what_is_known_stays_and_strangers_get_what_all_have(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    learn(world, WHO, SMALL, 0.0)
    before = forecasts(world.routers), quality(world.routers)
    world.store.close()

    with pytest.raises(StoreUnavailable):
        world.routers.refresh()
    with caplog.at_level(logging.WARNING):
        following = Routers(world.store, world.catalogue, now=world.now, poll_s=0.01)
        following._known = dict(world.routers._known)
        following.start()
        until(lambda: any(record.msg == "routers_stale" for record in caplog.records))
        following.close()
    assert (forecasts(world.routers), quality(world.routers)) == before
    assert forecasts(world.routers, "task:stranger") == {}
    assert quality(world.routers, learner="task:stranger") > before[1]
    assert "task:stranger" not in world.routers._known


def test_those_asked_for_longest_ago_give_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routers, "MOST_LEARNERS", 2)
    for learner in ("task:a", "task:b", "task:a", "task:c"):
        quality(world.routers, learner=learner)

    assert set(world.routers._known) == set(world.routers._asked) == {"task:a", "task:c"}


def test_heads_take_no_more_memory_than_they_may(world: World) -> None:
    for learner in (WHO, OTHER):
        for model in (SMALL, MEDIUM, LARGE):
            judged(world, learner, model, [("Say hello", 1.0)] * (3 if model == MEDIUM else 2))
    teaching.teach(world)
    small = Routers(world.store, world.catalogue, now=world.now, max_bytes=2 * reading.HEAD_BYTES)
    first = forecasts(small)
    second = forecasts(small, OTHER)

    assert set(first) == set(second) == {MEDIUM, LARGE}
    assert set(small._known) == {OTHER}
    assert sum(each.size for each in small._known.values()) <= 2 * reading.HEAD_BYTES


def test_a_head_that_cannot_be_read_is_left_out(world: World, caplog: pytest.LogCaptureFixture) -> None:
    learn(world, WHO, SMALL, 0.0)
    fresh = Routers(world.store, world.catalogue, now=world.now, scored=True)
    with world.store.write() as tx:
        tx.exec_driver_sql("UPDATE router_heads SET state = %s" % ("X'00'" if world.store.sqlite else r"'\x00'"))
    with caplog.at_level(logging.WARNING):
        assert forecasts(fresh) == {}

    assert [record.msg for record in caplog.records] == ["head_unreadable"]


def test_many_who_ask_first_at_once_read_the_store_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    learn(world, WHO, SMALL, 0.0)
    fresh = Routers(world.store, world.catalogue, now=world.now)
    reads, begun = [], threading.Barrier(8)
    read = routers.read_known

    def counted(*args: object, **given: object) -> object:
        reads.append(args[1])
        return read(*args, **given)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(routers, "read_known", counted)

    def ask(_: int) -> set[str]:
        begun.wait()
        return set(forecasts(fresh))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [{SMALL}] * 8
    assert reads == [WHO]


def test_the_record_is_read_again_after_a_while_if_it_is_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routers, "RECORD_S", -1.0)
    model = catalogue().models[SMALL]
    world.routers.expected(WHO, model, "easy")
    world.routers.expected(OTHER, model, "easy")
    world.routers.refresh()
    world.routers.expected(WHO, model, "easy")
    with world.store.write() as tx:
        for learner in (WHO, OTHER):
            model_days.add(tx, {(learner, SMALL, "easy", world.now().date()): _calls(100)})
    world.routers.refresh()

    assert world.routers.expected(WHO, model, "easy").calls == 100.0
    assert world.routers.expected(OTHER, model, "easy").calls == 0.0


def _calls(number: int) -> Counter[str]:
    return Counter(calls=number, answered=number, latency_ms=10 * number)
