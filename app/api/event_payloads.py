"""Shapes of events, and of what is asked of their log."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from app.api.payloads import Moment, Out, Payload, Words
from app.domain.event import KINDS
from app.domain.job import Job
from app.domain.message import Json
from app.services import event_replays
from app.services.event_log import Asked, Shown

FARTHEST: Final = 2**63 - 1
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Kinds = Field(None, description="kinds of events, several by commas: a kind, `noun.*` for all of a noun")
About = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class EventsAsked(Words):
    """Which events are meant; `about` is the id or name of what they are about, `use_case` a code."""

    kind: Annotated[str, StringConstraints(min_length=1, max_length=2_000)] | None = Kinds
    about: About | None = None
    use_case: str | None = None

    def asked(self, since: datetime | None = None, until: datetime | None = None) -> Asked:
        """What the service looks for."""
        kinds = [] if self.kind is None else [kind.strip() for kind in self.kind.split(",")]
        return Asked(kinds, self.about, self.use_case, since, until)


class EventsQuery(EventsAsked):
    """The same between two moments; newest first unless `order` is `at`."""

    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    order: Literal["at", "-at"] = "-at"
    cursor: str | None = None
    limit: int = Field(50, ge=1, le=200)


class FeedQuery(EventsAsked):
    """Events behind the number `after`; without it, from now on."""

    after: int | None = Field(None, ge=0, le=FARTHEST)


class LoggedEventOut(Out):
    """Something that happened: `text` for people, `data` for programs.

    `number` is its place in the order in which all events are told, null in the moment until it has one. `actor`: the
    name of the key, or what acted by itself.
    """

    id: str
    number: int | None
    at: datetime
    kind: str
    about: str
    use_case: str | None
    experiment_id: str | None
    actor: str | None
    text: str
    data: Json

    @classmethod
    def of(cls, shown: Shown) -> "LoggedEventOut":
        """The event."""
        event = shown.event
        return cls(
            id=event.id,
            number=event.number,
            at=event.at,
            kind=event.kind,
            about=event.about,
            use_case=shown.use_case,
            experiment_id=event.experiment_id,
            actor=event.actor,
            text=event.text,
            data=event.data,
        )


class EventReplayIn(Payload):
    """Events from `since` on, before `until`, once more to every active webhook that wants them, or to one.

    `missed`: only those that it was never sent, or whose delivery was given up.
    """

    since: Moment
    until: Moment | None = None
    kinds: Annotated[list[Pattern], Field(max_length=len(KINDS))] = Field(default_factory=list)
    use_case: str | None = None
    webhook_id: Annotated[UUID, Field(strict=False)] | None = None
    missed: bool = False

    def wanted(self) -> event_replays.Wanted:
        """What the service is asked."""
        return event_replays.Wanted(
            self.since,
            self.until,
            self.kinds,
            self.use_case,
            None if self.webhook_id is None else str(self.webhook_id),
            missed=self.missed,
        )


class EventReplayOut(Out):
    """The job that does it."""

    job_id: str
    status: str

    @classmethod
    def of(cls, job: Job) -> "EventReplayOut":
        """The job."""
        return cls(job_id=job.id, status=job.status)
