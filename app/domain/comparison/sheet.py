"""A sheet holds the answers of a comparison as columns, so that a hundred thousand are reckoned with at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.domain.comparison.comparison import Answer
from app.domain.fixed_effects import Array

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Columns of equal length, one row for each answer that is done; what is unknown is NaN.

    `inputs` are the numbers of the inputs that stand in it, rising, and `row_input` is each row's place among them.
    `cost` in nano-dollars (whole numbers, exact below 2⁵³), `latency` and `ttft` in ms.
    """

    candidates: int
    inputs: Ints
    candidate: Ints
    row_input: Ints
    repeat: Ints
    failed: Bools
    score: Array
    cost: Array
    latency: Array
    ttft: Array
    input_tokens: Ints
    output_tokens: Ints

    def silent(self) -> tuple[int, ...]:
        """Candidates that were asked and failed every time: nothing is known of how well they answer."""
        asked = np.bincount(self.candidate, minlength=self.candidates)
        failed = np.bincount(self.candidate[self.failed], minlength=self.candidates)
        return tuple(np.flatnonzero((asked > 0) & (asked == failed)).tolist())

    def by_input(self, values: Array) -> Array:
        """Means over repeats, a line for each candidate and a column for each input; NaN where nothing is known."""
        known = np.isfinite(values)
        cell = (self.candidate * len(self.inputs) + self.row_input)[known]
        size = self.candidates * len(self.inputs)
        counts = np.bincount(cell, minlength=size).astype(np.float64)
        sums = np.bincount(cell, weights=values[known], minlength=size)
        means: Array = np.divide(sums, counts, out=np.full(size, np.nan), where=counts > 0)
        return means.reshape(self.candidates, len(self.inputs))


def sheet_of(answers: Sequence[Answer], *, candidates: int) -> Sheet:
    """The answers that are done. `candidates`: how many the comparison has."""
    done = [answer for answer in answers if answer.done]
    inputs, row_input = np.unique(_ints(answer.input for answer in done), return_inverse=True)
    return Sheet(
        candidates=candidates,
        inputs=inputs,
        candidate=_ints(answer.candidate for answer in done),
        row_input=row_input,
        repeat=_ints(answer.repeat for answer in done),
        failed=np.fromiter((answer.error is not None for answer in done), dtype=np.bool_),
        score=_floats(answer.score for answer in done),
        cost=_floats(answer.cost for answer in done),
        latency=_floats(answer.latency_ms for answer in done),
        ttft=_floats(answer.ttft_ms for answer in done),
        input_tokens=_ints(answer.input_tokens for answer in done),
        output_tokens=_ints(answer.output_tokens for answer in done),
    )


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _floats(values: Iterable[float | None]) -> Array:
    return np.fromiter((np.nan if value is None else value for value in values), dtype=np.float64)
