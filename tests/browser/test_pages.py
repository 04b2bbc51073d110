"""People log in, watch a breaker open and close, and make a budget, in a browser that obeys the content policy."""

import pytest
from playwright.sync_api import Page, expect

from app.domain.breaker import Target
from app.services import budgets
from app.services.budgets import Wanted
from app.services.world import World

pytestmark = pytest.mark.slow

TARGET = Target("simulated", "simulated/small", "simulated")
ASIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def open_breaker(world: World) -> None:
    """Let a target fail until nobody is sent there."""
    while world.breakers.closed(TARGET):
        world.breakers.failed(TARGET, retry_after_s=60)


def test_a_breaker_that_opens_is_seen_without_loading_the_page_and_is_reset(
    page: Page, world: World, faults: list[str]
) -> None:
    expect(page.get_by_text("working")).to_be_visible()

    open_breaker(world)

    expect(page.get_by_role("cell", name="open", exact=True)).to_be_visible()
    page.get_by_role("link", name="Reset…").click()
    page.get_by_role("button", name="Reset Simulated").click()
    expect(page.get_by_role("status").filter(has_text="was reset")).to_be_visible()
    expect(page.get_by_role("cell", name="closed", exact=True)).to_be_visible()
    assert world.breakers.closed(TARGET)
    assert faults == []


def test_the_focus_stays_where_it_is_while_the_page_renews_itself(page: Page, world: World) -> None:
    open_breaker(world)
    page.reload()
    link = page.get_by_role("link", name="Reset…")
    link.focus()

    with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
        pass

    expect(link).to_be_focused()


def test_a_budget_is_made_after_a_fault_was_told_at_its_field(page: Page, world: World, faults: list[str]) -> None:
    page.get_by_role("link", name="Budgets").click()
    page.get_by_role("link", name="Create the first budget").click()
    page.get_by_label("Name").fill("Team <b>Rot</b>")
    page.get_by_label("Limit", exact=True).fill("much")
    page.get_by_role("button", name="Create budget").click()
    expect(page.get_by_text("An amount of US dollars is needed")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Team <b>Rot</b>")
    faults.clear()  # the browser notes the 422

    page.get_by_label("Limit", exact=True).fill("12.50")
    page.get_by_role("button", name="Create budget").click()

    expect(page.get_by_role("heading", name="Team <b>Rot</b>")).to_be_visible()
    (state,) = budgets.page(world, cursor=None, limit=9)[0]
    assert state.budget.limit == 12_500_000_000
    assert faults == []


def test_nothing_sticks_out_of_a_narrow_window(page: Page, world: World) -> None:
    open_breaker(world)
    wanted = Wanted(name="a very long name of a budget " * 8, scope="global", unit="usd", limit=10**18, period="day")
    made = budgets.create(world, wanted)

    for path in ("providers", "providers/simulated/reset", "budgets", "budgets/new", f"budgets/{made.id}", "nowhere"):
        page.goto(f"/admin/{path}")
        assert not page.evaluate(ASIDE), path


def test_all_is_reached_with_the_keyboard(page: Page) -> None:
    page.goto("/admin/budgets/new")
    found = []
    for _ in range(20):
        page.keyboard.press("Tab")
        found.append(page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))

    assert found[0] == "Skip to the content"
    assert [name for name in found if name in {"name", "scope", "limit", "thresholds"}] == [
        "name",
        "scope",
        "limit",
        "thresholds",
    ]


def test_a_server_that_is_away_is_noticed(page: Page) -> None:
    page.route("**/admin/providers", lambda route: route.abort())

    expect(page.get_by_text("The server has not answered for a while")).to_be_visible(timeout=20_000)

    page.unroute("**/admin/providers")
    expect(page.get_by_text("The server has not answered for a while")).to_be_hidden()
