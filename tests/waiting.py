"""Tests wait for what happens in other threads as long as it may take, and fail only when it never does."""

import time
from collections.abc import Callable

LONGEST_S = 60.0


def until(holds: Callable[[], bool]) -> None:
    """Return as soon as it holds; fails when it never does."""
    give_up = time.monotonic() + LONGEST_S
    while not holds():
        assert time.monotonic() < give_up, "what was waited for never happened"
        time.sleep(0.005)
