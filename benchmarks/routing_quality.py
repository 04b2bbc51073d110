"""How well the prompts that need a strong model are found, before outcomes and by them; `--data PATH` names a file."""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from app.domain import difficulty
from app.domain.routing.heuristic import rated
from app.domain.routing.level import LEARNED
from benchmarks.difficulty.apgr import interval, quality
from benchmarks.difficulty.learning import curve, forecasts, learning, traffic
from benchmarks.difficulty.outcomes import NEEDED, Numbers, Outcomes
from benchmarks.difficulty.savings import calibration, kept, savings
from benchmarks.difficulty.training import held_out, trained

MARKS = (100, 400, 1600)
FOREIGN = 1575  # outcomes of traffic that is not the prior's
UNMEASURED = (
    "not in this file, so not measured: a third model (three tiers), answers (escalation), other benchmarks than two"
)


def told_apart(outcomes: Outcomes, folds: int) -> Numbers:
    """Print APGR and CPT of each way to score; returns the prior's scores, each by a prior of the other parts."""
    found = held_out(outcomes, folds, seed=0)
    scores = {
        "chance": np.random.default_rng(0).random(len(found)),
        "length": np.array([float(len(prompt)) for prompt in outcomes.prompts]),
        "rules": np.array([rated(prompt).score for prompt in outcomes.prompts]),
        "prior": found,
    }
    print(f"\nprior cross-validated in {folds} parts, artefact subjects never learned; [95 % interval]")
    for name, rows in outcomes.groups().items():
        for way, score in scores.items():
            given = score[rows], outcomes.weak[rows], outcomes.strong[rows]
            reached, (low, high) = quality(*given), interval(*given, seed=1)
            print(
                f"{name:12s} {way:7s} APGR {reached.apgr:.3f} [{low:.3f}, {high:.3f}]"
                f"  CPT {reached.cpt50:4.0%} / {reached.cpt80:4.0%}"
            )
    return found


def learned(outcomes: Outcomes, seeds: int) -> None:
    """Print what outcomes teach: cold, and with a prior that fits or does not."""
    groups = outcomes.groups()
    print(f"\nAPGR after outcomes of one model each, mean of {seeds} seeds; judged on a fifth that is never learned")
    print("cold, pooled        ", _line(curve(outcomes, groups["pooled"], MARKS, seeds=seeds)))
    mmlu = trained(outcomes, np.setdiff1d(groups["MMLU, clean"], []))
    print("cold, GSM8K         ", _line(curve(outcomes, groups["GSM8K"], (100, 400), seeds=2 * seeds)))
    print("prior of MMLU, GSM8K", _line(curve(outcomes, groups["GSM8K"], (0, 100, 400), seeds=2 * seeds, prior=mmlu)))
    gsm8k, foreign = trained(outcomes, groups["GSM8K"]), groups["MMLU, clean"]
    share = FOREIGN / len(foreign)
    print("cold, MMLU          ", _line(curve(outcomes, foreign, (400,), seeds=seeds, share=share)))
    print("prior of GSM8K, MMLU", _line(curve(outcomes, foreign, (0, 400), seeds=seeds, prior=gsm8k, share=share)))


def routed(outcomes: Outcomes, found: Numbers) -> None:
    """Print what is saved, and whether a promised quality is kept by a router that learned from outcomes."""
    print("\ntwo models at real prices ($0.248 and $4.994 per 1 000 calls), by the cross-validated prior")
    for each in savings(found, outcomes.weak, outcomes.strong, (0.90, 0.95, 0.98)):
        print(
            f"{each.share:.0%} of the strong model's quality: ${each.cost:.2f},"
            f" {each.on_mix:.0%} less than a mix by chance, {each.on_strong:.0%} less than the strong model alone"
        )
    given = traffic(outcomes.groups()["pooled"], seed=0)
    *_, (count, router) = learning(outcomes, given, (), seed=0)
    weak_q, strong_q = forecasts(outcomes, given.judged, router)
    weak, strong = outcomes.weak[given.judged], outcomes.strong[given.judged]
    got = (f"{asked:.2f} → {kept(weak_q, strong_q, weak, strong, asked):.3f}" for asked in (0.65, 0.7, 0.75, 0.8))
    print(f"min_quality asked → got, after {count} outcomes from cold: {', '.join(got)}")
    print(f"calibration error: weak {calibration(weak_q, weak):.3f}, strong {calibration(strong_q, strong):.3f}")


def levels(outcomes: Outcomes, folds: int) -> None:
    """Print the share of easy, medium and hard prompts, and how many of each the two models get right."""
    failing = held_out(outcomes, folds, seed=0, told=lambda prior, seen: 1.0 - prior.weak.forecast(seen))
    ways = {
        "rules": [rated(prompt).level for prompt in outcomes.prompts],
        "prior": [LEARNED.of(score) for score in failing],
    }
    print("\nprompts by level, and how many the weak | the strong model gets right")
    for name, given in ways.items():
        found = np.array(given)
        shown = (
            f"{each} {np.mean(found == each):.0%}: {outcomes.weak[found == each].mean():.2f}"
            f" | {outcomes.strong[found == each].mean():.2f}"
            for each in ("easy", "medium", "hard")
            if (found == each).any()
        )
        print(f"{name:12s} {',  '.join(shown)}")


def cost(outcomes: Outcomes) -> None:
    """Print CPU per prompt, and the memory that a process takes over one that has only numpy."""
    prompts = [prompt[:2000] for prompt in outcomes.prompts if len(prompt) >= 1900][:40] or list(outcomes.prompts[:40])
    rounds = []
    for _ in range(15):
        begun = time.process_time()
        difficulty.score(prompts)
        rounds.append((time.process_time() - begun) / len(prompts) * 1e3)
    size = sum(map(len, prompts)) // len(prompts)
    print(f"\nCPU of one score, prompts of {size} characters: {min(rounds):.2f} ms (goal 0.5)")
    more = _megabytes("from app.domain.difficulty import score; score(['a b'] * 100)") - _megabytes("import numpy")
    print(f"memory over Python and numpy: {more:.1f} MB (goal 20)")


def _megabytes(script: str) -> float:
    """The most memory that a process of its own held at once; Linux tells, and forgets what its parent held."""
    peak = f"{script}; print(*(line for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    done = subprocess.run([sys.executable, "-c", peak], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[1]) / 1024


def _line(reached: dict[int, float]) -> str:
    return "   ".join(f"{count}: {apgr:.3f}" for count, apgr in reached.items())


def main() -> None:
    """Measure all of it, in some minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--folds", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=3)
    given, _ = parser.parse_known_args()
    if given.data is None:
        print(NEEDED)
        return
    outcomes = Outcomes.read(given.data)
    cost(outcomes)
    found = told_apart(outcomes, given.folds)
    levels(outcomes, given.folds)
    routed(outcomes, found)
    learned(outcomes, given.seeds)
    print(f"\n{UNMEASURED}")


if __name__ == "__main__":
    main()
