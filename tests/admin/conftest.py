"""Tests of pages walk through them as a browser without scripts does: cookies are kept, forms carry their token."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.admin import gate
from app.admin.site import PATH, mount
from app.api import world as worlds
from app.api.routes import register
from app.db.uow import Store
from app.domain.access import Scope, digest
from app.services import keys
from app.services.world import World
from tests.stores import make_store
from tests.worlds import Clock, opened

ADMIN = "a-key-that-opens-every-page"
TOKEN = re.compile(r'name="token" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Browser:
    """Keeps cookies and shows no key."""

    client: FlaskClient

    def get(self, path: str, **given: Any) -> TestResponse:
        """A page beneath PATH."""
        return self.client.get(PATH + path, **given)

    def send(self, path: str, form: dict[str, str], *, at: str | None = None) -> TestResponse:
        """A form, with the token of the page `at` (or of the same path) on which it stands."""
        found = TOKEN.search(self.get(at or path).text)
        assert found, "the page has no form"
        return self.client.post(PATH + path, data={**form, "token": found[1]})

    def log_in(self, secret: str = ADMIN) -> TestResponse:
        """Begin a visit."""
        return self.send("/login", {"key": secret})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with make_store("sqlite", tmp_path) as made:
        yield made


@pytest.fixture
def world(store: Store, tmp_path: Path, clock: Clock) -> Iterator[World]:
    with opened(store, tmp_path, clock=clock, admin_key_digest=digest(ADMIN)) as made:
        yield made


_built: list[tuple[Flask, Flask]] = []  # doors and pages, once in a process: they hold nothing but their world


@pytest.fixture
def app(world: World) -> Flask:
    if not _built:
        whole = register(world, max_body_bytes=100_000)
        _built.append((whole, mount(whole, world)))
    doors, pages = _built[0]
    worlds.attach(doors, world)
    pages.extensions[gate.EXTENSION] = world
    return doors


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def admin(browser: Browser) -> Browser:
    """A browser whose visit has begun with the admin key."""
    assert browser.log_in().status_code == 303
    return browser


def issue(world: World, *scopes: Scope) -> keys.Issued:
    """A key of its own."""
    return keys.issue(world, "somebody", scopes)
