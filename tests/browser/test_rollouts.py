"""A product manager takes a rollout from its draft to a winner and opens it again, in the browser alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.services import experiments, feedback, picks
from app.services.feedback import Given
from app.services.world import World
from tests.services.made import CODE, make_use_case, weights_now

pytestmark = pytest.mark.slow

ASIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
WAIT_MS = 30_000  # a poll comes every three seconds, and a busy machine is slower


def test_a_rollout_is_drafted_started_watched_decided_and_opened_again(
    page: Page, world: World, faults: list[str]
) -> None:
    make_use_case(world, weights={"short": 5000, "long": 5000})
    page.get_by_role("link", name="Rollouts").click()
    page.get_by_role("link", name=f"New rollout of {CODE}").click()
    page.get_by_label("Sessions", exact=True).fill("many")
    page.get_by_label("Goal of long, %").fill("70")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("A whole number is needed")).to_be_visible()
    expect(page.get_by_label("Goal of long, %")).to_have_value("70")
    faults.clear()  # the browser notes the 422
    page.get_by_label("Sessions", exact=True).fill("500")
    page.get_by_role("button", name="Save draft").click()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Traffic over time")).to_be_visible()

    picks.pick(world, CODE, correlation_id="c1")
    hostile = "<img src=x onerror=alert(1)>"
    feedback.give(world, Given("thumb", 1.0, use_case=CODE, correlation_id="c1", comment=hostile, author="ann"))
    expect(page.get_by_text(hostile)).to_be_visible(timeout=WAIT_MS)
    assert not page.evaluate(ASIDE)

    page.get_by_label("Flow", exact=True).first.select_option("long")
    page.get_by_label("Type the flow's code to confirm").first.fill("long")
    page.get_by_role("button", name="Give all traffic to a flow").click()
    expect(page.get_by_text("Winner: long")).to_be_visible()
    assert weights_now(world) == {"short": 0, "long": 10_000}

    page.get_by_role("button", name="Open again").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_text("Winner: long")).to_be_hidden()
    assert faults == []


def test_a_page_that_was_left_open_learns_that_the_rollout_was_stopped(page: Page, world: World) -> None:
    make_use_case(world, weights={"short": 5000, "long": 5000})
    page.goto("/admin/rollouts")
    page.get_by_role("link", name=f"New rollout of {CODE}").click()
    page.get_by_role("button", name="Save draft").click()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()

    experiments.stop(world, re.findall(r"[0-9a-f-]{36}", page.url)[0])

    expect(page.get_by_role("button", name="Stop")).to_be_hidden(timeout=WAIT_MS)
    expect(page.get_by_role("button", name="Open again")).to_be_visible(timeout=WAIT_MS)


def test_no_page_of_rollouts_sticks_out_of_a_narrow_window(page: Page, world: World) -> None:
    make_use_case(world, weights={"a-very-long-name-of-a-flow-" * 4 + "x": 5000, "b": 5000})

    for path in ("rollouts", f"rollouts/new/{CODE}", f"rollouts/weights/{CODE}"):
        page.goto(f"/admin/{path}")
        assert not page.evaluate(ASIDE), path
