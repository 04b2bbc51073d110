"""A kept answer is found in memory, then on the shelf; one that is down or slow is a miss, never an error."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from app.db.redis_answers import RedisAnswers
from app.domain.cached import Entry, Keeping
from app.domain.errors import StoreUnavailable
from app.services.answer_cache import AnswerCache
from app.services.answer_shelf import Shelf, StoreShelf
from tests.db.outages import breakable
from tests.shelves import CALLED, KINDS, kept, make_shelf, reply
from tests.stores import make_store
from tests.worlds import NOON, Clock

SOON_S = 10.0
ON = Keeping(read=True, write=True, ttl_s=60)


@pytest.fixture(params=KINDS)
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    """An empty shelf of each kind."""
    with make_shelf(str(request.param), tmp_path) as made:
        yield made


@contextmanager
def cache_on(shelf: Shelf | None, clock: Clock | None = None, **given: float) -> Iterator[AnswerCache]:
    """A process's cache, closed at the end."""
    cache = AnswerCache(shelf, now=clock or Clock(), **{"patience_s": SOON_S, **given})  # type: ignore[arg-type]  # settings by name
    try:
        yield cache
    finally:
        cache.close()


def test_an_answer_is_found_by_this_process_and_by_others(shelf: Shelf) -> None:
    answer = kept()
    with cache_on(shelf) as here, cache_on(shelf) as there:
        assert here.find("k") is None
        here.keep("k", answer, ttl_s=60)

        assert here.find("k") == answer
        assert here.flush(timeout_s=SOON_S)
        assert there.find("k") == answer
        assert there.find("k") == answer
    assert (here.readings().hits, here.readings().misses, here.readings().kept) == (1, 1, 1)
    assert (there.readings().hits, there.readings().entries) == (2, 1)


def test_an_answer_is_gone_when_its_lifetime_is_over(shelf: Shelf) -> None:
    clock = Clock()
    with cache_on(shelf, clock) as here, cache_on(shelf, clock) as there:
        here.keep("k", kept(), ttl_s=60)
        here.flush(timeout_s=SOON_S)
        clock.forward(seconds=59)
        assert there.find("k") is not None
        clock.forward(seconds=1)

        assert (here.find("k"), there.find("k")) == (None, None)


def test_a_refresh_is_seen_by_others_once_they_no_longer_trust_their_own(shelf: Shelf) -> None:
    with cache_on(shelf) as here, cache_on(shelf, trust_s=0) as there:
        here.keep("k", kept("old"), ttl_s=60)
        here.flush(timeout_s=SOON_S)
        assert there.find("k") is not None
        here.keep("k", kept("new"), ttl_s=60)
        here.flush(timeout_s=SOON_S)

        found = there.find("k")

    assert found is not None
    assert found.reply.text == "new"


def test_forgetting_reaches_every_process(shelf: Shelf) -> None:
    with cache_on(shelf) as here, cache_on(shelf, poll_s=0) as there:
        for key, partition in (("red", "team:red"), ("blue", "team:blue")):
            here.keep(key, kept(partition=partition), ttl_s=60)
        here.flush(timeout_s=SOON_S)
        while not (there.find("red") and there.find("blue") and there._far and there._far._purges is not None):
            pass

        assert here.forget(partition="team:red") == 1

        assert (here.find("red"), here.find("blue") is not None) == (None, True)
        while there.find("red") is not None:
            threading.Event().wait(0.001)
        assert there.find("blue") is not None


def test_what_is_over_is_pruned_from_the_store(store_kind: str, tmp_path: Path) -> None:
    clock = Clock()
    with make_store(store_kind, tmp_path) as store, cache_on(StoreShelf(store), clock) as cache:
        for number in range(3):
            cache.keep(str(number), kept(), ttl_s=60)
        cache.keep("stays", kept(), ttl_s=600)
        cache.flush(timeout_s=SOON_S)
        clock.forward(seconds=60)

        assert cache.prune() == 3
        assert cache.readings().shared_entries == 1


