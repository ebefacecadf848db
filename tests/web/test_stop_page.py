"""Stopping: the page for people, the request of mailbox providers, and that neither can be refused."""

import pytest
from flask.testing import FlaskClient

from tests.web.stand_in import StandInDoor

TOKEN = "AHUxMjM0NTY3OGFiY2RlZmdoaWprbG1ub3BxcnN0dXY"
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


def test_the_answer_is_the_same_for_every_token(client: FlaskClient) -> None:
    assert len({client.post(f"/u/{token}").data for token in (TOKEN, "x", "never-was")}) == 1
