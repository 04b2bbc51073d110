"""Jobs as rows on both stores: added once, claimed by one, in order within a lane, taken over, ended and forgotten."""

from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from app.db import job_claims as claims
from app.db import jobs as rows
from app.db.jobs import JobFilter
from app.db.uow import Store
from app.domain.errors import Invalid, ModelMatchError, NotFound
from app.domain.job import Failed, HandedBack, Job, Outcome, Postponed, Succeeded, after, again_at
from app.services.ids import new_id
from tests.db.makers import NOW

TTL = 30.0
LATER = NOW + timedelta(hours=1)


def job(**given: Any) -> Job:
    return Job(**{"id": new_id(), "kind": "count", "about": new_id(), "due_at": NOW, "created_at": NOW, **given})


def add(store: Store, **given: Any) -> Job:
    with store.write() as tx:
        return rows.add(tx, job(**given))


def read(store: Store, job_id: str) -> Job:
    with store.read() as tx:
        return rows.get(tx, job_id)


def claim(store: Store, *, moment: datetime = NOW, **given: Any) -> list[Job]:
    with store.write() as tx:
        return claims.claim(tx, "count", new_id(), moment, TTL, **given)


def settle(store: Store, held: Job, moment: datetime = NOW, outcome: Outcome | None = None) -> Job | None:
    with store.write() as tx:
        ended = outcome or Succeeded()
        return rows.settle(tx, held, after(held, ended, moment), again_at=again_at(held, ended, moment))


def ids(found: list[Job]) -> list[str]:
    return [each.id for each in found]


def test_a_job_comes_back_as_it_was(store: Store) -> None:
    made = add(store, lane="a", payload={"x": [1]}, sole=False, most_attempts=3, total=7, due_at=LATER)

    assert read(store, made.id) == made
    assert made.payload == {"x": [1]}


def test_while_one_lives_another_like_it_is_that_one(store: Store) -> None:
    first = add(store, about="x")
    same = add(store, about="x")
    (held,) = claim(store)
    settle(store, held)
    new = add(store, about="x")

    assert same.id == first.id
    assert new.id != first.id


def test_jobs_that_need_not_be_alone_stand_beside_each_other(store: Store) -> None:
    made = {add(store, about="x", sole=False).id for _ in range(3)}

    assert len(made) == 3


def test_one_that_more_came_for_while_it_ran_is_run_once_more(store: Store) -> None:
    first = add(store, about="x")
    (held,) = claim(store)
    add(store, about="x")

    settle(store, held, moment=LATER)
    again = claim(store, moment=LATER)

    assert ids(again) == [first.id]
    assert again[0].attempts == 1
    settle(store, again[0], moment=LATER)
    assert read(store, first.id).status == "succeeded"


def test_one_that_would_wait_although_more_came_is_due_at_once_unless_it_failed(store: Store) -> None:
    for about, outcome in (("x", Postponed(3_600)), ("y", HandedBack()), ("z", Failed("x"))):
        made = add(store, about=about)
        (held,) = claim(store)
        add(store, about=about)
        settle(store, held, outcome=outcome)

        now = read(store, made.id)
        assert (now.due_at > NOW) == isinstance(outcome, Failed)
        with store.write() as tx:
            rows.cancel(tx, made.id, NOW)


def test_one_that_dies_although_more_came_waits_as_if_it_were_new(store: Store) -> None:
    add(store, about="x", most_attempts=1)
    (held,) = claim(store)
    add(store, about="x")

    then = settle(store, held, outcome=Failed("x"))

    assert then is not None
    assert (then.status, then.attempts) == ("queued", 0)


def test_a_new_wish_hurries_what_was_to_come_later_but_not_a_failure(store: Store) -> None:
    planned = add(store, about="x", due_at=LATER)
    failed = add(store, about="y")
    (held,) = claim(store)
    settle(store, held, outcome=Failed("x"))
    waits = read(store, failed.id).due_at

    assert add(store, about="x").due_at == NOW < planned.due_at
    assert add(store, about="y").due_at == waits > NOW


def test_one_is_claimed_by_one_and_taken_over_when_its_time_has_run_out(store: Store) -> None:
    made = add(store)
    (first,) = claim(store)
    busy = claim(store)
    with store.write() as tx:
        mine = (made.id, str(first.holder))
        renewed = claims.renew(tx, [mine], NOW + timedelta(seconds=1), TTL)
        assert claims.holds(tx, mine)
    late = NOW + timedelta(seconds=TTL)

    still = claim(store, moment=late)
    (second,) = claim(store, moment=late + timedelta(seconds=1))
    ended = settle(store, first)

    with store.write() as tx:
        assert not claims.holds(tx, mine)
        assert claims.held(tx, [mine, (made.id, str(second.holder))]) == {(made.id, second.holder)}
        assert claims.renew(tx, [mine], late, TTL) == set()
    assert (busy, renewed, still, ended) == ([], {mine}, [], None)
    assert (second.attempts, second.started_at) == (2, NOW)


