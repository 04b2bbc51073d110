"""Providers: who can be asked here, how busy their endpoints are, and which targets are kept away from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.admin.gate import needs, world
from app.domain.breaker import State
from app.domain.errors import NotFound
from app.services import provider_health
from app.services.breakers import Reading
from app.services.endpoints import host_of
from app.services.provider_health import ProviderHealth

pages = Blueprint("providers", __name__, url_prefix="/providers")

WORDS: Final[dict[State, str]] = {"closed": "closed", "half-open": "probing", "open": "open"}
TONES: Final[dict[State, str]] = {"closed": "good", "half-open": "warn", "open": "bad"}
ORDER: Final[dict[State, int]] = {"open": 0, "half-open": 1, "closed": 2}


@dataclass(frozen=True, slots=True)
class Line:
    """A breaker as it is shown; `tone` names its colour, `word` says the same."""

    reading: Reading
    word: str
    tone: str
    waits_s: float | None


@dataclass(frozen=True, slots=True)
class Card:
    """A provider as it is shown; `away`: how many of its breakers do not let calls pass."""

    health: ProviderHealth
    lines: tuple[Line, ...]
    away: int
    resting: int


@pages.get("")
@needs("read")
def show() -> str:
    """The list; the part that renews itself alone when the page asks for it."""
    found = [_card(health) for health in provider_health.overview(world())]
    page = "providers_list.html" if request.headers.get("HX-Request") else "providers.html"
    usable = [card for card in found if card.health.loads]
    return render_template(
        page,
        cards=usable,
        others=[card.health.provider for card in found if not card.health.loads],
        away=sum(card.away for card in usable),
        resting=sum(card.resting for card in usable),
        now=world().now(),
        host_of=host_of,
        done=_known(request.args.get("reset", "")),
    )


@pages.get("/<code>/reset")
@needs("admin")
def confirm(code: str) -> str:
    """Ask whether it is meant."""
    return render_template("reset.html", card=_card(_health(code)))


@pages.post("/<code>/reset")
@needs("admin")
def reset(code: str) -> Response:
    """Close the breakers of a provider and end its rests, in all processes."""
    provider_health.reset(world(), code)
    return redirect(url_for("providers.show", reset=code), 303)


def _health(code: str) -> ProviderHealth:
    for health in provider_health.overview(world()):
        if health.provider.code == code:
            return health
    raise NotFound("provider", code)


def _known(code: str) -> str | None:
    entry = world().catalogue.providers.get(code)
    return None if entry is None else entry.title


def _card(health: ProviderHealth) -> Card:
    lines = tuple(_lines(health.readings))
    away = sum(line.reading.state != "closed" for line in lines)
    return Card(health, lines, away, sum(load.cooling_for_s > 0 for load in health.loads))


def _lines(readings: Iterable[Reading]) -> Iterable[Line]:
    """What needs attention first."""
    now = world().now()
    for it in sorted(readings, key=lambda reading: ORDER[reading.state]):
        waits_s = None if it.retry_at is None else (it.retry_at - now).total_seconds()
        yield Line(it, WORDS[it.state], TONES[it.state], waits_s if it.state == "open" else None)
