"""Whoever holds jobs keeps telling so, for all of them at once, and learns within a second which it has lost."""

import threading
import time
from typing import Final

from app.db import job_claims as claims
from app.domain.errors import ModelMatchError
from app.services.jobs.held import Held
from app.services.world import World

TERM_S: Final = 30.0
RENEWED_S: Final = 10.0
LOOK_S: Final = 0.5
MARGIN_S: Final = 5.0  # whoever could not renew stops so long before somebody else may begin


class Leases:
    """What one worker holds. `start` it after any fork; `close` it once nothing is held."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._held: dict[claims.Claim, Held] = {}
        self._renewed: dict[claims.Claim, float] = {}  # when the claim was renewed last, by the monotonic clock
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="job-leases", daemon=True)

    def start(self) -> None:
        """Begin to renew."""
        self._thread.start()

    def close(self) -> None:
        """Renew no more."""
        self._over.set()
        self._thread.join()

    def keep(self, held: Held, *, since: float) -> None:
        """From now on it is renewed; `since`: the monotonic time before which it was claimed."""
        with self._lock:
            self._held[held.claim] = held
            self._renewed[held.claim] = since

    def drop(self, held: Held) -> None:
        """It is renewed no more."""
        with self._lock:
            self._held.pop(held.claim, None)
            self._renewed.pop(held.claim, None)

    def all(self) -> list[Held]:
        """What is held now."""
        with self._lock:
            return list(self._held.values())

    def _run(self) -> None:
        while not self._over.wait(LOOK_S):
            with self._lock:
                kept = dict(self._renewed)
            if kept:
                self._look(kept)

    def _look(self, kept: dict[claims.Claim, float]) -> None:
        """All of them once: those that are due are renewed, and whoever has lost one is told to leave."""
        began = time.monotonic()
        due = [claim for claim, since in kept.items() if began - since >= RENEWED_S]
        try:
            if due:
                with self._world.store.write() as tx:
                    holding = claims.renew(tx, due, self._world.now(), TERM_S)
                self._note(holding, began)
            with self._world.store.read() as tx:
                holding = claims.held(tx, list(kept))
            lost = [claim for claim in kept if claim not in holding]
        except ModelMatchError:  # for as long as a lease lasts it is held, also when the store does not say so
            lost = [claim for claim, since in kept.items() if time.monotonic() - since >= TERM_S - MARGIN_S]
        for claim in lost:
            self._tell(claim)

    def _note(self, renewed: set[claims.Claim], moment: float) -> None:
        with self._lock:
            for claim in renewed & self._renewed.keys():
                self._renewed[claim] = moment

    def _tell(self, claim: claims.Claim) -> None:
        with self._lock:
            held = self._held.get(claim)
        if held is not None:
            held.departure.leave()
