"""Memory holds the answers used last, never more of them, or more bytes, than it may."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.services.recent_answers import RecentAnswers, weight
from tests.shelves import CALLED, entry, kept
from tests.worlds import NOON

LARGE = 1_000_000


def test_the_least_recently_used_answer_goes_first() -> None:
    recent = RecentAnswers(2, LARGE, LARGE)
    recent.put("a", entry())
    recent.put("b", entry())
    recent.get("a", NOON)
    recent.put("c", entry())

    assert [key for key in "abc" if recent.get(key, NOON)] == ["a", "c"]
    assert (recent.size()[0], recent.tally.evicted) == (2, 1)


def test_an_answer_is_gone_when_its_lifetime_is_over() -> None:
    recent = RecentAnswers(2, LARGE, LARGE)
    recent.put("a", entry(ttl_s=60))

    assert recent.get("a", NOON + timedelta(seconds=59)) is not None
    assert recent.get("a", NOON + timedelta(seconds=60)) is None
    assert recent.size() == (0, 0)


def test_an_answer_that_is_too_large_is_not_kept_and_takes_the_older_one_with_it() -> None:
    recent = RecentAnswers(2, LARGE, largest=5_000)
    recent.put("a", entry())

    assert not recent.put("a", entry("x" * 5_000))
    assert (recent.get("a", NOON), recent.tally.too_large, recent.size()) == (None, 1, (0, 0))


def test_no_room_at_all_keeps_nothing() -> None:
    for recent in (RecentAnswers(0, LARGE, LARGE), RecentAnswers(2, 0, LARGE)):
        assert not recent.put("a", entry())
        assert recent.size() == (0, 0)


def test_tool_calls_weigh_too() -> None:
    assert weight(kept(reply=CALLED)) > weight(kept(""))


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 3_000)), max_size=40),
    st.integers(1, 4),
    st.integers(1_000, 9_000),
)
def test_neither_bound_is_ever_exceeded(puts: list[tuple[str, int]], entries: int, max_bytes: int) -> None:
    recent = RecentAnswers(entries, max_bytes, LARGE)

    for key, length in puts:
        kept_it = recent.put(key, entry("x" * length))
        held, size = recent.size()
        assert held <= entries
        assert size <= max_bytes
        assert (recent.get(key, NOON) is not None) == kept_it

    assert recent.forget(lambda _: True) == held if puts else True
    assert recent.size() == (0, 0)
