"""A test is planned in the browser by keyboard alone, in a narrow window."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.services import experiments
from app.services.world import World
from tests.services.made import CODE, make_use_case

pytestmark = pytest.mark.slow

ASIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
SHOTS = os.environ.get("TEST_SCREENSHOTS")  # a folder, for people who want to see it


def test_a_test_is_planned_corrected_and_saved_by_keyboard(page: Page, world: World, faults: list[str]) -> None:
    make_use_case(world, weights={"short": 5_000, "a-very-long-name-of-a-flow-that-goes-on-and-on": 5_000})
    page.get_by_role("link", name="Planner").click()
    page.get_by_role("link", name=CODE).click()
    page.get_by_label("Least effect to find").fill("0.2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Current traffic does not show the mean")).to_be_visible()
    expect(page.get_by_label("Least effect to find")).to_have_value("0.2")
    expect(page.get_by_label("Mean without any effect")).to_have_attribute("aria-invalid", "true")
    faults.clear()  # the browser notes the 422
    page.get_by_label("Mean without any effect").fill("3")
    page.get_by_label("Standard deviation").fill("1")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="What it takes")).to_be_in_viewport()
    expect(page.get_by_role("cell", name="394")).to_have_count(2)
    shot(page, "planner-narrow")
    assert not page.evaluate(ASIDE)
    page.set_viewport_size({"width": 1100, "height": 900})
    shot(page, "planner-wide")

    page.get_by_role("button", name="Save as a draft").press("Enter")
    page.wait_for_url("**/admin/ab-tests/*")
    assert [each.policy for each in experiments.page(world, use_case=CODE, cursor=None, limit=5)[0]] == ["fixed"]
    assert faults == []


def shot(page: Page, name: str) -> None:
    """Kept where somebody asks for it."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
