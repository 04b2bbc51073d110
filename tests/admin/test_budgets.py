"""The pages of budgets make, show, change and rest them; a fault is told at its field and nothing typed is lost."""

from pathlib import Path

import pytest

from app.services import budgets
from app.services.budgets import State, Wanted
from app.services.world import World
from tests.admin.conftest import Browser, issue

FORM = {
    "name": "of the month",
    "scope": "global",
    "scope_value": "",
    "unit": "usd",
    "limit": "25",
    "period": "month",
    "time_zone": "UTC",
    "action": "block",
    "thresholds": "50, 80, 100",
}


def stored(world: World) -> list[State]:
    """All budgets."""
    return budgets.page(world, cursor=None, limit=50)[0]


def test_without_a_budget_the_page_says_what_to_do(admin: Browser) -> None:
    assert "Create the first budget" in admin.get("/budgets").text


def test_a_budget_is_made_with_a_form(admin: Browser, world: World) -> None:
    done = admin.send("/budgets/new", {**FORM, "limit": "$1,250.50", "thresholds": "80% 50"})

    assert (done.status_code, done.location) == (303, "/admin/budgets")
    (state,) = stored(world)
    assert (state.budget.name, state.budget.limit, state.budget.thresholds) == (
        "of the month",
        1_250_500_000_000,
        (50, 80),
    )
    shown = admin.get("/budgets").text
    assert "$1,250.50" in shown
    assert "within its limit" in shown


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("name", ""),
        ("name", "x" * 300),
        ("name", "two\nlines"),
        ("name", "monthly"),
        ("scope", "planet"),
        ("scope_value", "x"),
        ("unit", "eur"),
        ("limit", ""),
        ("limit", "much"),
        ("limit", "-5"),
        ("limit", "1e9"),
        ("limit", "9999999999"),
        ("limit", "٣"),
        ("period", "hour"),
        ("time_zone", "Mars/Olympus"),
        ("action", "pray"),
        ("thresholds", "0"),
        ("thresholds", "50, x"),
        ("thresholds", "1 2 3 4 5 6 7 8 9 10 11"),
    ],
)
def test_a_fault_is_told_at_its_field_and_nothing_typed_is_lost(
    admin: Browser, world: World, name: str, typed: str
) -> None:
    found = admin.send("/budgets/new", {**FORM, "name": "kept as typed", name: typed})

    assert found.status_code == 422
    assert f'id="{name}-fault"' in found.text
    assert name == "name" or 'value="kept as typed"' in found.text
    assert stored(world) == []


@pytest.mark.parametrize(("scope", "value"), [("tag", ""), ("use-case", "nowhere")])
def test_a_scope_whose_value_cannot_be_meant_is_told_at_the_value(admin: Browser, scope: str, value: str) -> None:
    found = admin.send("/budgets/new", {**FORM, "scope": scope, "scope_value": value})

    assert 'id="scope_value-fault"' in found.text


def test_a_name_that_is_taken_is_told_at_the_name(admin: Browser) -> None:
    admin.send("/budgets/new", FORM)

    found = admin.send("/budgets/new", FORM)

    assert found.status_code == 422
    assert 'id="name-fault"' in found.text


def test_a_name_is_text_and_never_markup(admin: Browser, world: World) -> None:
    name = "<script>alert(1)</script>\"'&"
    admin.send("/budgets/new", {**FORM, "name": name})
    (state,) = stored(world)

    for path in ("/budgets", f"/budgets/{state.budget.id}"):
        shown = admin.get(path).text
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert" not in admin.send("/budgets/new", {**FORM, "name": name}).text


def test_a_limit_is_changed(admin: Browser, world: World) -> None:
    admin.send("/budgets/new", {**FORM, "unit": "tokens", "limit": "250000"})
    (before,) = stored(world)
    path = f"/budgets/{before.budget.id}"
    assert 'value="250000"' in admin.get(path).text

    refused = admin.send(path, {"limit": "12.5", "action": "alert", "thresholds": "90"})
    assert (refused.status_code, 'value="12.5"' in refused.text) == (422, True)
    assert admin.send(path, {"limit": "300,000", "action": "alert", "thresholds": "90"}).status_code == 303

    (after,) = stored(world)
    assert (after.budget.limit, after.budget.action, after.budget.thresholds) == (300_000, "alert", (90,))


def test_a_budget_rests_and_counts_again(admin: Browser, world: World) -> None:
    admin.send("/budgets/new", FORM)
    path = f"/budgets/{stored(world)[0].budget.id}"

    admin.send(f"{path}/switch", {"active": "no"}, at=path)
    assert not stored(world)[0].budget.active
    assert "switched off" in admin.get("/budgets").text

    admin.send(f"{path}/switch", {"active": "yes"}, at=path)
    assert stored(world)[0].budget.active


def test_a_budget_of_each_user_shows_who_has_spent(admin: Browser, world: World) -> None:
    admin.send("/budgets/new", {**FORM, "scope": "user", "limit": "5"})
    path = f"/budgets/{stored(world)[0].budget.id}"

    assert "Each user has $5.00" in admin.get("/budgets").text.replace("\n", " ")
    assert "Nobody has spent anything" in admin.get(path).text


def test_the_budget_of_the_environment_says_where_it_is_changed(admin: Browser, world: World) -> None:
    budgets.declare_monthly(world, 100_000_000_000, time_zone="UTC")
    path = f"/budgets/{stored(world)[0].budget.id}"

    shown = admin.get(path).text

    assert "MONTHLY_BUDGET_USD" in shown
    assert "Save" not in shown
    assert admin.send(path, {"limit": "1", "action": "block", "thresholds": ""}).status_code == 422


def test_whoever_only_reads_sees_budgets_and_changes_none(browser: Browser, world: World) -> None:
    budgets.create(world, Wanted(name="seen", scope="global", unit="usd", limit=10**9, period="day"))
    browser.log_in(issue(world, "read").secret)
    path = f"/budgets/{stored(world)[0].budget.id}"

    assert "seen" in browser.get("/budgets").text
    assert "Save" not in browser.get(path).text
    for forbidden in ("/budgets/new", path, f"{path}/switch"):
        assert browser.send(forbidden, FORM, at="/budgets").status_code == 403


def test_more_budgets_than_a_page_holds_are_on_the_next_one(admin: Browser, world: World) -> None:
    for number in range(51):
        budgets.create(world, Wanted(name=f"b{number:02}", scope="global", unit="usd", limit=10**9, period="day"))

    first = admin.get("/budgets").text

    assert (">b49<" in first, ">b50<" in first) == (True, False)
    assert "More budgets" in first


@pytest.mark.parametrize("path", ["/budgets/00000000-0000-0000-0000-0000000000aa", "/budgets/x", "/budgets?cursor=x"])
def test_what_is_not_there_is_told_as_a_page(admin: Browser, path: str) -> None:
    assert admin.get(path).status_code in (404, 422)


def test_while_the_database_is_away_the_page_says_so_and_the_providers_are_shown(
    admin: Browser, world: World, tmp_path: Path
) -> None:
    world.store.reads.begin()

    found = admin.get("/budgets")

    assert (found.status_code, found.headers["Retry-After"]) == (503, "1")
    assert "The database is away" in found.text
    assert admin.get("/providers").status_code == 200
    world.store.reads.end()
