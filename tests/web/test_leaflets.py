"""Pages to read: calm in tone, silent on their first screen, of the promised length, and nothing on them asks anything."""

import re
from dataclasses import replace
from html import unescape

import pytest
from flask.testing import FlaskClient

from service.domain.tone import ENGLISH_FORBIDDEN, TELLING_WORDS
from tests.web.stand_in import SAMPLE, StandInDoor, StandInService, make_app

OURS = ("/worries", "/safer", "/about", "/privacy", "/community")
MOST_WORDS = 20


def words_of(html: str) -> str:
    """What a person reads of a piece of a page; blocks end with a full stop."""
    plain = re.sub(r"</(?:li|p|h\d|summary|dt|dd)>", ". ", html)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", plain))).strip()


def main_of(client: FlaskClient, path: str) -> str:
    page = client.get(path)
    assert page.status_code == 200
    return page.text.partition("<main")[2].partition("</main>")[0]


def offences(words: str) -> list[str]:
    """What our letters would not say."""
    return [found[0] for tabu in ENGLISH_FORBIDDEN if (found := re.search(rf"\b(?:{tabu})\b", words, re.IGNORECASE))]


def long_sentences(words: str) -> list[str]:
    return [one for one in re.split(r"(?<=[.?:;])[”]?\s", words) if len(one.split()) > MOST_WORDS]


@pytest.mark.parametrize("path", OURS)
def test_pages_speak_like_letters(client: FlaskClient, path: str) -> None:
    words = words_of(main_of(client, path))
    assert len(words.split()) > 90
    assert offences(words) == []
    assert long_sentences(words) == []
    assert "!" not in words


def test_these_checks_notice_what_is_not_calm() -> None:
    assert set(offences("You can just move on.")) == {"just", "move on"}
    assert long_sentences("one " * 21 + ". Short.") != []


def test_each_question_is_closed_and_is_answered_in_60_to_120_words(client: FlaskClient) -> None:
    page = main_of(client, "/worries")
    answers = re.findall(r'<details class="question">.*?<div class="words" id="(\w+)">(.*?)</div>', page, re.DOTALL)
    assert [name for name, _ in answers] == ["again", "shame", "missing", "trust", "back", "time", "help"]
    for name, answer in answers:
        assert 60 <= len(words_of(answer).split()) <= 120, name
    assert " open" not in "".join(re.findall(r"<details[^>]*>", page))
    assert page.count("/help#people") >= len(answers) - 1


def test_what_shows_before_a_question_is_opened_names_no_topic(client: FlaskClient) -> None:
    shown = re.sub(r'<div class="words".*?</div>', "", main_of(client, "/worries"), flags=re.DOTALL)
    told = set(re.findall(r"\w+", words_of(shown).lower()))
    assert told & {*TELLING_WORDS, "abuser", "partner", "relationship", "danger", "hurt", "afraid"} == set()


def test_the_page_on_devices_has_every_section_and_leads_back_to_people(client: FlaskClient) -> None:
    page = main_of(client, "/safer")
    contents = re.findall(r'<li><a href="#(\w+)">(.*?)</a>', page)
    assert contents == re.findall(r'<h2 id="(\w+)">(.*?)</h2>', page)
    assert [name for name, _ in contents] == ["device", "sharing", "changing", "email", "records", "everyday", "more"]
    assert page.index("No page can protect you on a device") < page.index('<ul class="contents">')
    for words in (
        "A device that they cannot reach",
        "shared phone plan",
        "shared cloud storage",
        "can all tell where you are",
        "Changing passwords or locks can be noticed",
        "can help you choose the moment and will not push you",
        "Papers:",
        "Money:",
        "Housing:",
        "Children:",
        "Work:",
    ):
        assert words in page, words
    assert '<a href="/help#people">' in page
    for site in ("refugetechsafety.org", "womensaid.org.uk", "techsafety.org"):
        assert re.search(rf'<a href="https://(?:www\.)?{site}/" rel="noreferrer">{site}</a>', page)


@pytest.mark.parametrize(("anchor", "target"), [("device", "/safer#device"), ("email", "/safer#email")])
def test_the_help_page_keeps_its_anchors_and_leads_on(client: FlaskClient, anchor: str, target: str) -> None:
    section = main_of(client, "/help").partition(f'<h2 id="{anchor}">')[2].partition("<h2")[0]
    assert section.count("<p>") == 1
    assert f'href="{target}"' in section


def test_a_letter_can_be_read_before_signing_up(client: FlaskClient) -> None:
    page = main_of(client, "/sample")
    assert page.count("<h1") == 1
    assert '<h2 class="letter-title">Rest before answers</h2>' in page
    assert "Hello. Here is your note" in page
    assert "<dd>The Mendletter founders</dd>" in page
    assert "<dd>not yet reviewed by a practitioner</dd>" in page
    assert "20 November 2026" in page
    assert '<a class="onward" href="/">' in page
    assert 'href="/help"' in page
    assert "<form" not in page


def test_a_sample_in_another_language_says_so() -> None:
    service = StandInService()
    door = StandInDoor(service)
    door.letter = replace(SAMPLE, language="pt")
    page = make_app(service, door).test_client().get("/sample").text
    assert '<article class="letter" lang="pt" dir="ltr">' in page
    assert '<dd lang="pt">The Mendletter founders</dd>' in page


def test_while_sign_up_is_closed_a_sample_leads_to_no_form() -> None:
    service = StandInService(sign_up_open=False)
    assert "onward" not in main_of(make_app(service, StandInDoor(service)).test_client(), "/sample")


def test_without_a_letter_there_is_no_sample(client: FlaskClient, door: StandInDoor) -> None:
    door.letter = None
    assert client.get("/sample").status_code == 404


@pytest.mark.parametrize("path", ["/", "/help", "/nowhere"])
def test_every_foot_leads_to_these_pages(client: FlaskClient, path: str) -> None:
    foot = client.get(path).text.partition("<footer>")[2]
    assert re.findall(r'<li><a href="([^"]+)">', foot) == ["/help", "/worries", "/about", "/privacy"]
