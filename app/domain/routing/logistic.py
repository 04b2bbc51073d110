"""The logistic function, its inverse, and the loss of a forecast."""

import math
from typing import Final

SUREST: Final = 0.01


def logistic(logit: float) -> float:
    """1/(1 + e^−x), without overflow."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    grown = math.exp(logit)
    return grown / (1.0 + grown)


def logit(share: float) -> float:
    """ln(p/(1 − p)) with p kept within SUREST…1 − SUREST."""
    kept = bounded(share)
    return math.log(kept / (1.0 - kept))


def bounded(share: float) -> float:
    """The share, never surer than SUREST of either end, so that one surprise costs a forecast 4.6 nats at most."""
    return min(1.0 - SUREST, max(SUREST, share))


def log_loss(share: float, quality: float) -> float:
    """Nats by which the forecast missed a quality 0…1: −y ln p − (1 − y) ln(1 − p)."""
    kept = bounded(share)
    return -quality * math.log(kept) - (1.0 - quality) * math.log(1.0 - kept)
