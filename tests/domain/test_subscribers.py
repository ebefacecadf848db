"""Who a subscriber can become, every pair written out, and which wishes are refused."""

from itertools import product

import pytest

from service.domain.subscribers import DAYS, State, Wishes, is_zone, may_become

MAY = {
    ("pending", "active"),
    ("pending", "left"),
    ("pending", "bounced"),
    ("pending", "complained"),
    ("active", "left"),
    ("active", "bounced"),
    ("active", "complained"),
    ("left", "active"),
    ("left", "bounced"),
    ("left", "complained"),
    ("bounced", "complained"),
}


@pytest.mark.parametrize(("old", "new"), list(product(State, State)))
def test_a_subscriber_goes_from_state_to_state_as_the_table_says(old: State, new: State) -> None:
    assert may_become(old, new) is ((old.value, new.value) in MAY)


def test_there_are_five_states() -> None:
    assert {state.value for state in State} == {"pending", "active", "left", "bounced", "complained"}


def test_nobody_comes_back_from_a_bounce_or_a_complaint_to_get_mail() -> None:
    assert not any(may_become(old, State.ACTIVE) for old in (State.BOUNCED, State.COMPLAINED))


@pytest.mark.parametrize("weekday", range(7))
@pytest.mark.parametrize("hour", [0, 12, 23])
def test_any_day_and_hour_may_be_wished(weekday: int, hour: int) -> None:
    wishes = Wishes(weekday=weekday, hour=hour, zone="Europe/Berlin", discreet=True)
    assert (wishes.weekday, wishes.hour) == (weekday, hour)


@pytest.mark.parametrize("weekday", [-1, 7, 100])
def test_a_day_that_no_week_has_is_refused(weekday: int) -> None:
    with pytest.raises(ValueError, match="A weekday is a number from 0"):
        Wishes(weekday=weekday, hour=10, zone="Europe/Berlin", discreet=True)


@pytest.mark.parametrize("hour", [-1, 24, 100])
def test_an_hour_that_no_day_has_is_refused(hour: int) -> None:
    with pytest.raises(ValueError, match="An hour is a number from 0 to 23"):
        Wishes(weekday=1, hour=hour, zone="Europe/Berlin", discreet=True)


@pytest.mark.parametrize(
    "zone", ["", "Mars/Phobos", "../../etc/passwd", "/etc/localtime", "Europe", "CEST", "europe/berlin", "\0"]
)
def test_a_zone_that_nobody_knows_is_refused(zone: str) -> None:
    assert not is_zone(zone)
    with pytest.raises(ValueError, match="This time zone is not known here"):
        Wishes(weekday=1, hour=10, zone=zone, discreet=True)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kathmandu", "UTC", "Pacific/Apia"])
def test_a_zone_of_the_list_is_taken(zone: str) -> None:
    assert is_zone(zone)
    assert Wishes(weekday=1, hour=10, zone=zone, discreet=False).zone == zone


def test_the_week_begins_on_monday() -> None:
    assert DAYS[0] == "Monday"
    assert DAYS[6] == "Sunday"
    assert len(set(DAYS)) == 7
