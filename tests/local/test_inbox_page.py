import os
import re
import time
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import StrictUndefined

from service.local.inbox_page import inbox_blueprint
from service.local.ledger import LEDGER, Ledger, eml
from service.local.received import Received, all_words, first_words
from service.mail.framed import framed, has_dark_rules

HTML = (
    "<!doctype html><html><head><title>t</title></head><body><p>Hello <a href='http://127.0.0.1/c/x'>link</a></p></body></html>"
)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    monkeypatch.setattr(os, "fsync", lambda _handle: None)  # what the disk keeps is for the tests of the inbox itself
    return Ledger(tmp_path)


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    app = Flask(__name__)
    app.config["TESTING"] = True
    app.jinja_env.undefined = StrictUndefined
    app.register_blueprint(inbox_blueprint(tmp_path))
    return app.test_client()


def put(ledger: Ledger, content: bytes | EmailMessage) -> None:
    ledger.take(content if isinstance(content, bytes) else content.as_bytes(), "notes@example.org", "anna@example.org", 1.0)


def letter(subject: str = "Your weekly note", html: str | None = HTML) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Weekly notes <notes@example.org>"
    message["Subject"] = subject
    message["Date"] = "Tue, 03 Mar 2026 10:00:00 +0100"
    message.set_content("Hello <plain> words\n")
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message


def test_an_empty_inbox_says_what_to_do(client: FlaskClient) -> None:
    page = client.get("/inbox/")

    assert page.status_code == 200
    assert "Nothing has arrived yet." in page.text


def test_the_list_shows_the_newest_first_with_what_a_mail_program_shows(client: FlaskClient, ledger: Ledger) -> None:
    put(ledger, letter("First"))
    put(ledger, letter("Second", '<div style="display:none">Hidden words&#847;&zwnj;&nbsp;</div><p>Then the body'))

    page = client.get("/inbox/").text

    assert page.index("Second") < page.index("First")
    assert "Weekly notes" in page
    assert "Hidden words Then the body" in page
    assert "Tue 3 Mar 2026, 10:00 UTC+01:00" in page
    assert "to <bdi>anna@example.org</bdi>" in page
    assert "2 messages" in page


def test_a_long_list_has_older_pages(client: FlaskClient, ledger: Ledger) -> None:
    for number in range(1, 121):
        put(ledger, letter(f"Letter number {number};"))

    first, second, third = (client.get(f"/inbox/{query}").text for query in ("", "?before=71", "?before=21"))

    assert "number 120;" in first
    assert "number 71;" in first
    assert "number 70;" not in first
    assert "?before=71" in first
    assert "number 70;" in second
    assert "number 21;" in second
    assert "number 1;" in third
    assert "Older" not in third
    assert "There is nothing older." in client.get("/inbox/?before=1").text
    assert "number 120;" in client.get("/inbox/?before=junk").text


def test_the_letter_is_framed_in_a_sandbox(client: FlaskClient, ledger: Ledger) -> None:
    put(ledger, letter())

    page = client.get("/inbox/1")

    assert '<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="/inbox/1/html"' in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_framed_html_runs_nothing_and_opens_links_in_new_tabs(client: FlaskClient, ledger: Ledger) -> None:
    put(ledger, letter())

    framed = client.get("/inbox/1/html")

    assert framed.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'"
    )
    assert framed.headers["X-Content-Type-Options"] == "nosniff"
    assert framed.headers["Content-Type"] == "text/html; charset=utf-8"
    assert '<head><base target="_blank"><title>' in framed.text


def test_the_locked_screen_line_comes_first(client: FlaskClient, ledger: Ledger) -> None:
    put(ledger, letter())

    for path in ("/inbox/1", "/inbox/1/headers"):
        page = client.get(path).text
        places = [page.index(words) for words in (">Weekly notes<", ">Your weekly note</bdi></h1>", ">Hello link<")]
        assert places == sorted(places)
        assert places[-1] < page.index("Plain text")


def test_the_letter_stands_in_a_phone_or_a_desktop_by_plain_links(client: FlaskClient, ledger: Ledger) -> None:
    put(ledger, letter())

    phone, desktop = client.get("/inbox/1").text, client.get("/inbox/1?frame=desktop").text

    assert '<div class="phone">' in phone
    assert 'href="/inbox/1?frame=desktop">Desktop</a>' in phone
    assert '<div class="desktop">' in desktop
    assert '<main class="wide">' in desktop
    assert 'href="/inbox/1?frame=phone">Phone</a>' in desktop
    assert '<div class="phone">' in client.get("/inbox/1?frame=%22%3E%3Cscript").text
    assert "<script" not in phone + desktop


