"""Heads, standings, weights and cursors are put in place of those before, or stay where they are expected."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.db import cursors, router_heads, router_standings, rubric_weights, use_cases
from app.db.router_heads import Head
from app.db.router_standings import Standing
from app.db.rubric_weights import Weights
from app.db.uow import Store
from app.domain.errors import ModelMatchError
from app.services.ids import new_id
from tests.db import makers
from tests.db.makers import NOW
from tests.db.routed import LEARNER

HEAD = Head(LEARNER, "vendor/small", b"\x00\xffstate", 12.5, None, 0, NOW)
LATER = NOW + timedelta(seconds=1)


def test_a_head_comes_back_equal_and_takes_the_place_of_the_one_before(store: Store) -> None:
    other = replace(HEAD, model="vendor/large")
    changed = replace(HEAD, state=b"", outcomes=14.0, seq=new_id(), fitted=9, updated_at=LATER)
    with store.write() as tx:
        for each in (HEAD, other, changed, replace(HEAD, learner="direct")):
            router_heads.put(tx, each)

        assert router_heads.of_learner(tx, LEARNER) == [other, changed]
        assert router_heads.marks(tx) == {
            (LEARNER, "vendor/small"): LATER,
            (LEARNER, "vendor/large"): NOW,
            ("direct", "vendor/small"): NOW,
        }


def test_heads_that_learned_nothing_lately_go_some_at_a_time(store: Store) -> None:
    with store.write() as tx:
        for at in range(4):
            router_heads.put(tx, replace(HEAD, model=f"vendor/{at}", updated_at=NOW + timedelta(minutes=at)))

        assert [router_heads.prune(tx, NOW + timedelta(minutes=3), at_most=2) for _ in range(3)] == [2, 1, 0]
        assert [head.model for head in router_heads.of_learner(tx, LEARNER)] == ["vendor/3"]


def test_standings_that_nobody_judges_any_more_go(store: Store) -> None:
    old, new = Standing(LEARNER, "no gain", "a", {}, NOW), Standing("direct", "no gain", "a", {}, LATER)
    with store.write() as tx:
        router_standings.put(tx, old)
        router_standings.put(tx, new)

        assert [router_standings.prune(tx, LATER) for _ in range(2)] == [1, 0]
        assert router_standings.all_of(tx) == {"direct": new}


def test_a_standing_comes_back_equal_and_takes_the_place_of_the_one_before(store: Store) -> None:
    first = Standing(LEARNER, "too early", None, {}, NOW)
    second = Standing(LEARNER, "no gain", "vendor/small", {"gain": [-0.1, 0.02], "n": 400}, LATER)
    with store.write() as tx:
        assert router_standings.get(tx, LEARNER) is None
        router_standings.put(tx, first)
        router_standings.put(tx, second)

        assert router_standings.get(tx, LEARNER) == second
        assert router_standings.all_of(tx) == {LEARNER: second}


def test_weights_are_a_use_cases_own_and_go_with_it(store: Store) -> None:
    owner, _ = makers.seeded(store)
    first = Weights(owner.id, "generic", {"form": 1.0}, "manual", 0, NOW)
    learned = replace(first, weights={"form": 0.25, "clarity": 0.75}, source="learned", answers=60, updated_at=LATER)
    other = replace(first, rubric="email_writing")
    with store.write() as tx:
        for each in (first, other, learned):
            rubric_weights.put(tx, each)
        assert rubric_weights.get(tx, owner.id, "generic") == learned
        assert rubric_weights.get(tx, owner.id, "email_writing") == other

        assert rubric_weights.remove(tx, owner.id, "email_writing")
        assert not rubric_weights.remove(tx, owner.id, "email_writing")
        use_cases.delete(tx, owner.id)
        assert rubric_weights.get(tx, owner.id, "generic") is None


def test_weights_of_a_use_case_that_is_gone_are_refused(store: Store) -> None:
    with pytest.raises(ModelMatchError), store.write() as tx:
        rubric_weights.put(tx, Weights(new_id(), "generic", {}, "manual", 0, NOW))


def test_a_cursor_moves_only_from_where_it_is_expected(store: Store) -> None:
    with store.write() as tx:
        assert cursors.position(tx, "feedback") is None
        assert not cursors.move(tx, "feedback", "b", expected="a")
        assert cursors.move(tx, "feedback", "a", expected=None)
        assert not cursors.move(tx, "feedback", "b", expected=None)
        assert cursors.move(tx, "feedback", "b", expected="a")
        assert not cursors.move(tx, "feedback", "c", expected="a")
        assert cursors.position(tx, "feedback") == "b"


def test_cursors_are_found_by_how_their_names_begin(store: Store) -> None:
    with store.write() as tx:
        for name in ("log:a", "log:b", "log_c", "other"):
            cursors.move(tx, name, name.upper(), expected=None)

        assert cursors.starting_with(tx, "log:") == {"log:a": "LOG:A", "log:b": "LOG:B"}
        assert cursors.starting_with(tx, "log_") == {"log_c": "LOG_C"}


def test_cursors_are_dropped_by_name(store: Store) -> None:
    with store.write() as tx:
        for name in ("a", "b"):
            cursors.move(tx, name, "1", expected=None)

        cursors.drop(tx, ["a", "c"])
        assert cursors.starting_with(tx, "") == {"b": "1"}


def test_a_cursor_that_is_held_stands_where_it_is_put(store: Store) -> None:
    with store.write() as tx:
        assert cursors.hold(tx, "log") == ""
        assert cursors.position(tx, "log") is None
        cursors.put(tx, "log", "a")
        assert cursors.hold(tx, "log") == "a"
