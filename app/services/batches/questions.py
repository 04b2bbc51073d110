"""What a line asks, as it is stored: all that a request holds, but for who asks, which is the batch's."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, replace
from typing import Any, Final, cast, get_type_hints

from pydantic import TypeAdapter

from app.domain.batch import Batch
from app.domain.cached import CacheWish
from app.domain.flow import Choice
from app.services.asking import Asked
from app.services.caller import Caller
from app.services.departure import Departure
from app.services.direct import DirectAsked

TAG: Final = "batch"  # of every call that a batch makes; its value is the batch's id
CALLER: Final = "caller"


@dataclass(frozen=True, slots=True)
class UseCaseAsked:
    """A question to the use case with this code."""

    code: str
    asked: Asked


@dataclass(frozen=True, slots=True)
class EmbeddingAsked:
    """Texts that become vectors; `model` is what the line called it, `encoded` whether vectors are told as base64."""

    choice: Choice
    model: str
    texts: tuple[str, ...]
    encoded: bool = False
    user_id: str | None = None


Question = UseCaseAsked | DirectAsked | EmbeddingAsked
KINDS: Final = {"use-case": Asked, "direct": DirectAsked, "embedding": EmbeddingAsked}
WISH: Final = TypeAdapter(CacheWish)


def encode(question: Question) -> dict[str, object]:
    """As JSON; what stands as by default is left out."""
    match question:
        case UseCaseAsked(code, asked):
            return {"kind": "use-case", "code": code, "asked": _dumped(asked), **_wishes(asked.caller)}
        case DirectAsked():
            return {"kind": "direct", "asked": _dumped(question), **_wishes(question.caller)}
        case EmbeddingAsked():
            return {"kind": "embedding", "asked": _dumped(question)}


def decode(stored: Mapping[str, Any], batch: Batch, departure: Departure) -> Question:
    """The question as the batch's caller asks it; each call bears the batch's tags."""
    kind = KINDS[stored["kind"]]
    given = {name: ADAPTERS[kind][name].validate_python(value) for name, value in stored["asked"].items()}
    if kind is EmbeddingAsked:
        return EmbeddingAsked(**given)
    wish = stored.get("cache")
    given[CALLER] = caller_of(
        batch,
        departure,
        cache=None if wish is None else WISH.validate_python(wish),
    )
    asked = kind(**given)
    asked = replace(asked, tags=tags_of(batch, asked.tags))
    if isinstance(asked, Asked):
        return UseCaseAsked(stored["code"], asked)
    return cast(DirectAsked, asked)


def caller_of(batch: Batch, departure: Departure, *, cache: CacheWish | None = None) -> Caller:
    """Who asks: whoever submitted the batch."""
    return Caller(
        key_id=batch.key_id,
        owner=batch.owner,
        team=batch.team,
        cache=cache,
        models=batch.models,
        departure=departure,
    )


def tags_of(batch: Batch, own: Mapping[str, object] | None = None) -> dict[str, object]:
    """The line's own tags over the batch's, and which batch it is."""
    return {**batch.tags, **(own or {}), TAG: batch.id}


def _wishes(caller: Caller) -> dict[str, object]:
    return {} if caller.cache is None else {"cache": WISH.dump_python(caller.cache, mode="json")}


def _dumped(asked: Any) -> dict[str, object]:  # one of KINDS
    known = ADAPTERS[type(asked)]
    return {
        field.name: known[field.name].dump_python(value, mode="json")
        for field in fields(asked)
        if field.name in known and (value := getattr(asked, field.name)) != _default(field)
    }


def _default(field: Field[Any]) -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _adapters(kind: type) -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(kind)
    return {field.name: TypeAdapter(hints[field.name]) for field in fields(kind) if field.name != CALLER}


ADAPTERS: Final = {kind: _adapters(kind) for kind in KINDS.values()}
