"""The `routes` commands: decisions listed and explained, and the report on the router."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.main import main
from app.db import outcomes, routes
from app.domain.route import Tried
from app.services.routing import earning, kept_routes
from app.services.routing.kept_routes import RouteFilter
from app.wiring import close_world, open_world
from config import Settings
from tests.cli.command import environment
from tests.db.routed import outcome, route
from tests.services.routing.test_earning import BEST, CHEAP, many, store


@pytest.fixture
def variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of the command, on a store with the routes of a useful router."""
    chosen = environment(tmp_path)
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    world = open_world(Settings.from_environment())
    try:
        store(world, many(world, 900, useful=True, learner="task:chat", task="chat"))
        newest, _ = kept_routes.page(world, RouteFilter(), cursor=None, limit=1)
        kept_routes.tell(world, newest[0].route.id, 0.75)
        list(earning.judge_all(world))
    finally:
        close_world(world)
    return chosen


def done(*words: str) -> Result:
    """What the command says when all is well."""
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    return result


def test_the_report_tells_verdict_and_figures_of_every_model(variables: dict[str, str]) -> None:
    lines = done("routes", "report", "--task", "chat").output.splitlines()

    assert lines[0].startswith("The router earns its keep")
    assert lines[1].startswith("900 known outcomes, 100% of 900 routes")
    table = "\n".join(lines[2:])
    assert all(name in table for name in ("(the router)", BEST, CHEAP, "$ per 1,000"))


def test_the_report_is_json_if_wanted(variables: dict[str, str]) -> None:
    told = json.loads(done("routes", "report", "--task", "chat", "--json").output)

    assert (told["verdict"], told["outcomes"]) == ("earns its keep", 900)
    assert told["standing"]["verdict"] == "earns its keep"


def test_of_a_model_that_was_never_asked_no_figure_is_told(variables: dict[str, str]) -> None:
    world = open_world(Settings.from_environment())
    try:
        made = [(made, good) for made, good in many(world, 60, useful=True, learner="task:d", task="d")]
        store(world, [each for each in made if each[0].picked == BEST])
    finally:
        close_world(world)

    told = json.loads(done("routes", "report", "--task", "d", "--json").output)
    lines = done("routes", "report", "--task", "d").output.splitlines()

    cheap = next(each for each in told["singles"] if each["model"] == CHEAP)
    assert (cheap["asked"], cheap["quality"], cheap["cost_usd"]) == (0, None, None)
    assert next(line for line in lines if CHEAP in line).split() == ["*", CHEAP, "unknown", "unknown", "0", "100%"]


def test_without_routes_it_is_too_early(variables: dict[str, str]) -> None:
    assert done("routes", "report").output.startswith("Too early to tell: 0 routes")


def test_routes_are_listed_and_shown(variables: dict[str, str]) -> None:
    listed = done("routes", "list", "--task", "chat", "--limit", "3").output.splitlines()
    found = json.loads(done("routes", "list", "--task", "chat", "--limit", "3", "--json").output)

    assert [line.split()[0] for line in listed] == [each["id"] for each in found]
    assert listed[0].endswith("0.75")
    shown = done("routes", "show", found[0]["id"]).output
    assert f"asked {found[0]['model']}: $" in shown
    assert "outcome 0.75 by feedback" in shown
    assert json.loads(done("routes", "show", found[0]["id"], "--json").output) == found[0]


def test_lists_are_filtered(variables: dict[str, str]) -> None:
    found = json.loads(
        done("routes", "list", "--drawn", "hold-out", "--model", BEST, "--limit", "200", "--json").output
    )

    assert found
    assert {(each["drawn"], each["model"]) for each in found} == {("hold-out", BEST)}
    assert done("routes", "list", "--task", "other").output == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "00000000-0000-0000-0000-000000000000"), "does not exist"),
        (("report", "--use-case", "nowhere"), "does not exist"),
        (("report", "--use-case", "a", "--task", "b"), "not both"),
    ],
)
def test_what_is_wrong_is_told_in_words(variables: dict[str, str], words: tuple[str, ...], said: str) -> None:
    result = CliRunner().invoke(main, ("routes", *words))

    assert result.exit_code == 1
    assert said in result.output


def test_the_list_tells_what_the_answer_that_left_was_worth(variables: dict[str, str]) -> None:
    world = open_world(Settings.from_environment())
    try:
        asked = tuple(Tried(world.new_id(), model) for model in (BEST, CHEAP, "v/other"))
        council = route(id=world.new_id(), at=world.now(), learner="task:c", task="c", model=CHEAP, tried=asked)
        worth = zip(asked, (0.25, 0.5, 0.875), strict=True)
        said = [outcome(call_id=of.call_id, route_id=council.id, quality=quality) for of, quality in worth]
        with world.store.write() as tx:
            routes.add_new(tx, [council])
            outcomes.put(tx, said)
    finally:
        close_world(world)

    assert done("routes", "list", "--task", "c").output.rstrip().endswith("0.50")
