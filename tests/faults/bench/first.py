"""Scenarios of an answer that does not begin: statuses, limits, connections that are refused, broken or silent."""

from collections.abc import Iterator

from tests.faults.bench import acts, spoken
from tests.faults.bench.acts import limited, ok, says, then
from tests.faults.bench.asks import Ask
from tests.faults.bench.checks import answered, asked, clean, either, failed, passed_on, rows, spaced, wait_told, within
from tests.faults.bench.scenario import Scenario, times
from tests.faults.bench.settings import QUICK
from tests.faults.bench.upstream import Act

WAYS = {"stream": Ask(), "whole": Ask(stream=False)}
NATIVE = {"native-stream": Ask("native"), "native-whole": Ask("native", stream=False)}
EVERY = {**WAYS, **NATIVE, "run-stream": Ask("use-case"), "run-whole": Ask("use-case", stream=False)}
TRIES = (1, QUICK.attempts)
QUOTA = spoken.error("insufficient_quota", "insufficient_quota")


def scenarios() -> Iterator[Scenario]:
    """All of them."""
    for way, how in EVERY.items():
        yield Scenario(
            f"baseline-{way}", then(ok), (answered(), asked(primary=1, secondary=0), rows("primary ok")), how
        )
    for way, how in WAYS.items():
        yield from _statuses(way, how)
        yield from _limits(way, how)
        yield from _refusals(way, how)
        yield from _connections(way, how)
        yield from _silences(way, how)


def _statuses(way: str, how: Ask) -> Iterator[Scenario]:
    yield Scenario(
        f"one-500-{way}",
        then(says(500), ok),
        (answered(), asked(primary=2, secondary=0), rows("primary error provider-unavailable", "primary ok")),
        how.single(),
    )
    for status in (500, 502, 503, 504, 529):
        rescued = (answered("secondary"), asked(primary=TRIES, secondary=1), within(2), passed_on)
        yield Scenario(f"always-{status}-chain-{way}", then(says(status)), rescued, how)
    yield Scenario(
        f"always-503-single-{way}",
        then(says(503)),
        (failed("provider-unavailable"), asked(primary=TRIES, secondary=0), within(2)),
        how.single(),
    )
    both = (failed("provider-unavailable"), asked(primary=TRIES, secondary=TRIES), within(3))
    yield Scenario(f"always-503-both-{way}", then(says(503)), both, how, secondary=then(says(503)))
    yield Scenario(f"redirect-{way}", then(says(302, headers=(("Location", "/x"),))), (answered("secondary"),), how)


def _limits(way: str, how: Ask) -> Iterator[Scenario]:
    waits = {
        "retry-after": (limited(Retry_After="1"), 1.0),
        "retry-after-date": (acts.limited_until(2), 1.0),
        "retry-after-ms": (limited(retry_after_ms="600"), 0.6),
        "reset-header": (limited(x_ratelimit_remaining_requests="0", x_ratelimit_reset_requests="700ms"), 0.7),
        "reset-tokens": (limited(x_ratelimit_remaining_tokens="0", x_ratelimit_reset_tokens="0.7s"), 0.7),
    }
    for name, (act, wait_s) in waits.items():
        must = (answered(), asked(primary=2), spaced(wait_s, most_s=wait_s + 1.0))
        yield Scenario(f"429-{name}-{way}", then(act, ok), must, how.single())
    yield Scenario(f"429-bare-{way}", then(limited(), ok), (answered(), asked(primary=2), within(2)), how.single())
    odd = (answered(), asked(primary=2), within(2))
    yield Scenario(f"429-odd-retry-after-{way}", then(limited(Retry_After="soon"), ok), odd, how.single())
    single = (failed("provider-rate-limited"), asked(primary=TRIES), within(QUICK.run_s), wait_told())
    yield Scenario(f"429-always-single-{way}", then(limited(Retry_After="1")), single, how.single())
    far = (failed("provider-rate-limited"), asked(primary=1), within(0.5), wait_told(30))
    yield Scenario(f"429-far-single-{way}", then(limited(Retry_After="60")), far, how.single())
    chain = (answered("secondary"), asked(primary=TRIES, secondary=1), within(QUICK.run_s), spaced(1.0))
    yield Scenario(f"429-always-chain-{way}", then(limited(Retry_After="1")), chain, how)
    moved = (answered("secondary"), asked(primary=1, secondary=1), within(0.5))
    yield Scenario(f"429-far-chain-{way}", then(limited(Retry_After="60")), moved, how)
    yield Scenario(f"out-of-credit-{way}", then(says(429, QUOTA)), (answered("secondary"), asked(primary=1)), how)


