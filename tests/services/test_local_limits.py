"""One process counts as exactly as many do, with bounded memory."""

import threading

from app.domain.limits import KeyLimits
from app.services.local_limits import LocalLimits

START = 1_795_000_000_000


def test_threads_admit_exactly_the_limit() -> None:
    limits, local, admitted = KeyLimits(requests_per_min=50), LocalLimits(lambda: START), list[bool]()

    def work() -> None:
        for _ in range(40):
            admitted.append(local.decide("k", limits, requests=1, tokens=0).refusal is None)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(admitted) == 50


def test_a_seat_is_free_again_when_it_is_left_or_its_time_is_over() -> None:
    clock = [START]
    limits, local = KeyLimits(concurrent=2), LocalLimits(lambda: clock[0])

    def sit(seat: str) -> bool:
        return local.decide("k", limits, requests=1, tokens=0, seat=seat, seat_ms=1_000).refusal is None

    assert [sit("a"), sit("b"), sit("c")] == [True, True, False]
    local.leave("k", "a")
    local.leave("k", "a")
    assert [sit("c"), sit("d")] == [True, False]
    clock[0] += 1_000
    assert [sit("e"), sit("f"), sit("g")] == [True, True, False]


def test_holders_that_asked_long_ago_are_forgotten() -> None:
    limits, local = KeyLimits(requests_per_min=1), LocalLimits(lambda: START, kept=2)
    for name in ("a", "b", "a", "c"):
        local.decide(name, limits, requests=1, tokens=0)

    local.spend("d", limits, tokens=1)

    assert list(local._levels) == ["c", "d"]
