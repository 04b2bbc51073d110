"""An outcome stands once per call, and the sums of its day follow it exactly, whoever puts it and how often."""

import random
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.db import model_days, outcomes
from app.db.outcomes import UNIT, Outcome, OutcomeSource
from app.db.uow import Store, Tx
from app.services.ids import new_id
from tests import stores
from tests.db.makers import NOW
from tests.db.routed import LEARNER, outcome

WEIGHTS: dict[OutcomeSource, float] = {"feedback": 1.0, "scorer": 0.5, "failure": 0.5, "judge": 0.3}
SAID = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(list(WEIGHTS)), st.floats(0, 1), st.integers(0, 2)), max_size=12
)


def put(store: Store, *several: Outcome) -> list[Outcome]:
    with store.write() as tx:
        return outcomes.put(tx, several)


def sums(tx: Tx, learner: str) -> Counter[tuple[object, ...]]:
    """Outcomes, weight and quality by model, level and day, without days that came back to nothing."""
    found: Counter[tuple[object, ...]] = Counter()
    for day in model_days.of_learner(tx, learner, NOW.date() - timedelta(days=9)):
        for name in ("outcomes", "weight", "quality"):
            found[day.model, day.level, day.day, name] += getattr(day, name)
    return +found


def recount(standing: list[Outcome]) -> Counter[tuple[object, ...]]:
    found: Counter[tuple[object, ...]] = Counter()
    for each in standing:
        place = (each.model, each.level, each.day)
        found[*place, "outcomes"] += 1
        found[*place, "weight"] += round(each.weight * UNIT)
        found[*place, "quality"] += round(each.quality * each.weight * UNIT)
    return +found


def standing(tx: Tx, learner: str) -> list[Outcome]:
    return outcomes.after(tx, learner, None, limit=1000)


def test_an_outcome_comes_back_equal_and_counts_in_its_day(store: Store) -> None:
    one = outcome(route_id=new_id(), use_case_id=new_id(), quality=0.1, weight=0.3)

    assert put(store, one) == [one]

    with store.read() as tx:
        assert standing(tx, LEARNER) == [one]
        assert outcomes.of_calls(tx, [one.call_id, new_id()]) == {one.call_id: one}
        (day,) = model_days.of_learner(tx, LEARNER, NOW.date())
    assert (day.model, day.level, day.day, day.calls) == ("vendor/small", "easy", NOW.date(), 0)
    assert (day.outcomes, day.weight, day.quality) == (1, 300_000, 30_000)


def test_the_same_outcome_again_changes_nothing(store: Store) -> None:
    one = outcome()
    put(store, one)

    assert put(store, one, replace(one, seq=new_id()), replace(one, at=NOW + timedelta(days=1))) == []

    with store.read() as tx:
        assert [each.seq for each in standing(tx, LEARNER)] == [one.seq]
        assert sums(tx, LEARNER) == recount([one])


@pytest.mark.parametrize(
    ("later", "stands"),
    [
        ({"source": "feedback", "weight": 1.0, "quality": 0.9}, True),
        ({"source": "judge", "weight": 0.3, "quality": 0.9}, False),
        ({"source": "failure", "weight": 0.5, "quality": 0.0}, False),
        ({"quality": 0.75}, True),
        ({"quality": 0.75, "at": NOW - timedelta(seconds=1)}, False),
        ({"quality": 0.75, "weight": 0.25}, True),
        ({"quality": 0.75, "model": "vendor/large", "level": "hard"}, True),
    ],
)
def test_the_greater_weight_wins_and_a_source_replaces_its_own(
    store: Store, later: dict[str, Any], stands: bool
) -> None:
    first = outcome()
    second = replace(first, seq=new_id(), **later)
    put(store, first)

    changed = put(store, second)

    assert changed == ([second] if stands else [])
    with store.read() as tx:
        assert standing(tx, LEARNER) == [second if stands else first]
        assert sums(tx, LEARNER) == recount(standing(tx, LEARNER))


def test_any_order_and_batches_give_what_stands_and_its_sums(store: Store) -> None:
    @settings(max_examples=20, deadline=None)
    @given(SAID, st.integers(0, 10_000))
    def check(said: list[tuple[int, OutcomeSource, float, int]], seed: int) -> None:
        chance = random.Random(seed)  # an order, not a secret
        learner, calls = new_id(), [new_id() for _ in range(4)]
        made = [
            outcome(
                call_id=calls[call],
                at=NOW + timedelta(seconds=at),
                learner=learner,
                model="ab"[model % 2],
                day=NOW.date() - timedelta(days=call % 2),
                source=source,
                quality=quality,
                weight=WEIGHTS[source],
            )
            for at, (call, source, quality, model) in enumerate(said)
        ]
        found = []
        for _ in range(2):
            waiting = made * 2
            chance.shuffle(waiting)
            while waiting:
                batch, waiting = waiting[: (size := chance.randint(1, 5))], waiting[size:]
                put(store, *batch)
            with store.read() as tx:
                found.append({each.call_id: replace(each, seq="") for each in standing(tx, learner)})
                assert sums(tx, learner) == recount(standing(tx, learner))

        best: dict[str, Outcome] = {}
        for each in sorted(made, key=lambda each: (each.weight, each.source, each.at)):
            best[each.call_id] = replace(each, seq="")
        assert found == [best, best]

    check()


