"""Experiments are drafted, started, steered, read and replayed at the command line."""

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from app.cli import experiments as command
from app.cli.main import main
from app.db.tables import moves
from app.services.world import World
from app.wiring import close_world, open_world
from config import Settings
from tests.cli.command import environment, run
from tests.services.made import CODE, make_use_case, weights_now


@pytest.fixture
def variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings of a store with a use case of three flows; the environment is that of the command."""
    chosen = environment(tmp_path)
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    world = opened(chosen)
    make_use_case(world, weights={"a": 4000, "b": 3000, "c": 3000})
    close_world(world)
    return chosen


def opened(variables: dict[str, str]) -> World:
    """The world of the command."""
    return open_world(Settings.load({name: variables[name] for name in ("DATABASE_URL", "SPOOL_DIR", "SNAPSHOT_FILE")}))


def said(*words: str) -> str:
    """What the command says when all is well."""
    done = CliRunner().invoke(main, ["experiments", *words])
    assert done.exit_code == 0, done.output
    return done.output


def failing(*words: str) -> str:
    """What the command says when it fails."""
    done = CliRunner().invoke(main, ["experiments", *words])
    assert done.exit_code != 0
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.output


def test_an_experiment_is_steered_replayed_and_found_out_when_tampered_with(
    variables: dict[str, str], tmp_path: Path
) -> None:
    id_ = said("start", CODE).split()[0]
    assert f"{id_}  {CODE}  running (paused)  adaptive" in said("pause", id_)
    assert "running  adaptive" in said("resume", id_)
    assert "escaped by operator" in said("escape", id_, "b", "--rollback", "a=6000", "--rollback", "c=4000")
    assert "completed by operator" in said("complete", id_, "c")
    assert "running  adaptive" in said("reopen", id_, "--pardon")
    shown = said("show", id_)
    assert all(f"  {flow} " in shown for flow in "abc")
    assert "ended  adaptive  stopped by operator" in said("stop", id_)
    assert id_ in said("list", "--use-case", CODE, "--status", "ended")
    assert said("list", "--status", "running") == ""

    assert said("replay", id_).splitlines()[-1] == "3 steps came out the same, bit for bit"

    world = opened(variables)
    with world.store.write() as tx:
        found, outputs = tx.execute(select(moves.c.id, moves.c.outputs).where(moves.c.experiment_id == id_)).first()  # type: ignore[misc]  # there is one
        spoilt = json.loads(json.dumps(outputs))
        spoilt["p_best"][0] = math.nextafter(spoilt["p_best"][0], 2.0)
        tx.execute(update(moves).where(moves.c.id == found).values(outputs=spoilt))
    close_world(world)
    different = run("experiments", "replay", id_, variables=variables)
    assert different.returncode != 0
    assert "p_best[0]: " in different.stdout
    assert "1 of 3 steps did not come out as they were stored" in different.stderr


def test_a_draft_from_a_file_waits_until_it_is_begun(variables: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "rollout.json"
    file.write_text(json.dumps({"scale": "binary", "warmup": {"minutes": 60, "goals": {"b": 5_000}}}))

    line = said("start", CODE, str(file), "--draft")
    id_ = line.split()[0]

    assert "draft  draft" in line
    assert "draft" in said("show", id_)
    assert "this experiment was not started yet" in failing("pause", id_)
    assert "running  warmup" in said("begin", id_)
    assert "started, and its configuration is frozen" in failing("begin", id_)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("{", "rollout.json: "),
        ('{"id": "1"}', "id: "),
        ('{"warmup": {"minutes": 0}}', "warmup.minutes: "),
        ('{"objective": {"cost": 1}}', "objective.dearest_usd: "),
        ('{"baseline": "nobody"}', "baseline: "),
        ('{"warmup": {"minutes": 5, "goals": {"b": 6000, "c": 6000}}}', "warmup.goals: "),
    ],
)
def test_what_is_wrong_in_the_file_is_named(variables: dict[str, str], tmp_path: Path, wrong: str, told: str) -> None:
    file = tmp_path / "rollout.json"
    file.write_text(wrong)

    assert told in failing("start", CODE, str(file))
    assert said("list") == ""


def test_what_cannot_be_done_is_said_in_a_sentence(variables: dict[str, str]) -> None:
    id_ = said("start", CODE).split()[0]

    assert "flow: 'nobody' takes no part" in failing("complete", id_, "nobody")
    assert "rollback: weights sum to 5" in failing("escape", id_, "b", "--rollback", "a=5")
    for share in ("a", "a=", "=5", "a=-1", "a=²"):
        assert "is not FLOW=WEIGHT" in failing("escape", id_, "b", "--rollback", share)
    for words in (("replay",), ("show",), ("stop",), ("begin",)):
        assert "Error: " in failing(*words, "00000000-0000-7000-8000-000000000000")
        assert "Error: " in failing(*words, "nonsense")
    assert "0 steps came out the same" in said("replay", id_)
    world = opened(variables)
    assert weights_now(world) == {"a": 4000, "b": 3000, "c": 3000}
    close_world(world)
    assert command.ACTOR == "command line"
