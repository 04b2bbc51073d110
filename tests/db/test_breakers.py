"""Who opened first is believed, one holder has the probe, and only that one says what it has shown."""

from dataclasses import replace
from datetime import datetime, timedelta

from app.db import breakers as rows
from app.db.uow import Store
from app.domain import breaker as moves
from app.domain.breaker import Breaker, BreakerPolicy, Target
from tests.worlds import NOON

ONE = Target("p", "p/m", "p")
POLICY = BreakerPolicy()
OPEN = Breaker("open", in_row=5, trips=1, opened_at=NOON, retry_at=NOON + timedelta(seconds=3))


def at(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def opened(store: Store, breaker: Breaker = OPEN) -> None:
    """The breaker is open for everybody."""
    with store.write() as tx:
        rows.open_(tx, ONE, breaker, now=NOON)


def claimed(store: Store, holder: str, seconds: float) -> bool:
    """Whether the holder has the probe then."""
    with store.write() as tx:
        probe = moves.probing(OPEN, POLICY, now=at(seconds))
        return rows.claim(tx, ONE, probe, holder=holder, now=at(seconds))


def settled(store: Store, holder: str, breaker: Breaker) -> None:
    """The holder says what its probe has shown."""
    with store.write() as tx:
        rows.settle(tx, ONE, breaker, holder=holder, now=at(4))


def seen(store: Store) -> rows.Stored:
    """The breaker as everybody sees it."""
    with store.read() as tx:
        return rows.stored(tx)[ONE]


def test_a_breaker_comes_back_as_it_was_and_who_opened_first_is_believed(store: Store) -> None:
    opened(store)
    opened(store, replace(OPEN, opened_at=at(1), retry_at=at(9)))

    assert seen(store) == rows.Stored(OPEN, None)


def test_one_holder_has_the_probe_until_it_lapses(store: Store) -> None:
    opened(store)

    early, first, second = claimed(store, "a", 2), claimed(store, "a", 3), claimed(store, "b", 4)

    assert (early, first, second) == (False, True, False)
    assert (seen(store).breaker.state, seen(store).holder) == ("half-open", "a")
    assert claimed(store, "b", 63)


def test_only_the_holder_is_heard(store: Store) -> None:
    opened(store)
    assert claimed(store, "a", 3)

    settled(store, "b", Breaker())
    unheard = seen(store)
    settled(store, "a", Breaker())

    assert unheard.holder == "a"
    assert seen(store) == rows.Stored(Breaker(trips=1), None)
    assert not claimed(store, "b", 60)


def test_each_opening_is_counted(store: Store) -> None:
    opened(store)
    assert claimed(store, "a", 3)
    settled(store, "a", Breaker(trips=1))
    opened(store)

    assert seen(store).breaker.trips == 2


def test_a_pause_is_only_ever_prolonged(store: Store) -> None:
    opened(store)
    for seconds in (9, 5):
        with store.write() as tx:
            rows.prolong(tx, ONE, at(seconds))

    assert seen(store).breaker.retry_at == at(9)


def test_a_clock_that_is_set_back_frees_the_probe(store: Store) -> None:
    opened(store, replace(OPEN, opened_at=at(3600), retry_at=at(3603)))

    assert claimed(store, "a", 0)


def test_a_rest_of_one_model_is_only_ever_prolonged_and_says_nothing_of_another(store: Store) -> None:
    other = replace(ONE, model="p/n")
    for target, seconds in ((ONE, 9), (ONE, 5), (other, 7)):
        with store.write() as tx:
            rows.rest(tx, target, at(seconds))

    with store.read() as tx:
        assert rows.resting(tx) == {ONE: at(9), other: at(7)}
