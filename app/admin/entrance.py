"""The entrance: a visit begins with an API key, and ends when somebody leaves."""

import re
import secrets
from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.admin.gate import CARRIER, anyone, needs, world
from app.domain.errors import Forbidden, LimitExceeded, Unauthenticated
from app.services import visits

pages = Blueprint("entrance", __name__)

FORM: Final = "mm_form"  # holds what the form of a stranger must carry too
GOAL: Final = re.compile(r"/(?!/)[\w/-]{0,200}")


@pages.get("/login")
@anyone
def show() -> Response:
    """The form."""
    return _form(None, 200)


@pages.post("/login")
@anyone
def enter() -> Response:
    """Begin a visit."""
    token = request.cookies.get(FORM, "")
    if not token or not visits.same(token, request.form.get("token", "")):
        return _form("This form was too old. Please try again.", 403)
    try:
        carried = visits.begin(world(), request.form.get("key", "").strip(), address=request.remote_addr or "")
    except Unauthenticated:
        return _form("No valid key looks like this.", 401)
    except Forbidden:
        return _form("This key may not read. Use one with scope read, write or admin.", 403)
    except LimitExceeded as error:
        return _form(f"Too many wrong keys came from here. Wait {error.retry_after_s:.0f} seconds.", 429)
    answer = redirect(request.script_root + _goal(request.form.get("goal", "")), 303)
    _keep(answer, CARRIER, carried, visits.LASTS_S)
    answer.delete_cookie(FORM, path=request.script_root or "/")
    return answer


@pages.post("/logout")
@needs("read")
def leave() -> Response:
    """End the visit in this browser."""
    answer = redirect(url_for("entrance.show"), 303)
    answer.delete_cookie(CARRIER, path=request.script_root or "/")
    return answer


def _form(fault: str | None, status: int) -> Response:
    token = secrets.token_urlsafe(16)
    goal = _goal(request.values.get("goal", ""))
    answer = make_response(render_template("login.html", fault=fault, token=token, goal=goal), status)
    _keep(answer, FORM, token, 3600)
    return answer


def _keep(answer: Response, name: str, value: str, lasts_s: int) -> None:
    encrypted = request.is_secure or request.headers.get("X-Forwarded-Proto") == "https"
    answer.set_cookie(
        name,
        value,
        max_age=lasts_s,
        path=request.script_root or "/",
        secure=encrypted,
        httponly=True,
        samesite="Strict",
    )


def _goal(given: str) -> str:
    return given if GOAL.fullmatch(given) else "/"
