"""One message on the wire, byte for byte: headers that hold addresses stay whole, bodies stay within their lines."""

import email
import email.policy
import re
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.mail.envelope import to_bytes
from service.mail.prepared import Filled
from tests.mail.raw_mail import faults_on_the_wire, header, headers_of, parts_of

BODY = Filled("A subject", "<p>Hello</p>\n", "Hello\n")
HEADERS = {
    "From": "Weekly notes <notes@example.org>",
    "To": "reader@example.net",
    "Subject": "Your weekly note",
    "Message-ID": "<d.0123456789abcdef@example.org>",
}
WHOLE = ["To", "Message-ID", "List-Id", "List-Unsubscribe", "List-Help", "List-Owner", "Feedback-ID", "Reply-To"]
LONG_ADDRESS = "l" * 64 + "@" + ".".join(["d" * 60] * 3) + ".example"


def made(changed: Mapping[str, str] | None = None, body: Filled = BODY, boundary: str = "=_b_=") -> bytes:
    """A message with some of its headers changed."""
    return to_bytes({**HEADERS, **(changed or {})}, body, boundary=boundary)


def test_a_message_has_its_headers_once_and_in_order() -> None:
    assert headers_of(made()) == [
        ("From", "Weekly notes <notes@example.org>"),
        ("To", "reader@example.net"),
        ("Subject", "Your weekly note"),
        ("Message-ID", "<d.0123456789abcdef@example.org>"),
        ("MIME-Version", "1.0"),
        ("Content-Type", 'multipart/alternative; boundary="=_b_="'),
    ]


def test_the_text_part_comes_first_and_both_are_quoted_printable_utf_8() -> None:
    text, html = parts_of(made())
    assert dict(text.headers)["Content-Type"] == 'text/plain; charset="utf-8"'
    assert dict(html.headers)["Content-Type"] == 'text/html; charset="utf-8"'
    assert {dict(part.headers)["Content-Transfer-Encoding"] for part in (text, html)} == {"quoted-printable"}
    assert (text.text, html.text) == (BODY.text, BODY.html)


@pytest.mark.parametrize("length", [60, 70, 77, 78, 79, 90, 120, 500, 900])
@pytest.mark.parametrize("name", WHOLE)
def test_a_header_that_holds_an_address_is_neither_folded_nor_encoded_however_long(name: str, length: int) -> None:
    value = f"<https://{'n' * (length - 20)}.example/>"
    data = made({name: value})
    assert f"\r\n{name}: {value}\r\n".encode() in b"\r\n" + data
    assert b"=?" not in data


def test_several_addresses_are_folded_between_them_only() -> None:
    addresses = [f"<https://n.example/u/{'t' * 43}>", f"<mailto:u+{'t' * 43}@example.org?subject=unsubscribe>"]
    data = made({"List-Unsubscribe": ", ".join(addresses)})
    assert f"\r\nList-Unsubscribe: {addresses[0]},\r\n {addresses[1]}\r\n".encode() in data
    assert header(data, "List-Unsubscribe") == ", ".join(addresses)


@pytest.mark.parametrize("name", ["From", "To"])
def test_the_longest_address_stays_in_one_piece(name: str) -> None:
    assert len(LONG_ADDRESS) == 255
    assert LONG_ADDRESS.encode() in made({name: LONG_ADDRESS})


@pytest.mark.parametrize("name", ["From", "To", "Subject", "Message-ID", "List-Id", "List-Unsubscribe", "List-Help", "X-Other"])
@pytest.mark.parametrize("sign", ["\r", "\n", "\r\n", "\0", "\r\n ", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_a_line_break_or_a_nul_in_a_header_is_refused(name: str, sign: str) -> None:
    with pytest.raises(ValueError, match=r"line ?(break|feed)|CR or LF"):
        made({name: f"a{sign}Bcc: other@example.org"})


@pytest.mark.parametrize(
    "value",
    [
        "=?utf-8?q?=0D=0ABcc=3Aother=40example.org?=@example.net",
        "=?utf-8?q?x=0ABcc=3Ax?=@example.net",
        "=?utf-8?b?DQpCY2M6IHg=?=@example.net",
        "=?utf-8?q?plain?=@example.net",
    ],
)
@pytest.mark.parametrize("name", WHOLE)
def test_an_address_in_the_form_of_an_encoded_word_goes_out_as_it_is(name: str, value: str) -> None:
    """Sign-up takes such an address. Decoded it would begin a header of its own."""
    data = made({name: value})
    assert f"\r\n{name}: {value}\r\n".encode() in b"\r\n" + data
    assert [found for found, _ in headers_of(data)] == list(dict.fromkeys([*HEADERS, name, "MIME-Version", "Content-Type"]))


@pytest.mark.parametrize("name", ["Subject", "X-Other"])
@pytest.mark.parametrize("value", ["=?utf-8?q?=0D=0ABcc:_x?=", "a =?utf-8?b?DQpCY2M6IHg=?= b", "=?utf-8?q?=00?="])
def test_an_encoded_word_that_stands_for_a_line_break_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="must not hold a line break or a NUL"):
        made({name: value})


@pytest.mark.parametrize(
    "subject",
    [
        "Plain",
        "Grüße – ein Brief",
        "日本語の件名" * 8,
        "word " * 30 + "end",
        "e\u0301",
        "🙂" * 20,
        "a" * 200,
        '"quoted", <tags>; x',
    ],
)
def test_a_subject_in_any_language_comes_out_as_it_went_in(subject: str) -> None:
    data = made({"Subject": subject})
    parsed = email.message_from_bytes(data, policy=email.policy.default)
    assert parsed["Subject"] == subject
    assert list(faults_on_the_wire(data)) == []


def test_the_boundary_is_the_one_given_and_is_closed() -> None:
    data = made(boundary="=_0123456789abcdef_=")
    assert data.count(b"\r\n--=_0123456789abcdef_=\r\n") == 2
    assert data.endswith(b"\r\n--=_0123456789abcdef_=--\r\n")


def test_the_same_message_is_the_same_bytes() -> None:
    assert made() == made()


@pytest.mark.parametrize(
    "text",
    [
        ".\n",
        "..\n.\n",
        "From here on\nFrom there\n",
        "a" * 5000 + "\n",
        "ü" * 2000 + "\n",
        "tail \t \n\n\n",
        "=3D = =\n",
        "--=_b_=\n--=_b_=--\n",
        "\n",
        "a\n" * 300,
    ],
    ids=["a dot", "dots", "From", "long", "long and foreign", "white space", "equals", "the boundary", "empty", "many lines"],
)
def test_a_body_keeps_within_its_lines_and_comes_out_as_it_went_in(text: str) -> None:
    data = made(body=Filled("s", f"<pre>{text}</pre>\n", text), boundary="=_another_=")
    assert list(faults_on_the_wire(data)) == []
    assert [part.text for part in parts_of(data)] == [text, f"<pre>{text}</pre>\n"]


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]) | st.just("\n"), max_size=400))
def test_any_words_come_out_as_they_went_in(words: str) -> None:
    text = words + "\n"
    data = made(body=Filled("s", text, text), boundary="=_0123456789abcdef_=")
    assert list(faults_on_the_wire(data)) == []
    assert [part.text for part in parts_of(data)] == [text, text]


def test_no_line_of_a_header_is_above_998_bytes_and_none_is_empty() -> None:
    head = made({"Subject": "ü" * 400, "From": f'"{"n" * 60}" <{LONG_ADDRESS}>'}).partition(b"\r\n\r\n")[0]
    lines = head.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert all(re.match(rb"[A-Za-z-]+: \S|[ \t]\S", line) for line in lines)
