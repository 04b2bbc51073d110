"""Sessions seen lately, and versions that serve them, are kept in memory, bounded: a known session costs no read."""

import threading
from collections import OrderedDict
from datetime import datetime

from app.domain.flow import RunLimits, Step
from app.domain.session import Session

VERSIONS = 1_000  # of flows whose steps and limits are remembered


class KnownSessions:
    """Least recently used sessions go first once `capacity` is reached; safe to share between threads."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._sessions: OrderedDict[tuple[str, str], Session] = OrderedDict()
        self._versions: OrderedDict[tuple[str, int], tuple[tuple[Step, ...], RunLimits]] = OrderedDict()

    def get(self, use_case_id: str, correlation_id: str, moment: datetime) -> Session | None:
        """The session, unless it is unknown here or expired at that moment."""
        key = (use_case_id, correlation_id)
        with self._lock:
            session = self._sessions.get(key)
            if session is None:
                return None
            if session.expires_at <= moment:
                del self._sessions[key]
                return None
            self._sessions.move_to_end(key)
            return session

    def put_first(self, session: Session) -> Session:
        """What is remembered from now on: the session, unless another one lives where it was assigned.

        The one that it replaces lives no more.
        """
        with self._lock:
            known = self._sessions.get((session.use_case_id, session.correlation_id))
            if known is not None and known.id != session.replaces and known.expires_at > session.assigned_at:
                return known
            self._put(session)
            return session

    def put(self, session: Session) -> None:
        """Remember the session."""
        with self._lock:
            self._put(session)

    def version(self, flow_id: str, version: int) -> tuple[tuple[Step, ...], RunLimits] | None:
        """Steps and limits of that version of the flow, if it was served lately."""
        return self._versions.get((flow_id, version))

    def put_version(self, flow_id: str, version: int, steps: tuple[Step, ...], limits: RunLimits) -> None:
        """Remember what a version says, which never changes once it was served."""
        known = self._versions.get((flow_id, version))
        if known is not None and known[0] is steps and known[1] is limits:
            return
        with self._lock:
            self._versions[flow_id, version] = steps, limits
            if len(self._versions) > VERSIONS:
                self._versions.popitem(last=False)

    def forget_use_case(self, use_case_id: str) -> None:
        """Drop every session of a use case that was deleted."""
        with self._lock:
            for key in [key for key in self._sessions if key[0] == use_case_id]:
                del self._sessions[key]

    def __len__(self) -> int:
        return len(self._sessions)

    def _put(self, session: Session) -> None:
        self._sessions[session.use_case_id, session.correlation_id] = session
        self._sessions.move_to_end((session.use_case_id, session.correlation_id))
        if len(self._sessions) > self._capacity:
            self._sessions.popitem(last=False)
