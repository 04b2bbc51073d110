"""Memory of sessions is bounded, forgets the least recently used, and never serves an expired one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from app.domain.flow import RunLimits
from app.domain.session import Session
from app.services.known_sessions import VERSIONS, KnownSessions
from tests.services.made import make_step
from tests.worlds import NOON


def session(name: str, use_case: str = "u1") -> Session:
    """A session that lives for an hour."""
    return Session(
        id=name,
        use_case_id=use_case,
        correlation_id=name,
        unit=name,
        flow_id="f1",
        flow_version=1,
        epoch_id=None,
        propensity=10_000,
        assigned_at=NOON,
        expires_at=NOON + timedelta(hours=1),
    )


def test_the_least_recently_used_session_goes_first() -> None:
    known = KnownSessions(2)
    known.put(session("a"))
    known.put(session("b"))
    known.get("u1", "a", NOON)

    known.put(session("c"))

    assert [known.get("u1", name, NOON) is not None for name in "abc"] == [True, False, True]
    assert len(known) == 2


def test_a_repeated_session_takes_one_place_and_counts_as_used() -> None:
    known = KnownSessions(2)
    for name in "abac":
        known.put(session(name))

    assert [known.get("u1", name, NOON) is not None for name in "abc"] == [True, False, True]


def test_an_expired_session_is_forgotten_at_its_end() -> None:
    known = KnownSessions(2)
    known.put(session("a"))

    assert known.get("u1", "a", NOON + timedelta(minutes=59)) is not None
    assert known.get("u1", "a", NOON + timedelta(hours=1)) is None
    assert len(known) == 0


def test_sessions_of_use_cases_are_kept_apart_and_forgotten_together() -> None:
    known = KnownSessions(9)
    known.put(session("a", "u1"))
    known.put(session("a", "u2"))

    known.forget_use_case("u1")

    assert known.get("u1", "a", NOON) is None
    assert known.get("u2", "a", NOON) == session("a", "u2")


def test_the_bound_holds_under_many_threads() -> None:
    known = KnownSessions(10)

    def fill(start: int) -> None:
        for number in range(200):
            known.put(session(f"{start}-{number}"))
            known.get("u1", f"{start}-{number // 2}", NOON)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(fill, range(8)))

    assert len(known) == 10


def test_versions_are_remembered_with_their_limits_and_bounded() -> None:
    known = KnownSessions(1)
    limits = RunLimits(deadline_s=1)
    for version in range(VERSIONS + 1):
        known.put_version("f1", version, (make_step(str(version)),), limits)

    assert known.version("f1", 0) is None
    assert known.version("f1", VERSIONS) == ((make_step(str(VERSIONS)),), limits)


def test_a_version_of_which_only_the_limits_differ_is_remembered_anew() -> None:
    known = KnownSessions(1)
    steps = (make_step("one"),)
    known.put_version("f1", 1, steps, RunLimits())

    known.put_version("f1", 1, steps, RunLimits(max_cost=2))

    assert known.version("f1", 1) == (steps, RunLimits(max_cost=2))
