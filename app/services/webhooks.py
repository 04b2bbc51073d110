"""Webhooks: made with a secret that is shown once, changed, tested at once; each change is an event."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from app.db import use_cases as use_case_rows
from app.db import webhooks as rows
from app.db.uow import Tx
from app.domain import experiment_event
from app.domain.delivery import Answer
from app.domain.errors import Invalid
from app.domain.event import TRAFFIC, matching
from app.domain.webhook import Webhook, check_headers, check_url, rotated, secret_of
from app.domain.webhook_health import well
from app.providers import receiver
from app.services import delivering, events
from app.services.jobs.submitting import submit
from app.services.publishing import JOB
from app.services.world import World

SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Wanted:
    """A new webhook; `use_case` is a code, None for all."""

    url: str
    kinds: tuple[str, ...]
    active: bool = True
    use_case: str | None = None
    texts: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to change; None stays. `use_case` is a code, empty for all."""

    url: str | None = None
    kinds: tuple[str, ...] | None = None
    active: bool | None = None
    use_case: str | None = None
    texts: bool | None = None
    headers: Mapping[str, str] | None = None


def create(world: World, url: str, kinds: tuple[str, ...], *, active: bool = True) -> Webhook:
    """A new webhook that hears of every use case. Raises Invalid as `make` does."""
    return make(world, Wanted(url, kinds, active=active))


def make(world: World, wanted: Wanted) -> Webhook:
    """A new webhook, with its secret. Raises Invalid for what must not be called or sent, NotFound for its use case."""
    check(world, wanted)
    moment = world.now()
    made = Webhook(
        id=world.new_id(),
        url=wanted.url,
        secret=_secret(),
        kinds=_known(world, wanted.kinds),
        active=wanted.active,
        created_at=moment,
        updated_at=moment,
        texts=_texts(world, wanted.texts),
        headers=_headers(wanted.headers),
    )
    with world.store.write() as tx:
        made = replace(made, use_case_id=_use_case(tx, wanted.use_case))
        rows.add(tx, made)
        _tell(tx, world, "created", made)
    return made


def check(world: World, wanted: Wanted) -> None:
    """Raises Invalid for what must not be called or sent; nothing is said of its use case."""
    _check(world, wanted.url)
    _known(world, wanted.kinds)
    _texts(world, wanted.texts)
    _headers(wanted.headers)


def change(world: World, webhook_id: str, edit: Edit) -> Webhook:
    """The webhook with what is given. What waits goes to the new address; switched on, it is well. Raises as `make`."""
    if edit.url is not None:
        _check(world, edit.url)
    with world.store.write() as tx:
        old = rows.get_to_change(tx, webhook_id)
        changed = replace(
            old,
            url=old.url if edit.url is None else edit.url,
            kinds=old.kinds if edit.kinds is None else _known(world, edit.kinds),
            active=old.active if edit.active is None else edit.active,
            use_case_id=old.use_case_id if edit.use_case is None else _use_case(tx, edit.use_case),
            texts=old.texts if edit.texts is None else _texts(world, edit.texts),
            headers=old.headers if edit.headers is None else _headers(edit.headers),
            updated_at=world.now(),
        )
        if changed.active and (edit.url is not None or edit.active is not None):
            changed = well(changed)
            submit(tx, world, JOB, about=webhook_id)  # what waits may go at once
        rows.update(tx, changed)
        _tell(tx, world, "changed", changed)
    return changed


def rotate(world: World, webhook_id: str) -> Webhook:
    """The webhook with a new secret, which signs from now on; the old one signs too for a day. Raises NotFound."""
    with world.store.write() as tx:
        changed = rotated(rows.get_to_change(tx, webhook_id), _secret(), world.now())
        rows.update(tx, changed)
        _tell(tx, world, "rotated", changed)
    return changed


def remove(world: World, webhook_id: str) -> None:
    """Away with it and its deliveries. Raises NotFound."""
    with world.store.write() as tx:
        removed = rows.get_to_change(tx, webhook_id)
        rows.remove(tx, webhook_id)
        _tell(tx, world, "deleted", removed)


def get(world: World, webhook_id: str) -> Webhook:
    """Raises NotFound."""
    with world.store.read() as tx:
        return rows.get(tx, webhook_id)


def page(world: World, *, cursor: str | None, limit: int) -> tuple[list[Webhook], str | None]:
    """All webhooks, newest first."""
    with world.store.read() as tx:
        return rows.page(tx, cursor=cursor, limit=limit)


def try_out(world: World, webhook_id: str) -> Answer:
    """What the receiver answers to an event of type `webhook.test`, which is no delivery. Raises NotFound."""
    webhook = get(world, webhook_id)
    payload = {
        "type": "webhook.test",
        "timestamp": world.now().isoformat(),
        "data": {"webhook_id": webhook.id, "text": "This webhook works."},
    }
    return delivering.send(world, webhook, id_=world.new_id(), payload=payload)


def _tell(tx: Tx, world: World, what: str, webhook: Webhook) -> None:
    """Without the address, which may hold a secret of the receiver's."""
    data = {"kinds": list(webhook.kinds), "active": webhook.active}
    events.record(
        tx,
        world,
        f"webhook.{what}",
        about=webhook.id,
        text=f"webhook {what}",
        data=data,
        use_case_id=webhook.use_case_id,
    )


def _check(world: World, url: str) -> None:
    check_url(url)
    if not world.policy.webhook_private_hosts:
        receiver.check(url)


def _known(world: World, kinds: tuple[str, ...]) -> tuple[str, ...]:
    if not kinds:
        raise Invalid("at least one kind of event is expected", field="kinds")
    for number, kind in enumerate(kinds):
        try:
            meant = matching([kind])
        except Invalid as error:
            raise Invalid(error.message, field=f"kinds[{number}]") from None
        if not world.policy.traffic_events and set(meant) <= set(TRAFFIC):
            raise Invalid("such events are not recorded, which EVENT_LOG=all would change", field=f"kinds[{number}]")
    return tuple(dict.fromkeys(f"experiment.{kind}" if kind in experiment_event.KINDS else kind for kind in kinds))


def _texts(world: World, wanted: bool) -> bool:
    if wanted and not world.policy.keep_texts:
        raise Invalid("texts are not kept, which KEEP_TEXTS=on would change", field="texts")
    return wanted


def _headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    check_headers(headers)
    return dict(headers)


def _use_case(tx: Tx, code: str | None) -> str | None:
    return use_case_rows.get_by_code(tx, code).id if code else None


def _secret() -> str:
    return secret_of(secrets.token_bytes(SECRET_BYTES))
