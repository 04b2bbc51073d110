"""A served call counts in its learner's day once, at the level of the route that tried it; so do routes and scores."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from app.db import journal, model_days, outcomes, routes, scores
from app.db.apply import apply, replay
from app.db.facts import CallDone, Fact, RouteDone, decode, encode
from app.db.model_days import Day, of_calls
from app.db.uow import Store
from app.domain.call import Call
from app.domain.message import Usage
from app.domain.route import Tried
from app.services.ids import new_id
from tests import stores
from tests.db import makers
from tests.db.makers import NOW
from tests.db.routed import LEARNER, outcome, route, scored

TODAY = NOW.date()


def asked(**given: Any) -> Call:
    return replace(makers.call(model="vendor/small", task="summaries"), **given)


def submission(*calls: Call) -> list[Fact]:
    """What one routed request leaves: its calls, and the route that tried them."""
    made = route(level="hard", tried=tuple(Tried(call.id, call.model) for call in calls))
    return [*(CallDone(call) for call in calls), RouteDone(made), scored(call_id=calls[-1].id)]


def days(store: Store, learner: str = LEARNER) -> list[Day]:
    with store.read() as tx:
        return model_days.of_learner(tx, learner, TODAY - timedelta(days=400))


def written(store: Store, *calls: Call) -> list[Day]:
    with store.write() as tx:
        apply(tx, [[CallDone(call)] for call in calls])
    return days(store)


def test_an_answered_call_counts_its_time_tokens_and_cost(store: Store) -> None:
    call = asked(latency_ms=40, usage=Usage(7, 1, 2, 5, 3), cost=1500)

    (day,) = written(store, call, asked(latency_ms=2, usage=Usage(1, 0, 0, 1, 0), cost=500))

    assert day == Day(
        LEARNER, "vendor/small", "", TODAY,
        calls=2, answered=2, latency_ms=42, input_tokens=11, output_tokens=9, priced=2, cost=2000,
    )  # fmt: skip


def test_a_failed_call_is_an_error_and_says_nothing_of_time_or_tokens(store: Store) -> None:
    failed = asked(outcome="error", cost=None, cost_status="unpriced", endpoint="vendor")
    (day,) = written(store, failed, asked(outcome="cancelled", endpoint="vendor"))

    assert day == Day(LEARNER, "vendor/small", "", TODAY, calls=2, errors=1, priced=1, cost=1500)


@pytest.mark.parametrize(
    "given", [{"source": "shadow"}, {"source": "judge"}, {"source": "comparison"}, {"outcome": "cached", "cost": 0}]
)
def test_calls_that_nobody_was_served_by_a_model_do_not_count(store: Store, given: dict[str, Any]) -> None:
    assert written(store, asked(**given)) == []


@pytest.mark.parametrize("outcome", ["error", "cancelled"])
def test_a_call_that_was_never_sent_says_nothing_of_the_model(store: Store, outcome: str) -> None:
    assert written(store, asked(outcome=outcome, endpoint=None, cost=None, cost_status="unpriced")) == []


def test_a_reported_call_counts_also_one_that_failed(store: Store) -> None:
    (day,) = written(store, asked(source="reported"), asked(source="reported", outcome="error", endpoint=None))

    assert (day.calls, day.errors) == (2, 1)


def test_calls_count_for_their_use_case_their_task_or_direct_questions() -> None:
    owner = new_id()
    calls = [asked(use_case_id=owner), asked(), asked(task=None)]

    assert {learner for learner, *_ in of_calls(calls, [])} == {f"use-case:{owner}", LEARNER, "direct"}


def test_the_day_of_a_call_is_that_in_utc() -> None:
    late = datetime(2026, 3, 1, 23, 30, tzinfo=timezone(timedelta(hours=-5)))

    ((_, _, _, day),) = of_calls([asked(at=late)], [])

    assert day == date(2026, 3, 2) == late.astimezone(UTC).date()


def test_every_call_that_a_route_tried_counts_at_its_level(store: Store) -> None:
    cheap, strong = asked(), asked(model="vendor/large")

    with store.write() as tx:
        apply(tx, [submission(cheap, strong), [CallDone(asked())]])

    assert [(day.model, day.level, day.calls) for day in days(store)] == [
        ("vendor/large", "hard", 1),
        ("vendor/small", "", 1),
        ("vendor/small", "hard", 1),
    ]


def test_facts_that_are_handed_in_again_change_nothing(store: Store) -> None:
    facts = submission(asked(), asked(model="vendor/large"))
    with store.write() as tx:
        first = apply(tx, [facts, facts])
    before = days(store)

    with store.write() as tx:
        again = apply(tx, [facts])
        replay(tx, decode(encode([facts])))

    assert (first[0], again[0]) == ([True] * 4, [False] * 4)
    assert days(store) == before
    assert sum(day.calls for day in before) == 2


def test_what_was_spooled_is_kept_as_it_was_said(store: Store) -> None:
    call = asked()
    facts = submission(call)
    routed, score = facts[-2:]
    assert isinstance(routed, RouteDone)

    with store.write() as tx:
        replay(tx, decode(encode([facts])))

    with store.read() as tx:
        assert routes.get(tx, routed.route.id) == routed.route
        assert scores.of_calls(tx, [call.id]) == [score]


def test_a_score_of_a_call_does_not_make_the_call_new(store: Store) -> None:
    _, (flow,) = makers.seeded(store)
    session = makers.session(flow)
    call = asked(source="reported")
    with store.write() as tx:
        apply(tx, [[CallDone(call)]])

        results = apply(tx, [[CallDone(call), makers.served(session, call.id), scored(call_id=call.id)]])

    assert results == [[False, False, True]]


def test_days_of_all_learners_are_summed_by_model_level_and_day(store: Store) -> None:
    yesterday = NOW - timedelta(days=1)
    calls = [asked(), asked(task=None), asked(at=yesterday), asked(model="vendor/large", at=NOW - timedelta(days=9))]
    written(store, *calls)

    with store.read() as tx:
        found = model_days.everywhere(tx, TODAY - timedelta(days=1))

    assert [(each.learner, each.model, each.day, each.calls, each.cost) for each in found] == [
        ("", "vendor/small", TODAY - timedelta(days=1), 1, 1500),
        ("", "vendor/small", TODAY, 2, 3000),
    ]


def test_a_learner_reads_its_days_from_one_on(store: Store) -> None:
    written(store, *(asked(at=NOW - timedelta(days=number)) for number in range(4)), asked(task=None))

    with store.read() as tx:
        found = model_days.of_learner(tx, LEARNER, TODAY - timedelta(days=1))

    assert [each.day for each in found] == [TODAY - timedelta(days=1), TODAY]


def test_the_oldest_days_go_first_some_at_a_time(store: Store) -> None:
    written(store, *(asked(at=NOW - timedelta(days=number)) for number in range(4)))

    with store.write() as tx:
        gone = [model_days.prune(tx, TODAY, at_most=2) for _ in range(3)]

    assert gone == [2, 1, 0]
    assert [each.day for each in days(store)] == [TODAY]


def test_journals_and_outcomes_at_once_sum_the_same_days_exactly(store_kind: str, tmp_path: Path) -> None:
    with stores.migrated_url(store_kind, tmp_path) as url:
        own = [Store(url, busy_timeout_ms=20_000) for _ in range(2)]
        failed: list[BaseException] = []

        def work(number: int) -> None:
            written_by = journal.Journal(own[number], tmp_path / str(number))
            written_by.start()
            try:
                for _ in range(10):
                    cheap, strong = asked(), asked(model="vendor/large")
                    pending = [written_by.post(submission(cheap, strong)) for _ in range(3)]
                    for each in pending:
                        each.result(30)
                    with own[number].write() as tx:
                        outcomes.put(tx, [outcome(call_id=cheap.id, level="hard"), outcome(model="vendor/large")])
            except BaseException as error:
                failed.append(error)
            written_by.close()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

        assert failed == []
        found = {(each.model, each.level): (each.calls, each.outcomes, each.quality) for each in days(own[0])}
        assert found == {
            ("vendor/large", "easy"): (0, 20, 5_000_000),
            ("vendor/large", "hard"): (20, 0, 0),
            ("vendor/small", "hard"): (20, 20, 5_000_000),
        }
        for each in own:
            each.close()
