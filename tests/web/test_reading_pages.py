"""A letter on a page with what can be said of it, and “How is today?”: nobody learns who said what."""

import logging
import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from service.actions.reading import Answer
from service.domain.subscribers import State
from service.web.today import FEELINGS
from tests.web.reader_stand_in import LETTER, ME, RUNNING, SECOND, StandInReaderDoor
from tests.web.stand_in import StandInDoor, StandInService, make_app
from tests.web.test_reader_pages import said, stamp

SLOWER = ("5/longer", "5/later", "pause")


def test_a_letter_is_read_with_its_links_below_and_without_an_address(client: FlaskClient) -> None:
    answer = client.get(f"/r/{ME}")
    assert answer.status_code == 200
    assert '<article class="letter" lang="en"' in answer.text
    assert "Rest before answers" in said(answer)
    assert "Hello. Here is your note" in said(answer)
    assert "<title>Your note – Weekly notes</title>" in answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "@" not in answer.text
    assert "{{" not in answer.text
    assert f'href="/p/{ME}"' in answer.text
    assert 'href="/u/stop-token"' in answer.text
    assert re.findall(r'<button [^>]*name="answer" value="([^"]+)">(.*?)<', answer.text) == [
        ("helped", "It helped"),
        ("too-soon", "It came too soon"),
        ("hard", "It was hard to read"),
    ]


