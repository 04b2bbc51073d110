"""Breakers and resting targets as rows: the first to open writes, one claims the probe, all others read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from app.db.insert import Insert, insert
from app.db.tables import breakers, rests
from app.db.uow import Tx
from app.domain.breaker import SKEW, Breaker, Target

MOST: Final = 4096  # rows that one look reads
KEY: Final = (breakers.c.provider, breakers.c.model, breakers.c.endpoint)
Resting = Mapping[Target, datetime]


@dataclass(frozen=True, slots=True)
class Stored:
    """A breaker as all processes see it; `holder` probes, if anybody does."""

    breaker: Breaker
    holder: str | None


def open_(tx: Tx, target: Target, breaker: Breaker, *, now: datetime) -> bool:
    """Whether it was closed: the breaker is open now; where it is open already, who opened first is believed."""
    fresh = _fresh(tx, target, breaker, holder=None, now=now)
    same = fresh.excluded
    taken = ("state", "failures", "misses", "opened_at", "retry_at", "holder", "updated_at")
    values = {**{name: same[name] for name in taken}, "trips": breakers.c.trips + 1}
    opened = fresh.on_conflict_do_update(index_elements=KEY, set_=values, where=breakers.c.state == "closed")
    return tx.execute(opened.returning(breakers.c.provider)).one_or_none() is not None


def prolong(tx: Tx, target: Target, retry_at: datetime) -> None:
    """The pause ends no sooner than that; a probe under way is left alone."""
    longer = and_(_own(target), breakers.c.state == "open", breakers.c.retry_at < retry_at)
    tx.execute(update(breakers).where(longer).values(retry_at=retry_at))


def claim(tx: Tx, target: Target, probe: Breaker, *, holder: str, now: datetime) -> bool:
    """Whether `holder` alone may probe until `probe.retry_at`: the pause is over and nobody else probes."""
    fresh = _fresh(tx, target, probe, holder=holder, now=now)
    due = or_(breakers.c.retry_at <= now, breakers.c.opened_at > now + SKEW)
    values = {name: fresh.excluded[name] for name in ("state", "opened_at", "retry_at", "holder", "updated_at")}
    free = fresh.on_conflict_do_update(index_elements=KEY, set_=values, where=and_(breakers.c.state != "closed", due))
    return tx.execute(free.returning(breakers.c.provider)).one_or_none() is not None


def settle(tx: Tx, target: Target, breaker: Breaker, *, holder: str, now: datetime) -> bool:
    """What the probe has shown, and whether that was heard: not when another holder probes by now."""
    fresh = _fresh(tx, target, breaker, holder=None, now=now)
    taken = ("state", "failures", "misses", "opened_at", "retry_at", "holder", "updated_at")
    ours = or_(breakers.c.holder == holder, breakers.c.holder.is_(None))
    values = {name: fresh.excluded[name] for name in taken}
    heard = fresh.on_conflict_do_update(index_elements=KEY, set_=values, where=ours)
    return tx.execute(heard.returning(breakers.c.provider)).one_or_none() is not None


def rest(tx: Tx, target: Target, until: datetime) -> None:
    """The target rests at least until then."""
    values = {"provider": target.provider, "model": target.model, "endpoint": target.endpoint, "until": until}
    fresh = insert(tx, rests).values(**values)
    later = fresh.on_conflict_do_update(
        index_elements=[rests.c.provider, rests.c.model, rests.c.endpoint],
        set_={"until": fresh.excluded.until},
        where=rests.c.until < fresh.excluded.until,
    )
    tx.execute(later)


def reset(tx: Tx, provider: str, *, now: datetime) -> None:
    """Closes all breakers of the provider and ends the rests of its targets."""
    shut = {"state": "closed", "failures": 0, "misses": 0, "opened_at": None, "retry_at": None, "holder": None}
    tx.execute(update(breakers).where(breakers.c.provider == provider).values(**shut, updated_at=now))
    tx.execute(update(rests).where(rests.c.provider == provider, rests.c.until > now).values(until=now))


def stored(tx: Tx) -> dict[Target, Stored]:
    """All breakers that opened lately, the latest change first."""
    rows = tx.execute(select(breakers).order_by(breakers.c.updated_at.desc()).limit(MOST))
    return {
        Target(row.provider, row.model, row.endpoint): Stored(
            Breaker(
                state=row.state,
                in_row=row.failures,
                trips=row.trips,
                misses=row.misses,
                opened_at=row.opened_at,
                retry_at=row.retry_at,
            ),
            row.holder,
        )
        for row in rows
    }


def resting(tx: Tx) -> Resting:
    """Until when each target rests or rested, the longest first."""
    rows = tx.execute(select(rests).order_by(rests.c.until.desc()).limit(MOST))
    return {Target(row.provider, row.model, row.endpoint): row.until for row in rows}


def sweep(tx: Tx, before: datetime) -> int:
    """How many breakers and rests that were over before then have been dropped."""
    shut = and_(breakers.c.state == "closed", breakers.c.updated_at < before)
    dropped = tx.execute(delete(breakers).where(shut)).rowcount
    return dropped + tx.execute(delete(rests).where(rests.c.until < before)).rowcount


def _fresh(tx: Tx, target: Target, breaker: Breaker, *, holder: str | None, now: datetime) -> Insert:
    return insert(tx, breakers).values(
        provider=target.provider,
        model=target.model,
        endpoint=target.endpoint,
        state=breaker.state,
        failures=breaker.in_row,
        trips=breaker.trips,
        misses=breaker.misses,
        opened_at=breaker.opened_at,
        retry_at=breaker.retry_at,
        holder=holder,
        updated_at=now,
    )


def _own(target: Target) -> ColumnElement[bool]:
    return and_(
        breakers.c.provider == target.provider,
        breakers.c.model == target.model,
        breakers.c.endpoint == target.endpoint,
    )
