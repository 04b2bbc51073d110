"""The planner tells what a test takes, keeps what was typed beside each fault, and saves a draft."""

from collections.abc import Mapping
from html import escape

import pytest

from app.domain.experiment import Experiment
from app.services import experiments, flows
from app.services.ab.wanted import WantedArm
from app.services.ab.wanted_json import wanted_of
from app.services.flows import FlowEdit
from app.services.world import World
from tests.admin.conftest import Browser, issue
from tests.services.made import CODE, make_step, make_use_case

PAGE = f"/planner/{CODE}"
FORM: Mapping[str, str] = {
    "metric.kind": "rating",
    "mde": "0.2",
    "power": "80",
    "alpha": "5",
    "side": "two-sided",
    "share": "12.5",
    "arm.a": "yes",
    "arm.b": "yes",
    "baseline.mean": "3",
    "baseline.deviation": "1",
    "baseline.answering": "100",
}


@pytest.fixture(autouse=True)
def use_case(world: World) -> None:
    make_use_case(world, weights={"a": 3_000, "b": 7_000})
    flows.create(world, CODE, FlowEdit(code="idle", steps=(make_step(),)))


def drafts(world: World) -> list[Experiment]:
    """Stored experiments, newest first."""
    return experiments.page(world, use_case=CODE, cursor=None, limit=10)[0]


def test_every_use_case_can_be_planned_for(admin: Browser) -> None:
    assert f'href="/admin{PAGE}"' in admin.get("/planner").text


def test_the_form_begins_with_the_flows_that_have_traffic(admin: Browser) -> None:
    shown = admin.get(PAGE).text

    assert 'name="arm.b" value="yes" checked' in shown
    assert "arm.idle" not in shown
    assert "What it takes" not in shown


def test_a_plan_tells_users_days_and_what_can_be_found(admin: Browser, world: World) -> None:
    shown = admin.get(PAGE, query_string=FORM)

    assert shown.status_code == 200
    assert "<dt>Units in all</dt><dd>788</dd>" in shown.text
    assert '<th scope="row" class="words">a</th><td class="number">394</td>' in shown.text
    assert '<th scope="row">28</th><td class="number">0</td><td class="number">–</td>' in shown.text
    assert "No unit has come in the last 7 days" in shown.text
    assert drafts(world) == []


def test_cost_is_typed_and_shown_in_dollars(admin: Browser) -> None:
    costs = {"metric.kind": "cost", "metric.high": "$1", "mde": "0.002", "baseline.mean": "0.02"}
    shown = admin.get(PAGE, query_string={**FORM, **costs, "baseline.deviation": "0.01"}).text

    assert "<dt>Mean, given</dt><dd>$0.02</dd>" in shown
    assert "<dt>Units in all</dt><dd>788</dd>" in shown


@pytest.mark.parametrize(
    ("given", "at", "told"),
    [
        ({"mde": ""}, "mde", "The least effect that must be found is expected."),
        ({"mde": "much"}, "mde", "A number is needed, as 0.05."),
        ({"mde": "3"}, "mde", "With that effect the mean would leave the range of the metric."),
        ({"alpha": "50"}, "alpha", "Input should be less than 0.5."),
        ({"share": "33.333"}, "share", "A percentage up to 100"),
        ({"baseline.mean": ""}, "baseline.mean", "Current traffic does not show the mean of 'rating'"),
        ({"baseline.mean": "-3"}, "baseline.mean", "What is expected lies outside the range of the metric."),
        ({"metric.kind": "cost", "metric.high": ""}, "metric.high", "What is reported without bounds needs"),
        ({"arm.b": ""}, "arms", "List should have at least 2 items"),
        ({"control": "idle"}, "control", "There is no arm 'idle'."),
        ({"metric.kind": "stars"}, "metric.kind", "Input should be"),
    ],
)
def test_a_fault_is_said_at_its_field_and_nothing_typed_is_lost(
    admin: Browser, given: dict[str, str], at: str, told: str
) -> None:
    shown = admin.get(PAGE, query_string={**FORM, **given})

    assert shown.status_code == 422
    assert f'id="{at}-fault">{escape(told[:1])}' in shown.text
    assert told in shown.text.replace("&#39;", "'")
    assert 'name="share" value="33.333"' in shown.text or 'name="share" value="12.5"' in shown.text


def test_what_was_planned_can_be_saved_as_a_draft(admin: Browser, world: World) -> None:
    saved = admin.send(PAGE, {**FORM, "control": "a"}, at=f"{PAGE}?{'&'.join(f'{k}={v}' for k, v in FORM.items())}")

    assert (saved.status_code, saved.location) == (303, f"/admin/ab-tests/{drafts(world)[0].id}")
    assert "draft" in admin.get(saved.location.removeprefix("/admin")).text
    assert (drafts(world)[0].policy, drafts(world)[0].status) == ("fixed", "draft")
    wanted = wanted_of(drafts(world)[0])
    assert wanted.arms == (WantedArm("b"), WantedArm("a"))
    assert (wanted.control, wanted.share, wanted.power, wanted.baseline_mean) == ("a", 1_250, 0.8, 3.0)


def test_a_draft_that_cannot_be_is_refused_with_what_was_typed(admin: Browser, world: World) -> None:
    refused = admin.send(PAGE, {**FORM, "mde": "3"}, at=f"{PAGE}?{'&'.join(f'{k}={v}' for k, v in FORM.items())}")

    assert refused.status_code == 422
    assert 'name="mde" value="3"' in refused.text
    assert drafts(world) == []


def test_whoever_may_only_read_plans_and_saves_nothing(browser: Browser, world: World) -> None:
    assert browser.log_in(issue(world, "read").secret).status_code == 303

    shown = browser.get(PAGE, query_string=FORM).text

    assert "<dt>Units in all</dt><dd>788</dd>" in shown
    assert "Save as a draft" not in shown


def test_what_is_typed_is_never_run(admin: Browser) -> None:
    hostile = "<script>alert(1)</script>"

    shown = admin.get(PAGE, query_string={**FORM, "mde": hostile, "metric.kind": hostile})

    assert shown.status_code == 422
    assert hostile not in shown.text


def test_a_use_case_that_does_not_exist_is_told(admin: Browser) -> None:
    assert admin.get("/planner/none").status_code == 404
