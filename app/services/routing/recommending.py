"""What the router would do with a request, told without asking any model."""

from dataclasses import dataclass, field, replace

from app.domain.auto import Auto
from app.domain.message import ModelRequest
from app.domain.routing.candidate import Candidate
from app.services.attempts import Asker
from app.services.caller import Caller
from app.services.routing.deciding import Routed, decide
from app.services.use_cases import get
from app.services.world import World

ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request that may be made; `use_case` is a code, and says with `task` whose record counts."""

    request: ModelRequest
    auto: Auto = field(default_factory=Auto)
    use_case: str | None = None
    task: str | None = None
    caller: Caller = field(default_factory=Caller)


@dataclass(frozen=True, slots=True)
class Recommended:
    """The route as it would be without chance; `council` are its seats, where one is wanted."""

    routed: Routed
    council: tuple[Candidate, ...]

    @property
    def alternatives(self) -> tuple[Candidate, ...]:
        """The next best, ALTERNATIVES at most."""
        return self.routed.order[1 : 1 + ALTERNATIVES]


def recommend(world: World, wanted: Wanted) -> Recommended:
    """The route of this request. Raises as `deciding.decide`, NotFound for an unknown use case."""
    use_case = None if wanted.use_case is None else get(world, wanted.use_case)
    asker = Asker(caller=wanted.caller, use_case_id=None if use_case is None else use_case.id, task=wanted.task)
    sure = replace(world, policy=replace(world.policy, hold_out=0.0))
    routed = decide(sure, wanted.auto, wanted.request, asker=asker)
    return Recommended(routed, routed.council)
