"""A batch is received line by line: what has come is stored in small units of work, unseen until all is there."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from types import TracebackType
from typing import Final, Self

from app.db import batch_lines as line_rows
from app.db import batches as rows
from app.db.uow import Tx
from app.domain.batch import (
    AT_ONCE,
    FAULTS_KEPT,
    BadLine,
    Batch,
    Door,
    Line,
    OnBadLine,
    OnBudget,
    Shape,
    Via,
    check_options,
)
from app.domain.errors import Conflict, Invalid, ModelMatchError
from app.domain.message import Json
from app.services import events, own_budgets
from app.services.batches import budget
from app.services.batches.ending import KIND
from app.services.editing import edit
from app.services.jobs.submitting import submit
from app.services.world import World

CHUNK: Final = 500  # lines stored in one unit of work
CHUNK_BYTES: Final = 4 * 1024 * 1024
ATTEMPTS: Final = 32  # a batch of hours may see more workers come and go than another job
FOUND: Final = 20  # faults that a refusal names


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedBatch:
    """How a batch is to be run, and on whose behalf; fields as in Batch."""

    door: Door
    actor: str
    key_id: str | None = None
    owner: str | None = None
    team: str | None = None
    models: tuple[str, ...] | None = None
    concurrency: int = AT_ONCE
    budget: int | None = None
    on_budget: OnBudget = "end"
    on_bad_line: OnBadLine = "refuse"
    via: Via = "calls"
    deadline: datetime | None = None
    tags: Json = field(default_factory=dict)
    endpoint: str | None = None
    file_id: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """One line that could be read: `question` as `questions.encode` gives it, `size` its bytes."""

    line: int
    custom_id: str
    shape: Shape
    question: Mapping[str, object]
    size: int


class BadLines(Invalid):
    """Lines are broken and the batch was to be refused then; `bad` are the first of them, `many` how many there are."""

    def __init__(self, bad: tuple[BadLine, ...], many: int) -> None:
        first = bad[0]
        more = f"; {many} broken lines in all" if many > 1 else ""
        super().__init__(f"line {first.line}: {first.field}: {first.message}{more}", field=first.field)
        self.bad = bad
        self.many = many


class Receiving:
    """One upload. Leaving the block without `finish` drops what has come."""

    def __init__(self, world: World, wanted: WantedBatch) -> None:
        """Raises Conflict (`batch-texts-off`) where texts are not kept, Invalid for an option out of its bounds."""
        if not world.policy.keep_texts:
            raise Conflict(
                "the lines of a batch must be stored until they are asked, and KEEP_TEXTS is off",
                code="batch-texts-off",
            )
        moment = world.now()
        check_options(concurrency=wanted.concurrency, budget=wanted.budget, deadline=wanted.deadline, now=moment)
        self._world = world
        self._wanted = wanted
        given = {name: getattr(wanted, name) for name in wanted.__slots__ if name != "on_bad_line"}
        self._batch = Batch(id=world.new_id(), status="receiving", created_at=moment, **given)
        self._waiting: list[Line] = []
        self._waiting_bytes = 0
        self._place = 0
        self._seen: set[bytes] = set()
        self._bad: list[BadLine] = []
        self._bad_lines = 0
        self._finished = False

    @property
    def batch_id(self) -> str:
        """The id that the batch will have."""
        return self._batch.id

    @property
    def place(self) -> int:
        """The place of the next line."""
        return self._place

    def __enter__(self) -> Self:
        with self._world.store.write() as tx:
            rows.add(tx, self._batch)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self._finished:
            with suppress(ModelMatchError):  # what stays is swept by the beat
                drop(self._world, self._batch.id)

    def add(self, line: Received) -> None:
        """Take one more line. Raises Invalid (`lines`) when there are more than may be."""
        mark = blake2b(line.custom_id.encode(errors="surrogatepass"), digest_size=12).digest()
        if mark in self._seen:
            self.refuse(line.line, "custom_id", "another line has this id")
            return
        most = self._world.policy.batch_max_lines
        if self._place >= most:
            raise Invalid(f"at most {most} lines are taken", field="lines")
        self._seen.add(mark)
        stored = Line(self._place, line.custom_id, line.line, line.shape, line.question)
        self._place += 1
        self._waiting.append(stored)
        self._waiting_bytes += line.size
        if len(self._waiting) >= CHUNK or self._waiting_bytes >= CHUNK_BYTES:
            self._store()

    def refuse(self, line: int, field: str, message: str) -> None:
        """Note a line that is broken."""
        self._bad_lines += 1
        if len(self._bad) < FAULTS_KEPT:
            self._bad.append(BadLine(line, field, message))

    def finish(self) -> Batch:
        """The batch, which now waits to be run.

        Raises BadLines when there were any and they are not to be skipped, Invalid (`lines`) when there is no line.
        """
        if self._bad and self._wanted.on_bad_line == "refuse":
            raise BadLines(tuple(self._bad[:FOUND]), self._bad_lines)
        if not self._place:
            first = f": line {self._bad[0].line}: {self._bad[0].field}: {self._bad[0].message}" if self._bad else ""
            raise Invalid(f"the batch holds no line that can be asked{first}", field="lines")
        self._store()
        if self._wanted.budget is None:
            with self._world.store.write() as tx:
                made = self._queue(tx)
        else:
            made = edit(self._world, self._queue)
        self._finished = True
        return made

    def _queue(self, tx: Tx) -> Batch:
        world, it = self._world, self._batch
        rows.arrived(tx, it.id, self._bad, skipped=self._bad_lines)
        own_budgets.make(world, tx, budget.own(it))
        submit(tx, world, KIND, about=it.id, most_attempts=ATTEMPTS)
        text = f"{self._place} lines were submitted" + (f", {self._bad_lines} skipped" if self._bad_lines else "")
        told = {"lines": self._place, "skipped": self._bad_lines}
        events.record(tx, world, "batch.created", about=it.id, text=text, data=told, actor=it.actor)
        return replace(it, status="queued", skipped_lines=tuple(self._bad))

    def _store(self) -> None:
        if self._waiting:
            with self._world.store.write() as tx:
                line_rows.add(tx, self._batch.id, self._waiting)
            self._waiting, self._waiting_bytes = [], 0


def drop(world: World, batch_id: str, check: Callable[[Tx], None] = lambda tx: None) -> None:
    """Forget a batch with its lines, in small units of work; `check` is asked in each, and may forbid it."""
    gone = CHUNK
    while gone == CHUNK:
        with world.store.write() as tx:
            check(tx)
            gone = line_rows.remove_some(tx, batch_id, limit=CHUNK)
    with world.store.write() as tx:
        check(tx)
        rows.remove(tx, batch_id)
