"""Calibrates the allocator: python -m benchmarks.calibration, or `make calibrate`.

Prints the table of goals, writes docs/calibration.md, and exits with 1 when the allocator misses a goal.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.calibration.judged import judged
from benchmarks.calibration.report import ROOT, Made, fingerprint, page, terminal
from benchmarks.calibration.runs import played
from benchmarks.calibration.scenarios import SCENARIOS, Scenario

REPS: Final = 100
QUICK_REPS: Final = 10
SEED: Final = 20_260_401
PAGE: Final = ROOT / "docs" / "calibration.md"


def chosen(names: str, *, quick: bool) -> tuple[Scenario, ...]:
    """Scenarios by group or beginning of the name; for a quick look the first and last of each group."""
    if names:
        wanted = [name.strip() for name in names.split(",") if name.strip()]
        return tuple(one for one in SCENARIOS if any(one.group == name or one.name.startswith(name) for name in wanted))
    if quick:
        groups = [
            [one for one in SCENARIOS if one.group == group] for group in dict.fromkeys(s.group for s in SCENARIOS)
        ]
        return tuple(dict.fromkeys(one for group in groups for one in (group[0], group[-1])))
    return SCENARIOS


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every goal that the chosen scenarios can tell is met, else 1; options that cannot run end with 2."""
    options = argparse.ArgumentParser(prog="calibration", description="How well the allocator decides, by simulation.")
    options.add_argument("--quick", action="store_true", help="some scenarios, few runs, no page")
    options.add_argument("--reps", type=int, help=f"runs of each scenario under each rule (default {REPS})")
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one per core)")
    options.add_argument("--scenarios", default="", help="groups or beginnings of names, with commas")
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--out", type=Path, help="page to write (default docs/calibration.md for a whole run)")
    given = options.parse_args(arguments)
    scenarios = chosen(given.scenarios, quick=given.quick)
    reps = given.reps or (QUICK_REPS if given.quick else REPS)
    if not scenarios or reps < 1 or given.jobs < 1:
        options.error("at least one scenario, one run and one process are needed")
    found = played(scenarios, reps=reps, seed=given.seed, jobs=given.jobs, told=_told)
    rows = judged(found)
    print(f"{len(scenarios)} scenarios, {reps} runs each, seed {given.seed}, allocator {fingerprint()}")
    print(terminal(rows))
    out = given.out or (PAGE if scenarios == SCENARIOS else None)
    if out is not None:
        out.write_text(page(found, rows, Made(reps, given.seed)), encoding="utf-8")
        print(f"written: {out}")
    return int(any(row.mark == "missed" for row in rows))


def _told(name: str) -> None:
    print(f"played: {name}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
