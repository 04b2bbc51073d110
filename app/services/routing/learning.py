"""Learning: opinions, scores and refusals become outcomes of calls, and outcomes teach the heads of each learner."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.db import cursors, outcomes, scores
from app.db import learning as rows
from app.db.facts import Scored
from app.db.outcomes import Outcome, OutcomeSource
from app.db.uow import Tx
from app.domain.routing.crediting import Answer, Credit, answers, credits, failed, trusted
from app.services.routing import teaching
from app.services.world import World

PAGE: Final = 200
PAGES: Final = 20  # of each kind in one beat
# How far each source is trusted. Source: routing measurements.
WEIGHTS: Final[Mapping[OutcomeSource, float]] = {"feedback": 1.0, "scorer": 0.5, "judge": 0.3, "failure": 0.5}
# Rows are read soon, from a little before where the last look ended, since ids of several processes come out of order;
# and once more long after, for what waited in a spool.
OVERLAP: Final = timedelta(seconds=10)
LATE: Final = timedelta(hours=6)
SCORED_WITHIN: Final = timedelta(minutes=1)

_LAST: Final = "f" * 8 + "-ffff-ffff-ffff-" + "f" * 12


@dataclass(frozen=True, slots=True)
class _Seen:
    """One page: where it ends, None when it is empty, whether more follow, and the outcomes that it tells of."""

    end: str | None
    more: bool
    told: Sequence[Outcome]


_Read = Callable[[World, Tx, str, str], _Seen]  # a page between two ids


def learn(world: World) -> Iterator[str]:
    """Learn from what has come since the last time, in small transactions; a line each for what was done.

    May run twice, late, in two processes, or be killed at any point: each outcome counts once.
    """
    changed: set[str] = set()
    for source, read in (("opinions", _opinions), ("routes", _routes)):
        learners = list(_follow(world, source, read))
        changed.update(learners)
        if learners:
            yield f"learned {len(learners)} outcomes from {source}"
    learners = list(_follow_scores(world))
    changed.update(learners)
    if learners:
        yield f"learned {len(learners)} outcomes from scores"
    taught = teaching.teach(world)
    for learner, count in taught.items():
        if count:
            yield f"taught the heads of {learner} {count} outcomes"
    world.routers.refresh(changed | taught.keys())


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


def _follow(world: World, name: str, read: _Read) -> Iterator[str]:
    """The learner of each outcome that is new."""
    now_ms = UUID(world.new_id()).int >> 80
    yield from _pages(world, f"learn:{name}", read, until=_LAST, overlap=OVERLAP, now_ms=now_ms)
    yield from _pages(world, f"learn:{name}:late", read, until=_id(now_ms, LATE), overlap=timedelta(0), now_ms=now_ms)


def _pages(world: World, cursor: str, read: _Read, *, until: str, overlap: timedelta, now_ms: int) -> Iterator[str]:
    with world.store.read() as tx:
        position = cursors.position(tx, cursor)
    if position is None:
        last = _id(now_ms, timedelta(days=world.policy.record_days))
    else:
        last = position if not overlap else _id(UUID(position).int >> 80, overlap)
    for _ in range(PAGES):
        with world.store.read() as tx:
            seen = read(world, tx, last, until)
        if seen.end is None:
            return
        last = seen.end
        ahead = position is None or last > position
        if not ahead and not seen.told:
            continue
        with world.store.write() as tx:
            if ahead and not cursors.move(tx, cursor, last, expected=position):
                return  # another process is at it
            changed = outcomes.put(tx, seen.told)
        position = last if ahead else position
        yield from (each.learner for each in changed)
        if not seen.more:
            return


def _opinions(world: World, tx: Tx, last: str, until: str) -> _Seen:
    page = rows.opinions_after(tx, last, until=until, limit=PAGE)
    if not page:
        return _Seen(None, False, ())
    sessions = sorted({session_id for _, session_id in page})
    known = answers(rows.routes_of(tx, sessions), rows.made_in(tx, sessions))
    told = [outcome(world, credit, "feedback") for credit in credits(rows.opinions_of(tx, sessions), known)]
    return _Seen(page[-1][0], len(page) == PAGE, told)


def _routes(world: World, tx: Tx, last: str, until: str) -> _Seen:
    page = rows.routes_after(tx, last, until=until, limit=PAGE)
    if not page:
        return _Seen(None, False, ())
    errors = rows.errors_of(tx, [each.call_id for route in page for each in route.tried if each.failed])
    told = [outcome(world, credit, "scorer") for credit in trusted(page)]
    told += [outcome(world, credit, "failure") for credit in failed(page, errors)]
    return _Seen(page[-1].id, len(page) == PAGE, told)


def _follow_scores(world: World) -> Iterator[str]:
    """As `_follow`; scores are found by the time at which they were given."""
    now = world.now()
    for cursor, until, overlap in (
        ("learn:scores", now, SCORED_WITHIN),
        ("learn:scores:late", now - LATE, timedelta(0)),
    ):
        yield from _pages_of_scores(world, cursor, until, overlap)


def _pages_of_scores(world: World, cursor: str, until: datetime, overlap: timedelta) -> Iterator[str]:
    with world.store.read() as tx:
        position = cursors.position(tx, cursor)
    begin = world.now() - timedelta(days=world.policy.record_days)
    since = begin if position is None else datetime.fromisoformat(position) - overlap
    last: Scored | None = None
    for _ in range(PAGES):
        with world.store.read() as tx:
            page = [each for each in scores.after(tx, since, last=last, limit=PAGE) if each.at <= until]
            told = _scored(world, tx, page)
        if not page:
            return
        last = page[-1]
        end = last.at.isoformat()
        with world.store.write() as tx:
            if end != position and not cursors.move(tx, cursor, end, expected=position):
                return
            changed = outcomes.put(tx, told)
        position = end
        yield from (each.learner for each in changed)


def _scored(world: World, tx: Tx, page: Sequence[Scored]) -> list[Outcome]:
    """The scores of each call are one outcome, their mean."""
    calls = sorted({each.call_id for each in page})
    known = _calls(tx, calls, sorted({each.session_id for each in page if each.session_id is not None}))
    told = []
    every = scores.of_calls(tx, calls)
    for call_id in calls:
        own = [each for each in every if each.call_id == call_id]
        if call_id in known and own:
            mean = sum(each.total for each in own) / len(own) / 100
            credit = Credit(known[call_id], mean, max(each.at for each in own))
            told.append(outcome(world, credit, "scorer"))
    return told


def _calls(tx: Tx, call_ids: Sequence[str], session_ids: Sequence[str]) -> dict[str, Answer]:
    """The answer of each call itself, be it of a route or not."""
    known = {each.answer.call_id: each.answer for each in rows.made_by(tx, call_ids)}
    wanted: Collection[str] = frozenset(call_ids)
    for route in rows.routes_of(tx, session_ids):
        known |= {each.call_id: route.answer(each) for each in route.tried if each.call_id in wanted}
    return known


def _id(ms: int, before: timedelta) -> str:
    """No id that was made later than so long before that millisecond is smaller."""
    return str(UUID(int=max(0, ms - round(before.total_seconds() * 1000)) << 80))
