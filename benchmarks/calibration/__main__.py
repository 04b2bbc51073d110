"""Calibrates the allocator and the A/B statistics: python -m benchmarks.calibration, or `make calibrate`.

Prints the tables of goals, writes docs/calibration.md, and exits with 1 when a goal is missed.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.calibration import ab_prose, ab_report
from benchmarks.calibration.ab_bars import bars
from benchmarks.calibration.ab_runs import FULL, QUICK, measured
from benchmarks.calibration.judged import judged
from benchmarks.calibration.prose import RUNNING_TITLE
from benchmarks.calibration.report import ROOT, Made, fingerprint, page, terminal
from benchmarks.calibration.runs import played
from benchmarks.calibration.scenarios import SCENARIOS, Scenario
from benchmarks.calibration.sections import kept, placed

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
    """0 when every goal that was looked at is met, else 1; options that cannot run end with 2."""
    given = _given(arguments)
    scenarios = chosen(given.scenarios, quick=given.quick)
    whole = not given.quick and (given.only == "ab" or scenarios == SCENARIOS)
    out = given.out or (PAGE if whole else None)
    text = out.read_text(encoding="utf-8") if out is not None and out.exists() else ""
    section, missed = kept(text, ab_prose.TITLE), False
    if given.only != "ab":
        text, missed = _allocator(given, scenarios)
    if given.only != "allocator":
        section, missed_too = _ab(given)
        missed = missed or missed_too
    if out is not None:
        out.write_text(placed(text, section, before=RUNNING_TITLE) if section else text, encoding="utf-8")
        print(f"written: {out}")
    return int(missed)


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options; scenarios are the allocator's, so whoever chooses some looks at the allocator only."""
    options = argparse.ArgumentParser(prog="calibration", description="How well the service decides, by simulation.")
    options.add_argument("--quick", action="store_true", help="some scenarios, few runs, no page")
    options.add_argument(
        "--only", choices=("allocator", "ab"), help="one part; the page keeps the section of the other"
    )
    options.add_argument("--reps", type=int, help=f"runs of each scenario under each rule (default {REPS})")
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one per core)")
    options.add_argument("--scenarios", default="", help="groups or beginnings of names, with commas")
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--out", type=Path, help="page to write (default docs/calibration.md for a whole run)")
    given = options.parse_args(arguments)
    if given.only == "ab" and (given.scenarios or given.reps is not None):
        options.error("--scenarios and --reps are of the allocator")
    given.only = given.only or ("allocator" if given.scenarios else None)
    given.reps = given.reps if given.reps is not None else (QUICK_REPS if given.quick else REPS)
    if not chosen(given.scenarios, quick=given.quick) or given.reps < 1 or given.jobs < 1:
        options.error("at least one scenario, one run and one process are needed")
    return given


def _allocator(given: argparse.Namespace, scenarios: tuple[Scenario, ...]) -> tuple[str, bool]:
    """The page without the A/B statistics, and whether a goal is missed."""
    found = played(scenarios, reps=given.reps, seed=given.seed, jobs=given.jobs, told=_told)
    rows = judged(found)
    print(f"{len(scenarios)} scenarios, {given.reps} runs each, seed {given.seed}, allocator {fingerprint()}")
    print(terminal(rows))
    return page(found, rows, Made(given.reps, given.seed)), any(row.mark == "missed" for row in rows)


def _ab(given: argparse.Namespace) -> tuple[str, bool]:
    """The section of the A/B statistics, and whether a bar is missed."""
    found = measured(QUICK if given.quick else FULL, seed=given.seed, jobs=given.jobs, told=_told)
    judged_bars = bars(found)
    print(f"A/B statistics, {found.effort.reps} tests each, seed {given.seed}, statistics {ab_report.fingerprint()}")
    print(ab_report.terminal(found, judged_bars))
    return ab_report.section(found, judged_bars), any(bar.mark == "missed" for bar in judged_bars)


def _told(name: str) -> None:
    print(f"played: {name}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
