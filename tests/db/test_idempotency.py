"""A request with an idempotency key has one holder; whoever repeats it finds what came of it, until it is forgotten."""

from datetime import timedelta

from app.db import idempotency as rows
from app.db.idempotency import Kept
from app.db.uow import Store, Tx
from tests.db.makers import NOW

TTL_S = 15.0


def begin(tx: Tx, holder: str, *, after_s: float = 0.0, digest: str = "d") -> bool:
    """Whether the holder does the request now."""
    moment = NOW + timedelta(seconds=after_s)
    return rows.begin(tx, "key", "once", request_digest=digest, holder=holder, moment=moment, ttl_s=TTL_S)


def finish(tx: Tx, holder: str) -> None:
    """The holder has the answer."""
    rows.finish(tx, "key", "once", holder, status=201, response="{}", mimetype="application/json", headers={"a": "b"})


def test_a_repeated_request_finds_the_answer_of_the_first(store: Store) -> None:
    with store.write() as tx:
        assert begin(tx, "one")
        assert not begin(tx, "two")
        finish(tx, "one")
        assert not begin(tx, "two", after_s=10 * TTL_S)
        found = rows.find(tx, "key", "once")

    assert found is not None
    assert (found.status, found.response, found.mimetype, found.headers) == (201, "{}", "application/json", {"a": "b"})


def test_a_holder_that_was_not_heard_of_gives_way_and_one_that_was_does_not(store: Store) -> None:
    with store.write() as tx:
        assert begin(tx, "one")
        rows.renew(tx, "key", "once", "one", NOW + timedelta(seconds=2 * TTL_S))
        assert not begin(tx, "two", after_s=TTL_S)
        assert begin(tx, "two", after_s=2 * TTL_S)
        finish(tx, "one")  # it comes back too late: the request is another's
        found = rows.find(tx, "key", "once")

    assert found is not None
    assert found.status is None


def test_another_request_never_takes_the_key(store: Store) -> None:
    with store.write() as tx:
        assert begin(tx, "one")
        assert not begin(tx, "two", after_s=10 * TTL_S, digest="e")
        found = rows.find(tx, "key", "once")

    assert found == Kept("d", None, None, None, None, NOW + timedelta(seconds=TTL_S))


def test_old_answers_are_forgotten(store: Store) -> None:
    with store.write() as tx:
        assert begin(tx, "one")
        assert rows.prune(tx, NOW) == 0
        assert rows.prune(tx, NOW + timedelta(days=1)) == 1
        assert rows.find(tx, "key", "once") is None
