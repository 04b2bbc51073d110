"""Every shelf keeps answers whole until their lifetime is over, and forgets what it is told to."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.db.cached_answers import Forgettable
from app.db.entry_json import entry_from_json, entry_to_json, reply_from_json
from app.db.redis_answers import RedisAnswers
from app.domain.errors import Invalid, StoreUnavailable
from app.services.answer_shelf import Shelf, StoreShelf
from tests.shelves import CALLED, KINDS, entry, make_shelf, reply
from tests.stores import make_store
from tests.worlds import NOON

LATER = NOON + timedelta(seconds=61)


@pytest.fixture(params=KINDS)
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    """An empty shelf of each kind."""
    with make_shelf(str(request.param), tmp_path) as made:
        yield made


@pytest.mark.parametrize("said", [reply("vier \x00 ü 😀"), CALLED, reply(request_id="req-1")], ids=lambda _: "")
def test_an_answer_comes_back_as_it_was_kept(shelf: Shelf, said: object) -> None:
    kept = entry(reply=said, cost=None)

    shelf.put({"k": kept}, NOON)

    assert shelf.get("k", NOON) == kept
    assert shelf.get("other", NOON) is None
    assert shelf.count() == 1


def test_an_answer_is_gone_when_its_lifetime_is_over(shelf: Shelf) -> None:
    shelf.put({"k": entry(ttl_s=60)}, NOON)

    assert shelf.get("k", NOON + timedelta(seconds=59)) is not None
    assert shelf.get("k", LATER) is None


def test_an_answer_whose_lifetime_is_over_is_not_kept(shelf: Shelf) -> None:
    shelf.put({"k": entry(ttl_s=60)}, LATER)

    assert shelf.count() == 0


def test_a_fresh_answer_takes_the_place_of_an_older_one(shelf: Shelf) -> None:
    shelf.put({"k": entry("old", ttl_s=10)}, NOON)
    fresh = entry("new", ttl_s=60, cost=7, partition="team:blue")
    shelf.put({"k": fresh}, NOON)

    assert shelf.get("k", NOON) == fresh
    assert shelf.count() == 1


def test_many_may_keep_the_same_answer_at_once(shelf: Shelf) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: shelf.put({"k": entry(str(n))}, NOON), range(24)))

    assert shelf.get("k", NOON) is not None
    assert shelf.count() == 1


@pytest.mark.parametrize(
    ("which", "left"),
    [
        (Forgettable(), set()),
        (Forgettable(partition="team:red"), {"blue"}),
        (Forgettable(model="openai/gpt"), {"other"}),
        (Forgettable(older_than=NOON + timedelta(seconds=1)), {"blue"}),
        (Forgettable(partition="team:red", model="x/y"), {"red", "blue"}),
    ],
)
def test_answers_are_forgotten_by_age_partition_and_model(shelf: Shelf, which: Forgettable, left: set[str]) -> None:
    kept = {
        "red": entry(),
        "blue": entry(partition="team:blue", made_at=NOON + timedelta(seconds=5)),
        "other": entry(model="x/y"),
    }
    for key, each in kept.items():
        shelf.put({key: each}, NOON)
    before = shelf.purges()

    assert shelf.forget(which) == len(kept) - len(left)

    assert {key for key in kept if shelf.get(key, NOON) is not None} == left
    assert {key for key, each in kept.items() if not which.covers(each.kept)} == left
    assert shelf.purges() == before + 1


def test_forgetting_tells_how_many_went(shelf: Shelf) -> None:
    for key in "abc":
        shelf.put({key: entry()}, NOON)
    shelf.put({"d": entry(partition="team:blue")}, NOON)

    assert shelf.forget(Forgettable(partition="team:red")) == 3
    assert shelf.forget(Forgettable()) == 1
    assert shelf.forget(Forgettable()) == 0


def test_pruning_takes_the_oldest_that_are_over_in_small_bites(store_kind: str, tmp_path: Path) -> None:
    with make_store(store_kind, tmp_path) as store:
        shelf = StoreShelf(store)
        for second in range(5):
            shelf.put({str(second): entry(ttl_s=10 + second)}, NOON)
        shelf.put({"stays": entry(ttl_s=60)}, NOON)
        moment = NOON + timedelta(seconds=30)

        assert [shelf.prune(moment, limit=3) for _ in range(3)] == [3, 2, 0]
        assert shelf.count() == 1


def test_text_that_cannot_be_kept_is_refused(shelf: Shelf) -> None:
    with pytest.raises(Invalid):
        shelf.put({"k": entry("\ud800")}, NOON)

    assert shelf.count() == 0


def test_a_shelf_that_is_gone_says_so(tmp_path: Path) -> None:
    with make_store("sqlite", tmp_path) as store:
        store.close()
        gone: list[Shelf] = [StoreShelf(store), RedisAnswers("redis://127.0.0.1:9/0")]
        for shelf in gone:
            with pytest.raises(StoreUnavailable):
                shelf.get("k", NOON)
            with pytest.raises(StoreUnavailable):
                shelf.put({"k": entry()}, NOON)
            with pytest.raises(StoreUnavailable):
                shelf.forget(Forgettable())


def test_an_address_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(Invalid) as refused:
        RedisAnswers("http://nowhere")

    assert refused.value.field == "REDIS_URL"


def test_an_entry_is_the_same_after_json_and_anything_else_is_none() -> None:
    kept = entry(reply=CALLED)

    assert entry_from_json(entry_to_json(kept)) == kept
    assert entry_from_json(entry_to_json(replace(kept, expires_at=LATER))) != kept
    for raw in (b"", b"{}", b"[]", b"null", b'{"kept": {"reply": 1}, "expires_at": "x"}', b"\xff"):
        assert entry_from_json(raw) is None
        assert reply_from_json(raw) is None
