"""Sessions seen lately are kept in memory, bounded, so that a known session costs no read."""

import threading
from collections import OrderedDict
from datetime import datetime

from app.domain.session import Session


class KnownSessions:
    """Least recently used sessions go first once `capacity` is reached; safe to share between threads."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._sessions: OrderedDict[tuple[str, str], Session] = OrderedDict()

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

    def put(self, session: Session) -> None:
        """Remember the session."""
        with self._lock:
            self._sessions[session.use_case_id, session.correlation_id] = session
            self._sessions.move_to_end((session.use_case_id, session.correlation_id))
            if len(self._sessions) > self._capacity:
                self._sessions.popitem(last=False)

    def forget_use_case(self, use_case_id: str) -> None:
        """Drop every session of a use case that was deleted."""
        with self._lock:
            for key in [key for key in self._sessions if key[0] == use_case_id]:
                del self._sessions[key]

    def __len__(self) -> int:
        return len(self._sessions)
