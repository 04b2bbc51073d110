"""A/B tests are started, read, widened and rolled out at the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.main import main
from app.services import experiments
from app.wiring import close_world
from tests.cli.test_experiments import opened, said, variables
from tests.services.ab.testing import come, judged
from tests.services.made import CODE

__all__ = ["variables"]
TEST = {
    "policy": "fixed",
    "arms": [{"flow": "a"}, {"flow": "b"}],
    "metric": {"kind": "conversion"},
    "mde": 0.1,
    "baseline": {"mean": 0.5},
    "share": 5_000,
    "auto_stop": False,
}


def written(tmp_path: Path, **more: object) -> str:
    """A file with the test."""
    file = tmp_path / "test.json"
    file.write_text(json.dumps({**TEST, **more}))
    return str(file)


def test_a_test_is_started_widened_read_and_rolled_out(variables: dict[str, str], tmp_path: Path) -> None:
    id_ = said("start", CODE, written(tmp_path)).split()[0]
    assert "nothing to compare yet" in said("show", id_)
    assert "100 %" in said("share", id_, "10000")
    world = opened(variables)
    experiment = experiments.get(world, id_)
    sessions = come(world, [f"c{number}" for number in range(300)])
    judged(world, experiment, sessions, "conversion", lambda arm, number: float(arm == "b"))
    close_world(world)

    shown = said("show", id_)
    rolled = said("roll-out", id_)

    assert "WIN: b is better than a" in shown
    assert "plan not reached" in shown
    assert "warmup" in rolled
    assert id_ in said("list", "--status", "ended")


def test_an_aa_test_tells_its_false_alarms(variables: dict[str, str], tmp_path: Path) -> None:
    arms = [{"flow": "a"}, {"flow": "a"}]
    id_ = said("start", CODE, written(tmp_path, arms=arms, same=True, share=10_000)).split()[0]
    early = said("false-alarms", id_)
    world = opened(variables)
    experiment = experiments.get(world, id_)
    sessions = come(world, [f"c{number}" for number in range(250)])
    judged(world, experiment, sessions, "conversion", lambda arm, number: float(number % 2))
    close_world(world)

    assert "too few" in early
    assert "peeking" in said("false-alarms", id_)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"alpha": 0.7}, "alpha: "),
        ({"arms": [{"flow": "a"}, {"flow": "z"}]}, "arms[1].flow: "),
        ({"unheard": 1}, "unheard: "),
    ],
)
def test_what_does_not_fit_is_told_by_its_field(
    variables: dict[str, str], tmp_path: Path, more: dict[str, object], told: str
) -> None:
    done = CliRunner().invoke(main, ["experiments", "start", CODE, written(tmp_path, **more)])

    assert done.exit_code == 1
    assert told in done.output
