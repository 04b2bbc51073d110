"""What people, scorers and refusals say of an answer teaches the router, once, whoever does it and wherever it dies."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest

from app.db import outcomes, router_heads
from app.db.facts import FeedbackGiven, RouteDone, Scored
from app.db.uow import Store, Tx
from app.domain.errors import ProviderError, StoreUnavailable
from app.domain.route import Tried
from app.domain.routing.record import of_tier
from app.services import calls, feedback, generate, tick
from app.services.feedback import Given
from app.services.routing import kept_routes, learning, sources, teaching
from app.services.routing.sources import SOURCES
from app.services.world import World
from tests.db import makers
from tests.db.routed import route
from tests.services.conftest import clock, store, store_kind, store_url
from tests.services.made import CODE, ask, make_step, make_use_case
from tests.services.routing.routed import (
    LARGE,
    MEDIUM,
    SMALL,
    answered,
    auto_step,
    learner,
    log,
    make_auto,
    opine,
)
from tests.worlds import Clock, numbered, opened

__all__ = ["clock", "store", "store_kind", "store_url"]


@pytest.fixture
def world(store: Store, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """A world in which nothing is left to chance."""
    with opened(store, tmp_path, clock=clock, new_id=numbered(), hold_out=0.0) as world:
        yield world


def learn(world: World) -> list[str]:
    return list(learning.learn(world))


def sums(world: World, model: str) -> tuple[float, float]:
    """Weight of the outcomes that the heads of the one use case learned of a model, and its forecast's quality."""
    with world.store.read() as tx:
        heads = {head.model: head for head in router_heads.of_learner(tx, learner(world))}
    return (heads[model].outcomes if model in heads else 0.0), len(heads)


def test_opinions_shift_which_model_is_picked(world: World) -> None:
    make_auto(world)
    first = answered(world, "c0")
    for number in range(15):
        answered(world, f"c{number}", think=0.0)
    learn(world)
    after = answered(world, "later")

    assert first.calls[0].model == LARGE
    assert after.calls[0].model == MEDIUM
    assert world.routers.expected(learner(world), world.catalogue.models[LARGE], "easy").quality < 0.5


def test_good_opinions_of_a_cheap_model_bring_it_in_front(world: World) -> None:
    make_auto(world, strategy="best_cost", min_quality=0.7)
    before = answered(world, "c0")
    with world.store.write() as tx:  # somebody asked the cheap one a while, and was content
        who = learner(world)
        outcomes.put(tx, [_content(world, who, number) for number in range(60)])
    learn(world)
    after = answered(world, "later")

    assert before.calls[0].model == LARGE
    assert after.calls[0].model == SMALL


def test_an_opinion_on_a_run_teaches_of_that_run_though_a_newer_one_had_begun(world: World) -> None:
    who = make_auto(world)
    first, second = (answered(world, "c1") for _ in range(2))
    for done, think in ((second, 1.0), (first, 0.25)):
        feedback.give(world, Given("score", think, run_id=done.run.id))
    learn(world)

    assert {each.call_id: each.quality for each in log(world, who)} == {first.by.id: 0.25, second.by.id: 1.0}


def test_an_opinion_becomes_one_outcome_of_the_answer_that_left(world: World) -> None:
    who = make_auto(world)
    done = answered(world, think=0.75)

    lines = learn(world)
    again = learn(world)

    (known,) = log(world, who)
    assert (known.call_id, known.model, known.source) == (done.calls[0].id, LARGE, "feedback")
    assert (known.quality, known.weight, known.level) == (0.75, 1.0, "easy")
    assert known.route_id is not None
    assert lines == ["learned 1 outcomes from opinions", f"taught the heads of {who} 1 outcomes"]
    assert again == []


