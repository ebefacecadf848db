"""A sender who is renamed while letters are made: no letter keeps the words of another name."""

from dataclasses import replace
from datetime import UTC, datetime

from service.domain.messages import Kind
from service.mail.compose import Composer, LetterSource, Posting
from service.mail.site import Site
from tests.parts.river import Parts, letter_source

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


class Renamed:
    """A site that is renamed after so many looks."""

    def __init__(self, before: Site, after: Site, looks: int) -> None:
        self.names, self.looks = (before, after), looks

    def __call__(self) -> Site:
        self.looks -= 1
        return self.names[self.looks < 0]


def posting() -> Posting:
    """One letter."""
    letter = LetterSource(1, "after-leaving-1", "en", letter_source("after-leaving-1"), phase="it feels unreal")
    common = {"ref": "0123456789abcdef", "subscriber_ref": "fedcba9876543210", "link_epoch": 0}
    return Posting(
        kind=Kind.LETTER,
        address="reader@example.net",
        language="en",
        discreet=False,
        zone="UTC",
        dated_at=NOON,
        next_at=NOON,
        letter=letter,
        **common,  # type: ignore[arg-type]
    )


def test_what_is_kept_under_a_name_was_made_with_it(sqlite_url: str) -> None:
    service = Parts(sqlite_url).service()
    before = service.site
    after = replace(before, organisation="The other house", postal_address="Elsewhere 9")
    for looks in range(8):
        site = Renamed(before, after, looks)
        composer = Composer(site, service.keys, service.templates / "email")
        composer.compose(posting())
        site.looks = 1000
        assert b"Elsewhere 9" not in composer.compose(posting()).data, f"renamed after {looks} looks"
    service.database.close()
