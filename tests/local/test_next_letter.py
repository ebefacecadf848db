"""The button that brings the next letter: what a press writes down, and whose press counts."""

import os
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import StrictUndefined
from werkzeug.test import TestResponse

from service.local import next_letter
from service.local.inbox_page import inbox_blueprint

DUE = datetime(2026, 12, 8, 10, 0, tzinfo=UTC)
SAID = "Tuesday 8 December 2026, 10:00 UTC"
HERE = "http://localhost"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The demo's folder."""
    (tmp_path / "inbox").mkdir()
    return tmp_path


def client_for(folder: Path, next_due: Callable[[], datetime | None] | None) -> FlaskClient:
    app = Flask(__name__)
    app.config["TESTING"] = True
    app.jinja_env.undefined = StrictUndefined
    app.register_blueprint(inbox_blueprint(folder / "inbox", next_due=next_due))
    return app.test_client()


@pytest.fixture
def client(folder: Path) -> FlaskClient:
    return client_for(folder, lambda: DUE)


def field_of(client: FlaskClient) -> str:
    found = re.search(r'name="field" value="([^"]+)"', client.get("/inbox/").text)
    assert found
    return found[1]


def press(client: FlaskClient, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/inbox/next-letter", data={"field": field_of(client)}, headers=named)


def grow_old(folder: Path) -> None:
    long_ago = time.time() - 1000
    os.utime(folder / "next-letter", (long_ago, long_ago))


def test_the_list_says_when_the_next_letter_is_due(client: FlaskClient) -> None:
    page = client.get("/inbox/").text

    assert "<button>Next letter now</button>" in page
    assert f"The next letter is due on {SAID}." in page
    assert 'http-equiv="refresh"' not in page


def test_the_button_is_the_first_form_after_search_and_sent_by_post(client: FlaskClient) -> None:
    forms = re.findall(r'<form[^>]* method="(\w+)" action="([^"]+)"', client.get("/inbox/").text)

    assert forms == [("get", "/inbox/"), ("post", "/inbox/next-letter")]


def test_a_press_writes_the_moment_down_and_leads_back_to_the_list(client: FlaskClient, folder: Path) -> None:
    answer = press(client)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/inbox/")
    assert (folder / "next-letter").read_text() == "2026-12-08T10:00:00+00:00"
    page = client.get("/inbox/").text
    assert f"The calendar moves to {SAID}. This page loads again every few seconds, until the letter is here." in page
    assert '<meta http-equiv="refresh" content="3">' in page
    assert "<button>Next letter now</button>" not in page


def test_a_second_press_changes_nothing_while_the_first_is_on_its_way(folder: Path) -> None:
    dates = iter([DUE, DUE, DUE + timedelta(weeks=1)])
    client = client_for(folder, lambda: next(dates))
    field = field_of(client)

    for _ in range(2):
        assert client.post("/inbox/next-letter", data={"field": field}).status_code == 303

    wish = next_letter.wished(folder)
    assert wish
    assert wish.moment == DUE


def test_a_wish_that_nobody_took_is_said_and_can_be_made_again(client: FlaskClient, folder: Path) -> None:
    press(client)
    grow_old(folder)

    page = client.get("/inbox/").text
    assert "The calendar has not moved. Is the demo still running in its terminal?" in page
    assert 'http-equiv="refresh"' not in page
    press(client)
    assert f"The calendar moves to {SAID}" in client.get("/inbox/").text


def test_when_no_letter_is_to_come_there_is_a_sentence_and_no_button(folder: Path) -> None:
    due: list[datetime | None] = [DUE, None, None]
    client = client_for(folder, lambda: due.pop(0))
    field = field_of(client)

    assert client.post("/inbox/next-letter", data={"field": field}).status_code == 303
    assert not (folder / "next-letter").exists()
    page = client.get("/inbox/").text
    assert "No letter is to come yet." in page
    assert "<button>Next letter now</button>" not in page


def test_the_inbox_can_be_read_though_the_database_cannot(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> datetime:
        raise RuntimeError("reader@example.org")

    client = client_for(folder, broken)

    assert client.get("/inbox/").status_code == 200
    assert "RuntimeError" in caplog.text
    assert "reader@example.org" not in caplog.text


def test_without_a_runner_there_is_neither_button_nor_address(folder: Path) -> None:
    client = client_for(folder, None)
    next_letter.wish(folder, DUE)

    page = client.get("/inbox/").text
    assert "letter" not in page.partition("</form>")[2]
    assert 'http-equiv="refresh"' not in page
    assert client.post("/inbox/next-letter").status_code in {404, 405}


def test_looking_is_not_pressing(client: FlaskClient, folder: Path) -> None:
    field = field_of(client)

    for path in ("/inbox/", "/inbox/next-letter", f"/inbox/next-letter?field={field}"):
        for method in (client.get, client.head, client.options):
            method(path, headers={"X-HTTP-Method-Override": "POST"})

    assert sorted(path.name for path in folder.iterdir()) == ["inbox"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec_Fetch_Site": "same-origin", "Origin": "null"},
        {"Sec_Fetch_Site": "same-origin", "Origin": HERE},
        {"Origin": HERE},
        {"Origin": "null"},
    ],
)
def test_a_press_on_our_own_page_counts(client: FlaskClient, folder: Path, headers: dict[str, str]) -> None:
    assert press(client, **headers).status_code == 303
    assert (folder / "next-letter").exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
        {"Sec_Fetch_Site": "cross-site", "Origin": HERE},
        {"Origin": "https://elsewhere.example"},
        {"Origin": f"{HERE}.elsewhere.example"},
        {"Origin": f"{HERE}:81"},
    ],
)
def test_a_press_from_elsewhere_does_not_count(client: FlaskClient, folder: Path, headers: dict[str, str]) -> None:
    answer = press(client, **headers)

    assert answer.status_code == 403
    assert "Nothing was changed" in answer.text
    assert not (folder / "next-letter").exists()


@pytest.mark.parametrize("field", [None, "", "guessed", "ä", "\x00", "x" * 10_000])
def test_a_press_without_the_page_s_field_does_not_count(client: FlaskClient, folder: Path, field: str | None) -> None:
    answer = client.post("/inbox/next-letter", data={} if field is None else {"field": field})

    assert answer.status_code == 403
    assert not (folder / "next-letter").exists()


def test_the_field_is_another_one_after_each_start(client: FlaskClient, folder: Path) -> None:
    older = field_of(client)
    again = client_for(folder, lambda: DUE)

    assert field_of(again) != older
    answer = again.post("/inbox/next-letter", data={"field": older})
    assert answer.status_code == 403
    assert 'This came from a page that was made before the last start, or from another site. <a href="/inbox/">' in answer.text


@pytest.mark.parametrize("content", [b"", b"soon", b"2026-12-08T10:00:00", b"\xff\xfe", b"9" * 10_000_000])
def test_a_wish_that_makes_no_sense_is_none(folder: Path, content: bytes) -> None:
    (folder / "next-letter").write_bytes(content)

    assert next_letter.wished(folder) is None


def test_a_wish_is_kept_in_utc_and_forgotten_when_told(folder: Path) -> None:
    next_letter.wish(folder, datetime(2026, 12, 8, 11, 0, tzinfo=timezone(timedelta(hours=1))))

    assert next_letter.wished(folder) == next_letter.Wish(DUE, stale=False)
    next_letter.forget(folder)
    next_letter.forget(folder)
    assert next_letter.wished(folder) is None
