"""The `compare-demo` command on simulated models: it ends by itself, with a winner and a report, and leaves nothing."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import demo_data
from app.cli.compare_demo_task import HOSTED, author, wanted
from app.db.uow import Store
from app.domain.comparison.scoring import check_scoring, score_of
from app.providers.base import Endpoint
from app.services import flows
from app.services.comparing import making
from app.services.comparing.checks import CHECKS
from app.services.world import World
from tests.cli.command import PATIENCE_S, ROOT, environment, run
from tests.stores import make_store
from tests.worlds import opened, with_endpoints


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with make_store("sqlite", tmp_path) as made:
        yield made


@pytest.fixture
def world(store: Store, tmp_path: Path) -> Iterator[World]:
    with opened(store, tmp_path) as made:
        yield made


@pytest.mark.slow
def test_it_names_a_proven_winner_and_writes_a_report_that_needs_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "report.html"
    variables = environment(tmp_path)

    shown = run("compare-demo", "--inputs", "60", "--repeats", "1", "--out", str(out), variables=variables)

    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "180/180 answers, 0 failed" in shown.stdout
    assert re.search(r"^examples +0\.\d{3} +0\.\d{3} to \d\.\d{3} .* winner$", shown.stdout, re.M)
    assert "examples wins over 60 inputs" in shown.stdout
    page = out.read_text("utf-8")
    assert "Asked of simulated&#x2f;small" in page, "nobody takes made-up answers for real ones"
    assert "examples wins over 60 inputs" in page
    assert not re.search(r"<script|<link|https?://|\ssrc=|@import|url\(", page)
    assert not (tmp_path / "store.db").exists(), "the store of the environment is left alone"


@pytest.mark.slow
def test_it_may_be_repeated_on_a_store_that_stays(tmp_path: Path) -> None:
    words = (
        "--inputs",
        "6",
        "--repeats",
        "1",
        "--out",
        str(tmp_path / "r.html"),
        "--store",
        f"sqlite:///{tmp_path}/kept.db",
    )

    for _ in range(2):
        shown = run(
            "compare-demo",
            *words,
            "--model",
            "simulated/small",
            "--model",
            "simulated/large",
            variables=environment(tmp_path),
        )
        assert shown.returncode == 0, shown.stdout + shown.stderr
        assert "36/36 answers" in shown.stdout
    assert (tmp_path / "kept.db").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("model", "said"), [("nobody/knows", "no model"), ("openai/gpt-6-astra", "is not set")])
def test_a_model_that_cannot_be_asked_is_told_before_anything_is(model: str, said: str, tmp_path: Path) -> None:
    out = tmp_path / "r.html"

    shown = run("compare-demo", "--model", model, "--out", str(out), variables=environment(tmp_path))

    assert (shown.returncode, out.exists()) == (1, False)
    assert said in shown.stderr
    assert "Traceback" not in shown.stderr


@pytest.mark.slow
def test_a_stopped_one_leaves_nothing_and_says_so(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "run.py",
        "compare-demo",
        "--repeats",
        "20",
        "--inputs",
        "326",
        "--out",
        f"{tmp_path}/r.html",
    ]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**environment(tmp_path), "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        shown = process.stdout
        assert shown is not None
        before = "".join(iter(lambda: "" if "/19560 answers" in (line := shown.readline()) else line, ""))
        os.kill(process.pid, signal.SIGINT)
        after, _ = process.communicate(timeout=PATIENCE_S)

    assert before
    assert process.returncode == 130
    assert "Stopped" in after
    assert "Traceback" not in after
    assert not (tmp_path / "r.html").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("model-match-compare-")] == []


def test_every_shipped_text_can_be_scored_by_the_demos_rule() -> None:
    asked = wanted(demo_data.load(), [], [], inputs=326, repeats=1, budget_usd="1")

    assert asked.scoring is not None
    check_scoring(asked.scoring, asked.inputs, checks=CHECKS)
    assert {score_of(str(each.reference), each.reference, asked.scoring, checks=CHECKS) for each in asked.inputs} == {
        1.0
    }
    assert {each.label for each in asked.inputs} == {"in words", "digits alone", "among other numbers"}


def test_each_prompt_becomes_a_flow_of_each_model_and_a_second_time_none_is_made(world: World) -> None:
    task = demo_data.load()
    slugs = ("simulated/small", "openai/gpt-6-astra")

    candidates = author(world, task, slugs)
    again = author(world, task, slugs)

    assert [each.flow for each in candidates] == [each.flow for each in again]
    assert candidates[-1].flow == "examples-openai-gpt-6-astra"
    found = {
        flow.code: flow for flow in flows.page(world, task.code, search=None, order="code", cursor=None, limit=50)[0]
    }
    assert len(found) == 6
    small, hosted = found["question-simulated-small"].steps[0], found["question-openai-gpt-6-astra"].steps[0]
    assert (small.params.max_tokens, small.params.temperature) == (8, 0.0)
    assert small.params.options["quality"] == demo_data.SIMULATED_QUALITY[0]
    assert hosted.params == HOSTED
    assert small.prompt == hosted.prompt
    hosting = Endpoint("openai", "http://127.0.0.1:1/v1", "a-key")
    able = with_endpoints(world, {**world.endpoints, "openai": (hosting,)})
    made = making.prepare(able, wanted(task, slugs, candidates, inputs=10, repeats=2, budget_usd="0.5"), actor="test")
    assert (made.comparison.inputs, made.comparison.budget) == (10, 500_000_000)