def test_several_opinions_of_one_answer_are_their_mean_and_a_changed_one_counts_as_it_stands(world: World) -> None:
    who = make_auto(world)
    answered(world)
    opine(world, "c1", 1.0, rater="anna")
    opine(world, "c1", 0.5, rater="ben")
    learn(world)
    before = log(world, who)
    opine(world, "c1", 0.0, rater="anna")
    learn(world)
    (after,) = log(world, who)

    assert [each.quality for each in before] == [0.75]
    assert after.quality == 0.25
    assert sums(world, LARGE)[0] == 1.0


def test_an_opinion_speaks_of_the_newest_run_before_it(world: World, clock: Clock) -> None:
    who = make_auto(world)
    answered(world)
    clock.forward(minutes=1)
    second = answered(world, think=0.25)
    clock.forward(minutes=1)
    answered(world)
    learn(world)

    assert [(each.call_id, each.quality) for each in log(world, who)] == [(second.calls[0].id, 0.25)]


def test_an_opinion_credits_every_step_of_a_run(world: World) -> None:
    who = make_auto(world, steps=(auto_step("first"), auto_step("second", "Improve {{ outputs.first }}")))
    done = answered(world, think=0.5)
    learn(world)

    assert {each.call_id for each in log(world, who)} == {call.id for call in done.calls}
    assert len(done.calls) == 2


def test_an_opinion_of_a_call_credits_that_answer_alone(world: World) -> None:
    who = make_auto(world, steps=(auto_step("first"), auto_step("second", "Improve {{ outputs.first }}")))
    done = answered(world)
    opine(world, "c1", 1.0, call_id=done.calls[0].id)
    learn(world)

    assert [each.call_id for each in log(world, who)] == [done.calls[0].id]


def test_answers_that_no_router_chose_join_the_record_and_teach_no_head(world: World) -> None:
    make_use_case(world, steps=(make_step(models=(SMALL,)),))
    who = learner(world)
    answered(world, think=1.0)
    learn(world)

    assert [(each.model, each.level, each.route_id) for each in log(world, who)] == [(SMALL, "", None)]
    assert world.routers.expected(who, world.catalogue.models[SMALL], "easy").outcomes == 1.0
    assert sums(world, SMALL) == (0.0, 0)


def test_comments_and_failures_of_the_service_say_nothing_of_a_model(world: World) -> None:
    who = make_auto(world)
    done = answered(world)
    feedback.give(world, Given("comment", use_case=CODE, correlation_id="c1", comment="nice"))
    failure = FeedbackGiven(makers.opinion(done.session, id=world.new_id(), kind="failure", value=0.0, reward=0.0))
    world.journal.write([failure], timeout_s=5)
    learn(world)

    assert log(world, who) == []


def test_scores_count_half_and_give_way_to_people(world: World, clock: Clock) -> None:
    who = make_auto(world)
    done = answered(world)
    _score(world, done.calls[0].id, done.session.id, 80.0)
    learn(world)
    (scored,) = log(world, who)
    clock.forward(minutes=1)
    opine(world, "c1", 0.0)
    learn(world)
    (told,) = log(world, who)

    assert (scored.source, scored.quality, scored.weight, scored.level) == ("scorer", 0.8, 0.5, "easy")
    assert (told.source, told.quality, told.weight) == ("feedback", 0.0, 1.0)
    assert sums(world, LARGE)[0] == 1.0  # the head was built anew: the score is out of it


def test_points_of_a_rubric_that_knows_nothing_of_the_work_teach_nothing(world: World) -> None:
    who = make_auto(world)
    finished = answered(world)
    _score(world, finished.by.id, finished.session.id, 90.0, rubric="generic")
    learn(world)

    assert log(world, who) == []


def test_trust_in_answers_counts_of_good_ones_and_of_those_asked_anew(world: World) -> None:
    who = make_auto(world)
    cheap, dear = Tried(world.new_id(), SMALL, 0.2), Tried(world.new_id(), LARGE, 0.9)
    _routed(world, who, (cheap, dear))
    _routed(world, who, (Tried(world.new_id(), SMALL, 0.8),))
    learn(world)

    told = [(each.model, pytest.approx(each.quality), each.source) for each in log(world, who)]
    assert told == [
        (SMALL, 0.2 * of_tier("cheap", "easy"), "rules"),
        (LARGE, 0.9 * of_tier("best", "easy"), "rules"),
        (SMALL, 0.8 * of_tier("cheap", "easy"), "rules"),
    ]


