"""Learning: what tells of the quality of answers becomes outcomes of calls, and outcomes teach heads."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from app.db import cursors, outcomes
from app.db.outcomes import Outcome
from app.db.uow import Tx
from app.services.routing import teaching
from app.services.routing.sources import SOURCES, Source
from app.services.world import World

PAGES: Final = 20  # of each source in one beat
# Rows are read soon, from a little before where the last look ended, since rows of several processes come out of order;
# and once more long after, for what waited in a spool.
OVERLAP: Final = timedelta(seconds=10)
LATE: Final = timedelta(hours=6)
AHEAD: Final = timedelta(days=1)  # by which another process' clock may be ahead


def learn(world: World) -> Iterator[str]:
    """Learn from what has come since the last time, in small transactions; a line each for what was done.

    May run twice, late, in two processes, or be killed at any point: each outcome counts once.
    """
    changed: set[str] = set()
    for source in SOURCES:
        told = [*_soon(world, source), *_late(world, source)]
        changed.update(each.learner for each in told)
        if told:
            yield f"learned {len(told)} outcomes from {source.name}"
    taught = teaching.teach(world)
    for learner, count in taught.items():
        if count:
            yield f"taught the heads of {learner} {count} outcomes"
    world.routers.refresh(changed | taught.keys())


def _soon(world: World, source: Source) -> Iterator[Outcome]:
    return _follow(world, source, f"learn:{source.name}", source.before(source.now(world), -AHEAD), overlap=OVERLAP)


def _late(world: World, source: Source) -> Iterator[Outcome]:
    until = source.before(source.now(world), LATE)
    return _follow(world, source, f"learn:{source.name}:late", until, overlap=timedelta(0))


def _follow(world: World, source: Source, cursor: str, until: str, *, overlap: timedelta) -> Iterator[Outcome]:
    """The outcomes that were news, of PAGES pages beyond where the cursor stands, and of those before it once more."""
    with world.store.read() as tx:
        position = cursors.position(tx, cursor)
    if position is None:
        last = source.before(source.now(world), timedelta(days=world.policy.record_days))
    else:
        last = source.before(position, overlap) if overlap else position
    pages = 0
    more = True
    while more and pages < PAGES:
        with world.store.read() as tx:
            seen = source.read(world, tx, last, until)
            news = _news(tx, seen.told)
        if seen.end is None:
            return
        last, more = seen.end, seen.more
        ahead = position is None or last > position
        if ahead or news:
            with world.store.write() as tx:
                if ahead and not cursors.move(tx, cursor, last, expected=position):
                    return  # another process is at it
                changed = outcomes.put(tx, news)
            yield from changed
        if ahead:
            position = last
            pages += 1


def _news(tx: Tx, told: Sequence[Outcome]) -> list[Outcome]:
    """Those that would change what is known of their call: others do not even open a transaction."""
    known = outcomes.of_calls(tx, [each.call_id for each in told])
    return [each for each in told if each.call_id not in known or _changes(each, known[each.call_id])]


def _changes(new: Outcome, old: Outcome) -> bool:
    if new.source == old.source:
        same = (new.quality, new.weight, new.model, new.learner) == (old.quality, old.weight, old.model, old.learner)
        return new.at >= old.at and not same
    return (new.weight, new.source) > (old.weight, old.source)
