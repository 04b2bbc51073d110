"""A process that has not heard where a budget stands spends a hundredth of its limit at most, whatever happens."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.budget import Due
from app.domain.period import Span
from app.services.cold_share import ColdShares
from app.services.purses import Want
from tests.faults.spending import budget
from tests.worlds import NOON, Clock

LIMIT = 10_000
SHARE = LIMIT // 100
FOREVER = Span(datetime(2000, 1, 1, tzinfo=UTC), None)
DAY = Span(NOON - timedelta(hours=12), NOON + timedelta(hours=12))
NEXT_DAY = Span(NOON + timedelta(hours=12), NOON + timedelta(hours=36))


def due(name: str = "all", who: str = "", span: Span = FOREVER) -> Due:
    return Due(budget(name, id=name, limit=LIMIT), who, span)


def test_a_hundredth_of_the_limit_is_spent_and_no_more() -> None:
    shares = ColdShares(now=Clock())

    assert shares.spend([Want(due(), SHARE - 1)])
    assert not shares.spend([Want(due(), 2)])
    assert shares.spend([Want(due(), 1)])
    assert shares.has(due())


def test_each_user_and_each_budget_has_a_share_and_a_call_takes_of_all_or_none() -> None:
    shares = ColdShares(now=Clock())
    both = [Want(due("each", "ann"), SHARE), Want(due("all"), SHARE)]

    assert shares.spend(both)
    assert not shares.spend([Want(due("each", "bob"), SHARE), Want(due("all"), 1)])
    assert shares.spend([Want(due("each", "bob"), SHARE)])


def test_what_a_call_did_not_cost_is_free_again_and_what_it_cost_more_is_missing() -> None:
    shares = ColdShares(now=Clock())
    assert shares.spend([Want(due(), SHARE)])
    shares.settle(due(), SHARE, 10)
    assert not shares.spend([Want(due(), SHARE - 9)])
    assert shares.spend([Want(due(), SHARE - 10)])
    shares.settle(due(), SHARE - 10, 2 * SHARE)

    assert not shares.spend([Want(due(), 1)])


def test_once_the_store_has_spoken_there_is_no_share() -> None:
    shares = ColdShares(now=Clock())
    assert shares.spend([Want(due(), 1)])

    shares.heard([due(), due("other")])
    shares.settle(due(), 1, 0)

    assert not shares.has(due())
    assert not shares.spend([Want(due(), 1)])
    assert not shares.spend([Want(due("other"), 1)])
    assert shares.spend([Want(due("third"), 1)])


def test_when_too_many_are_remembered_the_past_goes_first_and_then_nobody_new_is_given_a_share() -> None:
    clock = Clock()
    shares = ColdShares(now=clock, most=2)
    shares.heard([due(), due("day", span=DAY)])
    clock.forward(days=1)

    assert shares.spend([Want(due("day", span=NEXT_DAY), 1)])
    assert not shares.has(due("third"))
    clock.forward(days=1)
    assert not shares.spend([Want(due("third"), 1)])
    assert not shares.has(due())


AMOUNTS = st.integers(0, 150)
ACTS = st.lists(st.tuples(st.sampled_from(("spend", "settle", "hear")), AMOUNTS, st.integers(0, 3)), max_size=40)


@given(ACTS)
def test_whatever_is_held_and_settled_the_share_is_never_exceeded(acts: list[tuple[str, int, int]]) -> None:
    shares = ColdShares(now=Clock())
    dues = [due("all"), due("each", "ann"), due("each", "bob")]
    held: list[tuple[list[Due], int]] = []
    spent = {each.key: 0 for each in dues}
    heard: set[int] = set()
    for act, amount, which in acts:
        if act == "spend":
            wanted = [dues[0], dues[1 + which % 2]] if which else [dues[0]]
            if shares.spend([Want(each, amount) for each in wanted]):
                assert not any(dues.index(each) in heard for each in wanted)
                held.append((wanted, amount))
        elif act == "settle" and held:
            wanted, pledged = held.pop(which % len(held))
            for each in wanted:
                actual = min(amount, pledged)
                shares.settle(each, pledged, actual)
                spent[each.key] += actual
        elif act == "hear" and amount > 100:
            shares.heard([dues[which % 3]])
            heard.add(which % 3)
        for each in dues:
            pledged = sum(amount for wanted, amount in held if each in wanted)
            assert spent[each.key] + pledged <= SHARE
