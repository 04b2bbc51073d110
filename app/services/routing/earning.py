"""Does the router earn its keep: a report of each learner from its logged routes, and a standing that serving reads."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Final

from app.db import decisions, outcomes, router_standings
from app.db.router_standings import Standing
from app.domain.routing.earned import Earned
from app.domain.routing.earning import earned
from app.domain.routing.earning_rows import Logged, logged
from app.services.routing.reports import Report
from app.services.world import World

DAYS: Final = 30
MOST: Final = 20_000  # routes, the newest ones
PAGE: Final = 500
EVERY: Final = timedelta(minutes=10)
AT_ONCE: Final = 2  # learners in one beat, who waits longest first


def report(world: World, learner: str, *, days: int = DAYS) -> Report:
    """The report over so many days, at most the newest MOST routes of them; without any route an empty one.

    Routes by strategy `fastest` are left out, since neither quality nor cost is what they strive for. One over many
    routes is told again for a minute; its standing is always the present one.
    """
    with world.store.read() as tx:
        standing = router_standings.get(tx, learner)
    down = world.policy.stand_down and standing is not None and standing.single is not None
    kept = world.reports.of(learner, days, now=world.now())
    if kept is not None:
        return replace(kept, standing=standing, stands_down=down)
    at = world.now()
    rows, looked_at, cut = _rows(world, learner, at - timedelta(days=days))
    found = earned(rows, before=None if standing is None else standing.single)
    made = Report(learner, at - timedelta(days=days), at, looked_at, cut, found, standing, down)
    world.reports.keep(made, days)
    return made


def judge_all(world: World) -> Iterator[str]:
    """Judge learners that have new outcomes, at most every ten minutes each; a line for each verdict that is new.

    May run twice, late, or in two processes: a standing says what the log says, whoever writes it.
    """
    since = world.now() - timedelta(days=DAYS)
    with world.store.read() as tx:
        known = router_standings.all_of(tx)
        marks = outcomes.marks(tx)
    due = [learner for learner, mark in marks.items() if _is_due(world, known.get(learner), mark)]
    for learner in sorted(due, key=lambda each: _judged_at(known.get(each), since))[:AT_ONCE]:
        rows, looked_at, _ = _rows(world, learner, since)
        before = known.get(learner)
        found = earned(rows, before=None if before is None else before.single)
        told = _told(found, routes=looked_at, mark=marks[learner])
        standing = Standing(learner, found.verdict, found.single, told, world.now())
        with world.store.write() as tx:
            router_standings.put(tx, standing)
        if before is None or (before.verdict, before.single) != (found.verdict, found.single):
            yield f"judged the router of {learner}: {found.sentence}"


def _told(found: Earned, *, routes: int, mark: str) -> dict[str, object]:
    """What a standing keeps: little, for every process reads all standings over and over."""
    gain = None if found.gain is None else asdict(found.gain)
    counts = {"routes": routes, "outcomes": found.outcomes, "held_out": found.held_out}
    return {"sentence": found.sentence, "gain": gain, **counts, "mark": mark}


def _is_due(world: World, standing: Standing | None, mark: str) -> bool:
    """Whether there is something new to judge by, or the last verdict is a day old, for old routes drop out."""
    if standing is None:
        return True
    age = world.now() - standing.judged_at
    return age >= EVERY and (standing.told.get("mark") != mark or age >= timedelta(days=1))


def _judged_at(standing: Standing | None, never: datetime) -> datetime:
    return never if standing is None else standing.judged_at


def _rows(world: World, learner: str, since: datetime) -> tuple[list[Logged], int, bool]:
    """Rows of the routes whose outcome is known, how many routes were looked at, and whether there are older ones.

    Read a page at a time, so that no transaction is long and few routes are held whole.
    """
    rows: list[Logged] = []
    cursor: str | None = None
    looked_at = 0
    while looked_at < MOST:
        with world.store.read() as tx:
            page, cursor = decisions.page(tx, learner, since=since, cursor=cursor, limit=PAGE)
        looked_at += len(page)
        found = (logged(each.decision, each.qualities) for each in page)
        rows.extend(row for row in found if row is not None)
        if cursor is None:
            break
    return rows, looked_at, cursor is not None
