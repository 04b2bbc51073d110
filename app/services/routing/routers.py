"""What routers have learned, in the memory of one process: read without waiting, brought up to date behind it."""

import logging
import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Final

from app.db import router_heads, router_standings
from app.db.router_standings import Standing
from app.db.uow import Store
from app.domain.errors import ModelMatchError, StoreUnavailable
from app.domain.model import Model
from app.domain.routing.encoding import Encoding
from app.domain.routing.forecaster import Forecast, Seen
from app.domain.routing.level import Level
from app.domain.routing.record import Expected, expected
from app.services.catalogue import Catalogue
from app.services.routing.known import Everywhere, Known, read_everywhere, read_known

log = logging.getLogger(__name__)

POLL_S: Final = 5.0
FIRST_S: Final = 1.0  # longest wait for the store, where a request waits for a learner's first reading
RECORD_S: Final = 60.0  # after so long the record of a learner that was asked for is read again
EVERYWHERE_S: Final = 300.0
AT_ONCE: Final = 20  # learners that one look reads again
MOST_LEARNERS: Final = 1_000
MAX_BYTES: Final = 64 << 20
# Outcomes from which a forecast weighs as much as the record. Measured on exam questions, six orders of 1 000, levels
# by rule, no prior: with 10 the log loss after any number lay within .003 (GPT-4) and .010 (Mixtral) of the least.
WORTH: Final = 10.0


class Routers:
    """What each learner knows: forecasts of its heads, the record of its models, and its standing.

    A learner is read from the store when it is asked for the first time, then again by a thread when it has learned
    more. While the store is away, what is known stays (promise P8). At most `max_bytes` of heads and MOST_LEARNERS
    learners are kept, those that were asked for last. Safe to share between threads: what is read is never changed.
    `scored`: whether the operator's scorer is one of the experts.
    """

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        *,
        now: Callable[[], datetime],
        record_days: int = 30,
        max_bytes: int = MAX_BYTES,
        scored: bool = False,
        poll_s: float = POLL_S,
    ) -> None:
        self._store, self._catalogue, self._now = store, catalogue, now
        self._record_days, self._max_bytes, self._poll_s = record_days, max_bytes, poll_s
        self.scored: Final = scored
        self._known: dict[str, Known] = {}
        self._asked: dict[str, int] = {}
        self._turns = count(1)
        self._everywhere = Everywhere({}, -math.inf)
        self._keeping, self._first_reads, self._looks = threading.Lock(), threading.Lock(), threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look for what was learned elsewhere, in a daemon thread."""
        self._thread = threading.Thread(target=self._poll, name="routers", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def forecasts(
        self, learner: str, models: Collection[Model], encoding: Encoding, own: float | None
    ) -> Mapping[str, Forecast]:
        """By model what its own outcomes let expect for this prompt; a model without any is absent.

        `own` is what the operator's scorer says of the prompt.
        """
        panel = self._of(learner).panel
        return panel.forecasts(Seen(encoding, own), {model.slug for model in models}) if panel.models else {}

    def expected(self, learner: str, model: Model, level: Level) -> Expected:
        """What the record lets expect of the model at a prompt of that level; without any record, the catalogue."""
        known = self._of(learner)
        found = known.expected.get((model.slug, level))
        if found is None:
            everywhere = self._everywhere.sums.get(model.slug)
            found = expected(model, level, own=known.record.get(model.slug), everywhere=everywhere)
            known.expected[model.slug, level] = found
        return found

    @staticmethod
    def quality(known: Expected, forecast: Forecast | None) -> tuple[float, float, float]:
        """The quality to expect 0…1, its lower bound, and the weight of the outcomes that it was learned from.

        Record and forecast are mixed: a forecast of n outcomes weighs n/(n + WORTH), since a head knows the prompt, but
        has to learn from nothing what the record takes from other levels, other learners and the catalogue.
        """
        if forecast is None:
            return known.quality, known.low, known.outcomes
        share = forecast.outcomes / (forecast.outcomes + WORTH)
        return (
            share * forecast.quality + (1.0 - share) * known.quality,
            share * forecast.low + (1.0 - share) * known.low,
            max(known.outcomes, forecast.outcomes),
        )

    def marks(self, learner: str) -> tuple[object, object]:
        """Two things that are others as soon as anything else is to be expected of any model."""
        return self._of(learner), self._everywhere

    def standing(self, learner: str) -> Standing | None:
        """Whether the learner's router earns its keep, None before the first judgement."""
        return self._of(learner).standing

    def refresh(self, changed: Collection[str] = ()) -> None:
        """Read again who has learned more, who is among `changed`, or whose record is old. Raises StoreUnavailable."""
        with self._looks:
            if not self._known:
                return
            with self._store.read() as tx:
                heads: defaultdict[str, dict[str, datetime]] = defaultdict(dict)
                for (learner, model), mark in router_heads.marks(tx).items():
                    heads[learner][model] = mark
                standings = router_standings.all_of(tx)
            self._see_everywhere()
            due = [
                known
                for known in list(self._known.values())
                if known.learner in changed
                or known.marks != heads.get(known.learner, {})
                or known.standing != standings.get(known.learner)
                or self._is_old(known)
            ]
            for known in sorted(due, key=lambda known: (known.learner not in changed, known.read_at))[:AT_ONCE]:
                self._keep(self._read(known.learner))

    def _of(self, learner: str) -> Known:
        known = self._known.get(learner)
        if known is None:
            known = self._first(learner)
        if known.turn:
            self._asked[learner] = next(self._turns)
        return known

    def _is_old(self, known: Known) -> bool:
        """Whether it was asked for since it was read, and that is a while ago."""
        return time.monotonic() - known.read_at > RECORD_S and self._asked.get(known.learner, 0) > known.turn

    def _first(self, learner: str) -> Known:
        """A learner that is asked for the first time; one of whom nothing is known while the store is away."""
        with self._first_reads:
            found = self._known.get(learner)
            if found is not None:
                return found
            try:
                self._see_everywhere()
                known = self._read(learner)
            except StoreUnavailable:
                return Known.of_nothing(learner)
            self._keep(known)
            return known

    def _read(self, learner: str) -> Known:
        with self._store.read(within_s=FIRST_S) as tx:
            return read_known(
                tx,
                learner,
                self._catalogue,
                today=self._now().date(),
                record_days=self._record_days,
                scored=self.scored,
                max_bytes=self._max_bytes,
                turn=next(self._turns),
            )

    def _see_everywhere(self) -> None:
        if time.monotonic() - self._everywhere.read_at > EVERYWHERE_S:
            with self._store.read(within_s=FIRST_S) as tx:
                self._everywhere = read_everywhere(tx, today=self._now().date(), record_days=self._record_days)
            with self._keeping:  # what was expected before rests on what was known everywhere
                self._known = {learner: replace(known, expected={}) for learner, known in self._known.items()}

    def _keep(self, known: Known) -> None:
        """In place of what was known; those asked for longest ago go, until the rest fits."""
        with self._keeping:
            self._known[known.learner] = known
            size = sum(each.size for each in self._known.values())
            for learner in sorted(self._known, key=lambda name: self._asked.get(name, 0)):
                if size <= self._max_bytes and len(self._known) <= MOST_LEARNERS:
                    break
                if learner != known.learner:
                    size -= self._known.pop(learner).size
            self._asked = {learner: self._asked.get(learner, 0) for learner in self._known}

    def _poll(self) -> None:
        while not self._stop.wait(self._poll_s):
            try:
                self.refresh()
            except ModelMatchError as error:
                log.warning("routers_stale", extra={"code": error.code})
