"""One command per thing a person does at a terminal; `--help` on each says what it needs."""

import click

from app.cli.demo import demo
from app.cli.experiments import experiments
from app.cli.keys import keys
from app.cli.local_model import local_model
from app.cli.models import models
from app.cli.serve import serve
from app.cli.spending import spending
from app.cli.tick import tick


@click.group()
def main() -> None:
    """Model Match releases, routes, measures and pays for calls to language models."""


for command in (demo, experiments, keys, local_model, models, serve, spending, tick):
    main.add_command(command)
