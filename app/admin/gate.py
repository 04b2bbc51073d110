"""The gate of the pages: each says which scope opens it, each form carries its visit's token, each answer is sealed.

The browser is told to load nothing from elsewhere, to run no script and use no style that stands inside a page, and to
show no page in a frame.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from flask import Flask, Response, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.domain.access import Scope
from app.domain.errors import Forbidden, Unauthenticated
from app.services import acting, visits
from app.services.visits import Visit
from app.services.world import World

F = TypeVar("F", bound=Callable[..., object])

EXTENSION: Final = "world"
DECLARED: Final = "__page_scope__"
ANYONE: Final = "anyone"
CARRIER: Final = "mm_visit"
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SEALS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def needs(scope: Scope) -> Callable[[F], F]:
    """Declare the scope that opens a page."""

    def declare(view: F) -> F:
        setattr(view, DECLARED, scope)
        return view

    return declare


def anyone(view: F) -> F:
    """Declare that a page is shown to strangers."""
    setattr(view, DECLARED, ANYONE)
    return view


def declared(app: Flask, endpoint: str) -> str | None:
    """The scope that opens an endpoint, ANYONE, or None where nothing is declared."""
    if endpoint == "static":
        return ANYONE
    found: str | None = getattr(app.view_functions[endpoint], DECLARED, None)
    return found


def world() -> World:
    """The world that the present page is made from."""
    found: World = current_app.extensions[EXTENSION]
    return found


def visit() -> Visit | None:
    """Whose visit the present request belongs to."""
    found: Visit | None = g.get("visit")
    return found


def check() -> Answer | None:
    """Let the present request pass, or send it to the entrance. Raises Forbidden."""
    g.visit = None
    acting.be(None)  # threads serve one request after another
    if request.endpoint is None:
        return None
    try:
        g.visit = visits.resume(world(), request.cookies.get(CARRIER, ""))
    except Unauthenticated:
        g.visit = None
    acting.be(None if g.visit is None else g.visit.key.name)
    wanted = declared(current_app, request.endpoint)
    if wanted == ANYONE:
        return None
    if g.visit is None:
        return to_entrance()
    if wanted is None or not g.visit.key.allows(wanted):
        raise Forbidden(f"a key with scope {wanted or 'of none'} is needed")
    if request.method not in READING and not visits.same(g.visit.token, request.form.get("token", "")):
        raise Forbidden("this form is not one of this visit; load the page again")
    return None


def to_entrance() -> Answer:
    """Where strangers are sent; a part of a page that renews itself moves the whole page there."""
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": url_for("entrance.show")})
    goal = request.path if request.method == "GET" else None
    return redirect(url_for("entrance.show", goal=goal), 303)


def seal(response: Response) -> Response:
    """Tell the browser what the page may do."""
    response.headers.update(SEALS)
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Cookie, HX-Request"
    return response