def _refusals(way: str, how: Ask) -> Iterator[Scenario]:
    refusals: dict[str, tuple[Act, str]] = {
        "bad-key": (says(401, spoken.error("invalid_api_key")), "provider-refused"),
        "forbidden": (says(403, spoken.error("unsupported_country")), "provider-refused"),
        "bad-parameter": (says(400, spoken.error("invalid_value")), "provider-refused"),
        "no-such-model": (says(404, spoken.error("model_not_found")), "provider-refused"),
        "content-policy": (says(400, spoken.error("content_policy_violation")), "content-refused"),
        "context-length": (says(400, spoken.error("context_length_exceeded")), "context-too-long"),
    }
    for name, (act, code) in refusals.items():
        single = (failed(code), asked(primary=1), within(0.5), rows(f"primary error {code}"))
        yield Scenario(f"{name}-single-{way}", then(act), single, how.single())
    for name in ("bad-key", "forbidden", "no-such-model"):
        rescued = (answered("secondary"), asked(primary=1, secondary=1), within(0.5))
        yield Scenario(f"{name}-chain-{way}", then(refusals[name][0]), rescued, how)
    for name in ("bad-parameter", "content-policy"):
        onwards = either(answered("secondary"), failed(refusals[name][1]))
        must = (onwards, asked(primary=1, secondary=(0, 1)), within(0.5))
        yield Scenario(f"{name}-chain-{way}", then(refusals[name][0]), must, how)
    too_long = refusals["context-length"][0]
    larger = (answered("secondary"), asked(primary=1, secondary=1), within(0.5))
    yield Scenario(f"context-length-larger-{way}", then(too_long), larger, how, wide=True)
    same = (failed("context-too-long"), asked(primary=1, secondary=0), within(0.5))
    yield Scenario(f"context-length-same-{way}", then(too_long), same, how)


def _connections(way: str, how: Ask) -> Iterator[Scenario]:
    rescued = (answered("secondary"), asked(secondary=1), within(2), passed_on)
    failing = (failed("provider-unavailable"), within(2))
    yield Scenario(f"refused-chain-{way}", then(ok), rescued, how, apart=True, deaf=True)
    yield Scenario(f"refused-single-{way}", then(ok), failing, how.single(), deaf=True)
    for name, act in {"reset": acts.reset, "gone": acts.gone}.items():
        yield Scenario(f"{name}-once-{way}", then(act, ok), (answered(), asked(primary=2)), how.single())
        yield Scenario(f"{name}-always-chain-{way}", then(act), (*rescued, asked(primary=TRIES)), how)
        yield Scenario(f"{name}-always-single-{way}", then(act), (*failing, asked(primary=TRIES)), how.single())
    yield Scenario(f"stale-connection-{way}", then(acts.ok_then_gone), (answered(),), how.single(), course=times(3))


def _silences(way: str, how: Ask) -> Iterator[Scenario]:
    limit_s = QUICK.first_token_s if how.stream else QUICK.call_s
    for name, act in {"silence": acts.silence, "slow-headers": acts.dripped}.items():
        chain = (answered("secondary"), asked(primary=(1, 2), secondary=1), within(2 * limit_s), passed_on)
        yield Scenario(f"{name}-chain-{way}", then(act), chain, how)
        single = (failed("provider-timeout"), asked(primary=TRIES), within(QUICK.run_s))
        yield Scenario(f"{name}-single-{way}", then(act), single, how.single())
    both = (failed("provider-timeout"), asked(primary=TRIES, secondary=(0, 3)), within(QUICK.run_s))
    yield Scenario(f"silence-both-{way}", then(acts.silence), both, how, secondary=then(acts.silence))
    once_silent = (either(answered(), failed("provider-timeout")), clean, within(QUICK.run_s))
    yield Scenario(f"silence-once-{way}", then(acts.silence, ok), once_silent, how.single())
    yield Scenario(f"slow-first-ok-{way}", then(acts.ok_slowly(0.5)), (answered(), asked(primary=1)), how.single())
