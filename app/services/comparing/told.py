"""What a comparison found, as people read it: figures and intervals in words and on a scale, alike at every door."""

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from app.domain.comparison.comparison import Input
from app.domain.comparison.estimate import Estimate
from app.domain.comparison.figures import Figures, Spread
from app.domain.comparison.regression import Regression
from app.domain.comparison.winner import Rival
from app.domain.money import NANOS_PER_USD, to_usd
from app.services.comparing.readout import Readout

NONE: Final = "–"
COLOURS: Final = 8  # classes f0 to f7 of the sheets; a ninth candidate looks as the first, and tables name it
CENTS_FROM: Final = 10 * NANOS_PER_USD
MARKS: Final = {"winner": "winner", "leader": "leads", "front": "not dominated"}


@dataclass(frozen=True, slots=True)
class Figure:
    """`text`, its interval `between` (empty without one), and where they lie in percent of the scale, if they do."""

    text: str = NONE
    between: str = ""
    at: float | None = None
    low: float | None = None
    high: float | None = None


UNKNOWN: Final = Figure()


@dataclass(frozen=True, slots=True)
class Line:
    """A candidate. `marks` are keys of MARKS; `cost` and `cost_each` in US dollars."""

    place: int
    name: str
    who: str
    marks: tuple[str, ...]
    answers: str
    failures: str
    utility: Figure
    quality: Figure
    win_rate: Figure
    errors: Figure
    latency: Figure
    p50: str
    p95: str
    cost_each: Figure
    cost: str
    tokens: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A candidate by what an answer costs (`x`) and how good it is (`y`), in percent of the largest of each."""

    place: int
    name: str
    x: float
    y: float
    front: bool


def lines(known: Readout) -> tuple[Line, ...]:
    """Every candidate, in order."""
    slowest = _most(own.latency.mean for own in known.figures if own.latency)
    dearest = max((own.cost_each or 0.0 for own in known.figures), default=0.0)
    return tuple(_line(known, own, slowest, dearest) for own in known.figures)


def who(known: Readout, place: int) -> str:
    """What answers under that candidate's name."""
    it = known.comparison.candidates[place]
    if it.flow is None:
        return "" if it.name == it.model else f"model {it.model}"
    flow = f"flow {it.flow}, version {it.flow_version}"
    return flow if it.model is None else f"{flow}, each step by {it.model}"


def part(found: Estimate | None) -> Figure:
    """A figure of 0…1 with three decimals."""
    return _figure(found, lambda value: f"{value:.3f}", 1.0)


def percent(found: Estimate | None) -> Figure:
    """A figure of 0…1 in percent."""
    return _figure(found, lambda value: f"{100 * value:.1f} %", 1.0)


def ahead(rival: Rival) -> str:
    """How far the leader is ahead of a rival in utility, with the interval; a dash without common inputs."""
    shift = rival.shift
    return NONE if shift is None else f"{shift.mean:+.3f} ({shift.low:+.3f} to {shift.high:+.3f})"


def met(known: Readout, one: int, other: int) -> str:
    """Wins, ties and losses of one candidate against another one."""
    for each in known.meetings:
        if (each.first, each.second) == (one, other):
            return f"{each.wins} / {each.ties} / {each.losses}"
        if (each.first, each.second) == (other, one):
            return f"{each.losses} / {each.ties} / {each.wins}"
    return NONE


def dots(known: Readout) -> tuple[Dot, ...]:
    """Candidates whose cost and quality are both known; none where nothing costs anything."""
    costs = [own.cost_each or 0.0 for own in known.figures]
    dearest = max(costs, default=0.0)
    if dearest <= 0:
        return ()
    return tuple(
        Dot(
            own.candidate,
            known.names[own.candidate],
            scaled(own.cost_each, dearest),
            scaled(own.quality.value, 1.0),
            own.candidate in known.pareto,
        )
        for own in known.figures
        if own.quality is not None and own.cost_each is not None
    )


def bias(known: Readout) -> str:
    """What the order of answers did to the judge, in a sentence; empty without enough judged pairs."""
    it = known.bias
    if it is None:
        return ""
    named = f"the first answer {it.first} times and the second {it.second} times"
    proven = "it prefers a place" if it.p_value <= known.comparison.alpha else "that it prefers a place is not proven"
    return (
        f"Of {it.pairs} pairs judged in both orders the judge named the same place in {100 * it.share:.1f} % "
        f"({100 * it.low:.1f} % to {100 * it.high:.1f} %), {named}: {proven} (p = {it.p_value:.3g})."
    )


