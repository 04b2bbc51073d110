"""What A/B tests count is exact: whatever the order of facts, however they are batched, and however often they come."""

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.db import ab_sums, feedback, use_cases
from app.db.apply import apply, replay
from app.db.facts import Fact, FeedbackGiven, Pin, Served, decode, encode
from app.db.journal import Journal
from app.db.uow import Store
from app.domain.ab.metric import UNIT
from app.domain.ab.sums import ArmSums
from app.domain.errors import ModelMatchError
from app.domain.experiment import Epoch
from tests.db import makers
from tests.db.tested import METRICS, RATING, REVENUE, AbTest, expected, recounted, running, stored
from tests.domain.ab.designed import summed

UNITS = 5
ACTS = st.lists(
    st.tuples(
        st.integers(0, UNITS - 1), st.integers(0, 1), st.sampled_from(["rate", "report", "run", "learn"]),
        st.integers(1, 5),
    ),
    max_size=25,
)  # fmt: skip
Submission = list[Fact]


def lived(test: AbTest, acts: list[tuple[int, int, str, int]]) -> tuple[list[Submission], list[Submission]]:
    """Sessions, two for each unit, then what was said and done in them."""
    sessions = {(unit, number): test.session(unit, number) for unit in range(UNITS) for number in range(2)}
    said: list[Submission] = []
    for unit, number, act, worth in acts:
        session = sessions[unit, number]
        match act:
            case "rate":
                said.append([test.rating(session, worth)])
            case "report":
                said.append([test.revenue(session, 40.0 * worth - 80, event=f"{worth % 3}")])
            case "run":
                said.append([*test.ran(session, failed=worth > 3)])
            case _:
                pass
    return [[test.pin(session)] for session in sessions.values()], said


