"""An A/B test is started, watched as values come, widened and rolled out in the browser, in a narrow window."""

import pytest
from playwright.sync_api import Page, expect

from app.services.ab import tests
from app.services.world import World
from tests.browser.test_planner import ASIDE, shot
from tests.services.ab.testing import come, judged, wanted
from tests.services.made import CODE, make_use_case
from tests.services.steering import stored

pytestmark = pytest.mark.slow


def test_a_test_is_lived_through_from_draft_to_rollout(page: Page, world: World, faults: list[str]) -> None:
    make_use_case(world, weights={"a": 10_000, "b": 0})
    draft = tests.draft(world, CODE, wanted(name="Short or long", auto_stop=False, share=5_000))
    page.get_by_role("link", name="A/B tests").click()
    page.get_by_role("link", name="Short or long").click()
    page.get_by_role("button", name="Start").press("Enter")
    expect(page.get_by_text("Keep running: nothing is proven yet.")).to_be_visible()
    page.get_by_label("Of all units, %").fill("100")
    page.get_by_role("button", name="Widen").press("Enter")
    expect(page.get_by_text("100 % of all units", exact=False).first).to_be_visible()
    expect(page.get_by_role("button", name="Widen")).to_have_count(0)

    running = stored(world, draft)
    sessions = come(world, [f"c{number}" for number in range(300)])
    judged(world, running, sessions, "conversion", lambda arm, number: float(arm == "b"))

    expect(page.get_by_text("Roll b out: it beats a.")).to_be_visible()  # the page renews itself
    assert not page.evaluate(ASIDE)
    shot(page, "ab-test-narrow")
    page.set_viewport_size({"width": 1100, "height": 900})
    shot(page, "ab-test-wide")
    page.get_by_role("button", name="Roll out").press("Enter")
    page.wait_for_url("**/admin/rollouts/*")
    expect(page.get_by_role("heading", name=f"Rollout of {CODE}")).to_be_visible()
    assert stored(world, draft).status == "ended"
    assert faults == []
