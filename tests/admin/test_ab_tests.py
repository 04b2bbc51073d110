"""The pages of A/B tests list, show and steer them, and begin A/A tests."""

import pytest

from app.domain.experiment import Experiment
from app.services import experiments, flows
from app.services.ab import tests
from app.services.flows import FlowEdit
from app.services.world import World
from tests.admin.conftest import Browser, issue
from tests.services.ab.testing import RATING, come, judged, started, wanted
from tests.services.made import CODE, make_use_case
from tests.services.steering import stored


@pytest.fixture(autouse=True)
def use_case(world: World) -> None:
    make_use_case(world, weights={"a": 10_000, "b": 0})


def path_of(experiment: Experiment) -> str:
    """Its page."""
    return f"/ab-tests/{experiment.id}"


def act(browser: Browser, experiment: Experiment, name: str, **form: str) -> int:
    """Do it; the status."""
    return browser.send(f"{path_of(experiment)}/{name}", form, at=path_of(experiment)).status_code


def test_without_a_test_the_list_says_how_to_get_one(admin: Browser) -> None:
    shown = admin.get("/ab-tests").text

    assert "No test yet" in shown
    assert "/planner" in shown


def test_a_draft_is_listed_started_and_shown(admin: Browser, world: World) -> None:
    draft = tests.draft(world, CODE, wanted(name="Short or long"))
    listed, page = admin.get("/ab-tests").text, admin.get(path_of(draft)).text

    status = act(admin, draft, "start")

    assert "Short or long" in listed
    assert "Values needed" in page
    assert status == 303
    assert stored(world, draft).status == "running"
    assert "Collected and required" in admin.get(path_of(draft)).text


def test_both_columns_are_shown_and_the_planned_one_is_grey_before_its_number(admin: Browser, world: World) -> None:
    experiment = started(world, metric=RATING, auto_stop=False)
    sessions = come(world, [f"c{number}" for number in range(60)])
    judged(world, experiment, sessions, "rating", lambda arm, number: float(1 + number % 5))

    page = admin.get(path_of(experiment)).text

    assert "Valid now, at every look" in page
    assert "At the planned number, one look" in page
    assert "not yet" in page
    assert "keep running" in page
    assert "exact betting" in page


def test_the_part_that_renews_itself_is_sent_alone(admin: Browser, world: World) -> None:
    experiment = started(world)
    page = admin.get(path_of(experiment)).text
    seen = page.split("seen=")[1].split('"')[0]

    part = admin.get(f"{path_of(experiment)}?seen={seen}", headers={"HX-Request": "true"})
    changed = admin.get(f"{path_of(experiment)}?seen=other", headers={"HX-Request": "true"})

    assert part.text.lstrip().startswith("<section")
    assert changed.headers["HX-Refresh"] == "true"


def test_more_units_take_part_and_a_wrong_share_is_told(admin: Browser, world: World) -> None:
    experiment = started(world, share=1_000)

    widened = act(admin, experiment, "share", share="50")
    refused = act(admin, experiment, "share", share="a lot")
    fewer = act(admin, experiment, "share", share="20")

    assert (widened, refused, fewer) == (303, 422, 422)
    assert "50 %" in admin.get(path_of(experiment)).text


def test_a_proven_arm_is_rolled_out_and_the_rollout_is_shown(admin: Browser, world: World) -> None:
    experiment = started(world, auto_stop=False)
    early = act(admin, experiment, "roll-out", arm="")
    sessions = come(world, [f"c{number}" for number in range(300)])
    judged(world, experiment, sessions, "conversion", lambda arm, number: float(arm == "b"))

    done = admin.send(f"{path_of(experiment)}/roll-out", {"arm": ""}, at=path_of(experiment))

    assert early == 409
    assert "/rollouts/" in done.headers["Location"]
    assert stored(world, experiment).status == "ended"


def test_a_stopped_test_keeps_its_figures_and_cannot_be_stopped_again(admin: Browser, world: World) -> None:
    experiment = started(world)

    first, second = act(admin, experiment, "stop"), act(admin, experiment, "stop")

    assert (first, second) == (303, 409)
    assert "An operator stopped it" in admin.get("/ab-tests").text


def test_an_aa_test_begins_with_one_button_and_tells_its_false_alarms(admin: Browser, world: World) -> None:
    done = admin.send("/ab-tests/identical-arms", {"flow": f"{CODE}/a", "metric": "conversion"}, at="/ab-tests")
    made = experiments.page(world, use_case=CODE, policy="fixed", cursor=None, limit=1)[0][0]
    tests.widen(world, made.id, share=10_000, actor="test")
    early = admin.get(path_of(made)).text
    sessions = come(world, [f"c{number}" for number in range(250)])
    judged(world, made, sessions, "conversion", lambda arm, number: float(number % 3 == 0))

    page = admin.get(path_of(made)).text

    assert done.status_code == 303
    assert "Told once there are 200 values" in early
    assert "dealt out anew 1,000 times" in page
    assert "Roll an arm out" not in page


def test_an_aa_test_of_no_flow_is_refused(admin: Browser) -> None:
    answer = admin.send("/ab-tests/identical-arms", {"flow": f"{CODE}/z", "metric": "failures"}, at="/ab-tests")

    assert answer.status_code == 422
    assert "does not exist" in answer.text


def test_names_are_shown_as_text(admin: Browser, world: World) -> None:
    flows.change(world, CODE, "a", FlowEdit(title="<script>alert(1)</script>"), actor="test")
    experiment = started(world, name="<script>alert(1)</script>")

    for page in (admin.get("/ab-tests").text, admin.get(path_of(experiment)).text):
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_a_rollouts_page_and_a_tests_page_lead_to_each_other(admin: Browser, world: World) -> None:
    experiment = started(world)

    moved = admin.get(f"/rollouts/{experiment.id}")

    assert moved.headers["Location"].endswith(path_of(experiment))
    assert experiment.id not in admin.get("/rollouts").text


def test_who_may_only_read_sees_no_buttons_and_cannot_act(world: World, browser: Browser) -> None:
    experiment = started(world)
    assert browser.log_in(issue(world, "read").secret).status_code == 303

    page = browser.get(path_of(experiment)).text

    assert "How it stands" in page
    assert "Steer it" not in page
    assert "Does it cry wolf" not in browser.get("/ab-tests").text
