"""The one walker: which step is next, who asks for it, side by side where the flow allows it, until all are settled."""

import time
from collections import deque
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Final

from app.domain.errors import CallerLeft, ModelMatchError
from app.domain.message import ModelReply
from app.domain.run_errors import NothingAnswered
from app.domain.walking.standing import next_up
from app.services import expressions
from app.services.asking import values_of
from app.services.attempts import Piece
from app.services.walking import settling
from app.services.walking.asking_once import Turn, pieces
from app.services.walking.fanning import ask_each
from app.services.walking.moved import StepMoved
from app.services.walking.rounds import answered
from app.services.walking.walk import Standing, Walk

AT_ONCE: Final = 8  # steps of one run

Told = tuple[StepMoved, ...] | Piece
Outcome = tuple[ModelReply, object] | BaseException


@dataclass(slots=True)
class _Course:
    """What goes on beside the walk's own state: steps at work in threads, and what is to be told, unless `silent`."""

    streamed: bool
    silent: bool
    moved: list[StepMoved] = field(default_factory=list)
    approved: set[str] = field(default_factory=set)
    instead: deque[Standing] = field(default_factory=deque)
    ended: SimpleQueue[tuple[Standing, Outcome]] = field(default_factory=SimpleQueue)
    running: int = 0

    def tell(self, standing: Standing) -> None:
        """The step has moved."""
        if not self.silent:
            self.moved.append(StepMoved.of(standing))

    def news(self) -> tuple[StepMoved, ...]:
        """What has moved since this was asked last."""
        told, self.moved = tuple(self.moved), []
        return told


def reply(walk: Walk) -> ModelReply:
    """The run's answer, where nobody listens meanwhile. Raises as `events`."""
    for _ in events(walk, streamed=False):
        pass
    return answer_of(walk)


def events(walk: Walk, *, streamed: bool) -> Generator[Told]:
    """What moves, and with `streamed` the pieces of the answer where they may leave at once.

    Raises the error of the step that fails the run, after what was under way beside it is hung up. Closing it hangs up
    everything.
    """
    course = _Course(streamed, silent=walk.plain)
    try:
        yield from _plain(walk, course) if walk.plain else _in_order(walk, course)
    except ModelMatchError:
        _hang_up(walk, course)
        if course.moved:
            yield course.news()
        raise
    finally:
        _hang_up(walk, course)


def answer_of(walk: Walk) -> ModelReply:
    """The reply of the step that gives the run's answer. Raises what failed last, or NothingAnswered."""
    answer = walk.answer
    if answer is not None and answer.reply is not None:
        return answer.reply
    wrong = [each.error for each in walk.standings.values() if each.error is not None]
    raise wrong[-1] if wrong else NothingAnswered("all steps of the flow were skipped")


def _plain(walk: Walk, course: _Course) -> Generator[Told]:
    """The one step, asked here and now; nobody is told of it before it is over."""
    (standing,) = walk.standings.values()
    if standing.state == "answered":
        return
    _begin(standing)
    yield from _here(walk, course, standing)


def _in_order(walk: Walk, course: _Course) -> Generator[Told]:
    while True:
        due = _due(walk, course)
        alone = len(due) == 1 and not course.running
        for standing in due:
            _begin(standing)
            course.tell(standing)
        if course.moved:
            yield course.news()
        if alone:
            yield from _here(walk, course, due[0])
            continue
        for standing in due:
            _beside(walk, course, standing)
        if not course.running:
            if due or course.instead:
                continue
            break
        ended, outcome = course.ended.get()
        course.running -= 1
        _settle(walk, course, ended, outcome)
    if course.moved:
        yield course.news()


def _due(walk: Walk, course: _Course) -> list[Standing]:
    """Steps to ask now: fallbacks of what failed first, and no more than may run at once."""
    room = AT_ONCE - course.running
    due = [course.instead.popleft() for _ in range(min(room, len(course.instead)))]
    return due + [walk.standings[code] for code in _ready(walk, course)[: room - len(due)]]


