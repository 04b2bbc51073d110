"""The calibration as text: a table for the terminal and the page docs/calibration.md, the same for the same seed."""

import hashlib
import math
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import scipy

from benchmarks.calibration.figures import Figures
from benchmarks.calibration.goals import OURS, RULES, Played, geometric_sessions, mean_regret
from benchmarks.calibration.judged import Row, cells, heads
from benchmarks.calibration.prose import BESIDE, FIGURES, INTRODUCTION, RULES_PROSE, RUNNING
from benchmarks.calibration.scenarios import Scenario

ROOT: Final = Path(__file__).parents[2]
DOMAIN: Final = ROOT / "app" / "domain"


@dataclass(frozen=True, slots=True)
class Made:
    """How the figures were made: runs per scenario and rule, and the seed."""

    reps: int
    seed: int


def measured_files() -> list[str]:
    """The allocator's file and all of the domain that it imports, directly or not."""
    found: set[str] = set()
    waiting = ["allocator"]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            text = (DOMAIN / f"{name}.py").read_text(encoding="utf-8")
            waiting += re.findall(r"^from app\.domain\.(\w+) import", text, re.MULTILINE)
    return sorted(found)


def fingerprint() -> str:
    """The first 16 digits of the SHA-256 of these files: which allocator was measured."""
    digest = hashlib.sha256()
    for name in measured_files():
        digest.update((DOMAIN / f"{name}.py").read_bytes())
    return digest.hexdigest()[:16]


def terminal(rows: Sequence[Row]) -> str:
    """The table of goals in columns."""
    return columns([heads(), *map(cells, rows)])


def columns(lines: Sequence[Sequence[str]]) -> str:
    """Lines of equally many texts, each column as wide as its widest."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in lines)


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """A table; the first line is its head."""
    rows = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([rows[0], "|" + "---|" * len(lines[0]), *rows[1:]])


def verdict(missed: Sequence[str]) -> str:
    """The names of what was missed, or that nothing was."""
    return f"Missed: {'; '.join(missed)}." if missed else "Every goal is met."


def page(played: Played, rows: Sequence[Row], made: Made) -> str:
    """docs/calibration.md but for its section of the A/B statistics."""
    missed = [row.goal.name for row in rows if row.mark == "missed"]
    parts = [
        INTRODUCTION,
        f"## What was seen\n\n{_made(played, made)} {verdict(missed)}",
        markdown([heads(), *map(cells, rows)]),
        _behind_the_ratios(played),
        FIGURES,
        "## Scenario by scenario\n\nOurs. Times are sessions: the median to a decision, – when most runs made none.",
        markdown(_ours(played)),
        BESIDE,
        markdown(_beside(played)),
        RULES_PROSE,
        RUNNING,
        f"Made by `--reps {made.reps} --seed {made.seed}` with {versions()}; allocator `{fingerprint()}`.",
    ]
    return "\n\n".join(parts) + "\n"


def _made(played: Played, made: Made) -> str:
    return f"{len(played.scenarios)} scenarios, {made.reps} runs each under every rule, seed {made.seed}."


def versions() -> str:
    """What the figures may depend on beside the seed."""
    return f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}"


def _behind_the_ratios(played: Played) -> str:
    """The absolute figures, which the goals only use as ratios."""
    lines = [["gap and feedback scenarios", *RULES]]
    for name, read in (("sessions to decide", geometric_sessions), ("regret per 10 000 sessions", mean_regret)):
        found = [read(played, rule) for rule in RULES]
        lines.append([name, *("–" if one is None else thousands(one) for one in found)])
    return markdown(lines)


def thousands(value: float) -> str:
    """A whole number with spaces between thousands; – for none."""
    return "–" if math.isinf(value) else f"{value:,.0f}".replace(",", " ")


def _percent(count: int, runs: int) -> str:
    return f"{100 * count / runs:.0f} %"


def _ours(played: Played) -> list[list[str]]:
    head = ["scenario", "group", "false superiority", "worse than ε", "decided", "sessions", "regret"]
    lines = [[*head, "worst flow", "escaped in health", "served after fall", "ends on best"]]
    for scenario, one in played.of(OURS):
        lines.append(
            [
                scenario.name,
                scenario.group,
                _percent(one.false_superior, one.runs),
                _percent(one.worse, one.runs),
                _percent(one.decided, one.runs),
                thousands(one.sessions_to_decide),
                thousands(one.regret),
                f"{100 * one.worst_share:.1f} %",
                _percent(one.false_escapes, one.runs),
                "–" if one.fallen_sessions is None else thousands(one.fallen_sessions),
                _percent(one.on_best, one.runs),
            ]
        )
    return lines


def _beside(played: Played) -> list[list[str]]:
    return [["scenario", *RULES], *([each.name, *_figures(played, each)] for each in played.scenarios)]


def _figures(played: Played, scenario: Scenario) -> list[str]:
    return [_short(played.table[scenario.name, rule]) for rule in RULES]


def _short(one: Figures) -> str:
    wrong = _percent(max(one.false_superior, one.worse), one.runs)
    return f"{wrong} · {thousands(one.sessions_to_decide)} · {thousands(one.regret)}"