DARK = (
    "<head><style>:root { color-scheme: light dark; } @media ( Prefers-Color-Scheme:DARK ) { p { color: #fff } }"
    "@media (prefers-color-scheme: light) { p { color: #000 } }</style></head><p>Hello"
)


def test_a_letter_with_colours_of_its_own_is_shown_in_light_and_dark(client: FlaskClient, ledger: Ledger) -> None:
    put(ledger, letter(html=DARK))
    put(ledger, letter())

    page = client.get("/inbox/1?colours=dark").text
    assert 'src="/inbox/1/html?colours=dark"' in page
    assert 'aria-current="true">Dark</a>' in page
    assert "Light and dark are the letter’s own colours" in page

    plain = client.get("/inbox/2?colours=dark").text
    assert ">Dark<" not in plain
    assert "The letter has no colours of its own for the dark" in plain


def test_colours_switch_the_letter_s_own_rules_and_nothing_else() -> None:
    dark, light = framed(DARK, "dark"), framed(DARK, "light")

    assert "@media (min-width: 0) { p { color: #fff } }@media (max-width: 0) { p { color: #000 } }" in dark
    assert "@media (max-width: 0) { p { color: #fff } }@media (min-width: 0) { p { color: #000 } }" in light
    assert '<head><base target="_blank"><style>:root{color-scheme:dark!important}</style><style>' in dark
    assert framed(DARK, "") == framed(DARK, "sepia") == DARK.replace("<head>", '<head><base target="_blank">')
    assert not has_dark_rules(HTML)
    assert framed(HTML, "dark") == framed(HTML, "")


def test_messages_lead_to_their_neighbours_and_keep_tab_and_frame(client: FlaskClient, ledger: Ledger, tmp_path: Path) -> None:
    for _ in range(3):
        put(ledger, letter())

    middle = client.get("/inbox/2/text?frame=desktop&colours=dark").text
    assert 'href="/inbox/3/text?frame=desktop&amp;colours=dark" rel="next">Newer message</a>' in middle
    assert 'href="/inbox/1/text?frame=desktop&amp;colours=dark" rel="prev">Older message</a>' in middle
    assert "Newer message" not in client.get("/inbox/3").text
    assert "Older message" not in client.get("/inbox/1").text


def test_headers_stand_one_per_line_decoded_and_in_their_order(client: FlaskClient, ledger: Ledger) -> None:
    put(ledger, b"Received: from b\r\n by c\r\nX-One: =?utf-8?q?caf=C3=A9?=\r\nReceived: from a\r\n\r\nx")

    rows = re.findall(r"<div><dt>(.*?)</dt><dd><bdi>(.*?)</bdi></dd></div>", client.get("/inbox/1/headers").text)

    assert rows == [("Received", "from b by c"), ("X-One", "café"), ("Received", "from a")]


def test_the_tabs_show_text_source_and_headers(client: FlaskClient, ledger: Ledger) -> None:
    put(ledger, letter())

    assert "Hello &lt;plain&gt; words" in client.get("/inbox/1/text").text
    assert "Content-Type: multipart/alternative" in client.get("/inbox/1/source").text
    headers = client.get("/inbox/1/headers").text
    assert "<dt>Subject</dt><dd><bdi>Your weekly note</bdi></dd>" in headers
    assert 'aria-current="page">Headers' in headers


def test_a_script_in_a_header_is_only_words(client: FlaskClient, ledger: Ledger) -> None:
    message = letter('<script>alert("1")</script>')
    message["X-Evil"] = "</dd><script>alert(2)</script>"
    put(ledger, message)

    for path in ("/inbox/", "/inbox/1", "/inbox/1/text", "/inbox/1/source", "/inbox/1/headers"):
        assert "<script" not in client.get(path).text


