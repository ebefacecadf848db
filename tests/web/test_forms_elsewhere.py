"""A form on another site leads to ours, filled in, and to no row: what somebody agrees to stands on our page."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from service.domain.consents import AT_ONCE
from service.domain.subscribers import Wishes
from tests.house.tree import PROJECT
from tests.web.stand_in import AFTER_LEAVING, LETTING_GO, WEEKLY_CHECK_IN, StandInDoor, StandInService, make_app
from tests.web.test_sign_up_page import filled, form_field

ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Origin": "https://shelter.example"}
ONCE_MORE = "Please look at this once more and press the button."


class Snippet(HTMLParser):
    """The form that the guide shows."""

    def __init__(self) -> None:
        super().__init__()
        self.form: dict[str, str] = {}
        self.fields: dict[str, str] = {}
        self.tags: set[str] = set()
        [text] = re.findall(r"^```html\n(.*?)^```$", (PROJECT / "docs" / "embed.md").read_text("utf-8"), re.M | re.S)
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = has
        elif tag == "input":
            self.fields[has["name"]] = has.get("value", "")


def test_the_form_of_the_guide_opens_our_page_filled_in(client: FlaskClient, door: StandInDoor) -> None:
    snippet = Snippet()
    assert snippet.tags.isdisjoint({"script", "iframe", "img", "style", "link"})
    assert snippet.form["method"] == "post"
    fields = {**snippet.fields, "email": "name@example.org"}
    page = client.post(urlsplit(snippet.form["action"]).path, data=fields, headers=ELSEWHERE)
    assert page.status_code == 200
    assert ONCE_MORE in page.text
    assert "<title>Sign up – Weekly notes</title>" in page.text
    assert 'value="name@example.org"' in page.text
    assert 'class="error"' not in page.text
    assert door.asked == []


def test_the_second_press_signs_up(client: FlaskClient, door: StandInDoor) -> None:
    page = client.post("/subscribe", data={"email": "name@example.org"}, headers=ELSEWHERE)
    shown = re.search(r'id="consent"[^>]*>\n<span>(.*?)</span>', page.text)
    fields = filled(form=form_field(page))
    assert client.post("/subscribe", data=fields, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
    [(sign_up, proof)] = door.asked
    assert sign_up.address == "name@example.org"
    assert shown
    assert proof.text == unescape(shown[1])


def test_a_tick_that_was_made_elsewhere_does_not_count_and_what_was_not_asked_is_discreet(client: FlaskClient) -> None:
    page = client.post("/subscribe", data={"email": "a@example.org", "consent": "yes"}, headers=ELSEWHERE).text
    assert not re.search(r'id="consent"[^>]* checked', page)
    assert re.search(r'id="discreet"[^>]* checked', page)
    page = client.post("/subscribe", data={"email": "a@example.org", "discreet": "no"}, headers=ELSEWHERE).text
    assert not re.search(r'id="discreet"[^>]* checked', page)


def test_whatever_was_typed_is_kept(client: FlaskClient, door: StandInDoor) -> None:
    door.open_programmes = [AFTER_LEAVING, LETTING_GO, WEEKLY_CHECK_IN]
    fields = {"email": '"><b>half', "fit": "left", "weekday": "4", "hour": "8", "zone": "Asia/Kolkata"}
    page = client.post("/subscribe", data=fields, headers=ELSEWHERE)
    assert page.status_code == 200
    assert "&#34;&gt;&lt;b&gt;half" in page.text
    assert re.search(r'value="left" checked', page.text)
    assert '<option value="4" selected>Friday</option>' in page.text
    assert '<option value="Asia/Kolkata" selected' in page.text
    assert "data-untouched" not in page.text
    named = client.post("/subscribe", data={"email": "a@example.org", "programme": "letting-go"}, headers=ELSEWHERE).text
    assert '<input type="hidden" name="programme" value="letting-go">' in named


def test_where_no_zone_was_typed_the_browser_s_own_is_proposed(client: FlaskClient) -> None:
    assert "data-untouched" in client.post("/subscribe", data={"email": "a@example.org"}, headers=ELSEWHERE).text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://shelter.example"},
        {"Origin": "http://127.0.0.1:9999"},
    ],
)
def test_every_browser_says_in_some_way_that_a_form_was_elsewhere(
    client: FlaskClient, door: StandInDoor, headers: dict[str, str]
) -> None:
    assert ONCE_MORE in client.post("/subscribe", data=filled(), headers=headers).text
    assert door.asked == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8000"},
        {"Origin": "http://localhost"},
    ],
)
def test_programs_and_our_own_page_are_taken_in_at_once(
    client: FlaskClient, door: StandInDoor, headers: dict[str, str]
) -> None:
    assert client.post("/subscribe", data=filled(), headers=headers).status_code == 200
    assert [sign_up.wishes for sign_up, _ in door.asked] == [Wishes(1, 10, "Europe/Berlin", True)]


def test_a_stamp_of_ours_is_enough_wherever_it_comes_from(client: FlaskClient, door: StandInDoor) -> None:
    """A browser that was sent here from elsewhere and went back and forth may say so for our own page too."""
    field = form_field(client.get("/"))
    assert client.post("/subscribe", data=filled(form=field), headers=ELSEWHERE).status_code == 200
    assert len(door.asked) == 1


def test_whoever_comes_from_elsewhere_may_press_the_button_at_once_with_the_limits_on() -> None:
    service: Any = StandInService(rate_limits=True)
    door = StandInDoor(service)
    client = make_app(service, door).test_client()
    page = client.post("/subscribe", data={"email": "name@example.org"}, headers=ELSEWHERE)
    assert door.verdicts == []
    client.post("/subscribe", data=filled(form=form_field(page)))
    assert door.verdicts == [AT_ONCE]


def test_closed_is_closed_for_everybody(door: StandInDoor) -> None:
    service = StandInService(sign_up_open=False)
    answer = make_app(service, door).test_client().post("/subscribe", data=filled(), headers=ELSEWHERE)
    assert answer.status_code == 403
    assert ONCE_MORE not in answer.text
