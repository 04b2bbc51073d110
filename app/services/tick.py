"""The beat: small idempotent duties under one lease, so that it may run twice, late or in two places."""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from app.db import breakers as breaker_rows
from app.db import experiments as experiment_rows
from app.db import idempotency as idempotency_rows
from app.db import leases, stored_limits
from app.domain.errors import Conflict, ModelMatchError
from app.services import (
    advancing,
    delivering,
    event_replays,
    event_retention,
    idempotency,
    lost_runs,
    noticing,
    publishing,
)
from app.services.ab import watching
from app.services.batches import forgetting as batch_forgetting
from app.services.comparing import benchmarks
from app.services.conversing import pruning
from app.services.jobs import upkeep
from app.services.routing import earning, forgetting, learning
from app.services.world import World

log = logging.getLogger(__name__)
LEASE: Final = "tick"
LEASE_TTL_S: Final = 30.0
BREAKERS_KEPT: Final = timedelta(days=1)  # after they were closed


def beat(world: World) -> Iterator[str]:
    """What was done, a line each; nothing while another process holds the lease."""
    holder = f"{socket.gethostname()}:{os.getpid()}"
    with world.store.write() as tx:
        if not leases.acquire(tx, LEASE, holder, now=world.now(), ttl_s=LEASE_TTL_S):
            return
    with world.store.read() as tx:
        running = experiment_rows.all_running(tx)
    for experiment in running:
        try:
            if experiment.policy == "fixed":
                yield from watching.watch(world, experiment)
                continue
            move = advancing.advance(world, experiment.use_case_id)
        except Conflict as error:  # one experiment that cannot go on does not stop the rest
            log.warning("experiment_stuck", extra={"experiment": experiment.id, "code": error.code})
            continue
        if move is not None:
            yield f"moved {experiment.use_case_id}: {move.reason}"
        yield from noticing.notice(world, experiment)
    yield from _forget(world)
    world.ledger.upkeep.fold()  # what came since the last second, so not worth a line
    pruned = world.cache.prune()
    if pruned:
        yield f"forgot {pruned} kept answers whose lifetime was over"
    yield from lost_runs.find(world)
    yield from upkeep.keep_up(world)
    yield from learning.learn(world)
    yield from earning.judge_all(world)
    yield from forgetting.forget(world)
    yield from batch_forgetting.forget(world)
    yield from pruning.prune(world)
    yield from benchmarks.run_due(world)
    publishing.publish(world)
    delivering.remind(world)
    yield from delivering.forget(world)
    yield from event_retention.forget(world)
    event_replays.tidy(world)


def _forget(world: World) -> Iterator[str]:
    """A line for each kind of rows of which some have outlived their use."""
    with world.store.write() as tx:
        forgotten = idempotency_rows.prune(tx, world.now() - idempotency.LIFETIME)
        swept = breaker_rows.sweep(tx, world.now() - BREAKERS_KEPT)
        idle = stored_limits.prune(tx, int(world.now().timestamp() * 1000))
    if forgotten:
        yield f"forgot {forgotten} idempotency keys"
    if swept:
        yield f"forgot {swept} breakers and rests"
    if idle:
        yield f"forgot {idle} buckets and seats"


class Ticker:
    """Runs the beat in a daemon thread of the server."""

    def __init__(self, world: World, *, interval_s: float) -> None:
        self._world = world
        self._interval_s = interval_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tick", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def close(self) -> None:
        """Stop after the beat under way."""
        self._stop.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stop.wait(self._interval_s):
            try:
                for line in beat(self._world):
                    log.info("tick", extra={"done": line})
            except ModelMatchError as error:
                log.warning("tick_failed", extra={"code": error.code})
            except Exception:  # the beat must go on; what went wrong is logged and tried again at the next one
                log.exception("tick_crashed")