def _ready(walk: Walk, course: _Course) -> list[str]:
    """Codes of the steps that may start, once all conditions that can be judged are."""
    while True:
        start, skip = next_up(walk.steps, {code: each.state for code, each in walk.standings.items()})
        for code in skip:
            _skip(course, walk.standings[code])
        asked = [code for code in start if code not in course.approved]
        if not asked:
            return list(start)
        for code in asked:
            _judge(walk, course, walk.standings[code])


def _judge(walk: Walk, course: _Course, standing: Standing) -> None:
    """The step may start unless its condition says otherwise."""
    condition, code = standing.step.when, standing.code
    try:
        if condition is None or expressions.truth(
            condition, values_of(walk.asked, walk.told(), walk.seen()), f"steps.{code}.when"
        ):
            course.approved.add(code)
        else:
            _skip(course, standing)
    except ModelMatchError as error:
        _begin(standing)
        course.tell(standing)
        _settle(walk, course, standing, error)


def _skip(course: _Course, standing: Standing) -> None:
    standing.state = "skipped"
    course.tell(standing)


def _begin(standing: Standing) -> None:
    standing.state, standing.begun = "running", time.monotonic()


def _here(walk: Walk, course: _Course, standing: Standing) -> Generator[Told]:
    """Ask in this thread; its pieces leave at once where they may."""
    final = walk.is_final(standing)
    try:
        if course.streamed and final and _may_stream(standing):
            outcome: Outcome = (yield from _passed_on(walk, standing)), None
        else:
            outcome = _perform(walk, standing, final=final)
    except ModelMatchError as error:
        outcome = error
    _settle(walk, course, standing, outcome)


def _passed_on(walk: Walk, standing: Standing) -> Generator[Told, None, ModelReply]:
    with closing(pieces(walk, standing, Turn({}, standing.attempts, final=True))) as heard:
        while True:
            try:
                piece = next(heard)
            except StopIteration as end:
                reply: ModelReply = end.value
                return reply
            yield Piece(piece)


def _beside(walk: Walk, course: _Course, standing: Standing) -> None:
    """Ask in a thread of its own, or here where none is free."""
    final = walk.is_final(standing)

    def work() -> None:
        try:
            outcome: Outcome = _perform(walk, standing, final=final)
        except BaseException as error:  # raised again in the thread that walks
            outcome = error
        course.ended.put((standing, outcome))

    course.running += 1
    if not walk.world.crew.lend(work):
        work()


def _hang_up(walk: Walk, course: _Course) -> None:
    """Nothing of the walk is under way afterwards; what answered meanwhile stands."""
    if course.running:
        walk.departure.leave()
    while course.running:
        standing, outcome = course.ended.get()
        course.running -= 1
        if isinstance(outcome, BaseException):
            standing.state = "failed"
            standing.error = outcome if isinstance(outcome, ModelMatchError) else None
        else:
            settling.answered(standing, *outcome)
        course.tell(standing)


def _perform(walk: Walk, standing: Standing, *, final: bool) -> tuple[ModelReply, object]:
    if walk.departure.left:
        raise CallerLeft("the caller left")
    each = standing.step.each
    if each is not None:
        return ask_each(walk, standing, each)
    return answered(walk, standing, Turn({}, standing.attempts, final=final))


def _settle(walk: Walk, course: _Course, standing: Standing, outcome: Outcome) -> None:
    """Raises what fails the run."""
    try:
        if isinstance(outcome, ModelMatchError):
            instead = settling.failed(walk, standing, outcome)
            if instead is not None:
                course.instead.append(instead)
                return
        elif isinstance(outcome, BaseException):
            raise outcome
        else:
            settling.answered(standing, *outcome)
    finally:
        if standing.state != "running":
            course.tell(standing)
            backed = settling.stood_in(walk, standing)
            if backed is not None:
                course.tell(backed)


def _may_stream(standing: Standing) -> bool:
    """Whether no rule of the step could take back what was said, or change it."""
    step = standing.step
    whole = step.output_schema is not None or step.each is not None or step.repeat is not None or bool(step.hooks)
    return not whole and step.on_error.action == "fail"
