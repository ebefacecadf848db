"""The opening checklist: each point turns green by what it names, and nothing else."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from service.domain import opening
from service.domain.opening import Facts, Point

TODAY = date(2026, 11, 21)
GREEN = Facts(
    letters=12,
    unreviewed=0,
    lines=40,
    unverified=3,
    oldest_check=TODAY - timedelta(days=180),
    privacy_saved=True,
    postal_address="PO Box 1\nAnytown",
    organisation="The Quiet House",
    said={Point.DNS: "Ada", Point.TEST_MAIL: "Ada"},
    test_mail_sent=True,
)
SPOILT: dict[str, tuple[dict[str, object], Point]] = {
    "nobody keeps the addresses": ({"organisation": ""}, Point.KEEPER),
    "no postal address": ({"postal_address": ""}, Point.POSTAL),
    "privacy as it came": ({"privacy_saved": False}, Point.PRIVACY),
    "a letter not reviewed": ({"unreviewed": 1}, Point.LETTERS),
    "no letter": ({"letters": 0}, Point.LETTERS),
    "no line": ({"lines": 0, "oldest_check": None}, Point.LINES),
    "an old line": ({"oldest_check": TODAY - timedelta(days=181)}, Point.LINES),
    "nobody looked at the domain": ({"said": {Point.TEST_MAIL: "Ada"}}, Point.DNS),
    "no test letter": ({"test_mail_sent": False}, Point.TEST_MAIL),
    "a test letter that nobody saw": ({"said": {Point.DNS: "Ada"}}, Point.TEST_MAIL),
}


def test_with_everything_seen_to_it_opens_without_a_word() -> None:
    items = opening.checklist(GREEN, today=TODAY)
    assert opening.missing(items) == ()
    assert opening.what_is_wrong(items, "") == ""
    assert {item.point for item in items} == set(Point)


@pytest.mark.parametrize("what", SPOILT)
def test_each_thing_alone_is_listed_and_asks_for_a_reason(what: str) -> None:
    change, point = SPOILT[what]
    items = opening.checklist(replace(GREEN, **change), today=TODAY)  # type: ignore[arg-type]
    assert [item.point for item in opening.missing(items)] == [point]
    assert opening.what_is_wrong(items, " too short ").endswith(".")
    assert opening.what_is_wrong(items, "The board decided it on Monday.") == ""
