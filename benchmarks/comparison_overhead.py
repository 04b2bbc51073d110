"""What a comparison adds to a call: its order, its threads and its records, beside the same calls in a plain loop.

Both ask the same simulated model through the same gateway, with as many threads, and write the same call rows; the loop
keeps nothing else. They take turns in the same minute.

Run: PYTHONPATH=. python benchmarks/comparison_overhead.py [--inputs 500] [--rounds 3] [--url postgresql+psycopg://…]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from app.domain.cached import CacheWish
from app.domain.comparison.comparison import Input, Prompt, Scoring
from app.domain.flow import Choice, Params
from app.domain.message import Message, ModelRequest
from app.services import direct
from app.services.caller import Caller
from app.services.comparing import comparisons
from app.services.comparing.here import run_here
from app.services.comparing.wanted import WantedCandidate, WantedComparison
from app.services.world import World
from app.wiring import close_world, open_world
from config import Settings

MODELS = ("simulated/small", "simulated/large")
GOAL_MS = 2.0
COLD = Caller(cache=CacheWish(read=False, write=False))


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds per call, of the wall and of this process's CPU."""

    wall: float
    cpu: float


def took(work: Callable[[], None], calls: int) -> Took:
    """What each call took."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Took((time.perf_counter() - wall) * 1000 / calls, (time.process_time() - cpu) * 1000 / calls)


def plain(world: World, inputs: int, threads: int) -> None:
    """The loop: every model, every input."""

    def ask(turn: int) -> None:
        request = ModelRequest("", (Message("user", f"question {turn // 2}"),), max_tokens=8)
        direct.run(world, direct.DirectAsked(Choice((MODELS[turn % 2],)), request, caller=COLD))

    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(ask, range(2 * inputs)):
            pass


def compared(world: World, inputs: int, threads: int) -> None:
    """The comparison, run in this process to its end."""
    wanted = WantedComparison(
        candidates=tuple(WantedCandidate(model) for model in MODELS),
        inputs=tuple(Input(number, {"prompt": f"question {number}"}, "7") for number in range(inputs)),
        prompt=Prompt(params=Params(max_tokens=8)),
        scoring=Scoring("exact"),
        concurrency=threads,
    )
    made = comparisons.create(world, wanted, actor="benchmark")
    ended = run_here(world, made.id, lambda now: None)
    if ended.status != "succeeded":
        raise SystemExit(f"the comparison ended as {ended.status}: {ended.error}")


def measure(world: World, *, inputs: int, rounds: int, threads: int) -> float:
    """Prints a line, and gives the milliseconds of the wall that a comparison adds to a call."""
    pairs = [
        (
            took(lambda: plain(world, inputs, threads), 2 * inputs),
            took(lambda: compared(world, inputs, threads), 2 * inputs),
        )
        for _ in range(rounds)
    ]
    loop, ours = min(one.wall for one, _ in pairs), min(other.wall for _, other in pairs)
    added = statistics.median(other.wall - one.wall for one, other in pairs)
    cpu = statistics.median(other.cpu - one.cpu for one, other in pairs)
    print(
        f"  {threads:2} at once: loop {loop:6.2f} ms a call, comparison {ours:6.2f} ms (ratio {ours / loop:4.2f});"
        f" added {added:5.2f} ms of the wall, {cpu:5.2f} ms of CPU"
    )
    return max(added, cpu)


def main() -> None:
    """Print both with 1, 4 and 16 at once; ends with 1 when a comparison adds more than the goal."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--inputs", type=int, default=500)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--url", help="a store; a file of its own without")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        world = open_world(
            Settings(
                database_url=given.url or f"sqlite:///{here}/store.db",
                spool_dir=here / "spool",
                snapshot_file=here / "snapshot.json",
                tick="off",
            )
        )
        try:
            plain(world, 50, 4)  # what is imported and compiled once
            print(f"{2 * given.inputs} calls to simulated models, durable rows, {world.store.name}")
            added = [
                measure(world, inputs=given.inputs, rounds=given.rounds, threads=threads) for threads in (1, 4, 16)
            ]
        finally:
            close_world(world)
    print(f"goal: at most {GOAL_MS} ms added; most {max(added):.2f} ms")
    if max(added) > GOAL_MS:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