def test_a_learners_log_is_read_on_from_where_it_was_left(store: Store) -> None:
    first, second = outcome(), outcome(model="vendor/large")
    put(store, first, second, outcome(learner="direct"))
    (third,) = put(store, replace(first, source="feedback", weight=1.0, seq=new_id()))

    with store.read() as tx:
        assert standing(tx, LEARNER) == [second, third]
        assert outcomes.after(tx, LEARNER, second.seq, limit=9) == [third]
        assert outcomes.after(tx, LEARNER, None, limit=1) == [second]
        assert outcomes.newest(tx, LEARNER, limit=1) == [third]
        assert outcomes.newest(tx, LEARNER, model="vendor/large", limit=9) == [second]
        assert outcomes.marks(tx)[LEARNER] == third.seq
        assert set(outcomes.marks(tx)) == {LEARNER, "direct"}


def test_a_place_that_the_log_has_passed_is_raised_to_the_next(store: Store) -> None:
    early, late = sorted([outcome(), outcome()], key=lambda each: each.seq)
    put(store, late)

    (raised,) = put(store, early)

    assert raised.seq > late.seq
    with store.read() as tx:
        assert standing(tx, LEARNER) == [late, raised]
        assert outcomes.marks(tx) == {LEARNER: raised.seq}


def test_outcomes_are_found_by_their_routes(store: Store) -> None:
    route_id = new_id()
    two = sorted([outcome(route_id=route_id), outcome(route_id=route_id)], key=lambda each: each.call_id)
    put(store, *two, outcome())

    with store.read() as tx:
        assert outcomes.of_routes(tx, [route_id, new_id()]) == {route_id: two}
        assert outcomes.of_routes(tx, []) == {}


def test_more_outcomes_than_one_statement_holds_are_replaced(store: Store) -> None:
    many = [outcome() for _ in range(450)]
    put(store, *many)

    changed = put(store, *(replace(each, quality=1.0) for each in many))

    assert {each.call_id for each in changed} == {each.call_id for each in many}
    with store.read() as tx:
        assert len(outcomes.of_calls(tx, [each.call_id for each in many])) == 450
        assert sums(tx, LEARNER) == recount(changed)


def test_outcomes_that_go_after_their_time_leave_the_sums(store: Store) -> None:
    made = [outcome(at=NOW + timedelta(minutes=number)) for number in range(3)]
    put(store, *made)

    with store.write() as tx:
        gone = [outcomes.prune(tx, NOW + timedelta(minutes=2), at_most=1) for _ in range(3)]
        assert standing(tx, LEARNER) == made[2:]
        assert sums(tx, LEARNER) == recount(made)

    assert gone == [1, 1, 0]


def test_a_log_is_empty_once_the_last_outcome_has_gone(store: Store) -> None:
    put(store, outcome(), outcome(learner="direct", at=NOW + timedelta(days=1)))

    with store.write() as tx:
        assert outcomes.empty_logs(tx) == []
        outcomes.prune(tx, NOW + timedelta(days=1))
        assert outcomes.empty_logs(tx) == [LEARNER]


def test_writers_at_once_count_each_call_once_and_a_reader_misses_none(store_kind: str, tmp_path: Path) -> None:
    with stores.migrated_url(store_kind, tmp_path) as url:
        own = [Store(url, busy_timeout_ms=20_000) for _ in range(3)]
        calls = [new_id() for _ in range(40)]
        begun, over, failed = threading.Barrier(3), threading.Event(), list[BaseException]()
        last_said: dict[str, str] = {}

        def write(number: int) -> None:
            chance = random.Random(number)  # an order, not a secret
            try:
                begun.wait(10)
                for _ in range(12):
                    made = [
                        outcome(call_id=call, model="ab"[number % 2], source=source, weight=WEIGHTS[source])
                        for call in chance.sample(calls, 6)
                        for source in chance.sample(list(WEIGHTS), 1)
                    ]
                    put(own[number], *(replace(each, quality=chance.random()) for each in made))
            except BaseException as error:
                failed.append(error)

        def read() -> None:
            """Reads on until all is written, and so must see what stands of every call in the end."""
            last = None
            while True:
                done = over.is_set()
                with own[2].read() as tx:
                    more = outcomes.after(tx, LEARNER, last, limit=5)
                for each in more:
                    last = last_said[each.call_id] = each.seq
                if done and not more:
                    return

        writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
        reader = threading.Thread(target=read)
        for thread in (*writers, reader):
            thread.start()
        for thread in writers:
            thread.join(60)
        over.set()
        reader.join(60)

        assert failed == []
        with own[0].read() as tx:
            found = standing(tx, LEARNER)
            assert last_said == {each.call_id: each.seq for each in found}
            assert sums(tx, LEARNER) == recount(found)
        for each in own:
            each.close()
