"""Scores are held against what people said of the same answers, and the findings are put into one sentence."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final, Literal

from app.domain.quality.calibration import Agreement, Correlation, Separation, agreement, separation, spearman
from app.domain.quality.ordering import Ordering, ordered_alike

Verdict = Literal["too-few", "follows", "contradicts", "not-shown"]
LEAST: Final = 20  # answers below which nothing is said
JUDGING: Final = ("rating", "thumb", "approved", "score")  # kinds of feedback that are opinions on what was said
YES_OR_NO: Final = frozenset({"thumb", "approved"})


@dataclass(frozen=True, slots=True)
class Said:
    """One opinion, by its id, beside one score; `about` is the call that was scored, or the session if that is judged.

    `value` as it was given, `reward` 0…1; `edited`: the share of the text that was changed before it was approved;
    `total` and `points` 0…100.
    """

    opinion: str
    about: str
    kind: str
    value: float
    reward: float
    edited: float | None
    total: float
    points: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer, or all scored answers of a session, with the means of scores and of opinions.

    `approved`: what most thumbs and approvals said, None without any or at a tie.
    """

    about: str
    total: float
    points: Mapping[str, float]
    reward: float
    approved: bool | None
    edited: float | None


@dataclass(frozen=True, slots=True)
class Following:
    """How far a score follows opinions.

    `kept` is the rank correlation with the share of the text that was kept when it was approved, `dimensions` that of
    each dimension's points with the rewards.
    """

    verdict: Verdict
    told: str
    agreement: Agreement
    ordering: Ordering
    separation: Separation
    kept: Correlation
    dimensions: Mapping[str, Correlation]


def judged(said: Sequence[Said]) -> list[Judged]:
    """One per answer or session, however many opinions and scores there are of it; in the order of the first ones."""
    about: dict[str, list[Said]] = defaultdict(list)
    for each in said:
        about[each.about].append(each)
    return [_judged(name, several) for name, several in about.items()]


def following(found: Sequence[Judged]) -> Following:
    """The report. Raises Invalid for more than 5 000 answers."""
    totals, rewards = [each.total for each in found], [each.reward for each in found]
    told = [(each.total, each.approved) for each in found if each.approved is not None]
    edits = [(each.total, 1.0 - each.edited) for each in found if each.edited is not None]
    agreed, ordered = agreement(totals, rewards), ordered_alike(totals, rewards)
    verdict = _verdict(agreed.spearman)
    return Following(
        verdict=verdict,
        told=_sentence(verdict, agreed.spearman, ordered),
        agreement=agreed,
        ordering=ordered,
        separation=separation([total for total, _ in told], [approved for _, approved in told]),
        kept=spearman([total for total, _ in edits], [kept for _, kept in edits]),
        dimensions={name: _of_dimension(found, name) for name in _names(found)},
    )


def _judged(about: str, said: Sequence[Said]) -> Judged:
    points: dict[str, list[float]] = defaultdict(list)
    for each in said:
        for name, value in each.points.items():
            points[name].append(value)
    votes = [each.value == 1 for each in said if each.kind in YES_OR_NO]
    tied = 2 * sum(votes) == len(votes)
    edits = [each.edited for each in said if each.edited is not None and each.value == 1]
    return Judged(
        about=about,
        total=fmean(each.total for each in said),
        points={name: fmean(values) for name, values in points.items()},
        reward=fmean(each.reward for each in said),
        approved=None if tied else 2 * sum(votes) > len(votes),
        edited=fmean(edits) if edits else None,
    )


def _names(found: Sequence[Judged]) -> list[str]:
    return sorted({name for each in found for name in each.points})


def _of_dimension(found: Sequence[Judged], name: str) -> Correlation:
    pairs = [(each.points[name], each.reward) for each in found if name in each.points]
    return spearman([points for points, _ in pairs], [reward for _, reward in pairs])


def _verdict(found: Correlation) -> Verdict:
    if found.n < LEAST:
        return "too-few"
    if found.low is not None and found.low > 0:
        return "follows"
    return "contradicts" if found.high is not None and found.high < 0 else "not-shown"


def _sentence(verdict: Verdict, found: Correlation, ordered: Ordering) -> str:
    if verdict == "too-few":
        return f"Opinions on {found.n} scored answers are too few to say anything; {LEAST} are needed."
    if found.value is None or ordered.value is None:
        return f"Over {found.n} answers all opinions, or all scores, are the same: nothing can be said."
    numbers = (
        f"Over {found.n} answers the score puts {ordered.value:.0%} of the pairs in people's order "
        f"(rank correlation {found.value:.2f}, 95% interval {found.low:.2f} to {found.high:.2f})"
    )
    return {
        "follows": f"{numbers}: it follows people's opinions.",
        "contradicts": f"{numbers}: it contradicts people's opinions.",
        "not-shown": f"{numbers}: it is not shown to follow people's opinions.",
    }[verdict]
