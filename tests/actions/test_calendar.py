"""What the calendar counts ahead is what then leaves, to the minute: eight zones, a clock change, batches, both databases."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import select, update

from service.actions import batches, holds
from service.actions.batches import Settings
from service.bootstrap import Service
from service.domain.batches import Manner, launch_at
from service.domain.messages import State
from service.domain.schedule import instant
from service.domain.sequences import Wish
from service.domain.subscribers import Wishes
from service.store import ahead, calendar
from service.store.calendar import What
from service.store.subscribers import mask
from service.store.tables import Enrolment, Sequence
from tests.parts.batches import DAILY, SATURDAY, River, wish
from tests.parts.river import TUESDAY, confirmed, load, programme

DAY = timedelta(days=1)
BERLIN = "Europe/Berlin"
ZONES = (
    *(BERLIN, "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati"),
    *("Australia/Lord_Howe", "America/Nuuk", "Africa/Cairo", "Pacific/Pago_Pago"),
)
SERIES = Settings("A series", first_date=SATURDAY, cadence_days=2, spread_hours=3)
EXTRA = replace(DAILY, name="Beside", hour=19, manner=Manner.EXTRA, first_date=SATURDAY + DAY)
START = launch_at(SATURDAY) - 2 * DAY
UNTIL = START + 40 * DAY


def people(service: Service) -> list[int]:
    """Two readers in each zone, of a weekly programme and of one for every second day; one is on both, one stays."""
    load(service, programme(letters=8, alternates=1))
    load(service, programme("steady", letters=12, pace_days=2))
    found = []
    for number, zone in enumerate(ZONES * 2):
        wishes = Wishes(weekday=number % 7, hour=(number * 5) % 24, zone=zone, discreet=True)
        slug = "steady" if number % 3 == 2 else "after-leaving"
        found.append(confirmed(service, f"r{number}@example.net", now=TUESDAY, wall=TUESDAY, wishes=wishes, slug=slug))
        quiet = ["03-30"] if number == 4 else []
        wish(service, found[-1], extras=number % 2 == 0, quiet_days=quiet, never_hours=mask([*range(6)]) if number % 2 else 0)
    again = {"zone": BERLIN, "weekday": 3, "hour": 9, "discreet": True}
    confirmed(service, "r0@example.net", now=TUESDAY, wall=TUESDAY, wishes=Wishes(**again), slug="steady")  # type: ignore[arg-type]
    return found


def slots(river: River, after_id: int) -> Counter[tuple[int, datetime]]:
    """The letters planned after another one, by sequence and slot."""
    with river.service.read() as session:
        of = {each.id: each.sequence_id for each in session.scalars(select(Enrolment))}
    return Counter((of[each.enrolment_id or 0], each.slot) for each in river.letters() if each.id > after_id and each.slot)


def foretold(service: Service, now: datetime) -> Counter[tuple[int, datetime]]:
    with service.read() as session:
        return ahead.coming(session, now=now, until=UNTIL)


def bounds(first: date, days: int) -> list[datetime]:
    return [instant(first + number * DAY, time(0), BERLIN) for number in range(days + 1)]


def test_what_is_counted_ahead_is_what_leaves(bare_service: Service) -> None:
    service, river = bare_service, River(bare_service)
    readers = people(service)
    river.live(TUESDAY, START)
    known = max(each.id for each in river.letters())
    with service.write() as session:
        one = update(Enrolment).where(Enrolment.subscriber_id == readers[1]).values(wish=Wish.STAY)
        session.execute(one)
    wish(service, readers[3], paused_until=START + 9 * DAY)
    series, extra = river.draft(SERIES, 4), river.draft(EXTRA, 3)
    for each in (series, extra):
        river.confirm(each, START)
    before = foretold(service, START)
    assert {id_ for id_, _ in before} >= {series, extra}
    river.live(START, launch_at(SATURDAY))
    river.launch(series, launch_at(SATURDAY))
    river.live(launch_at(SATURDAY), launch_at(SATURDAY + DAY))
    river.launch(extra, launch_at(SATURDAY + DAY))
    known_then = max(each.id for each in river.letters())
    on_the_way = foretold(service, launch_at(SATURDAY + DAY))
    river.live(launch_at(SATURDAY + DAY), UNTIL)

    assert slots(river, known_then) == on_the_way
    assert slots(river, known) == before
    assert before.total() > 16 * 8

    days = bounds(START.date(), 41)
    with service.read() as session:
        by_day, by_slot = (calendar.look(session, days, {}, wall=UNTIL, moved=moved) for moved in (False, True))
    sent: Counter[tuple[int, int]] = Counter()
    for (sequence_id, slot), number in before.items():
        sent[sum(day <= slot for day in days) - 1, sequence_id] += number
    told = {key: counts[What.SENT] for key, counts in by_slot.items() if counts[What.SENT]}
    assert {key: number - _earlier(river, known, days, key) for key, number in told.items()} == sent
    assert sum(counts[What.SENT] for counts in by_day.values()) == sum(told.values())


def _earlier(river: River, known: int, days: list[datetime], key: tuple[int, int]) -> int:
    """Letters of the first day that had left before the count."""
    place, sequence_id = key
    with river.service.read() as session:
        of = {each.id: each.sequence_id for each in session.scalars(select(Enrolment))}
    return sum(
        each.id <= known and of[each.enrolment_id or 0] == sequence_id and days[place] <= each.slot < days[place + 1]
        for each in river.letters()
        if each.slot
    )


def test_every_letter_counts_once_whatever_becomes_of_it(service: Service) -> None:
    river, days = River(service), bounds(date(2026, 3, 9), 7)
    for number in range(6):
        confirmed(service, f"r{number}@example.net", now=TUESDAY, wall=TUESDAY)
    due = river.due(TUESDAY)
    assert due is not None
    assert _look(service, days, due - DAY) == {What.COMING: 6}
    river.plan(due)
    assert _look(service, days, due) == {What.WAITING: 6}
    ids = [each.id for each in river.letters()]
    river.send(but={ids[0]: State.REFUSED, ids[1]: State.UNKNOWN, ids[2]: State.SKIPPED}, wall=due)
    ended = {What.REFUSED: 1, What.UNKNOWN: 1, What.SKIPPED: 1, What.SENT: 3}
    for moved in (False, True):
        assert _look(service, days, due, moved=moved) == ended


def _look(service: Service, days: list[datetime], now: datetime, *, moved: bool = False) -> dict[What, int]:
    with service.read() as session:
        coming = ahead.coming(session, now=now, until=days[-1])
        found = calendar.look(session, days, coming, wall=now, moved=moved)
    assert {place for place, _ in found} == {1}  # all on the Tuesday
    return dict(sum(found.values(), start=Counter[What]()))


def test_what_is_held_is_counted_as_held(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    load(service, programme("steady"))
    confirmed(service, "other@example.net", now=TUESDAY, wall=TUESDAY, slug="steady")
    days = bounds(date(2026, 3, 9), 7)
    with service.write() as session:
        held = session.scalars(select(Sequence.id).where(Sequence.slug == "steady")).one()
        holds.hold(session, held, wall=TUESDAY)
    assert _look(service, days, TUESDAY) == {What.COMING: 1, What.HELD: 1}
    with service.write() as session:
        holds.hold_everything(session, "Ada", wall=TUESDAY)
    assert _look(service, days, TUESDAY) == {What.HELD: 2}


def test_a_batch_that_is_moved_is_counted_on_its_new_days(bare_service: Service) -> None:
    service, river = bare_service, River(bare_service)
    load(service, programme(letters=8))
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    batch = river.draft(SERIES, 2)
    river.confirm(batch, TUESDAY)
    first = {slot.date() for id_, slot in foretold(service, TUESDAY) if id_ == batch}
    with service.write() as session:
        batches.move(session, batch, SATURDAY + 3 * DAY, now=TUESDAY)
    assert {slot.date() for id_, slot in foretold(service, TUESDAY) if id_ == batch} == {day + 3 * DAY for day in first}
    with service.write() as session:
        batches.cancel(session, batch, now=TUESDAY, wall=TUESDAY)
    assert {id_ for id_, _ in foretold(service, TUESDAY)} == {batch - 1}
