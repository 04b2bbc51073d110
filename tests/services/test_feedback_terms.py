"""What of an opinion counts is said by the terms of the experiment in which its session was assigned."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.errors import Conflict, Invalid
from app.domain.feedback import Feedback
from app.domain.message import Usage
from app.services import calls, experiments, feedback, picks
from app.services.calls import Reported
from app.services.feedback import Given
from app.services.world import World
from tests.services.made import CODE, SMALL, make_use_case
from tests.services.rolling import HALVES, opinions, seen, start_under
from tests.worlds import Clock, opened

COST = {"quality": 1.0, "cost": 1.0, "latency": 2.0, "dearest": 100, "slowest_ms": 1000}


@pytest.fixture
def world(store: Store, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """Its ids are new in every test, because terms are remembered by the experiment's."""
    with opened(store, tmp_path, clock=clock) as world:
        make_use_case(world, weights=HALVES)
        yield world


def give(world: World, kind: str = "thumb", value: float | None = 1, **given: object) -> Feedback:
    """An opinion on session c1."""
    target = {"use_case": CODE, "correlation_id": "c1"}
    return feedback.give(world, Given(kind, value, **{**target, **given}))  # type: ignore[arg-type]  # fields of Given by name


def pick(world: World) -> None:
    """Open session c1."""
    picks.pick(world, CODE, correlation_id="c1")


def report(world: World, *, cost: int, latency_ms: int) -> None:
    """A call that session c1 has made."""
    told = Reported(SMALL, latency_ms, Usage(1), use_case=CODE, correlation_id="c1", cost=cost)
    calls.report(world, told)


def test_only_the_metrics_kind_counts_and_the_others_are_kept(world: World) -> None:
    experiment = start_under(world, metric={"kind": "thumb"})
    pick(world)

    counted = [give(world, "thumb", 1).counted, give(world, "rating", 1).counted]

    assert counted == [1.0, None]
    assert (seen(world, experiment)["n"], seen(world, experiment)["rated"], len(opinions(world))) == (1, 1, 2)


def test_an_opinion_later_than_the_metrics_window_is_kept_and_does_not_count(world: World, clock: Clock) -> None:
    experiment = start_under(world, metric={"window_days": 2})
    pick(world)
    clock.forward(days=2)
    on_time = give(world, rater="one")
    clock.forward(seconds=1)
    late = give(world, rater="two")

    assert (on_time.counted, late.counted, late.reward) == (1.0, None, 1.0)
    assert seen(world, experiment)["n"] == 1


def test_feedback_is_taken_after_the_session_has_expired_until_the_window_is_over(world: World, clock: Clock) -> None:
    pick(world)
    clock.forward(days=30)
    assert give(world).counted is None

    clock.forward(seconds=1)
    with pytest.raises(Conflict) as late:
        give(world, rater="late")

    assert late.value.code == "feedback-too-late"
    assert world.policy.feedback_window == timedelta(days=30)
    assert len(opinions(world)) == 1


def test_cost_and_time_of_the_session_weigh_in(world: World) -> None:
    experiment = start_under(world, objective=COST)
    pick(world)
    report(world, cost=30, latency_ms=100)
    report(world, cost=10, latency_ms=300)

    opinion = give(world)

    assert opinion.reward == 1.0
    assert opinion.counted == pytest.approx((1 * 1 + 1 * (1 - 0.4) + 2 * (1 - 0.2)) / 4)  # 40 of 100, 200 of 1000 ms
    assert seen(world, experiment)["sum"] == pytest.approx(800_000)


def test_an_opinion_on_a_session_nothing_is_known_of_does_not_count_where_cost_does(world: World) -> None:
    start_under(world, objective=COST)
    pick(world)

    assert give(world).counted is None


@pytest.mark.parametrize(("objective", "counted"), [({}, 1.0), (COST, None)])
def test_without_the_store_an_opinion_counts_where_quality_alone_does(
    store_url: str, tmp_path: Path, clock: Clock, objective: dict[str, float], counted: float | None
) -> None:
    store = Store(store_url)
    with opened(store, tmp_path, clock=clock) as world:
        make_use_case(world, weights=HALVES)
        start_under(world, objective=objective)
        pick(world)
        report(world, cost=1, latency_ms=5)
        store.close()

        assert give(world).counted == counted


def test_sessions_of_an_ended_experiment_go_on_counting_by_its_own_terms(world: World, clock: Clock) -> None:
    first = start_under(world, metric={"kind": "thumb"})
    pick(world)
    experiments.stop(world, first.id)
    clock.forward(seconds=1)
    second = start_under(world, metric={"kind": "rating"})

    counted = [give(world, "thumb", 1).counted, give(world, "rating", 5).counted]

    assert counted == [1.0, None]
    assert (seen(world, first)["n"], seen(world, second)["n"]) == (1, 0)


def test_without_feedback_a_session_counts_for_nothing(world: World) -> None:
    """Without W3: an unrated flow is unknown, not worst."""
    experiment = start_under(world)
    pick(world)

    found = seen(world, experiment)
    assert (found["sessions"], found["n"], found["sum"], found["rated"]) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("author", "rater", "kept"),
    [
        (None, None, "user"),
        (None, "judge", "judge"),
        ("ann", None, "team:ann"),
        ("ann", "judge", "judge"),
        ("é" * 255, None, ("team:" + "é" * 255)[:255]),
    ],
)
def test_an_author_is_kept_and_rates_for_the_team(
    world: World, author: str | None, rater: str | None, kept: str
) -> None:
    pick(world)

    opinion = give(world, author=author, rater=rater, comment="seen")

    assert (opinion.author, opinion.rater) == (author, kept)
    assert opinions(world) == [opinion]


@pytest.mark.parametrize("author", ["", "a\nb", "x" * 256])
def test_a_bad_author_is_refused_by_name(world: World, author: str) -> None:
    pick(world)

    with pytest.raises(Invalid) as refused:
        give(world, author=author)

    assert refused.value.field == "author"
