"""The world of the present application, for routes to hand to services."""

from typing import Final

from flask import Flask, current_app

from app.services.world import World

EXTENSION: Final = "world"


def attach(app: Flask, served: World) -> None:
    """Give the application its world."""
    app.extensions[EXTENSION] = served


def world() -> World:
    """The world that the present request is served from."""
    found: World = current_app.extensions[EXTENSION]
    return found
