"""Scores are written once per call and rubric, read in the order in which they came, and go after their time."""

from datetime import timedelta

from app.db import scores
from app.db.facts import Scored
from app.db.uow import Store
from app.services.ids import new_id
from tests.db.makers import NOW
from tests.db.routed import scored

USE_CASE, SESSION = new_id(), new_id()


def keep(store: Store, *several: Scored) -> None:
    with store.write() as tx:
        assert len(scores.add_new(tx, several)) == len(several)


def test_a_score_comes_back_equal_and_is_written_once_per_rubric(store: Store) -> None:
    first = scored(use_case_id=USE_CASE, session_id=SESSION, run_id=new_id())
    other = scored(call_id=first.call_id, rubric="email_writing", total=10.0)

    with store.write() as tx:
        assert scores.add_new(tx, [first]) == {(first.call_id, "generic")}
        assert scores.add_new(tx, [scored(call_id=first.call_id, total=1.0), other]) == {
            (first.call_id, "email_writing")
        }
        assert scores.add_new(tx, []) == set()
        assert scores.of_calls(tx, [first.call_id, new_id()]) == [other, first]


def test_scores_are_read_on_from_the_last_one_though_many_bear_one_moment(store: Store) -> None:
    calls = sorted(new_id() for _ in range(3))
    made = [scored(call_id=call, rubric=rubric) for call in calls for rubric in ("email_writing", "generic")]
    keep(store, *reversed(made), scored(at=NOW - timedelta(seconds=1)))

    seen: list[Scored] = []
    with store.read() as tx:
        while some := scores.after(tx, NOW, last=seen[-1] if seen else None, limit=3):
            seen += some

    assert seen == made


def test_the_oldest_scores_go_first_some_at_a_time(store: Store) -> None:
    made = [scored(at=NOW + timedelta(minutes=number)) for number in range(4)]
    keep(store, *made)

    with store.write() as tx:
        gone = [scores.prune(tx, NOW + timedelta(minutes=3), at_most=2) for _ in range(3)]
        assert scores.after(tx, NOW, limit=9) == made[3:]

    assert gone == [2, 1, 0]
