"""Where outcomes come from: opinions, routes and scores, each read in order of the places where its rows stand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, get_args
from uuid import UUID

from app.db import learning as rows
from app.db import scores
from app.db.facts import Scored
from app.db.outcomes import Outcome, OutcomeSource
from app.db.uow import Tx
from app.domain.routing.crediting import Answer, Credit, answers, credits, failed, trusted
from app.domain.routing.level import MIDDLE, Level
from app.domain.routing.record import of_tier
from app.services.world import World

PAGE: Final = 200
# How far each source is trusted. Source: routing measurements; `rules` only see what is wrong on the face of an answer.
WEIGHTS: Final[Mapping[OutcomeSource, float]] = {
    "feedback": 1.0,
    "scorer": 0.5,
    "failure": 0.5,
    "judge": 0.3,
    "rules": 0.2,
}

# The rubric of use cases that name none: it knows nothing of the work, so its points say little of who does it well.
ANYTHING: Final = "generic"

_NOBODY: Final = str(UUID(int=0))


@dataclass(frozen=True, slots=True)
class Seen:
    """One page: where it ends, None when it is empty, whether more may follow, and the outcomes that it tells of."""

    end: str | None
    more: bool
    told: Sequence[Outcome]


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that tell of outcomes. Places are texts in the order of the rows.

    `read` gives the page after one place up to another; `now` is the present place, and `before` the one that lies so
    long before another.
    """

    name: str
    read: Callable[[World, Tx, str, str], Seen]
    now: Callable[[World], str]
    before: Callable[[str, timedelta], str]


def outcome(world: World, credit: Credit, source: OutcomeSource) -> Outcome:
    """The outcome of the credited answer, as the log of its learner takes it."""
    answer = credit.answer
    return Outcome(
        call_id=answer.call_id,
        at=credit.at,
        learner=answer.learner,
        model=answer.model,
        level=answer.level,
        day=answer.at.date(),
        route_id=answer.route_id,
        use_case_id=answer.use_case_id,
        source=source,
        quality=min(1.0, max(0.0, credit.quality)),
        weight=WEIGHTS[source],
        seq=world.new_id(),
    )


def _opinions(world: World, tx: Tx, last: str, until: str) -> Seen:
    page = rows.opinions_after(tx, last, until=until, limit=PAGE)
    sessions = sorted({session_id for _, session_id in page})
    known = answers(rows.routes_of(tx, sessions), rows.made_in(tx, sessions))
    told = [outcome(world, credit, "feedback") for credit in credits(rows.opinions_of(tx, sessions), known)]
    return Seen(page[-1][0] if page else None, len(page) == PAGE, told)


def _routes(world: World, tx: Tx, last: str, until: str) -> Seen:
    page = rows.routes_after(tx, last, until=until, limit=PAGE)
    errors = rows.errors_of(tx, [each.call_id for route in page for each in route.tried if each.failed])
    told = [outcome(world, _unsure(world, credit), "rules") for credit in trusted(page)]
    told += [outcome(world, credit, "failure") for credit in failed(page, errors)]
    return Seen(page[-1].id if page else None, len(page) == PAGE, told)


def _unsure(world: World, credit: Credit) -> Credit:
    """An answer without any sign against it is as good as the catalogue expects, not certainly right."""
    model = world.catalogue.models.get(credit.answer.model)
    level = next((one for one in get_args(Level) if one == credit.answer.level), MIDDLE)
    return replace(credit, quality=credit.quality * of_tier("cheap" if model is None else model.tier, level))


def _scores(world: World, tx: Tx, last: str, until: str) -> Seen:
    """The scores of each call by a rubric for its kind of work are one outcome, their mean."""
    begin = _scored_at(last)
    found = scores.after(tx, begin.at, last=begin, limit=PAGE)
    page = [each for each in found if _place(each) <= until]
    calls = sorted({each.call_id for each in page})
    known = _calls(tx, calls, sorted({each.session_id for each in page if each.session_id is not None}))
    told = []
    every = scores.of_calls(tx, calls)
    for call_id in known:
        own = [each for each in every if each.call_id == call_id and each.rubric != ANYTHING]
        if not own:
            continue
        credit = Credit(known[call_id], sum(each.total for each in own) / len(own) / 100, max(each.at for each in own))
        told.append(outcome(world, credit, "scorer"))
    return Seen(_place(page[-1]) if page else None, len(page) == PAGE, told)


def _calls(tx: Tx, call_ids: Sequence[str], session_ids: Sequence[str]) -> dict[str, Answer]:
    """The answer of each call itself, be it of a route or not; one of whom nothing is known is absent."""
    known = {each.answer.call_id: each.answer for each in rows.made_by(tx, call_ids)}
    wanted = frozenset(call_ids)
    for route in rows.routes_of(tx, session_ids):
        known |= {each.call_id: route.answer(each) for each in route.tried if each.call_id in wanted}
    return known


def _id_now(world: World) -> str:
    """Ids carry the millisecond in which they were made."""
    return _id(UUID(world.new_id()).int >> 80)


def _id_before(place: str, by: timedelta) -> str:
    return _id((UUID(place).int >> 80) - round(by.total_seconds() * 1000))


def _id(ms: int) -> str:
    """No id that was made in that millisecond or later is smaller."""
    return str(UUID(int=max(0, ms) << 80))


def _place(scored: Scored) -> str:
    return f"{scored.at.isoformat(timespec='microseconds')}|{scored.call_id}|{scored.rubric}"


def _scored_at(place: str) -> Scored:
    """The score that stands there, as far as its place tells."""
    at, call_id, rubric = place.split("|", 2)
    return Scored(call_id, rubric, datetime.fromisoformat(at), "", 0.0, {})


def _score_now(world: World) -> str:
    return _place(Scored(_NOBODY, "", world.now(), "", 0.0, {}))


def _score_before(place: str, by: timedelta) -> str:
    return _place(Scored(_NOBODY, "", _scored_at(place).at - by, "", 0.0, {}))


SOURCES: Final = (
    Source("opinions", _opinions, _id_now, _id_before),
    Source("routes", _routes, _id_now, _id_before),
    Source("scores", _scores, _score_now, _score_before),
)
