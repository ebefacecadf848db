"""A letter prepared once and filled for each reader."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.letters import LetterText, SystemText
from service.mail import prepared, programmes, sources
from service.mail.site import Site
from service.mail.words import words_for

TEMPLATES = Path(__file__).parents[2] / "templates"
SHIPPED = sorted((TEMPLATES / "programmes").glob("*/programme.toml"))

SITE = Site(
    base_url="https://notes.example.org",
    name="Weekly notes",
    mail_from="notes@example.org",
    mail_from_system="notes@example.org",
    bounce_domain="",
    postal_address="PO Box 1\nExampletown",
    organisation="Quiet Mornings & Co",
)
LETTER = LetterText(
    name="rest",
    subject="Rest before answers",
    preview="Some things can wait & rest.",
    discreet_subject="Your weekly note",
    discreet_preview="Here is your note.",
    title="Rest it's TOPIC",
    opening="TOPIC opening, {{ phase }}.",
    reflection="Reflection until {{ next_date }}.",
    practice="1. One.\n2. Two, [help]({{ help_link }}).",
    question="What **could** wait?",
    hard_day="Feet on the floor.",
    minutes=4,
    intensity=1,
    written_by="us",
    reviewed_by="nobody",
    content_note="TOPIC note.",
)
CONFIRM = SystemText(
    kind="confirm",
    subject="Please confirm for {{ site_name }}",
    preview="For {{ site_name }}.",
    title="Hello from {{ site_name }}",
    body="[Confirm this address]({{ confirm_link }})\n\nOr go to {{ confirm_link }}",
)
OPENER_LINES = ("If you do nothing, the next one comes on its usual day.", "This is the last one.")
ME = "https://notes.example.org/p/" + "p" * 43
VALUES = {
    **{name: f"{ME}/7/{name.removesuffix('_link')}" for name in ("longer_link", "on_link", "back_link", "later_link")},
    "preferences_link": ME,
    "today_link": f"{ME}/today",
    "choose_link": f"{ME}/next",
    "read_link": "https://notes.example.org/r/" + "r" * 43,
    "erase_link": "https://notes.example.org/e/" + "e" * 43,
    "never_link": "https://notes.example.org/n/" + "n" * 43,
    "fresh_link": "https://notes.example.org/x/" + "x" * 43,
    "support_line": "Emergency: 999",
    "opener_line": OPENER_LINES[0],
    "next_line": "If you do nothing, your next note comes on Tuesday 8 December.",
    "next_date": "Tuesday 8 December",
    "stop_link": "https://notes.example.org/u/" + "s" * 43,
    "confirm_link": "https://notes.example.org/c/" + "c" * 43,
}
OPENER = (
    "Hello. Here is your note for this week. There is nothing to do and nothing to answer. Read it now, keep it for a "
    "quieter moment, or leave it unread. If you do nothing, the next one comes on its usual day. Reading it takes about "
    "four minutes."
)


def open_letter(text: LetterText = LETTER, site: Site = SITE, language: str = "en") -> prepared.Prepared:
    return prepared.prepare_letter(text, phase="it <is> new", language=language, discreet=False, site=site)


def discreet_letter(text: LetterText = LETTER, site: Site = SITE) -> prepared.Prepared:
    return prepared.prepare_letter(text, phase="it <is> new", language="en", discreet=True, site=site)


class Shown(HTMLParser):
    """The words that an HTML shows, and the addresses that it links to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words = ""
        self.links: list[str] = []
        self._hidden = False
        self.feed(html.partition("<body")[2].partition(">")[2])
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")

    def handle_data(self, data: str) -> None:
        self.words += data


def shown_words(html: str) -> str:
    """What is shown, with the padding of the preview folded."""
    return re.sub(r"[\s\u034f\u200c\u00a0]+", " ", Shown(html).words)


def test_an_open_letter_says_its_subject_phase_and_words() -> None:
    letter = open_letter().fill(VALUES)
    assert letter.subject == "Rest before answers"
    assert "<title>Rest before answers</title>" in letter.html
    assert "now: it &lt;is&gt; new" in letter.html
    assert "now: it <is> new" in letter.text
    assert "Hello. Here is your note" not in letter.text
    assert letter.text.startswith("TOPIC note.\n\n\nRest it’s TOPIC\nnow: ")
    assert shown_words(letter.html).startswith("Some things can wait & rest. ")


