"""`apply` makes the store what a folder of files says, or tells what it would do."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from app.cli.opened import told
from app.services.authoring import applying, folder
from app.services.authoring.applying import Applied
from app.services.authoring.changes import Change
from app.services.authoring.yaml_reading import FilesInvalid

ACTOR: Final = "command line"
DIFFERS: Final = 2
WORDS: Final = {
    "create": "new",
    "change": "changed",
    "start": "to be started",
    "delete": "deleted",
    "keep": "in no file, kept",
    "same": "unchanged",
}


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tell what would be done; exit with 2 if that is anything.")
@click.option("--prune", is_flag=True, help="Delete what stands in no file, of the kinds that files speak of.")
@click.option("--start", is_flag=True, help="Start experiments that are drafts.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def apply(directory: Path, dry_run: bool, prune: bool, start: bool, as_json: bool) -> None:
    """Make use cases, tasks, budgets and webhooks what the files in DIRECTORY say; nothing if any of it is refused."""
    try:
        files = folder.read(directory)
        with told() as world:
            applied = applying.apply(world, files, actor=ACTOR, dry_run=dry_run, prune=prune, start=start)
    except FilesInvalid as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(json.dumps(_told(applied)))
    else:
        _say(applied, dry_run=dry_run)
    if applied.refused:
        raise SystemExit(1)
    if dry_run and applied.differs:
        raise SystemExit(DIFFERS)


def _say(applied: Applied, *, dry_run: bool) -> None:
    for change in applied.changes:
        if change.refused is not None:
            click.echo(f"{change.kind} {change.name}: REFUSED ({change.refused.code}) {change.refused}", err=True)
        elif change.verdict != "same":
            click.echo(f"{change.kind} {change.name}: {WORDS[change.verdict]}")
            if dry_run and change.diff:
                click.echo("\n".join(f"    {line}" for line in change.diff.splitlines()))
    same = sum(change.verdict == "same" for change in applied.changes)
    done = "written" if applied.written else "nothing was written"
    click.echo(f"{same} unchanged; {done}")
    for address, secret in applied.secrets.items():
        click.echo(f"the webhook to {address} signs with {secret}, which is not shown again")


def _told(applied: Applied) -> dict[str, object]:
    changes = [_change(change) for change in applied.changes]
    return {
        "written": applied.written,
        "differs": applied.differs,
        "changes": changes,
        "secrets": dict(applied.secrets),
    }


def _change(change: Change) -> dict[str, object]:
    return asdict(change)
