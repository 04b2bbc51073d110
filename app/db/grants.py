"""A grant is what one process may spend of one budget's period without asking again; the store records who holds it.

What calls have cost stays inside the grant until it is folded. Whoever changes a grant's amount holds the row of its
period first, so `reserved` is always the sum of the grants. Rows of periods are taken in the order of their keys, then
those of grants in the order of their ids, and nobody waits for rows of charges: so nobody waits in a circle.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Row, bindparam, delete, select, tuple_
from sqlalchemy import update as change

from app.db import periods, waiting_charges
from app.db.insert import insert
from app.db.periods import Standing
from app.db.tables import grants
from app.db.uow import Tx
from app.domain.budget import SHARE_PERCENT, Key, chunk
from app.domain.errors import StoreUnavailable

SWEPT_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """What a process needs of a period: calls that it has promised or made (`spoken`), of which the dearest is `worst`.

    `known`: the grant was stored before, so that one which is missing has lapsed.
    """

    key: Key
    grant_id: str
    known: bool
    spoken: int
    worst: int


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant as the store has it: `amount` is left, `charged` was taken out by calls; `remainder` of the budget."""

    amount: int
    charged: int
    remainder: int = 0


@dataclass(frozen=True, slots=True)
class Granted:
    """What became of wishes: all of them, or none and the first that did not fit.

    `grants` by id. `lapsed`: grants that are gone; `unbound`: periods whose budget is gone.
    """

    grants: dict[str, Grant]
    refused: tuple[Wish, Standing] | None = None
    lapsed: frozenset[str] = frozenset()
    unbound: frozenset[Key] = frozenset()


def take(tx: Tx, holder: str, wishes: Sequence[Wish], *, expires_at: datetime, percent: int = SHARE_PERCENT) -> Granted:
    """Grants that cover all the wishes, or nothing; a wish that is covered already only lives on.

    For the calls that follow they hold more, but at most `percent` of what is left; a new one all of that at once, so
    that its holder can go on without the store from the first call.
    """
    if not all(wish.known for wish in wishes):
        periods.begin(tx, [wish.key for wish in wishes])
    standings = periods.held(tx, [wish.key for wish in wishes])
    stored = _stored(tx, [wish.grant_id for wish in wishes])
    lapsed = frozenset(wish.grant_id for wish in wishes if wish.known and wish.grant_id not in stored)
    unbound = frozenset(wish.key for wish in wishes if wish.key not in standings)
    if lapsed or unbound:
        return Granted({}, lapsed=lapsed, unbound=unbound)
    amounts: dict[str, int] = {}
    for wish in wishes:
        standing = standings[wish.key]
        grant = stored.get(wish.grant_id, Grant(0, 0))
        need = wish.spoken - grant.amount - grant.charged
        ahead = wish.worst if wish.known else standing.remainder
        fits = 0 if need <= 0 else chunk(need, ahead, standing.remainder, percent=percent)
        if fits is None:
            return Granted({}, refused=(wish, periods.as_told(tx, wish.key, standing)))
        amounts[wish.grant_id] = fits
    for wish in wishes:
        amount, limit = amounts[wish.grant_id], standings[wish.key].budget.limit
        if amount and not periods.reserve_within(tx, wish.key, amount, limit):
            raise StoreUnavailable("the budget has changed meanwhile")  # its row is held: this cannot be
    for wish in sorted(wishes, key=lambda wish: wish.grant_id):
        _add(tx, holder, wish, amounts[wish.grant_id], expires_at)
    return Granted(
        {wish.grant_id: _after(stored, wish, amounts[wish.grant_id], standings[wish.key].remainder) for wish in wishes}
    )


def trim(tx: Tx, goals: Sequence[tuple[str, Key, int]], *, last: bool) -> dict[str, Grant]:
    """Cuts grants down so that amount and charges together are at most the goal, and gives the rest back.

    `goals`: grant id, its period, and amount + charged as wished. `last`: a grant of which nothing is left goes.
    Returns the grants that were there, as they are now.
    """
    periods.hold(tx, {key for _, key, _ in goals})
    stored = _stored(tx, [grant_id for grant_id, _, _ in goals])
    back: Counter[Key] = Counter()
    now: dict[str, Grant] = {}
    for grant_id, key, goal in goals:
        grant = stored.get(grant_id)
        if grant is not None:
            amount = min(grant.amount, max(0, goal - grant.charged))
            back[key] -= grant.amount - amount
            now[grant_id] = Grant(amount, grant.charged)
    periods.reserve(tx, back)
    _set(tx, {grant_id: grant for grant_id, grant in now.items() if grant != stored[grant_id]})
    empty = [grant_id for grant_id, grant in now.items() if not grant.amount]
    if last and empty:
        tx.execute(delete(grants).where(grants.c.id.in_(empty)))
    return now