@pytest.mark.parametrize(
    "poor", [reply(finish_reason="length"), reply(finish_reason="content_filter"), reply(""), reply("x" * 2_000_000)]
)
def test_answers_that_are_cut_empty_or_too_large_are_not_kept(poor: object) -> None:
    with cache_on(None) as cache:
        cache.keep("k", kept(reply=poor), ttl_s=60)

        assert cache.find("k") is None


def test_an_answer_that_calls_tools_is_kept() -> None:
    with cache_on(None) as cache:
        answer = kept(reply=CALLED)
        cache.keep("k", answer, ttl_s=60)

        assert cache.find("k") == answer


def test_without_a_shelf_answers_stay_in_this_process() -> None:
    with cache_on(None) as here, cache_on(None) as there:
        here.keep("k", kept(), ttl_s=60)
        here.keep("other", kept(model="x/y"), ttl_s=60)

        assert (here.find("k") is not None, there.find("k")) == (True, None)
        assert (here.readings().shared, here.readings().shared_entries, here.prune()) == (None, None, 0)
        assert here.forget(model="x/y") == 1
        assert here.flush(timeout_s=SOON_S)


def test_a_stopped_store_is_a_miss_and_memory_goes_on(tmp_path: Path) -> None:
    with make_store("sqlite", tmp_path) as store:
        for gone in (StoreShelf(store), RedisAnswers("redis://127.0.0.1:9/0")):
            with cache_on(gone, trust_s=0) as cache:
                store.close()
                assert cache.find("k") is None
                assert not cache.readings().shared_reachable
                cache.keep("k", kept(), ttl_s=60)
                assert cache.find("k") is not None
                assert (cache.readings().unwritten, cache.readings().shared_entries) == (1, None)
                with pytest.raises(StoreUnavailable):
                    cache.forget()
                assert cache.find("k") is None


class Stuck:
    """A shelf that answers nobody until it is let go."""

    kind = "redis"

    def __init__(self) -> None:
        self.free = threading.Event()
        self.taken = threading.Event()
        self.asked = 0

    def get(self, key: str, moment: datetime) -> Entry | None:
        self.asked += 1
        self.free.wait(SOON_S)
        return None

    def put(self, entries: object, moment: datetime) -> None:
        self.taken.set()
        self.free.wait(SOON_S)

    def count(self) -> int:
        return 0

    def forget(self, which: object) -> int:
        return 0

    def prune(self, moment: datetime, *, limit: int) -> int:
        return 0

    def purges(self) -> int:
        return 0

    def close(self) -> None:
        self.free.set()


def test_a_slow_shelf_is_a_miss_and_then_left_alone() -> None:
    stuck = Stuck()
    with cache_on(stuck, patience_s=0.01) as cache:  # type: ignore[arg-type]  # its kind is a plain text
        assert [cache.find("k") for _ in range(50)] == [None] * 50

        assert stuck.asked == 1
        assert not cache.readings().shared_reachable
        stuck.free.set()


def test_a_shelf_that_takes_nothing_holds_up_nobody_and_its_queue_is_bounded() -> None:
    stuck = Stuck()
    with cache_on(stuck, patience_s=0.01) as cache:  # type: ignore[arg-type]  # its kind is a plain text
        cache.keep("first", kept(), ttl_s=60)
        assert stuck.taken.wait(SOON_S)
        for number in range(300):
            cache.keep(str(number), kept(), ttl_s=60)

        assert cache.readings().unwritten == 300 - 256
        assert not cache.flush(timeout_s=0.01)
        stuck.free.set()


def test_a_closed_cache_finds_nothing_on_the_shelf(shelf: Shelf) -> None:
    with cache_on(shelf) as cache:
        cache.keep("k", kept(), ttl_s=60)
    assert shelf.kind == "redis" or shelf.count() == 1

    assert cache.find("other") is None
    assert not cache.flush(timeout_s=0)


