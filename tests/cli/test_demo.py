"""The `demo` command on the simulated model, through the real HTTP door."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import demo_data
from app.cli.demo_client import Answered
from app.cli.demo_report import cost, introduction, latencies, verdict
from app.domain.scoring import score
from tests.cli.command import PATIENCE_S, ROOT, environment, run
from tests.waiting import until


@pytest.mark.slow
def test_the_demo_moves_traffic_to_a_flow_that_the_labels_support(tmp_path: Path) -> None:
    shown = run("demo", "--model", "simulated/small", "--sessions", "600", variables=environment(tmp_path))

    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "calls in the log" in shown.stdout
    assert "Moves" in shown.stdout
    assert "gets the traffic" in shown.stdout or "Winner" in shown.stdout
    assert "/docs" in shown.stdout


def test_every_label_is_right_under_its_own_rule() -> None:
    task = demo_data.load()

    assert len(task.inputs) >= 300
    assert len(task.flows) == 3
    assert all(score(given.label, given.label, rule=task.rule) == 1.0 for given in task.inputs)


def test_a_crowned_flow_that_the_labels_contradict_fails_the_demo() -> None:
    readout = {
        "experiment": {"outcome": "completed"},
        "flows": [{"flow": "a", "weight": 10_000}, {"flow": "b", "weight": 0}],
        "supported": ["a"],
    }
    worse_on_top = [Answered("a", right=False)] * 40 + [Answered("b", right=True)] * 40
    better_on_top = [Answered("a", right=True)] * 40 + [Answered("b", right=False)] * 40

    assert verdict(readout, worse_on_top) is False
    assert verdict(readout, better_on_top) is True


def test_an_inconclusive_verdict_lists_each_flow_with_its_interval(capsys: pytest.CaptureFixture[str]) -> None:
    readout = {
        "experiment": {"outcome": "inconclusive"},
        "flows": [{"flow": "a", "weight": 10_000}, {"flow": "b", "weight": 0}],
    }

    fine = verdict(readout, [Answered("a", right=True), Answered("b", right=True)])
    said = capsys.readouterr().out

    assert fine is True
    assert "nothing is certified yet at the promised error rate; a is kept" in said
    assert "a 100% (21% - 100%); b 100% (21% - 100%)" in said


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ((3_334, 3_333, 3_333), "traffic is still even"),
        ((4_500, 4_490, 1_010), "a and b have most traffic so far"),
        ((5_000, 3_000, 2_000), "a has most traffic so far"),
    ],
)
def test_rounding_alone_gives_no_flow_most_traffic(
    weights: tuple[int, int, int], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    flows = [{"flow": flow, "weight": weight} for flow, weight in zip("abc", weights, strict=True)]

    fine = verdict({"experiment": {"outcome": None}, "flows": flows}, [])

    assert fine is True
    assert said in capsys.readouterr().out


def test_the_introduction_names_task_rule_prompts_shares_and_end(capsys: pytest.CaptureFixture[str]) -> None:
    task = demo_data.load()

    introduction(task, sessions=326, after=30, limit_s=200.0)
    said = capsys.readouterr().out

    assert task.title in said
    assert task.right in said
    assert all(flow.code in said and flow.title in said for flow in task.flows)
    assert "of the new sessions" in said
    assert "after 326 sessions" in said


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_demo_says_what_it_saw_and_leaves_nothing_running(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    command = [sys.executable, "run.py", "demo", "--model", "simulated/small", "--sessions", "20000"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        before = "".join(iter(lambda: "" if "/20000" in (line := process.stdout.readline()) else line, ""))
        process.send_signal(number)
        after, _ = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == code
    assert "Stopped" in after
    assert "answered sessions" in after
    assert re.search(r"^Service +http://\S+", before, re.M)
    until(lambda: not _anybody(process.pid))


def _anybody(group: int) -> bool:
    """Whether a process of the group is left. Its port says nothing: another server may have it by now."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_sum_with_an_unknown_price_is_never_a_number() -> None:
    assert cost([{"cost_usd": "0.5"}, {"cost_usd": None}]) == "unpriced"
    assert cost([{"cost_usd": "0.5"}, {"cost_usd": "0.25"}]) == "0.750000"


def test_latencies_of_no_call_and_of_one_call() -> None:
    assert latencies([]) == (0, 0)
    assert latencies([{"latency_ms": 7}]) == (7, 7)
