"""Models are compared only where they met: in the same comparison, asked with the same prompt."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.domain.comparison.estimate import Estimate
from app.domain.comparison.ranking import Met, groups_of
from app.domain.comparison.recommendation import Record
from app.domain.comparison.tally import Tally, record_of
from app.domain.fixed_effects import Array, within_epochs


@dataclass(frozen=True, slots=True)
class Standing:
    """By model, in the same order: mean `scores` made comparable, NaN without any, and the `groups` that met."""

    scores: Array
    groups: Sequence[int]


def records_of(tallies: Sequence[Tally], meetings: Sequence[Met]) -> list[Record]:
    """What is known of each model, by name, from its sums in every stratum: one comparison and one prompt.

    A model that met others counts only where it did: how it fared with a prompt that no other model was asked with says
    more of the prompt. Its quality is its group's mean and its fixed effect, so that a hard stratum does not count
    against whoever was in it; with the same models in all strata that is its plain mean.
    """
    strata: dict[tuple[str, str], list[Tally]] = {}
    for tally in tallies:
        strata.setdefault((tally.comparison, tally.stratum), []).append(tally)
    shared = {key for key, several in strata.items() if len(several) > 1}
    met = {tally.model for key in shared for tally in strata[key]}
    used = [own for own in tallies if own.model not in met or (own.comparison, own.stratum) in shared]
    own_tallies: dict[str, list[Tally]] = {}
    for tally in sorted(used, key=lambda own: own.model):
        own_tallies.setdefault(tally.model, []).append(tally)
    standing = _standing(used, {name: at for at, name in enumerate(own_tallies)})
    return [
        _record(several, meetings, float(score), group)
        for several, score, group in zip(own_tallies.values(), standing.scores, standing.groups, strict=True)
    ]


def _standing(tallies: Sequence[Tally], place: Mapping[str, int]) -> Standing:
    """Fixed effects of models within strata, as the allocator has them of flows within epochs, group by group.

    θ = L⁺b with (L, b) of `within_epochs`; a group's level is what makes the models' means add up to all its scores.
    """
    lines = {key: at for at, key in enumerate(dict.fromkeys((own.comparison, own.stratum) for own in tallies))}
    shape = (len(lines), len(place))
    there, counts, totals = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for own in tallies:
        cell = lines[own.comparison, own.stratum], place[own.model]
        there[cell], counts[cell], totals[cell] = 1.0, own.scored, own.score
    if counts.any():
        there = (counts > 0).astype(np.float64)
    groups = groups_of(there.T @ there)
    information, pull = within_epochs(counts, totals)
    theta = np.linalg.pinv(information, hermitian=True) @ pull
    n, rest = counts.sum(axis=0), totals.sum(axis=0) - counts.sum(axis=0) * theta
    same = groups[:, None] == groups[None, :]
    size = same @ n
    level = np.divide(same @ rest, size, out=np.full(len(place), np.nan), where=size > 0)
    return Standing(level + theta, groups.tolist())


def _record(several: Sequence[Tally], meetings: Iterable[Met], score: float, group: int) -> Record:
    inputs: dict[str, int] = {}
    for own in several:
        inputs[own.comparison] = max(inputs.get(own.comparison, 0), own.inputs)
    found = record_of(_sum(several), meetings)
    wider = math.sqrt(max(1.0, found.inputs / max(1, sum(inputs.values()))))
    return replace(
        found,
        comparisons=len(inputs),
        inputs=sum(inputs.values()),
        quality=None if found.quality is None else _moved(found.quality, score, wider),
        group=group,
    )


def _sum(several: Sequence[Tally]) -> Tally:
    """One price that is not known in one comparison leaves that comparison's cost out."""
    return Tally(
        model=several[0].model,
        comparisons=len(several),
        inputs=sum(own.inputs for own in several),
        scored=sum(own.scored for own in several),
        score=sum(own.score for own in several),
        squares=sum(own.squares for own in several),
        priced=sum(own.priced for own in several),
        cost=sum(own.cost for own in several),
        timed=sum(own.timed for own in several),
        latency=sum(own.latency for own in several),
    )


def _moved(found: Estimate, value: float, wider: float) -> Estimate:
    """The interval about another mean, 0…1; wider where the same inputs were asked with several prompts."""
    at = min(1.0, max(0.0, value))
    low = None if found.low is None else max(0.0, at - wider * (found.value - found.low))
    high = None if found.high is None else min(1.0, at + wider * (found.high - found.value))
    return Estimate(at, low, high)
