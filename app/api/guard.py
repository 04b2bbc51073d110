"""No route answers without a declared scope: a door refuses to register one, and a request to one is forbidden."""

import re
from collections.abc import Callable
from typing import Final, TypeVar

from flask import Flask, current_app, g, request

from app.api import entry
from app.api.world import world
from app.domain.access import ApiKey, Scope
from app.domain.errors import Forbidden, Unauthenticated
from app.services import acting, keys

F = TypeVar("F", bound=Callable[..., object])

DECLARED: Final = "__scopes__"
PUBLIC: Final[tuple[str, ...]] = ()
LIMITED: Final[tuple[str, ...]] = ("run",)  # what costs money; reading and authoring never wait
DOCS: Final = frozenset({"openapi", "swagger", "redoc"})


def scope(*names: Scope) -> Callable[[F], F]:
    """Declare that any one of these scopes opens the route."""

    def declare(view: F) -> F:
        setattr(view, DECLARED, names)
        return view

    return declare


def public(view: F) -> F:
    """Declare that the route answers anyone."""
    setattr(view, DECLARED, PUBLIC)
    return view


def require_declared(view: Callable[..., object]) -> None:
    """Raises RuntimeError for a view that declares neither a scope nor that it is public."""
    if not hasattr(view, DECLARED):
        raise RuntimeError(f"the route {view.__name__} declares no scope")


def undeclared(app: Flask) -> list[str]:
    """Endpoints that nobody may use because they declare nothing."""
    return sorted(endpoint for endpoint in app.view_functions if scopes(app, endpoint) is None)


def scopes(app: Flask, endpoint: str) -> tuple[str, ...] | None:
    """The scopes that open an endpoint, empty when it is public, None when nothing is declared."""
    if endpoint.partition(".")[0] in DOCS:
        return PUBLIC
    declared: tuple[str, ...] | None = getattr(app.view_functions[endpoint], DECLARED, None)
    return declared


def limited(app: Flask) -> set[tuple[str, str]]:
    """Path and method, as the document writes them, of every route that lets requests in one by one."""
    return {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if scopes(app, rule.endpoint) == LIMITED
        for method in rule.methods or ()
    }


def check() -> None:
    """Let the present request pass, with its key in `g.key`.

    Raises Unauthenticated or Forbidden; LimitExceeded or Overloaded where only scope `run` opens the route.
    """
    acting.be(None)  # threads serve one request after another
    if request.endpoint is None:
        return  # no such route or method: the answer to that tells a stranger nothing
    wanted = scopes(current_app, request.endpoint)
    if wanted == PUBLIC:
        return
    g.key = _authenticated()
    acting.be(g.key.name)
    if wanted is None:
        raise Forbidden("this route is open to nobody")
    if not any(g.key.allows(name) for name in wanted):
        raise Forbidden(f"a key with scope {' or '.join(wanted)} is needed")
    if wanted == LIMITED:
        entry.enter(g.key)


def key() -> ApiKey:
    """Who asks the present request."""
    found: ApiKey = g.key
    return found


def _authenticated() -> ApiKey:
    address = request.remote_addr or ""
    return world().guesses.attempt(address, _secret(), lambda secret: keys.authenticate(world(), secret))


def _secret() -> str:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and secret.strip():
        return secret.strip()
    shown = request.headers.get("X-Api-Key", "")
    if not shown:
        raise Unauthenticated("an API key is needed, as bearer token or in X-Api-Key")
    return shown
