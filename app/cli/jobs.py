"""`jobs` lists what waits or runs behind the scenes, shows it, stops it, and tries what is dead again."""

import json
from dataclasses import asdict
from typing import get_args

import click

from app.cli.opened import told
from app.domain.job import Job, Status
from app.services.jobs import steering
from app.services.jobs.steering import JobFilter

ERROR = 24


@click.group()
def jobs() -> None:
    """Work behind the scenes: listed, shown, stopped, and tried again once it is dead."""


@jobs.command("list")
@click.option("--kind", help="Only those of this kind.")
@click.option("--status", type=click.Choice(get_args(Status)), help="Only those.")
@click.option("--about", help="Only those that work on the thing with this id.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_jobs(kind: str | None, status: Status | None, about: str | None, limit: int, as_json: bool) -> None:
    """Jobs, newest first."""
    with told() as world:
        found, _ = steering.page(world, JobFilter(kind, status, about), limit=limit)
        click.echo(json.dumps([_told(job) for job in found]) if as_json else "\n".join(map(_line, found)))


@jobs.command()
@click.argument("job_id")
def show(job_id: str) -> None:
    """One job, as JSON."""
    with told() as world:
        click.echo(json.dumps(_told(steering.get(world, job_id)), indent=2))


@jobs.command()
@click.argument("job_id")
def cancel(job_id: str) -> None:
    """Stop it, wherever it runs, and what it works on."""
    with told() as world:
        click.echo(_line(steering.cancel(world, job_id)))


@jobs.command()
@click.argument("job_id", required=False)
@click.option("--kind", help="All dead jobs of this kind.")
def replay(job_id: str | None, kind: str | None) -> None:
    """Let a dead job wait again, or all of a kind."""
    if (job_id is None) == (kind is None):
        raise click.UsageError("either the id of a job or --kind is expected")
    with told() as world:
        if job_id is not None:
            click.echo(_line(steering.replay(world, job_id)))
            return
        found = steering.replay_all(world, str(kind))
        click.echo(f"{found.replayed} wait again, {found.left} stay dead since another like them lives")


def _line(job: Job) -> str:
    """A job on one line."""
    far = f"{job.done}/{'?' if job.total is None else job.total}"
    tried = f"{job.attempts}/{job.most_attempts}"
    return (
        f"{job.id}  {job.created_at:%Y-%m-%d %H:%M}  {job.kind:<12} {job.status:<9} {tried:>6} {far:>13} "
        f"{job.error or '-':<{ERROR}} {job.about}"
    )


def _told(job: Job) -> dict[str, object]:
    """A job as JSON, without what its kind alone knows."""
    shown = {name: value for name, value in asdict(job).items() if name not in ("payload", "sole", "holder", "until")}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in shown.items()}
