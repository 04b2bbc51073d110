"""Scenarios of an answer that has begun and is wrong: cut, malformed, mislabelled, too long, too slow or unended."""

from collections.abc import Iterator
from typing import Final

from tests.faults.bench import acts, spoken, stream_acts
from tests.faults.bench.acts import ok, says, then
from tests.faults.bench.asks import Ask
from tests.faults.bench.checks import (
    answered,
    asked,
    clean,
    either,
    failed,
    kept_awake,
    never_cut,
    passed_on,
    rows,
    small,
    spent,
    within,
)
from tests.faults.bench.first import TRIES, WAYS
from tests.faults.bench.scenario import Scenario
from tests.faults.bench.settings import PATIENT, QUICK
from tests.faults.bench.stream_acts import after, error_event, reset_after, stall_after
from tests.faults.bench.upstream import Act

STREAM: Final = Ask()
SHARES: Final = (0.001, 0.02, 0.08, 0.15, 0.25, 0.37, 0.5, 0.63, 0.75, 0.85, 0.93, 0.97, 0.99, 0.999)
PRIMARY, SECONDARY = spoken.text("primary"), spoken.text("secondary")
OVERLOADED = error_event("overloaded_error", "server_error")


def scenarios() -> Iterator[Scenario]:
    """All of them."""
    for way, how in WAYS.items():
        yield from _wrong_from_the_start(way, how)
        yield from _cuts(way, how)
        yield from _too_much(way, how)
    yield from _before_the_first_token()
    yield from _after_the_first_token()
    yield from _good_streams()


def _wrong_from_the_start(way: str, how: Ask) -> Iterator[Scenario]:
    wrong: dict[str, Act] = {
        "error-in-200": says(200, spoken.error("server_error", "server_error")),
        "html-in-200": stream_acts.html,
        "empty-200": says(200, b" "),
        "no-choices": stream_acts.empty_choices,
        "not-gzip": stream_acts.not_gzip,
        "bad-framing": stream_acts.bad_framing,
    }
    if not how.stream:
        wrong |= {"length-too-long": acts.length_lies(50), "length-too-short": acts.length_lies(-50)}
        wrong |= {"half-json": says(200, spoken.whole("primary")[:120]), "json-list": says(200, b"[1, 2]")}
    for name, act in wrong.items():
        rescued = (answered("secondary"), asked(primary=TRIES, secondary=1), within(2), passed_on)
        yield Scenario(f"{name}-chain-{way}", then(act), rescued, how)
        yield Scenario(f"{name}-single-{way}", then(act), (failed(), asked(primary=TRIES), within(2)), how.single())
    onwards = either(answered("secondary"), failed("content-refused"), answered(text="", finish="content_filter"))
    yield Scenario(f"withheld-{way}", then(stream_acts.withheld), (onwards, asked(primary=1)), how)


def _cuts(way: str, how: Ask) -> Iterator[Scenario]:
    for number, share in enumerate(SHARES, 1):
        must = (never_cut(PRIMARY, SECONDARY), within(2))
        yield Scenario(f"cut-{number}-chain-{way}", then(acts.cut_at(share)), must, how)
        if how.stream:
            act = acts.cut_at(share, chunked=False)
            yield Scenario(f"cut-{number}-unframed-{way}", then(act), must, how)
    if not how.stream:
        rescued = (answered("secondary"), asked(primary=TRIES, secondary=1), within(2), passed_on)
        yield Scenario("cut-half-rescued-whole", then(acts.cut_at(0.5)), rescued, how)
        yield Scenario("cut-once-whole", then(acts.cut_at(0.5), ok), (answered(), asked(primary=2)), how.single())


