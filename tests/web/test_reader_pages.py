"""The page behind a reader's own link, and what holds for every page and button behind it."""

import html
import logging
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.actions.moves import Outlook
from service.actions.preferences import Changes
from service.domain.moves import Move, What
from service.domain.sequences import Role, Wish
from service.domain.subscribers import State, Support
from service.web.reader_door import DayAndPace
from tests.web.reader_stand_in import ME, NOTE, RUNNING, SECOND, StandInReaderDoor
from tests.web.stand_in import FIRST_AT, StandInService

ACTS: dict[str, tuple[dict[str, object], object]] = {
    "5/longer": ({}, (NOTE, Move(What.STAY))),
    "5/on": ({}, (NOTE, Move(What.ON))),
    "5/usual": ({}, (NOTE, Move(What.USUAL))),
    "5/back": ({"part": "1"}, (NOTE, Move(What.PART, phase_id=1))),
    "5/part": ({"part": "3"}, (NOTE, Move(What.PART, phase_id=3))),
    "5/later": ({"days": "2"}, (NOTE, Move(What.AGAIN, days=2))),
    "5/day": ({"weekday": "4", "hour": "20", "pace": "14"}, (NOTE, DayAndPace(4, 14, 20))),
    "6/stop": ({}, ("stop", 6)),
    "pause": ({"weeks": "2"}, ("pause", 2)),
    "resume": ({}, "resume"),
    "start": ({"programme": "check-in"}, ("start", "check-in")),
    "today": ({"feeling": "sad"}, None),
    "settings/look": ({"answer": "no"}, Changes(discreet=False)),
    "settings/link": ({"answer": "yes"}, Changes(link_only=True)),
    "settings/plain": ({"answer": "yes"}, Changes(plain_text=True)),
    "settings/extras": ({"answer": "yes"}, Changes(extras=True)),
    "settings/news": ({"answer": "yes"}, Changes(tell_me=True)),
    "settings/language": ({"spoken": "en"}, Changes(language="en")),
    "settings/lines": ({"lines": "all"}, Changes(support=Support.ALL)),
    "settings/zone": ({"zone": "Asia/Tokyo"}, Changes(zone="Asia/Tokyo")),
    "settings/hours": ({"hours": ["0", "23"]}, Changes(never_hours=frozenset({0, 23}))),
    "settings/days": ({"day": "24", "month": "12"}, Changes(add_quiet_days=frozenset({(12, 24)}))),
}
"""Every button: the page it stands on, what is sent, and what the core is then asked to do."""

PAGES = ["", "/next", *(f"/{path}" for path in ACTS)]
TOPIC = re.compile(r"abuse|violence|survivor|toxic|leaving|trauma|heal|hurt|relationship|\bex\b", re.IGNORECASE)


@pytest.fixture(autouse=True)
def two_programmes(reader_door: StandInReaderDoor) -> None:
    reader_door.show(running=(RUNNING, SECOND))


def alone(reader_door: StandInReaderDoor, **changes: object) -> None:
    """Let the reader have one programme."""
    reader_door.show(running=(replace(RUNNING, **changes),))  # type: ignore[arg-type]


def stamp(page: str) -> str:
    found = re.search(r'name="stamp" value="([^"]+)"', page)
    assert found
    return found[1]


def said(answer: TestResponse) -> str:
    """What stands in the middle of a page, without its marks."""
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main.partition(">")[2])).split())


