"""A breaker opens on what looks like an outage, lets one probe pass when its pause is over, and believes that one."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.domain import breaker as moves
from app.domain.breaker import Breaker, BreakerPolicy
from app.domain.chance import share
from tests.worlds import NOON

POLICY = BreakerPolicy()


def after(moment: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=moment)


def failed(breaker: Breaker, *, now: datetime, retry_after_s: float | None = None, salt: str = "p") -> Breaker:
    """The breaker after a failure of the target `p`."""
    return moves.failed(breaker, POLICY, now=now, salt=salt, retry_after_s=retry_after_s)


def eased(pause: float, trips: int = 1, misses: int = 0) -> object:
    """The pause of the target `p` as chance shortens it, to the microsecond."""
    return pytest.approx(pause * (0.5 + 0.5 * share(f"p:{trips}:{misses}")), abs=1e-5)


def told(outcomes: str, breaker: Breaker = Breaker(), *, at: float = 0) -> Breaker:  # noqa: B008 - a frozen value
    """The breaker after these outcomes: `+` a success, `-` a failure."""
    for outcome in outcomes:
        breaker = moves.succeeded(breaker, POLICY) if outcome == "+" else failed(breaker, now=after(at))
    return breaker


def test_five_failures_in_a_row_open_it_for_three_seconds_at_most() -> None:
    assert told("----").state == "closed"

    opened = told("-----")

    assert (opened.state, opened.trips, opened.opened_at) == ("open", 1, NOON)
    assert moves.wait_s(opened, POLICY, now=NOON) == eased(3)
    assert not moves.may_probe(opened, now=after(1.4))
    assert moves.may_probe(opened, now=after(3))


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ("----+" * 3 + "----", "closed"),  # 19 outcomes
        ("----+" * 4, "closed"),  # the twentieth is a success
        ("----+" * 3 + "+----", "open"),  # 16 of 20
        ("++" + "---+" * 4 + "--", "open"),  # 14 of 20
        ("+++" + "---+" * 4 + "-", "closed"),  # 13 of 20
        ("+" * 200 + "---+" * 3 + "---", "closed"),  # 12 of the last 20
        ("+" * 200 + "----+" * 3 + "---", "open"),  # 15 of the last 20
    ],
)
def test_seven_in_ten_of_the_last_twenty_open_it(outcomes: str, state: str) -> None:
    assert told(outcomes).state == state


def test_a_good_probe_closes_it_and_forgets_what_was_counted() -> None:
    probe = moves.probing(told("-----"), POLICY, now=after(3))

    assert moves.succeeded(probe, POLICY) == Breaker(trips=1)


def test_the_pause_doubles_once() -> None:
    breaker, pauses, at = told("-----"), [], 3.0
    for _ in range(7):
        probe = moves.probing(breaker, POLICY, now=after(at))
        breaker = failed(probe, now=after(at))
        pauses.append(moves.wait_s(breaker, POLICY, now=after(at)))
        at += pauses[-1] or 0

    assert pauses == [eased(6, misses=misses) for misses in range(1, 8)]
    assert len(set(pauses)) == 7
    assert (breaker.trips, breaker.misses) == (1, 7)


@given(st.text(), st.integers(1, 9))
def test_chance_shortens_a_pause_by_half_at_most_and_the_same_for_every_process(salt: str, trips: int) -> None:
    opened = failed(replace(told("----"), trips=trips), now=NOON, salt=salt)

    assert opened == failed(replace(told("----"), trips=trips), now=NOON, salt=salt)
    assert 1.5 <= (moves.wait_s(opened, POLICY, now=NOON) or 0) <= 3


@pytest.mark.parametrize(("asked", "waits"), [(20, 20), (9_999, 300), (1, eased(3)), (-5, eased(3))])
def test_the_vendors_wait_prolongs_the_pause_within_bounds(asked: float, waits: object) -> None:
    opened = failed(told("----"), now=NOON, retry_after_s=asked)

    assert moves.wait_s(opened, POLICY, now=NOON) == waits


def test_a_late_failure_prolongs_an_open_pause_only_if_the_vendor_asks() -> None:
    opened = told("-----")

    assert failed(opened, now=after(1)) is opened
    assert failed(opened, now=after(1), retry_after_s=0.1) is opened
    assert failed(opened, now=after(1), retry_after_s=20).retry_at == after(21)


def test_a_late_success_leaves_it_open() -> None:
    opened = told("-----")

    assert moves.succeeded(opened, POLICY) is opened


def test_a_probe_that_says_nothing_is_lost_and_a_released_one_is_free_at_once() -> None:
    probe = moves.probing(told("-----"), POLICY, now=after(3))

    assert not moves.may_probe(probe, now=after(62.9))
    assert moves.may_probe(probe, now=after(63))
    assert moves.wait_s(probe, POLICY, now=after(3)) == POLICY.open_s
    assert moves.may_probe(moves.released(probe, now=after(4)), now=after(4))
    assert moves.released(told("--"), now=NOON) == told("--")


def test_a_clock_that_is_set_back_does_not_keep_it_open() -> None:
    opened = told("-----", at=3_600)

    assert moves.may_probe(opened, now=NOON)
    assert moves.probing(opened, POLICY, now=NOON).retry_at == after(POLICY.probe_s)
    assert not moves.may_probe(replace(opened, opened_at=after(5)), now=NOON)


@given(st.text("+-", max_size=80))
def test_successes_alone_change_nothing_once_the_window_is_full(outcomes: str) -> None:
    breaker = told("+" * 20, told(outcomes))

    if breaker.state == "closed":
        assert moves.succeeded(breaker, POLICY) is breaker
        assert (breaker.in_row, breaker.recent) == (0, 0)


class Life(RuleBasedStateMachine):
    """A breaker beside the plain list of what happened to it."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker()
        self.clock = NOON
        self.outcomes: list[bool] = []  # since it was last closed; True is a failure
        self.opened = 0

    @rule(seconds=st.floats(0, 90))
    def pass_time(self, seconds: float) -> None:
        self.clock += timedelta(seconds=seconds)

    @precondition(lambda self: self.breaker.state == "closed")
    @rule(failure=st.booleans(), burst=st.integers(1, 6))
    def call(self, failure: bool, burst: int) -> None:
        for _ in range(burst):
            if self.breaker.state == "closed":
                self.outcomes.append(failure)
                self.breaker = self._told(failure, None)
                window = self.outcomes[-20:]
                bad = self.outcomes[-5:] == [True] * 5 or (len(window) == 20 and sum(window) >= 14)
                assert (self.breaker.state == "open") == bad
                self.opened += bad

    @precondition(lambda self: self.breaker.state == "open")
    @rule(failure=st.booleans(), wait=st.none() | st.floats(0, 1_000))
    def hear_late(self, failure: bool, wait: float | None) -> None:
        before = self.breaker.retry_at
        self.breaker = self._told(failure, wait)
        assert self.breaker.state == "open"
        assert before is not None
        assert self.breaker.retry_at is not None
        assert self.breaker.retry_at >= before

    @precondition(lambda self: moves.may_probe(self.breaker, now=self.clock))
    @rule(outcome=st.sampled_from(["good", "bad", "left", "lost"]), wait=st.none() | st.floats(0, 1_000))
    def probe(self, outcome: str, wait: float | None) -> None:
        self.breaker = moves.probing(self.breaker, POLICY, now=self.clock)
        assert not moves.may_probe(self.breaker, now=self.clock)
        match outcome:
            case "good":
                self.breaker = self._told(False, None)
                self.outcomes.clear()
                assert self.breaker.state == "closed"
            case "bad":
                self.breaker = self._told(True, wait)
                left = moves.wait_s(self.breaker, POLICY, now=self.clock)
                assert left is not None
                assert left > 2.999
                assert left <= 300
            case "left":
                self.breaker = moves.released(self.breaker, now=self.clock)
                assert moves.may_probe(self.breaker, now=self.clock)

    @invariant()
    def is_whole(self) -> None:
        shut = self.breaker.state == "closed"
        assert (self.breaker.retry_at is None) == shut
        assert (self.breaker.opened_at is None) == shut
        assert self.breaker.trips == self.opened
        assert self.breaker.seen <= 20
        assert self.breaker.recent < 2**20

    def _told(self, failure: bool, wait: float | None) -> Breaker:
        if failure:
            return failed(self.breaker, now=self.clock, retry_after_s=wait)
        return moves.succeeded(self.breaker, POLICY)


TestLife = Life.TestCase