def test_identical_requests_at_once_ask_once() -> None:
    asked = threading.Semaphore(0)
    with cache_on(None) as cache, ThreadPoolExecutor(32) as pool:

        def one(_: int) -> str:
            with cache.turn("k", ON, timeout_s=SOON_S) as turn:
                if turn.kept is None:
                    asked.release()
                    threading.Event().wait(0.05)
                    turn.answered(kept("four"))
                    return "asked"
                return turn.kept.reply.text

        found = sorted(pool.map(one, range(32)))

    seen = cache.readings()
    assert found == ["asked", *["four"] * 31]
    assert (seen.misses, seen.hits + seen.joined) == (1, 31)
    assert seen.hit_rate == 31 / 32


def test_a_leader_that_fails_lets_the_next_one_ask() -> None:
    with cache_on(None) as cache:
        with pytest.raises(StoreUnavailable), cache.turn("k", ON, timeout_s=SOON_S):
            raise StoreUnavailable("gone")
        with cache.turn("k", ON, timeout_s=SOON_S) as turn:
            assert turn.kept is None
            turn.answered(kept("four"))
        with cache.turn("k", ON, timeout_s=SOON_S) as turn:
            assert turn.kept is not None


def test_a_request_that_only_reads_keeps_nothing_and_one_that_only_writes_finds_nothing() -> None:
    with cache_on(None) as cache:
        with cache.turn("k", Keeping(read=True, write=False, ttl_s=60), timeout_s=SOON_S) as turn:
            turn.answered(kept("first"))
        assert cache.find("k") is None
        for text in ("second", "third"):
            with cache.turn("k", Keeping(read=False, write=True, ttl_s=60), timeout_s=SOON_S) as turn:
                assert turn.kept is None
                turn.answered(kept(text))
        found = cache.find("k")

    assert found is not None
    assert found.reply.text == "third"


def test_an_answer_not_worth_keeping_is_not_handed_to_those_who_wait() -> None:
    with cache_on(None) as cache, ThreadPoolExecutor(1) as pool:

        def second() -> bool:
            with cache.turn("k", ON, timeout_s=SOON_S) as turn:
                return turn.kept is None

        with cache.turn("k", ON, timeout_s=SOON_S) as turn:
            waits = pool.submit(second)
            while cache._flights._open["k"].inside < 2:
                pass
            turn.answered(kept(reply=reply(finish_reason="length")))

        assert waits.result(SOON_S)


def test_an_answer_that_cannot_be_written_down_holds_up_no_other(shelf: Shelf) -> None:
    with cache_on(shelf) as cache:
        for key, text in (("a", "one"), ("b", "\ud800"), ("c", "three")):
            cache.keep(key, kept(text), ttl_s=60)
        cache.flush(timeout_s=SOON_S)

        assert [shelf.get(key, NOON) is not None for key in "abc"] == [True, False, True]
        assert cache.readings().shared_reachable
        assert cache.find("b") is not None


def test_a_database_that_goes_away_is_a_miss_until_it_is_back(store_kind: str, tmp_path: Path) -> None:
    with breakable(store_kind, tmp_path) as (store, database), cache_on(StoreShelf(store), rest_s=0) as here:
        here.keep("before", kept(), ttl_s=60)
        here.flush(timeout_s=SOON_S)

        database.cut()
        assert here.find("unknown") is None
        here.keep("during", kept(), ttl_s=60)
        here.flush(timeout_s=SOON_S)
        assert here.find("before") is not None
        assert here.find("during") is not None
        assert here.readings().unwritten == 1

        database.mend()
        with cache_on(StoreShelf(store), rest_s=0) as there:
            while there.find("before") is None:
                threading.Event().wait(0.01)
            assert there.find("during") is None