def test_a_text_without_content_note_begins_with_its_title() -> None:
    assert open_letter(replace(LETTER, content_note="")).fill(VALUES).text.startswith("Rest it’s TOPIC\n")


def test_a_discreet_letter_shows_nothing_of_the_topic_at_first() -> None:
    letter = discreet_letter().fill(VALUES)
    assert letter.subject == "Your weekly note"
    assert "Rest before answers" not in letter.html
    assert "Some things can wait" not in letter.html
    assert "now: " not in letter.text
    assert " ".join(letter.text.split()).startswith(f"{OPENER} TOPIC note. Rest it’s TOPIC TOPIC opening")
    assert shown_words(letter.html).startswith(f"Here is your note. {OPENER}")


@pytest.mark.parametrize("minutes", [1, 4, 13])
@pytest.mark.parametrize("line", OPENER_LINES)
def test_the_opener_fills_the_first_200_characters_with_and_without_a_next_letter(line: str, minutes: int) -> None:
    letter = discreet_letter(replace(LETTER, minutes=minutes)).fill({**VALUES, "opener_line": line})
    opener = letter.text.partition("\n\n")[0]
    assert len(opener) > 200
    assert all(len(row) <= 72 for row in opener.split("\n"))
    assert f"leave it unread. {line} Reading it takes about " in " ".join(opener.split())
    assert f"leave it unread. {line} Reading it takes about " in shown_words(letter.html)
    assert "TOPIC" not in letter.text[:200]
    assert "TOPIC" not in shown_words(letter.html)[:200]


@pytest.mark.parametrize(
    ("minutes", "words"), [(1, "about one minute."), (12, "about twelve minutes."), (13, "about 13 minutes.")]
)
def test_the_opener_says_the_minutes(minutes: int, words: str) -> None:
    assert words in " ".join(discreet_letter(replace(LETTER, minutes=minutes)).fill(VALUES).text.split())


def test_the_preview_is_padded_so_that_the_letter_does_not_leak_into_it() -> None:
    html = open_letter().fill(VALUES).html
    preview = html.partition('<div class="preview"')[2].partition("</div>")[0]
    assert preview.count("&#847;&zwnj;&nbsp;") >= 100


def test_pace_and_foot_stand_in_their_order() -> None:
    letter = open_letter().fill(VALUES)
    assert letter.text.endswith(
        "If you do nothing, your next note comes on Tuesday 8 December.\n\n"
        f"A little longer with this\n{ME}/7/longer\n\nOn to the next part\n{ME}/7/on\n\n"
        f"Back to an earlier part\n{ME}/7/back\n\nNot today, send it again later\n{ME}/7/later\n\n\n"
        f"Pause or change anything\n{ME}\n\nRead this on a page, or say how it was\n{VALUES['read_link']}\n\n"
        f"How is today?\n{ME}/today\n\n"
        f"Stop these emails\n{VALUES['stop_link']}\n\nDelete everything\n{VALUES['erase_link']}\n\n"
        "Support lines\nhttps://notes.example.org/help\n\n"
        "You get this because this address was confirmed on notes.example.org.\n\n"
        "Weekly notes\nQuiet Mornings & Co\nPO Box 1\nExampletown\n"
    )
    assert Shown(letter.html).links[-3:] == [VALUES["stop_link"], VALUES["erase_link"], SITE.help_link]


def test_support_lines_that_a_reader_wishes_for_stand_at_the_foot() -> None:
    setting = prepared.Setting(support=True)
    made = prepared.prepare_letter(LETTER, phase="new", language="en", discreet=True, site=SITE, setting=setting)
    assert "/help\n\nEmergency: 999\n\nYou get this because" in made.fill(VALUES).text
    assert "Emergency: 999" in made.fill(VALUES).html
    assert "Emergency" not in open_letter().fill(VALUES).text


@pytest.mark.parametrize(
    ("setting", "moves"),
    [
        (prepared.Setting(), ["longer", "on", "back", "later"]),
        (prepared.Setting(parts=False), ["later"]),
        (prepared.Setting(last=True), ["next", "longer", "on", "back", "later"]),
        (prepared.Setting(parts=False, last=True), ["next", "later"]),
    ],
)
def test_the_moves_are_those_that_lead_somewhere(setting: prepared.Setting, moves: list[str]) -> None:
    made = prepared.prepare_letter(LETTER, phase="new", language="en", discreet=False, site=SITE, setting=setting)
    links = [link for link in Shown(made.fill(VALUES).html).links if link.startswith(f"{ME}/") and not link.endswith("today")]
    assert [link.rpartition("/")[2] for link in links] == moves


