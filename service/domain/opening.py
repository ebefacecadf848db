"""What must be seen to before anybody may sign up; refuses to be opened in silence over what is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

STALE_AFTER: Final = timedelta(days=180)
AGES_AFTER: Final = timedelta(days=90)
"""Support lines want looking at again after the one, and must have been within the other."""

SHORTEST_REASON: Final = 10
UNREVIEWED: Final = "not yet reviewed"


class Point(StrEnum):
    """One thing to see to."""

    LETTERS = "letters"
    LINES = "lines"
    PRIVACY = "privacy"
    POSTAL = "postal"
    KEEPER = "keeper"
    DNS = "dns"
    TEST_MAIL = "test-mail"


BY_HAND: Final = frozenset({Point.DNS, Point.TEST_MAIL})
"""What we cannot see from here: somebody says that they looked."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What can be seen of each point. `privacy_saved`: an owner has made the privacy page their own at the desk or in its file.

    `oldest_check` is the day on which the line was checked that was looked at longest ago, of those that readers see.
    """

    letters: int
    unreviewed: int
    lines: int
    unverified: int
    oldest_check: date | None
    privacy_saved: bool
    postal_address: str
    organisation: str
    said: dict[Point, str]
    test_mail_sent: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A point, whether it is seen to, and a sentence about how it stands."""

    point: Point
    label: str
    green: bool
    sentence: str


def checklist(facts: Facts, *, today: date) -> tuple[Item, ...]:
    """Every point, in the order in which one would see to them."""
    return (
        Item(Point.KEEPER, "Who keeps the addresses", bool(facts.organisation), _keeper(facts)),
        Item(Point.POSTAL, "Postal address", bool(facts.postal_address), _postal(facts)),
        Item(Point.PRIVACY, "Privacy text", facts.privacy_saved, _privacy(facts)),
        Item(Point.LETTERS, "Letters reviewed", facts.letters > 0 and facts.unreviewed == 0, _letters(facts)),
        Item(Point.LINES, "Support lines verified", _lines_are_fresh(facts, today), _lines(facts, today)),
        Item(Point.DNS, "SPF, DKIM and DMARC", Point.DNS in facts.said, _said(facts, Point.DNS, DNS_ADVICE)),
        Item(
            Point.TEST_MAIL,
            "A test letter seen",
            Point.TEST_MAIL in facts.said and facts.test_mail_sent,
            _test_mail(facts),
        ),
    )


DNS_ADVICE: Final = (
    "Ask whoever looks after your domain whether its mail passes SPF, DKIM and DMARC. Without them letters land among junk."
)
TEST_ADVICE: Final = (
    "Send yourself a letter from its editor, open it in your own mailbox and on a phone, and look where it landed."
)


def _keeper(facts: Facts) -> str:
    return facts.organisation or "The consent text names nobody yet. Name who keeps the addresses."


def _postal(facts: Facts) -> str:
    return ", ".join(facts.postal_address.splitlines()) or "Every letter has to say where its sender can be written to."


def _privacy(facts: Facts) -> str:
    return (
        "It is your own text."
        if facts.privacy_saved
        else "It still is the text that comes with Mendletter. Read it, and save it."
    )


def _letters(facts: Facts) -> str:
    if not facts.letters:
        return "There is no letter yet."
    if facts.unreviewed:
        return f"{facts.unreviewed} of {facts.letters} letters were not yet reviewed by somebody who knows this work."
    return f"All {facts.letters} letters were reviewed."


def _lines_are_fresh(facts: Facts, today: date) -> bool:
    return facts.lines > 0 and facts.oldest_check is not None and today - facts.oldest_check <= STALE_AFTER


def _lines(facts: Facts, today: date) -> str:
    if not facts.lines:
        return f"Readers see no support line yet: {facts.unverified} wait for somebody to check them."
    shown = f"Readers see {facts.lines} support lines, {facts.unverified} wait for a check."
    if facts.oldest_check is None or today - facts.oldest_check <= STALE_AFTER:
        return shown
    return f"{shown} At least one was checked more than {STALE_AFTER.days} days ago."


def _said(facts: Facts, point: Point, advice: str) -> str:
    return f"{facts.said[point]} looked at it." if point in facts.said else advice


def _test_mail(facts: Facts) -> str:
    if not facts.test_mail_sent:
        return TEST_ADVICE
    if Point.TEST_MAIL not in facts.said:
        return f"A test letter has left. {TEST_ADVICE}"
    return f"{facts.said[Point.TEST_MAIL]} has seen it."


def missing(items: Sequence[Item]) -> tuple[Item, ...]:
    """What is not seen to."""
    return tuple(item for item in items if not item.green)


def what_is_wrong(items: Sequence[Item], reason: str) -> str:
    """Why sign-up cannot be opened like this, in a sentence; empty if it can."""
    if not missing(items) or len(reason.strip()) >= SHORTEST_REASON:
        return ""
    return "Something is not seen to yet. Please write why you open anyway; your words are kept."
