"""Shapes of webhooks and their deliveries; the secret stands in one of them, which is answered once."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.api.codes import use_case_code
from app.api.event_payloads import Pattern
from app.api.payloads import Line, Moment, Name, Out, Paging, Payload, Words
from app.domain.delivery import Answer, Delivery, Status
from app.domain.event import ALERTS, KINDS
from app.domain.message import Json
from app.domain.webhook import MOST_HEADERS, URL_CHARS, Webhook
from app.services.webhooks import Edit, Wanted

Url = Annotated[
    str,
    StringConstraints(min_length=1, max_length=URL_CHARS),
    Field(description="http or https; its host must be public unless WEBHOOK_PRIVATE_HOSTS is true"),
]
Kinds = Annotated[
    list[Pattern],
    Field(min_length=1, max_length=len(KINDS), description="kinds of events, `noun.*` for all of a noun, or `*`"),
]
Headers = Annotated[
    dict[Name, Annotated[str, StringConstraints(min_length=1, max_length=256)]],
    Field(max_length=MOST_HEADERS, description="sent along with each delivery; named X-…, and no place for secrets"),
]
UseCaseCode = Annotated[Name, Field(description="only events of the use case with this code")]


class ByDelivery(Words):
    """A path that names a webhook and one of its deliveries."""

    id: UUID
    delivery_id: UUID


class DeliveriesQuery(Paging):
    """Deliveries of one status, or all."""

    status: Status | None = None


class WebhookIn(Payload):
    """A new webhook; without `kinds` it is told of what alerts. `texts`: with a run's outputs, where texts are kept."""

    url: Url
    kinds: Kinds = Field(default_factory=lambda: list(ALERTS))
    active: bool = True
    use_case: UseCaseCode | None = None
    texts: bool = False
    headers: Headers = Field(default_factory=dict)

    def to_domain(self) -> Wanted:
        """What the service makes of it."""
        return Wanted(
            url=self.url,
            kinds=tuple(self.kinds),
            active=self.active,
            use_case=self.use_case,
            texts=self.texts,
            headers=self.headers,
        )


class WebhookPatch(Payload):
    """What is to change; what is left out or null stays. An empty `use_case` means all of them."""

    url: Url | None = None
    kinds: Kinds | None = None
    active: bool | None = None
    use_case: Line | None = None
    texts: bool | None = None
    headers: Headers | None = None

    def to_domain(self) -> Edit:
        """What the service makes of it."""
        return Edit(
            url=self.url,
            kinds=None if self.kinds is None else tuple(self.kinds),
            active=self.active,
            use_case=self.use_case,
            texts=self.texts,
            headers=self.headers,
        )


class RedeliverIn(Payload):
    """Events from `since` on, before `until`, once more; with `missed` only what was given up or never sent."""

    since: Moment
    until: Moment | None = None
    kinds: Annotated[list[Pattern], Field(max_length=len(KINDS))] = Field(default_factory=list)
    missed: bool = True


class WebhookOut(Out):
    """A webhook without its secret.

    `failures` in a row, since `failing_since`; until `paused_until` its receiver is left alone. `disabled_at`: when it
    was switched off, since the receiver had failed for days.
    """

    id: str
    url: str
    kinds: list[str]
    active: bool
    use_case: str | None
    texts: bool
    headers: dict[str, str]
    failures: int
    failing_since: datetime | None
    paused_until: datetime | None
    disabled_at: datetime | None
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
            use_case=None if webhook.use_case_id is None else use_case_code(webhook.use_case_id),
            texts=webhook.texts,
            headers=dict(webhook.headers),
            failures=webhook.failures,
            failing_since=webhook.failing_since,
            paused_until=webhook.paused_until,
            disabled_at=webhook.disabled_at,
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
    latency_ms: int

    @classmethod
    def of(cls, answer: Answer) -> "ReceivedOut":
        """The answer."""
        return cls(
            delivered=answer.error is None,
            answered=answer.status,
            error=answer.error,
            latency_ms=answer.latency_ms,
        )


class AttemptOut(Out):
    """One attempt of a delivery: what the receiver answered, what was wrong, and how long it took."""

    at: datetime
    answered: int | None
    error: str | None
    latency_ms: int


class DeliveryOut(Out):
    """One event for one webhook, sent under the event's id; null where it is from before events had any.

    `answered` and `error` are of the last attempt, `tries` the last attempts, oldest first. `due_at` is when the next
    attempt is due; null once it is delivered or dead. `replayed`: it has ended once before.
    """

    id: str
    event_id: str | None
    about: str
    kind: str
    status: str
    attempts: int
    due_at: datetime | None
    answered: int | None
    error: str | None
    created_at: datetime
    ended_at: datetime | None
    replayed: bool
    tries: list[AttemptOut]
    payload: Json

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryOut":
        """The delivery."""
        return cls(
            id=delivery.id,
            event_id=delivery.event_id,
            about=delivery.about,
            kind=delivery.kind,
            status=delivery.status,
            attempts=delivery.attempts,
            due_at=delivery.due_at if delivery.status == "pending" else None,
            answered=delivery.answered,
            error=delivery.error,
            created_at=delivery.created_at,
            ended_at=delivery.ended_at,
            replayed=delivery.replayed,
            tries=[AttemptOut.model_validate(told) for told in delivery.tries],
            payload=delivery.payload,
        )
