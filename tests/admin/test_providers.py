"""The page of providers says who can be asked and who is kept away from, and lets an admin end that."""

import re

from app.domain.breaker import Target
from app.services.world import World
from tests.admin.conftest import Browser, issue

TARGET = Target("simulated", "simulated/small", "simulated")


def open_breaker(world: World) -> None:
    """Let a target fail until nobody is sent there."""
    while world.breakers.closed(TARGET):
        world.breakers.failed(TARGET)


def test_a_provider_that_works_says_so_in_a_word(admin: Browser) -> None:
    shown = admin.get("/providers").text

    assert '<span class="badge good">working</span>' in shown
    assert "No call has failed yet" in shown


def test_a_provider_without_a_key_says_which_variable_it_wants(admin: Browser) -> None:
    assert "<code>OPENAI_API_KEY</code>" in admin.get("/providers").text


def test_an_open_breaker_has_a_colour_a_word_and_its_figures(admin: Browser, world: World) -> None:
    open_breaker(world)

    shown = admin.get("/providers").text

    assert '<span class="badge bad">open</span>' in shown
    assert '<td class="number">5</td>' in shown
    assert "2026-11-02 12:00:00 UTC" in shown
    assert re.search("in [23] s", shown)
    assert "1 breaker not closed" in shown


def test_a_model_that_rests_is_shown_beside_its_endpoint(admin: Browser, world: World) -> None:
    world.breakers.rest(TARGET, 40)

    assert admin.get("/providers").text.count('<span class="badge warn">rests 40 s</span>') == 2


def test_the_part_that_renews_itself_comes_alone(admin: Browser) -> None:
    part = admin.get("/providers", headers={"HX-Request": "true"}).text

    assert "<html" not in part
    assert "working" in part


def test_an_admin_resets_a_provider_after_having_been_asked(admin: Browser, world: World) -> None:
    open_breaker(world)
    assert 'href="/admin/providers/simulated/reset"' in admin.get("/providers").text
    assert "Reset Simulated" in admin.get("/providers/simulated/reset").text
    assert not world.breakers.closed(TARGET)

    done = admin.send("/providers/simulated/reset", {})

    assert (done.status_code, done.location) == (303, "/admin/providers?reset=simulated")
    assert world.breakers.closed(TARGET)
    assert "was reset" in admin.get("/providers?reset=simulated").text


def test_whoever_only_reads_is_offered_no_reset_and_given_none(browser: Browser, world: World) -> None:
    open_breaker(world)
    browser.log_in(issue(world, "read").secret)

    assert "reset" not in browser.get("/providers").text
    assert browser.get("/providers/simulated/reset").status_code == 403


def test_a_provider_that_is_none_is_not_found(admin: Browser) -> None:
    assert admin.get("/providers/nobody/reset").status_code == 404
    assert "was reset" not in admin.get("/providers?reset=<script>").text
