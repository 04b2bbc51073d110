"""What is told of a router that has to earn its keep."""

from dataclasses import dataclass, field
from typing import Final, Literal

from app.domain.comparison.estimate import Estimate

Verdict = Literal["too early", "no gain", "earns its keep"]

FEWEST_OUTCOMES: Final = 200
FEWEST_HELD_OUT: Final = 30
FEWEST_ASKED: Final = 10
NEGLIGIBLE: Final = 0.01  # of quality that is not known, which intervals bear
OFTEN_ENOUGH: Final = 0.75  # of the requests that could have asked a model, to hold it against the router


@dataclass(frozen=True, slots=True)
class Always:
    """What asking `model` all the time would have reached, what the router did reach with None; per request.

    `cost` in nano-dollars, None: some price is unknown. `asked`: so many routes did ask it; with fewer than
    FEWEST_ASKED neither is told. `share` 0…1 of the requests that could have asked it. `compared`: it is held against
    the router.
    """

    model: str | None
    quality: Estimate | None
    cost: Estimate | None
    asked: int
    share: float
    compared: bool


@dataclass(frozen=True, slots=True)
class Against:
    """The router against always asking `model`: quality gained and nano-dollars saved per request.

    `share` is the part of that model's cost which is saved; None where it costs nothing.
    """

    model: str
    quality: Estimate
    saved: Estimate
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """What the router has earned over `outcomes` routes, `held_out` of them drawn by chance.

    `gain`: quality above the best mixture of single models that costs the same. `saved`: nano-dollars a request below
    the cheapest mixture that is as good. `best` and `cheapest`: against always the strongest, and always the cheapest.
    `single`: the model that would do as well, with verdict no gain. `needed`: so many outcomes would prove the gain
    seen now, if it stays. What cannot be told is None.
    """

    verdict: Verdict
    sentence: str
    outcomes: int
    held_out: int
    router: Always | None = None
    singles: tuple[Always, ...] = field(default=())
    gain: Estimate | None = None
    saved: Estimate | None = None
    best: Against | None = None
    cheapest: Against | None = None
    single: str | None = None
    needed: int | None = None
