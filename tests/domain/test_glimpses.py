"""What the desk may know of a reader's letters to come: the same days for everybody's eyes, and nothing of where they live."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.domain.forecast import Track, forecast
from service.domain.glimpses import glimpses
from service.domain.schedule import Rhythm, first_slot
from service.domain.sequences import Standing, Step, Way
from service.domain.subscribers import DAYS, zone_names
from service.domain.turns import Place

NOW = datetime(2026, 3, 3, 10, tzinfo=UTC)
WAY = Way([Step(number, number) for number in range(1, 9)])


def track(rhythm: Rhythm) -> Track[Step]:
    return Track(1, rhythm, WAY, Place(Standing(), None, first_slot(rhythm, confirmed=NOW)), NOW)


@given(
    st.sampled_from(sorted(zone_names())),
    st.integers(0, 6),
    st.integers(0, 23),
    st.sampled_from([1, 2, 7, 14, 28]),
    st.frozensets(st.integers(0, 23), max_size=20),
)
def test_no_reason_names_an_hour_a_weekday_or_a_day_without_mail(
    zone: str, weekday: int, hour: int, pace: int, never: frozenset[int]
) -> None:
    quiet = frozenset({(3, 10), (3, 17), (4, 1)})
    rhythm = Rhythm(weekday, hour, zone, pace, never, quiet)
    comings = list(forecast([track(rhythm)], now=NOW, until=NOW + timedelta(days=300)))
    seen = list(glimpses(comings, zone="Europe/Berlin", pauses=False))
    assert len(seen) == len(comings) == 8
    for each in seen:
        assert ":" not in each.reason
        assert not any(name in each.reason for name in (*DAYS, "March", "April", "mail"))


def test_days_are_those_of_whoever_looks() -> None:
    """Tuesday 10:00 on Kiritimati is Monday evening in Berlin."""
    rhythm = Rhythm(1, 10, "Pacific/Kiritimati", 7)
    comings = list(forecast([track(rhythm)], now=NOW, until=NOW + timedelta(days=15)))
    assert [each.day for each in glimpses(comings, zone="Europe/Berlin", pauses=False)] == [
        date(2026, 3, 9),
        date(2026, 3, 16),
    ]


def test_the_first_letter_after_a_pause_says_so() -> None:
    rhythm = Rhythm(1, 10, "Europe/Berlin", 7)
    until = NOW + timedelta(days=20)
    comings = list(forecast([track(rhythm)], now=NOW, until=NOW + timedelta(days=40), paused_until=until))
    reasons = [each.reason for each in glimpses(comings, zone="UTC", pauses=True)]
    assert reasons[:2] == ["the first one after the pause", "one week after the one before"]
