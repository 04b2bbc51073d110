"""The A/B statistics as text: a table for the terminal and a section of docs/calibration.md."""

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path

from benchmarks.calibration import ab_prose
from benchmarks.calibration.ab_bars import Bar
from benchmarks.calibration.ab_methods import METHODS
from benchmarks.calibration.ab_runs import Measured
from benchmarks.calibration.ab_trials import DIFFERENT, SAME
from benchmarks.calibration.judged import shown
from benchmarks.calibration.report import DOMAIN, columns, markdown, thousands, verdict, versions


def measured_files() -> list[Path]:
    """What these figures are made by."""
    single = [DOMAIN / name for name in ("certification.py", "confidence.py", "evidence.py", "ab/sums.py")]
    return [*sorted((DOMAIN / "statistics").glob("*.py")), *single]


def fingerprint() -> str:
    """The first 16 digits of the SHA-256 of these files: which statistics were measured."""
    digest = hashlib.sha256()
    for path in measured_files():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def terminal(found: Measured, bars: Sequence[Bar]) -> str:
    """The bars and, beside them, what each method claims and when."""
    return "\n\n".join(columns(lines) for lines in (_bars(bars), _claims(found), _stops(found)))


def section(found: Measured, bars: Sequence[Bar]) -> str:
    """The section of docs/calibration.md, with its heading."""
    parts = [
        f"## {ab_prose.TITLE}",
        ab_prose.INTRODUCTION,
        f"{found.effort.reps} tests each unless said otherwise, seed {found.seed}. "
        + verdict([bar.name for bar in bars if bar.mark == "missed"]),
        markdown(_bars(bars)),
        ab_prose.LOOKS,
        markdown(_claims(found)),
        ab_prose.STOPS,
        markdown(_stops(found)),
        ab_prose.SPLITS,
        markdown(_splits(found)),
        ab_prose.REST,
        markdown(_wider(found)),
        f"Made with seed {found.seed} by {versions()}; statistics `{fingerprint()}`.",
    ]
    return "\n\n".join(parts)


def _bars(bars: Sequence[Bar]) -> list[list[str]]:
    lines = [["bar", "bound", "is", "seen", "where"]]
    for bar in bars:
        digits = 2 if bar.reading.interval is None else 1
        seen = f"{100 * bar.reading.value:.{digits}f} %" if digits == 2 else shown(bar.reading, "percent")
        lines.append([bar.name, _bound(bar), bar.mark, seen, bar.where])
    return lines


def _bound(bar: Bar) -> str:
    if bar.low > 0 and bar.high < 1:
        return f"{100 * bar.low:g} % to {100 * bar.high:g} %"
    return f"≥ {100 * bar.low:g} %" if bar.low > 0 else f"≤ {100 * bar.high:g} %"


def _claims(found: Measured) -> list[list[str]]:
    lines = [["same arms: ever claimed a difference", *METHODS]]
    for trial in SAME:
        rates = [found.rate("claims", trial, method) for method in METHODS]
        lines.append([trial.name, *(f"{100 * count / of:.1f} %" for count, of in rates)])
    return lines


def _stops(found: Measured) -> list[list[str]]:
    lines = [["opinions per arm until claimed", "planned, one look", *METHODS]]
    for trial in DIFFERENT:
        stops = [thousands(found.stopped(trial, method)) for method in METHODS]
        lines.append([trial.name, thousands(math.ceil(trial.fixed)), *stops])
    return lines


def _splits(found: Measured) -> list[list[str]]:
    lines = [["meant", "true", "told, χ² at the end", "ever told, sequential"]]
    for one in found.told:
        figures = (f"{100 * chance:.3f} %" for chance in (one.at_the_end, one.on_the_way))
        lines.append([_pair(one.intended), _pair(one.true), *figures])
    return lines


def _pair(share: float) -> str:
    """As parts of a hundred; 50 to 52, which are none, by their own name."""
    whole = round(100 * share)
    return (
        f"{whole}:{100 - whole}" if math.isclose(whole, 100 * share) else f"{share * 102:.0f}:{102 - share * 102:.0f}"
    )


def _wider(found: Measured) -> list[list[str]]:
    lines = [["units per arm", "widest, of the interval without CUPED", "more than 1 % wider"]]
    for shape, wider in found.wider.items():
        often = f"{100 * float((wider > 0.01).mean()):.2f} % of tests"
        lines.append([f"{shape[0]} and {shape[1]}", f"{100 * float(wider.max()):+.2f} %", often])
    return lines
