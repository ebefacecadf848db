"""Stopping: the page for people, the request of mailbox providers, and that neither can be refused."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from service.actions.subscribers import Undone
from tests.web.stand_in import READER as TOKEN
from tests.web.stand_in import StandInDoor, StandInService

UNKNOWN = "AHUxMjM0NTY3OGFiY2RlZmdoaWprbG1ub3BxcnN0dXU"
DONE = "Done. No more notes. You can come back any time."


def test_the_one_click_request_works_byte_for_byte(client: FlaskClient, door: StandInDoor) -> None:
    answer = client.post(
        f"/u/{TOKEN}", data=b"List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded", content_length=26
    )
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text == "Done. No more notes.\n"
    assert "Set-Cookie" not in answer.headers
    assert "Location" not in answer.headers
    assert door.stopped == [TOKEN]


def test_the_one_click_request_works_as_multipart(client: FlaskClient, door: StandInDoor) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    answer = client.post(f"/u/{TOKEN}", data=body, content_type="multipart/form-data; boundary=b")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert door.stopped == [TOKEN]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"", ""),
        (b"\xff\x00garbage", "application/x-www-form-urlencoded"),
        (b"List-Unsubscribe=One-Click", "application/json"),
        (b"List-Unsubscribe=One-Click", "nonsense"),
        (b"--b\r\nbroken", "multipart/form-data; boundary=b"),
        (b"--b\r\nbroken", "multipart/form-data"),
        (b"a=" + b"b" * 200_000, "application/x-www-form-urlencoded"),
        (b"&".join(b"a=b" for _ in range(20_000)), "application/x-www-form-urlencoded"),
    ],
)
@pytest.mark.parametrize("origin", [{}, {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}])
def test_any_other_post_stops_too_and_answers_a_page(
    client: FlaskClient, door: StandInDoor, body: bytes, kind: str, origin: dict[str, str]
) -> None:
    answer = client.post(f"/u/{TOKEN}", data=body, content_type=kind, headers=origin)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert DONE in answer.text
    assert 'href="/help#people"' in answer.text
    assert "Location" not in answer.headers
    assert door.stopped == [TOKEN]


def test_opening_the_link_changes_nothing_and_is_the_same_for_every_token(client: FlaskClient, door: StandInDoor) -> None:
    pages = {client.get(f"/u/{token}").data for token in (TOKEN, "x", "never-was")}
    assert len(pages) == 1
    page = pages.pop().decode()
    assert page.count("<form") == 1
    assert page.count("<button") == 1
    assert "Stop these emails</button>" in page
    for method in ("GET", "HEAD", "OPTIONS"):
        client.open(f"/u/{TOKEN}", method=method)
    assert door.stopped == []


def same(page: str, token: str) -> str:
    """A page without what is bound to one link."""
    return re.sub(r'name="stamp" value="[^"]+"', "STAMP", page.replace(token, "TOKEN"))


def stamp(page: str) -> str:
    found = re.search(r'name="stamp" value="([^"]+)"', page)
    assert found
    return found[1]


def test_the_answer_is_the_same_for_every_token_but_for_the_link_itself(client: FlaskClient) -> None:
    for _ in ("the first time", "once more"):
        assert len({same(client.post(f"/u/{token}").text, token) for token in (TOKEN, UNKNOWN)}) == 1


def test_after_a_stop_one_press_undoes_it(client: FlaskClient, door: StandInDoor) -> None:
    stopped = client.post(f"/u/{TOKEN}").text
    assert f'<form class="aside" method="post" action="/u/{TOKEN}/undo">' in stopped
    assert "Undo: keep my weekly notes</button>" in stopped
    done = client.post(f"/u/{TOKEN}/undo", data={"stamp": stamp(stopped)})
    assert done.status_code == 200
    assert "Done. Your next note comes on Tuesday 8 December at 10:00, Europe/Berlin time." in done.text
    assert door.undone == [TOKEN]


def test_an_undo_without_a_date_says_that_the_notes_go_on(
    client: FlaskClient, door: StandInDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "undo", lambda _token: Undone(done=True))
    page = client.post(f"/u/{TOKEN}/undo", data={"stamp": stamp(client.post(f"/u/{TOKEN}").text)}).text
    assert "Done. Your notes go on as before." in page


def test_the_link_offers_the_undo_again_for_an_hour_and_then_the_stop(
    client: FlaskClient, door: StandInDoor, service: StandInService
) -> None:
    client.post(f"/u/{TOKEN}", data={"List-Unsubscribe": "One-Click"})
    for address in (f"/u/{TOKEN}", f"/u/{TOKEN}/undo"):
        again = client.get(address).text
        assert DONE in again
        assert "Undo: keep my weekly notes</button>" in again
    service.clock += timedelta(minutes=59)
    assert client.post(f"/u/{TOKEN}/undo", data={"stamp": stamp(again)}).status_code == 200
    assert "Stop these emails</button>" in client.get(f"/u/{TOKEN}").text


def test_a_page_that_stood_open_for_longer_than_an_hour_is_too_late(
    client: FlaskClient, door: StandInDoor, service: StandInService
) -> None:
    stopped = client.post(f"/u/{TOKEN}").text
    service.clock += timedelta(minutes=61)
    late = client.post(f"/u/{TOKEN}/undo", data={"stamp": stamp(stopped)})
    assert late.status_code == 410
    assert "It is too late to undo this here" in late.text
    assert '<a class="onward" href="/">Sign up again</a>' in late.text
    assert door.undone == []


@pytest.mark.parametrize("made_up", [None, "", "x", "é", "\x00", "x" * 5000])
def test_an_undo_needs_a_stamp_of_ours(client: FlaskClient, door: StandInDoor, made_up: str | None) -> None:
    client.post(f"/u/{TOKEN}")
    data = {} if made_up is None else {"stamp": made_up}
    assert client.post(f"/u/{TOKEN}/undo", data=data).status_code == 410
    assert door.undone == []


def test_a_stamp_is_for_its_own_link_only(client: FlaskClient, door: StandInDoor) -> None:
    client.post(f"/u/{TOKEN}")
    other = stamp(client.post(f"/u/{UNKNOWN}").text)
    assert client.post(f"/u/{TOKEN}/undo", data={"stamp": other}).status_code == 410
    assert door.undone == []


def test_an_undo_that_nobody_has_looks_like_one_that_is_too_late(client: FlaskClient, service: StandInService) -> None:
    unknown = client.post(f"/u/{UNKNOWN}/undo", data={"stamp": stamp(client.post(f"/u/{UNKNOWN}").text)})
    mine = stamp(client.post(f"/u/{TOKEN}").text)
    service.clock += timedelta(hours=2)
    late = client.post(f"/u/{TOKEN}/undo", data={"stamp": mine})
    assert (unknown.status_code, unknown.data) == (late.status_code, late.data)


def test_a_one_click_answer_and_a_page_for_an_unknown_link_carry_no_undo(client: FlaskClient) -> None:
    assert "undo" not in client.post(f"/u/{TOKEN}", data={"List-Unsubscribe": "One-Click"}).text.lower()
    assert "Undo" not in client.get(f"/u/{UNKNOWN}").text


def test_the_address_of_an_undo_opened_again_leads_to_a_stop_that_stops(client: FlaskClient) -> None:
    assert f'<form class="panel" method="post" action="/u/{UNKNOWN}">' in client.get(f"/u/{UNKNOWN}/undo").text


@pytest.mark.parametrize("odd", ["../c/open", "..%2Fc%2Fopen", "a/b", "%22%3E", "x" * 3000])
def test_a_link_that_cannot_be_ours_points_its_form_nowhere_else(client: FlaskClient, odd: str) -> None:
    for page in (client.post(f"/u/{odd}").text, client.get(f"/u/{odd}/undo").text):
        assert set(re.findall(r'action="([^"]*)"', page)) <= {"/u/-", "/u/-/undo"}
