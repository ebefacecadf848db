"""What the forecast and the dry run said is what planning did, to the minute: eight zones, a clock change, both databases."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

from service.actions.batches import Settings
from service.bootstrap import Service
from service.domain.batches import Manner, launch_at
from service.domain.forecast import forecast
from service.domain.schedule import local
from service.domain.subscribers import Wishes
from service.store import dry_runs, tracks
from service.store.subscribers import mask
from service.store.tables import Subscriber
from tests.parts.batches import DAILY, SATURDAY, River, wish
from tests.parts.river import TUESDAY, confirmed, load, programme

DAY = timedelta(days=1)
ZONES = (
    *("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati"),
    *("Australia/Lord_Howe", "America/Nuuk", "Africa/Cairo", "Pacific/Pago_Pago"),
)
NO_EXTRAS = (1, 4)  # the second begins a day late: what comes beside would take its days
NIGHT = mask([*range(22, 24), *range(7)])
SERIES = Settings("A series", first_date=SATURDAY, cadence_days=2, spread_hours=3)
EXTRA = replace(DAILY, name="Beside", hour=19, manner=Manner.EXTRA, first_date=SATURDAY + DAY)


def _people(service: Service) -> list[int]:
    """Readers of two programmes, weekly and every second day, some with hours and days without mail, one who pauses."""
    load(service, programme(letters=8, paces=(2, 7)))
    load(service, programme("steady", letters=12, pace_days=2))
    people = []
    for number, zone in enumerate(ZONES):
        wishes = Wishes(weekday=(5 + number) % 7, hour=(number * 5) % 24, zone=zone, discreet=True)
        slug = "steady" if number % 3 == 2 else "after-leaving"
        people.append(confirmed(service, f"r{number}@example.net", now=TUESDAY, wall=TUESDAY, wishes=wishes, slug=slug))
    for number, id_ in enumerate(people):
        night = NIGHT if number % 2 else 0
        quiet = ["03-28", "03-30"] if number == 4 else []
        wish(service, id_, extras=number not in NO_EXTRAS, never_hours=night, quiet_days=quiet)
    return people


def test_forecast_and_dry_run_are_what_planning_did(bare_service: Service) -> None:
    service, river = bare_service, River(bare_service)
    people = _people(service)
    river.live(TUESDAY, launch_at(SATURDAY))
    before = max(each.id for each in river.letters())
    series, extra = river.draft(SERIES, 4), river.draft(EXTRA, 3)
    with service.read() as session:
        tried = dry_runs.try_out(session, series, now=launch_at(SATURDAY) - DAY)
    assert tried is not None
    for each in (series, extra):
        river.confirm(each, launch_at(SATURDAY) - DAY)
    start = launch_at(SATURDAY + DAY)
    river.launch(series, launch_at(SATURDAY))
    river.live(launch_at(SATURDAY), start)
    river.launch(extra, start)
    wish(service, people[6], paused_until=start + 9 * DAY)
    until = start + 40 * DAY
    foretold = {each: _foretold(service, each, start, until) for each in people}
    known = max(each.id for each in river.letters())
    river.live(start, until)

    for number, id_ in enumerate(people):
        came = [(each.letter_id, each.slot) for each in river.letters(subscriber_id=id_) if each.id > known]
        assert came == foretold[id_], ZONES[number]
        assert len(came) >= (0 if number == 6 else 4)
        days = [each.local_day for each in river.letters(subscriber_id=id_)]
        assert len(days) == len(set(days))
    _is_as_tried(river, series, tried, paused=people[6])
    assert river.states(extra) == {"sent": 6 * 3}
    assert _walls(service, river, extra, people[0]) == ["Sun 29 19:00", "Tue 31 19:00", "Thu 02 19:00"]
    assert min(each.id for each in river.letters(series)) > before


def _foretold(service: Service, id_: int, start: datetime, until: datetime) -> list[tuple[int, datetime]]:
    with service.read() as session:
        person = session.get_one(Subscriber, id_)
        mine, taken = tracks.of(session, person), tracks.taken_days(session, person, now=start)
        found = forecast(mine, now=start, until=until, paused_until=person.paused_until, taken=taken)
        return [(each.letter.id, each.slot) for each in found]


def _is_as_tried(river: River, series: int, tried: dry_runs.DryRun, *, paused: int) -> None:
    """Of those who did not pause on the way; a series that comes instead meets no other letter."""
    planned: dict[int, Counter[datetime]] = defaultdict(Counter)
    for each in river.letters(series):
        if each.letter_id and each.slot and (each.turn == 1 or each.subscriber_id != paused):
            planned[each.letter_id][each.slot] += 1
    assert tried.readers == len(ZONES)
    for number, told in enumerate(map(Counter, tried.letters)):
        came = planned[sorted(planned)[number]]
        assert not came - told
        assert (told - came).total() == (number > 0)  # the one who paused


def _walls(service: Service, river: River, batch: int, reader: int) -> list[str]:
    slots = [each.slot for each in river.letters(batch, reader)]
    return [f"{local(slot, 'Europe/Berlin'):%a %d %H:%M}" for slot in slots if slot]
