"""Comparisons as rows: stored whole, claimed by one, counted once, and gone with all that they own."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.db import comparison_answers as answer_rows
from app.db import comparison_states as states
from app.db import comparisons as rows
from app.db import judgements as judgement_rows
from app.db.comparisons import ComparisonFilter
from app.db.tables import comparison_answers, comparison_candidates, comparison_inputs, judgements
from app.db.uow import Store
from app.domain.comparison.comparison import JUDGE, Answer, Candidate, Comparison, Input, Judge, Judgement, Scoring
from app.domain.errors import NotFound
from app.services.ids import new_id
from tests.db.makers import NOW

TTL = 30.0
CANDIDATES = (Candidate("a", "simulated/small"), Candidate("b", None, "flow", new_id(), 3))
INPUTS = (Input(0, {"prompt": "x"}, "7", "easy"), Input(1, {"prompt": "é", "n": [1]}))
OWNED = (comparison_candidates, comparison_inputs, comparison_answers, judgements)


def comparison(**given: Any) -> Comparison:
    plain = Comparison(new_id(), "One", "queued", CANDIDATES, 2, 1, 4, "seed", NOW, "ann")
    return replace(plain, **given)


def stored(store: Store, **given: Any) -> Comparison:
    made = comparison(**given)
    with store.write() as tx:
        rows.add(tx, made, INPUTS)
    return made


def laid_out(store: Store, made: Comparison) -> list[Answer]:
    turns = [(candidate, number) for number in range(2) for candidate in range(2)]
    several = [Answer(new_id(), made.id, place, *turn, 0) for place, turn in enumerate(turns)]
    with store.write() as tx:
        answer_rows.lay_out(tx, several)
    return several


def test_it_comes_back_as_it_was(store: Store) -> None:
    made = stored(store, scoring=Scoring("exact"), judge=Judge("simulated/large"), budget=10**12, alpha=0.01)

    with store.read() as tx:
        assert rows.get(tx, made.id) == made
        assert rows.inputs_of(tx, made.id) == list(INPUTS)
        assert rows.inputs_of(tx, made.id, [1]) == [INPUTS[1]]
        standing = rows.standing(tx, made.id)
    assert (standing.answers, standing.answered, standing.judgements, standing.spent) == (4, 0, None, 0)


def test_one_that_is_none_is_not_found(store: Store) -> None:
    with store.read() as tx:
        for read in (rows.get, rows.standing):
            with pytest.raises(NotFound):
                read(tx, new_id())


def test_pages_go_on_where_they_ended(store: Store) -> None:
    made = [stored(store, created_at=NOW + timedelta(seconds=number // 2)).id for number in range(5)]

    with store.read() as tx:
        first, cursor = rows.page(tx, ComparisonFilter(), limit=3)
        rest, end = rows.page(tx, ComparisonFilter(), cursor=cursor, limit=3)

    assert end is None
    assert sorted(each.id for each in (*first, *rest)) == sorted(made)
    assert [each.created_at for each in (*first, *rest)] == sorted(
        (each.created_at for each in first + rest), reverse=True
    )


def test_an_answer_is_recorded_once_and_counted_once(store: Store) -> None:
    made = stored(store)
    first, second, *_ = laid_out(store, made)
    told = [replace(first, text="x", cost=5, score=1.0), replace(second, error="provider-timeout", cost=None)]

    with store.write() as tx:
        new = answer_rows.record(tx, made.id, told)
        again = answer_rows.record(tx, made.id, [replace(first, text="other", cost=100)])
    with store.read() as tx:
        standing = rows.standing(tx, made.id)
        pending = answer_rows.pending(tx, made.id)
        outcomes = answer_rows.outcomes(tx, made.id)
        (said, _) = answer_rows.of_input(tx, made.id, 0)

    assert (new, again) == (2, 0)
    assert (standing.answered, standing.failed, standing.spent, standing.unpriced) == (2, 1, 5, 1)
    assert [each.place for each in pending] == [2, 3]
    assert [(each.candidate, each.error, each.text) for each in outcomes] == [
        (0, None, None),
        (1, "provider-timeout", None),
    ]
    assert said == replace(told[0], done=True)


def test_what_is_laid_out_again_stays_as_it_is(store: Store) -> None:
    made = stored(store)
    first, *_ = laid_out(store, made)
    with store.write() as tx:
        answer_rows.record(tx, made.id, [replace(first, text="x", cost=1)])

    laid_out(store, made)

    with store.read() as tx:
        assert answer_rows.laid_out(tx, made.id) == 4
        assert [each.place for each in answer_rows.pending(tx, made.id, after=1)] == [2, 3]
        assert len(answer_rows.outcomes(tx, made.id)) == 1


def test_judgements_are_recorded_once_and_votes_are_replaced(store: Store) -> None:
    made = stored(store)
    turn = Judgement(new_id(), made.id, 0, 0, 0, 0, 1, JUDGE)
    vote = Judgement(new_id(), made.id, 3, 0, 0, 1, 0, "ann", True, "first", None, 0)
    with store.write() as tx:
        judgement_rows.lay_out(tx, made.id, [turn])
        judgement_rows.vote(tx, vote)
        judgement_rows.vote(tx, replace(vote, id=new_id(), verdict="tie"))

    with store.write() as tx:
        pending = judgement_rows.pending(tx, made.id)
        new = judgement_rows.record(tx, made.id, [replace(turn, verdict="second", cost=7)])
        again = judgement_rows.record(tx, made.id, [replace(turn, verdict="first", cost=7)])
    with store.read() as tx:
        found = judgement_rows.all_of(tx, made.id)
        standing = rows.standing(tx, made.id)

    assert pending == [turn]
    assert (new, again) == (1, 0)
    assert {(each.rater, each.verdict) for each in found} == {("judge", "second"), ("ann", "tie")}
    assert (standing.judgements, standing.judged, standing.spent) == (1, 1, 7)


def test_all_that_it_owns_goes_with_it(store: Store) -> None:
    made, other = stored(store), stored(store)
    laid_out(store, made)
    with store.write() as tx:
        judgement_rows.lay_out(tx, made.id, [Judgement(new_id(), made.id, 0, 0, 0, 0, 1, JUDGE)])
        rows.remove(tx, made.id)

    with store.read() as tx:
        left = [tx.execute(select(func.count()).select_from(table)).scalar_one() for table in OWNED]
        assert rows.get(tx, other.id) == other
    assert left == [2, 2, 0, 0]


def test_one_begins_goes_on_and_ends_once(store: Store) -> None:
    made, later = stored(store), NOW + timedelta(hours=1)

    with store.write() as tx:
        begun = states.begin(tx, made.id, NOW)
        resumed = states.begin(tx, made.id, later)
        ended = [states.end(tx, made.id, "succeeded", later) for _ in range(2)]
        over = states.begin(tx, made.id, later)
        taken_at = rows.standing(tx, made.id).taken_at

    assert begun == replace(made, status="running", started_at=NOW)
    assert resumed == begun
    assert (ended, over, taken_at) == ([True, False], None, later)


def test_cancelled_ones_are_queued_again_and_ended_ones_are_not(store: Store) -> None:
    made = stored(store)

    with store.write() as tx:
        assert not states.queue_again(tx, made.id)
        states.begin(tx, made.id, NOW)
        assert states.end(tx, made.id, "cancelled", NOW)
        assert states.queue_again(tx, made.id)
        states.begin(tx, made.id, NOW)
        assert states.end(tx, made.id, "succeeded", NOW)
        assert not states.queue_again(tx, made.id)
    with store.read() as tx:
        assert rows.get(tx, made.id) == replace(made, status="succeeded", started_at=NOW, ended_at=NOW)