def test_a_letter_that_comes_more_often_than_weekly_is_one_of_today() -> None:
    for weekly, words in ((True, "Here is your note for this week."), (False, "Here is your note for today.")):
        setting = prepared.Setting(weekly=weekly)
        made = prepared.prepare_letter(LETTER, phase="new", language="en", discreet=True, site=SITE, setting=setting)
        assert made.fill(VALUES).text.startswith(f"Hello. {words} There is nothing to do")


@pytest.mark.parametrize(
    ("language", "opener"), [("en", "Hello. Here is your note"), ("es", "Hola. Esta es tu nota de esta semana.")]
)
def test_the_fixed_words_are_there_in_each_language(language: str, opener: str) -> None:
    made = prepared.prepare_letter(LETTER, phase="nuevo", language=language, discreet=True, site=SITE)
    assert made.warnings == ()
    assert made.fill(VALUES).text.startswith(opener)
    for line in (words_for(language).opener_line, words_for(language).last_opener_line):
        assert len(line) <= len(OPENER_LINES[0])
        assert len(words_for(language).opener_for(1, line)) > 200
        assert len(words_for(language).opener_for(1, line, weekly=False)) > 200


def test_what_the_sender_left_empty_is_left_out() -> None:
    site = replace(SITE, postal_address="", organisation="")
    assert open_letter(site=site).fill(VALUES).text.endswith("notes.example.org.\n\nWeekly notes\n")


def test_only_what_belongs_to_a_reader_is_left_to_fill() -> None:
    links = {"stop_link", "erase_link", "preferences_link", "read_link", "today_link"}
    moves = {"longer_link", "on_link", "back_link", "later_link"}
    assert open_letter().slots == {"next_line", "next_date", *links, *moves}
    bare = replace(LETTER, reflection="Words.")
    assert open_letter(bare).slots == {"next_line", *links, *moves}
    assert discreet_letter(bare).slots == {"opener_line", "next_line", *links, *moves}
    assert "{{" not in open_letter().fill(VALUES).html + open_letter().fill(VALUES).text


def test_a_missing_value_and_an_unknown_one_are_refused() -> None:
    letter = open_letter()
    with pytest.raises(KeyError, match="stop_link"):
        letter.fill({name: value for name, value in VALUES.items() if name != "stop_link"})
    with pytest.raises(ValueError, match="no letter has a slot nmae"):
        letter.fill({**VALUES, "nmae": "x"})


@pytest.mark.parametrize("link", ["javascript:alert(1)", "", "notes.example.org", "data:text/html,x"])
def test_a_link_that_is_no_address_is_refused(link: str) -> None:
    with pytest.raises(ValueError, match="stop_link"):
        open_letter().fill({**VALUES, "stop_link": link})


def test_values_are_folded_to_one_line() -> None:
    letter = open_letter().fill({**VALUES, "next_date": "Tuesday\r\n8\x00December\u2028"})
    assert "until Tuesday 8 December." in letter.text
    assert "until Tuesday 8 December." in letter.html


def test_a_long_next_line_is_wrapped_in_the_text() -> None:
    letter = open_letter().fill({**VALUES, "next_line": "word " * 40})
    assert all(len(line) <= 72 for line in letter.text.split("\n") if "://" not in line)


def test_a_confirm_letter_has_its_link_but_no_stop_link() -> None:
    letter = prepared.prepare_system(CONFIRM, language="en", site=replace(SITE, name="Ink & Co"), list_mail=False)
    filled = letter.fill(VALUES)
    assert letter.slots == {"confirm_link"}
    assert filled.subject == "Please confirm for Ink & Co"
    assert "<title>Please confirm for Ink &amp; Co</title>" in filled.html
    assert shown_words(filled.html).startswith("For Ink & Co. Hello from Ink & Co")
    assert Shown(filled.html).links == [VALUES["confirm_link"], VALUES["confirm_link"]]
    assert filled.text == (
        f"Hello from Ink & Co\n\nConfirm this address\n{VALUES['confirm_link']}\n\nOr go to\n{VALUES['confirm_link']}\n\n\n"
        "Ink & Co\nQuiet Mornings & Co\nPO Box 1\nExampletown\n"
    )


