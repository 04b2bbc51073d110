"""The picture of a run is seen while it runs, in either theme, and no page of it sticks out of a narrow window."""

import threading

import pytest
from playwright.sync_api import Page, expect

from app.services import flows, generate, presets
from app.services.asking import Asked
from app.services.flows import FlowEdit
from app.services.world import World
from tests.services.made import SMALL, make_step

pytestmark = pytest.mark.slow

ASIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
WAIT_MS = 30_000
BOX = "getComputedStyle(document.querySelector('.flow-picture .box')).fill"


@pytest.fixture
def routed(world: World) -> str:
    """The code of a use case with branches."""
    preset = presets.get("router-then-answer")
    presets.use(world, preset, code="routed", models=[SMALL], activate=True, actor="test")
    return "routed"


def test_pages_fit_into_a_narrow_window_and_follow_the_theme(
    page: Page, world: World, routed: str, faults: list[str]
) -> None:
    run = generate.run(world, routed, Asked("c1", inputs={"request": "Who is there?"})).run.id
    page.get_by_role("link", name="Use cases").click()
    page.get_by_role("link", name="routed", exact=True).click()
    expect(page.get_by_role("img", name="routed/routed, version 1")).to_be_visible()
    assert not page.evaluate(ASIDE)

    page.goto(f"/admin/runs/{run}")
    expect(page.get_by_role("img", name="Run of routed/routed")).to_be_visible()
    light = page.evaluate(BOX)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(BOX) != light
    assert not page.evaluate(ASIDE)
    assert faults == []


def test_a_run_is_watched_until_it_ends(page: Page, world: World, routed: str, faults: list[str]) -> None:
    slow = [make_step("answer", "Say {{ request }}", latency_ms=4_000)]
    slow.insert(0, make_step("first", "Say {{ request }}", latency_ms=1))
    steps = tuple(
        type(step)(step.code, step.prompt, step.choice, params=step.params, own=step.code == "first") for step in slow
    )
    flows.change(world, routed, "routed", FlowEdit(steps=steps), actor="test")
    asked = Asked("c1", inputs={"request": "hello"})
    running = threading.Thread(target=generate.run, args=(world, routed, asked))
    running.start()

    page.goto("/admin/use-cases/routed/routed")
    while page.get_by_text("None of the newest runs").count():
        page.reload()
    page.locator("#runs + .scroll tbody a").first.click()
    expect(page.locator(".flow-picture .answered")).to_have_count(2, timeout=WAIT_MS)
    expect(page.get_by_text("succeeded", exact=True)).to_be_visible(timeout=WAIT_MS)
    running.join()
    assert faults == []
