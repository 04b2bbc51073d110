"""`serve` checks settings, store and keys, then becomes the HTTP server: granian with one or more workers."""

import os
import socket
import sys
from ipaddress import ip_address
from pathlib import Path

import click

from app.cli.opened import opened, settings
from app.services import figure_files, keys
from config import Settings

ROOT = Path(__file__).resolve().parents[2]
BACKLOG = 4096
DRAIN_S = 30
RESERVE = 8  # threads for health, pages and writes when every place and the whole queue are taken


@click.command()
def serve() -> None:
    """Serve the API. Prints an admin key once when there is none yet."""
    chosen = settings()
    _check_port(chosen)
    _check_keys(chosen)
    figure_files.empty(chosen.figures_dir)
    address = f"http://{chosen.host}:{chosen.port}"
    click.echo(f"Model Match starts on {address}; {address}/health/ready answers 200 once it is ready", err=True)
    click.echo(f"API documentation: {address}/docs", err=True)
    sys.stderr.flush()
    # The process turns into the server's supervisor, so that what was imported for the check takes no memory.
    paths = os.pathsep.join(path for path in (str(ROOT), os.environ.get("PYTHONPATH")) if path)
    os.execve(sys.executable, command(chosen), {**os.environ, "PYTHONPATH": paths})


def command(chosen: Settings) -> list[str]:
    """The command line of the server: a thread for every place, for each who may wait, and some for the rest."""
    threads = max(chosen.threads, chosen.max_concurrent or 0) + chosen.queue_length + RESERVE
    options = {
        "--interface": "wsgi",
        "--host": chosen.host,
        "--port": chosen.port,
        "--workers": chosen.workers,
        "--blocking-threads": threads,
        "--backlog": BACKLOG,
        "--workers-kill-timeout": DRAIN_S,
        "--log-level": "error",
    }
    given = [str(part) for option in options.items() for part in option]
    return [sys.executable, "-m", "granian", *given, "--respawn-failed-workers", "run:app"]


def _check_port(chosen: Settings) -> None:
    """Workers share their port with whoever listens there already, so a taken one must be noticed before."""
    try:
        (family, kind, protocol, _, address), *_ = socket.getaddrinfo(chosen.host, chosen.port, type=socket.SOCK_STREAM)
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on HOST={chosen.host} PORT={chosen.port}: {error.strerror}"
        ) from error


def _check_keys(chosen: Settings) -> None:
    """The first start on loopback issues a key; elsewhere it refuses to open a door that nobody could have guarded."""
    with opened() as world:
        if keys.any_valid(world):
            return
        if not _loopback(chosen.host):
            raise click.ClickException(
                f"HOST={chosen.host} is reachable from outside and no key exists yet: "
                "set ADMIN_KEY or run `python run.py keys issue --scope admin NAME` first"
            )
        issued = keys.issue(world, "first start", ("admin",))
        click.echo(f"Admin key, shown this once: {issued.secret}", err=True)


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
