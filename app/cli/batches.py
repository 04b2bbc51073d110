"""`batches` submits a file of lines to a server, follows it, fetches the answers, and stops it."""

import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from pathlib import Path
from typing import Any, get_args

import click

from app.cli.batch_service import Service, service
from app.domain.batch import OnBadLine, OnBudget, Status, Via


def with_service(command: Callable[..., None]) -> Callable[..., None]:
    """Options that name the server; the command is given it first."""

    @click.option("--url", help="The server, if not the one of this machine's settings.")
    @click.option("--key", help="The key to show; else MODEL_MATCH_KEY, else ADMIN_KEY.")
    @wraps(command)
    def asked(url: str | None, key: str | None, **given: Any) -> None:
        command(service(url, key), **given)

    return asked


@click.group()
def batches() -> None:
    """Many questions at once: submitted as a file of lines, followed, fetched, stopped."""


@batches.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--concurrency", type=int, help="Lines asked at once.")
@click.option("--max-cost-usd", help="What all its calls may cost together.")
@click.option("--on-bad-line", type=click.Choice(get_args(OnBadLine)), help="What broken lines do.")
@click.option("--on-budget", type=click.Choice(get_args(OnBudget)), help="What happens when a budget is used up.")
@click.option("--via", type=click.Choice(get_args(Via)), help="By calls, or by providers' own batches.")
@click.option("--window", help="How long it may take: 24h, 7d.")
@click.option("--tags", help="Facts kept with each call: name=value,name=value.")
@click.option("--follow", is_flag=True, help="Stay until it is over.")
@with_service
def submit(server: Service, file: Path, window: str | None, follow: bool, **options: object) -> None:
    """Submit a file of JSONL lines; its id is the first word told."""
    query = {name: value for name, value in options.items() if value is not None}
    made = server.upload(file, query | ({} if window is None else {"completion_window": window}))
    click.echo(line(made))
    for bad in made["skipped_lines"]:
        click.echo(f"left out line {bad['line']}: {bad['field']}: {bad['message']}", err=True)
    if follow:
        _follow(server, made["id"])


@batches.command("list")
@click.option("--status", type=click.Choice([each for each in get_args(Status) if each != "receiving"]))
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@with_service
def list_batches(server: Service, status: str | None, limit: int, as_json: bool) -> None:
    """Batches, newest first."""
    query = {"limit": limit} | ({} if status is None else {"status": status})
    items = server.get("/batches", **query)["items"]
    click.echo(json.dumps(items) if as_json else "\n".join(map(line, items)))


@batches.command()
@click.argument("batch_id")
@click.option("--follow", is_flag=True, help="Stay until it is over.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@with_service
def show(server: Service, batch_id: str, follow: bool, as_json: bool) -> None:
    """How far a batch is."""
    if follow:
        _follow(server, batch_id)
        return
    found = server.get(f"/batches/{batch_id}")
    click.echo(json.dumps(found, indent=2) if as_json else line(found))


@batches.command()
@click.argument("batch_id")
@click.option("--errors", is_flag=True, help="Lines without an answer, instead of those that are done.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Where to, if not here.")
@with_service
def answers(server: Service, batch_id: str, errors: bool, output: Path | None) -> None:
    """Fetch what is done as JSONL, also while it runs."""
    path = f"/batches/{batch_id}/{'errors' if errors else 'answers'}"
    with nullcontext(sys.stdout.buffer) if output is None else output.open("wb") as file:
        for piece in server.pieces(path):
            file.write(piece)
        file.flush()


@batches.command()
@click.argument("batch_id")
@with_service
def cancel(server: Service, batch_id: str) -> None:
    """Stop it, wherever it runs; what is answered stays."""
    click.echo(line(server.post(f"/batches/{batch_id}/cancel")))


def line(batch: dict[str, Any]) -> str:
    """A batch in one line."""
    left = "" if batch["eta_s"] is None else f", {batch['eta_s']:.0f} s left"
    why = batch["error"] or batch["waits_for"]
    done = f"{batch['answered']} of {batch['lines']} lines, {batch['failed']} failed, {batch['cost_usd']} USD{left}"
    return f"{batch['id']}  {batch['status']}  {done}" + (f"  ({why})" if why else "")


def _follow(server: Service, batch_id: str) -> None:
    """A line for each change; ends with 1 unless it succeeded."""
    last: dict[str, Any] = {}
    while last.get("status") not in ("succeeded", "failed", "cancelled"):
        for last in server.followed(f"/batches/{batch_id}/events"):
            click.echo(line(last))
    if last["status"] != "succeeded":
        raise SystemExit(1)
