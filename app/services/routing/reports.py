"""Reports on routers that were made a moment ago: one over many routes takes seconds, and is told again for a while."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from app.db.router_standings import Standing
from app.domain.routing.earned import Earned

COSTLY: Final = 500  # routes, from which a report takes long enough to be kept
KEPT_FOR: Final = timedelta(minutes=1)
KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class Report:
    """What the router has earned with a learner since then, as of a moment.

    `routes` were looked at; `cut`: older ones are left out. `standing` is the last verdict that serving goes by, None
    before the first; `stands_down`: the single model is asked.
    """

    learner: str
    since: datetime
    as_of: datetime
    routes: int
    cut: bool
    earned: Earned
    standing: Standing | None
    stands_down: bool


class Reports:
    """The last reports of one process by learner and days, at most KEPT. Safe to share between threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], Report] = OrderedDict()
        self._lock = Lock()

    def of(self, learner: str, days: int, *, now: datetime) -> Report | None:
        """The report made less than KEPT_FOR ago, if any."""
        with self._lock:
            found = self._kept.get((learner, days))
        return found if found is not None and now - found.as_of < KEPT_FOR else None

    def keep(self, made: Report, days: int) -> None:
        """Keep it where it was COSTLY."""
        if made.routes < COSTLY:
            return
        with self._lock:
            self._kept[made.learner, days] = made
            self._kept.move_to_end((made.learner, days))
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
