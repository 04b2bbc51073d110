"""A comparison never spends more than its own budget, and says so when that is used up."""

from collections.abc import Callable, Iterator

import pytest

from app.db import budgets as budget_rows
from app.domain.comparison.comparison import Input, Judge
from app.domain.errors import Invalid
from app.domain.flow import Params
from app.domain.message import Delta, ModelRequest
from app.services import budgets
from app.services.comparing import comparisons, progress
from app.services.comparing.wanted import WantedCandidate
from app.services.world import World
from tests.services.comparing.compared import DOLLAR, LARGE, answers, calls, inputs, make, run
from tests.services.comparing.compared import SHORT as PROMPT
from tests.services.made import CODE, make_step, make_use_case, say
from tests.worlds import calls_of, with_script

TIGHT = 40_000  # nano-dollars; an answer of four words costs about a thousand or more


def own(world: World, made: comparisons.Comparison) -> budgets.State:
    """The budget of the comparison."""
    with world.store.read() as tx:
        found = budget_rows.named(tx, f"comparison {made.id}")
    assert found is not None
    return budgets.get(world, found.id)


def test_it_stops_when_the_budget_is_used_up_and_what_was_answered_stays(world: World) -> None:
    made = make(world, inputs=inputs(30), budget=TIGHT)

    ended = run(world, made)

    spent = sum(call.cost or 0 for call in calls(world))
    now = progress.of(world, made.id)
    assert (ended.status, ended.error, now.error) == ("failed", "budget-exceeded", "budget-exceeded")
    assert 0 < now.answered < now.answers
    assert now.spent == spent <= TIGHT
    assert [each.error for each in answers(world, made) if each.done and each.error] == []
    assert own(world, made).budget.active is False


def test_with_more_money_it_goes_on_where_it_stopped(world: World) -> None:
    made = make(world, inputs=inputs(30), budget=TIGHT)
    run(world, made)

    comparisons.resume(world, made.id, budget=DOLLAR)
    ended = run(world, made)

    assert ended.status == "succeeded"
    assert ended.budget == DOLLAR
    assert len(calls(world)) == 60
    assert len({each.call_id for each in answers(world, made)}) == 60


def test_a_budget_below_what_is_spent_is_refused(world: World) -> None:
    made = make(world, inputs=inputs(30), budget=TIGHT)
    run(world, made)
    spent = progress.of(world, made.id).spent

    with pytest.raises(Invalid, match="are spent already") as refused:
        comparisons.resume(world, made.id, budget=spent - 1)

    assert refused.value.field == "budget_usd"
    assert (comparisons.get(world, made.id).status, comparisons.get(world, made.id).budget) == ("failed", TIGHT)
    assert comparisons.resume(world, made.id, budget=spent).budget == spent


def test_answers_that_are_asked_side_by_side_do_not_take_each_others_money(world: World) -> None:
    """What calls under way may cost at most is held; that others are refused meanwhile is no end."""
    large = Params(max_tokens=60, options={"tokens": 2, "latency_ms": 30})
    made = make(world, inputs=inputs(4), budget=1_700_000, concurrency=8, prompt=type(PROMPT)(params=large))

    ended = run(world, made)

    assert (ended.status, progress.of(world, made.id).answered) == ("succeeded", 8)


def test_a_judge_that_uses_the_budget_up_goes_on_when_there_is_more(world: World) -> None:
    made = make(world, inputs=inputs(2), budget=600_000, judge=Judge("simulated/small", max_pairs=50), concurrency=1)

    stopped = run(world, made)
    between = progress.of(world, made.id)
    comparisons.resume(world, made.id, budget=DOLLAR)
    ended = run(world, made)

    assert (stopped.status, stopped.error) == ("failed", "budget-exceeded")
    assert between.answered == 4
    assert between.judgements == 4
    assert between.judged < 4
    assert (ended.status, progress.of(world, made.id).judged) == ("succeeded", 4)
    assert len(calls_of(world, source="comparison")) == 4