def test_a_lease_of_a_clock_that_was_set_back_counts_for_nothing(store: Store) -> None:
    made = add(store)
    claim(store, moment=NOW + timedelta(hours=5))

    assert ids(claim(store)) == [made.id]


def test_what_a_clock_that_was_set_back_has_put_off_is_due_as_soon_as_it_was_meant(store: Store) -> None:
    tomorrow = timedelta(days=1)
    at_once = add(store, created_at=LATER, due_at=LATER)
    planned = add(store, created_at=LATER, due_at=LATER + tomorrow)
    begun = add(store)
    (held,) = claim(store, moment=LATER)
    settle(store, held, moment=LATER, outcome=HandedBack())
    fine = add(store, due_at=LATER)

    with store.write() as tx:
        recalled = rows.recall(tx, NOW)
        again = rows.recall(tx, NOW)

    assert (recalled, again) == (3, 0)
    assert {read(store, each.id).due_at for each in (at_once, begun)} == {NOW}
    assert read(store, planned.id).due_at == NOW + tomorrow
    assert read(store, fine.id).due_at == LATER


def test_those_due_for_longest_are_claimed_first_and_only_of_the_kind(store: Store) -> None:
    made = [add(store, due_at=NOW - timedelta(minutes=number)) for number in range(3)]
    add(store, kind="other")
    add(store, due_at=NOW + timedelta(seconds=1))

    found = claim(store, most=2) + claim(store, most=2)

    assert ids(found) == ids(made[::-1])


def test_it_is_told_which_kinds_wait(store: Store) -> None:
    made = add(store)
    add(store, kind="later", due_at=LATER)
    kinds = ["count", "later", "none"]

    with store.read() as tx:
        assert claims.waiting(tx, kinds, NOW, TTL) == ["count"]
        assert claims.waiting(tx, kinds, NOW, TTL, about=made.about) == ["count"]
        assert claims.waiting(tx, kinds, NOW, TTL, about="another") == []
        assert claims.waiting(tx, [], NOW, TTL) == []


def test_of_a_lane_one_runs_at_a_time_in_the_order_of_ids(store: Store) -> None:
    made = [add(store, lane="a", due_at=NOW - timedelta(minutes=number)) for number in range(3)]
    beside = [add(store, lane="b"), add(store)]
    seen = []

    first = claim(store, most=9)
    assert sorted(ids(first)) == sorted(ids([made[0], *beside]))
    held = next(each for each in first if each.lane == "a")
    for _ in made:
        assert claim(store, most=9) == []
        seen.append(held.id)
        settle(store, held)
        held = next(iter(claim(store, most=9)), held)

    assert seen == ids(made)


@pytest.mark.parametrize("ends", ["dead", "cancelled", "succeeded"])
def test_the_next_of_a_lane_comes_when_the_first_is_over_however_that_was(store: Store, ends: str) -> None:
    first, second = add(store, lane="a", most_attempts=1), add(store, lane="a")
    (held,) = claim(store, most=9)
    claim(store, most=9)

    if ends == "cancelled":
        with store.write() as tx:
            rows.cancel(tx, first.id, NOW)
    else:
        settle(store, held, outcome=Failed("x") if ends == "dead" else Succeeded())

    assert read(store, first.id).status == ends
    assert ids(claim(store, most=9)) == [second.id]


def test_a_lane_waits_while_its_first_waits_for_another_try(store: Store) -> None:
    first, second = add(store, lane="a"), add(store, lane="a")
    (held,) = claim(store)
    settle(store, held, outcome=Failed("x"))

    early = claim(store, most=9)
    due = claim(store, most=9, moment=NOW + timedelta(seconds=2))

    assert (early, ids(due)) == ([], [first.id])
    assert second.id not in ids(due)


def test_many_of_one_lane_do_not_stand_before_others(store: Store) -> None:
    with store.write() as tx:
        for _ in range(350):
            rows.add(tx, job(lane="a", due_at=NOW - timedelta(minutes=1)))
        other = rows.add(tx, job())

    claim(store)

    assert ids(claim(store)) == [other.id]


def test_one_of_a_lane_with_an_earlier_id_that_comes_late_waits_for_the_one_that_runs(store: Store) -> None:
    early = new_id()
    running = add(store, lane="a")
    (held,) = claim(store)
    add(store, id=early, lane="a")

    during = claim(store, most=9)
    lost = claim(store, most=9, moment=LATER)
    settle(store, lost[0])

    assert (during, ids(lost), held.id) == ([], [running.id], running.id)
    assert ids(claim(store, most=9)) == [early]


