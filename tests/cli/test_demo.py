"""The `demo` command on the simulated model, through the real HTTP door."""

from pathlib import Path

import pytest

from app.cli import demo_data
from app.cli.demo_client import Answered
from app.cli.demo_report import cost, latencies, verdict
from app.domain.scoring import score
from tests.cli.command import environment, run


@pytest.mark.slow
def test_the_demo_moves_traffic_to_a_flow_that_the_labels_support(tmp_path: Path) -> None:
    shown = run("demo", "--model", "simulated/small", "--sessions", "300", variables=environment(tmp_path))

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
        "experiment": {"outcome": "winner"},
        "flows": [{"flow": "a", "weight": 10_000}, {"flow": "b", "weight": 0}],
        "supported": ["a"],
    }
    worse_on_top = [Answered("a", right=False)] * 40 + [Answered("b", right=True)] * 40
    better_on_top = [Answered("a", right=True)] * 40 + [Answered("b", right=False)] * 40

    assert verdict(readout, worse_on_top) is False
    assert verdict(readout, better_on_top) is True


def test_flows_that_cannot_be_told_apart_are_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    readout = {
        "experiment": {"outcome": "inconclusive"},
        "flows": [{"flow": "a", "weight": 10_000}, {"flow": "b", "weight": 0}],
        "supported": ["a", "b"],
    }

    fine = verdict(readout, [Answered("a", right=True), Answered("b", right=True)])

    assert fine is True
    assert "a, b cannot be told apart" in capsys.readouterr().out


def test_a_sum_with_an_unknown_price_is_never_a_number() -> None:
    assert cost([{"cost_usd": "0.5"}, {"cost_usd": None}]) == "unpriced"
    assert cost([{"cost_usd": "0.5"}, {"cost_usd": "0.25"}]) == "0.750000"


def test_latencies_of_no_call_and_of_one_call() -> None:
    assert latencies([]) == (0, 0)
    assert latencies([{"latency_ms": 7}]) == (7, 7)
