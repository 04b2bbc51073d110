"""Who asks the present request and how they want to be served, for the services."""

from typing import Annotated

from pydantic import Field

from app.api import guard
from app.domain.cached import CacheWish
from app.services.caller import Caller, Recovery

RecoveryWanted = Annotated[
    Recovery,
    Field(description="what happens when a stream breaks after its first token; the server's setting if absent"),
]


def caller(*, cache: CacheWish | None = None, stream_recovery: Recovery | None = None) -> Caller:
    """The caller of the present request."""
    key = guard.key()
    return Caller(
        key_id=key.id,
        owner=key.owner,
        team=key.team,
        cache=cache,
        stream_recovery=stream_recovery,
        models=key.models,
    )
