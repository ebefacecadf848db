"""The desk and whoever means it ill, or types what nobody thought of: a sentence each time, never a broken page."""

from datetime import timedelta
from threading import Event, Thread
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.app import build
from service.bootstrap import Service
from service.store import audit, beats
from service.web.accounts.seats import safe_back
from service.web.headers import POLICY
from tests.parts.river import load, programme
from tests.web.admin.seats import StandInSeats

BETWEEN = "; boundary=edge"
HUGE = "9" * 23
"""Larger than any number that a database has."""


def whats(service: Service) -> list[str]:
    """What the trail says was done."""
    with service.read() as session:
        return [line.what for line in audit.lines(session)]


@pytest.mark.parametrize(
    "path",
    [
        f"trail?by={HUGE}",
        f"trail?before=-{HUGE}",
        "trail?by=9_999_999_999",
        "trail?about=%00",
        f"pages/privacy/en?version={HUGE}",
        f"batches/{HUGE}",
        f"imports/{HUGE}",
        f"letters/{HUGE}",
        f"programmes/{HUGE}",
        "people/%00",
        "settings/%00",
    ],
)
def test_what_no_row_can_have_is_not_there(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/admin/{path}")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.text


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("opening/open", {"reason": "The board\0 decided it."}),
        ("pages/privacy/en", {"source": "# Privacy\n\nA\0B"}),
        ("settings/site_name", {"value": "Quiet\0notes"}),
        ("people", {"q": "a\0@example.org"}),
        ("suppressions/check", {"address": "a\0@example.org"}),
        ("batches", {"name": "Winter\0"}),
        ("outcomes/left", {"id": HUGE}),
    ],
)
def test_what_cannot_be_kept_is_refused_in_a_sentence(
    client: FlaskClient, service: Service, path: str, form: dict[str, str]
) -> None:
    answer = client.post(f"/admin/{path}", data=form)
    assert answer.status_code == 422
    assert "Nothing was changed." in answer.text
    assert whats(service) == []


@pytest.mark.parametrize("query", ["state=nobody", "programme=reader@example.org", "language=" + "x" * 60, "state=%27%22%3E"])
def test_a_list_of_people_with_a_made_up_filter_is_a_page(client: FlaskClient, service: Service, query: str) -> None:
    assert client.get(f"/admin/people?{query}").status_code in (200, 404)
    with service.read() as session:
        assert all("@" not in str(line.facts) for line in audit.lines(session))


def test_readers_of_a_programme_with_a_long_name_can_be_listed(client: FlaskClient, service: Service) -> None:
    """A long name looks like a token to the trail."""
    slug = "after-leaving-" * 4 + "again"
    load(service, programme(slug, letters=1))
    assert client.get(f"/admin/people?programme={slug}").status_code == 200
    assert whats(service) == ["people listed"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exit_url", "https://["),
        ("exit_url", "https://example.org:99999999/"),
        ("exit_url", "https://example.org/\r\nSet-Cookie: a=b"),
        ("exit_url", "//example.org"),
        ("sign_ups_an_hour", "000000005999"),
        ("sign_ups_an_hour", "٣"),
        ("sign_ups_an_hour", "-1"),
        ("site_name", "Quiet\u202enotes"),
        ("organisation", "x" * 121),
    ],
)
def test_a_setting_that_only_looks_right_is_refused(client: FlaskClient, service: Service, name: str, value: str) -> None:
    answer = client.post(f"/admin/settings/{name}", data={"value": value})
    assert answer.status_code == 422
    assert whats(service) == []
    assert service.limits.network_hour < 500
    assert client.get("/exit").status_code == 303


def test_a_colleague_s_name_is_no_address(client: FlaskClient, service: Service) -> None:
    """It stands on every line of the trail, which holds no address."""
    form = {"email": "eve@example.org", "name": "eve@example.org", "role": "editor"}
    answer = client.post("/admin/colleagues", data=form)
    assert answer.status_code == 422
    assert "Please enter a name, not an address." in answer.text
    assert whats(service) == []


