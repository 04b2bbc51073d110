"""Scorings hold answers that were given in a short line until one thread has time to score them, or drop them."""

import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

LENGTH: Final = 256
MOST_CHARACTERS: Final = 8_000_000  # of all answers that wait, with their prompts
REST: Final = 19.0  # a scoring is followed by a rest so many times as long: at most a twentieth of a core
CLOSING_S: Final = 2.0
MOST_WEIGHTS: Final = 1_000

Dropped = Literal["full", "closed", "unfit", "store", "failed"]
Fate = Dropped | Literal["scored"]
Weights = Mapping[str, float] | None
Key = tuple[str, str]  # use case id, rubric


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that was given, with what is known of its question; `prompt` is what the user's turn said."""

    use_case_id: str
    session_id: str
    run_id: str
    call_id: str
    model: str
    rubric: str
    text: str
    prompt: str
    facts: Mapping[str, str]

    @property
    def characters(self) -> int:
        """How much of memory it takes, about."""
        return len(self.text) + len(self.prompt) + sum(map(len, self.facts.values()))


@dataclass(frozen=True, slots=True)
class ScoringFigures:
    """For metrics: answers that wait, those scored, those dropped by reason."""

    waiting: int
    scored: int
    dropped: dict[str, int]


class Scorings:
    """One per process; `start` it after any fork. No request waits for it: what does not fit in is dropped and counted.

    `rest`: 0 takes all the time there is.
    """

    def __init__(self, *, length: int = LENGTH, most_characters: int = MOST_CHARACTERS, rest: float = REST) -> None:
        self._length = length
        self._most_characters = most_characters
        self._rest = rest
        self._waiting: deque[Answer] = deque()
        self._characters = 0
        self._fates: Counter[Fate] = Counter()
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._open = False
        self._perform: Callable[[Answer], Fate] = lambda _: "closed"
        self._thread: threading.Thread | None = None
        self._weights: OrderedDict[Key, tuple[int, Weights]] = OrderedDict()

    def start(self, perform: Callable[[Answer], Fate]) -> None:
        """Begin to take answers, for one daemon thread."""
        with self._changed:
            self._perform = perform
            self._open = True
            self._closing.clear()
            self._ensure_running()

    def offer(self, answer: Answer) -> bool:
        """Whether the answer stands in the line; it never waits and never raises."""
        size = answer.characters
        with self._changed:
            room = len(self._waiting) < self._length and self._characters + size <= self._most_characters
            if not self._open or not room:
                self._fates["full" if self._open else "closed"] += 1
                return False
            self._ensure_running()
            self._waiting.append(answer)
            self._characters += size
            self._changed.notify()
            return True

    def close(self, *, timeout_s: float = CLOSING_S) -> None:
        """Take no more; score what waits without any rest, and drop what is left when the time is over."""
        with self._changed:
            self._open = False
            self._closing.set()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        with self._changed:
            if self._waiting:
                self._fates["closed"] += len(self._waiting)
                self._waiting.clear()
                self._characters = 0

    def figures(self) -> ScoringFigures:
        """Counts since the start."""
        with self._changed:
            dropped: dict[str, int] = {fate: count for fate, count in self._fates.items() if fate != "scored"}
            return ScoringFigures(len(self._waiting), self._fates["scored"], dropped)

    def weights(self, key: Key, revision: int, read: Callable[[], Weights]) -> Weights:
        """The weights of that use case and rubric as of that revision of the snapshot, read once; None: the rubric's.

        Raises what `read` raises.
        """
        with self._changed:
            known = self._weights.get(key)
        if known is not None and known[0] == revision:
            return known[1]
        found = read()
        with self._changed:
            self._weights[key] = (revision, found)
            self._weights.move_to_end(key)
            while len(self._weights) > MOST_WEIGHTS:
                self._weights.popitem(last=False)
        return found

    def _ensure_running(self) -> None:
        """A thread that died of a defect is replaced, so that one bad answer does not stop the rest."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="scoring", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (answer := self._next()) is not None:
            begun = time.monotonic()
            fate: Fate = "failed"
            try:
                fate = self._perform(answer)
            finally:
                with self._changed:
                    self._fates[fate] += 1
            self._closing.wait(min(self._rest * (time.monotonic() - begun), threading.TIMEOUT_MAX))

    def _next(self) -> Answer | None:
        """The next answer, waited for; None once closed and none is left."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or not self._open)
            if not self._waiting:
                return None
            answer = self._waiting.popleft()
            self._characters -= answer.characters
            return answer
