"""Comparisons are made, read, cancelled, resumed and deleted here; jobs run them."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from app.db import comparison_answers as answer_rows
from app.db import comparison_states as states
from app.db import comparisons as rows
from app.db import judgements as judgement_rows
from app.db.comparison_answers import AnswerFilter
from app.db.comparisons import ComparisonFilter
from app.db.uow import Tx
from app.domain.comparison.comparison import Answer, Comparison, Input, Judgement
from app.domain.errors import Conflict, Invalid
from app.domain.money import to_usd
from app.services.comparing import happened, own_budget
from app.services.comparing.making import JOB, create
from app.services.editing import edit
from app.services.jobs import submitting as jobs
from app.services.world import World

__all__ = [
    "AnswerFilter",
    "ComparisonFilter",
    "answers",
    "answers_to",
    "cancel",
    "create",
    "delete",
    "get",
    "inputs",
    "judgements",
    "outcomes",
    "page",
    "resume",
]
LIVE: Final = ("queued", "running")
SOME: Final = 1_000  # rows that are deleted at once


def get(world: World, comparison_id: str) -> Comparison:
    """Raises NotFound."""
    with world.store.read() as tx:
        return rows.get(tx, comparison_id)


def page(
    world: World, wanted: ComparisonFilter, *, cursor: str | None = None, limit: int = 50
) -> tuple[list[Comparison], str | None]:
    """Comparisons, newest first. `model` may be an alias. Raises Invalid for a foreign cursor."""
    if wanted.model is not None:
        wanted = replace(wanted, model=world.catalogue.aliases.get(wanted.model, wanted.model))
    with world.store.read() as tx:
        return rows.page(tx, wanted, cursor=cursor, limit=limit)


def cancel(world: World, comparison_id: str) -> Comparison:
    """Stop it within about a second; what is answered stays, and `resume` goes on from there.

    Raises NotFound, Conflict (`comparison-over`) for one that has ended.
    """

    def apply(tx: Tx) -> Comparison:
        jobs.withdraw(tx, world, JOB, about=comparison_id)
        if not states.end(tx, comparison_id, "cancelled", world.now()):
            rows.get(tx, comparison_id)
            raise Conflict("the comparison has ended", code="comparison-over")
        own_budget.shut(world, tx, comparison_id)
        after = rows.get(tx, comparison_id)
        happened.ended(tx, world, after, "cancelled")
        return after

    return edit(world, apply)


def resume(world: World, comparison_id: str, *, budget: int | None = None) -> Comparison:
    """Go on with one that failed or was cancelled: what is answered is not asked again.

    `budget`: what it may spend in all from now on, in nano-dollars; None leaves the limit. Raises NotFound, Conflict
    (`comparison-not-stopped`) for one that waits, runs or has succeeded, Invalid for a budget that it never had, or
    that is below what is spent already.
    """

    def apply(tx: Tx) -> Comparison:
        jobs.withdraw(tx, world, JOB, about=comparison_id)
        if not states.queue_again(tx, comparison_id):
            rows.get(tx, comparison_id)
            raise Conflict("only one that failed or was cancelled goes on", code="comparison-not-stopped")
        before = rows.get(tx, comparison_id)
        if budget is not None:
            if before.budget is None or budget <= 0:
                raise Invalid("an amount above 0 is expected, of a comparison with a budget", field="budget_usd")
            _check_not_spent(tx, comparison_id, budget)
            rows.set_budget(tx, comparison_id, budget)
        after = rows.get(tx, comparison_id)
        own_budget.open_again(world, tx, after)
        jobs.submit(tx, world, JOB, about=comparison_id)
        return after

    return edit(world, apply)


def delete(world: World, comparison_id: str) -> None:
    """With its answers, judgements and budget. Raises NotFound, Conflict (`comparison-running`) before it has ended.

    Most of it goes in small units of work, so that nobody has to wait for it.
    """

    def apply(tx: Tx) -> None:
        _check_over(tx, comparison_id)
        own_budget.remove(tx, comparison_id)
        rows.remove(tx, comparison_id)

    for remove_some in (answer_rows.remove_some, judgement_rows.remove_some):
        gone = SOME
        while gone == SOME:
            with world.store.write() as tx:
                _check_over(tx, comparison_id)
                gone = remove_some(tx, comparison_id, limit=SOME)
    edit(world, apply)


def inputs(world: World, comparison_id: str, numbers: Collection[int] | None = None) -> list[Input]:
    """Its inputs, or those with these numbers. Raises NotFound."""
    with world.store.read() as tx:
        rows.standing(tx, comparison_id)
        return rows.inputs_of(tx, comparison_id, numbers)


def answers(
    world: World,
    comparison_id: str,
    wanted: AnswerFilter,
    *,
    order: str = "input",
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[Answer], str | None]:
    """Answers with their texts, by `input` or in the `place` they were asked. Raises NotFound, Invalid."""
    with world.store.read() as tx:
        rows.standing(tx, comparison_id)
        return answer_rows.page(tx, comparison_id, wanted, order=order, cursor=cursor, limit=limit)


def answers_to(world: World, comparison_id: str, number: int) -> list[Answer]:
    """All answers to one input, by repeat and candidate. Raises NotFound."""
    with world.store.read() as tx:
        rows.standing(tx, comparison_id)
        return answer_rows.of_input(tx, comparison_id, number)


def outcomes(world: World, comparison_id: str) -> list[Answer]:
    """What was answered so far without the texts, for figures: by input, repeat and candidate. Raises NotFound."""
    with world.store.read() as tx:
        rows.standing(tx, comparison_id)
        return answer_rows.outcomes(tx, comparison_id)


def judgements(world: World, comparison_id: str, *, rater: str | None = None) -> list[Judgement]:
    """What judge and people have said so far, or one of them. Raises NotFound."""
    with world.store.read() as tx:
        rows.standing(tx, comparison_id)
        return judgement_rows.all_of(tx, comparison_id, rater=rater)


def _check_not_spent(tx: Tx, comparison_id: str, budget: int) -> None:
    spent = max(rows.standing(tx, comparison_id).spent, own_budget.settled(tx, comparison_id))
    if budget < spent:
        raise Invalid(f"{to_usd(spent)} USD are spent already: at least that is expected", field="budget_usd")


def _check_over(tx: Tx, comparison_id: str) -> None:
    if rows.get(tx, comparison_id).status in LIVE:
        raise Conflict("the comparison has not ended; cancel it first", code="comparison-running")
