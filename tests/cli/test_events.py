"""The log of events is read, followed and replayed at the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.main import main
from app.services import event_replays, webhooks
from app.wiring import close_world, open_world
from config import Settings
from tests.cli.command import environment
from tests.services.jobbing import deliver, perform
from tests.services.made import CODE, make_use_case
from tests.services.receiving import Receiver

STORE = ("DATABASE_URL", "SPOOL_DIR", "SNAPSHOT_FILE")


@pytest.fixture
def variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings of a store with a use case; the environment is that of the command."""
    chosen = environment(tmp_path)
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    world = open_world(Settings.load({name: chosen[name] for name in STORE}))
    make_use_case(world)
    close_world(world)
    return chosen


def said(*words: str, code: int = 0) -> str:
    """What the command says."""
    done = CliRunner().invoke(main, ["events", *words])
    assert done.exit_code == code, done.output
    return done.output


def test_what_happened_is_listed_and_followed(variables: dict[str, str]) -> None:
    listed = said("list", "--kind", "use-case.*", "--limit", "5")
    followed = said("follow", "--after", "0", "--for", "1.5", "--json").splitlines()
    told = [json.loads(line) for line in followed]

    assert listed.splitlines()[-1].split()[3] == "use-case.created"
    assert [one["number"] for one in told] == list(range(1, len(told) + 1))
    assert (told[0]["kind"], told[0]["use_case"]) == ("use-case.created", CODE)
    assert said("list", "--since", "2999-01-01") == ""


def test_a_replay_is_a_job_that_reaches_the_webhook(variables: dict[str, str]) -> None:
    settings = Settings.load({name: variables[name] for name in STORE} | {"WEBHOOK_PRIVATE_HOSTS": "true"})
    world = open_world(settings)
    try:
        with Receiver() as receiver:
            deliver(world)
            webhook = webhooks.create(world, receiver.url, ("use-case.created",))

            job = said("replay", "--since", "2020-01-01", "--kind", "use-case.*", "--webhook", webhook.id)
            perform(world, event_replays.JOB)
            deliver(world)

            assert job.startswith("job ")
            assert [got.told["type"] for got in receiver.received] == ["use-case.created"]
    finally:
        close_world(world)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("list", "--kind", "lost"), "kind: no kind of event is called 'lost'"),
        (("list", "--use-case", "nobody-knows-it"), "nobody-knows-it"),
        (("replay",), "--since"),
        (("replay", "--since", "2999-01-01"), "since"),
        (("replay", "--since", "yesterday"), "--since"),
    ],
)
def test_what_cannot_be_meant_is_told(variables: dict[str, str], words: tuple[str, ...], why: str) -> None:
    done = CliRunner().invoke(main, ["events", *words])

    assert done.exit_code in (1, 2)
    assert why in done.output