@pytest.mark.parametrize("value", ["{{ config }} {{ next_date }}", "<script>alert(1)</script>", 'a" onload="x'])
def test_a_name_that_would_like_to_be_code_is_only_words(client: FlaskClient, value: str) -> None:
    for name in ("site_name", "organisation"):
        assert client.post(f"/admin/settings/{name}", data={"value": value}).status_code == 303
    for path in ("/", "/about", "/privacy", "/admin/", "/admin/settings", "/admin/opening", "/admin/trail"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert 'a" onload' not in answer.text


@pytest.mark.parametrize("way", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_of_two_megabytes_is_answered_with_a_sentence(client: FlaskClient, service: Service, way: str) -> None:
    answer = client.post(
        "/admin/settings/site_name", data=_one_field("value", "x" * 2_000_000, way), content_type=way + BETWEEN
    )
    assert answer.status_code == 413
    assert "more than this form can take. Nothing was changed." in answer.text
    assert whats(service) == []


@pytest.mark.parametrize("way", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_page_of_the_longest_length_in_any_script_fits(client: FlaskClient, way: str) -> None:
    source = "# Privacy\n\n" + "字" * 59_000
    data = _one_field("source", source, way)
    assert client.post("/admin/pages/privacy/en", data=data, content_type=way + BETWEEN).status_code == 303


def _one_field(name: str, value: str, way: str) -> bytes:
    """A form as a browser sends it."""
    if way.startswith("application"):
        return urlencode({name: value}).encode()
    head = f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return f"{head}{value}\r\n--edge--\r\n".encode()


def test_every_answer_of_the_desk_is_kept_nowhere_and_found_by_nobody(client: FlaskClient, service: Service) -> None:
    at_the_door = build(service).test_client()
    for path, code in (("/admin/", 200), ("/admin/settings/nothing", 404), ("/admin/nowhere", 404), ("/admin/hold", 405)):
        seen, outside = client.get(path), at_the_door.get(path)
        assert (seen.status_code, outside.headers["X-Robots-Tag"]) == (code, "noindex")
        for answer in (seen, outside):
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Content-Security-Policy"] == POLICY
            assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_other_methods_do_nothing(client: FlaskClient, service: Service, seats: StandInSeats) -> None:
    for method in ("PUT", "PATCH", "DELETE", "TRACE"):
        assert client.open("/admin/settings/site_name", method=method).status_code == 405
    assert client.open("/admin/hold", method="HEAD").status_code == 405
    head = client.head("/admin/settings")
    assert (head.status_code, head.data) == (200, b"")
    assert client.options("/admin/hold").status_code == 200
    seats.seat = None
    assert client.head("/admin/settings").status_code == 303
    assert whats(service) == []


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("/admin/settings/site_name", "/admin/settings/site_name"),
        ("/admin/opening/open", "/admin/opening"),
        ("/admin/colleagues/3/remove", "/admin/colleagues"),
        ("/admin/pages/privacy/en", "/admin/pages/privacy/en"),
    ],
)
def test_after_verifying_one_comes_back_to_the_page_of_the_form(
    client: FlaskClient, seats: StandInSeats, form: str, page: str
) -> None:
    """Whatever a browser says of where it comes from: under our own policy it says nothing."""
    seats.fresh = False
    for headers in ({}, {"Referer": "https://evil.example/admin/"}, {"HX-Request": "true"}):
        answer = client.post(form, headers=headers)
        assert (answer.location or answer.headers["HX-Redirect"]) == f"/admin/verify?next={page}"


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/admin/",
        "//evil.example/admin/",
        "/admin/\\evil.example",
        "/\\evil.example",
        "/admin/../\\evil.example",
        "/administrator",
        "/admin/\r\nLocation: https://evil.example",
        "javascript:/admin/",
        "/admin/sign-out",
        "",
    ],
)
def test_signing_in_leads_to_no_place_but_the_desk(back: str) -> None:
    assert safe_back(back) == "/admin/"


def test_a_clock_that_stands_still_is_told_on_every_page(client: FlaskClient, service: Service) -> None:
    assert "The clock stands still" in client.get("/admin/trail").text, "it has never ticked"
    for age, told in ((timedelta(seconds=5), False), (timedelta(seconds=75), True)):
        with service.write() as session:
            beats.beat(session, beats.CLOCK, now=service.now(), wall=service.wall() - age)
        for path in ("/admin/", "/admin/settings"):
            assert ("The clock stands still" in client.get(path).text) is told


def test_a_desk_with_nothing_in_it_shows_noughts(client: FlaskClient) -> None:
    page = client.get("/admin/").text
    assert "NaN" not in page
    assert "Letters of the last four weeks" in page
    assert "No programme yet" not in page


def test_holding_everything_twice_and_letting_go_twice_is_harmless(client: FlaskClient, service: Service) -> None:
    for _ in range(2):
        assert client.post("/admin/hold").status_code == 303
        assert "Everything is held since" in client.get("/admin/trail").text
    for _ in range(2):
        assert client.post("/admin/release").status_code == 303
        assert "Everything is held since" not in client.get("/admin/trail").text


def test_two_who_hold_at_once_are_both_answered(app: Flask, service: Service) -> None:
    begin, codes = Event(), []

    def hold() -> None:
        begin.wait(10)
        codes.append(app.test_client().post("/admin/hold").status_code)

    threads = [Thread(target=hold) for _ in range(4)]
    for thread in threads:
        thread.start()
    begin.set()
    for thread in threads:
        thread.join(30)
    assert codes == [303] * 4
    with service.read() as session:
        assert audit.first_broken(session) is None
