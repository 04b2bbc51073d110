"""A batch is many questions submitted at once: each is asked as a request is, and what comes of it is read later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from app.domain.errors import Invalid, ModelMatchError
from app.domain.message import Json

Status = Literal["receiving", "queued", "running", "succeeded", "failed", "cancelled"]
Door = Literal["native", "openai"]
Shape = Literal["model", "use-case", "chat", "chat-use-case", "embedding"]
OnBadLine = Literal["refuse", "skip"]
OnBudget = Literal["end", "wait"]
Via = Literal["calls", "provider"]
ShipmentState = Literal["packed", "sent", "ended", "refused"]

LIVE: Final = ("queued", "running")
OVER: Final = ("succeeded", "failed", "cancelled")
MOST_AT_ONCE: Final = 64
AT_ONCE: Final = 8
LONGEST_LINE: Final = 4 * 1024 * 1024  # bytes
CUSTOM_ID: Final = 255  # characters
FAULTS_KEPT: Final = 100  # of the lines that were left out
EXPIRED: Final = "batch-expired"
REVOKED: Final = "key-revoked"
INTERNAL: Final = "internal-error"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that could not be taken, counted from 1, and what is wrong with which of its fields."""

    line: int
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class LineError:
    """Why a line has no answer: the class of the error, its public code and words, and the field it names."""

    kind: str
    code: str
    message: str
    field: str | None = None

    @classmethod
    def of(cls, error: ModelMatchError) -> "LineError":
        """What the error says of itself."""
        return cls(type(error).__name__, error.code, error.message, getattr(error, "field", None))


@dataclass(frozen=True, slots=True)
class Batch:
    """Who asks (`key_id` to `models`), how, and where it stands.

    `budget`: nano-dollars that all its calls may cost together. `on_budget`: whether it ends or waits when a budget has
    nothing left. `via` provider: lines of one model go to that provider's own batch endpoint where it has one.
    `endpoint` is the address that every line of a batch by OpenAI's door names. `waits_for`: the code of what stands in
    its way at the moment. `forgotten_at`: since when its lines and answers are gone.
    """

    id: str
    status: Status
    door: Door
    actor: str
    created_at: datetime
    concurrency: int = AT_ONCE
    key_id: str | None = None
    owner: str | None = None
    team: str | None = None
    models: tuple[str, ...] | None = None
    budget: int | None = None
    on_budget: OnBudget = "end"
    via: Via = "calls"
    deadline: datetime | None = None
    tags: Json = field(default_factory=dict)
    endpoint: str | None = None
    file_id: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    forgotten_at: datetime | None = None
    error: str | None = None
    waits_for: str | None = None
    skipped_lines: tuple[BadLine, ...] = ()

    @property
    def over(self) -> bool:
        """Whether no line will be asked any more."""
        return self.status in OVER


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a batch is: `failed` of the `answered` lines hold an error; `spent` in nano-dollars over what is priced.

    `unpriced` counts lines that cost what nobody knows. `taken_done` lines were done when somebody took it last.
    """

    lines: int = 0
    skipped: int = 0
    answered: int = 0
    failed: int = 0
    spent: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    taken_at: datetime | None = None
    taken_done: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One question, in the order of the file by `place` (from 0), and what came of it once it is `done`.

    `turn`: its place (from 1) among those that are done. `question` and `answer` are JSON that the services read.
    `cost` in nano-dollars, None: unpriced, or nothing was asked.
    """

    place: int
    custom_id: str
    line: int
    shape: Shape
    question: Mapping[str, object]
    done: bool = False
    turn: int | None = None
    answer: Mapping[str, object] | None = None
    error: LineError | None = None
    cost: int | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    ended_at: datetime | None = None
    shipment_id: str | None = None


@dataclass(frozen=True, slots=True)
class Shipment:
    """Lines of one model on their way through its provider's batch endpoint; `endpoint` names the key that is used.

    `packed`: not sent, or nobody knows whether the vendor has them if there is a `sent_at`; `sent`: it has, as
    `vendor_id`, and has been told that nobody wants them any more if there is an `error`; `ended`: answers are
    recorded; `refused`: it does not take them. `held`: nano-dollars that they may cost at most, None where a price is
    unknown.
    """

    id: str
    batch_id: str
    model: str
    endpoint: str
    state: ShipmentState
    lines: int
    created_at: datetime
    vendor_id: str | None = None
    held: int | None = None
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class BatchFile:
    """An uploaded file of lines; `size` in bytes."""

    id: str
    name: str
    purpose: str
    size: int
    created_at: datetime
    key_id: str | None = None
    ready: bool = False


def check_custom_id(given: object) -> str:
    """The id. Raises Invalid unless it is a text of 1 to 255 characters on one line."""
    if not isinstance(given, str) or not 1 <= len(given) <= CUSTOM_ID or not given.isprintable():
        raise Invalid(f"a text of 1 to {CUSTOM_ID} printable characters is expected", field="custom_id")
    return given


def check_options(*, concurrency: int, budget: int | None, deadline: datetime | None, now: datetime) -> None:
    """Raises Invalid naming the option that is out of its bounds."""
    if not 1 <= concurrency <= MOST_AT_ONCE:
        raise Invalid(f"1 to {MOST_AT_ONCE} lines are asked at once", field="concurrency")
    if budget is not None and budget <= 0:
        raise Invalid("an amount above 0 is expected", field="max_cost_usd")
    if deadline is not None and deadline <= now:
        raise Invalid("a moment in the future is expected", field="deadline")
