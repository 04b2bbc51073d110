"""A new unit is given to a flow by weighted rendezvous hashing: proportional, repeatable, least movement."""

import math
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from app.domain.errors import NoFlowAvailable

_SCALE: Final = 2.0**-64


def pick(salt: str, unit: str, weights: Mapping[str, int]) -> str:
    """The flow that serves `unit`: the largest −w/ln u, u = SHA-256(salt, flow, unit) in 64 bits; ties to the lesser.

    A flow is picked with probability proportional to its weight, one with weight 0 never. When a weight grows, units
    only move to that flow. Raises NoFlowAvailable when no flow has weight.
    Source: Mosharaf, Schindelhauer 2005, weighted distributed hash tables, logarithmic method.
    """
    best: tuple[float, str] | None = None
    for flow, weight in weights.items():
        if weight <= 0:
            continue
        text = f"{salt}\x1f{flow}\x1f{unit}".encode(errors="surrogatepass")
        bits = int.from_bytes(sha256(text).digest()[:8], "big")
        # The least −ln(u)/w is the largest −w/ln(u), and stays finite when u rounds to 1.
        rank = (-math.log((bits + 0.5) * _SCALE) / weight, flow)
        if best is None or rank < best:
            best = rank
    if best is None:
        raise NoFlowAvailable("no flow of the use case has weight")
    return best[1]
