"""`export`, `apply`, `presets` and `flows graph` at a terminal, with the exit codes that CI counts on."""

import json
from pathlib import Path

import pytest

from tests.cli.command import environment, run

pytestmark = pytest.mark.slow


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """Those of a store of its own."""
    return environment(tmp_path)


def test_a_store_is_written_down_and_made_anew_elsewhere(tmp_path: Path, variables: dict[str, str]) -> None:
    other = {**variables, "DATABASE_URL": f"sqlite:///{tmp_path}/other.db", "SNAPSHOT_FILE": f"{tmp_path}/other.json"}
    folder, again = str(tmp_path / "config"), str(tmp_path / "again")
    used = run("presets", "use", "summarise", "--model", "simulated/small", "--activate", variables=variables)
    assert "use case summarise with 2 flows (direct, in-parts); it serves" in used.stdout

    assert run("export", folder, variables=variables).returncode == 0
    dry = run("apply", folder, "--dry-run", variables=other)
    assert (dry.returncode, "use-case summarise: new" in dry.stdout) == (2, True)
    done = run("apply", folder, "--json", variables=other)
    assert (done.returncode, json.loads(done.stdout)["written"]) == (0, True)
    assert run("apply", folder, "--dry-run", variables=other).returncode == 0
    assert run("export", again, variables=other).returncode == 0
    names = sorted(path.name for path in Path(folder).rglob("*.yaml"))
    assert names == ["budgets.yaml", "summarise.yaml", "tasks.yaml", "webhooks.yaml"]
    for path in Path(folder).rglob("*.yaml"):
        assert path.read_text() == (Path(again) / path.relative_to(folder)).read_text()


def test_what_is_wrong_is_told_by_line_and_leaves_with_1(tmp_path: Path, variables: dict[str, str]) -> None:
    folder = tmp_path / "config"
    empty = folder / "none"
    empty.mkdir(parents=True)
    assert "no YAML file lies here" in run("apply", str(empty), variables=variables).stderr
    (folder / "tasks.yaml").write_text("tasks:\n  chat: nobody/none\n")

    refused = run("apply", str(folder), variables=variables)
    assert (refused.returncode, "tasks.yaml:2: tasks.chat: no model" in refused.stderr) == (1, True)

    (folder / "tasks.yaml").write_text("tasks:\n  chat: [\n")
    broken = run("apply", str(folder), "--dry-run", variables=variables)
    assert (broken.returncode, "tasks.yaml:3: " in broken.stderr) == (1, True)


def test_presets_are_shown_and_flows_drawn(variables: dict[str, str]) -> None:
    run("presets", "use", "classify", variables=variables)

    assert "labels to choose from" in run("presets", "show", "classify", variables=variables).stdout
    assert run("flows", "graph", "classify", "schema", variables=variables).stdout.startswith("flowchart TD")
    drawing = run("flows", "graph", "classify", "schema", "--format", "svg", variables=variables).stdout
    assert drawing.startswith("<svg")
    assert run("presets", "show", "nothing", variables=variables).returncode == 1
