"""The pages of wishes for all notes: what each means, what it refuses, and that it never tells what was set before."""

import re
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from service.actions.preferences import Changes
from service.domain.subscribers import Support
from service.web import wishes_form
from tests.web.reader_stand_in import ME, StandInReaderDoor
from tests.web.stand_in import StandInDoor, StandInService, make_app
from tests.web.test_reader_pages import said

TUESDAY = "Your next note comes on Tuesday 8 December."


@pytest.mark.parametrize("name", ["look", "link", "plain", "extras", "news"])
def test_either_this_or_that(client: FlaskClient, reader_door: StandInReaderDoor, name: str) -> None:
    page = client.get(f"/p/{ME}/settings/{name}").text
    chosen = re.findall(r'name="answer" value="(\w+)"( checked)?', page)
    assert chosen == [("yes", " checked" if name == "look" else ""), ("no", "" if name == "look" else " checked")]
    for sent in ("yes", "no"):
        answer = said(client.post(f"/p/{ME}/settings/{name}", data={"answer": sent}))
        assert answer.startswith("Done. ")
        assert TUESDAY in answer
    assert len(reader_door.done) == 2
    refused = client.post(f"/p/{ME}/settings/{name}", data={"answer": "perhaps"})
    assert refused.status_code == 422
    assert "Error: Please choose one of these." in said(refused)
    assert len(reader_door.done) == 2


def test_both_looks_are_shown_as_an_inbox_would(client: FlaskClient) -> None:
    page = said(client.get(f"/p/{ME}/settings/look"))
    assert "Discreet Weekly notes Your weekly note Here is your note for this week" in page
    assert "Open Weekly notes Rest before answers" in page
    assert page.count("This is what a locked screen usually shows.") == 2