def learned(acts: list[tuple[int, int, str, int]]) -> dict[str, int | None]:
    """What units did before: of some nothing, of the rest what was looked up first."""
    found: dict[str, int | None] = {}
    for unit, number, act, worth in acts:
        if act == "learn":
            found.setdefault(f"u{unit}", None if number and worth == 1 else worth * UNIT // 5)
    return found


@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
def test_any_order_and_batches_give_the_sums_of_a_recount(store: Store, again: bool) -> None:
    @settings(max_examples=12, deadline=None)
    @given(ACTS, st.integers(0, 10_000))
    def check(acts: list[tuple[int, int, str, int]], seed: int) -> None:
        chance = random.Random(seed)  # an order, not a secret
        test = running(store)
        begun, said = lived(test, acts)
        known = learned(acts)
        chance.shuffle(begun)
        waiting = said * (2 if again else 1)
        chance.shuffle(waiting)
        at = chance.randint(0, len(waiting))
        with store.write() as tx:
            apply(tx, begun)
        while waiting:
            batch, waiting = waiting[: (size := chance.randint(1, 6))], waiting[size:]
            with store.write() as tx:
                replay(tx, [*begun, *batch]) if again else apply(tx, batch)
            if len(waiting) <= at:
                at = -1
                with store.write() as tx:
                    ab_sums.learn(tx, test.id, RATING, known)
        with store.write() as tx:
            ab_sums.learn(tx, test.id, RATING, known)

        facts = [fact for submission in (*begun, *said) for fact in submission]
        assert stored(store, test) == recounted(store, test) == expected(test, facts, known)

    check()


def test_what_is_looked_up_before_or_after_the_values_makes_the_same_sums(store: Store) -> None:
    acts = [(unit, 0, "rate", 1 + unit) for unit in range(UNITS)]
    known: dict[str, int | None] = {"u0": 100_000, "u1": None, "u2": 300_000, "u3": UNIT}
    found = []
    for first in ("past", "values"):
        test = running(store)
        begun, said = lived(test, acts)
        for step in ("begin", *(("past", "values") if first == "past" else ("values", "past"))):
            with store.write() as tx:
                match step:
                    case "past":
                        assert ab_sums.learn(tx, test.id, RATING, known) == 4
                        assert ab_sums.learn(tx, test.id, RATING, dict.fromkeys(known, 7)) == 0
                    case _:
                        apply(tx, begun if step == "begin" else said)
        found.append(stored(store, test))
        with store.read() as tx:
            assert ab_sums.not_looked_at(tx, test.id, limit=9) == ["u4"]

    assert found[0] == found[1]
    assert sum(one.metrics["rating"].before.n for one in found[0].values()) == 3


def test_units_that_count_as_zero_have_a_past_before_and_after_they_have_a_value(store: Store) -> None:
    known: dict[str, int | None] = {f"u{unit}": 200_000 * unit for unit in range(UNITS)}
    found = []
    for past_first in (True, False):
        test = running(store, REVENUE, RATING)
        sessions = [test.session(unit) for unit in range(UNITS)]
        given = [[test.revenue(sessions[unit], 30.0 * unit, "e")] for unit in (1, 3)]
        with store.write() as tx:
            apply(tx, [[test.pin(session)] for session in sessions])
            for past in (past_first, not past_first):
                if past:
                    ab_sums.learn(tx, test.id, REVENUE, known)
                else:
                    apply(tx, given)
        found.append(stored(store, test)["b"])

    values = [REVENUE.value(count=1, total=round(30.0 * unit / 200 * UNIT)) or 0 for unit in (1, 3)]
    assert found[0] == found[1]
    assert found[0].metrics["revenue"].before == summed(values, [200_000, 600_000]).before
    assert found[0].of(REVENUE) == found[0].metrics["revenue"]


def test_a_replay_of_everything_changes_nothing(store: Store) -> None:
    test = running(store)
    begun, said = lived(test, [(unit, 0, act, 2) for unit in range(UNITS) for act in ("rate", "report", "run")])
    spooled = encode([*begun, *said])

    for _ in range(3):
        with store.write() as tx:
            replay(tx, decode(spooled))

    assert stored(store, test) == expected(test, [fact for each in (*begun, *said) for fact in each], {})


def test_an_opinion_that_comes_too_late_takes_back_the_one_it_replaces(store: Store) -> None:
    test = running(store)
    session = test.session(0)
    first = test.rating(session, 4)
    late = test.rating(session, 5)
    late = FeedbackGiven(replace(late.feedback, at=makers.NOW + timedelta(days=31)), late.counting)

    with store.write() as tx:
        apply(tx, [[test.pin(session), first], [late]])

    assert stored(store, test) == {"a": ArmSums(1, {})}


def test_an_opinion_on_a_unit_takes_back_what_a_former_session_counted_of_it(store: Store) -> None:
    """The first came too late for the session it was on, and in time for the one that the second is on."""
    test = running(store)
    first = test.session(0)
    second = replace(test.session(0, 1), assigned_at=makers.NOW + timedelta(days=32))
    said = [
        FeedbackGiven(
            makers.opinion(session, target_id=test.epoch.id, at=makers.NOW + timedelta(days=days), reward=reward),
            test.counting(session),
        )
        for session, days, reward in ((first, 31, 0.25), (second, 33, 0.75))
    ]

    with store.write() as tx:
        apply(tx, [[test.pin(first)], [said[0]]])
        apply(tx, [[test.pin(second)], [said[1]]])

    assert stored(store, test) == {"a": ArmSums(1, {"rating": summed([3 * UNIT // 4])})}


def test_one_metric_may_be_unknown_for_every_unit(store: Store) -> None:
    test = running(store)
    with store.write() as tx:
        apply(tx, [[test.pin(test.session(unit))] for unit in range(3)])

    assert stored(store, test) == {"a": ArmSums(2, {}), "b": ArmSums(1, {})}


def test_more_units_than_one_statement_holds_are_counted(store: Store) -> None:
    test = running(store)
    sessions = [test.session(unit) for unit in range(450)]
    facts: list[Submission] = [
        [test.pin(session), test.rating(session, 1 + at % 5)] for at, session in enumerate(sessions)
    ]

    with store.write() as tx:
        apply(tx, facts)

    assert stored(store, test) == expected(test, [fact for each in facts for fact in each], {})
    with store.read() as tx:
        newest = ab_sums.values(tx, test.id, "rating", limit=10)
    assert len(newest) == 10
    assert all(one.count == 1 for one in newest)


def test_a_use_case_that_is_deleted_meanwhile_takes_nothing_else_with_it(store: Store, tmp_path: Path) -> None:
    gone, stays = running(store), running(store)
    sessions = {test.id: test.session(0) for test in (gone, stays)}
    with store.write() as tx:
        apply(tx, [[test.pin(sessions[test.id])] for test in (gone, stays)])
        use_cases.delete(tx, gone.owner.id)
    journal = Journal(store, tmp_path / "spool")

    under_way = [
        journal.post([fact])
        for fact in (
            gone.pin(gone.session(1)),
            gone.rating(sessions[gone.id], 5),
            stays.pin(stays.session(1)),
            stays.rating(sessions[stays.id], 5),
        )
    ]
    journal.start()
    refused = [future.exception(20) for future in under_way]
    journal.close()

    assert [isinstance(error, ModelMatchError) for error in refused] == [True, True, False, False]
    assert stored(store, gone) == {}
    assert {arm: one.units for arm, one in stored(store, stays).items()} == {"a": 1, "b": 1}
    with store.read() as tx:
        assert len(feedback.of_session(tx, sessions[stays.id].id)) == 1


def test_a_unit_that_is_not_known_counts_for_nothing(store: Store) -> None:
    """A session that was pinned without a part in the test, as by a release before it."""
    test = running(store)
    session = test.session(0)

    with store.write() as tx:
        apply(tx, [[Pin(session), test.rating(session, 5)]])

    assert stored(store, test) == {}
    with store.read() as tx:
        assert len(feedback.of_session(tx, session.id)) == 1


def test_what_is_spooled_says_for_whom_it_counts() -> None:
    owner = makers.use_case()
    flow = makers.flow(owner)
    test = AbTest(owner, flow, Epoch("epoch", owner.id, "test", 0, {}, makers.NOW))
    session = test.session(3)
    run, served = test.ran(session, failed=True)
    facts: list[list[Fact]] = [
        [test.pin(session)],
        [test.rating(session, 2), test.revenue(session, 7.5, "e")],
        [run, served],
    ]

    assert decode(encode(facts)) == facts
    (fact,) = decode(encode([[served]]))[0]
    assert isinstance(fact, Served)
    assert fact.counting is not None
    assert fact.counting.metrics == METRICS


def test_what_was_spooled_before_there_were_tests_counts_for_none() -> None:
    owner = makers.use_case()
    session = makers.session(makers.flow(owner))
    payload = orjson.loads(
        encode([[Pin(session), FeedbackGiven(makers.opinion(session)), makers.served(session, "r")]])
    )
    for _, fact in payload[0]:
        del fact["counting"]

    assert [getattr(fact, "counting", "none") for fact in decode(orjson.dumps(payload))[0]] == [None, None, None]