def test_every_button_of_the_readers_pages_is_tested_here(app: Flask) -> None:
    rules = [rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/p/") and "POST" in (rule.methods or ())]
    acts = {re.sub(r"^\d", "<int:note>", path) for path in ACTS}
    assert {rule.removeprefix("/p/<token>/") for rule in rules} - {"address"} == acts


def test_looking_changes_nothing(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    for path in PAGES:
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = client.open(f"/p/{ME}{path}", method=method, query_string={"weeks": "1", "days": "1", "answer": "yes"})
            assert answer.status_code == 200, path
    assert reader_door.done == []


def test_a_button_acts_once_and_answers_with_a_page(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    for path, (data, act) in ACTS.items():
        reader_door.show(running=(RUNNING, SECOND))
        reader_door.done.clear()
        answer = client.post(f"/p/{ME}/{path}", data={**data, "stamp": stamp(client.get(f"/p/{ME}/pause").text)})
        assert answer.status_code == 200, path
        assert "Location" not in answer.headers
        assert re.search(r"<h1[^>]* tabindex=\"-1\" autofocus>", answer.text), path
        assert reader_door.done == ([act] if act is not None else [])


def test_every_form_carries_the_stamp_of_its_link(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    reader_door.show(never_set=True, quiet_set=True, paused=True)
    for path in ACTS:
        page = client.get(f"/p/{ME}/{path}").text
        forms = re.findall(r"<form.*?</form>", page, re.DOTALL)
        assert forms, path
        assert {stamp(form) for form in forms} == {stamp(page)}


def test_a_button_on_another_site_does_nothing(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    reader_door.seen["other"] = reader_door.seen[ME]
    others = stamp(client.get("/p/other/pause").text)
    for path, (data, _) in ACTS.items():
        for field in ({}, {"stamp": ""}, {"stamp": "é"}, {"stamp": others}):
            refused = client.post(f"/p/{ME}/{path}", data={**data, **field}, headers=elsewhere)
            assert refused.status_code == 403, path
            assert "Please use the form on our own page" in refused.text
    assert reader_door.done == []


def test_a_button_of_our_own_page_works_wherever_the_browser_says_it_comes_from(client: FlaskClient) -> None:
    own = stamp(client.get(f"/p/{ME}/pause").text)
    for path, (data, _) in ACTS.items():
        answer = client.post(f"/p/{ME}/{path}", data={**data, "stamp": own}, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 200, path


def test_a_stamp_ends_after_three_days(client: FlaskClient, service: StandInService) -> None:
    field = stamp(client.get(f"/p/{ME}/pause").text)
    service.clock += timedelta(hours=73)
    late = {"weeks": "1", "stamp": field}
    assert client.post(f"/p/{ME}/pause", data=late, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(f"/p/{ME}/pause", data=late, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_a_link_that_is_not_in_use_gives_one_and_the_same_page(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    answers = [client.get(f"/p/{token}{path}") for token in ("never-was", "x" * 43, "%00", "é") for path in PAGES]
    answers += [client.post(f"/p/never-was/{path}", data=data) for path, (data, _) in ACTS.items()]
    assert {(answer.status_code, said(answer)) for answer in answers} == {(404, said(answers[0]))}
    assert "This link is no longer in use. We can send a fresh one." in said(answers[0])
    assert reader_door.done == []


def test_a_broken_link_gives_that_page_too(client: FlaskClient) -> None:
    for path in (f"/p/{ME}/", f"/p/{ME}/nowhere", "/p/a/b/c", "/p/../c/open"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "This link is no longer in use." in answer.text


def test_a_link_of_notes_that_have_ended_leads_to_ones_own_page(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    ended = {f"/p/{ME}/99{path[1:]}": data for path, (data, _) in ACTS.items() if path[0].isdigit()}
    for answer in (client.open(path, method=method, data=ended[path]) for path in ended for method in ("GET", "POST")):
        assert answer.status_code == 404
        assert "These notes have ended" in said(answer)
        assert f'href="/p/{ME}"' in answer.text
    assert reader_door.done == []


@pytest.mark.parametrize("state", [State.LEFT, State.BOUNCED])
def test_who_gets_no_notes_is_told_so_on_every_page(client: FlaskClient, reader_door: StandInReaderDoor, state: State) -> None:
    reader_door.show(state=state, running=())
    answers = [client.get(f"/p/{ME}{path}") for path in PAGES]
    answers += [client.post(f"/p/{ME}/{path}", data=data) for path, (data, _) in ACTS.items()]
    for answer in answers:
        assert answer.status_code == 200
        assert "No notes come at the moment" in said(answer)
        assert ("sign up again" in said(answer)) == (state is State.LEFT)
    assert reader_door.done == []


def test_titles_are_neutral_and_robots_stay_out_and_every_page_can_empty_itself(client: FlaskClient) -> None:
    for path in PAGES:
        answer = client.get(f"/p/{ME}{path}")
        title = re.findall(r"<title>(.*?)</title>", answer.text)[0]
        assert title.endswith(" – Weekly notes")
        assert not TOPIC.search(title), path
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.headers["Cache-Control"] == "no-store"
        assert '<script src="/static/idle.js" defer></script>' in answer.text
        assert 'id="idle" role="alertdialog"' in answer.text


def test_a_page_has_one_filled_button_at_most_and_links_to_no_other_reader(client: FlaskClient) -> None:
    for path in PAGES:
        page = client.get(f"/p/{ME}{path}").text.partition("<main")[2].partition("</main>")[0]
        assert len(re.findall(r'<button type="submit"(?![^>]*class="quiet")', page)) <= 1, path
        assert set(re.findall(r"/p/([^/\"?]+)", page)) <= {ME}


@pytest.mark.parametrize("path", ["", "/5/day", "/settings/lines", "/settings/zone", "/settings/hours", "/settings/days"])
def test_no_page_shows_what_is_write_only(client: FlaskClient, reader_door: StandInReaderDoor, path: str) -> None:
    reader_door.show(country_set=True, never_set=True, quiet_set=True)
    page = client.get(f"/p/{ME}{path}").text
    assert "@" not in page
    assert "Europe/Berlin" not in re.sub(r"<option[^>]*>", "", page)
    for name in ("zone", "country", "day", "month", "last_day", "last_month"):
        for field in re.findall(rf'<select id="{name}".*?</select>', page, re.DOTALL):
            assert re.findall(r'<option value="([^"]*)" selected', field) in ([], [""])
    assert not re.search(r'type="checkbox"[^>]* checked', page)


def test_no_log_holds_a_token_or_what_was_sent(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for path, (data, _) in ACTS.items():
            client.post(f"/p/{ME}/{path}", data=data)
            client.post(f"/p/never-was-a-token/{path}", data=data)
    for secret in ("never-was-a-token", f"/p/{ME}", "Asia/Tokyo", "sad"):
        assert secret not in caplog.text


def test_pages_speak_the_readers_language_and_carry_none_in_their_links(
    client: FlaskClient, reader_door: StandInReaderDoor
) -> None:
    answer = client.get(f"/p/{ME}", headers={"Accept-Language": "es"})
    assert '<html lang="en"' in answer.text
    assert not re.findall(rf'href="/p/{ME}[^"]*lang=', answer.text)


# The page itself


def test_the_page_says_when_the_next_note_comes_and_what_can_be_done(
    client: FlaskClient, reader_door: StandInReaderDoor
) -> None:
    alone(reader_door)
    answer = client.get(f"/p/{ME}")
    assert "Your next note comes on Tuesday 8 December." in said(answer)
    assert "10:00, Europe" not in said(answer)
    assert "Now: feelings in waves." in said(answer)
    assert "After leaving" not in said(answer)  # with one programme nobody needs its name
    for path in ("5/longer", "5/on", "5/back", "5/later", "5/day", "pause", "today", "start"):
        assert f'href="/p/{ME}/{path}"' in answer.text
    for path in ("5/stop", "5/usual", "5/part", "resume"):
        assert f'href="/p/{ME}/{path}"' not in answer.text
    assert 'href="/u/stop-token"' in answer.text
    assert 'href="/e/erase-token"' in answer.text
    assert "Tuesday at 10:00, one a week" in said(answer)


def test_only_what_is_possible_is_listed(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    alone(reader_door, on=None, before=(), here=1)
    page = client.get(f"/p/{ME}").text
    assert "/5/on" not in page
    assert "/5/back" not in page
    alone(reader_door, begun=False)
    page = client.get(f"/p/{ME}").text
    assert f'href="/p/{ME}/5/part"' in page
    for path in ("longer", "on", "back", "later"):
        assert f"/5/{path}" not in page


def test_each_of_several_programmes_has_its_name_its_date_and_its_own_stop(client: FlaskClient) -> None:
    answer = client.get(f"/p/{ME}")
    assert "After leaving The next of these notes comes on Tuesday 8 December." in said(answer)
    assert "A line a day The next of these notes comes on Wednesday 9 December." in said(answer)
    assert f'href="/p/{ME}/6/stop"' in answer.text
    assert f'href="/p/{ME}/6/longer"' not in answer.text  # it has one part only


def test_a_wish_is_shown_with_the_way_back(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    alone(reader_door, wish=Wish.STAY)
    answer = client.get(f"/p/{ME}")
    assert "Your wish: a little longer with this part. Leave it as it was" in said(answer)
    assert f'href="/p/{ME}/5/usual"' in answer.text


def test_a_pause_is_shown_with_its_end(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    reader_door.show(paused=True, paused_until=FIRST_AT - timedelta(days=1))
    answer = client.get(f"/p/{ME}")
    assert "Paused until Monday 7 December. Nothing will come before." in said(answer)
    assert "Your next note comes on Tuesday 8 December." in said(answer)
    assert f'href="/p/{ME}/resume"' in answer.text
    reader_door.show(paused_until=None)
    alone(reader_door, outlook=replace(RUNNING.outlook, next_at=None))
    assert "Paused until you say. Nothing will come before." in said(client.get(f"/p/{ME}"))


def test_at_the_end_the_page_leads_to_what_can_come_next(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    alone(reader_door, outlook=Outlook(None))
    answer = client.get(f"/p/{ME}")
    assert "You have had the last of these notes." in said(answer)
    assert f'href="/p/{ME}/next"' in answer.text
    reader_door.show(running=())
    answer = client.get(f"/p/{ME}")
    assert "No more notes are planned for you." in said(answer)
    assert f'href="/p/{ME}/next"' in answer.text


# What can come next


def test_at_the_end_everything_that_can_come_is_a_button_and_nothing_is_chosen(
    client: FlaskClient, reader_door: StandInReaderDoor
) -> None:
    alone(reader_door, outlook=Outlook(None))
    answer = client.get(f"/p/{ME}/next")
    assert "If you choose nothing, the notes end here and we forget your address in 30 days." in said(answer)
    assert f'action="/p/{ME}/start"' in answer.text
    assert '<input type="hidden" name="programme" value="check-in">' in answer.text
    assert "Start: Weekly check-in" in said(answer)
    assert f'action="/p/{ME}/settings/news"' in answer.text
    assert f'href="/p/{ME}/5/longer"' in answer.text
    assert f'href="/p/{ME}/5/back"' in answer.text
    reader_door.show(tell_me=True)
    answer = client.get(f"/p/{ME}/next")
    assert "We keep your address to tell you when there is something new." in said(answer)
    assert "settings/news" not in answer.text


def test_before_the_end_it_says_that_the_notes_go_on(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    answer = client.get(f"/p/{ME}/next")
    assert "If you choose nothing, your next note comes on Tuesday 8 December, as before." in said(answer)
    assert "30 days" not in said(answer)
    reader_door.show(paused=True)
    alone(reader_door, outlook=Outlook(None, "feelings in waves", Role.MAIN))
    assert "If you choose nothing, the notes stay paused." in said(client.get(f"/p/{ME}/next"))


# Starting and stopping one, day and pace


def test_starting_says_when_the_first_note_comes_and_where_to_choose_more(
    client: FlaskClient, reader_door: StandInReaderDoor
) -> None:
    alone(reader_door)
    answer = client.post(f"/p/{ME}/start", data={"programme": "check-in"})
    assert "Done. The next of these notes comes on Wednesday 9 December." in said(answer)
    assert f'href="/p/{ME}/6/day"' in answer.text


@pytest.mark.parametrize("sent", ["", "nothing", "after-leaving"])
def test_only_what_is_offered_can_be_started(client: FlaskClient, reader_door: StandInReaderDoor, sent: str) -> None:
    answer = client.post(f"/p/{ME}/start", data={"programme": sent})
    assert answer.status_code == 422
    assert "Please choose one of these." in said(answer)
    assert reader_door.done == []


def test_where_there_are_no_others_nothing_can_be_started(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    reader_door.show(others=())
    for answer in (client.get(f"/p/{ME}/start"), client.post(f"/p/{ME}/start", data={"programme": "check-in"})):
        assert "There are no others at the moment." in said(answer)
        assert "<form" not in answer.text
    assert reader_door.done == []


def test_the_only_programme_is_stopped_by_the_link_that_stops_everything(
    client: FlaskClient, reader_door: StandInReaderDoor
) -> None:
    alone(reader_door)
    for answer in (client.get(f"/p/{ME}/5/stop"), client.post(f"/p/{ME}/5/stop")):
        assert "These are the only notes that come" in said(answer)
        assert 'href="/u/stop-token"' in answer.text
        assert "<form" not in answer.text
    assert reader_door.done == []


def test_stopping_one_says_that_the_others_go_on(client: FlaskClient) -> None:
    answer = client.post(f"/p/{ME}/6/stop")
    assert "These notes have stopped, and the others go on. Your next note comes on Tuesday 8 December." in said(answer)


@pytest.mark.parametrize(
    ("field", "sent", "sentence"),
    [
        ("weekday", "7", "Please choose a day of the week from the list."),
        ("hour", "24", "Please choose an hour from the list."),
        ("pace", "3", "Please choose how often notes shall come."),
        ("pace", "", "Please choose how often notes shall come."),
        ("hour", "-1", "Please choose an hour from the list."),
    ],
)
def test_a_day_that_cannot_be_is_asked_for_again_with_the_rest_kept(
    client: FlaskClient, reader_door: StandInReaderDoor, field: str, sent: str, sentence: str
) -> None:
    data = {"weekday": "4", "hour": "20", "pace": "14", field: sent}
    answer = client.post(f"/p/{ME}/5/day", data=data)
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert "<title>Error: " in answer.text
    for name, kept in (("weekday", "4"), ("hour", "20")):
        if name != field:
            chosen = re.search(rf'<select id="{name}".*?</select>', answer.text, re.DOTALL)
            assert chosen
            assert f'value="{kept}" selected' in chosen[0]
    assert reader_door.done == []


def test_a_programme_of_daily_notes_asks_for_no_weekday(client: FlaskClient) -> None:
    answer = client.get(f"/p/{ME}/6/day")
    assert '<select id="weekday"' not in answer.text
    assert "One every second day" in said(answer)
    answer = client.post(f"/p/{ME}/6/day", data={"weekday": "1", "hour": "8", "pace": "2"})
    assert "One every second day, at 08:00." in said(answer)
