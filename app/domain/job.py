"""A job is work that waits for a worker: it outlives whoever does it, and is tried until it succeeds or is dead."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from app.domain.chance import share
from app.domain.message import Json

Status = Literal["queued", "running", "succeeded", "dead", "cancelled"]

MOST_ATTEMPTS: Final = 8
FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 900.0
DOUBLINGS: Final = 10  # 2**10 s are beyond the longest wait
LOST: Final = "worker-lost"


@dataclass(frozen=True, slots=True)
class Job:
    """One job. Of one `lane` at most one runs at a time, in the order of ids; None: beside any other.

    `about` is the id of what it works on; `payload` holds no prompt. `sole`: while it lives no other of its kind is
    about the same. `attempts` of at most `most_attempts` have begun that nobody handed back. `holder` runs it until
    `until`, unless that is renewed. `done` of `total` parts are done, where the kind tells. `error` is the code of the
    last failure.
    """

    id: str
    kind: str
    about: str
    due_at: datetime
    created_at: datetime
    lane: str | None = None
    payload: Json = field(default_factory=dict)
    sole: bool = True
    status: Status = "queued"
    attempts: int = 0
    most_attempts: int = MOST_ATTEMPTS
    holder: str | None = None
    until: datetime | None = None
    done: int = 0
    total: int | None = None
    error: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def live(self) -> bool:
        """Whether it waits or runs."""
        return self.status in ("queued", "running")


@dataclass(frozen=True, slots=True)
class Succeeded:
    """Its handler has done all of it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Its handler raised: `code` says what; another try may do better."""

    code: str


@dataclass(frozen=True, slots=True)
class Postponed:
    """There is nothing to be done for so many seconds; that was no try."""

    after_s: float


@dataclass(frozen=True, slots=True)
class HandedBack:
    """Whoever had it stops, or was told to; the next one goes on at once, and that was no try."""


Outcome = Succeeded | Failed | Postponed | HandedBack


def after(job: Job, outcome: Outcome, moment: datetime) -> Job:
    """The job, which runs, once a try has ended so: over, or queued again for when it is due. Nobody holds it."""
    free = replace(job, holder=None, until=None)
    match outcome:
        case Succeeded():
            return replace(free, status="succeeded", error=None, ended_at=moment)
        case Failed(code) if job.attempts >= job.most_attempts:
            return replace(free, status="dead", error=code, ended_at=moment)
        case Failed(code):
            return replace(free, status="queued", error=code, due_at=moment + timedelta(seconds=wait_s(job)))
        case Postponed(after_s):
            return replace(free, status="queued", attempts=job.attempts - 1, due_at=moment + timedelta(seconds=after_s))
        case HandedBack():
            return replace(free, status="queued", attempts=job.attempts - 1, due_at=moment)


def again_at(job: Job, outcome: Outcome, moment: datetime) -> datetime:
    """When the job is due for what came while it ran: at once, or after the wait of a failure."""
    return moment + timedelta(seconds=wait_s(job)) if isinstance(outcome, Failed) else moment


def wait_s(job: Job) -> float:
    """Seconds from the failure of its present attempt to the next one: doubling, less up to half of it by chance.

    So jobs that failed together do not come back together. At least half a second, at most LONGEST_WAIT_S.
    """
    doublings = min(max(job.attempts - 1, 0), DOUBLINGS)
    bound = min(FIRST_WAIT_S * 2.0**doublings, LONGEST_WAIT_S)
    return bound * (1.0 - share(f"{job.id}:{job.attempts}") / 2)
