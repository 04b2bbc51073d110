"""The `plugins` command, and the setting that wants hooks around every call."""

import json
from pathlib import Path

from tests.cli.command import environment, run


def test_what_is_shipped_is_listed_with_what_runs_around_every_call(tmp_path: Path) -> None:
    variables = environment(tmp_path, HOOKS='[{"name": "pii", "options": {"kinds": ["email"]}}, {"name": "length"}]')

    told = run("plugins", variables=variables)
    facts = json.loads(run("plugins", "--json", variables=variables).stdout)

    assert [each["name"] for each in facts if each["everywhere"]] == ["length", "pii"]
    assert "model_match.hooks  pii" in told.stdout
    assert "around every call" in told.stdout


def test_a_hook_that_there_is_not_stops_the_start_and_names_the_setting(tmp_path: Path) -> None:
    for setting in ("pii,nobody", '[{"name": "pii", "options": {"kind": 1}}]', "[3]"):
        done = run("plugins", variables=environment(tmp_path, HOOKS=setting))

        assert done.returncode == 1
        assert done.stderr.startswith("Error: HOOKS")
