"""The desk writes every time with its zone, in English, whatever the clocks do."""

from datetime import UTC, date, datetime

import pytest

from service.mail.words import zone_words
from service.web.admin import moments


def test_an_instant_is_written_on_the_clocks_of_a_zone() -> None:
    before, after = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert moments.in_zone(before, "Europe/Berlin") == "Sun 25 Oct 2026, 02:30 (GMT+02:00)"
    assert moments.in_zone(after, "Europe/Berlin") == "Sun 25 Oct 2026, 02:30 (GMT+01:00)"
    assert moments.in_zone(after, "Asia/Kathmandu") == "Sun 25 Oct 2026, 07:15"
    assert moments.instant(before, "Europe/Berlin") == "2026-10-25T02:30:00+02:00"
    assert moments.instant(after, "Europe/Berlin") == "2026-10-25T02:30:00+01:00"
    assert moments.clock(after, "Asia/Kathmandu") == "07:15"
    assert moments.day(date(2026, 12, 5)) == "Sat 5 Dec 2026"


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without its zone"):
        moments.in_zone(datetime(2026, 12, 5), "UTC")  # noqa: DTZ001  this is the point


def test_zones_and_numbers_are_written_as_one_reads_them() -> None:
    assert zone_words("America/New_York") == "America/New York time"
    assert zone_words("Etc/UTC") == "UTC"
    assert moments.thousands(1204) == "1,204"
    assert moments.thousands("fewer than 5") == "fewer than 5"