HOSTILE = {
    "latin-1 header": b"Subject: caf\xe9\r\n\r\nx",
    "utf-8 header": "Subject: café\r\n\r\nx".encode(),
    "latin-1 html": b"Content-Type: text/html; charset=iso-8859-1\r\n\r\n<p>caf\xe9",
    "unknown charset": b"Content-Type: text/html; charset=no-such\r\n\r\n<p>caf\xc3\xa9",
    "nul charset": b'Content-Type: text/html; charset="a\x00b"\r\n\r\n<p>x',
    "unknown encoded word": b"Subject: =?no-such?q?caf=E9?=\r\n\r\nx",
    "broken encoded word": b"Subject: =?utf-8?b?!!!?= =?utf-8?q?=ZZ?=\r\nFrom: =?utf-8?b?4?= <a@b>\r\n\r\nx",
    "broken base64": b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nabc!def===",
    "unknown encoding": b"Content-Type: text/html\r\nContent-Transfer-Encoding: x-rot13\r\n\r\nuryyb",
    "no boundary": b"Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\nhello",
    "unclosed boundary": b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>hi',
    "html that is a multipart": b'Content-Type: text/html; boundary="x"\r\n\r\n--x\r\n\r\nhello',
    "bad date": b"Date: Tue, 99 Foo 99999 99:99:99 +9999\r\n\r\nx",
    "huge offset": b"Date: Tue, 03 Mar 2026 10:00:00 +9999\r\n\r\nx",
    "no offset": b"Date: Tue, 03 Mar 2026 10:00:00 -0000\r\n\r\nx",
    "bad from": b'From: "<<>>,,;: @\r\n\r\nx',
    "folded subject": b"Subject: a\r\n\tb\r\n c\r\n\r\nx",
    "broken declaration": b"Content-Type: text/html\r\n\r\n<![foo[<!doctype <!-- <p>hi",
    "nothing": b"",
    "only nul": b"\x00\x00\x00",
    "nested": b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(60))
    + b"\r\nx",
    "attached message": b"Content-Type: message/rfc822\r\n\r\nContent-Type: text/html\r\n\r\n<p>inner",
    "bad disposition": b"Content-Type: text/html\r\nContent-Disposition: ;;=\xff\r\n\r\n<p>x",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_malformed_message_can_be_looked_at(client: FlaskClient, ledger: Ledger, name: str) -> None:
    put(ledger, HOSTILE[name])

    for path in ("/inbox/", "/inbox/1", "/inbox/1/text", "/inbox/1/source", "/inbox/1/headers"):
        assert client.get(path).status_code == 200, path
    assert client.get("/inbox/1/html").status_code in {200, 404}


@pytest.mark.parametrize(
    ("name", "subject"),
    [("latin-1 header", "café"), ("utf-8 header", "café"), ("folded subject", "a b c"), ("nothing", "No subject")],
)
def test_a_subject_is_read_as_it_was_meant(name: str, subject: str) -> None:
    assert Received(HOSTILE[name]).subject == subject


def test_an_old_charset_reaches_the_page_as_utf_8(client: FlaskClient, ledger: Ledger) -> None:
    put(ledger, HOSTILE["latin-1 html"])

    assert "<p>café" in client.get("/inbox/1/html").text


def test_a_missing_part_is_said(client: FlaskClient, ledger: Ledger) -> None:
    put(ledger, letter(html=None))
    put(ledger, b"Content-Type: text/html\r\n\r\n<p>x")

    assert "This message has no HTML part." in client.get("/inbox/1").text
    assert client.get("/inbox/1/html").status_code == 404
    assert "This message has no plain text part." in client.get("/inbox/2/text").text


@pytest.mark.parametrize(
    "path", ["2", "0", "-1", "99999999999999999999", "x", "%00", "١", "..%2f..%2fsecret", "2/html", "2/source"]
)
def test_an_unknown_number_is_answered_with_a_sentence(client: FlaskClient, ledger: Ledger, path: str) -> None:
    put(ledger, letter())

    answer = client.get(f"/inbox/{path}")

    assert answer.status_code == 404
    if "%2f" not in path:
        assert "There is no such message here." in answer.text


def test_a_message_whose_file_is_gone_is_missing_and_not_an_error(client: FlaskClient, ledger: Ledger, tmp_path: Path) -> None:
    put(ledger, letter("Gone"))
    eml(tmp_path, 1).unlink()

    assert client.get("/inbox/1").status_code == 404
    assert client.get("/inbox/").status_code == 200


def test_the_page_changes_nothing(client: FlaskClient, ledger: Ledger, tmp_path: Path) -> None:
    put(ledger, letter())
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    for path in ("/inbox/", "/inbox/1", "/inbox/1/html", "/inbox/1/source"):
        assert client.get(path).status_code == 200
        for method in (client.post, client.put, client.delete, client.patch):
            assert method(path).status_code == 405

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert LEDGER in before


def test_every_answer_keeps_to_itself(client: FlaskClient, ledger: Ledger) -> None:
    put(ledger, letter())
    for path in ("/inbox/", "/inbox/1", "/inbox/1/html", "/inbox/7", "/inbox/static/inbox.css"):
        with client.get(path) as answer:
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>x", '<base target="_blank"><p>x'),
        ("<!DOCTYPE html><p>x", '<!DOCTYPE html><base target="_blank"><p>x'),
        ("<!doctype html><HEAD lang=en><p>x", '<!doctype html><HEAD lang=en><base target="_blank"><p>x'),
        ("<html><header>x", '<html><base target="_blank"><header>x'),
    ],
)
def test_the_base_comes_as_early_as_it_can(html: str, expected: str) -> None:
    assert framed(html, "") == expected


