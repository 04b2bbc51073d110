"""`export` writes what people have authored into a folder, to be kept beside the code."""

from pathlib import Path

import click

from app.cli.opened import told
from app.services.authoring import exporting, folder


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--clean", is_flag=True, help="Delete files of use cases that are no longer there.")
def export(directory: Path, clean: bool) -> None:
    """Use cases with flows and experiments, tasks, budgets and webhooks as YAML in DIRECTORY."""
    with told() as world:
        found = exporting.export(world, webhooks=True)
    others = folder.write(directory, found.files, clean=clean)
    click.echo(f"{len(found.files)} files in {directory}")
    for line in found.left_out:
        click.echo(f"left out: {line}", err=True)
    for name in others:
        click.echo(f"{'deleted' if clean else 'also there, and applied'}: {name}", err=True)