def test_a_note_for_a_day_says_so_on_its_page_as_in_its_mail(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    assert "Hello. Here is your note for this week." in said(client.get(f"/r/{ME}"))
    reader_door.letters[ME] = replace(LETTER, weekly=False)
    assert "Hello. Here is your note for today." in said(client.get(f"/r/{ME}"))


def test_looking_at_a_letter_says_nothing_of_it(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    pages = {client.get(path, query_string={"answer": "hard"}).text for path in (f"/r/{ME}", f"/r/{ME}/care")}
    assert len({re.sub('name="stamp" value="[^"]+"', "", page) for page in pages}) == 1
    client.head(f"/r/{ME}/care")
    assert reader_door.done == []


@pytest.mark.parametrize("sent", ["helped", "too-soon", "hard"])
def test_an_answer_is_thanked_for_and_offers_a_slower_way_where_it_was_too_much(
    client: FlaskClient, reader_door: StandInReaderDoor, sent: str
) -> None:
    answer = client.post(f"/r/{ME}/care", data={"answer": sent})
    assert answer.status_code == 200
    assert "Thank you It is kept only as a sum. Nobody knows who said it." in said(answer)
    offered = [path for path in SLOWER if f'href="/p/{ME}/{path}"' in answer.text]
    assert offered == ([] if sent == "helped" else list(SLOWER))
    assert reader_door.done == [Answer(sent)]


def test_only_what_can_be_done_is_offered(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    reader_door.letters[ME] = replace(LETTER, enrolment_id=None)
    page = client.post(f"/r/{ME}/care", data={"answer": "hard"}).text
    assert [path for path in SLOWER if f'href="/p/{ME}/{path}"' in page] == ["pause"]
    reader_door.show(state=State.LEFT, running=())
    assert f"/p/{ME}/" not in client.post(f"/r/{ME}/care", data={"answer": "hard"}).text


@pytest.mark.parametrize("sent", ["", "good", "HARD"])
def test_another_answer_is_refused_below_the_letter(client: FlaskClient, reader_door: StandInReaderDoor, sent: str) -> None:
    answer = client.post(f"/r/{ME}/care", data={"answer": sent})
    assert answer.status_code == 422
    assert "Please choose one of these." in said(answer)
    assert "Rest before answers" in said(answer)
    assert reader_door.done == []


def test_a_letter_that_is_not_there_gives_the_same_page_as_any_old_link(client: FlaskClient) -> None:
    answers = [client.get("/r/never-was"), client.post("/r/never-was/care", data={"answer": "hard"}), client.get("/r/%00")]
    assert {answer.status_code for answer in answers} == {404}
    assert {said(answer) for answer in answers} == {said(client.get("/p/never-was"))}


def test_an_answer_from_another_site_needs_the_stamp_of_the_letter(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    own = stamp(client.get(f"/r/{ME}").text)
    for field in ({}, {"stamp": "x"}):
        assert client.post(f"/r/{ME}/care", data={"answer": "hard", **field}, headers=elsewhere).status_code == 403
    assert reader_door.done == []
    assert client.post(f"/r/{ME}/care", data={"answer": "hard", "stamp": own}, headers=elsewhere).status_code == 200


# How is today?


def test_the_words_stand_as_buttons_and_not_in_any_address(client: FlaskClient) -> None:
    page = client.get(f"/p/{ME}/today").text
    assert re.findall(r'name="feeling" value="(\w+)"', page) == [feeling.name for feeling in FEELINGS]
    assert 8 <= len(FEELINGS) <= 10
    assert "Nobody reads this and nothing is saved." in page
    assert not re.search(r'(?:action|href)="[^"]*(?:sad|frightened|hopeless)', page)
    assert said(client.get(f"/p/{ME}/today?feeling=hopeless")).startswith("How is today? You can press")


@pytest.mark.parametrize("feeling", FEELINGS, ids=lambda feeling: feeling.name)
def test_each_word_is_answered_and_nothing_is_kept(
    client: FlaskClient,
    reader_door: StandInReaderDoor,
    caplog: pytest.LogCaptureFixture,
    feeling: object,
) -> None:
    assert isinstance(feeling, type(FEELINGS[0]))
    with caplog.at_level(logging.DEBUG):
        answer = client.post(f"/p/{ME}/today", data={"feeling": feeling.name})
    assert answer.status_code == 200
    for sentence in feeling.said:
        assert sentence in said(answer)
    assert "Nobody reads this and nothing is saved." in said(answer)
    assert 'href="/help#people"' in answer.text
    assert reader_door.done == []
    assert feeling.name not in caplog.text


@pytest.mark.parametrize("name", ["frightened", "hopeless"])
def test_whoever_is_frightened_or_hopeless_sees_support_lines_first(reader_door: StandInReaderDoor, name: str) -> None:
    service = StandInService(demo=True)
    reader_door.show(country_set=True)
    answer = make_app(service, StandInDoor(service), reader_door).test_client().post(f"/p/{ME}/today", data={"feeling": name})
    text = said(answer)
    said_first = next(feeling for feeling in FEELINGS if feeling.name == name).said[0]
    assert (
        text.index("call your local emergency number")
        < text.index("National Domestic Violence Hotline")
        < text.index(said_first)
    )
    assert "<details open" not in answer.text  # every country is closed: whose it is, nobody learns here
    assert answer.text.count('<details class="country">') == len(service.support_lines)


def test_lines_that_nobody_checked_are_not_shown_here_either(client: FlaskClient) -> None:
    answer = client.post(f"/p/{ME}/today", data={"feeling": "hopeless"})
    assert "National Domestic Violence Hotline" not in answer.text
    assert "If you are in danger now, call your local emergency number." in said(answer)
    assert 'href="/help#people"' in answer.text


def test_a_slower_way_is_offered_as_far_as_there_is_one(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    def offered(feeling: str) -> list[str]:
        page = client.post(f"/p/{ME}/today", data={"feeling": feeling}).text
        return [path for path in SLOWER if f'href="/p/{ME}/{path}"' in page]

    assert offered("tired") == list(SLOWER)
    assert offered("calm") == []
    assert offered("frightened") == ["pause"]
    reader_door.show(running=(RUNNING, SECOND))
    assert offered("tired") == ["pause"]
    reader_door.show(running=())
    assert offered("tired") == []


@pytest.mark.parametrize("sent", ["", "happy", "x" * 1000])
def test_another_word_is_asked_for_again_and_not_repeated(client: FlaskClient, sent: str) -> None:
    answer = client.post(f"/p/{ME}/today", data={"feeling": sent})
    assert answer.status_code == 422
    assert "Please choose one of these words, or close the page." in said(answer)
    assert not sent or sent not in answer.text