def test_a_judge_without_a_budget_is_refused(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        make(world, judge=Judge(LARGE))

    assert refused.value.field == "budget_usd"


def test_one_whose_budget_was_taken_away_fails_and_gets_it_back(world: World) -> None:
    made = make(world, budget=DOLLAR)
    budgets.remove(world, own(world, made).budget.id)

    failed = run(world, made)
    comparisons.resume(world, made.id)
    ended = run(world, made)

    assert (failed.status, failed.error) == ("failed", "comparison-unbudgeted")
    assert ended.status == "succeeded"
    assert own(world, made).budget.limit == DOLLAR


Taking = Callable[[World, str], object]
TAKEN: dict[str, Taking] = {
    "deleted": budgets.remove,
    "switched off": lambda world, own_id: budgets.change(world, own_id, budgets.Edit(active=False)),
    "told to alert only": lambda world, own_id: budgets.change(world, own_id, budgets.Edit(action="alert")),
    "raised": lambda world, own_id: budgets.change(world, own_id, budgets.Edit(limit=9 * DOLLAR)),
}


@pytest.mark.parametrize("take", TAKEN.values(), ids=TAKEN)
def test_one_whose_budget_is_taken_away_while_it_runs_asks_nothing_more(world: World, take: Taking) -> None:
    asked: list[str] = []

    def speak(request: ModelRequest) -> Iterator[Delta]:
        asked.append(request.model)
        if len(asked) == 3:
            take(world, own(world, made).budget.id)
        yield from say("yes")

    scripted = with_script(world, speak)
    made = make(scripted, budget=DOLLAR, inputs=inputs(10), concurrency=1)
    ended = run(scripted, made)

    assert (ended.status, ended.error, len(asked)) == ("failed", "comparison-unbudgeted", 3)
    assert progress.of(world, made.id).answered == 3


def test_no_further_step_is_asked_once_the_budget_is_taken_away(world: World) -> None:
    asked: list[str] = []

    def speak(request: ModelRequest) -> Iterator[Delta]:
        asked.append(request.model)
        budgets.change(world, own(world, made).budget.id, budgets.Edit(active=False))
        yield from say("yes")

    scripted = with_script(world, speak)
    make_use_case(scripted, steps=(make_step("one"), make_step("two")))
    flows = (WantedCandidate(flow="a"), WantedCandidate(LARGE, "a"))
    given = (Input(0, {"text": "x"}),)
    made = make(scripted, use_case=CODE, candidates=flows, inputs=given, budget=DOLLAR, concurrency=1)
    ended = run(scripted, made)

    assert (ended.error, len(asked), progress.of(world, made.id).answered) == ("comparison-unbudgeted", 1, 0)
    assert progress.of(world, made.id).spent == sum(call.cost or 0 for call in calls(world)) > 0


def test_a_judge_is_asked_nothing_more_once_the_budget_is_taken_away(world: World) -> None:
    asked: list[str] = []

    def speak(request: ModelRequest) -> Iterator[Delta]:
        asked.append(request.messages[0].role)
        if asked.count("system") == 1:
            budgets.remove(world, own(world, made).budget.id)
        yield from say(f'{{"verdict": "A"}} {len(asked)}')

    scripted = with_script(world, speak)
    made = make(scripted, budget=DOLLAR, judge=Judge("simulated/small"), concurrency=1)
    ended = run(scripted, made)

    assert (ended.status, ended.error, asked.count("system")) == ("failed", "comparison-unbudgeted", 1)


def test_deleting_it_takes_the_budget_along(world: World) -> None:
    made = make(world, budget=DOLLAR)
    run(world, made)

    comparisons.delete(world, made.id)

    with world.store.read() as tx:
        assert budget_rows.named(tx, f"comparison {made.id}") is None
    assert len(calls_of(world, source="comparison")) == 6