@pytest.fixture
def full(client: FlaskClient, ledger: Ledger) -> FlaskClient:
    """An inbox with something to find in each place."""
    put(ledger, letter("One apple"))
    put(ledger, b"Subject: Two\r\n\tpears\r\n\r\nHello <plain> words")
    put(
        ledger,
        b"From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>\r\nContent-Type: text/html\r\n\r\n<style>p{}</style>Three <b>plums",
    )
    ledger.take(b"Subject: <script>alert(1)</script>\r\n\r\na line\r\nthat goes on", "n@example.org", "Ben@example.org", 2.0)
    return client


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("apple", [1]),
        ("APPLE", [1]),
        ("pears", [2]),
        ("two pears", [2]),
        ("jörg", [3]),
        ("JOERG@", [3]),
        ("three plums", [3]),
        ("ben@EXAMPLE", [4]),
        ("line that goes", [4]),
        ("<script>alert(1)", [4]),
        ("  apple \n ", [1]),
        ("example.org", [1, 2, 3, 4]),
        ("notes@", [1]),
        ("hello <plain> words", [1, 2]),
        ("p{}", []),
        ("apple notes@", []),
        (".*", []),
        ("%", []),
        ("\x00", []),
        ("' OR 1=1 --", []),
        ("\U0001f34e" * 5000, []),
        ("a" * 100_000, []),
    ],
)
def test_search_finds_what_was_typed_in_any_of_the_four_places(full: FlaskClient, words: str, found: list[int]) -> None:
    page = full.get("/inbox/", query_string={"q": words})

    assert page.status_code == 200
    assert [int(seq) for seq in re.findall(r'<a href="/inbox/(\d+)">', page.text)] == found[::-1]
    said = {0: "No message holds “", 1: "1 message holds “"}.get(len(found), f"{len(found)} messages hold “")
    assert said in page.text
    assert "<script" not in page.text


def test_search_shows_what_was_looked_for_and_the_way_back(full: FlaskClient) -> None:
    page = full.get("/inbox/", query_string={"q": ' <b> "x" '}).text

    assert "No message holds “<bdi>&lt;b&gt; &#34;x&#34;</bdi>” in its sender, recipient, subject or text." in page
    assert 'value="&lt;b&gt; &#34;x&#34;"' in page
    assert '<a href="/inbox/">All messages</a>' in page
    assert "a" * 201 not in full.get("/inbox/", query_string={"q": "a" * 5000}).text


@pytest.mark.parametrize("query", ["q=", "q=%20%0a", "q=%ff%fe", "x=1&q=&q=apple"])
def test_nothing_typed_shows_everything(full: FlaskClient, query: str) -> None:
    page = full.get(f"/inbox/?{query}")

    assert page.status_code == 200
    assert "messages hold" not in page.text.replace("No messages", "")


def test_search_in_a_long_list_has_older_pages_too(client: FlaskClient, ledger: Ledger) -> None:
    for number in range(1, 121):
        put(ledger, letter(f"{'Odd' if number % 2 else 'Even'} number {number};", html=None))

    first = client.get("/inbox/?q=odd").text
    assert "60 messages hold “<bdi>odd</bdi>”" in first
    assert "number 21;" in first
    assert "number 19;" not in first
    assert 'href="/inbox/?before=21&amp;q=odd"' in first
    second = client.get("/inbox/?before=21&q=odd").text
    assert "number 19;" in second
    assert "number 1;" in second
    assert "number 21;" not in second
    assert "Older messages" not in second


def test_a_message_is_found_as_it_is_now_and_not_as_an_older_demo_had_it(client: FlaskClient, tmp_path: Path) -> None:
    for at, subject in enumerate(("Before", "After")):
        (tmp_path / LEDGER).unlink(missing_ok=True)
        Ledger(tmp_path).take(f"Subject: {subject}\r\n\r\nx".encode(), "a@example.org", "b@example.org", float(at))
        assert f"1 message holds “<bdi>{subject}</bdi>”" in client.get(f"/inbox/?q={subject}").text
    assert "No message holds" in client.get("/inbox/?q=Before").text


def test_a_hostile_letter_is_searched_and_framed_quickly() -> None:
    nasty = "<style" * 100_000 + "(" * 100_000 + "( prefers-color-scheme" * 50_000 + " " * 100_000 + "<head" * 10_000
    started = time.monotonic()

    framed(nasty, "dark")
    all_words(nasty, 50_000)

    assert time.monotonic() - started < 5


def test_the_first_words_of_a_huge_letter_are_found_quickly() -> None:
    html = f"<head><style>{'a{}' * 3000}</style></head><p>Hello</p>" + "<p>more words</p>" * 200_000

    assert first_words(html).startswith("Hello more words more words")
    assert len(first_words(html)) == 200
