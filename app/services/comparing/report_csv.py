"""A report as CSV: a row for each candidate, or for each answer; no cell is a formula to a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Final

from app.domain.comparison.comparison import Answer, Comparison, Input
from app.domain.comparison.estimate import Estimate
from app.domain.comparison.figures import Figures, Spread
from app.domain.money import to_usd
from app.services.comparing import comparisons
from app.services.comparing.comparisons import AnswerFilter
from app.services.comparing.readout import Readout
from app.services.world import World

Cell = str | int | float | None

FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
AT_ONCE: Final = 500
CANDIDATES: Final = (
    *("candidate", "model", "flow", "flow_version", "winner", "leads", "undominated", "answers", "failures"),
    *(f"{name}{end}" for name in ("error_rate", "utility", "quality", "win_rate") for end in ("", "_low", "_high")),
    *("wins", "losses", "ties"),
    *("latency_ms", "latency_ms_low", "latency_ms_high", "latency_p50_ms", "latency_p95_ms"),
    *("ttft_ms", "ttft_ms_low", "ttft_ms_high", "ttft_p50_ms", "ttft_p95_ms"),
    *("input_tokens", "output_tokens", "cost_usd", "cost_each_usd"),
)
ANSWERS: Final = (
    *("input", "repeat", "candidate", "label", "values", "reference", "answer", "score", "error"),
    *("cost_usd", "latency_ms", "ttft_ms", "input_tokens", "output_tokens", "call_id"),
)


def candidates(known: Readout) -> str:
    """A row for each candidate, in order; cells of what is not known are empty."""
    return _text([CANDIDATES, *(_candidate(known, own) for own in known.figures)])


def answers(world: World, comparison: Comparison) -> Iterator[str]:
    """A row for each answer that is there, by input, in pieces of the file. Raises NotFound."""
    yield _text([ANSWERS])
    cursor: str | None = None
    while True:
        found, cursor = comparisons.answers(world, comparison.id, AnswerFilter(done=True), cursor=cursor, limit=AT_ONCE)
        given = {each.number: each for each in comparisons.inputs(world, comparison.id, {one.input for one in found})}
        if found:
            yield _text(_answer(comparison, given[one.input], one) for one in found)
        if cursor is None:
            return


def safe(text: str) -> str:
    """The text with a quote before it where a spreadsheet would reckon with it.

    Source: OWASP, "CSV Injection".
    """
    return f"'{text}" if text.startswith(FORMULAS) else text


def _candidate(known: Readout, own: Figures) -> list[Cell]:
    it, winner = known.comparison.candidates[own.candidate], known.winner
    return [
        *(it.name, it.model, it.flow, it.flow_version),
        *(_yes(at == own.candidate) for at in (winner.winner, winner.leader)),
        *(_yes(own.candidate in known.pareto), own.n, own.failures),
        *_estimate(own.error_rate),
        *_estimate(winner.utilities[own.candidate]),
        *_estimate(own.quality),
        *_estimate(own.win_rate),
        *(own.wins, own.losses, own.ties),
        *_spread(own.latency),
        *_spread(own.ttft),
        *(own.input_tokens, own.output_tokens, _usd(own.cost), _usd(own.cost_each)),
    ]


def _answer(comparison: Comparison, given: Input, one: Answer) -> list[Cell]:
    values = json.dumps(given.values, ensure_ascii=False)
    return [
        *(one.input, one.repeat, comparison.candidates[one.candidate].name, given.label, values, given.reference),
        *(one.text, one.score, one.error, _usd(one.cost), one.latency_ms, one.ttft_ms),
        *(one.input_tokens, one.output_tokens, one.call_id),
    ]


def _estimate(found: Estimate | None) -> tuple[Cell, Cell, Cell]:
    return (None, None, None) if found is None else (found.value, found.low, found.high)


def _spread(found: Spread | None) -> tuple[Cell, ...]:
    return (None,) * 5 if found is None else (*_estimate(found.mean), found.p50, found.p95)


def _usd(nanos: float | None) -> str | None:
    return None if nanos is None else to_usd(round(nanos))


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _text(rows: Iterable[Iterable[Cell]]) -> str:
    """Rows as RFC 4180 has them."""
    out = io.StringIO(newline="")
    write = csv.writer(out, lineterminator="\r\n")
    for row in rows:
        write.writerow([safe(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()
