"""A round is what the hooks do around one call: forth through the request, back through the answer."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from app.domain.call import FLAGS
from app.domain.errors import Invalid
from app.domain.message import ModelReply, ModelRequest
from app.domain.run_errors import HookFailed, HookRefused
from app.services.attempts import Asker, Attempts
from app.services.plugins.hooks import Hooks, Ready
from app.services.plugins.notes import Notes
from app.services.plugins.turns import length

log = logging.getLogger(__name__)
T = TypeVar("T", ModelRequest, ModelReply)

LONGEST: Final = 10_000_000  # characters that a hook may make of a text


class Round:
    """Of one call. Hooks see the request in their order and the answer in the opposite one, as layers would."""

    def __init__(self, ready: Sequence[Ready], asker: Asker, *, deadline: float) -> None:
        self._layers = tuple((each, Notes(each.use.name, asker.step, asker.use_case_id)) for each in ready)
        self._deadline = deadline

    @property
    def looks_back(self) -> bool:
        """Whether a hook wants to see the answer: then it cannot leave before it is whole."""
        return any(ready.after is not None for ready, _ in self._layers)

    @property
    def flags(self) -> str:
        """What hooks have said so far, as `hook:word` separated by commas."""
        return ",".join(f"{notes.hook}:{word}" for _, notes in self._layers for word in notes.flags)

    def before(self, request: ModelRequest) -> ModelRequest:
        """The request as the hooks leave it. Raises HookRefused, HookFailed."""
        for ready, notes in self._layers:
            if ready.before is not None:
                request = self._said(ready, ready.before, request, notes)
        return request

    def after(self, reply: ModelReply) -> ModelReply:
        """The answer as the hooks leave it. Raises HookRefused, HookFailed."""
        for ready, notes in reversed(self._layers):
            if ready.after is not None:
                reply = self._said(ready, ready.after, reply, notes)
        return reply

    def flagged(self, asker: Asker) -> Asker:
        """The asker whose calls carry the flags."""
        return replace(asker, tags={**asker.tags, FLAGS: self.flags}) if self.flags else asker

    def mark(self, attempts: Attempts) -> None:
        """Let the call that answered carry the flags that its answer has earned."""
        if self.flags and attempts.made:
            *others, last = attempts.made
            call = replace(last.call, tags={**last.call.tags, FLAGS: self.flags})
            attempts.made[:] = [*others, replace(last, call=call)]

    def _said(self, ready: Ready, ask: Callable[[T, Notes], T], given: T, notes: Notes) -> T:
        why: str
        try:
            if ready.isolated is None:
                return ask(given, notes)
            within_s = min(ready.use.timeout_ms / 1000, max(0.0, self._deadline - time.monotonic()))
            ended = ready.isolated.ask(lambda: ask(given, notes), timeout_s=within_s)
            if isinstance(ended.error, HookRefused):
                raise ended.error
            if ended.why is None and type(ended.value) is type(given) and _fits(ended.value):
                return ended.value
            why = ended.why or "malformed"
            kind = None if ended.error is None else type(ended.error).__name__
        except HookRefused:
            raise
        except (ValueError, TypeError, RecursionError) as error:  # a shipped one met what it was not made for
            why, kind = "raised", type(error).__name__
        log.warning("hook_failed", extra={"hook": notes.hook, "reason": why, "error": kind})
        if ready.use.on_failure == "pass":
            notes.flag("failed")
            return given
        raise HookFailed(f"the hook {notes.hook!r} gave no answer ({why})")


def round_of(hooks: Hooks, asker: Asker, *, deadline: float) -> Round | None:
    """The round of a call, None where no hook is wanted. Raises HookFailed where one is no longer installed."""
    if not hooks.everywhere and not asker.hooks:
        return None
    try:
        return Round(hooks.ready(asker.hooks), asker, deadline=deadline)
    except Invalid as error:
        raise HookFailed(error.message) from error


def _fits(value: object) -> bool:
    if isinstance(value, ModelRequest):
        return length(value) <= LONGEST
    return isinstance(value, ModelReply) and len(value.text) <= LONGEST
