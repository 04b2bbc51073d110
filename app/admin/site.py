"""The site: all pages, as an application of their own that is hung beneath a path of the whole.

It shares nothing with the API but the world: other failures, other cookies, other headers.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Flask, redirect, url_for
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Response

from app.admin import (
    ab_planner,
    ab_test_acts,
    ab_tests,
    budgets,
    comparison_acts,
    comparison_answers,
    comparison_drafts,
    comparison_ranking,
    comparison_reports,
    comparison_votes,
    comparisons,
    entrance,
    failures,
    gate,
    providers,
    rollout_acts,
    rollout_drafts,
    rollouts,
    runs,
    shares,
    shown,
    use_cases,
)
from app.services import acting
from app.services.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PATH: Final = "/admin"
FOLDER: Final = Path(__file__).parent
FORM_BYTES: Final = 100_000
PARTS: Final = (
    entrance.pages,
    providers.pages,
    budgets.pages,
    use_cases.pages,
    runs.pages,
    rollouts.pages,
    rollout_drafts.pages,
    rollout_acts.pages,
    shares.pages,
    ab_planner.pages,
    ab_tests.pages,
    ab_test_acts.pages,
    comparisons.pages,
    comparison_drafts.pages,
    comparison_answers.pages,
    comparison_votes.pages,
    comparison_acts.pages,
    comparison_ranking.pages,
    comparison_reports.pages,
)


def mount(app: Flask, world: World) -> Flask:
    """Hang the pages beneath PATH of the application; they are an application of their own, which is returned."""
    pages = site(world)

    def rooted(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """PATH without a slash is the start too; a redirect there would have to know under which name we are seen."""
        environ["PATH_INFO"] = environ["PATH_INFO"] or "/"
        return pages(environ, start)

    whole = DispatcherMiddleware(app.wsgi_app, {PATH: rooted})
    app.wsgi_app = whole  # type: ignore[method-assign]  # this is how Flask says it is wrapped
    return pages


def site(world: World) -> Flask:
    """The pages alone."""
    app = Flask(__name__, static_folder="static", template_folder="pages")
    app.extensions[gate.EXTENSION] = world
    app.config.update(MAX_CONTENT_LENGTH=FORM_BYTES, SEND_FILE_MAX_AGE_DEFAULT=31_536_000)
    version = _version(sorted((FOLDER / "static").iterdir()))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: {"visit": gate.visit(), "version": version})
    shown.register(app)
    failures.register(app)
    app.before_request(gate.check)
    app.teardown_request(lambda _: acting.be(None))
    app.after_request(gate.seal)
    for part in PARTS:
        app.register_blueprint(part)
    app.add_url_rule("/", "home", _home)
    return app


@gate.needs("read")
def _home() -> Response:
    """Where a visit begins."""
    return redirect(url_for("providers.show"), 303)


def _version(paths: Iterable[Path]) -> str:
    """Changes with the files, so that browsers may keep each for a year."""
    found = hashlib.sha256()
    for path in paths:
        found.update(path.read_bytes())
    return found.hexdigest()[:12]
