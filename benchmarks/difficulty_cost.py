"""CPU of one estimate of difficulty: on the way of a route at most 0.5 ms for a prompt of 2 kB, 5 ms for one of 1 MB.

Run: python -m benchmarks.difficulty_cost
"""

import argparse
import sys
import time
from collections.abc import Callable
from typing import Final

from app.domain.difficulty import explained, learned
from app.domain.routing.encoding import Encoding, encode
from app.domain.routing.shipped import SHIPPED
from app.services.routing.own_scorer import OwnScorer

ASCII: Final = "A train leaves Lund at 9:40 and travels 120 km at 80 km/h; how long does it take, and why? "
BEYOND: Final = "Ein Zug fährt um 9:40 über die Brücke nach Köln; wie lange braucht er für 120 km, und warum? "
SIZES: Final = {"2 kB": 2_000, "1 MB": 1_000_000}
GOALS_MS: Final = {"2 kB": 0.5, "1 MB": 5.0}
Work = Callable[[], object]


def per_call_ms(work: Work, calls: int) -> float:
    """Milliseconds of CPU of one call, the least of seven rounds."""
    rounds = []
    for _ in range(7):
        begun = time.process_time()
        for _ in range(calls):
            work()
        rounds.append((time.process_time() - begun) / calls * 1e3)
    return min(rounds)


def routed(prompt: str) -> tuple[Encoding, float]:
    """What a route needs: the encoding, once, and the score."""
    encoding = encode(prompt)
    return encoding, 1.0 - SHIPPED.weak.forecast(encoding)


def works(prompt: str, scorer: OwnScorer) -> dict[str, Work]:
    """Each thing that is timed, by name; the first two are what to compare with."""
    return {
        "its words parted by str.split": prompt.split,
        "its UTF-8 counted": lambda: len(prompt.encode()),
        "encoded and judged, as a route does": lambda: routed(prompt),
        "the same, and asked of an own scorer": lambda: (routed(prompt), scorer.score(prompt)),
        "with contributions, learned": lambda: learned(prompt),
        "with contributions, by rule": lambda: explained(prompt),
    }


def main() -> int:
    """Print a row for each; 1 when the way of a route misses a goal."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=100)
    given, _ = options.parse_known_args()
    scorer = OwnScorer(lambda prompts: [0.5] * len(prompts), timeout_s=10)
    missed = False
    for size, characters in SIZES.items():
        for name, text in (("ASCII", ASCII), ("beyond ASCII", BEYOND)):
            prompt = (text * (characters // len(text) + 1))[:characters]
            print(f"prompt of {size}, {name}; goal of a route: {GOALS_MS[size]} ms")
            for work, call in works(prompt, scorer).items():
                took = per_call_ms(call, given.calls)
                missed = missed or (work.endswith("as a route does") and took > GOALS_MS[size])
                print(f"  {work:<38} {took:7.3f} ms")
    scorer.close()
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
