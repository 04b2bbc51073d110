"""The tally counts what ended, calls by provider and model, and events of experiments; cheap enough, and bounded."""

from bisect import bisect_left
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from app.domain.call import Call, Outcome
from app.domain.money import NANOS_PER_USD
from app.services.figures import BUCKETS_S, Family, Reading

MOST: Final = 500  # pairs of provider and model; reports of callers may name any
OTHER: Final = ("other", "other")
TOKENS: Final = ("input", "cache_read", "cache_write", "output", "reasoning")


@dataclass(slots=True)
class _Line:
    """One provider and model. Tokens in the order of TOKENS, `cost` in nano-dollars, `buckets` of seconds."""

    outcomes: dict[Outcome, int] = field(default_factory=dict)
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_S) + 1))
    milliseconds: int = 0
    retries: int = 0
    unpriced: int = 0
    cost: int = 0
    tokens: list[int] = field(default_factory=lambda: [0] * len(TOKENS))


class Tally:
    """Safe to share between threads. Beyond `most` pairs of provider and model, new ones count as `other`."""

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._lock = Lock()
        self._lines: dict[tuple[str, str], _Line] = {}
        self._events: dict[str, int] = {}

    def ended(self, call: Call) -> None:
        """Count a call that has ended. Cached ones took no provider's time and are not in the seconds."""
        usage = call.usage
        with self._lock:
            line = self._line(call.provider, call.model)
            line.outcomes[call.outcome] = line.outcomes.get(call.outcome, 0) + 1
            if call.outcome == "cached":
                return
            line.buckets[bisect_left(BUCKETS_S, call.latency_ms / 1000)] += 1
            line.milliseconds += call.latency_ms
            if call.attempt > 1:
                line.retries += 1
            if call.cost is None:
                line.unpriced += 1
            else:
                line.cost += call.cost
            tokens = line.tokens
            tokens[0] += usage.input_tokens
            tokens[1] += usage.cache_read_tokens
            tokens[2] += usage.cache_write_tokens
            tokens[3] += usage.output_tokens
            tokens[4] += usage.reasoning_tokens

    def happened(self, kind: str) -> None:
        """Count an event of an experiment."""
        with self._lock:
            self._events[kind] = self._events.get(kind, 0) + 1

    def families(self) -> list[Family]:
        """All that was counted."""
        with self._lock:
            known = [(pair, _copy(line)) for pair, line in self._lines.items()]
            events = tuple(Reading((kind,), (float(count),)) for kind, count in self._events.items())
        pair = ("provider", "model")
        outcomes = tuple(
            Reading((*names, outcome), (float(count),))
            for names, line in known
            for outcome, count in line.outcomes.items()
        )
        seconds = tuple(Reading(names, (*line.buckets, line.milliseconds / 1000)) for names, line in known)
        cost = tuple(Reading(names, (line.cost / NANOS_PER_USD,)) for names, line in known)
        unpriced = tuple(Reading(names, (float(line.unpriced),)) for names, line in known if line.unpriced)
        return [
            Family("model_match_calls", "Calls that ended", "counter", (*pair, "outcome"), outcomes),
            Family("model_match_call_seconds", "How long calls took", "histogram", pair, seconds),
            Family("model_match_cost_usd", "What calls with a known price cost", "counter", pair, cost),
            Family("model_match_unpriced_calls", "Calls whose price is unknown", "counter", pair, unpriced),
            Family("model_match_retries", "Calls after the first attempt", "counter", ("provider",), _retries(known)),
            Family("model_match_tokens", "Tokens of calls", "counter", ("provider", "kind"), _tokens(known)),
            Family("model_match_experiment_events", "Events of experiments", "counter", ("kind",), events),
        ]

    def _line(self, provider: str, model: str) -> _Line:
        line = self._lines.get((provider, model))
        if line is None:
            pair = (provider, model) if len(self._lines) < self._most else OTHER
            line = self._lines.setdefault(pair, _Line())
        return line


def _copy(line: _Line) -> _Line:
    return _Line(
        dict(line.outcomes),
        list(line.buckets),
        line.milliseconds,
        line.retries,
        line.unpriced,
        line.cost,
        list(line.tokens),
    )


def _retries(known: list[tuple[tuple[str, str], _Line]]) -> tuple[Reading, ...]:
    sums: dict[str, int] = {}
    for (provider, _), line in known:
        sums[provider] = sums.get(provider, 0) + line.retries
    return tuple(Reading((provider,), (float(count),)) for provider, count in sums.items())


def _tokens(known: list[tuple[tuple[str, str], _Line]]) -> tuple[Reading, ...]:
    sums: dict[tuple[str, str], int] = {}
    for (provider, _), line in known:
        for kind, count in zip(TOKENS, line.tokens, strict=True):
            sums[provider, kind] = sums.get((provider, kind), 0) + count
    return tuple(Reading(labels, (float(count),)) for labels, count in sums.items())
