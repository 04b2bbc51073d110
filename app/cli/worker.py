"""`worker` does the jobs that wait, in a process of its own, for installations that keep them out of the servers."""

import signal
import threading
from types import FrameType

import click

from app.cli.opened import settings, told
from app.services import mirroring, scoring
from app.services.jobs.handlers import HANDLERS
from app.services.jobs.worker import Worker
from app.services.logs import configure

LOOK_S = 0.2


@click.command()
@click.option(
    "--threads",
    type=click.IntRange(1, 64),
    help="Jobs of one kind at once; default: JOB_THREADS, or 2 where that is 0.",
)
@click.option("--kinds", help="Only these kinds, with commas between them.")
@click.option("--drain", is_flag=True, help="Leave once nothing is due and nothing runs here.")
def worker(threads: int | None, kinds: str | None, drain: bool) -> None:
    """Do the jobs that wait, until SIGTERM or Ctrl-C: what is under way then is handed back to other workers."""
    chosen = settings()
    wanted = _kinds(kinds)
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    configure(chosen.log_level)
    with told() as world:
        world.scorings.start(lambda answer: scoring.perform(world, answer))
        world.mirrors.start(lambda copy: mirroring.perform(world, copy), threads=chosen.shadow_threads)
        running = Worker(world, places=threads or chosen.job_threads or 2, kinds=wanted)
        running.start()
        click.echo(f"doing jobs: {', '.join(wanted)}", err=True)
        try:
            while not stop.wait(LOOK_S) and not (drain and running.drained()):
                pass
        finally:
            running.close()


def _kinds(typed: str | None) -> tuple[str, ...]:
    """Raises UsageError for a kind that there is not."""
    wanted = tuple(HANDLERS) if typed is None else tuple(each.strip() for each in typed.split(","))
    for kind in wanted:
        if kind not in HANDLERS:
            raise click.UsageError(f"no kind of job is called {kind!r}; there are {', '.join(HANDLERS)}")
    return wanted
