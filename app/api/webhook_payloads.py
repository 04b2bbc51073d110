"""Shapes of webhooks and their deliveries; the secret stands in one of them, which is answered once."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.api.payloads import Out, Payload, Words
from app.domain.event import ALERTS, KINDS
from app.domain.message import Json
from app.domain.webhook import URL_CHARS, Answer, Delivery, Webhook
from app.services.webhooks import Edit

Url = Annotated[
    str,
    StringConstraints(min_length=1, max_length=URL_CHARS),
    Field(description="http or https; its host must be public unless WEBHOOK_PRIVATE_HOSTS is true"),
]
Kinds = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=64)]],
    Field(min_length=1, max_length=len(KINDS), description="kinds of events, `noun.*` for all of a noun, or `*`"),
]


class ByDelivery(Words):
    """A path that names a webhook and one of its deliveries."""

    id: UUID
    delivery_id: UUID


class WebhookIn(Payload):
    """A new webhook; without `kinds` it is told of what alerts."""

    url: Url
    kinds: Kinds = Field(default_factory=lambda: list(ALERTS))
    active: bool = True


class WebhookPatch(Payload):
    """What is to change; what is left out or null stays."""

    url: Url | None = None
    kinds: Kinds | None = None
    active: bool | None = None

    def to_domain(self) -> Edit:
        """What the service makes of it."""
        return Edit(url=self.url, kinds=None if self.kinds is None else tuple(self.kinds), active=self.active)


class WebhookOut(Out):
    """A webhook without its secret."""

    id: str
    url: str
    kinds: list[str]
    active: bool
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, webhook: Webhook) -> "WebhookOut":
        """The webhook."""
        return cls(
            id=webhook.id,
            url=webhook.url,
            kinds=list(webhook.kinds),
            active=webhook.active,
            created_at=webhook.created_at,
            updated_at=webhook.updated_at,
        )


class WebhookIssuedOut(Out):
    """A webhook and its signing secret, which is shown only now."""

    webhook: WebhookOut
    secret: str

    @classmethod
    def of(cls, webhook: Webhook) -> "WebhookIssuedOut":
        """The webhook with its secret."""
        return cls(webhook=WebhookOut.of(webhook), secret=webhook.secret)


class ReceivedOut(Out):
    """What the receiver made of a test: its HTTP status, null if it gave none, and what was wrong, null for 2xx."""

    delivered: bool
    answered: int | None
    error: str | None

    @classmethod
    def of(cls, answer: Answer) -> "ReceivedOut":
        """The answer."""
        return cls(delivered=answer.error is None, answered=answer.status, error=answer.error)


class DeliveryOut(Out):
    """One event for one webhook; `id` is its `webhook-id`, `answered` and `error` are of the last attempt.

    `due_at` is when the next attempt is due; null once it is delivered or dead.
    """

    id: str
    kind: str
    status: str
    attempts: int
    due_at: datetime | None
    answered: int | None
    error: str | None
    created_at: datetime
    ended_at: datetime | None
    payload: Json

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryOut":
        """The delivery."""
        return cls(
            id=delivery.id,
            kind=delivery.kind,
            status=delivery.status,
            attempts=delivery.attempts,
            due_at=delivery.due_at if delivery.status == "pending" else None,
            answered=delivery.answered,
            error=delivery.error,
            created_at=delivery.created_at,
            ended_at=delivery.ended_at,
            payload=delivery.payload,
        )
