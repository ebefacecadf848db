"""Looking at one letter: what is seen is what would be sent, finished or not, and it comes soon."""

import time
from dataclasses import replace

import pytest

from service.mail.checks import blocks
from service.mail.compose import LetterSource
from service.mail.editing import LetterForm, from_source
from service.mail.looking import MADE_UP_READER, Look, look, opened
from service.mail.preview import MADE_UP_SITE
from tests.mail.raw_mail import Shown
from tests.mail.test_sources import LETTER


def seen(letter: LetterForm | str, *, discreet: bool = True, zone: str = "UTC", phase: str = "it feels unreal") -> Look:
    return look(letter, language="en", discreet=discreet, phase=phase, site=MADE_UP_SITE, zone=zone)


def test_what_is_seen_is_what_would_be_sent() -> None:
    posting = replace(MADE_UP_READER, letter=LetterSource(1, "rest", "en", LETTER, "it feels unreal"))
    sent, shown = opened(posting, MADE_UP_SITE), seen(LETTER)
    assert (shown.sender, shown.subject, shown.html, shown.text) == (sent.sender, sent.subject, sent.html, sent.text)
    assert (shown.sender, shown.subject) == ("Weekly notes", "Your weekly note")
    assert shown.preview == "Here is your note for this week."
    assert shown.size == len(shown.html.encode())


def test_the_open_form_shows_its_own_lines() -> None:
    shown = seen(LETTER, discreet=False)
    assert (shown.subject, shown.preview) == ("Rest before answers", "Some things can wait until you have slept.")
    assert "now: it feels unreal" in shown.text
    assert "Hello. Here is your note" not in shown.text


def test_days_are_those_of_the_readers_zone() -> None:
    assert "Tuesday 8 December" in seen(LETTER).text
    assert "Wednesday 9 December" in seen(LETTER, zone="Pacific/Kiritimati").text


PARTS = ("Rest", "You may be tired.", "A small practice", "The practice will stand here.", "A question")


def test_an_unfinished_letter_is_seen_with_its_gaps_named() -> None:
    shown = seen(LetterForm(subject="Rest", opening="You may be tired."))
    words = Shown(shown.html).words
    assert [place for part in PARTS if (place := words.find(part)) >= 0] == sorted(words.find(part) for part in PARTS)
    assert blocks(shown.remarks)
    assert {remark.field for remark in shown.remarks if remark.level == "block"} == {"practice", "written_by"}


def test_an_empty_form_is_seen_too() -> None:
    assert "The opening will stand here." in seen(LetterForm()).text


@pytest.mark.parametrize(
    "words", ["<script>", "> " * 10_000, "word " * 4_000_000, "{{ config }}", "word " * 18_000, "# One\n# Two"]
)
@pytest.mark.parametrize("as_file", [False, True])
def test_what_cannot_be_laid_out_is_not_shown_and_said_to_be_so(words: str, *, as_file: bool) -> None:
    begun = time.process_time()
    letter = LETTER.replace("One *idea*.", words) if as_file else replace(from_source(LETTER), reflection=words)
    shown = seen(letter)
    assert time.process_time() - begun < 2
    assert (shown.html, shown.text, shown.size) == ("", "", 0)
    assert blocks(shown.remarks)


def test_it_is_soon_enough_to_be_looked_at_while_writing() -> None:
    seen(LETTER)
    begun = time.process_time()
    for _ in range(5):
        seen(LETTER)
    assert (time.process_time() - begun) / 5 < 0.3
