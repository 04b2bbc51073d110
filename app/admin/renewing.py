"""The part of a page that renews itself; once other things can be done than before, the whole page is loaded anew."""

from typing import Protocol

from flask import make_response, render_template, request
from werkzeug.wrappers import Response


class Signed(Protocol):
    """What a page shows; its `sign` changes when other things can be done than before."""

    @property
    def sign(self) -> str:
        """Stands in the address with which the part asks for itself, as `seen`."""


def part(sight: Signed | None, page: str, **given: object) -> Response:
    """The part, or without a sight, or with another sign than the page has, the whole page anew."""
    if sight is None or sight.sign != request.args.get("seen"):
        return make_response("", 200, {"HX-Refresh": "true"})
    return make_response(render_template(page, sight=sight, **given))
