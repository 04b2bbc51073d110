"""A world gets its doors and the threads that serve them: what a WSGI server runs."""

import threading
from contextlib import suppress

from flask import Flask

from app.admin.site import mount
from app.api.routes import register
from app.domain.errors import ProviderError
from app.services import mirroring, scoring, stopping, vitals
from app.services.jobs.worker import Worker
from app.services.logs import configure
from app.services.publishing import Publisher
from app.services.tick import Ticker
from app.services.world import World
from app.wiring import close_world, open_world
from config import Settings


def build(settings: Settings) -> Flask:
    """The Flask application; its threads end with the process."""
    configure(settings.log_level)
    world = open_world(settings)
    app = register(world, max_body_bytes=settings.max_body_bytes)
    mount(app, world)
    threading.Thread(target=warm, args=(world,), name="warm", daemon=True).start()
    if world.figure_files is not None:
        world.figure_files.start(lambda: vitals.of_process(world))
    stopping.at_end(lambda: close_world(world))
    publisher = Publisher(world)
    publisher.start()
    stopping.at_end(publisher.close)
    if settings.tick == "on":
        ticker = Ticker(world, interval_s=settings.tick_interval_s)
        ticker.start()
        stopping.at_end(ticker.close)  # before the world: what is told last is called first
    if settings.job_threads:
        worker = Worker(world, places=settings.job_threads)
        worker.start()
        stopping.at_end(worker.close)
    world.mirrors.start(lambda copy: mirroring.perform(world, copy), threads=settings.shadow_threads)
    world.scorings.start(lambda answer: scoring.perform(world, answer))
    stopping.notice(world.listeners.close)
    return app


def warm(world: World) -> None:
    """Build the providers that have a key, so that the first request does not wait for their libraries."""
    for endpoint in (endpoint for several in world.endpoints.values() for endpoint in several):
        if endpoint.api_key is not None:
            with suppress(ProviderError):
                world.providers.get(endpoint)
