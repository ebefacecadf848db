"""The zones to choose from."""

from zoneinfo import ZoneInfo, available_timezones

from service.web import zones


def test_every_listed_zone_can_be_calculated_with() -> None:
    names = [zone.name for _, group in zones.by_region() for zone in group]
    assert len(names) == len(set(names)) > 400
    assert zones.DEFAULT in names
    assert names[-1] == zones.UTC
    assert set(names) <= available_timezones()
    for name in names:
        ZoneInfo(name)


def test_old_names_lead_to_the_listed_ones() -> None:
    assert zones.known("Asia/Calcutta") == "Asia/Kolkata"
    assert zones.known("Europe/Kiev") == "Europe/Kyiv"
    assert zones.known("Europe/Berlin") == "Europe/Berlin"
    assert zones.known("UTC") == "Etc/UTC"
    assert zones.known("") is None
    assert zones.known("Europe/Atlantis") is None


def test_places_read_like_places() -> None:
    places = {zone.name: zone.place for _, group in zones.by_region() for zone in group}
    assert places["America/Argentina/Buenos_Aires"] == "Argentina – Buenos Aires"
    assert places["America/New_York"] == "New York"
    assert zones.spoken("America/New_York") == "America/New York time"
    assert zones.spoken("Etc/UTC") == "UTC"
