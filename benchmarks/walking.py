"""What walking a flow takes of CPU per step, over the model calls themselves and their rows.

One step, three in a row, eight side by side and a join, and a list of a hundred items, beside as many questions to the
gateway in a row with one write of their rows, of the same simulated model in the same minute. CPU is that of the whole
process, the journal's thread included. The goal is 1 ms per call more. Run: python -m benchmarks.walking [--runs 60]
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from app.db.facts import CallDone
from app.domain.flow import Choice, Each, Params, Step
from app.domain.message import Message, ModelRequest
from app.services import gateway, generate, ids
from app.services.asking import Asked
from app.services.attempts import Asker, Attempts
from app.services.world import World
from tests.services.made import SMALL, make_use_case
from tests.stores import make_store
from tests.worlds import opened

GOAL_MS: Final = 1.0
ROUNDS: Final = 7
BRANCHES: Final = tuple(f"b{number}" for number in range(8))
WORDS: Final = [f"word {number}" for number in range(100)]


def step(code: str, prompt: str, **given: object) -> Step:
    """A step of four words."""
    plain = Step(code, prompt, Choice((SMALL,)), params=Params(max_tokens=4))
    return replace(plain, **given)  # type: ignore[arg-type]  # fields of Step by name


FLOWS: Final = {
    "one step": (step("a", "Say {{ text }}"),),
    "3 in a row": (
        step("a", "Say {{ text }}"),
        step("b", "Improve {{ outputs.a }}", own=True),
        step("c", "Shorten {{ outputs.b }}", own=True),
    ),
    "8 side by side, and a join": (
        step("join", "Join " + " ".join(f"{{{{ outputs.{code} }}}}" for code in BRANCHES), after=BRANCHES),
        *(step(code, "Say {{ text }}", own=True, after=()) for code in BRANCHES),
    ),
    "a list of 100": (step("a", "Say {{ item }}", each=Each("words")),),
}  # fmt: skip
CALLS: Final = {"one step": 1, "3 in a row": 3, "8 side by side, and a join": 9, "a list of 100": 100}


def cpu_ms(act: Callable[[int], object], times: int) -> float:
    """Of one act, the median of rounds."""
    rounds = []
    for turn in range(ROUNDS):
        begun = time.process_time()
        for number in range(times):
            act(turn * times + number)
        rounds.append((time.process_time() - begun) / times * 1000)
    return median(rounds[1:])


def ask(world: World, code: str, number: int) -> None:
    """One run; all are of one session."""
    generate.run(world, code, Asked("c", inputs={"text": f"hello {number}", "words": WORDS}))


def plainly(world: World, number: int, calls: int) -> None:
    """So many questions to the gateway in a row, and one write of all their rows."""
    attempts = Attempts()
    for place in range(calls):
        request = ModelRequest("", (Message("user", f"Say hello {number} {place}"),), max_tokens=4)
        until = time.monotonic() + 60
        gateway.call(world, Choice((SMALL,)), request, asker=Asker(), attempts=attempts, deadline=until)
    facts = [CallDone(each.call, each.text, each.charges) for each in attempts.made]
    world.journal.write(facts, timeout_s=60)


def main() -> None:
    """Prints one line per flow; ends with 1 when the goal is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=60)
    given = options.parse_args()
    missed = False
    with (
        tempfile.TemporaryDirectory() as folder,
        make_store("sqlite", Path(folder)) as store,
        opened(store, Path(folder), new_id=ids.new_id) as world,
    ):
        for place, (name, steps) in enumerate(FLOWS.items()):
            code = f"f{place}"
            make_use_case(world, code, steps=steps[:1], own={"a": steps})
            calls = CALLS[name]
            times = max(5, given.runs * 3 // calls)
            took = cpu_ms(partial(ask, world, code), times)
            plain = cpu_ms(partial(plainly, world, calls=calls), times)
            over = (took - plain) / calls
            missed = missed or (len(steps) > 1 and over > GOAL_MS)
            print(
                f"{name:<26} {took:8.3f} ms CPU, its calls alone {plain:8.3f} ms:"
                f" {over:6.3f} ms per call more, {took / plain:5.2f} times"
            )
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
