"""`local-model` serves a real language model on loopback until it is told to stop."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import IO

import click

from app.domain.errors import ModelMatchError, ProviderUnavailable, ProviderUnconfigured
from app.providers.local_runtime import LOCAL_MODELS, LocalServing, serving

EXIT_NOT_INSTALLED = 3
STOP_TIMEOUT_S = 10.0
READY_MARK = " is ready at "
NO_MODEL = "No local model: "
ROOT = Path(__file__).parents[2]


def _loopback(_context: click.Context, _parameter: click.Parameter, host: str) -> str:
    if host == "localhost":
        return host
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise click.BadParameter("the model answers anyone who reaches it, so it listens on loopback only")
    return host


@click.command("local-model")
@click.option("--model", type=click.Choice(sorted(LOCAL_MODELS)), default="smollm2-135m", show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, callback=_loopback, help="A loopback address.")
@click.option("--port", type=click.IntRange(0, 65535), default=8089, show_default=True, help="0 takes a free one.")
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True, help="No more than idle cores.")
@click.option("--parallel", type=click.IntRange(1, 32), default=4, show_default=True, help="Requests decoded together.")
@click.option("--ctx", type=click.IntRange(256, 8192), default=2048, show_default=True, help="Tokens per request.")
@click.option("--with-parent", is_flag=True, help="Stop when the process that started this one is gone.")
def local_model(*, model: str, host: str, port: int, threads: int, parallel: int, ctx: int, with_parent: bool) -> None:
    """Serve a real language model on this machine, speaking OpenAI's protocol, without any key."""
    options = LocalServing(model=model, host=host, port=port, threads=threads, slots=parallel, context_tokens=ctx)
    stop = threading.Event()

    def on_signal(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    try:
        with serving(options) as base_url:
            click.echo(f"{model}{READY_MARK}{base_url}")
            parent = os.getppid()
            while not stop.wait(1.0):
                if with_parent and os.getppid() != parent:
                    break
    except ProviderUnconfigured as error:
        click.echo(f"{NO_MODEL}{error.message}", err=True)
        sys.exit(EXIT_NOT_INSTALLED)
    except ModelMatchError as error:
        raise click.ClickException(error.message) from error


@contextmanager
def local_model_process(options: LocalServing) -> Iterator[str]:
    """Runs the command in a process of its own and yields its base URL; leaving the block stops it.

    Raises ProviderUnconfigured without the wheels, ProviderUnavailable when the process ends before it is ready.
    """
    with tempfile.TemporaryFile("w+") as said, _started(options, said) as process:
        try:
            yield _base_url(process, said)
        finally:
            _stop(process)


def _started(options: LocalServing, said: IO[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "app.cli.local_model", *_arguments(options), "--with-parent"]
    # In a session of its own, or one Ctrl-C would end the model before those who still wait for its answers.
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=said, text=True, start_new_session=True)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(timeout=STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()


def _arguments(options: LocalServing) -> list[str]:
    values = {
        "--model": options.model,
        "--host": options.host,
        "--port": options.port,
        "--threads": options.threads,
        "--parallel": options.slots,
        "--ctx": options.context_tokens,
    }
    return [text for name, value in values.items() for text in (name, str(value))]


def _base_url(process: subprocess.Popen[str], said: IO[str]) -> str:
    line = process.stdout.readline() if process.stdout else ""
    _model, mark, base_url = line.strip().partition(READY_MARK)
    if mark:
        return base_url
    code = process.wait(timeout=STOP_TIMEOUT_S)
    said.seek(0)
    reason = said.read().strip().removeprefix(NO_MODEL) or f"the model process ended with {code}"
    error = ProviderUnconfigured if code == EXIT_NOT_INSTALLED else ProviderUnavailable
    raise error(reason, provider="local")


if __name__ == "__main__":
    local_model()
