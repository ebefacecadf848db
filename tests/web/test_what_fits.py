"""“What fits?” leads to a programme and is kept nowhere; what somebody agrees to is true for what they get."""

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from service.store.sequences import ProgrammeRow
from service.web.offer import FITS, Offer
from tests.web.stand_in import A_LINE_A_DAY, AFTER_LEAVING, LETTING_GO, WEEKLY_CHECK_IN, StandInDoor
from tests.web.test_sign_up_page import errors, filled, form_field, radios

ALL = [AFTER_LEAVING, LETTING_GO, WEEKLY_CHECK_IN, A_LINE_A_DAY]
PLAIN = replace(LETTING_GO, slug="plain", fits=())


@pytest.mark.parametrize(
    ("rows", "offered", "fits"),
    [
        ([], [], []),
        ([AFTER_LEAVING], ["after-leaving"], []),
        ([PLAIN], ["plain"], []),
        ([A_LINE_A_DAY], [], []),
        ([AFTER_LEAVING, A_LINE_A_DAY], ["after-leaving"], []),
        ([AFTER_LEAVING, LETTING_GO], ["after-leaving", "letting-go"], ["ended", "left"]),
        ([LETTING_GO, AFTER_LEAVING], ["letting-go", "after-leaving"], ["ended", "left"]),
        ([AFTER_LEAVING, PLAIN], ["after-leaving", "plain"], []),
        (ALL, ["after-leaving", "letting-go", "check-in"], list(FITS)),
    ],
)
def test_only_what_leads_somewhere_is_offered(rows: list[ProgrammeRow], offered: list[str], fits: list[str]) -> None:
    offer = Offer(tuple(rows))
    assert [row.slug for row in offer.rows] == offered
    assert offer.fits == fits


@pytest.mark.parametrize(
    ("programme", "fit", "slug"),
    [
        ("", "", "after-leaving"),
        ("", "ended", "after-leaving"),
        ("", "left", "letting-go"),
        ("", "still", "check-in"),
        ("", "unsaid", "check-in"),
        ("", "later", None),
        ("", "\x00", None),
        ("letting-go", "ended", "letting-go"),
        ("line", "", "line"),
        ("nothing", "ended", None),
    ],
)
def test_a_name_wins_then_what_fits_then_the_usual(programme: str, fit: str, slug: str | None) -> None:
    chosen = Offer(tuple(ALL)).chosen(programme, fit)
    assert (chosen.slug if chosen else None) == slug


def test_nobody_is_led_to_a_programme_that_is_not_there() -> None:
    offer = Offer((LETTING_GO, WEEKLY_CHECK_IN))
    assert offer.chosen("", "ended") is None
    assert offer.chosen("", "") is None


def test_the_question_stands_alone_with_none_chosen_and_no_list_of_programmes(client: FlaskClient, door: StandInDoor) -> None:
    door.open_programmes = ALL
    page = client.get("/").text
    assert radios(page) == list(FITS)
    question = page.partition("<fieldset")[2].partition("</fieldset")[0]
    assert "<legend>What fits?</legend>" in question
    assert " checked" not in question
    assert "You can leave this out, and change it any time. It decides which notes come, and is not kept." in question
    assert re.findall(r"<span>([^<]+)</span>", question) == [
        "I have left, or it has ended",
        "Someone left me",
        "I am still in it, or it comes and goes",
        "I would rather not say",
    ]
    assert 'name="programme"' not in page
    for title in ("Letting go, in 21 small steps", "Weekly check-in", "A line a day"):
        assert title not in page


def test_one_programme_needs_no_question(client: FlaskClient, door: StandInDoor) -> None:
    door.open_programmes = [AFTER_LEAVING, A_LINE_A_DAY]
    page = client.get("/").text
    assert radios(page) == []
    assert '<input type="hidden" name="programme" value="after-leaving">' in page
    assert AFTER_LEAVING.summary in page


@pytest.mark.parametrize(("fit", "slug"), [(None, "after-leaving"), ("left", "letting-go"), ("unsaid", "check-in")])
def test_the_answer_leads_to_a_programme(client: FlaskClient, door: StandInDoor, fit: str | None, slug: str) -> None:
    door.open_programmes = ALL
    field = form_field(client.get("/"))
    assert client.post("/subscribe", data=filled(programme=None, fit=fit, form=field)).status_code == 200
    [(sign_up, proof)] = door.asked
    assert sign_up.programme == slug
    assert proof.text.startswith("I would like short notes by email, at the pace that I choose. I agree ")
    assert not hasattr(sign_up, "fit")


def test_an_answer_is_kept_while_something_else_is_put_right(client: FlaskClient, door: StandInDoor) -> None:
    door.open_programmes = ALL
    page = client.post("/subscribe", data=filled(programme=None, fit="left", email="no"))
    assert re.search(r'value="left" checked', page.text)
    assert list(errors(page)) == ["email"]


@pytest.mark.parametrize("fields", [{"programme": None, "fit": "later"}, {"programme": "nothing"}])
def test_an_answer_that_leads_nowhere_is_asked_about(
    client: FlaskClient, door: StandInDoor, fields: dict[str, str | None]
) -> None:
    door.open_programmes = ALL
    page = client.post("/subscribe", data=filled(**fields))
    assert page.status_code == 422
    assert errors(page) == {"fit": "Please look at this choice again. You can also leave it out."}
    assert 'id="fit"' in page.text
    assert radios(page.text) == list(FITS)
    assert door.asked == []


def test_a_program_that_names_its_programme_and_takes_the_stamp_of_the_page_is_understood(
    client: FlaskClient, door: StandInDoor
) -> None:
    door.open_programmes = ALL
    field = form_field(client.get("/"))
    assert client.post("/subscribe", data=filled(programme="after-leaving", form=field)).status_code == 200
    assert door.asked[0][0].programme == "after-leaving"
    assert "at the pace that I choose" in door.asked[0][1].text


def test_a_named_programme_stays_named_and_the_text_is_about_it_alone(client: FlaskClient, door: StandInDoor) -> None:
    door.open_programmes = ALL
    page = client.post("/subscribe", data=filled(programme="letting-go", email="no"))
    assert '<input type="hidden" name="programme" value="letting-go">' in page.text
    assert radios(page.text) == []
    assert "I would like one short note every second day by email." in page.text
    assert client.post("/subscribe", data=filled(programme="letting-go", form=form_field(page))).status_code == 200
    assert door.asked[0][1].text.startswith("I would like one short note every second day by email. ")


def test_nobody_gets_daily_notes_who_agreed_to_something_else(client: FlaskClient, door: StandInDoor) -> None:
    """A line a day is not on the page, so the text of the page does not speak of it."""
    door.open_programmes = [AFTER_LEAVING, A_LINE_A_DAY]
    page = client.post("/subscribe", data=filled(programme="line", form=form_field(client.get("/"))))
    assert page.status_code == 422
    assert list(errors(page)) == ["form"]
    assert "I would like one short note a day by email." in page.text
    assert client.post("/subscribe", data=filled(programme="line", form=form_field(page))).status_code == 200
    assert door.asked[0][1].text.startswith("I would like one short note a day by email. ")


def test_while_all_notes_are_weekly_the_page_says_so(client: FlaskClient, door: StandInDoor) -> None:
    door.open_programmes = [AFTER_LEAVING, WEEKLY_CHECK_IN, A_LINE_A_DAY]
    page = client.get("/").text
    assert "<h1>A short note, once a week</h1>" in page
    assert "I would like one note a week by email." in page
    door.open_programmes = ALL
    assert "<h1>Short notes, at your own pace</h1>" in client.get("/").text
