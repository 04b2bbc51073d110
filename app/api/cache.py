"""The cache of answers: what it has spared, and how it is emptied."""

from flask import Response

from app.api import http
from app.api.cache_payloads import CacheOut, ForgetQuery, ForgottenOut, SharedOut
from app.api.door import Door
from app.api.guard import scope
from app.api.world import world
from app.services import caching

door = Door("cache")


@door.get("/cache", responses={200: CacheOut})
@scope("read")
def get_cache() -> Response:
    """Read what the cache of the answering process has seen since its start."""
    seen = caching.readings(world())
    shared = None
    if seen.shared is not None:
        shared = SharedOut(kind=seen.shared, reachable=seen.shared_reachable, entries=seen.shared_entries)
    out = CacheOut(
        on=world().policy.caching.on,
        hits=seen.hits,
        misses=seen.misses,
        hit_rate=seen.hit_rate,
        kept=seen.kept,
        evicted=seen.evicted,
        too_large=seen.too_large,
        joined=seen.joined,
        unwritten=seen.unwritten,
        entries=seen.entries,
        bytes=seen.bytes,
        shared=shared,
    )
    return http.answer(out)


@door.delete("/cache", responses={200: ForgottenOut})
@scope("admin")
def forget_answers(query: ForgetQuery) -> Response:
    """Forget kept answers: all, those of one model, or those older than some seconds."""
    gone = caching.forget(world(), model=query.model, older_than_s=query.older_than_s)
    return http.answer(ForgottenOut(forgotten=gone))
