"""Jobs are done in the test's own thread: what waits for a worker is claimed and performed until nothing is due."""

from app.db import job_claims as claims
from app.services.jobs import performing
from app.services.jobs.held import Held
from app.services.jobs.leases import TERM_S
from app.services.publishing import publish
from app.services.world import World


def deliver(world: World) -> None:
    """What has happened is published, and what webhooks are owed is sent, as far as it is due."""
    publish(world)
    perform(world, "deliveries")


def perform(world: World, kind: str) -> int:
    """Jobs of the kind that are due, each until it is over or must wait; how many tries that took."""
    tries = 0
    while True:
        with world.store.write() as tx:
            claimed = claims.claim(tx, kind, world.new_id(), world.now(), TERM_S)
        if not claimed:
            return tries
        for job in claimed:
            performing.perform(Held(world, job))
            tries += 1