def test_a_refusal_is_worth_nothing_and_an_outage_says_nothing(world: World) -> None:
    make_use_case(world, steps=(make_step(faults={"content_refused": 1.0}),))
    make_use_case(world, "down", steps=(make_step(faults={"unavailable": 1.0}),))
    for code in (CODE, "down"):
        with pytest.raises(ProviderError):
            generate.run(world, code, ask())
    failed = calls.page(world, calls.CallFilter(), cursor=None, limit=10)[0]
    _routed(world, "direct", tuple(Tried(call.id, call.model, failed=True) for call in failed))
    learn(world)

    assert {call.error for call in failed} == {"content-refused", "provider-unavailable"}
    assert [(each.quality, each.source, each.weight) for each in log(world, "direct")] == [(0.0, "failure", 0.5)]


def test_two_processes_on_one_store_count_each_outcome_once(store: Store, tmp_path: Path, world: World) -> None:
    who = make_auto(world)
    for number in range(10):
        answered(world, f"c{number}", think=number % 2)
    with opened(store, tmp_path / "other", clock=Clock(), new_id=numbered()) as other:
        assert learn(world)
        assert learn(other) == []
        answered(world, "more", think=1.0)
        learn(other)
        learn(world)

    assert len(log(world, who)) == 11
    assert sums(world, LARGE)[0] + sums(world, MEDIUM)[0] == 11.0


def test_processes_that_learn_at_the_same_time_count_each_outcome_once(
    world: World, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = make_auto(world)
    for number in range(12):
        answered(world, f"c{number}", think=1.0)
    monkeypatch.setattr(teaching, "PAGE", 4)
    monkeypatch.setattr(sources, "PAGE", 8)
    begun = threading.Barrier(3)

    def learn_apart(number: int) -> None:
        own = Store(store_url)
        with opened(own, tmp_path / str(number), clock=Clock(), new_id=numbered()) as other:
            begun.wait()
            for _ in range(4):
                learn(other)
        own.close()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(learn_apart, range(3)))

    assert len(log(world, who)) == 12
    assert sums(world, LARGE) == (12.0, 1)


def test_a_process_that_dies_between_the_steps_loses_and_doubles_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = make_auto(world)
    for number in range(5):
        answered(world, f"c{number}", think=1.0)

    def die(*_: object) -> None:
        raise StoreUnavailable("killed")

    with monkeypatch.context() as patched:
        patched.setattr(teaching, "teach", die)
        with pytest.raises(StoreUnavailable):
            learn(world)
    with monkeypatch.context() as patched:
        patched.setattr(router_heads, "put", die)
        with pytest.raises(StoreUnavailable):
            learn(world)
    before = sums(world, LARGE)
    learn(world)

    assert before == (0.0, 0)
    assert sums(world, LARGE) == (5.0, 1)
    assert len(log(world, who)) == 5


