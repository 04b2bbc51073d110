"""Pages in a real browser, on a real socket; where there is no browser nothing is collected, and the report says so."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from app.admin.site import mount
from app.api.routes import register
from app.domain.access import digest
from app.services import clock
from app.services.world import World
from tests.browser.chromium import ARGUMENTS, chromium
from tests.stores import make_store
from tests.worlds import opened

ADMIN = "a-key-that-opens-every-page"
collect_ignore_glob = [] if chromium() else ["test_*.py"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world on an empty store."""
    with (
        make_store("sqlite", tmp_path) as store,
        opened(store, tmp_path, clock=clock.now, admin_key_digest=digest(ADMIN)) as made,
    ):
        yield made


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """Where the whole application listens."""
    app = register(world, max_body_bytes=100_000)
    mount(app, world)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=5)
    server.server_close()


@pytest.fixture
def faults() -> list[str]:
    """What the browser complained about, and what it wanted from elsewhere."""
    return []


@pytest.fixture
def page(browser: Browser, address: str, faults: list[str]) -> Iterator[Page]:
    """A page of a new, narrow window that has logged in."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=address)
    opened_page = context.new_page()
    opened_page.set_default_timeout(10_000)
    opened_page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
    opened_page.on("pageerror", lambda error: faults.append(str(error)))
    opened_page.on("request", lambda sent: faults.append(sent.url) if not sent.url.startswith(address) else None)
    opened_page.goto("/")
    opened_page.get_by_label("API key").fill(ADMIN)
    opened_page.keyboard.press("Enter")
    opened_page.wait_for_url("**/admin/providers")
    yield opened_page
    context.close()
