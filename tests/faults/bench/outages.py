"""Scenarios of many calls: total outage with a crowd, recovery with one probe, a primary that flaps, two keys."""

import time
from collections.abc import Iterator
from typing import Final

from tests.faults.bench import acts, spoken
from tests.faults.bench.acts import Switch, by_key, limited, ok, says, then
from tests.faults.bench.asks import Ask
from tests.faults.bench.checks import answered, asked, clean, unclean, within
from tests.faults.bench.first import WAYS
from tests.faults.bench.line import Request
from tests.faults.bench.scenario import Check, Course, Scenario, Seen, Stage, times
from tests.faults.bench.settings import QUICK
from tests.faults.bench.stream_acts import html
from tests.faults.bench.upstream import Act

CALLERS: Final = 50
TURN_S: Final = QUICK.breaker_open_s * 2 / 3  # as two seconds are to the three of the default
LOAD: Final = "extra load in total outage"
BACK: Final = "s until it serves again"
ADDED: Final = "failover adds, p95 in s"
SERVED: Final = "share served by a primary that flaps"
SWITCHES: Final = "most requests at once while half open"


def scenarios() -> Iterator[Scenario]:
    """All of them."""
    for way, how in WAYS.items():
        for calls in (1, 4):
            switch = Switch(says(503))
            down: tuple[Check, ...] = (_all_fail_until_repaired, _extra_load, _serves_again, within(QUICK.run_s))
            course = _outage(switch, calls=calls)
            yield Scenario(f"outage-{calls}-{way}", switch, down, how.single(), course=course, alone=True)
        for name, act in {"429": limited(), "html": html, "reset": acts.reset}.items():
            other = Switch(act)
            course = _outage(other, calls=4)
            must: tuple[Check, ...] = (_all_fail_until_repaired, _extra_load, _serves_again, within(QUICK.run_s))
            yield Scenario(f"outage-{name}-{way}", other, must, how.single(), course=course, alone=True)
        silent = Switch(acts.silence)
        quiet = (_all_fail_until_repaired, _extra_load, _serves_again, within(QUICK.run_s, slack_s=4))
        yield Scenario(f"outage-silent-{way}", silent, quiet, how.single(), course=_outage(silent, calls=1), alone=True)
    lasting = Switch(says(503))
    back = (_serves_again, within(QUICK.run_s))
    yield Scenario("outage-long", lasting, back, Ask(chain=False), course=_outage(lasting, calls=4, lasts_s=5))
    probed = Switch(says(503), acts.ok_slowly(0.4))
    yield Scenario("half-open", probed, (clean, _one_probe), Ask(chain=False), course=_probe(probed), alone=True)
    yield Scenario(
        "breaker-chain", then(says(503)), (answered("secondary"), asked(primary=(5, 9))), course=times(10), alone=True
    )
    for name, act in {"503": says(503), "reset": acts.reset, "silence": acts.silence}.items():
        flapping = (answered_by_someone, within(2 * QUICK.first_token_s))
        yield Scenario(f"flapping-{name}-chain", Switch(act, turn_s=TURN_S), flapping, course=_for_s(5))
        single = (clean, within(QUICK.run_s), _some_are_served)
        lucky = _for_s(5, most_s=15)
        yield Scenario(f"flapping-{name}-single", Switch(act, turn_s=TURN_S), single, Ask(chain=False), course=lucky)
    rescued = (answered("secondary"), asked(primary=(1, 220)))
    yield Scenario("outage-chain", then(says(503)), rescued, course=_crowd(CALLERS, calls=4), alone=True)
    yield Scenario("every-third-500", _every_third, (answered_by_someone,), course=times(30))
    slow = (answered("secondary"), _added)
    yield Scenario("failover-silence", then(acts.silence), slow, course=_crowd(20), alone=True)
    keys = by_key(key_a=limited(Retry_After="20"), key_b=ok)
    both = (answered(), _rests("key-a"))
    yield Scenario("two-keys", keys, both, Ask(chain=False), course=times(10), provider="openai")
    wrong = then(*[says(400, spoken.error("invalid_value"))] * 8, ok)
    yield Scenario(
        "bad-requests-open-nothing", wrong, (_last_is_whole, asked(primary=9)), Ask(chain=False), course=times(9)
    )


def answered_by_someone(seen: Seen) -> Iterator[str]:
    """Every caller gets a whole answer, of either model."""
    for answer in seen.answers:
        if not (answer.whole and answer.finish == "stop" and " says alpha" in answer.text):
            yield f"expected a whole answer, got {answer}"


