"""Every scenario of the bench."""

from itertools import chain

from tests.faults.bench import bodies, first, gauntlet, leaving, outages, recovery
from tests.faults.bench.scenario import Scenario


def every() -> list[Scenario]:
    """All scenarios, each fresh: their scripts remember what has happened."""
    areas = (gauntlet, outages, leaving, first, bodies, recovery)  # the longest first, as many run at once
    return list(chain.from_iterable(area.scenarios() for area in areas))
