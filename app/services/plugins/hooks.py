"""Hooks by name: the shipped ones and those that others have installed, each built once per set of options."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol, cast

import orjson
from pydantic import ValidationError

from app.domain.errors import Invalid
from app.domain.flow import Hook
from app.domain.message import ModelReply, ModelRequest
from app.services.plugins import found
from app.services.plugins.isolation import Isolated
from app.services.plugins.notes import Notes

GROUP: Final = "model_match.hooks"
SHIPPED: Final[Mapping[str, str]] = {
    "injection": "app.services.plugins.injection:Injection",
    "json-repair": "app.services.plugins.json_repairing:JsonRepair",
    "length": "app.services.plugins.length_guard:Length",
    "pii": "app.services.plugins.pii:Pii",
}
KEPT: Final = 256  # built hooks; the one that was not wanted for longest goes
THREADS: Final = 8  # in which a stranger's hook is asked at once
WAITING: Final = 64
BUILT_WITHIN_S: Final = 5.0


class Before(Protocol):
    """Says the request otherwise, flags it or refuses it."""

    def __call__(self, request: ModelRequest, notes: Notes, /) -> ModelRequest: ...


class After(Protocol):
    """Says the answer otherwise, flags it or refuses it."""

    def __call__(self, reply: ModelReply, notes: Notes, /) -> ModelReply: ...


@dataclass(frozen=True, slots=True)
class Ready:
    """A hook that was built, as it is used here; `isolated` where it is a stranger's."""

    use: Hook
    before: Before | None
    after: After | None
    isolated: Isolated[object] | None


class Hooks:
    """One per process. `everywhere`: the hooks of every call, before those of its step."""

    def __init__(self, everywhere: Sequence[Hook] = ()) -> None:
        self._lock = threading.Lock()
        self._built: OrderedDict[tuple[str, bytes], object] = OrderedDict()
        self._isolated: dict[str, Isolated[object]] = {}
        self.everywhere: Final = tuple(everywhere)
        for hook in everywhere:
            self.check(hook, field="HOOKS")

    def check(self, hook: Hook, *, field: str) -> None:
        """Raises Invalid, naming the field, for a hook that there is not, or options that it does not take."""
        self._ready(hook, field=field)

    def ready(self, own: Sequence[Hook]) -> tuple[Ready, ...]:
        """The hooks of a call, in their order. Raises Invalid for one that is no longer installed."""
        return tuple(self._ready(hook, field="hooks") for hook in (*self.everywhere, *own))

    def resting(self) -> tuple[str, ...]:
        """Strangers' hooks that failed too often and are left alone at present."""
        with self._lock:
            return tuple(sorted(name for name, isolated in self._isolated.items() if isolated.resting))

    def close(self) -> None:
        """Ask no stranger any more."""
        with self._lock:
            for isolated in self._isolated.values():
                isolated.close()

    def _ready(self, hook: Hook, *, field: str) -> Ready:
        made, isolated = self._made(hook, field=field), None
        if hook.name not in SHIPPED:
            isolated = self._isolation(hook.name)
        before, after = getattr(made, "before", None), getattr(made, "after", None)
        if not callable(before) and not callable(after):
            raise Invalid(f"the hook {hook.name!r} has neither `before` nor `after`", field=f"{field}.name")
        return Ready(hook, cast(Before | None, before), cast(After | None, after), isolated)

    def _made(self, hook: Hook, *, field: str) -> object:
        key = (hook.name, orjson.dumps(hook.options, option=orjson.OPT_SORT_KEYS))
        with self._lock:
            if key in self._built:
                self._built.move_to_end(key)
                return self._built[key]
        made = self._build(hook, field=field)
        with self._lock:
            self._built[key] = made
            if len(self._built) > KEPT:
                self._built.popitem(last=False)
        return made

    def _build(self, hook: Hook, *, field: str) -> object:
        if hook.name in SHIPPED:
            module, _, name = SHIPPED[hook.name].partition(":")
            make: Callable[[Mapping[str, object]], object] = getattr(import_module(module), name)
            try:
                return make(hook.options)
            except ValueError as error:
                raise Invalid(_told(hook, error), field=f"{field}.options") from error
        if hook.name not in found.names(GROUP):
            known = ", ".join(sorted((*SHIPPED, *found.names(GROUP))))
            raise Invalid(f"there is no hook {hook.name!r}; there are {known}", field=f"{field}.name")
        factory = found.load(GROUP, hook.name, field=f"{field}.name")
        if not callable(factory):
            raise Invalid(f"the entry point {hook.name!r} is no function and no class", field=f"{field}.name")
        ended = self._isolation(hook.name).ask(lambda: factory(dict(hook.options)), timeout_s=BUILT_WITHIN_S)
        if ended.why is not None:
            why = type(ended.error).__name__ if ended.error is not None else ended.why
            raise Invalid(f"the hook {hook.name!r} does not take these options ({why})", field=f"{field}.options")
        return ended.value

    def _isolation(self, name: str) -> Isolated[object]:
        """One per hook, whatever its options: names are bounded by what is installed."""
        with self._lock:
            if name not in self._isolated:
                self._isolated[name] = Isolated(threads=THREADS, waiting=WAITING)
            return self._isolated[name]


def _told(hook: Hook, error: ValueError) -> str:
    """What is wrong with the options of a shipped hook; never what was given."""
    told = "they cannot be read"
    if isinstance(error, ValidationError):
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        told = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'options'}: {each['msg']}" for each in faults)
    return f"the hook {hook.name!r} does not take these options ({told})"
