"""CPU of scoring one answer, by rubric: at most 5 ms for 5 kB, and bounded for a megabyte.

Run: python -m benchmarks.quality_scores
"""

import argparse
import statistics
import sys
import time
from typing import Final

from app.domain.quality.scoring import RUBRICS, score
from app.domain.quality.work import Context

GOAL_MS: Final = 5.0
SIZE: Final = 5_000
LARGE: Final = 1_000_000
PROSE: Final = (
    "The council of Lund met on Monday and spoke of {n} trams, because the ring road is full. Members asked what "
    "the work would cost in {n} months, and the homepage says too little about it.\n\n## Part {n}\nIt should show "
    "the prices of part {n}, which 4 of {n} readers look for. Please let us know what you think of it.\n"
)
CODE: Final = (
    "def part_{n}(rows: list[str], most: int = {n}) -> dict[str, int]:\n"
    '    """How often each row stands there, at most so many of them."""\n'
    "    found: dict[str, int] = {{}}\n    for at, row in enumerate(rows):\n"
    "        if at >= most or not row.strip():\n            continue\n"
    "        found[row] = found.get(row, -1) + 1  # {n}\n"
    "    return found\n\n\n"
)


def text_of(rubric: str, size: int) -> str:
    """An answer of that many characters, of the kind that the rubric is about."""
    if rubric == "code_generation":
        return f"```python\n{_filled(CODE, size - len(CODE))}\n```"
    if rubric == "extraction":
        rows = ", ".join(f'"field {n}": "value {n} of Lund"' for n in range(size // 36))
        return f"{{{rows}}}"
    return _filled(PROSE, size)


def _filled(piece: str, size: int) -> str:
    pieces, length = [], 0
    while length < size:
        pieces.append(piece.format(n=len(pieces)))
        length += len(pieces[-1])
    return "".join(pieces) if "def " in piece else "".join(pieces)[:size]


def timed_ms(rubric: str, text: str, prompt: str, rounds: int) -> list[float]:
    """CPU milliseconds of each score, with a reference beside the rubric, in the quietest of five rounds."""
    found = []
    for _ in range(5):
        took = []
        for _ in range(rounds):
            begun = time.process_time()
            score(text, prompt, rubric, Context(reference=prompt))
            took.append((time.process_time() - begun) * 1000)
        found.append(took)
    return min(found, key=statistics.median)


def main() -> int:
    """Prints a row per rubric; 1 when a median misses its goal."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=40)
    rounds = options.parse_args().rounds
    prompt = _filled(PROSE, 1_000)
    print(f"quality scores, CPU time, prompt and reference of 1 kB; goal: median of 5 kB <= {GOAL_MS} ms")
    missed = False
    for rubric in RUBRICS:
        took = timed_ms(rubric, text_of(rubric, SIZE), prompt, rounds)
        large = timed_ms(rubric, text_of(rubric, LARGE), prompt, max(1, rounds // 20))
        middle = statistics.median(took)
        missed = missed or middle > GOAL_MS
        p99 = sorted(took)[int(0.99 * (len(took) - 1))]
        print(
            f"  {rubric:<20} 5 kB median {middle:5.2f} ms, p99 {p99:5.2f} ms; 1 MB {statistics.median(large):6.1f} ms"
        )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
