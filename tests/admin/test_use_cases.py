"""The pages of use cases show flows with their pictures, versions and prompts, and runs as they stand."""

from uuid import uuid4

import pytest

from app.services import flows, generate, presets
from app.services.asking import Asked
from app.services.flows import FlowEdit
from app.services.world import World
from tests.admin.conftest import Browser
from tests.services.made import CODE, SMALL, ask, make_step, make_use_case

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def routed(world: World) -> str:
    """The page of a flow with branches."""
    preset = presets.get("router-then-answer")
    presets.use(world, preset, code="routed", models=[SMALL], activate=True, actor="test")
    return "/use-cases/routed/routed"


def run_of(world: World, code: str, asked: Asked) -> str:
    """The id of a run that has ended."""
    return generate.run(world, code, asked).run.id


def test_use_cases_are_listed_with_their_flows_and_found_by_words(admin: Browser, world: World, routed: str) -> None:
    make_use_case(world, weights={"a": 4000, "b": 6000})

    everything, found = admin.get("/use-cases").text, admin.get("/use-cases?search=router").text

    assert "40.00 %" in everything
    assert 'href="/admin/use-cases/routed/routed"' in everything
    assert routed.rpartition("/")[2] in found
    assert f"/use-cases/{CODE}/a" not in found
    assert "Nothing holds all of these words." in admin.get("/use-cases?search=nothing").text


def test_a_flow_shows_its_picture_steps_and_versions(admin: Browser, world: World, routed: str) -> None:
    flows.change(
        world, "routed", "routed", FlowEdit(steps=(make_step(prompt="Only this."),), note="shorter"), actor="ann"
    )

    live, first = admin.get(routed).text, admin.get(f"{routed}?version=1").text

    assert "Only this." in live
    assert "version 2, live" in live
    assert "shorter" in live
    assert "version 1, not live" in first
    assert "when parsed.route.route == &#x27;draft&#x27;" in first
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="flow-picture" role="img"' in first
    assert "<style" not in first


def test_a_run_shows_how_its_steps_stand(admin: Browser, world: World, routed: str) -> None:
    run = run_of(world, "routed", Asked("c1", inputs={"request": "Who is there?"}))

    page = admin.get(f"/runs/{run}").text

    assert f"/runs/{run}" in admin.get(routed).text
    assert "answered" in page
    assert "skipped" in page
    assert "hx-get" not in page


def test_a_page_that_was_left_open_is_loaded_anew_once_the_run_has_ended(
    admin: Browser, world: World, routed: str
) -> None:
    run = run_of(world, "routed", Asked("c1", inputs={"request": "Who is there?"}))

    asked = admin.get(f"/runs/{run}?seen=running", headers={"HX-Request": "true"})

    assert asked.headers["HX-Refresh"] == "true"


def test_what_people_have_written_stays_text(admin: Browser, world: World) -> None:
    make_use_case(world, steps=[make_step(prompt=HOSTILE + "{{ text }}")])
    flows.change(world, CODE, "a", FlowEdit(title=HOSTILE, description=HOSTILE), actor=HOSTILE)
    run = run_of(world, CODE, ask())

    for path in ("/use-cases", f"/use-cases/{CODE}/a", f"/runs/{run}"):
        assert HOSTILE not in admin.get(path).text


def test_what_is_not_there_is_told(admin: Browser) -> None:
    for path in ("/use-cases/no/flow", f"/runs/{uuid4()}"):
        assert admin.get(path).status_code == 404


def test_the_sheet_of_pictures_is_served(admin: Browser) -> None:
    assert admin.get("/use-cases/picture.css").mimetype == "text/css"