def charge(tx: Tx, amounts: Counter[str]) -> None:
    """Takes calls out of the grants that were held for them; the rows of their periods are held already.

    A grant never falls below 0; one that is gone is not missed.
    """
    statement = select(grants).where(grants.c.id.in_(sorted(amounts))).order_by(grants.c.id)
    rows = tx.execute(statement.with_for_update()).all()
    back: Counter[Key] = Counter()
    now: dict[str, Grant] = {}
    for row in rows:
        released = min(row.amount, amounts[row.id])
        back[_key(row)] -= released
        now[row.id] = Grant(row.amount - released, row.charged + amounts[row.id])
    periods.reserve(tx, back)
    _set(tx, now)


def extend(tx: Tx, grant_ids: Sequence[str], *, expires_at: datetime) -> set[str]:
    """Lets grants live on; the ids of those that were still there."""
    there = sorted(_stored(tx, grant_ids))
    if there:
        tx.execute(change(grants).where(grants.c.id.in_(there)).values(expires_at=expires_at))
    return set(there)


def lapsed(tx: Tx, now: datetime) -> dict[str, datetime]:
    """Until when grants were to live whose time is over, by id; those that are over the longest."""
    old = select(grants.c.id, grants.c.expires_at).where(grants.c.expires_at < now)
    rows = tx.execute(old.order_by(grants.c.expires_at).limit(SWEPT_AT_ONCE))
    return {row.id: row.expires_at for row in rows}


def sweep(tx: Tx, old: Mapping[str, datetime]) -> list[tuple[Key, int]]:
    """Takes those back that were not extended since they were seen; period and amount of each.

    One that charges wait for stays until they are folded, or its money would be given out twice. Nobody can fold them
    between the look and the end, for the rows of the periods are held.
    """
    seen = select(grants).where(grants.c.id.in_(sorted(old)))
    periods.hold(tx, {_key(row) for row in tx.execute(seen)})
    locked = tx.execute(seen.order_by(grants.c.id).with_for_update())
    found = [row for row in locked.all() if row.expires_at == old[row.id]]
    awaited = waiting_charges.awaited(tx, [row.id for row in found])
    gone = tx.execute(
        delete(grants)
        .where(
            tuple_(grants.c.id, grants.c.expires_at).in_(
                [(row.id, row.expires_at) for row in found if row.id not in awaited]
            )
        )
        .returning(grants)
    ).all()
    back: Counter[Key] = Counter()
    for row in gone:
        back[_key(row)] -= row.amount
    periods.reserve(tx, back)
    return [(_key(row), row.amount) for row in gone]


def _add(tx: Tx, holder: str, wish: Wish, amount: int, expires_at: datetime) -> None:
    budget_id, who, starts_at = wish.key
    fresh = insert(tx, grants).values(
        id=wish.grant_id,
        holder=holder,
        budget_id=budget_id,
        who=who,
        starts_at=starts_at,
        amount=amount,
        charged=0,
        expires_at=expires_at,
    )
    added = {"amount": grants.c.amount + fresh.excluded.amount, "expires_at": fresh.excluded.expires_at}
    tx.execute(fresh.on_conflict_do_update(index_elements=[grants.c.id], set_=added))


def _after(stored: Mapping[str, Grant], wish: Wish, amount: int, remainder: int) -> Grant:
    before = stored.get(wish.grant_id, Grant(0, 0))
    return Grant(before.amount + amount, before.charged, remainder - amount)


def _stored(tx: Tx, grant_ids: Sequence[str]) -> dict[str, Grant]:
    """The grants that are there, their rows held until the end of this unit of work."""
    statement = select(grants.c.id, grants.c.amount, grants.c.charged).where(grants.c.id.in_(sorted(grant_ids)))
    rows = tx.execute(statement.order_by(grants.c.id).with_for_update())
    return {row.id: Grant(row.amount, row.charged) for row in rows}


def _set(tx: Tx, now: dict[str, Grant]) -> None:
    rows = [{"key": id_, "left": grant.amount, "sum": grant.charged} for id_, grant in sorted(now.items())]
    if rows:
        tx.execute(SETTING, rows)


SETTING: Final = (
    change(grants).where(grants.c.id == bindparam("key")).values(amount=bindparam("left"), charged=bindparam("sum"))
)


def _key(row: Row[tuple[object, ...]]) -> Key:
    return row._mapping["budget_id"], row._mapping["who"], row._mapping["starts_at"]