def _outage(switch: Switch, *, calls: int, lasts_s: float = 0.0) -> Course:
    """A crowd, then one caller until `lasts_s` have passed; then the repair, and how long it takes to be noticed."""

    def course(stage: Stage, how: Ask) -> None:
        began = time.monotonic()
        answers = stage.crowd(how, callers=CALLERS, calls=calls)
        while time.monotonic() < began + lasts_s:
            stage.ask(how)
            time.sleep(0.1)
        sent = len(stage.requests())
        stage.seen.counts[LOAD] = sent / len(answers) - 1
        switch.repair()
        repaired = time.monotonic()
        while not stage.ask(how).whole and time.monotonic() < repaired + 15:
            time.sleep(0.1)
        stage.seen.counts[BACK] = time.monotonic() - repaired

    return course


def _probe(switch: Switch) -> Course:
    """Open the breaker, repair the upstream, and let a crowd come the moment it may be tried again."""

    def course(stage: Stage, how: Ask) -> None:
        stage.crowd(how, callers=8, calls=2)
        known = len(stage.requests())
        switch.repair()
        until = time.monotonic() + QUICK.breaker_open_s + 3
        while time.monotonic() < until and len(stage.requests()) == known:
            stage.crowd(how, callers=12)
        after = stage.requests()[known:]
        first_end = min((request.ended_at or until for request in after), default=until)
        stage.seen.counts[SWITCHES] = sum(request.at < first_end for request in after)

    return course


def _for_s(seconds: float, *, most_s: float = 0.0) -> Course:
    """One caller after the other for so long; up to `most_s` while nobody has got an answer."""

    def course(stage: Stage, how: Ask) -> None:
        began, served = time.monotonic(), False
        while (passed := time.monotonic() - began) < seconds or (not served and passed < most_s):
            served |= stage.ask(how).whole
            time.sleep(0.05)

    return course


def _every_third(request: Request) -> Act:
    return ok if request.nth % 3 else says(500)


def _crowd(callers: int, *, calls: int = 1) -> Course:
    def course(stage: Stage, how: Ask) -> None:
        answers = stage.crowd(how, callers=callers, calls=calls)
        longest = sorted(answer.took_s for answer in answers)
        stage.seen.counts[ADDED] = longest[int(len(longest) * 0.95) - 1]

    return course


def _all_fail_until_repaired(seen: Seen) -> Iterator[str]:
    for answer in seen.answers[:CALLERS]:
        yield from unclean(answer, ())
    for answer in seen.answers[CALLERS:]:
        if not answer.whole:
            yield from unclean(answer, ())


def _extra_load(seen: Seen) -> Iterator[str]:
    if seen.counts.get(LOAD, 0) > 0.1:
        yield f"expected at most 10 % more requests than calls, saw {seen.counts[LOAD]:+.0%}"


def _serves_again(seen: Seen) -> Iterator[str]:
    if not seen.answers[-1].whole:
        yield f"it never served again: {seen.answers[-1]}"
    elif seen.counts[BACK] > QUICK.breaker_open_s * 2 + 1.5:
        yield f"expected service soon after the repair, took {seen.counts[BACK]:.1f} s"


def _one_probe(seen: Seen) -> Iterator[str]:
    if seen.counts[SWITCHES] != 1:
        yield f"expected one probe, saw {seen.counts[SWITCHES]:g} requests before the first answer"


def _added(seen: Seen) -> Iterator[str]:
    if seen.counts[ADDED] > QUICK.first_token_s + 1.0:
        yield f"expected failover to add at most one timeout, saw {seen.counts[ADDED]:.2f} s"


def _some_are_served(seen: Seen) -> Iterator[str]:
    """Probes do not beat in time with the primary.

    It is up for less than a pause, so that every probe meets it by chance: a share of the calls cannot be promised.
    """
    seen.counts[SERVED] = sum(answer.whole for answer in seen.answers) / len(seen.answers)
    if not seen.counts[SERVED]:
        yield f"expected that some calls are answered, saw none of {len(seen.answers)}"


def _rests(key: str) -> Check:
    def check(seen: Seen) -> Iterator[str]:
        used = [request.key for request in seen.requests]
        if used.count(key) > 1:
            yield f"expected {key} to rest after its limit, it was used {used.count(key)} times"
        if len(set(used)) < 2:
            yield f"expected both keys in use, saw {sorted(set(used))}"

    return check


def _last_is_whole(seen: Seen) -> Iterator[str]:
    if not seen.answers[-1].whole:
        yield f"expected a whole answer in the end, got {seen.answers[-1]}"
