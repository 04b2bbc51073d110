"""The `tasks` commands say which model does which task, and change it."""

import json

import pytest

from app.api.tasks import AssignedOut, AssignmentOut, TaskFoundOut, TaskOut
from tests.cli.test_models import LARGE, SMALL, Command, command, told

__all__ = ["command"]


def test_tasks_are_listed_with_who_said_what(command: Command) -> None:
    command("tasks", "assign", "default", "auto/best_cost")
    command("tasks", "prefer", "mail", LARGE, "--team", "blue")

    header, *lines = command("tasks", "list", AI_CHAT_MODEL=SMALL).stdout.splitlines()

    assert header.split() == ["task", "model", "said", "by", "preferences"]
    assert [line.split() for line in lines] == [
        ["chat", SMALL, "environment", "0"],
        ["default", "auto/best_cost", "stored", "0"],
        ["mail", "auto/best_cost", "stored,", "by", "default", "1"],
    ]


def test_a_task_that_nobody_does_is_listed_where_somebody_prefers_a_model(command: Command) -> None:
    command("tasks", "prefer", "mail", LARGE, "--user", "ada")

    assert command("tasks", "list").stdout.splitlines()[1].split() == ["mail", "-", "nobody", "1"]
    (mail,) = told(command("tasks", "list", "--json"))
    unknown = {"model": None, "source": None, "by_default": False, "configured": False}
    assert mail == {"task": "mail", **unknown, "preferences": 1}
    assert mail.keys() == TaskOut.model_fields.keys()


def test_what_counts_is_shown_first(command: Command) -> None:
    command("tasks", "assign", "chat", SMALL)
    command("tasks", "prefer", "chat", LARGE, "--user", "ada")

    anyone = command("tasks", "show", "chat").stdout.splitlines()
    ada = command("tasks", "show", "chat", "--user", "ada").stdout.splitlines()
    facts = told(command("tasks", "show", "chat", "--user", "ada", "--json"))

    assert [line.split() for line in anyone[1:]] == [[SMALL, "stored"]]
    assert [line.split() for line in ada[1:]] == [[LARGE, "user"], [SMALL, "stored"]]
    assert (facts["model"], [each["model"] for each in facts["overruled"]]) == (LARGE, [SMALL])
    assert facts["why"] == "user ada prefers it for task 'chat'"
    assert facts.keys() == TaskFoundOut.model_fields.keys()
    assert facts["overruled"][0].keys() == AssignedOut.model_fields.keys()
    assert command("tasks", "show", "nothing").exit_code == 1


def test_preferences_are_listed_and_dropped(command: Command) -> None:
    command("tasks", "prefer", "chat", LARGE, "--user", "ada")
    command("tasks", "prefer", "chat", SMALL, "--team", "blue")

    lines = command("tasks", "preferences", "chat").stdout.splitlines()
    dropped = command("tasks", "unprefer", "chat", "--user", "ada")

    assert [line.split() for line in lines[1:]] == [["team", "blue", SMALL], ["user", "ada", LARGE]]
    assert dropped.stdout == "user ada prefers nothing for task chat\n"
    left = json.loads(command("tasks", "preferences", "chat", "--json").stdout)
    assert left == [{"kind": "team", "who": "blue", "model": SMALL}]
    assert command("tasks", "unprefer", "chat", "--user", "ada").exit_code == 1


@pytest.mark.parametrize("whose", [(), ("--user", "ada", "--team", "blue")])
def test_a_preference_is_of_one_user_or_of_one_team(command: Command, whose: tuple[str, ...]) -> None:
    done = command("tasks", "prefer", "chat", LARGE, *whose)

    assert (done.exit_code, done.stderr) == (1, "Error: who: either --user or --team is expected\n")


def test_what_was_assigned_is_taken_back(command: Command) -> None:
    command("tasks", "assign", "chat", LARGE)

    assert command("tasks", "unassign", "chat").stdout == "task chat is given back: nobody does it now\n"
    assert command("tasks", "unassign", "chat").exit_code == 1
    assigned = command("tasks", "assign", "chat", LARGE, "--json", AI_CHAT_MODEL=SMALL)
    assert told(assigned).keys() == AssignmentOut.model_fields.keys()
    back = command("tasks", "unassign", "chat", AI_CHAT_MODEL=SMALL)
    assert back.stdout == f"task chat is given back: {SMALL} does it now\n"
    assert "the environment assigns it" in command("tasks", "unassign", "chat", AI_CHAT_MODEL=SMALL).stderr
    assert command("tasks", "list").stdout.splitlines() == ["task  model  said by  preferences"]