def _too_much(way: str, how: Ask) -> Iterator[Scenario]:
    either_way = either(answered("secondary"), failed())
    slow_s = QUICK.call_s * 2
    drip = (either_way, within(slow_s))
    yield Scenario(f"dripped-body-chain-{way}", then(acts.dripped_body), drip, how)
    single = (failed("provider-timeout"), within(QUICK.run_s))
    yield Scenario(f"dripped-body-single-{way}", then(acts.dripped_body), single, how.single())
    big = (either_way, within(QUICK.run_s), small(250))
    yield Scenario(f"huge-token-chain-{way}", then(stream_acts.huge(64)), big, how, alone=True)
    yield Scenario(
        f"huge-token-single-{way}",
        then(stream_acts.huge(64)),
        (failed(), within(8), small(250)),
        how.single(),
        alone=True,
    )
    if how.stream:
        for name, gap_s in {"endless": 0.005, "endless-flood": 0.0002}.items():
            must = (failed(), within(slow_s), rows("primary error"))
            yield Scenario(f"{name}-{way}", then(stream_acts.endless(gap_s)), must, how, alone=True)


def _before_the_first_token() -> Iterator[Scenario]:
    limit_s = 2 * QUICK.first_token_s
    faults: dict[str, Act] = {
        "cut": after(0, closing=False),
        "reset": reset_after(0),
        "broken-json": after(0, stream_acts.broken_json()),
        "half-event": after(0, b'data: {"choices": [{"ind', closing=False),
        "error-event": after(0, OVERLOADED),
        "ended": after(0),
        "only-done": after(0, spoken.DONE),
        "slow-first-token": stream_acts.slowly(0.01, first_s=10),
        "comments-only": stall_after(0, comment=stream_acts.COMMENT),
        "empty-deltas-only": stall_after(0, comment=stream_acts.ROLE),
        "headers-only": stall_after(0),
    }
    for name, act in faults.items():
        rescued = (answered("secondary"), asked(primary=TRIES, secondary=1), within(limit_s), passed_on)
        yield Scenario(f"first-{name}-chain", then(act), rescued, STREAM)
        yield Scenario(f"first-{name}-native", then(act), rescued, Ask("native"))
        yield Scenario(f"first-{name}-single", then(act), (failed(), within(QUICK.run_s)), STREAM.single())
    for name in ("cut", "broken-json", "error-event"):
        must = (answered(), asked(primary=2), rows("primary error", "primary ok"))
        yield Scenario(f"first-{name}-once", then(faults[name], ok), must, STREAM.single())


def _after_the_first_token() -> Iterator[Scenario]:
    faults: dict[str, Act] = {
        "cut": after(3, closing=False),
        "reset": reset_after(3),
        "half-event": after(3, b'data: {"choices": [{"index": 0, "delta": {"cont', closing=False),
        "half-event-ended": after(3, b'data: {"choices": [{"index": 0, "delta": {"cont'),
        "broken-json": after(3, stream_acts.broken_json()),
        "error-event": after(3, OVERLOADED),
        "unfinished": stream_acts.unended(finish=False),
        "done-without-finish": after(8, spoken.DONE),
        "stall": stall_after(3),
        "stall-comments": stall_after(3, comment=stream_acts.COMMENT),
        "stall-empty-deltas": stall_after(3, comment=stream_acts.ROLE),
    }
    for name, act in faults.items():
        must = (failed(), asked(primary=1, secondary=0), within(QUICK.idle_s), rows("primary error"), spent)
        yield Scenario(f"later-{name}", then(act), must, STREAM)
        yield Scenario(f"later-{name}-native", then(act), must, Ask("native"))


def _good_streams() -> Iterator[Scenario]:
    once = (answered(), asked(primary=1, secondary=0))
    yield Scenario("no-done-with-finish", then(stream_acts.unended(finish=True)), once, STREAM)
    yield Scenario("closed-after-all", then(stream_acts.closed_after_all), once, STREAM)
    yield Scenario("slow-but-steady", then(stream_acts.slowly(0.12)), once, STREAM)
    for door in ("openai", "native", "use-case"):
        for when, act in (("first", stream_acts.slowly(0.01, first_s=1.8)), ("later", stream_acts.pause_after(3, 1.8))):
            yield Scenario(f"heartbeat-{when}-{door}", then(act), (*once, kept_awake), Ask(door), setting=PATIENT)
    long = "".join(stream_acts.numbered(1_500))
    must = (answered(text=long), asked(primary=1), clean)
    slow_reader = Ask(chain=False, sip_s=0.02)
    yield Scenario("slow-reader", then(stream_acts.long_answer(1_500)), must, slow_reader, setting=PATIENT, alone=True)
