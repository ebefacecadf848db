"""The page behind “never write to this address”: opening it changes nothing, one press does, and a reader keeps their notes."""

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.stand_in import StandInDoor

CROSS_SITE = {"Sec-Fetch-Site": "cross-site"}


def h1(page: TestResponse) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page.text)
    assert found
    return found[1]


def test_opening_it_shows_the_masked_address_and_one_button(client: FlaskClient, door: StandInDoor) -> None:
    page = client.get("/n/open")
    assert page.status_code == 200
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert h1(page) == "Never write to this address?"
    assert "a•••@e•••.com" in page.text
    assert page.text.count("<button") == 1
    assert door.never_again == []


def test_one_press_says_what_holds_for_how_long_and_what_is_kept(client: FlaskClient, door: StandInDoor) -> None:
    page = client.post("/n/open")
    assert page.status_code == 200
    assert h1(page) == "Done. Nobody here writes to this address."
    assert "This holds for twelve months." in page.text
    assert "What stays is a fingerprint of the address" in page.text
    assert "<form" not in page.text
    assert door.never_again == ["open"]


def test_pressing_twice_is_no_trouble(client: FlaskClient, door: StandInDoor) -> None:
    client.post("/n/open")
    for again in (client.post("/n/open"), client.get("/n/open")):
        assert again.status_code == 404
        assert h1(again) == "This link is no longer in use"
        assert "Its button was pressed before" in again.text
    assert door.never_again == ["open"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_can_end_what_a_reader_confirmed(client: FlaskClient, door: StandInDoor, method: str) -> None:
    page = client.open("/n/reader", method=method)
    assert page.status_code == 200
    assert "This address gets notes because somebody confirmed it. Each has a link to stop." in page.text
    assert "<button" not in page.text
    assert door.never_again == []


@pytest.mark.parametrize("token", ["nobody", "%00", "open/", "../n/open", "a" * 500])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_nobody_has_is_a_calm_page(client: FlaskClient, method: str, token: str) -> None:
    page = client.open(f"/n/{token}", method=method)
    assert page.status_code == 404
    assert "Something went wrong" not in page.text


def test_another_site_cannot_press_the_button(client: FlaskClient, door: StandInDoor) -> None:
    nonce = re.search(r'name="nonce" value="([^"]+)"', client.get("/n/open").text)
    assert nonce
    assert client.post("/n/open", headers=CROSS_SITE).status_code == 403
    assert client.post("/n/open", headers=CROSS_SITE, data={"nonce": "x"}).status_code == 403
    assert door.never_again == []
    assert client.post("/n/open", headers=CROSS_SITE, data={"nonce": nonce[1]}).status_code == 200
    assert door.never_again == ["open"]
