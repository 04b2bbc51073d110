"""What came of a line, as it is stored: the whole answer with every call behind it, from which any door can tell it."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, Final, get_type_hints

from pydantic import TypeAdapter

from app.domain.call import Call
from app.domain.message import Embeddings, ModelReply, Usage
from app.domain.route import Route
from app.services.direct import Answered
from app.services.generate import Finished
from app.services.whole import Whole

UNTOLD: Final = {  # no answer tells them, and they are large or say nothing of one line
    Call: frozenset({"tags", "unit"}),
    Route: frozenset({"encoding", "own", "rated", "removed", "estimator"}),
    ModelReply: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Ran:
    """Which flow of which session gave an answer of a use case. `outputs` by step."""

    use_case: str
    run_id: str
    session_id: str
    correlation_id: str
    flow: str
    flow_version: int
    reassigned: bool
    forced: bool
    latency_ms: int
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """The whole answer of a model; `ran` where a use case gave it."""

    whole: Answered
    ran: Ran | None = None


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors, what the line called their model, and the call that gave them."""

    found: Embeddings
    model: str
    encoded: bool
    call: Call


Told = Said | Embedded
RAN: Final = TypeAdapter(Ran)
FOUND: Final = TypeAdapter(Embeddings)


def of_run(finished: Finished, *, use_case: str) -> Said:
    """The answer of a use case."""
    ran = Ran(
        use_case=use_case,
        run_id=finished.run.id,
        session_id=finished.session.id,
        correlation_id=finished.session.correlation_id,
        flow=finished.flow.code,
        flow_version=finished.flow.version,
        reassigned=finished.session.replaces is not None,
        forced=finished.session.forced,
        latency_ms=finished.run.latency_ms,
        outputs={step: str(text) for step, text in finished.run.outputs.items()},
    )
    return Said(Answered(finished.reply, finished.calls, finished.routes), ran)


def encode(told: Told) -> dict[str, object]:
    """As JSON; what stands as by default is left out."""
    if isinstance(told, Embedded):
        found = FOUND.dump_python(told.found, mode="json")
        return {"found": found, "model": told.model, "encoded": told.encoded, "calls": [_dumped(told.call)]}
    whole: Whole = told.whole
    stored: dict[str, object] = {"reply": _dumped(whole.reply), "calls": [_dumped(call) for call in whole.calls]}
    if whole.route is not None:
        stored["route"] = _dumped(whole.route)
    if told.ran is not None:
        stored["ran"] = RAN.dump_python(told.ran, mode="json")
    return stored


def decode(stored: Mapping[str, Any]) -> Told:
    """What `encode` was given; of routes the last one, without what no answer tells."""
    calls = tuple(_read(Call, each) for each in stored["calls"])
    if "found" in stored:
        return Embedded(FOUND.validate_python(stored["found"]), stored["model"], stored["encoded"], calls[0])
    route = stored.get("route")
    routes = () if route is None else (_read(Route, {"rated": (), **route}),)
    ran = stored.get("ran")
    whole = Answered(_read(ModelReply, stored["reply"]), calls, routes)
    return Said(whole, None if ran is None else RAN.validate_python(ran))


def cost_of(told: Told) -> int | None:
    """Nano-dollars over all calls; None as soon as one of them is unknown."""
    calls = (told.call,) if isinstance(told, Embedded) else told.whole.calls
    costs = [call.cost for call in calls]
    return None if None in costs else sum(cost for cost in costs if cost is not None)


def usage_of(told: Told) -> Usage:
    """Tokens over all calls."""
    return told.call.usage if isinstance(told, Embedded) else told.whole.usage


def _dumped(value: Any) -> dict[str, object]:  # a Call, a Route or a ModelReply
    known = ADAPTERS[type(value)]
    return {
        field.name: known[field.name].dump_python(said, mode="json")
        for field in fields(value)
        if field.name in known and (said := getattr(value, field.name)) != _default(field)
    }


def _read(kind: type, stored: Mapping[str, Any]) -> Any:
    known = ADAPTERS[kind]
    return kind(**{name: known[name].validate_python(said) if name in known else said for name, said in stored.items()})


def _default(field: Field[Any]) -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _adapters(kind: type) -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(kind)
    return {each.name: TypeAdapter(hints[each.name]) for each in fields(kind) if each.name not in UNTOLD[kind]}


ADAPTERS: Final = {kind: _adapters(kind) for kind in UNTOLD}