def test_of_many_who_claim_at_the_same_moment_each_job_goes_to_one(store: Store) -> None:
    made = {add(store, lane=f"lane {number % 3}" if number % 2 else None).id for number in range(60)}
    got: list[str] = []
    together = Barrier(4)

    def work() -> None:
        together.wait()
        misses = 0
        while misses < 50 and len(got) < len(made):
            try:
                found = claim(store, most=3)
            except ModelMatchError:  # somebody else was faster with a lane
                continue
            misses = 0 if found else misses + 1
            for each in found:
                got.append(each.id)
                settle(store, each)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(got) == sorted(made)


def test_ends_and_claims_of_a_lane_that_cross_leave_nobody_waiting(store: Store) -> None:
    """Who is parked is freed by whoever ends the one before, however the two cross."""
    made = [add(store, lane="a").id for _ in range(40)]
    got: list[str] = []

    def work() -> None:
        while len(got) < len(made):
            try:
                for each in claim(store, most=5):
                    got.append(each.id)
                    settle(store, each)
            except ModelMatchError:
                continue

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert got == sorted(made)


def test_only_what_is_dead_is_replayed_and_not_beside_another_like_it(store: Store) -> None:
    made = add(store, about="x", most_attempts=1)
    with store.write() as tx:
        assert rows.replay(tx, made.id, NOW) is None
    (held,) = claim(store)
    settle(store, held, outcome=Failed("x"))
    twin = add(store, about="x")

    with store.write() as tx:
        beside = rows.replay(tx, made.id, NOW)
        rows.cancel(tx, twin.id, NOW)
        alone = rows.replay(tx, made.id, LATER)
        dead = rows.dead_of(tx, "count", before=None, limit=10)

    assert beside is None
    assert alone == replace(made, error="x", due_at=LATER, started_at=NOW)
    assert dead == []


def test_dead_ones_of_a_kind_are_found_newest_first_and_onwards(store: Store) -> None:
    made = [add(store, most_attempts=1) for _ in range(3)]
    for held in claim(store, most=3):
        settle(store, held, outcome=Failed("x"))

    with store.read() as tx:
        first = rows.dead_of(tx, "count", before=None, limit=2)
        rest = rows.dead_of(tx, "count", before=first[-1], limit=2)

    assert [*first, *rest] == ids(made[::-1])


def test_only_what_lives_is_cancelled(store: Store) -> None:
    made = add(store)

    with store.write() as tx:
        ended = rows.cancel(tx, made.id, LATER)
        assert rows.cancel(tx, made.id, LATER) is None

    assert ended == replace(made, status="cancelled", ended_at=LATER)


def test_progress_is_told_by_its_holder_alone(store: Store) -> None:
    add(store)
    (held,) = claim(store)

    with store.write() as tx:
        told = rows.tell_progress(tx, held, 3, 9)
        foreign = rows.tell_progress(tx, replace(held, holder=new_id()), 5, 9)

    now = read(store, held.id)
    assert (told, foreign, now.done, now.total) == (True, False, 3, 9)


def test_jobs_are_listed_newest_first_by_kind_status_and_thing(store: Store) -> None:
    made = [add(store, kind=kind) for kind in ("a", "b", "a")]

    with store.read() as tx:
        first, following = rows.page(tx, JobFilter(), limit=2)
        rest, end = rows.page(tx, JobFilter(), cursor=following, limit=2)
        of_kind = rows.page(tx, JobFilter(kind="a"))[0]
        about = rows.page(tx, JobFilter(about=made[1].about, status="queued"))[0]
        none = rows.page(tx, JobFilter(status="dead"))[0]
        with pytest.raises(Invalid):
            rows.page(tx, JobFilter(), cursor="foreign")

    assert [*first, *rest] == made[::-1]
    assert (end, of_kind, about, none) == (None, [made[2], made[0]], [made[1]], [])


def test_what_ended_long_ago_is_forgotten_some_at_a_time_and_what_lives_is_not(store: Store) -> None:
    alive = add(store)
    for _ in range(3):
        old = add(store)
        with store.write() as tx:
            rows.cancel(tx, old.id, NOW)

    with store.write() as tx:
        gone = [rows.prune(tx, LATER, limit=2) for _ in range(3)]
        early = rows.prune(tx, NOW, limit=2)

    assert (gone, early) == ([2, 1, 0], 0)
    assert read(store, alive.id) == alive


def test_a_job_that_is_none_is_not_found(store: Store) -> None:
    with store.read() as tx, pytest.raises(NotFound):
        rows.get(tx, new_id())


def test_the_newest_and_the_live_one_about_a_thing_are_found(store: Store) -> None:
    made = add(store, about="x")

    with store.write() as tx:
        assert rows.live(tx, "count", "x") == made.id
        rows.cancel(tx, made.id, NOW)
        assert rows.live(tx, "count", "x") is None
        assert rows.of(tx, "count", "x") == rows.get(tx, made.id)
        assert rows.of(tx, "count", "y") is None
