"""`demo` does the product's main job on a real model: three flows, real traffic over HTTP, feedback, moving shares."""

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import click

from app.cli import demo_report, demo_stop
from app.cli.demo_client import Answered, DemoClient
from app.cli.demo_data import DemoTask, load, simulated_options
from app.cli.demo_server import DemoServer, serving
from app.cli.local_model import local_model_process
from app.domain.errors import ProviderError
from app.providers.local_runtime import LocalServing

LOCAL = "local/smollm2-135m"
SIMULATED = "simulated/small"
BAR = 30
EVERY = 10  # sessions between two looks
AFTER = 30  # sessions that still show where traffic goes once the outcome is known
LIMIT_S = 200.0


@dataclass(frozen=True, slots=True)
class Played:
    """What a demo run saw from outside; `why` it ended is a sentence, `stopped` the signal that ended it, if any."""

    answered: list[Answered]
    why: str
    stopped: demo_stop.Stopped | None = None


@click.command()
@click.option("--model", help="A slug of the catalogue, for a vendor whose key is set; default: the local model.")
@click.option("--sessions", type=click.IntRange(10, 20_000), help="How many; default: each labelled text once.")
@click.option("--concurrency", type=click.IntRange(1, 64), default=4, show_default=True, help="Sessions at a time.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port of the service; default: a free one.")
@click.option("--keep", is_flag=True, help="Leave the service running at the end, until Ctrl-C.")
def demo(*, model: str | None, sessions: int | None, concurrency: int, port: int, keep: bool) -> None:
    """Watch traffic move to the better of three prompts, on a real language model, without any key."""
    demo_stop.listen()
    task = load()
    try:
        fine = _demo(task, model, sessions=sessions or len(task.inputs), concurrency=concurrency, port=port, keep=keep)
    except demo_stop.Stopped as stopped:
        sys.exit(stopped.code)
    sys.exit(0 if fine else 1)


def _demo(task: DemoTask, model: str | None, *, sessions: int, concurrency: int, port: int, keep: bool) -> bool:
    """Whether the traffic went where the evidence points. Raises Stopped, with all that was begun ended."""
    demo_report.introduction(task, sessions=sessions, after=AFTER, limit_s=LIMIT_S)
    with ExitStack() as stack:
        slug, settings = _model(stack, model)
        server = stack.enter_context(serving(settings, port=port))
        click.echo(f"Service   {server.base_url}   API documentation {server.base_url}/docs\n")
        client = DemoClient(server)
        client.author(task, slug, options=simulated_options(task) if slug == SIMULATED else ())
        experiment = client.start(task, sessions=sessions)
        played = _play(server, task, experiment, sessions=sessions, concurrency=concurrency)
        click.echo(f"\n{played.why}")
        fine = _report(client, task, experiment, played)
        if played.stopped is not None:
            raise played.stopped
        click.echo(f"\nAPI documentation {server.base_url}/docs   key {server.key}")
        if keep:
            click.echo("The service goes on; Ctrl-C ends it.")
            threading.Event().wait()
        click.echo("The service stops now; with --keep (make demo ARGS=--keep) it stays, to look around.")
    return fine


def _model(stack: ExitStack, asked: str | None) -> tuple[str, dict[str, str]]:
    """The model's slug and the settings that reach it: the one asked for, else the local one, else the simulated."""
    if asked is not None:
        return asked, {}
    given = os.environ.get("LOCAL_MODEL_URL")
    if given:
        return LOCAL, {}
    click.echo("Loading SmolLM2-135M-Instruct on this machine …")
    try:
        base_url = stack.enter_context(local_model_process(LocalServing(port=0)))
    except ProviderError as error:
        click.echo(f"No real model here: {error.message}\nGoing on with the simulated one; its answers are made up.")
        return SIMULATED, {}
    click.echo(f"Model     {LOCAL} at {base_url}")
    return LOCAL, {"LOCAL_MODEL_URL": base_url}


def _play(server: DemoServer, task: DemoTask, experiment: str, *, sessions: int, concurrency: int) -> Played:
    """Run the sessions until they are through, the experiment has its outcome, or the time is up.

    Ctrl-C ends them early and keeps what was seen; answers still on their way are then not waited for.
    """
    answered: list[Answered] = []
    own = threading.local()
    watch, started = DemoClient(server), time.monotonic()

    def serve(number: int) -> None:
        if not hasattr(own, "client"):
            own.client = DemoClient(server)
        given = task.inputs[number % len(task.inputs)]
        answered.append(own.client.serve(task, given, f"demo-{number}"))

    pool = ThreadPoolExecutor(concurrency)
    last, why = sessions, f"All {sessions} sessions are through."
    try:
        for number, _ in enumerate(pool.map(serve, range(sessions)), start=1):
            if number % EVERY == 0 or number == sessions:
                decided = _progress(watch, experiment, number, sessions=sessions, started=started)
                if decided and number + AFTER < last:
                    last = number + AFTER
                    why = f"The outcome was known at session {number}; {AFTER} more show the traffic."
            if number >= last:
                break
            if time.monotonic() - started > LIMIT_S:
                why = f"The time is up: {LIMIT_S:.0f} s, after {number} of {sessions} sessions."
                break
    except demo_stop.Stopped as stopped:
        return Played(list(answered), "Stopped; this is what was seen so far.", stopped)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    pool.shutdown()
    return Played(answered, why)


def _progress(client: DemoClient, experiment: str, number: int, *, sessions: int, started: float) -> bool:
    """Show where it stands; whether the experiment has its outcome."""
    readout = client.readout(experiment)
    weights = {flow["flow"]: flow["weight"] for flow in readout["flows"]}
    filled = BAR * number // sessions
    line = f"[{'#' * filled}{'.' * (BAR - filled)}] {number}/{sessions}  {demo_report.shares(weights)}"
    elapsed = f"{time.monotonic() - started:4.0f} s"
    click.echo(f"\r{line}  {elapsed}" if sys.stdout.isatty() else f"{line}  {elapsed}", nl=not sys.stdout.isatty())
    return readout["experiment"]["outcome"] is not None


def _report(client: DemoClient, task: DemoTask, experiment: str, played: Played) -> bool:
    readout = client.readout(experiment)
    calls = client.calls(task)
    demo_report.table(readout, calls, played.answered)
    click.echo(f"\n{len(calls)} calls in the log, for {len(played.answered)} answered sessions; prices are notional.")
    demo_report.moves(client.moves(task))
    return demo_report.verdict(readout, played.answered)
