"""Whoever runs a comparison keeps telling so, and learns within a second that it was cancelled or taken over."""

import threading
import time
from types import TracebackType
from typing import Final, Self

from app.db import comparison_claims as claims
from app.domain.errors import ModelMatchError
from app.services.departure import Departure
from app.services.world import World

TERM_S: Final = 30.0
RENEWED_S: Final = 10.0
LOOK_S: Final = 0.5
MARGIN_S: Final = 5.0  # whoever could not renew stops so long before somebody else may begin


class Lease:
    """Inside the block a daemon thread renews the lease, and leaves by `departure` once it is not the holder's."""

    def __init__(self, world: World, comparison_id: str, *, holder: str, departure: Departure) -> None:
        self._world = world
        self._id = comparison_id
        self._holder = holder
        self._departure = departure
        self._over = threading.Event()
        self._renewed_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="comparison-lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(LOOK_S):
            if not self._look():
                self._departure.leave()
                return

    def _look(self) -> bool:
        """Whether it is still the holder's; for as long as the lease lasts also when the store does not say."""
        age = time.monotonic() - self._renewed_at
        try:
            if age < RENEWED_S:
                with self._world.store.read() as tx:
                    return claims.holds(tx, self._id, self._holder)
            began = time.monotonic()
            with self._world.store.write() as tx:
                held = claims.renew(tx, self._id, self._holder, self._world.now(), TERM_S)
            self._renewed_at = began
            return held
        except ModelMatchError:
            return age < TERM_S - MARGIN_S
