"""How fast sign-ups may come: what is dropped, what is a storm, and how much a domain may have."""

from datetime import timedelta

import pytest

from service.domain.consents import Reply
from service.domain.lanes import LEAST_FILL, PROVIDERS, Limits, crest, dropped, is_storm, within

MOMENT = timedelta(microseconds=1)
CALM = (1.0, 1.0)


@pytest.mark.parametrize(
    ("trapped", "age", "seen", "reply"),
    [
        (False, None, CALM, None),
        (False, LEAST_FILL, CALM, None),
        (False, LEAST_FILL - MOMENT, CALM, Reply.HASTY),
        (False, timedelta(days=-1), CALM, Reply.HASTY),
        (True, None, CALM, Reply.TRAP),
        (True, timedelta(), (9.0, 99.0), Reply.TRAP),
        (False, None, (5.0, 20.0), None),
        (False, None, (5.1, 5.1), Reply.CROWD),
        (False, None, (1.0, 20.5), Reply.CROWD),
    ],
)
def test_what_is_dropped(trapped: bool, age: timedelta | None, seen: tuple[float, float], reply: Reply | None) -> None:
    assert dropped(trapped=trapped, age=age, seen=seen, limits=Limits()) is reply


@pytest.mark.parametrize(
    ("now", "before", "part", "count"), [(3, 0, 0.0, 3), (3, 4, 0.0, 7), (3, 4, 0.5, 5), (3, 4, 0.75, 4), (1, 5, 1.0, 1)]
)
def test_the_last_whole_span_is_what_counts(now: int, before: int, part: float, count: float) -> None:
    assert within(now, before, part) == count


@pytest.mark.parametrize(
    ("hours", "highest"), [([], 30), ([0] * 168, 30), ([9] * 168, 30), ([20] * 168, 60), ([0] * 80 + [40] * 88, 120)]
)
def test_the_crest_is_three_times_what_is_usual_and_thirty_at_least(hours: list[int], highest: int) -> None:
    assert crest(hours) == highest
    assert not is_storm(highest, hours)
    assert is_storm(highest + 1, hours)


def test_where_half_the_world_has_its_mailbox_more_may_come() -> None:
    assert Limits().most_for("example.org") == 20
    assert {Limits().most_for(domain) for domain in PROVIDERS} == {200}
    assert Limits().most_for("gmail.com.example.org") == 20
