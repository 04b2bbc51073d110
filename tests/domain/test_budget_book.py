"""A bill falls under the budgets of everyone and everything behind it, and under no other."""

from datetime import UTC, datetime

import pytest

from app.domain.budget import Bill, Scope
from app.domain.budget_book import BudgetBook
from tests.faults.spending import budget

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
BILL = Bill(
    NOON, "openai", "openai/gpt", 10, 20, "key-1", "ann", "red", "user-1", "case-1", "flow-1", "exp-1",
    {"who": "acme", "n": 3},
)  # fmt: skip
BEHIND: dict[Scope, str] = {
    "key": "key-1",
    "owner": "ann",
    "team": "red",
    "user": "user-1",
    "use-case": "case-1",
    "flow": "flow-1",
    "experiment": "exp-1",
    "provider": "openai",
    "model": "openai/gpt",
}


def whose(bill: Bill, *budgets: object) -> list[tuple[str, str]]:
    """Name of the budget and whose part of it, of all budgets the bill falls under."""
    return sorted((due.budget.name, due.who) for due in BudgetBook(budgets).dues(bill))  # type: ignore[arg-type]  # all of them are budgets


@pytest.mark.parametrize("scope", list(BEHIND))
def test_a_budget_of_one_counts_that_one_alone(scope: Scope) -> None:
    one = budget("one", scope=scope, scope_value=BEHIND[scope])
    other = budget("other", scope=scope, scope_value="other")

    assert whose(BILL, one, other) == [("one", "")]


@pytest.mark.parametrize("scope", list(BEHIND))
def test_a_budget_for_each_counts_everyone_apart(scope: Scope) -> None:
    each = budget("each", scope=scope)

    assert whose(BILL, each) == [("each", BEHIND[scope])]


def test_a_bill_without_a_user_falls_under_no_budget_of_users() -> None:
    nobody = Bill(NOON, "openai", "openai/gpt", 10, 20)

    assert whose(nobody, budget("each", scope="user"), budget("all")) == [("all", "")]


def test_tags_are_counted_by_value_or_each_value_apart() -> None:
    budgets = [
        budget("acme", scope="tag", scope_value="who=acme"),
        budget("three", scope="tag", scope_value="n=3"),
        budget("other", scope="tag", scope_value="who=other"),
        budget("each", scope="tag", scope_value="who"),
        budget("absent", scope="tag", scope_value="none"),
    ]

    assert whose(BILL, *budgets) == [("acme", ""), ("each", "acme"), ("three", "")]


def test_an_inactive_budget_counts_nothing() -> None:
    assert whose(BILL, budget("off", active=False)) == []


def test_a_bill_of_the_next_day_falls_into_the_next_period() -> None:
    book = BudgetBook([budget("daily", period="day")])
    tomorrow = Bill(NOON.replace(day=3), "openai", "openai/gpt", 10, 20)

    spans = [book.dues(bill)[0].span for bill in (BILL, tomorrow, BILL)]

    assert spans[0].ends_at == spans[1].starts_at
    assert spans[0] == spans[2]