def test_a_system_letter_that_is_list_mail_has_a_stop_link_and_says_why() -> None:
    letter = prepared.prepare_system(CONFIRM, language="en", site=SITE, list_mail=True)
    assert letter.slots == {"confirm_link", "preferences_link", "stop_link", "erase_link"}
    assert "You get this because" in letter.fill(VALUES).text


def test_a_letter_that_would_be_cut_off_is_refused_and_a_large_one_is_warned_of() -> None:
    assert open_letter().warnings == ()
    large = open_letter(replace(LETTER, reflection="word " * 16_000))
    assert large.warnings == (f"This letter takes {large_size(large)} bytes as HTML; above 100000 it is refused.",)
    with pytest.raises(prepared.LetterTooLarge, match="above 100000 its end gets cut off"):
        open_letter(replace(LETTER, reflection="word " * 20_000))
    with pytest.raises(prepared.LetterTooLarge, match="far too large"):
        open_letter(replace(LETTER, reflection="- a\n" * 24_000))


def large_size(letter: prepared.Prepared) -> int:
    return sum(len(constant.encode()) for constant in letter.html.constants) + 2_000


def test_a_language_without_fixed_words_gets_the_english_ones_and_a_warning() -> None:
    letter = open_letter(language="de")
    assert "“de”" in letter.warnings[0]
    html = letter.fill(VALUES).html
    assert '<h2 lang="en" dir="ltr"' in html
    assert '<p lang="en" dir="ltr"' in html
    assert "<h2 style" in open_letter().fill(VALUES).html
    assert open_letter(language="en-GB").warnings == ()


def test_constants_that_look_like_markup_stay_words() -> None:
    site = replace(SITE, name="{{ x }} <b>", organisation="{{ y }}", postal_address="<i> & {% z %}")
    letter = open_letter(site=site).fill(VALUES)
    assert "{{ x }} <b>\n{{ y }}\n<i> & {% z %}" in letter.text
    assert "{{ x }} <b>" in Shown(letter.html).words
    assert "{{ y }}" in Shown(letter.html).words


@settings(deadline=None)
@given(st.text(max_size=60))
def test_a_value_comes_out_of_the_html_as_it_went_in(value: str) -> None:
    prefix = "https://x.example/"
    letter = PREPARED.fill({**VALUES, "next_line": value, "next_date": value, "stop_link": prefix + value})
    folded = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", value).strip()
    shown = Shown(letter.html)
    assert folded in shown.words
    assert re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", prefix + value).strip() in shown.links
    assert [link for link in shown.links if not link.startswith("https://")] == []


PREPARED = open_letter()

WORD = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=20)


@settings(deadline=None)
@given(
    st.lists(
        WORD | st.sampled_from(["{{ next_date }},", "{{ phase }}", "[x]({{ help_link }})", "{{ help_link }}"]), max_size=80
    )
)
def test_no_line_of_the_text_is_wider_than_72_but_an_address(words: list[str]) -> None:
    letter = open_letter(replace(LETTER, reflection="Words " + " ".join(words))).fill(VALUES)
    for line in letter.text.split("\n"):
        assert len(line) <= 72 or " " not in line


@pytest.mark.parametrize("plan", SHIPPED, ids=lambda plan: plan.parent.name)
def test_every_shipped_letter_is_prepared_open_and_discreet(plan: Path) -> None:
    programme = programmes.read_programme(plan.parent)
    for phase in programme.phases:
        for name in phase.letters:
            text = sources.parse_letter(programme.sources[name], name=name)
            for discreet in (False, True):
                letter = prepared.prepare_letter(
                    text, phase=phase.plain, language=programme.language, discreet=discreet, site=SITE
                )
                assert letter.warnings == ()
                for line in OPENER_LINES:
                    filled = letter.fill({**VALUES, "opener_line": line})
                    assert len(filled.html.encode()) < prepared.LARGEST_HTML
                    assert not discreet or not sources.telling_words(filled.subject + filled.text[:200])
                    assert not discreet or not sources.telling_words(shown_words(filled.html)[:200])


@pytest.mark.parametrize("kind", sorted(path.parent.name for path in (TEMPLATES / "email").glob("*/en.md")))
def test_every_shipped_system_letter_is_prepared(kind: str) -> None:
    source = (TEMPLATES / "email" / kind / "en.md").read_text(encoding="utf-8")
    text = sources.parse_system(source, kind=kind)
    letter = prepared.prepare_system(text, language="en", site=SITE, list_mail=kind == "welcome")
    assert letter.fill(VALUES).text
    assert ("confirm_link" in letter.slots) == kind.startswith("confirm")
