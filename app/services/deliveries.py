"""What a webhook was sent is read here, and sent again: one delivery by hand, or every event since a moment."""

from app.db import deliveries as rows
from app.db import webhooks as webhook_rows
from app.domain.delivery import Delivery, Status, again
from app.domain.errors import Conflict
from app.services.jobs.submitting import submit
from app.services.publishing import JOB
from app.services.world import World


def page(
    world: World, webhook_id: str, *, status: Status | None = None, cursor: str | None, limit: int
) -> tuple[list[Delivery], str | None]:
    """The webhook's deliveries, newest first. Raises NotFound."""
    with world.store.read() as tx:
        webhook_rows.get(tx, webhook_id)
        return rows.page(tx, webhook_id, status=status, cursor=cursor, limit=limit)


def get(world: World, webhook_id: str, delivery_id: str) -> Delivery:
    """One of the webhook's own. Raises NotFound."""
    with world.store.read() as tx:
        return rows.get(tx, webhook_id, delivery_id)


def replay(world: World, webhook_id: str, delivery_id: str) -> Delivery:
    """A delivery that has ended, due again from the first attempt on. Raises NotFound, Conflict while it is pending."""
    moment = world.now()
    with world.store.write() as tx:
        ended = rows.get(tx, webhook_id, delivery_id)
        due = again(ended, moment)
        if ended.status == "pending" or not rows.update_state(tx, ended, due):
            raise Conflict("it is still on its way", code="delivery-pending")
        submit(tx, world, JOB, about=webhook_id)
    return due
