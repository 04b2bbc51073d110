"""Webhooks: addresses that are told of what happens, and how each telling went."""

from flask import Response

from app.api import http
from app.api.door import Door
from app.api.event_payloads import EventReplayOut
from app.api.guard import scope
from app.api.payloads import ById, Page, Paging
from app.api.webhook_payloads import (
    ByDelivery,
    DeliveriesQuery,
    DeliveryOut,
    ReceivedOut,
    RedeliverIn,
    WebhookIn,
    WebhookIssuedOut,
    WebhookOut,
    WebhookPatch,
)
from app.api.world import world
from app.services import deliveries, event_replays, webhooks
from app.services.event_replays import Wanted

door = Door("webhooks")


@door.get("/webhooks", responses={200: Page[WebhookOut]})
@scope("admin")
def list_webhooks(query: Paging) -> Response:
    """Read all webhooks, newest first, without secrets."""
    found, following = webhooks.page(world(), cursor=query.cursor, limit=query.limit)
    return http.answer(Page[WebhookOut](items=[WebhookOut.of(webhook) for webhook in found], next=following))


@door.post("/webhooks", responses={201: WebhookIssuedOut})
@scope("admin")
def create_webhook(body: WebhookIn) -> Response:
    """Create a webhook; its signing secret is shown only now."""
    return http.created(WebhookIssuedOut.of(webhooks.make(world(), body.to_domain())))


@door.get("/webhooks/<id>", responses={200: WebhookOut})
@scope("admin")
def get_webhook(path: ById) -> Response:
    """Read a webhook without its secret."""
    return http.answer(WebhookOut.of(webhooks.get(world(), str(path.id))))


@door.patch("/webhooks/<id>", responses={200: WebhookOut})
@scope("admin")
def change_webhook(path: ById, body: WebhookPatch) -> Response:
    """Change what a webhook is told and where, or switch it on or off; switched on, it is believed to be well."""
    return http.answer(WebhookOut.of(webhooks.change(world(), str(path.id), body.to_domain())))


@door.delete("/webhooks/<id>", responses={204: None})
@scope("admin")
def delete_webhook(path: ById) -> Response:
    """Delete a webhook with its deliveries."""
    webhooks.remove(world(), str(path.id))
    return http.no_content()


@door.post("/webhooks/<id>/rotate", responses={200: WebhookIssuedOut})
@scope("admin")
def rotate_webhook(path: ById) -> Response:
    """Give a webhook a new signing secret, which is shown only now; the old one signs too for a day."""
    return http.answer(WebhookIssuedOut.of(webhooks.rotate(world(), str(path.id))))


@door.post("/webhooks/<id>/test", responses={200: ReceivedOut})
@scope("admin")
def test_webhook(path: ById) -> Response:
    """Send an event of type webhook.test at once, and read what the receiver answered."""
    return http.answer(ReceivedOut.of(webhooks.try_out(world(), str(path.id))))


@door.get("/webhooks/<id>/deliveries", responses={200: Page[DeliveryOut]})
@scope("admin")
def list_deliveries(path: ById, query: DeliveriesQuery) -> Response:
    """Read what a webhook was and will be sent, newest first."""
    found, following = deliveries.page(
        world(), str(path.id), status=query.status, cursor=query.cursor, limit=query.limit
    )
    return http.answer(Page[DeliveryOut](items=[DeliveryOut.of(delivery) for delivery in found], next=following))


@door.get("/webhooks/<id>/deliveries/<delivery_id>", responses={200: DeliveryOut})
@scope("admin")
def get_delivery(path: ByDelivery) -> Response:
    """Read one delivery with its attempts."""
    return http.answer(DeliveryOut.of(deliveries.get(world(), str(path.id), str(path.delivery_id))))


@door.post("/webhooks/<id>/deliveries/<delivery_id>/replay", responses={200: DeliveryOut})
@scope("admin")
def replay_delivery(path: ByDelivery) -> Response:
    """Send a delivery again that was taken or given up, at once and under the same id."""
    return http.answer(DeliveryOut.of(deliveries.replay(world(), str(path.id), str(path.delivery_id))))


@door.post("/webhooks/<id>/redeliver", responses={202: EventReplayOut})
@scope("admin")
def redeliver(path: ById, body: RedeliverIn) -> Response:
    """Send a webhook what it missed since a moment, or all of it, under the same ids: a job that begins at once."""
    wanted = Wanted(body.since, body.until, body.kinds, webhook_id=str(path.id), missed=body.missed)
    return http.answer(EventReplayOut.of(event_replays.begin(world(), wanted)), status=202)
