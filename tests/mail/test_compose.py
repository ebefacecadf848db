"""One person's message, from a shipped letter to the bytes on the wire: every header, every link, nothing of the topic."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from pathlib import Path

import pytest

from service.domain.messages import Kind
from service.mail import programmes
from service.mail.compose import Composer, LetterSource, Posting, sender_id
from service.mail.envelope import Envelope
from service.mail.prepared import LARGEST_HTML, Filled, prepare_letter, prepare_system
from service.mail.site import Site
from service.mail.sources import parse_letter, parse_system
from service.mail.tokens import Keyring, Purpose, token_sha256
from tests.mail.raw_mail import Shown, faults_on_the_wire, folded, header, headers_of, html_of, parts_of, text_of

TEMPLATES = Path(__file__).parents[2] / "templates"
PROGRAMME = programmes.read_programme(TEMPLATES / "programmes" / "after-leaving")
NAMES = [name for phase in PROGRAMME.phases for name in phase.letters]

SITE = Site(
    base_url="https://notes.example.org",
    name="Weekly notes",
    mail_from="notes@example.org",
    mail_from_system="hello@example.org",
    bounce_domain="bounce.example.org",
    postal_address="PO Box 1\nExampletown",
    organisation="Quiet Mornings",
)
OLD, NEW = "an old key that is long enough 0123456789", "a new key that is long enough 0123456789"
KEYS = Keyring([NEW])
REF, SUBSCRIBER, CONSENT = "0123456789abcdef", "aaaaaaaaaaaaaaaa", "cccccccccccccccc"
STOP_LINK = f"https://notes.example.org/u/{KEYS.link_token(Purpose.UNSUBSCRIBE, SUBSCRIBER, 3)}"
CONFIRM_LINK = f"https://notes.example.org/c/{KEYS.link_token(Purpose.CONFIRM, CONSENT)}"
NEVER_LINK = f"https://notes.example.org/n/{KEYS.link_token(Purpose.NEVER, CONSENT)}"
ERASE_LINK = f"https://notes.example.org/e/{KEYS.link_token(Purpose.ERASE, SUBSCRIBER, 3)}"
READ_LINK = f"https://notes.example.org/r/{KEYS.link_token(Purpose.READ, REF, 3)}"
MY_LINK = f"https://notes.example.org/p/{KEYS.link_token(Purpose.PREFERENCES, SUBSCRIBER, 3)}"
HELP_LINK, SAFER_LINK = "https://notes.example.org/help", "https://notes.example.org/safer"
PACE_LINKS = {f"{MY_LINK}/7/{move}" for move in ("longer", "on", "back", "later")}
NEXT_LINE = "If you do nothing, your next note comes on Tuesday 10 March."
S_10_WORDS = ("abuse", "violence", "survivor", "toxic", "leaving", "ex", "trauma", "safety", "healing")
VALUES = {
    "opener_line": "If you do nothing, the next one comes on its usual day.",
    "next_line": NEXT_LINE,
    "next_date": "Tuesday 10 March",
    "stop_link": STOP_LINK,
    "confirm_link": CONFIRM_LINK,
    "never_link": NEVER_LINK,
    "fresh_link": "https://notes.example.org/x/",
    "read_link": READ_LINK,
    "preferences_link": MY_LINK,
    "today_link": f"{MY_LINK}/today",
    "choose_link": f"{MY_LINK}/next",
    "erase_link": ERASE_LINK,
    "support_line": "",
    **{f"{move}_link": f"{MY_LINK}/7/{move}" for move in ("longer", "on", "back", "later")},
}


def letter(name: str = NAMES[0], version_id: int | None = None) -> LetterSource:
    """One of the shipped letters."""
    phase = next(phase for phase in PROGRAMME.phases if name in phase.letters)
    return LetterSource(version_id or NAMES.index(name) + 1, name, "en", PROGRAMME.sources[name], phase.plain)


POSTING = Posting(
    kind=Kind.LETTER,
    ref=REF,
    address="reader@example.net",
    language="en",
    discreet=True,
    zone="Europe/Berlin",
    subscriber_ref=SUBSCRIBER,
    link_epoch=3,
    dated_at=datetime(2026, 3, 3, 9, 0, 12, tzinfo=UTC),
    next_at=datetime(2026, 3, 10, 9, 0, tzinfo=UTC),
    letter=letter(),
    enrolment_id=7,
)
POSTINGS: dict[str, Posting] = {
    "confirm": replace(
        POSTING,
        kind=Kind.CONFIRM,
        letter=None,
        next_at=None,
        consent_ref=CONSENT,
        consent_token_hash=token_sha256(KEYS.link_token(Purpose.CONFIRM, CONSENT)),
    ),
    "manage": replace(POSTING, kind=Kind.MANAGE, letter=None),
    "welcome": replace(POSTING, kind=Kind.WELCOME, letter=None),
    "offer": replace(POSTING, kind=Kind.OFFER, letter=None),
    "discreet letter": POSTING,
    "open letter": replace(POSTING, discreet=False),
}
every_kind = pytest.mark.parametrize("kind", POSTINGS)
list_mail = pytest.mark.parametrize("kind", ["welcome", "offer", "discreet letter", "open letter"])
system_mail = pytest.mark.parametrize("kind", ["confirm", "manage"])
every_letter = pytest.mark.parametrize("name", NAMES)


def composed(posting: Posting, site: Site = SITE, keys: Keyring = KEYS) -> Envelope:
    return Composer(site, keys, TEMPLATES / "email").compose(posting)


def data_of(posting: Posting, site: Site = SITE, keys: Keyring = KEYS) -> bytes:
    return composed(posting, site, keys).data


def telling_words(text: str) -> set[str]:
    """The words of S-10 in a text."""
    return set(re.findall(r"[^\W_]+", text.casefold())) & set(S_10_WORDS)


# Which headers, and what exactly they say

OUTER = {"MIME-Version": "1.0", "Content-Type": f'multipart/alternative; boundary="=_{REF}_="'}
LIST_HEADERS = {
    "List-Id": "Weekly notes <weekly.example.org>",
    "List-Unsubscribe": f"<{STOP_LINK}>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "List-Help": "<https://notes.example.org/help>",
    "List-Owner": "<mailto:notes@example.org>",
    "List-Post": "NO",
}


def first_headers(address: str, subject: str) -> dict[str, str]:
    return {
        "From": f"Weekly notes <{address}>",
        "To": "reader@example.net",
        "Subject": subject,
        "Date": "Tue, 03 Mar 2026 09:00:12 +0000",
        "Message-ID": f"<d.{REF}@bounce.example.org>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }


def list_headers(kind: str) -> dict[str, str]:
    return LIST_HEADERS | {"Feedback-ID": f"{kind}:weekly:notes:exampleorg", "Precedence": "bulk"}


EXPECTED: dict[str, Mapping[str, str]] = {
    "confirm": first_headers("hello@example.org", "Please confirm your address") | OUTER,
    "manage": first_headers("hello@example.org", "Nothing has changed with your notes") | OUTER,
    "welcome": first_headers("notes@example.org", "Thank you, your address is confirmed") | list_headers("welcome") | OUTER,
    "offer": first_headers("notes@example.org", "Another series of notes, if you like") | list_headers("offer") | OUTER,
    "discreet letter": first_headers("notes@example.org", "Your weekly note") | list_headers("letter") | OUTER,
    "open letter": first_headers("notes@example.org", "Whatever you feel makes sense") | list_headers("letter") | OUTER,
}


@every_kind
def test_each_kind_has_exactly_its_headers_one_of_each(kind: str) -> None:
    assert headers_of(data_of(POSTINGS[kind])) == list(EXPECTED[kind].items())


@system_mail
def test_what_answers_a_request_is_no_list_mail(kind: str) -> None:
    names = [name.lower() for name, _ in headers_of(data_of(POSTINGS[kind]))]
    assert [name for name in names if name.startswith("list-") or name in ("precedence", "feedback-id")] == []


@every_kind
def test_no_header_holds_anything_of_a_person_but_the_address_it_goes_to_and_the_stop_link(kind: str) -> None:
    others = [value for name, value in headers_of(data_of(POSTINGS[kind])) if name not in ("To", "List-Unsubscribe")]
    for secret in ("reader", "example.net", SUBSCRIBER, CONSENT, "Berlin", PROGRAMME.slug):
        assert secret not in " ".join(others)


@list_mail
def test_feedback_id_has_four_fields_and_none_of_a_person(kind: str) -> None:
    other = replace(POSTINGS[kind], ref="f" * 16, subscriber_ref="b" * 16, address="other@example.com", link_epoch=9)
    feedback = header(data_of(POSTINGS[kind]), "Feedback-ID")
    assert len(feedback.split(":")) == 4
    assert feedback == header(data_of(other), "Feedback-ID")


def test_no_header_of_a_discreet_letter_depends_on_which_letter_it_is_but_its_subject() -> None:
    one, other = (dict(headers_of(data_of(replace(POSTING, letter=letter(name))))) for name in (NAMES[0], NAMES[5]))
    assert {name for name in one if one[name] != other[name]} <= {"Subject"}


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("example.org", "exampleorg"),
        ("mail.a-very-long-name.example", "mailaverylongna"),
        ("a.de", "ade00"),
        ("", "00000"),
        ("bücher.example", "bcherexample"),
    ],
)
def test_the_sender_id_has_5_to_15_letters_and_digits(domain: str, expected: str) -> None:
    assert sender_id(domain) == expected
    assert 5 <= len(expected) <= 15


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("Weekly notes", "Weekly notes"),
        ("Anna's notes", "Anna's notes"),
        ('Notes, (weekly) <x@y> "z"; a: b.', "Notes weekly xy z a b"),
        ("Grüße", "Gre"),
        ("週刊", "Weekly notes"),
        ("a\\b  c", "ab c"),
    ],
)
def test_the_phrase_of_list_id_needs_no_quotes(name: str, phrase: str) -> None:
    assert header(data_of(POSTING, replace(SITE, name=name)), "List-Id") == f"{phrase} <weekly.example.org>"


@every_kind
@pytest.mark.parametrize(
    "name", ["Grüße zum Wochenende", "週刊ノート", 'Ink, Co. & "Friends"', "=?utf-8?q?odd?=", "n" * 60, "ü" * 60]
)
def test_a_site_name_in_any_language_comes_out_in_from_as_it_went_in(kind: str, name: str) -> None:
    data = data_of(POSTINGS[kind], replace(SITE, name=name))
    sender = header(data, "From")
    shown, _, address = sender.rpartition(" ")
    assert address == f"<{SITE.mail_from if 'Precedence' in dict(headers_of(data)) else SITE.mail_from_system}>"
    assert list(faults_on_the_wire(data)) == []
    if name != "=?utf-8?q?odd?=":  # which every reader's program decodes, as it should
        decoded = str(make_header(decode_header(shown)))
        assert re.sub(r"\\(.)", r"\1", decoded.removeprefix('"').removesuffix('"')) == name


@every_kind
def test_to_is_the_bare_address(kind: str) -> None:
    odd = "o'reader+tag=x@mail.example.net"
    envelope = composed(replace(POSTINGS[kind], address=odd))
    assert header(envelope.data, "To") == odd
    assert envelope.recipient == odd


@every_kind
def test_date_is_in_utc(kind: str) -> None:
    assert header(data_of(POSTINGS[kind]), "Date").endswith(" +0000")


@every_kind
def test_a_message_composed_twice_is_the_same_bytes(kind: str) -> None:
    once, again = composed(POSTINGS[kind]), composed(POSTINGS[kind])
    assert once == again
    composer = Composer(SITE, KEYS, TEMPLATES / "email")
    for other in POSTINGS.values():
        composer.compose(replace(other, ref="e" * 16))
    assert composer.compose(POSTINGS[kind]) == once


def test_two_messages_differ_in_message_id_boundary_and_return_path() -> None:
    one, other = composed(POSTING), composed(replace(POSTING, ref="fedcba9876543210"))
    assert header(one.data, "Message-ID") != header(other.data, "Message-ID")
    assert header(one.data, "Content-Type") != header(other.data, "Content-Type")
    assert one.sender != other.sender


# Return path and sender


@every_kind
def test_the_return_path_is_verp_where_there_is_a_bounce_domain(kind: str) -> None:
    envelope = composed(POSTINGS[kind])
    assert envelope.sender == f"b+{KEYS.verp_token(REF)}@bounce.example.org"
    assert re.fullmatch(r"b\+[a-z2-7]{26}@bounce\.example\.org", envelope.sender)
    assert envelope.ref == REF


@pytest.mark.parametrize(
    ("kind", "sender"),
    [
        ("confirm", "hello@example.org"),
        ("manage", "hello@example.org"),
        ("welcome", "notes@example.org"),
        ("offer", "notes@example.org"),
        ("discreet letter", "notes@example.org"),
        ("open letter", "notes@example.org"),
    ],
)
def test_without_a_bounce_domain_the_return_path_is_the_sender(kind: str, sender: str) -> None:
    envelope = composed(POSTINGS[kind], replace(SITE, bounce_domain=""))
    assert envelope.sender == sender
    assert header(envelope.data, "From") == f"Weekly notes <{sender}>"
    assert header(envelope.data, "Message-ID") == f"<d.{REF}@example.org>"


# Long things stay whole


@list_mail
@pytest.mark.parametrize("length", [40, 70, 90, 120, 400])
def test_one_click_is_a_literal_https_address_however_long_the_site_is(kind: str, length: int) -> None:
    base_url = "https://n.example/".ljust(length, "p")
    data = data_of(POSTINGS[kind], replace(SITE, base_url=base_url))
    token = KEYS.link_token(Purpose.UNSUBSCRIBE, SUBSCRIBER, 3)
    assert f"\r\nList-Unsubscribe: <{base_url}/u/{token}>\r\n".encode() in data
    assert f"\r\nList-Help: <{base_url}/help>\r\n".encode() in data
    assert b"=?" not in data.partition(b"\r\n\r\n")[0]
    assert list(faults_on_the_wire(data)) == []


@every_kind
def test_the_longest_addresses_and_domains_stay_in_one_piece(kind: str) -> None:
    domain = ".".join(["d" * 60] * 3) + ".example"
    recipient, sender = "r" * 64 + "@" + domain, "s" * 64 + "@" + domain
    site = replace(SITE, mail_from=sender, mail_from_system=sender, bounce_domain="b." + domain)
    envelope = composed(replace(POSTINGS[kind], address=recipient), site)
    assert f"\r\nTo: {recipient}\r\n".encode() in envelope.data
    assert f"\r\nMessage-ID: <d.{REF}@b.{domain}>\r\n".encode() in envelope.data
    assert header(envelope.data, "From") == f"Weekly notes <{sender}>"
    assert envelope.sender.endswith(f"@b.{domain}")
    assert len(envelope.sender.partition("@")[0]) <= 64
    assert list(faults_on_the_wire(envelope.data)) == []


# Nothing gets in


BREAKS = pytest.mark.parametrize("sign", ["\r", "\n", "\r\n", "\0"])


@BREAKS
@pytest.mark.parametrize("field", ["name", "mail_from", "base_url", "bounce_domain"])
def test_a_line_break_in_a_setting_is_refused(field: str, sign: str) -> None:
    site = replace(SITE, **{field: f"{getattr(SITE, field)}{sign}Bcc: other@example.org"})
    with pytest.raises(ValueError, match=r"line break|CR or LF|could be parsed|unable to parse"):
        composed(POSTING, site)


@BREAKS
@system_mail
def test_a_line_break_in_the_senders_name_or_address_is_refused_in_system_mail_too(kind: str, sign: str) -> None:
    for field in ("name", "mail_from_system"):
        site = replace(SITE, **{field: f"{getattr(SITE, field)}{sign}Bcc: other@example.org"})
        with pytest.raises(ValueError, match=r"line break|CR or LF|could be parsed|unable to parse"):
            composed(POSTINGS[kind], site)


@BREAKS
@every_kind
@pytest.mark.parametrize(
    "address", ["reader@example.net{}Bcc: other@example.org", "{}reader@example.net", "reader@example.net{}"]
)
def test_a_line_break_in_an_address_is_refused(kind: str, address: str, sign: str) -> None:
    with pytest.raises(ValueError, match="header To must not hold a line break or a NUL"):
        composed(replace(POSTINGS[kind], address=address.format(sign)))


@every_kind
def test_an_address_that_is_an_encoded_line_break_adds_no_header(kind: str) -> None:
    address = "=?utf-8?q?=0D=0ABcc=3Aother=40example.org?=@example.net"
    data = data_of(replace(POSTINGS[kind], address=address))
    assert header(data, "To") == address
    assert [name for name, _ in headers_of(data)] == list(EXPECTED[kind])


@every_kind
def test_an_address_that_needs_smtputf8_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match="SMTPUTF8"):
        composed(replace(POSTINGS[kind], address="rëader@example.net"))


def test_a_letter_without_a_text_is_refused() -> None:
    with pytest.raises(LookupError, match="no text in its reader's language"):
        composed(replace(POSTING, letter=None))


# The body


def expected_body(kind: str) -> Filled:
    """What the prepared letter gives with the values of these postings written out."""
    posting = POSTINGS[kind]
    if posting.letter is not None:
        text = parse_letter(posting.letter.source, name=posting.letter.name)
        prepared = prepare_letter(text, phase=posting.letter.phase, language="en", discreet=posting.discreet, site=SITE)
    else:
        system = parse_system((TEMPLATES / "email" / kind / "en.md").read_text("utf-8"), kind=kind)
        prepared = prepare_system(system, language="en", site=SITE, list_mail=kind in ("welcome", "offer"))
    coming = "The next note comes on Tuesday 10 March."
    said = {"welcome": "The first note comes on Tuesday 10 March.", "manage": coming, "offer": coming}
    return prepared.fill(VALUES | {"next_line": said.get(kind, NEXT_LINE)})


@pytest.mark.parametrize("kind", ["welcome", "manage", "offer"])
def test_a_system_letter_says_so_when_no_note_is_on_its_way(kind: str) -> None:
    text = text_of(data_of(replace(POSTINGS[kind], next_at=None)))
    assert "At the moment no note is on its way." in text
    assert "comes on" not in text


@every_kind
def test_both_parts_hold_what_the_prepared_letter_gave(kind: str) -> None:
    data, body = data_of(POSTINGS[kind]), expected_body(kind)
    assert len(parts_of(data)) == 2
    assert dict(parts_of(data)[0].headers)["Content-Type"] == 'text/plain; charset="utf-8"'
    assert dict(parts_of(data)[1].headers)["Content-Type"] == 'text/html; charset="utf-8"'
    assert text_of(data) == body.text
    assert html_of(data).rstrip("\n") == body.html.rstrip("\n")
    assert header(data, "Subject") == body.subject


@every_letter
@pytest.mark.parametrize("discreet", [True, False])
def test_every_shipped_letter_keeps_to_the_rules_of_the_wire(name: str, discreet: bool) -> None:
    data = data_of(replace(POSTING, letter=letter(name), discreet=discreet))
    assert list(faults_on_the_wire(data)) == []
    assert len(html_of(data).encode()) <= LARGEST_HTML == 100_000


@system_mail
def test_every_system_letter_keeps_to_the_rules_of_the_wire(kind: str) -> None:
    assert list(faults_on_the_wire(data_of(POSTINGS[kind]))) == []
    assert list(faults_on_the_wire(data_of(POSTINGS["welcome"]))) == []


@every_letter
@pytest.mark.parametrize("discreet", [True, False])
def test_no_letter_loads_anything_from_anywhere(name: str, discreet: bool) -> None:
    assert_nothing_is_loaded(html_of(data_of(replace(POSTING, letter=letter(name), discreet=discreet))))


@every_kind
def test_no_system_letter_loads_anything_from_anywhere(kind: str) -> None:
    assert_nothing_is_loaded(html_of(data_of(POSTINGS[kind])))


def assert_nothing_is_loaded(html: str) -> None:
    shown = Shown(html)
    styles = " ".join(shown.styles).lower()
    assert shown.tags.isdisjoint(
        {"link", "img", "script", "iframe", "object", "embed", "video", "audio", "form", "base", "input"}
    )
    assert shown.attributes.isdisjoint({"src", "srcset", "background", "poster", "action", "onload"})
    assert "src=" not in html.lower()
    assert "<link" not in html.lower()
    assert not re.search(r"http|url\(|@import|@font-face|//", styles)
    assert {link.split("/")[2] for link in shown.links} <= {"notes.example.org"}
    assert 'http-equiv="refresh' not in html.lower()


@every_kind
def test_a_letter_links_to_pages_that_exist_and_nowhere_else(kind: str) -> None:
    data = data_of(POSTINGS[kind])
    links = set(Shown(html_of(data)).links)
    in_text = set(re.findall(r"https?://\S+", text_of(data)))
    in_letter = {STOP_LINK, ERASE_LINK, MY_LINK, READ_LINK, f"{MY_LINK}/today", *PACE_LINKS, HELP_LINK, SAFER_LINK}
    expected = {
        "confirm": {CONFIRM_LINK, NEVER_LINK},
        "manage": {STOP_LINK, MY_LINK},
        "welcome": {STOP_LINK, ERASE_LINK, MY_LINK, HELP_LINK},
        "offer": {STOP_LINK, ERASE_LINK, MY_LINK, HELP_LINK},
        "discreet letter": in_letter,
        "open letter": in_letter,
    }
    assert links == expected[kind]
    assert in_text == expected[kind]


def test_whoever_a_list_brought_is_not_told_that_somebody_asked() -> None:
    theirs, own = (data_of(replace(POSTINGS["confirm"], brought=brought)) for brought in (True, False))
    assert set(Shown(html_of(theirs)).links) == {CONFIRM_LINK, NEVER_LINK}
    assert "A list that we were given" in text_of(theirs)
    assert "Someone, perhaps you" not in text_of(theirs)
    assert "Someone, perhaps you" in text_of(own)


# Discreet letters


@every_letter
@pytest.mark.parametrize("is_last", [False, True])
def test_a_discreet_letter_says_nothing_of_its_topic_where_others_may_see_it(name: str, is_last: bool) -> None:
    data = data_of(replace(POSTING, letter=letter(name), next_at=None if is_last else POSTING.next_at))
    shown = Shown(html_of(data))
    assert len(shown.words) > 200
    assert len(text_of(data)) > 200
    for name_, value in headers_of(data):
        assert telling_words(str(make_header(decode_header(value)))) == set(), name_
    for where in (shown.title, shown.preview, shown.words[:200], text_of(data)[:200], *shown.links):
        assert telling_words(where) == set()
    assert shown.title == str(make_header(decode_header(header(data, "Subject"))))


@system_mail
def test_system_mail_says_nothing_of_the_topic_where_others_may_see_it(kind: str) -> None:
    for posting in (POSTINGS[kind], POSTINGS["welcome"]):
        data = data_of(posting)
        shown = Shown(html_of(data))
        for _, value in headers_of(data):
            assert telling_words(value) == set()
        assert telling_words(" ".join([shown.title, shown.preview, shown.words, text_of(data)])) == set()


def test_the_lint_itself_finds_the_words_it_looks_for() -> None:
    assert telling_words("After-leaving: my Ex.") == {"leaving", "ex"}
    assert telling_words("An exercise in healthy example") == set()


@pytest.mark.parametrize(
    ("is_last", "line", "other"),
    [
        (False, "If you do nothing, the next one comes on its usual day.", "This is the last one."),
        (True, "This is the last one.", "If you do nothing"),
    ],
)
def test_the_opener_of_a_discreet_letter_says_whether_one_comes_after_it(is_last: bool, line: str, other: str) -> None:
    data = data_of(replace(POSTING, next_at=None if is_last else POSTING.next_at))
    for words in (folded(text_of(data)), Shown(html_of(data)).words):
        assert words.startswith("Hello. Here is your note for this week. There is nothing to do and nothing to answer.")
        assert f"or leave it unread. {line} Reading it takes about " in words
        assert other not in words[:300]


@pytest.mark.parametrize("kind", ["discreet letter", "open letter"])
def test_the_last_letter_says_so_and_promises_no_other(kind: str) -> None:
    data = data_of(replace(POSTINGS[kind], next_at=None))
    for words in (folded(text_of(data)), Shown(html_of(data)).words):
        assert "This was the last of these notes." in words
        assert "If you do nothing" not in words


@pytest.mark.parametrize(
    ("zone", "line"),
    [
        ("Europe/Berlin", "If you do nothing, your next note comes on Tuesday 10 March."),
        ("Pacific/Auckland", "If you do nothing, your next note comes on Wednesday 11 March."),
        ("America/Los_Angeles", "If you do nothing, your next note comes on Tuesday 10 March."),
    ],
)
def test_the_next_letter_is_promised_for_the_readers_own_day(zone: str, line: str) -> None:
    data = data_of(replace(POSTING, zone=zone, next_at=datetime(2026, 3, 10, 17, 0, tzinfo=UTC)))
    assert line in text_of(data)
    assert line in Shown(html_of(data)).words


# Links and keys


def test_a_confirm_link_is_the_one_that_was_promised_even_if_made_with_an_older_key() -> None:
    promised = Keyring([OLD]).link_token(Purpose.CONFIRM, CONSENT)
    posting = replace(POSTINGS["confirm"], consent_token_hash=token_sha256(promised))
    data = data_of(posting, keys=Keyring([NEW, OLD]))
    never = Keyring([OLD]).link_token(Purpose.NEVER, CONSENT)
    assert set(Shown(html_of(data)).links) == {f"https://notes.example.org/{link}" for link in (f"c/{promised}", f"n/{never}")}


def test_a_confirm_link_that_no_key_explains_is_made_with_the_newest() -> None:
    posting = replace(POSTINGS["confirm"], consent_token_hash=token_sha256("lost"))
    data = data_of(posting, keys=Keyring([NEW, OLD]))
    assert set(Shown(html_of(data)).links) == {CONFIRM_LINK, NEVER_LINK}


@list_mail
def test_the_stop_link_of_the_foot_is_the_one_click_address_and_follows_the_epoch(kind: str) -> None:
    data = data_of(replace(POSTINGS[kind], link_epoch=4), keys=Keyring([NEW, OLD]))
    link = f"https://notes.example.org/u/{KEYS.link_token(Purpose.UNSUBSCRIBE, SUBSCRIBER, 4)}"
    assert header(data, "List-Unsubscribe") == f"<{link}>"
    assert link in Shown(html_of(data)).links
    assert f"\n{link}\n" in text_of(data)
    assert link != STOP_LINK


# What is prepared once


def test_open_and_discreet_letters_versions_and_phases_are_not_mixed_up() -> None:
    composer = Composer(SITE, KEYS, TEMPLATES / "email")
    postings = [
        POSTING,
        replace(POSTING, discreet=False),
        replace(POSTING, letter=letter(NAMES[1])),
        replace(POSTING, discreet=False, letter=replace(letter(), phase="a phase with a new name")),
        *POSTINGS.values(),
    ]
    for _ in range(2):
        assert [composer.compose(posting) for posting in postings] == [composed(posting) for posting in postings]


def test_many_letters_are_prepared_without_keeping_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.mail.compose._CACHED_AT_MOST", 2)
    composer = Composer(SITE, KEYS, TEMPLATES / "email")
    postings = [replace(POSTING, letter=letter(name)) for name in NAMES[:4]]
    assert [composer.compose(posting) for posting in postings] == [composed(posting) for posting in postings]
    assert composer.compose(postings[0]) == composed(postings[0])


@pytest.mark.parametrize("kind", ["confirm", "manage", "welcome", "offer"])
def test_a_system_letter_without_a_translation_comes_in_english(kind: str) -> None:
    assert data_of(replace(POSTINGS[kind], language="qq")) == data_of(POSTINGS[kind])
