"""A visit begins with a key and ends with it, by time, or when somebody leaves; no other page can act in its name."""

from datetime import timedelta

import pytest

from app.admin.site import PATH
from app.services import keys
from app.services.guesses import PER_MIN
from app.services.world import World
from tests.admin.conftest import Browser, issue
from tests.worlds import Clock


def inside(browser: Browser) -> bool:
    """Whether pages are shown."""
    return browser.get("/providers").status_code == 200


def test_a_stranger_is_led_to_the_entrance_and_back(browser: Browser) -> None:
    away = browser.get("/budgets")
    assert (away.status_code, away.location) == (303, "/admin/login?goal=/budgets")

    entered = browser.send("/login", {"key": "a-key-that-opens-every-page", "goal": "/budgets"})

    assert (entered.status_code, entered.location) == (303, "/admin/budgets")
    assert inside(browser)


@pytest.mark.parametrize("goal", ["//elsewhere", "https://elsewhere", "/\\elsewhere", "elsewhere", "/a?b=c"])
def test_nobody_is_led_elsewhere(browser: Browser, goal: str) -> None:
    entered = browser.send("/login", {"key": "a-key-that-opens-every-page", "goal": goal})

    assert entered.location == "/admin/"


def test_what_carries_the_visit_is_for_this_site_alone(browser: Browser) -> None:
    cookies = browser.log_in().headers.getlist("Set-Cookie")

    (carrier,) = [cookie for cookie in cookies if cookie.startswith("mm_visit=")]
    for word in ("HttpOnly", "SameSite=Strict", "Path=/admin", "Max-Age=43200"):
        assert word in carrier
    assert "a-key-that-opens" not in carrier


def test_behind_an_encrypting_proxy_it_never_travels_in_the_clear(browser: Browser) -> None:
    encrypted = browser.client.get(f"{PATH}/login", headers={"X-Forwarded-Proto": "https"})

    assert "Secure" in encrypted.headers["Set-Cookie"]
    assert "Secure" not in browser.get("/login").headers["Set-Cookie"]


@pytest.mark.parametrize(("scope", "status"), [("read", 303), ("write", 303), ("admin", 303), ("run", 403)])
def test_a_key_that_may_read_opens_the_pages(browser: Browser, world: World, scope: str, status: int) -> None:
    assert browser.log_in(issue(world, scope).secret).status_code == status  # type: ignore[arg-type]  # a scope


def test_a_wrong_key_is_told_at_its_field(browser: Browser) -> None:
    found = browser.log_in("no-such-key")

    assert found.status_code == 401
    assert 'aria-invalid="true"' in found.text
    assert "no-such-key" not in found.text
    assert not inside(browser)


def test_keys_cannot_be_guessed_at_speed(browser: Browser) -> None:
    found = [browser.log_in(f"wrong-{number}").status_code for number in range(PER_MIN + 1)]

    assert found == [*[401] * PER_MIN, 429]


def test_a_form_of_another_page_begins_no_visit(browser: Browser) -> None:
    browser.get("/login")

    found = browser.client.post(f"{PATH}/login", data={"key": "a-key-that-opens-every-page", "token": "made-up"})

    assert found.status_code == 403
    assert not inside(browser)


def test_a_revoked_key_ends_its_visit(browser: Browser, world: World) -> None:
    issued = issue(world, "read")
    browser.log_in(issued.secret)
    assert inside(browser)

    keys.revoke(world, issued.key.id)

    assert browser.get("/providers").location == "/admin/login?goal=/providers"


def test_a_visit_ends_after_twelve_hours(admin: Browser, clock: Clock) -> None:
    clock.forward(hours=11, minutes=59)
    assert inside(admin)

    clock.forward(minutes=2)

    assert not inside(admin)


def test_whoever_leaves_is_outside(admin: Browser) -> None:
    assert admin.send("/logout", {}, at="/providers").status_code == 303

    assert not inside(admin)


@pytest.mark.parametrize("carried", ["", ".", "environment.", "environment.e30.x", "nobody.e30.x", "é.ü", "a" * 4_000])
def test_a_forged_carrier_opens_nothing(browser: Browser, carried: str) -> None:
    browser.client.set_cookie("mm_visit", carried, path=PATH)

    assert not inside(browser)


def test_a_visit_cannot_be_made_one_of_another_key(browser: Browser, world: World) -> None:
    browser.log_in(issue(world, "read").secret)
    cookie = browser.client.get_cookie("mm_visit", path=PATH)
    assert cookie is not None

    browser.client.set_cookie("mm_visit", "environment." + cookie.value.partition(".")[2], path=PATH)

    assert not inside(browser)


def test_a_form_without_the_token_of_the_visit_changes_nothing(admin: Browser) -> None:
    for token in ("", "made-up"):
        found = admin.client.post(f"{PATH}/providers/simulated/reset", data={"token": token})
        assert found.status_code == 403
        assert "load the page again" in found.text


def test_a_part_that_renews_itself_takes_the_whole_page_to_the_entrance(browser: Browser) -> None:
    found = browser.get("/providers", headers={"HX-Request": "true"})

    assert found.status_code == 401
    assert found.headers["HX-Redirect"] == "/admin/login"


def test_a_key_that_ends_later_ends_its_visit_then(browser: Browser, world: World, clock: Clock) -> None:
    issued = keys.issue(world, "short", ("read",), expires_at=world.now() + timedelta(minutes=5))
    browser.log_in(issued.secret)

    clock.forward(minutes=6)

    assert not inside(browser)
