"""Retries are paid from a budget per provider, so that an outage is not answered with more load."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

SHARE: Final = 0.1  # of first attempts may be retries in the long run
RESERVE: Final = 20.0  # retries that a quiet service may make at once
TRICKLE_PER_S: Final = 1.0  # under an outage the breakers end the retries


@dataclass(slots=True)
class _Purse:
    balance: float
    seen_s: float


class RetryBudgets:
    """A balance per provider: each first attempt adds `SHARE`, time adds a trickle, each retry takes one.

    Source: the retry budget of Twitter's Finagle (a ratio over requests with a minimum per second).
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._purses: dict[str, _Purse] = {}  # one per provider of the catalogue

    def attempted(self, provider: str) -> None:
        """A first attempt was made."""
        with self._lock:
            self._add(provider, SHARE)

    def take(self, provider: str) -> bool:
        """Whether one retry may be made; it is paid with the answer."""
        with self._lock:
            purse = self._add(provider, 0.0)
            if purse.balance < 1:
                return False
            purse.balance -= 1
            return True

    def balance(self, provider: str) -> float:
        """Retries that may be made now."""
        with self._lock:
            return self._add(provider, 0.0).balance

    def _add(self, provider: str, amount: float) -> _Purse:
        moment = self._clock()
        purse = self._purses.setdefault(provider, _Purse(RESERVE, moment))
        purse.balance = min(purse.balance + amount + (moment - purse.seen_s) * TRICKLE_PER_S, RESERVE)
        purse.seen_s = moment
        return purse
