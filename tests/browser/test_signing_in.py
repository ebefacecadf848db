"""Signing in to the desk in a real browser: passkeys by a virtual authenticator, codes without scripts, axe on each page."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs

import pytest
from passlib.totp import TOTP
from playwright.sync_api import Browser, Page

from service.actions import admins
from service.app import build
from service.bootstrap import Service
from service.domain.roles import Role
from service.store.account_tables import Passkey
from tests.browser.running_desk import RunningDesk
from tests.browser.test_every_page import DARK_AND_NARROW, SIDEWAYS, assert_accessible
from tests.parts.river import Parts
from tests.web.accounts.visitor import Visitor

pytestmark = pytest.mark.browser

PASSWORD = "a long and quiet evening"
PHONE = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
UNLOCKED = {"isUserVerified": True, "automaticPresenceSimulation": True}


@dataclass
class Door(RunningDesk):
    """The desk under a name, since browsers make no passkeys for a number."""

    def link(self) -> str:
        """A one-time link of somebody new."""
        with self.service.write() as session:
            _, token = admins.invite(session, "ada@example.org", role=Role.OWNER, wall=self.service.wall())
            return f"{self.url}/admin/sign-in/link/{token}"


@pytest.fixture
def door(sqlite_url: str, browser: Browser) -> Iterator[Door]:
    def make(url: str) -> Service:
        return Parts(sqlite_url, more=(("BASE_URL", url),)).service()

    with Door.serve(browser, make, host="localhost", meant=("status of 422",)) as door:  # a wrong code is meant
        yield door


def begin(page: Page, link: str) -> None:
    """Use a one-time link."""
    page.goto(link)
    page.fill("#name", "Ada")
    page.select_option("#zone", "Europe/Berlin")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("main button.main")
    page.wait_for_url("**/second-step")


def looks_right(page: Page, name: str) -> None:
    """Axe finds nothing, in the light and in the dark, and nothing scrolls sideways on a small phone."""
    assert_accessible(page, name)
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 640})
    page.emulate_media(color_scheme="dark")
    assert_accessible(page, f"{name}, dark at 320 px", runOnly=DARK_AND_NARROW)
    assert page.evaluate(SIDEWAYS) == 0, name
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(size or {"width": 1280, "height": 800})


def press(page: Page, words: str) -> None:
    """Press the button of these words."""
    page.get_by_role("button", name=words, exact=True).first.click()


def assert_good_once(door: Door, answer: str) -> None:
    """What a passkey said to one question opens nothing a second time: neither without a question nor to another one."""
    thief = Visitor(build(door.service), door.service)
    for asked in (False, True):
        thief.get("/admin/sign-in")
        if asked:
            assert thief.client.post("/admin/sign-in/passkey/question", data={"csrf_token": thief.token}).status_code == 200
        assert thief.post("/admin/sign-in/passkey", credential=answer).status_code == 422
        assert not thief.is_in()


def test_a_passkey_is_made_and_signs_in_by_itself_and_verifies(browser: Browser, door: Door) -> None:
    page = door.open(browser)
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE | UNLOCKED})["authenticatorId"]
    page.goto(door.link())
    looks_right(page, "one-time link")
    begin(page, page.url)
    looks_right(page, "second step to choose")
    press(page, "Add a passkey")
    page.wait_for_selector(".recovery-codes")
    assert page.locator(".recovery-codes li").count() == 10
    looks_right(page, "recovery codes")
    page.goto(f"{door.url}/admin/account")
    looks_right(page, "own account")
    press(page, "Sign out")
    page.wait_for_url("**/admin/sign-in?out=1")
    looks_right(page, "sign in")
    with page.expect_request("**/admin/sign-in/passkey") as sent:
        press(page, "Sign in with a passkey")
    page.wait_for_url(f"{door.url}/admin/")
    [answer] = parse_qs(sent.value.post_data)["credential"]
    assert_good_once(door, answer)
    page.goto(f"{door.url}/admin/account")
    assert page.locator(".who").inner_text().startswith("Ada")
    page.goto(f"{door.url}/admin/account/verify?back=/admin/account")
    looks_right(page, "verify again")
    press(page, "Use a passkey")
    page.wait_for_url(f"{door.url}/admin/account")
    page.goto(f"{door.url}/admin/colleagues")
    looks_right(page, "colleagues")
    with door.service.read() as session:
        passkey = session.query(Passkey).one()
    assert passkey.sign_count >= 3
    assert passkey.last_used_at is not None

    # A device that does not check who holds it opens nothing.
    page.goto(f"{door.url}/admin/account")
    press(page, "Sign out")
    page.wait_for_url("**/admin/sign-in?out=1")
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    press(page, "Sign in with a passkey")
    page.wait_for_selector("[role=status]:has-text('did not give a passkey')")
    assert page.goto(f"{door.url}/admin/account")
    assert page.url.startswith(f"{door.url}/admin/sign-in")


def test_an_app_for_codes_is_set_up_and_signs_in_without_scripts(browser: Browser, door: Door) -> None:
    page = door.open(browser, java_script_enabled=False)
    begin(page, door.link())
    assert not page.get_by_role("button", name="Add a passkey").is_visible()
    page.click("text=Set up an app")
    secret = page.locator(".code-picture .ref").inner_text().replace("-", "")
    page.fill("#code", TOTP(secret).generate().token)
    press(page, "Set it up")
    code = page.locator(".recovery-codes .ref").first.inner_text()
    page.click("text=I have kept them")
    page.goto(f"{door.url}/admin/account")
    press(page, "Sign out")
    page.fill("#email", "ada@example.org")
    page.fill("#password", PASSWORD)
    press(page, "Sign in")
    page.wait_for_url("**/admin/sign-in/second")
    page.fill("#code", code)
    press(page, "Go on")
    page.wait_for_url(f"{door.url}/admin/")


def test_setting_up_an_app_and_a_wrong_password_look_right(browser: Browser, door: Door) -> None:
    page = door.open(browser)
    begin(page, door.link())
    page.goto(f"{door.url}/admin/account/app")
    looks_right(page, "app for codes")
    page.fill("#code", "000000")
    press(page, "Set it up")
    looks_right(page, "a wrong code")
    page.goto(f"{door.url}/admin/account/second-step")
    press(page, "Sign out")
    page.fill("#email", "ada@example.org")
    page.fill("#password", "quite another evening")
    press(page, "Sign in")
    page.wait_for_selector(".summary")
    assert page.input_value("#password") == ""
    looks_right(page, "a wrong password")
