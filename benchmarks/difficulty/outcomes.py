"""A file of prompts that a weak and a strong model have both answered."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from app.domain.routing.encoding import Encoding, encode

# Their figures come from how the models were asked: a learner that sees them learns the subject, not the difficulty.
ARTEFACTS: Final = ("high_school_mathematics", "moral_scenarios")
NEEDED: Final = (
    "needs --data PATH: a .jsonl.gz of outcomes with benchmark, subject, prompt, weak_quality, strong_quality"
)

Numbers = NDArray[np.float64]
Chosen = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Row by row: the prompt, as experts see it, its benchmark and subject, and the quality 0…1 of both models."""

    prompts: tuple[str, ...]
    seen: tuple[Encoding, ...]
    benchmark: NDArray[np.str_]
    subject: NDArray[np.str_]
    weak: Numbers
    strong: Numbers

    @classmethod
    def read(cls, path: Path) -> Self:
        """All rows of the file, in its order."""
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        prompts = tuple(row["prompt"] for row in rows)
        return cls(
            prompts,
            tuple(encode(prompt) for prompt in prompts),
            np.array([row["benchmark"] for row in rows]),
            np.array([row["subject"] for row in rows]),
            np.array([row["weak_quality"] for row in rows], dtype=float),
            np.array([row["strong_quality"] for row in rows], dtype=float),
        )

    @property
    def artefact(self) -> NDArray[np.bool_]:
        """Rows of subjects that no prior learns from."""
        return np.isin(self.subject, ARTEFACTS)

    def groups(self) -> dict[str, Chosen]:
        """The rows that each line of the report looks at."""
        mmlu = self.benchmark == "mmlu"
        return {
            "MMLU": np.flatnonzero(mmlu),
            "MMLU, clean": np.flatnonzero(mmlu & ~self.artefact),
            "GSM8K": np.flatnonzero(self.benchmark == "gsm8k"),
            "pooled": np.arange(len(self.prompts)),
        }

    def parts(self, number: int, seed: int) -> list[Chosen]:
        """All rows dealt out by chance into so many parts."""
        order = np.random.default_rng(seed).permutation(len(self.prompts))
        return [np.sort(order[start::number]) for start in range(number)]
