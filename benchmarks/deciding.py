"""What a decision by auto takes of CPU, beside the difficulty that it begins with: from 3 to 100 models.

The prompt has 2 kB and is another one each time; the fields of models are kept from one decision to the next, as in a
server. The goal is 0.3 ms for 100 models on top of difficulty, whose own goal is 0.5 ms.
Run: python -m benchmarks.deciding [--decisions 300]
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

from app.domain.auto import Auto
from app.domain.message import Message, ModelRequest
from app.domain.routing.encoding import encode
from app.services import ids
from app.services.attempts import Asker
from app.services.catalogue import Catalogue
from app.services.routing.deciding import decide
from app.services.routing.difficulty import estimate_encoded
from app.services.world import World
from tests.stores import make_store
from tests.worlds import opened

GOAL_MS: Final = 0.3
COUNTS: Final = (3, 10, 100)
ROUNDS: Final = 7
TEXT: Final = "Explain in a few words why the sky is blue, and compare it with sunset. "


def many(world: World, count: int) -> World:
    """The same world with so many models that can be asked, all alike but for their names."""
    catalogue = world.catalogue
    model = catalogue.get("simulated/small")
    more = {f"simulated/m{number}": replace(model, slug=f"simulated/m{number}") for number in range(count)}
    return replace(world, catalogue=Catalogue({**catalogue.models, **more}, catalogue.providers, catalogue.aliases))


def question(number: int) -> ModelRequest:
    """A prompt of 2 kB that no other number has."""
    return ModelRequest("", (Message("user", f"{number}. {TEXT * 27}"),), max_tokens=300)


def cpu_ms(act: Callable[[int], object], times: int) -> float:
    """Of one act, the median of rounds."""
    rounds = []
    for turn in range(ROUNDS):
        begun = time.process_time()
        for number in range(times):
            act(turn * times + number)
        rounds.append((time.process_time() - begun) / times * 1000)
    return median(rounds[1:])


def main() -> None:
    """Prints one line per number of models; ends with 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=300)
    times = parser.parse_args().decisions
    with (
        tempfile.TemporaryDirectory() as folder,
        make_store("sqlite", Path(folder)) as store,
        opened(store, Path(folder), new_id=ids.new_id) as empty,
    ):
        world = many(empty, max(COUNTS))

        def difficulty(number: int) -> object:
            text = question(number).messages[0].text
            return estimate_encoded(world, text, encode(text))

        alone = cpu_ms(difficulty, times)
        reached = True
        for count in COUNTS:
            wish = Auto(among=tuple(f"simulated/m{number}" for number in range(count)))

            def decided(number: int, wish: Auto = wish) -> object:
                return decide(world, wish, question(number), asker=Asker())

            more = cpu_ms(decided, times) - alone
            reached = reached and more <= GOAL_MS
            told = "reached" if more <= GOAL_MS else "MISSED"
            print(
                f"{count:3d} models | difficulty {alone:.2f} ms | decision {more:.3f} ms more | x{1 + more / alone:.2f}"
                f" | goal {GOAL_MS} ms {told}"
            )
    if not reached:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
