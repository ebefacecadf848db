"""What the inbox says of a letter is what a locked screen would show."""

from email.message import EmailMessage

import pytest

from service.local.received import Received
from tests.mail.shipped import every_letter


def _mail(html: str) -> Received:
    mail = EmailMessage()
    mail.set_content("The text part.")
    mail.add_alternative(html, subtype="html")
    return Received(mail.as_bytes())


@pytest.mark.parametrize("padding", ["&#847;&zwnj;&nbsp;" * 40, "\u034f\u200c\u00a0" * 40])
def test_what_stands_behind_the_padding_is_not_shown(padding: str) -> None:
    letter = _mail(f"<body><div>Here is your note.{padding}</div><h1>What happened</h1></body>")
    assert letter.preview == "Here is your note."


def test_a_letter_without_padding_shows_what_follows_its_first_line() -> None:
    assert _mail("<body><p>Hello.</p><h1>What happened</h1></body>").preview == "Hello. What happened"


def test_no_letter_of_ours_lets_its_body_into_the_preview() -> None:
    for letter in every_letter():
        received = Received(letter.data)
        assert 0 < len(received.preview) <= 90, str(letter)
