"""Jobs as JSON: what kind of work, about what, how far it is and how often it was tried."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.api.payloads import Name, Out, Paging, Payload
from app.db.jobs import JobFilter
from app.domain.job import Job, Status


class JobsQuery(Paging):
    """Those of one kind, of one status, or about one thing only."""

    kind: Name | None = None
    status: Status | None = None
    about: Name | None = None

    def wanted(self) -> JobFilter:
        """As the service takes it."""
        return JobFilter(self.kind, self.status, self.about)


class ReplayIn(Payload):
    """All dead jobs of this kind."""

    kind: Name


class ReplayedOut(Out):
    """How many wait again, and how many stay dead because another of their kind about the same lives."""

    replayed: int
    left: int


class JobOut(Out):
    """A job. `done` of `total` parts are done, where the kind tells; `error` is the code of the last failure."""

    id: str
    kind: str
    about: Annotated[str, Field(description="id of what it works on")]
    lane: Annotated[str | None, Field(description="jobs of one lane run one at a time, in the order of their ids")]
    status: Status
    attempts: int
    most_attempts: int
    due_at: datetime
    done: int
    total: int | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, job: Job) -> "JobOut":
        """The job as it stands."""
        return cls(**{name: getattr(job, name) for name in cls.model_fields})
