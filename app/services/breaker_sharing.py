"""Processes tell each other through the store which targets fail; a thread does it, so that no call waits for SQL."""

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol

from app.db import breakers as rows
from app.db import events as event_rows
from app.db.breakers import Resting, Stored
from app.db.uow import Store, Tx
from app.domain.breaker import Breaker, Target
from app.domain.errors import ModelMatchError
from app.domain.event import Event
from app.services.ids import new_id

log = logging.getLogger(__name__)
Kind = Literal["opened", "prolonged", "settled"]
CLAIM_WAIT_S: Final = 0.25


class Board(Protocol):
    """Who keeps the breakers of this process."""

    def adopt(self, shared: Mapping[Target, Stored], resting: Resting, *, refused: Collection[Target]) -> None:
        """Take over what the store says; another process has the probe of each target in `refused`."""

    def forget(self, provider: str) -> None:
        """The provider's breakers are closed and its targets rested."""


@dataclass(slots=True)
class _Claim:
    target: Target
    probe: Breaker
    answered: threading.Event = field(default_factory=threading.Event)
    granted: bool | None = None
    given_up: bool = False


@dataclass(slots=True)
class _Outbox:
    """What waits to be written: at most one change per target, the newest."""

    changes: dict[Target, tuple[Kind, Breaker]] = field(default_factory=dict)
    rests: dict[Target, datetime] = field(default_factory=dict)
    claims: list[_Claim] = field(default_factory=list)

    def put(self, target: Target, kind: Kind, breaker: Breaker) -> None:
        """A later change keeps the right to write that an earlier, unwritten one had."""
        before = self.changes.get(target)
        self.changes[target] = (kind if before is None or kind == "settled" else before[0], breaker)

    def restore(self, older: "_Outbox") -> None:
        """What could not be written waits again, behind what has come since."""
        for target, (kind, breaker) in older.changes.items():
            newer = self.changes.pop(target, None)
            self.changes[target] = (kind, breaker)
            if newer is not None:
                self.put(target, *newer)
        self.rests = {**older.rests, **self.rests}


