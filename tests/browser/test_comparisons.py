"""Somebody makes a comparison, watches it end, reads who won, votes by key and drafts a rollout, in a browser alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.domain.comparison.comparison import Input, Scoring
from app.services.comparing import comparisons
from app.services.comparing.comparisons import ComparisonFilter
from app.services.comparing.wanted import WantedCandidate
from app.services.jobs.worker import Worker
from app.services.world import World
from tests.services.comparing.compared import make, run
from tests.services.made import CODE, make_step, make_use_case

pytestmark = pytest.mark.slow

ASIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
WAIT_MS = 30_000  # a poll comes every two seconds, and a busy machine is slower
TABLE = "text,reference,label\n" + "".join(f"order {at},{'yes' if at % 5 else 'maybe'},g{at % 2}\n" for at in range(20))


@pytest.fixture
def running(world: World) -> Iterator[Worker]:
    """What runs comparisons, as in a server."""
    started = Worker(world, places=2)
    started.start()
    yield started
    started.close()


def flows(world: World) -> None:
    """A use case whose flow `long` mostly answers yes and whose flow `short` never does."""
    own = {"short": [make_step(label="no")], "long": [make_step(label="yes")]}
    make_use_case(world, weights={"short": 9_000, "long": 1_000}, own=own)


def seen(page: Page, tmp_path: Path, name: str) -> None:
    """Nothing sticks out, narrow or wide; what it looked like is kept beside the test's files."""
    for width in (390, 1_200):
        page.set_viewport_size({"width": width, "height": 844})
        assert not page.evaluate(ASIDE), (name, width)
        page.screenshot(path=tmp_path / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 390, "height": 844})


def test_a_comparison_is_made_watched_read_voted_on_and_its_winner_promoted(
    page: Page, world: World, running: Worker, faults: list[str], tmp_path: Path
) -> None:
    flows(world)
    page.get_by_role("link", name="Comparisons").click()
    page.get_by_role("link", name="Make the first comparison").click()
    page.get_by_label("Use case").select_option(CODE)
    page.get_by_role("button", name="Choose").click()
    page.get_by_label("short").check()
    page.get_by_label("long").check()
    page.get_by_label("The inputs are").select_option("csv")
    page.get_by_label("Inputs", exact=True).fill(TABLE + "one cell too few\n")
    page.get_by_label("Rule", exact=True).select_option("exact")
    page.get_by_role("button", name="Start comparison").click()
    expect(page.get_by_text("Line 22: 1 cells, and the header names 3.")).to_be_visible()
    expect(page.get_by_label("short")).to_be_checked()
    seen(page, tmp_path, "fault")
    faults.clear()  # the browser notes the 422

    page.get_by_label("Inputs", exact=True).fill(TABLE)
    page.get_by_role("button", name="Start comparison").click()
    expect(page.get_by_text("Winner: long")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text("40 of 40")).to_be_visible()
    expect(page.get_by_role("heading", name="Quality by label")).to_be_visible()
    seen(page, tmp_path, "ended")

    page.get_by_role("link", name="Answers side by side").click()
    page.get_by_role("link", name="Next input").click()
    expect(page.get_by_role("heading", name="Answers to input 1")).to_be_visible()
    expect(page.get_by_text("score 1")).to_be_visible()
    seen(page, tmp_path, "answers")
    page.get_by_role("link", name="Back to the comparison").click()

    page.get_by_role("link", name="Vote blindly").click()
    for count, key in enumerate("120"):
        expect(page.get_by_text(f"You have voted on {count} pair")).to_be_visible()
        page.keyboard.press(key)
    expect(page.get_by_text("You have voted on 3 pairs")).to_be_visible()
    seen(page, tmp_path, "vote")
    (it,) = comparisons.page(world, ComparisonFilter())[0]
    assert sorted(str(each.verdict) for each in comparisons.judgements(world, it.id)) == ["first", "second", "tie"]
    page.get_by_role("link", name="Back to the comparison").click()

    page.get_by_role("button", name="Draft a rollout").click()
    expect(page.get_by_role("heading", name=f"Rollout of {CODE}")).to_be_visible()
    assert faults == []


def test_one_that_runs_is_seen_to_come_on_and_is_cancelled(page: Page, world: World, faults: list[str]) -> None:
    slow = [make_step(latency_ms=200)]
    make_use_case(world, weights={"a": 5_000, "b": 5_000}, own={"a": slow, "b": slow})
    asked = tuple(Input(at, {"text": f"order {at}"}) for at in range(500))
    candidates = (WantedCandidate(flow="a"), WantedCandidate(flow="b"))
    it = make(world, use_case=CODE, inputs=asked, candidates=candidates)
    started = Worker(world, places=2)
    started.start()
    try:
        page.goto(f"/admin/comparisons/{it.id}")
        expect(page.get_by_text("running")).to_be_visible(timeout=WAIT_MS)
        expect(page.get_by_text("0 of 1,000", exact=True)).to_be_hidden(timeout=WAIT_MS)
        expect(page.get_by_text("about")).to_be_visible(timeout=WAIT_MS)
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("It was cancelled.")).to_be_visible()
        expect(page.get_by_role("button", name="Resume")).to_be_visible()
    finally:
        started.close()
    assert faults == []


def test_a_report_needs_no_server_and_asks_for_nothing(
    page: Page, world: World, faults: list[str], tmp_path: Path
) -> None:
    flows(world)
    asked = tuple(Input(at, {"text": f"<b>{at}</b>"}, "yes", "easy") for at in range(12))
    candidates = (WantedCandidate(flow="short"), WantedCandidate(flow="long"))
    it = run(world, make(world, use_case=CODE, inputs=asked, candidates=candidates, scoring=Scoring("exact")))
    page.goto(f"/admin/comparisons/{it.id}")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Report as a page").click()
    kept = tmp_path / "report.html"
    taken.value.save_as(kept)
    faults.clear()

    page.goto(f"file://{kept}")

    expect(page.get_by_text("long wins over 12 inputs")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.verdict')).fontWeight") == "600", "its style holds"
    seen(page, tmp_path, "report")
    assert [each for each in faults if not each.startswith("file://")] == []


def test_ranking_list_and_empty_pages_fit_a_narrow_window(page: Page, world: World, tmp_path: Path) -> None:
    for name, path in (("none", "comparisons"), ("unranked", "comparisons/ranking"), ("form", "comparisons/new")):
        page.goto(f"/admin/{path}")
        seen(page, tmp_path, name)
    long = "a-very-long-name-without-any-space-" * 4
    asked = tuple(Input(at, {"prompt": f"question {at}"}, "e", long) for at in range(8))
    candidates = (WantedCandidate("simulated/small", name=long), WantedCandidate("simulated/large"))
    it = run(world, make(world, name=long, inputs=asked, candidates=candidates, scoring=Scoring("contains")))
    for name, path in (("list", ""), ("one", f"/{it.id}"), ("ranking", "/ranking"), ("ballot", f"/{it.id}/vote")):
        page.goto(f"/admin/comparisons{path}")
        seen(page, tmp_path, name)


def test_a_form_is_filled_with_the_keyboard_alone(page: Page, world: World) -> None:
    page.goto("/admin/comparisons/new")
    found = []
    for _ in range(40):
        page.keyboard.press("Tab")
        found.append(page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))

    wanted = ["name", "models", "format", "content", "scoring.rule", "judge.model", "budget_usd", "Start comparison"]
    assert found[0] == "Skip to the content"
    assert [name for name in wanted if name not in found] == []
    assert sorted(wanted, key=found.index) == wanted
