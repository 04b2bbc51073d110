"""An A/B test is planned at the command line, as it would be over HTTP."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.main import main
from app.services.ab.form import AbForm
from app.services.ab.plan_json import plan_to_json
from app.services.ab.planning import plan, slowest_ms
from app.services.world import World
from app.wiring import close_world, open_world
from config import Settings
from tests.cli.command import environment
from tests.services.made import CODE, make_use_case

KNOWN = ("--use-case", CODE, "--metric", "rating", "--mean", "3", "--deviation", "1")


@pytest.fixture(autouse=True)
def variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings of a store with a use case of three flows; the environment is that of the command."""
    chosen = environment(tmp_path)
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    world = opened(chosen)
    make_use_case(world, weights={"a": 4_000, "b": 6_000})
    close_world(world)
    return chosen


def opened(variables: dict[str, str]) -> World:
    """The world of the command."""
    return open_world(Settings.load({name: variables[name] for name in ("DATABASE_URL", "SPOOL_DIR", "SNAPSHOT_FILE")}))


def planned(*words: str) -> Result:
    """What the command does."""
    return CliRunner().invoke(main, ["experiments", "plan", *words])


def test_a_table_says_what_the_test_takes() -> None:
    done = planned(*KNOWN, "--mde", "0.2")

    assert done.exit_code == 0, done.output
    lines = [line.split() for line in done.output.splitlines()]
    assert ["b", "394"] in lines
    assert ["a", "394"] in lines
    assert ["units", "in", "all", "788"] in lines
    assert ["mean,", "given", "3"] in lines
    assert ["28", "0", "none"] in lines
    assert "No unit has come in the last 7 days" in done.output


def test_json_says_what_the_api_says(variables: dict[str, str]) -> None:
    done = planned(*KNOWN, "--mde", "0.2", "--arms", "a, b", "--alpha", "0.01", "--side", "less", "--json")

    world = opened(variables)
    body = {
        "arms": [{"flow": "a"}, {"flow": "b"}],
        "metric": {"kind": "rating"},
        "mde": 0.2,
        "alpha": 0.01,
        "side": "less",
        "baseline": {"mean": 3, "deviation": 1},
    }
    wanted = AbForm.model_validate(body).wanted(slowest_ms(world))
    assert json.loads(done.output) == plan_to_json(plan(world, CODE, wanted), "rating")
    close_world(world)


def test_cost_is_typed_and_told_in_dollars() -> None:
    done = planned(
        *("--use-case", CODE, "--metric", "cost", "--high", "1", "--mde", "0.002", "--mean", "0.02"),
        *("--deviation", "0.01"),
    )

    assert "$0.02" in done.output
    assert "394" in done.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((*KNOWN, "--mde", "0"), "mde: "),
        ((*KNOWN, "--mde", "much"), "'much' is not a number"),
        ((*KNOWN, "--mde", "0.2", "--alpha", "0.5"), "alpha: "),
        ((*KNOWN, "--mde", "0.2", "--arms", "a,z"), "arms[1].flow: flow 'z' does not exist"),
        (("--use-case", "none", "--metric", "rating", "--mde", "1"), "use case 'none' does not exist"),
        (("--use-case", CODE, "--metric", "rating", "--mde", "1"), "baseline.mean: current traffic does not show"),
        (("--use-case", CODE, "--metric", "cost", "--mde", "x", "--high", "1"), "mde_usd: "),
    ],
)
def test_what_cannot_be_planned_is_told_in_words(words: tuple[str, ...], told: str) -> None:
    done = planned(*words)

    assert done.exit_code in (1, 2)
    assert told in done.output
    assert isinstance(done.exception, SystemExit)
