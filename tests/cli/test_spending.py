"""What calls have cost is printed as a table."""

from datetime import UTC, datetime
from pathlib import Path

from app.db.facts import CallDone
from app.domain.call import Call
from app.domain.message import Usage
from app.services.ids import new_id
from app.wiring import close_world, open_world
from config import Settings
from tests.cli.command import environment, run

DOLLAR = 1_000_000_000


def test_spending_is_a_table_with_a_total_and_a_baseline(tmp_path: Path) -> None:
    variables = environment(tmp_path)
    world = open_world(Settings.load(variables))
    usage = Usage(input_tokens=10, output_tokens=5)
    day = datetime(2026, 11, 2, tzinfo=UTC)
    for cost in (DOLLAR, None):
        call = Call(new_id(), day, "served", "simulated/small", "simulated", "ok", 5, usage, cost)
        world.journal.write([CallDone(call, None)], timeout_s=10)
    close_world(world)

    words = ("--since", "2026-11-01", "--until", "2026-12-01", "--baseline", "simulated/large")
    done = run("spending", "--by", "model", *words, variables=variables)

    assert done.returncode == 0, done.stderr
    period, header, small, total = done.stdout.splitlines()
    assert period == "2026-11-01 00:00 up to 2026-12-01 00:00 UTC"
    assert header.split()[:6] == ["model", "calls", "errors", "cached", "in", "out"]
    assert small.split()[:9] == ["simulated/small", "2", "0", "0", "20", "10", "1", "1", "0"]
    assert total.split()[0] == "(total)"
    assert len(small.split()) == 11


def test_an_unknown_baseline_is_named(tmp_path: Path) -> None:
    done = run("spending", "--baseline", "acme/none", variables=environment(tmp_path))

    assert (done.returncode, done.stdout) == (1, "")
    assert "acme/none" in done.stderr