class Sharing:
    """Writes this process's changes and reads everybody's, every `poll_s` seconds and at once after a change.

    While the store does not answer, or before `start`, the process decides alone.
    """

    def __init__(
        self,
        store: Store,
        board: Board,
        *,
        now: Callable[[], datetime],
        holder: str,
        poll_s: float,
        claim_wait_s: float,
    ) -> None:
        self._store = store
        self._board = board
        self._now = now
        self._holder = holder
        self._poll_s = poll_s
        self._claim_wait_s = claim_wait_s
        self._lock = threading.Lock()  # over the outbox; held for moments
        self._turn = threading.Lock()  # over reading and adopting; held while the store is spoken to
        self._wake = threading.Event()
        self._outbox = _Outbox()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._gone = False

    def start(self) -> None:
        """Begin in a daemon thread."""
        self._thread = threading.Thread(target=self._run, name="breakers", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what waits, then stop."""
        self._stopped = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    @property
    def alone(self) -> bool:
        """Whether this process decides for itself."""
        return self._gone or self._stopped or self._thread is None or not self._thread.is_alive()

    def publish(self, target: Target, kind: Kind, breaker: Breaker) -> None:
        """Have the change written soon."""
        with self._lock:
            self._outbox.put(target, kind, breaker)
        self._wake.set()

    def publish_rest(self, target: Target, until: datetime) -> None:
        """Have the rest of a target written soon."""
        with self._lock:
            self._outbox.rests[target] = until
        self._wake.set()

    def unwritten(self, target: Target) -> bool:
        """Whether the store does not know yet what this process knows of the target."""
        with self._lock:
            return target in self._outbox.changes

    def unwritten_rests(self) -> Resting:
        """Rests that the store does not know yet."""
        with self._lock:
            return dict(self._outbox.rests)

    def claim(self, target: Target, probe: Breaker) -> bool:
        """Whether this process may probe: nobody else does, or the store did not say so within `claim_wait_s`."""
        if self.alone:
            return True
        claim = _Claim(target, probe)
        with self._lock:
            self._outbox.claims.append(claim)
        self._wake.set()
        claim.answered.wait(self._claim_wait_s)
        claim.given_up = claim.granted is None
        return claim.granted is not False

    def reset(self, provider: str) -> None:
        """Close the provider's breakers and end its rests, everywhere. Raises StoreUnavailable having done nothing."""
        with self._turn:
            with self._store.write() as tx:
                rows.reset(tx, provider, now=self._now())
            with self._lock:
                outbox = self._outbox
                outbox.changes = {target: it for target, it in outbox.changes.items() if target.provider != provider}
                outbox.rests = {target: it for target, it in outbox.rests.items() if target.provider != provider}
            self._board.forget(provider)

    def _run(self) -> None:
        while not self._stopped:
            self._round()
            self._wake.wait(self._poll_s)
            self._wake.clear()
        self._round()

    def _round(self) -> None:
        with self._turn:
            with self._lock:
                taken, self._outbox = self._outbox, _Outbox()
            claims = [claim for claim in taken.claims if not claim.given_up]
            try:
                refused = self._write(taken, claims)
                with self._store.read() as tx:
                    shared, resting = rows.stored(tx), rows.resting(tx)
                self._board.adopt(shared, resting, refused=refused)
            except (ModelMatchError, OSError) as error:
                for claim in claims:
                    claim.granted = claim.granted or None  # who probes elsewhere is not known after all
                with self._lock:
                    self._outbox.restore(taken)
                self._note(error)
            else:
                self._note(None)
        for claim in claims:
            claim.answered.set()

    def _write(self, taken: _Outbox, claims: list[_Claim]) -> list[Target]:
        """Targets whose probe another process has; who may probe is told as soon as that is committed.

        Rows are written in one order by everybody, so that no two processes wait for each other.
        """
        if taken.changes or taken.rests:
            with self._store.write() as tx:
                for target, (kind, breaker) in sorted(taken.changes.items(), key=lambda item: _key(item[0])):
                    self._change(tx, target, kind, breaker)
                for target, until in sorted(taken.rests.items(), key=lambda item: _key(item[0])):
                    rows.rest(tx, target, until)
            taken.changes, taken.rests = {}, {}
        return [claim.target for claim in claims if not self._claim(claim)]

    def _claim(self, claim: _Claim) -> bool:
        with self._store.write() as tx:
            granted = rows.claim(tx, claim.target, claim.probe, holder=self._holder, now=self._now())
        claim.granted = granted
        if granted:
            claim.answered.set()
        return granted

    def _change(self, tx: Tx, target: Target, kind: Kind, breaker: Breaker) -> None:
        match kind:
            case "opened":
                if rows.open_(tx, target, breaker, now=self._now()):
                    self._tell(tx, target, "opened", breaker)
            case "prolonged" if breaker.retry_at is not None:
                rows.prolong(tx, target, breaker.retry_at)
            case _:
                heard = rows.settle(tx, target, breaker, holder=self._holder, now=self._now())
                if heard and breaker.state == "closed":
                    self._tell(tx, target, "closed", breaker)

    def _tell(self, tx: Tx, target: Target, what: str, breaker: Breaker) -> None:
        """By the one process whose word counts, so that each change is told once."""
        about = f"{target.provider}:{target.model}:{target.endpoint}"
        event = Event(
            id=new_id(),
            at=self._now(),
            kind=f"breaker.{what}",
            about=about,
            use_case_id=None,
            experiment_id=None,
            actor=None,
            text=f"the breaker of {target.model} at {target.endpoint} {what}",
            data={
                "provider": target.provider,
                "model": target.model,
                "endpoint": target.endpoint,
                "trips": breaker.trips,
            },
        )
        event_rows.add(tx, event)

    def _note(self, error: Exception | None) -> None:
        if error is not None and not self._gone:
            log.warning("breakers_alone", extra={"error": type(error).__name__})
        self._gone = error is not None


def _key(target: Target) -> tuple[str, str, str]:
    return target.provider, target.model, target.endpoint
