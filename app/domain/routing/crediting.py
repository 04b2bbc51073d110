"""Which answers an opinion, a score or a failure speaks of, and what quality that makes of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum
from typing import Final

from app.domain.feedback import Feedback
from app.domain.route import Tried
from app.domain.routing.level import Level

FAILED: Final = frozenset({"content-refused"})  # errors that are the model's own; outages say nothing of its quality


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a model. `level` is empty and `route_id` None where no router chose it.

    `of` says which answers came together: those of one run, or one alone.
    """

    call_id: str
    at: datetime
    learner: str
    model: str
    level: str
    session_id: str | None
    of: str
    route_id: str | None = None
    use_case_id: str | None = None


@dataclass(frozen=True, slots=True)
class Walked:
    """A route as far as it says who answered: every answer on the way, and the model of the one that left."""

    id: str
    at: datetime
    learner: str
    level: Level
    model: str | None
    tried: tuple[Tried, ...]
    session_id: str | None = None
    run_id: str | None = None
    use_case_id: str | None = None

    @property
    def left(self) -> Tried | None:
        """The answer that left, None when none did."""
        return next((each for each in reversed(self.tried) if each.model == self.model and not each.failed), None)

    def answer(self, each: Tried) -> Answer:
        """One of its answers; what was written from others is credited to the council."""
        return Answer(
            call_id=each.call_id,
            at=self.at,
            learner=self.learner,
            model=each.credited,
            level=self.level,
            session_id=self.session_id,
            of=self.run_id or self.id,
            route_id=self.id,
            use_case_id=self.use_case_id,
        )


@dataclass(frozen=True, slots=True)
class Made:
    """A call that gave an answer, and the step of its flow, empty outside a flow."""

    answer: Answer
    step: str


@dataclass(frozen=True, slots=True)
class Credit:
    """An answer with the quality 0…1 that it reached, and when that was last said."""

    answer: Answer
    quality: float
    at: datetime


def answers(routes: Iterable[Walked], made: Iterable[Made]) -> dict[str, Answer]:
    """By call, the answer that whoever speaks of the call speaks of.

    Of a route that is the answer that left, for nobody saw the others. Of calls that no router chose it is the last one
    of each step of a run.
    """
    known: dict[str, Answer] = {}
    for route in routes:
        if route.left is not None:
            known |= {each.call_id: route.answer(route.left) for each in route.tried}
    last: dict[tuple[str, str], Answer] = {}
    for each in sorted(made, key=lambda each: (each.answer.at, each.answer.call_id)):
        if each.answer.call_id not in known:
            last[each.answer.of, each.step] = each.answer
    return known | {answer.call_id: answer for answer in last.values()}


def credits(opinions: Iterable[Feedback], known: Mapping[str, Answer]) -> list[Credit]:
    """What opinions make of the answers: the mean of all that speak of one.

    An opinion on a call speaks of its answer, one on a run of all answers of that run, for a flow is judged by what all
    its steps came to, and one on a session of those of the newest run that had begun when it was given. What judges
    nothing, and the service's own opinion that a run failed, say nothing of a model.
    """
    said: defaultdict[str, list[Feedback]] = defaultdict(list)
    together = _together(known.values())
    for opinion in opinions:
        if opinion.reward is not None and opinion.kind != "failure":
            for answer in _meant(opinion, known, together):
                said[answer.call_id].append(opinion)
    return [
        Credit(known[call_id], _mean(own), max(opinion.at for opinion in own)) for call_id, own in sorted(said.items())
    ]


def trusted(routes: Iterable[Walked]) -> list[Credit]:
    """How far each answer was trusted, wherever the router looked at it before it left.

    Answers that were good enough count as well as those that were asked anew: with the bad ones alone every cheap model
    would look bad.
    """
    return [
        Credit(route.answer(each), each.confidence, route.at)
        for route in routes
        for each in route.tried
        if each.confidence is not None and not each.failed and not each.written
    ]


def failed(routes: Iterable[Walked], errors: Mapping[str, str | None]) -> list[Credit]:
    """Answers that a model refused to give, by the error of each call: their quality is 0. Outages are left out."""
    return [
        Credit(route.answer(each), 0.0, route.at)
        for route in routes
        for each in route.tried
        if each.failed and not each.written and errors.get(each.call_id) in FAILED
    ]


def _together(known: Iterable[Answer]) -> dict[str, list[list[Answer]]]:
    """By session its runs, oldest first, each with its answers."""
    runs: defaultdict[tuple[str, str], dict[str, Answer]] = defaultdict(dict)
    for answer in known:
        if answer.session_id is not None:
            runs[answer.session_id, answer.of][answer.call_id] = answer
    found: defaultdict[str, list[list[Answer]]] = defaultdict(list)
    for (session_id, _), own in sorted(runs.items(), key=lambda item: (_began(item[1].values()), item[0])):
        found[session_id].append(sorted(own.values(), key=lambda answer: (answer.at, answer.call_id)))
    return dict(found)


def _meant(
    opinion: Feedback, known: Mapping[str, Answer], together: Mapping[str, Sequence[Sequence[Answer]]]
) -> Sequence[Answer]:
    if opinion.call_id is not None:
        return [known[opinion.call_id]] if opinion.call_id in known else []
    runs = together.get(opinion.session_id, ())
    if opinion.run_id is not None:
        return next((run for run in runs if run[0].of == opinion.run_id), [])
    begun = [run for run in runs if _began(run) <= opinion.at]
    return begun[-1] if begun else []


def _began(run: Iterable[Answer]) -> datetime:
    return min(answer.at for answer in run)


def _mean(opinions: Sequence[Feedback]) -> float:
    """The same to the last bit in whatever order they are read, so that nothing seems to have changed."""
    return fsum(opinion.reward or 0.0 for opinion in opinions) / len(opinions)