def test_a_page_that_another_process_took_meanwhile_is_left_to_it(
    world: World, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_auto(world)
    answered(world, think=1.0)
    list(learning._soon(world, SOURCES[0]))
    before = teaching.rows.encodings_of

    def slowly(tx: Tx, route_ids: Sequence[str]) -> dict[str, tuple[bytes, float | None]]:
        with monkeypatch.context() as quick:
            quick.setattr(teaching.rows, "encodings_of", before)
            with opened(store, tmp_path / "other", clock=Clock(), new_id=numbered()) as other:
                assert sum(teaching.teach(other).values()) == 1
        return before(tx, route_ids)

    monkeypatch.setattr(teaching.rows, "encodings_of", slowly)
    assert sum(teaching.teach(world).values()) == 0
    assert sums(world, LARGE) == (1.0, 1)


def test_what_waited_in_a_spool_is_learned_late(store: Store, tmp_path: Path, clock: Clock) -> None:
    with opened(store, tmp_path, clock=clock, new_id=_timed(clock), hold_out=0.0) as world:
        who = make_auto(world)
        first = answered(world, "c1")
        held = makers.opinion(first.session, id=world.new_id(), at=clock.moment, reward=0.25)
        clock.forward(minutes=1)
        answered(world, "c2", think=1.0)
        learn(world)
        world.journal.write([FeedbackGiven(held)], timeout_s=5)
        learn(world)
        soon = len(log(world, who))
        clock.forward(hours=7)
        learn(world)

        assert (soon, [each.quality for each in log(world, who)]) == (1, [1.0, 0.25])
        assert learn(world) == []


def test_rows_that_come_out_of_order_are_learned_soon(store: Store, tmp_path: Path, clock: Clock) -> None:
    with opened(store, tmp_path, clock=clock, new_id=_timed(clock), hold_out=0.0) as world:
        who = make_auto(world)
        first = answered(world, "c1")
        held = makers.opinion(first.session, id=world.new_id(), at=clock.moment, reward=0.25)
        clock.forward(seconds=5)
        answered(world, "c2", think=1.0)
        learn(world)
        world.journal.write([FeedbackGiven(held)], timeout_s=5)
        learn(world)

        assert [each.quality for each in log(world, who)] == [1.0, 0.25]


def test_with_nothing_new_nothing_is_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    make_auto(world)
    done = answered(world, think=1.0)
    _score(world, done.calls[0].id, done.session.id, 80.0)
    learn(world)

    def refuse(_: Store) -> None:
        raise AssertionError("nothing is to be written")

    monkeypatch.setattr(Store, "write", refuse)
    assert learn(world) == []


def test_what_was_said_of_the_route_later_stands_without_being_written_again(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = make_auto(world)
    answered(world, think=1.0)
    learn(world)
    clock.forward(minutes=1)
    route_id = log(world, who)[0].route_id
    assert route_id is not None
    kept_routes.tell(world, route_id, 0.25)
    learn(world)
    writes: list[Store] = []
    before = Store.write
    monkeypatch.setattr(Store, "write", lambda store: writes.append(store) or before(store))
    learn(world)

    assert ([each.quality for each in log(world, who)], writes) == ([0.25], [])
    assert sums(world, LARGE)[0] == 1.0


def test_more_than_a_page_is_learned_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    who = make_auto(world)
    for number in range(7):
        answered(world, f"c{number}", think=0.5)
    monkeypatch.setattr(sources, "PAGE", 2)
    monkeypatch.setattr(learning, "PAGES", 2)
    seen = []
    for _ in range(3):
        learn(world)
        seen.append(len(log(world, who)))

    assert seen == [4, 7, 7]


def test_the_beat_learns(world: World) -> None:
    who = make_auto(world)
    answered(world, think=1.0)

    assert f"taught the heads of {who} 1 outcomes" in list(tick.beat(world))


def _content(world: World, who: str, number: int) -> outcomes.Outcome:
    day = world.now().date()
    return outcomes.Outcome(
        world.new_id(), world.now(), who, SMALL, "easy", day, None, None, "feedback", 1.0, 1.0, world.new_id()
    )


def _score(world: World, call_id: str, session_id: str, points: float, *, rubric: str = "summarisation") -> None:
    fact = Scored(call_id, rubric, world.now(), LARGE, points, {}, session_id=session_id)
    world.journal.write([fact], timeout_s=5)


def _routed(world: World, who: str, tried: tuple[Tried, ...]) -> None:
    done = route(id=world.new_id(), at=world.now(), learner=who, task=None, tried=tried, model=tried[-1].model)
    world.journal.write([RouteDone(done)], timeout_s=5)


def _timed(clock: Clock) -> Callable[[], str]:
    """Ids that carry the clock's millisecond, as those of the service carry the real one."""
    numbers = count(1)
    return lambda: str(UUID(int=(int(clock.moment.timestamp() * 1000) << 80) + next(numbers)))
