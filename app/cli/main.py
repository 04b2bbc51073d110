"""One command per thing a person does at a terminal; `--help` on each says what it needs."""

from importlib import import_module
from typing import Final

import click

COMMANDS: Final = (
    "apply",
    "batches",
    "benchmarks",
    "compare",
    "compare-demo",
    "comparisons",
    "demo",
    "difficulty",
    "events",
    "experiments",
    "export",
    "flows",
    "jobs",
    "keys",
    "local-model",
    "models",
    "plugins",
    "presets",
    "quality",
    "routes",
    "serve",
    "spending",
    "tasks",
    "tick",
    "worker",
)


class Commands(click.Group):
    """Commands by the name of their module, imported when one is wanted: each takes what it needs and no more."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order of the alphabet."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(import_module(f"app.cli.{name}"), name)
        return command


@click.group(cls=Commands)
def main() -> None:
    """Model Match releases, routes, measures and pays for calls to language models."""
