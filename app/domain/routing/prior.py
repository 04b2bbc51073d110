"""What is known of a weak and a strong model before the first outcome, from trees, words and length."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import Invalid
from app.domain.routing.encoding import Encoding
from app.domain.routing.features import NAMES
from app.domain.routing.hashing import SIZE
from app.domain.routing.logistic import logistic, logit
from app.domain.routing.packing import pack, unpack
from app.domain.routing.trees import Trees


@dataclass(frozen=True, slots=True)
class PriorHead:
    """How likely one model answers rightly. `words` are int8 in units of `unit`; `length` has slope and intercept for
    prompts without options, and for those with."""

    trees: Trees
    words: NDArray[np.int8]
    unit: float
    intercept: float
    length: tuple[tuple[float, float], tuple[float, float]]

    def forecast(self, seen: Encoding) -> float:
        """The mean of three forecasts, 0…1: of the trees, of the words, of the length."""
        return sum(self.parts(seen).values()) / 3

    def parts(self, seen: Encoding) -> dict[str, float]:
        """What trees, words and length forecast each."""
        each = self.unit / float(np.sqrt(max(1, len(seen.places))))
        summed = int(self.words[seen.places].sum(dtype=np.int64))
        slope, intercept = self.length[seen.has_options]
        return {
            "trees": logistic(self.trees.logit(seen.figures)),
            "words": logistic(summed * each + self.intercept),
            "length": logistic(slope * float(seen.length[0]) + intercept),
        }


@dataclass(frozen=True, slots=True)
class Prior:
    """The heads of a weak and of a strong model."""

    weak: PriorHead
    strong: PriorHead

    def forecast(self, seen: Encoding, position: float) -> float:
        """The quality of a model that stands at `position` between the cheapest (0) and the dearest (1).

        Between the two their logits are mixed.
        """
        weak, strong = self.weak.forecast(seen), self.strong.forecast(seen)
        return logistic((1.0 - position) * logit(weak) + position * logit(strong))

    def need(self, seen: Encoding) -> float:
        """How much likelier the strong model is right than the weak one, −1…1."""
        return self.strong.forecast(seen) - self.weak.forecast(seen)


def packed(head: PriorHead) -> bytes:
    """The head as bytes, the same for the same head."""
    facts = {
        "names": list(NAMES),
        "base": head.trees.base,
        "trees": head.trees.trees,
        "unit": head.unit,
        "intercept": head.intercept,
        "length": head.length,
    }
    return zlib.compress(pack(facts, {"words": head.words}), 9)


def unpacked(state: bytes) -> PriorHead:
    """The head that `packed` wrote; raises Invalid when the bytes are of other figures or of another table."""
    try:
        facts, arrays = unpack(zlib.decompress(state))
    except zlib.error as error:
        raise Invalid("These bytes are no prior.", field="prior") from error
    if facts.get("names") != list(NAMES) or arrays["words"].shape != (SIZE,):
        raise Invalid("The prior was learned from other figures; train it again.", field="prior")
    return _head(facts, arrays)


def _head(facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> PriorHead:
    opened, options = ((float(slope), float(intercept)) for slope, intercept in facts["length"])
    return PriorHead(
        trees=Trees.of(float(facts["base"]), facts["trees"]),
        words=arrays["words"],
        unit=float(facts["unit"]),
        intercept=float(facts["intercept"]),
        length=(opened, options),
    )
