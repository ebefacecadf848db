"""The page behind a confirm link: opening it changes nothing, the button confirms once."""

import re

import pytest
from flask.testing import FlaskClient

from service.actions.consents import Beginning, ConsentView
from service.domain.consents import Standing
from tests.web.reader_stand_in import ME, NOTE, PARTS
from tests.web.stand_in import FIRST_AT, StandInDoor


def nonce(page: str) -> str:
    found = re.search(r'name="nonce" value="([^"]+)"', page)
    assert found
    return found[1]


def test_opening_the_link_shows_the_masked_address_the_consent_and_one_button(client: FlaskClient, door: StandInDoor) -> None:
    page = client.get("/c/open").text
    assert "a•••@e•••.com" in page
    assert "I would like one note a week by email." in page
    assert page.count("<form") == 1
    assert page.count("<button") == 1
    assert re.findall(r"<script[^>]*>", page) == ['<script src="/static/exit.js" defer>']  # and that one presses nothing
    assert "http-equiv" not in page
    assert "After leaving" not in page  # whoever opens it need not learn which notes
    for method in ("GET", "HEAD", "OPTIONS"):
        client.open("/c/open", method=method)
    assert door.confirmed == []


def test_the_button_confirms_and_says_when_the_first_note_comes(client: FlaskClient, door: StandInDoor) -> None:
    field = nonce(client.get("/c/open").text)
    answer = client.post("/c/open", data={"nonce": field}, environ_base={"REMOTE_ADDR": "2001:db8:1:2::3"})
    assert answer.status_code == 200
    assert "Thank you. Your first note comes on Tuesday 8 December at 10:00, Europe/Berlin time." in answer.text
    assert "A welcome letter is on its way now." in answer.text
    assert door.confirmed == [("open", "2001:db8:1::/48")]


def test_a_second_press_says_that_it_is_confirmed(client: FlaskClient) -> None:
    client.post("/c/open")
    again = client.post("/c/open")
    assert again.status_code == 200
    assert "This is already confirmed" in again.text
    assert "welcome letter" not in again.text
    assert "This is already confirmed" in client.get("/c/done").text


@pytest.mark.parametrize(
    ("token", "code"), [("expired", 410), ("replaced", 410), ("nothing", 404), ("a/b", 404), ("%00", 404), ("x" * 3000, 404)]
)
def test_a_link_that_cannot_be_used_says_what_to_do(client: FlaskClient, token: str, code: int) -> None:
    for answer in (client.get(f"/c/{token}"), client.post(f"/c/{token}")):
        assert answer.status_code == code
        assert "<form" not in answer.text
        assert '<a class="onward" href="/">Ask for a fresh link</a>' in answer.text


def test_a_press_from_another_site_needs_the_nonce_of_this_link(client: FlaskClient, door: StandInDoor) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    field = nonce(client.get("/c/open").text)
    for data in ({}, {"nonce": "x"}, {"nonce": nonce(client.get("/c/open").text)[:-1] + "é"}):
        refused = client.post("/c/open", data=data, headers=elsewhere)
        assert refused.status_code == 403
        assert "Please use the form on our own page" in refused.text
    assert client.post("/c/expired", data={"nonce": field}, headers=elsewhere).status_code == 403
    assert door.confirmed == []
    assert client.post("/c/open", data={"nonce": field}, headers=elsewhere).status_code == 200
    assert client.post("/c/open", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_after_confirming_one_can_say_where_the_notes_begin(
    client: FlaskClient, door: StandInDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Where shall the notes begin?" not in client.post("/c/open").text
    done = ConsentView(Standing.DONE, first_at=FIRST_AT, fresh=True, begin=Beginning(ME, NOTE, PARTS))
    monkeypatch.setattr(door, "confirm", lambda _token, _ip: done)
    page = client.post("/c/open").text
    assert f'<form class="panel" method="post" action="/p/{ME}/{NOTE}/part"' in page
    assert "Where shall the notes begin?" in page
    assert re.findall(r'name="part" value="(\d)"', page) == ["1", "2", "3"]
    assert "Feelings come in waves" in page
    assert " checked" not in page
    field = re.findall(r'name="stamp" value="([^"]+)"', page)[0]
    sent = {"part": "2", "stamp": field}
    assert client.post(f"/p/{ME}/{NOTE}/part", data=sent, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
