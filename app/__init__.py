"""Model Match: release, route, measure and pay for calls to language models, and trust every number."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings


def create_app(settings: Settings) -> Flask:
    """The Flask application with all behind it running; it is imported late, so that `app.domain` stays free."""
    from app.application import build

    return build(settings)