def bases(known: Readout) -> str:
    """What the pairs rest on."""
    words = {"failure": "by a failure", "votes": "by votes", "judge": "by the judge", "scores": "by scores"}
    return ", ".join(f"{many:,} {words[basis]}" for basis, many in known.bases.items() if many)


def front(known: Readout) -> str:
    """Who is dominated by nobody, in a sentence."""
    if not known.pareto:
        return "Which candidates are worth a look is not known yet."
    names = ", ".join(known.names[at] for at in known.pareto)
    return f"No other candidate is at least as good, as cheap and as fast, and better in one of these, than: {names}."


def ratios(one: Regression) -> str:
    """What a candidate costs and takes now by what it did before; empty where nothing is known."""
    given = {"cost": one.cost_ratio, "latency": one.latency_ratio}
    return ", ".join(f"{name} × {ratio:.2f}" for name, ratio in given.items() if ratio is not None)


def said(given: Input) -> str:
    """The values of an input: the text itself where there is one alone, else each with its name."""
    if len(given.values) == 1:
        return _text(next(iter(given.values.values())))
    return "\n".join(f"{name}: {_text(value)}" for name, value in given.values.items())


def values(given: Input) -> list[tuple[str, str]]:
    """Each value of an input by its name."""
    return [(name, _text(value)) for name, value in given.values.items()]


def short(text: str, most: int) -> str:
    """The text, cut where it is longer than `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def scaled(value: float, whole: float) -> float:
    """In percent of the whole, 0…100."""
    return round(100 * min(1.0, max(0.0, value / whole)), 2) if whole > 0 else 0.0


def dollars(nanos: float | None) -> str:
    """US dollars: to the cent from ten dollars on, else to three figures; `unpriced` when nobody knows."""
    if nanos is None:
        return "unpriced"
    if nanos >= CENTS_FROM:
        return f"${nanos / NANOS_PER_USD:,.2f}"
    digits = 2 - math.floor(math.log10(nanos)) if nanos > 0 else 0
    return f"${to_usd(round(round(nanos, min(digits, 0))))}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _line(known: Readout, own: Figures, slowest: float, dearest: float) -> Line:
    at = own.candidate
    utility = known.winner.utilities[at]
    marks = {"winner": known.winner.winner == at, "leader": known.winner.winner is None and known.winner.leader == at}
    marks["front"] = at in known.pareto
    return Line(
        place=at,
        name=known.names[at],
        who=who(known, at),
        marks=tuple(name for name, holds in marks.items() if holds),
        answers=f"{own.n:,}",
        failures=f"{own.failures:,}",
        utility=part(utility),
        quality=part(own.quality),
        win_rate=percent(own.win_rate),
        errors=percent(own.error_rate),
        latency=_figure(own.latency.mean if own.latency else None, lambda value: f"{value:,.0f} ms", slowest),
        p50=_ms(own.latency, "p50"),
        p95=_ms(own.latency, "p95"),
        cost_each=_each(own, dearest),
        cost=dollars(own.cost) if own.n else NONE,
        tokens=f"{own.input_tokens:,} / {own.output_tokens:,}",
    )


def _each(own: Figures, dearest: float) -> Figure:
    if not own.n:
        return UNKNOWN
    return Figure(dollars(own.cost_each), at=None if own.cost_each is None else scaled(own.cost_each, dearest))


def _figure(found: Estimate | None, write: Callable[[float], str], whole: float) -> Figure:
    if found is None:
        return UNKNOWN
    at = scaled(found.value, whole)
    if found.low is None or found.high is None:
        return Figure(write(found.value), at=at)
    between = f"{write(found.low)} to {write(found.high)}"
    return Figure(write(found.value), between, at, scaled(found.low, whole), scaled(found.high, whole))


def _ms(spread: Spread | None, which: str) -> str:
    return NONE if spread is None else f"{getattr(spread, which):,.0f} ms"


def _most(found: Iterable[Estimate]) -> float:
    return max((each.value if each.high is None else each.high for each in found), default=0.0)
