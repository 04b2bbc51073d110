"""Pages lead where they say, are sealed, and fail as pages."""

import hashlib
import re

from flask import Flask

from app.admin import gate
from app.admin.site import FOLDER, PATH, site
from app.services.world import World
from tests.admin.conftest import Browser

PUBLIC = {"/login", "/static/<path:filename>"}


def test_a_browser_at_the_bare_address_is_led_to_the_pages(browser: Browser) -> None:
    found = browser.client.get("/", headers={"Accept": "text/html,*/*"})

    assert (found.status_code, found.location) == (303, f"{PATH}/")


def test_a_program_at_the_bare_address_is_told_that_nothing_is_there(browser: Browser) -> None:
    found = browser.client.get("/")

    assert found.status_code == 404
    assert found.content_type == "application/problem+json"


def test_the_start_leads_to_the_providers(admin: Browser) -> None:
    for path in ("", "/"):
        assert admin.get(path).location == "/admin/providers"


def test_every_page_but_the_entrance_needs_a_visit(world: World) -> None:
    pages = site(world)
    client = pages.test_client()

    for rule in pages.url_map.iter_rules():
        path = re.sub(r"<uuid:[^>]+>", "00000000-0000-0000-0000-000000000001", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(re.sub(r"<[^>]+>", "x", path), method=method)
            if rule.rule not in PUBLIC:
                assert answer.status_code == 303, rule
                assert answer.location.startswith("/login"), rule


def test_every_page_declares_its_scope_and_every_form_needs_more_than_reading(world: World) -> None:
    pages = site(world)

    for rule in pages.url_map.iter_rules():
        scope = gate.declared(pages, rule.endpoint)
        assert scope is not None, rule
        assert (scope == gate.ANYONE) == (rule.rule in PUBLIC), rule
        if "POST" in (rule.methods or ()) and rule.rule not in {"/login", "/logout"}:
            assert scope == (
                "write" if rule.rule.startswith(("/rollouts", "/planner", "/ab-tests", "/comparisons")) else "admin"
            ), rule


def test_every_answer_is_sealed(admin: Browser) -> None:
    for path in ("/login", "/providers", "/budgets", "/nowhere"):
        headers = admin.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_no_page_holds_a_script_or_a_style_or_an_address_elsewhere() -> None:
    for page in (FOLDER / "pages").iterdir():
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son\w+=|hx-on|javascript:|https?://", text), page


def test_files_may_be_kept_for_they_change_their_address(admin: Browser) -> None:
    found = re.findall(r'(?:src|href)="(/admin/static/[^"]+)"', admin.get("/providers").text)

    assert len(found) >= 4
    for address in found:
        assert "?v=" in address
        answer = admin.client.get(address)
        assert answer.status_code == 200
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        answer.close()


def test_an_unknown_page_is_told_as_a_page(admin: Browser) -> None:
    found = admin.get("/nowhere")

    assert found.status_code == 404
    assert "There is no such page" in found.text


def test_a_form_that_is_too_large_is_refused(admin: Browser) -> None:
    assert admin.client.post(f"{PATH}/login", data={"key": "x" * 200_000}).status_code == 413


def test_a_defect_is_told_without_any_of_it(world: World) -> None:
    pages: Flask = site(world)

    @gate.anyone
    def broken() -> str:
        raise RuntimeError("of the inside")

    pages.add_url_rule("/broken", "broken", broken)
    found = pages.test_client().get("/broken")

    assert found.status_code == 500
    assert "of the inside" not in found.text


def test_what_is_vendored_is_what_its_note_says() -> None:
    note = (FOLDER / "static" / "VENDORED").read_text(encoding="utf-8")
    found = re.findall(r"^(\S+)$\n(?:^  .*$\n)*?^  sha256 +([0-9a-f]{64})$", note, re.M)

    assert found
    for name, digest in found:
        assert hashlib.sha256((FOLDER / "static" / name).read_bytes()).hexdigest() == digest
