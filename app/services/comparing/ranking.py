"""Models over all comparisons: who beats whom, how strong that makes each, and which one a use case had best take."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.db import tallies as rows
from app.db import use_cases as use_case_rows
from app.db.tallies import Meetings
from app.db.uow import Tx
from app.domain.comparison import ranking as domain
from app.domain.comparison.comparison import Weights, check_weights
from app.domain.comparison.ranking import Standing, WinRate
from app.domain.comparison.recommendation import FEWEST_INPUTS, Recommendation, recommended
from app.domain.comparison.strata import records_of
from app.services.world import World

__all__ = ["Meetings", "Recommended", "meetings", "ranking", "recommendation", "win_rates"]

NOTHING: Final = (
    f"No model has been compared over {FEWEST_INPUTS} inputs of this use case with all that has weight known."
)


@dataclass(frozen=True, slots=True)
class Recommended:
    """`found` None: no model has enough of what has weight. `models`: how many have been compared at all."""

    use_case: str
    weights: Weights
    models: int
    found: Recommendation | None


def meetings(world: World, *, use_case: str | None = None, since: datetime | None = None) -> Meetings:
    """What models did against each other in comparisons that succeeded, of that use case, and ended since then.

    Two models meet where they were asked alike: with the same prompt, or in the same flow. Sums of the newest ones are
    read, never answers; `cut` says that older ones are left out. Raises NotFound for an unknown use case.
    """
    with world.store.read() as tx:
        return rows.met(tx, use_case_id=_use_case_id(tx, use_case), since=since)


def win_rates(met: Meetings) -> tuple[WinRate, ...]:
    """How often each model won, the highest rate first."""
    return domain.win_rates(met.met)


def ranking(met: Meetings) -> tuple[Standing, ...]:
    """Strengths after Bradley and Terry, the strongest first."""
    return domain.ranking(met.met)


def recommendation(
    world: World, use_case: str, *, weights: Weights | None = None, since: datetime | None = None
) -> Recommended:
    """The model that the use case's own comparisons speak for, with its evidence.

    Flows count for the one model that all their steps name, and models against those that they met. Raises NotFound,
    Invalid for weights that are none.
    """
    wanted = weights or Weights()
    check_weights(wanted)
    with world.store.read() as tx:
        use_case_id = _use_case_id(tx, use_case)
        tallies = rows.known(tx, use_case_id=use_case_id or "", since=since)
        met = rows.met(tx, use_case_id=use_case_id, since=since).met
    records = records_of(tallies, met)
    return Recommended(use_case, wanted, len(records), recommended(records, wanted))


def _use_case_id(tx: Tx, code: str | None) -> str | None:
    return None if code is None else use_case_rows.get_by_code(tx, code).id