def test_every_wish_is_listed_with_how_it_stands(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    page = said(client.get(f"/p/{ME}"))
    assert "How a note looks in an inbox discreet What a mail holds the whole note Plain text as usual" in page
    assert "Support lines below the notes only a link" in page
    assert "Time zone set Hours without mail not set Days without mail not set" in page
    assert "Extra notes no When there is something new you will not be told Start other notes" in page
    reader_door.show(never_set=True, quiet_set=True, discreet=False, support=Support.ONE, country_set=True, tell_me=True)
    page = said(client.get(f"/p/{ME}"))
    assert "How a note looks in an inbox open" in page
    assert "Hours without mail set Days without mail set" in page
    assert "Support lines below the notes one country" in page
    assert "you will be told" in page


def test_a_language_that_is_not_offered_is_refused(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    for sent in ("", "xx", "en-GB"):
        answer = client.post(f"/p/{ME}/settings/language", data={"spoken": sent})
        assert answer.status_code == 422
        assert "Error: Please choose a language from the list." in said(answer)
    assert reader_door.done == []


def test_a_new_language_is_spoken_at_once_whatever_the_browser_asks_for(
    client: FlaskClient, reader_door: StandInReaderDoor
) -> None:
    assert "Español" in client.get(f"/p/{ME}/settings/language").text
    answer = client.post(f"/p/{ME}/settings/language", data={"spoken": "es"}, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert '<html lang="es"' in answer.text
    assert reader_door.done == [Changes(language="es")]


# Support lines


@pytest.fixture
def demo_client(reader_door: StandInReaderDoor) -> FlaskClient:
    """A site that may show lines nobody has checked."""
    service = StandInService(demo=True)
    return make_app(service, StandInDoor(service), reader_door).test_client()


def test_lines_of_one_country_need_a_country(demo_client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    for country in ("", "clear", "XX"):
        answer = demo_client.post(f"/p/{ME}/settings/lines", data={"lines": "one", "country": country})
        assert answer.status_code == 422, country
        assert "Error: Please choose the country whose lines you would like." in said(answer)
        assert re.search(r'value="one" checked', answer.text)
    assert reader_door.done == []
    assert demo_client.post(f"/p/{ME}/settings/lines", data={"lines": "one", "country": "GB"}).status_code == 200
    reader_door.show(country_set=True)
    assert demo_client.post(f"/p/{ME}/settings/lines", data={"lines": "one", "country": ""}).status_code == 200
    assert demo_client.post(f"/p/{ME}/settings/lines", data={"lines": "link", "country": "clear"}).status_code == 200
    assert reader_door.done == [
        Changes(support=Support.ONE, country="GB"),
        Changes(support=Support.ONE),
        Changes(support=Support.LINK, country=""),
    ]


def test_the_country_that_is_set_is_not_chosen_in_the_list(demo_client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    reader_door.show(country_set=True, support=Support.ONE)
    page = demo_client.get(f"/p/{ME}/settings/lines").text
    field = re.search(r'<select id="country".*?</select>', page, re.DOTALL)
    assert field
    assert re.findall(r'<option value="(\w*)" selected>(.*?)<', field[0]) == [("", "Leave it as it is")]
    assert '<option value="clear">Forget the country</option>' in field[0]


def test_where_no_line_was_checked_there_is_no_country_to_choose(client: FlaskClient) -> None:
    page = client.get(f"/p/{ME}/settings/lines").text
    assert 'value="one"' not in page
    assert 'name="country"' not in page


# Zone and hours


@pytest.mark.parametrize("sent", ["", "Nowhere/Town", "localtime", "x" * 5000])
def test_a_zone_that_nobody_knows_is_refused(client: FlaskClient, reader_door: StandInReaderDoor, sent: str) -> None:
    answer = client.post(f"/p/{ME}/settings/zone", data={"zone": sent})
    assert answer.status_code == 422
    assert "Error: Please choose a time zone from the list." in said(answer)
    assert reader_door.done == []


def test_a_new_zone_is_not_named_in_the_answer(client: FlaskClient) -> None:
    answer = client.post(f"/p/{ME}/settings/zone", data={"zone": "Asia/Calcutta"})
    assert said(answer).startswith(
        f"Done. From now on the hours are meant in the time zone that you chose. {TUESDAY} You can close"
    )


def test_hours_without_mail_are_never_ticked_and_never_told(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    page = client.get(f"/p/{ME}/settings/hours").text
    assert len(re.findall(r'type="checkbox"[^>]*name="hours"', page)) == 24
    assert " checked" not in page
    assert "Clear the hours" not in page
    reader_door.show(never_set=True)
    page = client.get(f"/p/{ME}/settings/hours").text
    assert " checked" not in page
    assert "Some hours are set. They are not shown here" in page
    assert "Clear the hours" in page
    client.post(f"/p/{ME}/settings/hours", data={"clear": "yes"})
    assert reader_door.done == [Changes(never_hours=frozenset())]


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        ([], "Please tick the hours in which no mail may come."),
        (["24", "x", "-1"], "Please tick the hours in which no mail may come."),
        ([str(hour) for hour in range(24)], "Please leave at least one hour of the day for mail."),
    ],
)
def test_no_hour_and_every_hour_are_refused(
    client: FlaskClient, reader_door: StandInReaderDoor, hours: list[str], sentence: str
) -> None:
    answer = client.post(f"/p/{ME}/settings/hours", data={"hours": hours})
    assert answer.status_code == 422
    assert f"Error: {sentence}" in said(answer)
    assert len(re.findall(" checked", answer.text)) == (24 if len(hours) == 24 else 0)  # nothing typed is lost
    assert reader_door.done == []


# Days


def days(**fields: str) -> wishes_form.Asked:
    return wishes_form.read_days(MultiDict(fields))


def test_one_day_or_several_in_a_row_are_added(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    data = {"day": "30", "month": "12", "last_day": "2", "last_month": "1"}
    assert client.post(f"/p/{ME}/settings/days", data=data).status_code == 200
    client.post(f"/p/{ME}/settings/days", data={"day": "29", "month": "2"})
    assert reader_door.done == [
        Changes(add_quiet_days=frozenset({(12, 30), (12, 31), (1, 1), (1, 2)})),
        Changes(add_quiet_days=frozenset({(2, 29)})),
    ]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "day"),
        ({"day": "31", "month": "2"}, "day"),
        ({"day": "0", "month": "2"}, "day"),
        ({"day": "1", "month": "13"}, "day"),
        ({"day": "1"}, "day"),
        ({"day": "1", "month": "2", "last_day": "31", "last_month": "4"}, "last_day"),
        ({"day": "1", "month": "2", "last_day": "3"}, "last_day"),
    ],
)
def test_a_day_that_does_not_exist_is_asked_for_again(
    client: FlaskClient, reader_door: StandInReaderDoor, data: dict[str, str], field: str
) -> None:
    answer = client.post(f"/p/{ME}/settings/days", data=data)
    assert answer.status_code == 422
    assert "Error: Please choose a day and a month that belong together." in said(answer)
    assert f'href="#{field}"' in answer.text
    assert answer.text.count('option value="1" selected') == len([value for value in data.values() if value == "1"])
    assert reader_door.done == []


def test_sixty_days_are_the_most(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    for length, fits in ((60, True), (61, False)):
        last = date(2024, 6, 1) + timedelta(days=length - 1)
        asked = days(day="1", month="6", last_day=str(last.day), last_month=str(last.month))
        assert (asked.changes is not None) == fits
        if asked.changes:
            assert len(asked.changes.add_quiet_days) == length
    reader_door.full = True
    answer = client.post(f"/p/{ME}/settings/days", data={"day": "24", "month": "12"})
    assert answer.status_code == 422
    assert "Error: There can be 60 days without mail in a year at most." in said(answer)


def test_days_can_be_cleared_but_are_never_told(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    assert "Clear the days" not in client.get(f"/p/{ME}/settings/days").text
    reader_door.show(quiet_set=True)
    page = client.get(f"/p/{ME}/settings/days").text
    assert " selected" not in page
    assert "Clear the days" in page
    assert "this year and every year" in said(client.post(f"/p/{ME}/settings/days", data={"day": "1", "month": "5"}))
    client.post(f"/p/{ME}/settings/days", data={"clear": "yes"})
    assert reader_door.done[-1] == Changes(quiet_days=frozenset())
