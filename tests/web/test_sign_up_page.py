"""The sign-up page and what it takes: the same answer for every address, a sentence for every mistake."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.domain.subscribers import Wishes
from tests.web.stand_in import AFTER_LEAVING, LETTING_GO, StandInDoor, StandInService, make_app

STALE = "This page was open for a long time. Please press the button again."


def filled(**changes: str | None) -> dict[str, str]:
    """A form as somebody might send it."""
    fields = {
        "email": "name@example.org",
        "programme": "after-leaving",
        "weekday": "1",
        "hour": "10",
        "zone": "Europe/Berlin",
        "discreet": "yes",
        "consent": "yes",
    }
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


def form_field(page: TestResponse) -> str:
    found = re.search(r'name="form" value="([^"]+)"', page.text)
    assert found
    return found[1]


def radios(page: str) -> list[str]:
    """What the radio buttons of a page stand for."""
    return re.findall(r'<input type="radio"[^>]* value="([^"]*)"', page)


def errors(page: TestResponse) -> dict[str, str]:
    """The error summary: what each line links to, and says."""
    return {name: unescape(sentence) for name, sentence in re.findall(r'<li><a href="#(\w+)">([^<]*)</a>', page.text)}


def test_the_sign_up_form_is_the_first_form(client: FlaskClient) -> None:
    page = client.get("/").text
    first = re.findall(r"<form[^>]*>", page)[0]
    assert 'method="post"' in first
    assert 'action="/subscribe"' in first
    names = set(re.findall(r' name="(\w+)"', page.partition("<form")[2]))
    assert names == {"language", "email", "programme", "weekday", "hour", "zone", "discreet", "consent", "form"}
    assert re.search(r'id="discreet"[^>]* checked', page)
    assert not re.search(r'id="consent"[^>]* checked', page)
    assert '<option value="Europe/London" selected ' in page
    assert '<option value="1" selected>Tuesday</option>' in page
    assert '<option value="10" selected>10:00</option>' in page


def test_the_inbox_picture_shows_what_a_locked_screen_shows(client: FlaskClient) -> None:
    page = client.get("/").text
    assert '<p class="sender">Weekly notes</p>\n<p class="subject">Your weekly note</p>' in page
    assert "This is what a locked screen usually shows." in page
    assert "Can anyone else open this inbox, its notifications or its backup address?" in page


def test_what_was_asked_reaches_the_core_once_with_the_text_that_was_shown(client: FlaskClient, door: StandInDoor) -> None:
    shown = re.search(r'id="consent"[^>]*>\n<span>(.*?)</span>', client.get("/").text)
    answer = client.post(
        "/subscribe", data=filled(email="  First.Last@EXÄMPLE.org"), environ_base={"REMOTE_ADDR": "192.0.2.77"}
    )
    assert answer.status_code == 200
    [(sign_up, proof)] = door.asked
    assert sign_up.address == "First.Last@xn--exmple-cua.org"
    assert sign_up.address_key == "first.last@xn--exmple-cua.org"
    assert sign_up.programme == "after-leaving"
    assert sign_up.wishes == Wishes(1, 10, "Europe/Berlin", True)
    assert sign_up.language == "en"
    assert proof.ip == "192.0.2.0/24"
    assert proof.form_url == "http://127.0.0.1:8000/"
    assert shown
    assert proof.text == unescape(shown[1])


def test_the_answer_is_the_same_for_every_address_but_for_the_echo(client: FlaskClient) -> None:
    answers = [
        client.post("/subscribe", data=filled(email=email))
        for email in ("a@example.org", "someone.else@example.net", "postmaster@example.com")
    ]
    bodies = {
        answer.data.replace(email, b"ADDRESS")
        for answer, email in zip(
            answers, (b"a@example.org", b"someone.else@example.net", b"postmaster@example.com"), strict=True
        )
    }
    assert len(bodies) == 1
    assert {answer.status_code for answer in answers} == {200}
    assert len({tuple(name for name, _ in answer.headers) for answer in answers}) == 1
    assert 'If <span class="address">a@example.org</span> can receive mail, a message is on its way.' in answers[0].text


def test_the_echo_is_escaped(client: FlaskClient) -> None:
    assert "o&#39;neil&amp;co@example.org" in client.post("/subscribe", data=filled(email="o'neil&co@example.org")).text
    wrong = client.post("/subscribe", data=filled(email='"><script>alert(1)</script>', zone='"><b>', weekday="<i>")).text
    assert "<script>alert" not in wrong
    assert "<b>" not in wrong
    assert "<i>" not in wrong
    assert "&lt;script&gt;" in wrong


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("email", "", "Please enter an address with an @, such as name@example.org."),
        ("email", "name.example.org", "Please enter an address with an @, such as name@example.org."),
        ("email", None, "Please enter an address with an @, such as name@example.org."),
        ("email", "a" * 245 + "@example.org", "This address is too long."),
        ("email", "nämé@example.org", "Please look at this address again."),
        ("email", "name@example", "Please look at this address again."),
        ("email", "a@b@example.org", "Please look at this address again."),
        ("email", "name@example.org\x00", "Please look at this address again."),
        ("email", "name@example.org\r\nBcc: b@example.org", "Please look at this address again."),
        ("email", "name@example.org\n", "Please look at this address again."),
        ("email", "Name <name@example.org>", "Please look at this address again."),
        ("programme", "nothing", "Please choose which notes you would like."),
        ("programme", "after-leaving\x00", "Please choose which notes you would like."),
        ("weekday", "7", "Please choose a day of the week from the list."),
        ("weekday", "-1", "Please choose a day of the week from the list."),
        ("weekday", "", "Please choose a day of the week from the list."),
        ("weekday", "²", "Please choose a day of the week from the list."),
        ("hour", "24", "Please choose an hour from the list."),
        ("hour", "10:30", "Please choose an hour from the list."),
        ("hour", "1" * 5000, "Please choose an hour from the list."),
        ("zone", "Mars/Olympus", "Please choose a time zone from the list."),
        ("zone", "../../etc/passwd", "Please choose a time zone from the list."),
        ("zone", "Europe/Berlin\r\n", "Please choose a time zone from the list."),
        ("consent", None, "Please tick this box if you agree."),
        ("consent", "no", "Please tick this box if you agree."),
    ],
)
def test_a_mistake_gets_a_sentence_linked_to_its_field(
    client: FlaskClient, door: StandInDoor, field: str, value: str | None, sentence: str
) -> None:
    page = client.post("/subscribe", data=filled(**{field: value}))
    assert page.status_code == 422
    assert door.asked == []
    assert page.text.count("<title>Error: Sign up") == 1
    found = errors(page)
    assert list(found) == [field]
    assert found[field].startswith(sentence)
    if field != "programme":  # the only programme has no field of its own to point at
        assert f'id="{field}-error"' in page.text
        assert re.search(rf'id="{field}"[^>]*aria-describedby="[^"]*{field}-error"[^>]* aria-invalid="true"', page.text)


def test_what_was_typed_is_kept(client: FlaskClient) -> None:
    page = client.post(
        "/subscribe", data=filled(email="half", weekday="4", hour="08", zone="Asia/Calcutta", discreet=None)
    ).text
    assert 'value="half"' in page
    assert '<option value="4" selected>Friday</option>' in page
    assert '<option value="8" selected>08:00</option>' in page
    assert '<option value="Asia/Kolkata" selected data-others="Asia/Calcutta">' in page
    assert not re.search(r'id="discreet"[^>]* checked', page)
    assert re.search(r'id="consent"[^>]* checked', page)
    assert "<details>" in page


def test_a_mistake_inside_the_closed_part_opens_it(client: FlaskClient) -> None:
    assert "<details open>" in client.post("/subscribe", data=filled(hour="99")).text


def test_what_was_not_sent_is_the_usual(client: FlaskClient, door: StandInDoor) -> None:
    answer = client.post("/subscribe", data={"email": "name@example.org", "consent": "on"})
    assert answer.status_code == 200
    assert door.asked[0][0].wishes == Wishes(1, 10, "Europe/London", False)
    assert door.asked[0][0].programme == "after-leaving"


def test_other_names_of_a_zone_are_understood(client: FlaskClient, door: StandInDoor) -> None:
    client.post("/subscribe", data=filled(zone="US/Eastern"))
    client.post("/subscribe", data=filled(zone="UTC"))
    assert [sign_up.wishes.zone for sign_up, _ in door.asked] == ["America/New_York", "Etc/UTC"]


def test_a_page_that_was_open_too_long_asks_for_one_more_press(
    client: FlaskClient, door: StandInDoor, service: StandInService
) -> None:
    field = form_field(client.get("/"))
    service.clock += timedelta(hours=23)
    assert client.post("/subscribe", data=filled(form=field)).status_code == 200
    service.clock += timedelta(hours=2)
    page = client.post("/subscribe", data=filled(form=field))
    assert page.status_code == 422
    assert errors(page) == {"form": STALE}
    assert 'value="name@example.org"' in page.text
    assert re.search(r'id="consent"[^>]* checked', page.text)
    assert client.post("/subscribe", data=filled(form=form_field(page))).status_code == 200
    assert len(door.asked) == 2


@pytest.mark.parametrize("field", ["", "x", "a.b.c", "\x00", "é"])
def test_a_form_field_that_is_not_ours_asks_for_one_more_press(client: FlaskClient, door: StandInDoor, field: str) -> None:
    assert errors(client.post("/subscribe", data=filled(form=field))) == {"form": STALE}
    assert door.asked == []


def test_a_consent_text_that_changed_meanwhile_is_shown_before_it_counts(client: FlaskClient, door: StandInDoor) -> None:
    field = form_field(client.get("/"))
    door.open_programmes = [replace(AFTER_LEAVING, pace_days=2)]
    page = client.post("/subscribe", data=filled(form=field))
    assert page.status_code == 422
    assert "I would like one short note every second day by email." in page.text
    assert door.asked == []
    assert client.post("/subscribe", data=filled(form=form_field(page))).status_code == 200
    assert door.asked[0][1].text.startswith("I would like one short note every second day by email. I agree ")


def test_a_body_that_is_too_large_is_refused_with_a_page(client: FlaskClient, door: StandInDoor) -> None:
    page = client.post("/subscribe", data=filled(email="a" * 70_000))
    assert page.status_code == 413
    assert "That was too long" in page.text
    assert door.asked == []


def test_closed_sign_up_is_a_calm_page(door: StandInDoor) -> None:
    service = StandInService(sign_up_open=False)
    client = make_app(service, door).test_client()
    assert client.get("/").status_code == 200
    assert "Sign-up is closed for now" in client.get("/").text
    closed = client.post("/subscribe", data=filled())
    assert closed.status_code == 403
    assert "Sign-up is closed for now" in closed.text
    assert door.asked == []


def test_without_any_programme_sign_up_is_closed(client: FlaskClient, door: StandInDoor) -> None:
    door.open_programmes = []
    assert "Sign-up is closed for now" in client.get("/").text
    assert client.post("/subscribe", data=filled()).status_code == 403


def test_programmes_that_nothing_says_whom_they_fit_are_a_choice_with_none_chosen(
    client: FlaskClient, door: StandInDoor
) -> None:
    door.open_programmes = [AFTER_LEAVING, replace(LETTING_GO, fits=())]
    page = client.get("/").text
    assert radios(page) == ["after-leaving", "letting-go"]
    assert " checked" not in page.partition("<fieldset")[2].partition("</fieldset")[0]
    missing = client.post("/subscribe", data=filled(programme=None))
    assert list(errors(missing)) == ["programme"]
    assert 'id="programme"' in missing.text
    assert client.post("/subscribe", data=filled(programme="letting-go")).status_code == 200
    assert door.asked[0][0].programme == "letting-go"


def test_a_broken_body_is_just_an_empty_form(client: FlaskClient) -> None:
    for body, kind in (
        (b"\xff\xfe%%%&&&=", "application/x-www-form-urlencoded"),
        (b"--x\r\nbad", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
    ):
        assert client.post("/subscribe", data=body, content_type=kind).status_code == 422


def test_a_slip_of_the_fingers_is_asked_about_once(client: FlaskClient, door: StandInDoor) -> None:
    """O-9: suggest, and let people be right."""
    page = client.post("/subscribe", data=filled(email="name@gmial.com"))
    assert page.status_code == 422
    assert errors(page) == {
        "email": "Did you mean name@gmail.com? If the address is right as it is, press the button once more."
    }
    assert door.asked == []
    sure = re.search(r'name="sure" value="([^"]+)"', page.text)
    assert sure is not None
    assert client.post("/subscribe", data=filled(email="name@gmial.com", sure=sure[1])).status_code == 200
    assert [sign_up.address for sign_up, _ in door.asked] == ["name@gmial.com"]


def test_being_sure_of_one_slip_is_not_being_sure_of_another(client: FlaskClient, door: StandInDoor) -> None:
    page = client.post("/subscribe", data=filled(email="name@gmial.com", sure="other@gmial.com"))
    assert page.status_code == 422
    assert door.asked == []
