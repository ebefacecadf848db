"""The help page: support lines by country, only checked ones outside the demo, and what the way out can and cannot do."""

import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from service.domain import support
from tests.web.stand_in import StandInDoor, StandInService, make_app

LINES = """
[countries]
GB = "United Kingdom"
IE = "Ireland"

[[line]]
country = "GB"
type = "emergency"
name = "Emergency services"
number = "999"
source = "x"
verified_on = 2026-11-20
verified_by = "A. Name"

[[line]]
country = "GB"
type = "men"
name = "A line & more"
number = "0808 801 0327"
text = "HELLO to 88788"
hours = "9 to 17"
url = "https://www.example.org/help"
languages = "English, Welsh"
leaves_trace = "Not on the phone bill."
note = "For anyone."
source = "secret source"
verified_on = 2026-11-20
verified_by = "A. Name"

[[line]]
country = "IE"
type = "abuse"
name = "Unchecked"
number = "1800 341 900"
source = "x"
"""
UNVERIFIED = "Not verified yet, shown in this demo only."


def help_page(query: str = "", *, demo: bool = False) -> str:
    service = StandInService(demo=demo, support_lines=support.parse(LINES))
    answer = make_app(service, StandInDoor(service)).test_client().get(f"/help{query}")
    assert answer.status_code == 200
    return answer.text


def test_without_checked_lines_it_shows_no_number_and_leads_to_directories(client: FlaskClient) -> None:
    page = client.get("/help").text
    for anchor in ("people", "exit", "email", "device", "notes"):
        assert f'id="{anchor}"' in page
    assert "lila.help" in page
    assert "findahelpline.com" in page
    assert "<form" not in page
    body = page.partition("<main")[2].partition("</main>")[0].partition("</svg>")[2]
    assert not any(character.isdigit() for character in re.sub(r"</?h\d", "", body))


def test_a_checked_line_says_all_that_is_known_and_nothing_of_who_found_it() -> None:
    page = help_page("?country=GB")
    for words in (
        "<h3>United Kingdom</h3>",
        "A line &amp; more",
        "For men",
        '<a href="tel:08088010327">0808 801 0327</a>',
        "Text HELLO to 88788",
        '<a href="https://www.example.org/help" rel="noreferrer">example.org</a>',
        "For anyone.",
        "Open: 9 to 17.",
        "Languages: English, Welsh.",
        "Not on the phone bill.",
        "Checked on 20 November 2026.",
        'call <a href="tel:999">999</a>.',
    ):
        assert words in page, words
    assert "A. Name" not in page
    assert "secret source" not in page
    assert UNVERIFIED not in page


def test_outside_the_demo_an_unchecked_line_and_its_country_are_not_there() -> None:
    page = help_page()
    assert "Ireland" not in page
    assert "1800 341 900" not in page


def test_in_the_demo_everything_is_there_and_what_is_unchecked_is_marked() -> None:
    page = help_page(demo=True)
    assert page.count(UNVERIFIED) == 1
    assert page.index("Unchecked") < page.index(UNVERIFIED)


@pytest.mark.parametrize("query", ["", "?country=", "?country=XX", "?country=%00", "?country=GBR", "?country=GB%22%3E"])
def test_without_a_country_all_are_listed(query: str) -> None:
    page = help_page(query, demo=True)
    assert re.findall(r"<summary>(.*?)</summary>", page) == ["Ireland", "United Kingdom"]
    assert "call your local emergency number." in page
    assert '<option value="" selected>All countries</option>' in page


@pytest.mark.parametrize("query", ["?country=GB", "?country=gb", "?country=+GB+", "?country=GB&country=IE"])
def test_a_country_is_asked_for_by_a_plain_link(query: str) -> None:
    page = help_page(query, demo=True)
    assert "<details" not in page
    assert "Unchecked" not in page
    assert '<option value="GB" selected>United Kingdom</option>' in page
    assert '<form class="pick" method="get" action="/help#people">' in page


def test_a_country_without_an_emergency_number_names_none() -> None:
    assert "call your local emergency number." in help_page("?country=IE", demo=True)


def test_it_says_what_the_way_out_does_not_do(client: FlaskClient) -> None:
    page = client.get("/help").text
    assert "press the Shift key three times" in page
    assert "stay in the history of the browser" in page
    assert "It cannot help against a program that watches the device." in page


def test_no_title_names_the_topic(client: FlaskClient) -> None:
    assert "<title>Help – Weekly notes</title>" in client.get("/help?country=GB").text


def test_a_day_of_checking_is_a_day() -> None:
    assert support.parse(LINES)[1].lines[0].verified_on == date(2026, 11, 20)
