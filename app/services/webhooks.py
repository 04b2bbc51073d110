"""Webhooks: made with a secret that is shown once, changed, tested at once; deliveries are read and replayed."""

import secrets
from dataclasses import dataclass, replace
from typing import Final

from app.db import deliveries as delivery_rows
from app.db import webhooks as rows
from app.domain import experiment_event
from app.domain.errors import Conflict, Invalid
from app.domain.event import matching
from app.domain.webhook import Answer, Delivery, Webhook, check_url, secret_of
from app.providers import receiver
from app.services import delivering
from app.services.world import World

SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to change; None stays."""

    url: str | None = None
    kinds: tuple[str, ...] | None = None
    active: bool | None = None


def create(world: World, url: str, kinds: tuple[str, ...], *, active: bool = True) -> Webhook:
    """A new webhook, with its secret. Raises Invalid for an address that must not be called, or no kinds."""
    _check(world, url)
    moment = world.now()
    made = Webhook(
        id=world.new_id(),
        url=url,
        secret=_secret(),
        kinds=_known(kinds),
        active=active,
        created_at=moment,
        updated_at=moment,
    )
    with world.store.write() as tx:
        rows.add(tx, made)
    return made


def change(world: World, webhook_id: str, edit: Edit) -> Webhook:
    """The webhook with what is given. What waits goes to the new address. Raises NotFound, Invalid."""
    if edit.url is not None:
        _check(world, edit.url)
    with world.store.write() as tx:
        old = rows.get_to_change(tx, webhook_id)
        changed = replace(
            old,
            url=old.url if edit.url is None else edit.url,
            kinds=old.kinds if edit.kinds is None else _known(edit.kinds),
            active=old.active if edit.active is None else edit.active,
            updated_at=world.now(),
        )
        rows.update(tx, changed)
    return changed


def rotate(world: World, webhook_id: str) -> Webhook:
    """The webhook with a new secret, which signs from now on, also what waits. Raises NotFound."""
    with world.store.write() as tx:
        old = rows.get_to_change(tx, webhook_id)
        changed = replace(old, secret=_secret(), updated_at=world.now())
        rows.update(tx, changed)
    return changed


def remove(world: World, webhook_id: str) -> None:
    """Away with it and its deliveries. Raises NotFound."""
    with world.store.write() as tx:
        rows.remove(tx, webhook_id)


def get(world: World, webhook_id: str) -> Webhook:
    """Raises NotFound."""
    with world.store.read() as tx:
        return rows.get(tx, webhook_id)


def page(world: World, *, cursor: str | None, limit: int) -> tuple[list[Webhook], str | None]:
    """All webhooks, newest first."""
    with world.store.read() as tx:
        return rows.page(tx, cursor=cursor, limit=limit)


def deliveries(world: World, webhook_id: str, *, cursor: str | None, limit: int) -> tuple[list[Delivery], str | None]:
    """The webhook's deliveries, newest first. Raises NotFound."""
    with world.store.read() as tx:
        rows.get(tx, webhook_id)
        return delivery_rows.page(tx, webhook_id, cursor=cursor, limit=limit)


def try_out(world: World, webhook_id: str) -> Answer:
    """What the receiver answers to an event of type `webhook.test`, which is no delivery. Raises NotFound."""
    webhook = get(world, webhook_id)
    payload = {
        "type": "webhook.test",
        "timestamp": world.now().isoformat(),
        "data": {"webhook_id": webhook.id, "text": "This webhook works."},
    }
    return delivering.send(world, webhook, id_=world.new_id(), payload=payload)


def replay(world: World, webhook_id: str, delivery_id: str) -> Delivery:
    """A dead delivery, due again from the first attempt on. Raises NotFound, Conflict unless it is dead."""
    with world.store.write() as tx:
        dead = delivery_rows.get(tx, webhook_id, delivery_id)
        again = replace(dead, status="pending", attempts=0, due_at=world.now(), ended_at=None)
        if dead.status != "dead" or not delivery_rows.update_state(tx, dead, again):
            raise Conflict("only a dead delivery is sent again by hand", code="delivery-not-dead")
    return again


def _check(world: World, url: str) -> None:
    check_url(url)
    if not world.policy.webhook_private_hosts:
        receiver.check(url)


def _known(kinds: tuple[str, ...]) -> tuple[str, ...]:
    if not kinds:
        raise Invalid("at least one kind of event is expected", field="kinds")
    for number, kind in enumerate(kinds):
        try:
            matching([kind])
        except Invalid as error:
            raise Invalid(error.message, field=f"kinds[{number}]") from None
    return tuple(dict.fromkeys(f"experiment.{kind}" if kind in experiment_event.KINDS else kind for kind in kinds))


def _secret() -> str:
    return secret_of(secrets.token_bytes(SECRET_BYTES))
