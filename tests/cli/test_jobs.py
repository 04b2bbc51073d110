"""Jobs at the command line: a worker of its own does them, drains, hands back; dead ones are tried again."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.main import main
from app.db import job_claims as claims
from app.domain.job import Job
from app.services.comparing import comparisons
from app.services.jobs import performing, steering
from app.services.jobs.leases import TERM_S
from app.services.world import World
from app.wiring import close_world, open_world
from config import Settings
from tests.cli.command import ROOT, environment, run
from tests.services.comparing.compared import SHORT, inputs, make
from tests.waiting import until


@pytest.fixture
def variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of the command, on a store of its own."""
    chosen = environment(tmp_path)
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    return chosen


@pytest.fixture
def world(variables: dict[str, str]) -> Iterator[World]:
    """The store of the command, as a server sees it that does no jobs."""
    opened = open_world(Settings.from_environment())
    yield opened
    close_world(opened)


def said(*words: str, code: int = 0) -> Result:
    """What the command says."""
    found = CliRunner().invoke(main, ["jobs", *words])
    assert found.exit_code == code, found.output
    return found


def job_of(world: World, about: str) -> Job:
    return steering.page(world, steering.JobFilter(about=about))[0][0]


def test_a_worker_drains_what_waits_and_leaves(world: World, variables: dict[str, str]) -> None:
    made = [make(world) for _ in range(3)]

    done = run("worker", "--threads", "2", "--drain", variables=variables)

    assert done.returncode == 0, done.stderr
    assert {comparisons.get(world, each.id).status for each in made} == {"succeeded"}
    assert job_of(world, made[0].id).status == "succeeded"


def test_a_worker_that_is_told_to_end_hands_back_what_it_does(world: World, variables: dict[str, str]) -> None:
    hang = replace(SHORT, params=replace(SHORT.params, options={"latency_ms": 20_000}))
    made = make(world, inputs=inputs(2), prompt=hang)
    command = [sys.executable, str(ROOT / "run.py"), "worker", "--kinds", "comparison"]
    with subprocess.Popen(command, env=variables, cwd=ROOT, stderr=subprocess.PIPE) as process:
        until(lambda: job_of(world, made.id).status == "running")
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=60)

    job = job_of(world, made.id)
    assert code == 0
    assert (job.status, job.attempts, job.holder) == ("queued", 0, None)


def test_a_worker_knows_its_kinds() -> None:
    found = CliRunner().invoke(main, ["worker", "--kinds", "comparison,none"])

    assert found.exit_code == 2
    assert "no kind of job is called 'none'" in found.output


def test_jobs_are_listed_shown_cancelled_and_tried_again(world: World) -> None:
    one, other = make(world), make(world)
    dead, alive = job_of(world, one.id), job_of(world, other.id)
    with world.store.write() as tx:
        (held,) = claims.claim(tx, "comparison", world.new_id(), world.now(), TERM_S, about=one.id)
    performing.buried(world, replace(held, attempts=99))

    listed = json.loads(said("list", "--json").output)
    lines = said("list", "--status", "dead", "--kind", "comparison").output
    shown = json.loads(said("show", dead.id).output)
    replayed = said("replay", dead.id).output
    none = said("replay", "--kind", "comparison").output
    cancelled = said("cancel", alive.id).output

    assert [each["id"] for each in listed] == [alive.id, dead.id]
    assert dead.id in lines
    assert "worker-lost" in lines
    assert alive.id not in lines
    assert (shown["status"], shown["about"]) == ("dead", one.id)
    assert "queued" in replayed
    assert none == "0 wait again, 0 stay dead since another like them lives\n"
    assert "cancelled" in cancelled
    assert comparisons.get(world, other.id).status == "cancelled"


@pytest.mark.parametrize("words", [("replay",), ("replay", "an-id", "--kind", "comparison")])
def test_what_is_to_be_tried_again_is_said_in_one_way(words: tuple[str, ...]) -> None:
    assert "either the id of a job or --kind" in said(*words, code=2).output


def test_a_job_that_has_ended_is_not_cancelled(world: World) -> None:
    made = make(world)
    comparisons.cancel(world, made.id)

    assert "has ended" in said("cancel", job_of(world, made.id).id, code=1).output
