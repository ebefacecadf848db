"""What will come to one reader is what a clock would plan, told ahead; and each date has its reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.batches import CADENCES, Timing, first_in_batch, launch_at, rhythm_in, shift_minutes
from service.domain.forecast import Coming, Track, blocks_for, forecast
from service.domain.journey import journey
from service.domain.schedule import UNTIL_I_SAY, Block, Rhythm, day_after, first_slot, local, local_day, minimum_gap, next_slot
from service.domain.sequences import Standing, Step, choose
from service.domain.turns import Place, Wait, after, block_of, expected_at, next_turn
from tests.domain.test_schedule_everywhere import changes_of, never_hours, zones
from tests.parts.ways import AGAIN, USUAL, lived, quiet_days, way, wishing

HOUR, DAY, MINUTE, GRACE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1), timedelta(minutes=15)
BERLIN = "Europe/Berlin"
LONG_AGO = datetime(2026, 9, 1, 12, tzinfo=UTC)
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)  # a Tuesday
SATURDAY = date(2026, 12, 5)
WEEKLY = Rhythm(6, 10, BERLIN, 7)  # Sundays at 10:00
SATURDAYS = Timing(SATURDAY, 7, 20)
Found = list[tuple[int, int, datetime]]


def programme(letters: int = 8, *, rhythm: Rhythm = WEEKLY, id_: int = 1, now: datetime = NOW, done: int = 2) -> Track[Step]:
    """A programme after some of its letters, the last of them at the slot before `now`."""
    of = way((letters, 0))
    standing = lived(of, *[USUAL] * done)
    if not done:
        return Track(id_, rhythm, of, Place(standing, None, first_slot(rhythm, confirmed=now)), begun_at=now)
    last = next_slot(rhythm, earliest=now - 7 * DAY, last=None)
    return Track(id_, rhythm, of, Place(standing, last, next_slot(rhythm, earliest=now, last=last)), begun_at=LONG_AGO)


def batch(
    letters: int = 3,
    *,
    instead: bool = True,
    timing: Timing = SATURDAYS,
    own: Rhythm = WEEKLY,
    id_: int = 9,
    shift: int = 0,
    now: datetime = NOW,
) -> Track[Step]:
    """A batch that a reader has been enrolled in and that has not begun."""
    rhythm = rhythm_in(timing, own, shift)
    due = first_in_batch(rhythm, timing.first_date, now=now)
    return Track(id_, rhythm, way((letters, 0)), Place(Standing(), None, due), now, timing.first_date, instead)


def told(tracks: Iterable[Track[Step]], **more: object) -> list[Coming[Step]]:
    asked = {"now": NOW, "until": NOW + 100 * DAY, **more}
    return list(forecast(tracks, **asked))  # type: ignore[arg-type]


def lines(comings: Iterable[Coming[Step]]) -> list[str]:
    """What comes, as `9:11 Sat 05.12. 20:00`: track, letter and the reader's wall."""
    return [f"{each.track.id}:{each.letter.id} {each.wall:%a %d.%m. %H:%M}" for each in comings]


# A clock of our own, after design.md: it looks each minute, by the rows alone


@dataclass
class Row:
    """An enrolment as a table holds it."""

    track: Track[Step]
    due: datetime
    last: datetime | None
    standing: Standing
    done: bool = False


@dataclass
class Clock:
    """Plans what is due in the order of ids, one letter a local day, and writes a ledger."""

    rows: list[Row]
    paused_until: datetime | None
    days: set[date]
    ledger: Found = field(default_factory=list)

    def run(self, now: datetime, until: datetime) -> Found:
        """All that is planned from a moment to before another."""
        while now < until:
            if self.paused_until is None or self.paused_until <= now:
                for row in [row for row in self.rows if not row.done and row.due <= now]:
                    self._plan(row, now)
            waiting = [row.due for row in self.rows if not row.done]
            if not waiting:
                break
            now += max(MINUTE, (min(waiting) - now) // MINUTE * MINUTE)
        return self.ledger

    def _plan(self, row: Row, now: datetime) -> None:
        choice = choose(row.track.way, row.standing)
        if choice is None:
            row.done = True
            return
        rhythm = row.track.rhythm
        late = now - row.due > GRACE
        slot = next_slot(rhythm, earliest=now, last=row.last) if late else row.due
        free = self._past_batches(row, slot, row.last, now)
        if late or free != slot:
            row.due = free
        elif local_day(slot, rhythm.zone) in self.days:
            row.due = day_after(rhythm, slot)
        else:
            self.days.add(local_day(slot, rhythm.zone))
            self.ledger.append((row.track.id, choice.letter.id, slot))
            following = next_slot(rhythm, earliest=slot + MINUTE, last=slot)
            row.due = self._past_batches(row, following, slot, now)
            row.standing, row.last = after(row.standing, choice), slot

    def _past_batches(self, row: Row, slot: datetime, last: datetime | None, now: datetime) -> datetime:
        """A slot of a programme, or the first one at its least gap behind every batch that would be in its way."""
        rhythm = row.track.rhythm
        gap, zone = minimum_gap(rhythm.pace_days), rhythm.zone
        while row.track.first_date is None:
            ends = [
                batch[-1]
                for other in self.rows
                if other.track.instead and not other.done and (batch := self._batch(other, now))
                if local_day(batch[0], zone) <= local_day(slot, zone)
                if slot < batch[-1] + gap or local_day(slot, zone) <= local_day(batch[-1], zone)
            ]
            if not ends:
                break
            end = max(ends)
            slot = next_slot(rhythm, earliest=end + MINUTE, last=end if last is None else max(end, last))
        return slot

    def _batch(self, row: Row, now: datetime) -> list[datetime]:
        """The slots of a batch: of the letter that came last, and of all that are left if nothing comes between."""
        rhythm, slots = row.track.rhythm, [row.last] if row.last else []
        left = len([step for step in row.track.way.main if step.id not in row.standing.seen])
        late = max(now, row.due) - row.due > GRACE
        slot = next_slot(rhythm, earliest=now, last=row.last) if late else row.due
        for _ in range(left):
            slots.append(slot)
            slot = next_slot(rhythm, earliest=slot + MINUTE, last=slot)
        return slots


def planned(
    tracks: Sequence[Track[Step]], now: datetime, until: datetime, paused_until: datetime | None, taken: Iterable[date]
) -> Found:
    rows = [Row(each, each.place.next_due_at, each.place.last_planned_at, each.place.standing) for each in tracks]
    return Clock(sorted(rows, key=lambda row: row.track.id), paused_until, set(taken)).run(now, until)


@st.composite
def readers(draw: st.DrawFn) -> tuple[list[Track[Step]], datetime]:
    """Somebody in any zone on up to three programmes and three batches, often about a clock change, and the present."""
    zone = draw(zones)
    changes = changes_of(zone)
    about = draw(st.sampled_from(changes or (datetime(2027, 12, 1, tzinfo=UTC),)))
    now = about - draw(st.integers(0, 40)) * DAY + draw(st.integers(0, 1439)) * MINUTE
    own = Rhythm(0, draw(st.integers(0, 23)), zone, 7, draw(never_hours), draw(quiet_days))
    tracks = []
    for id_ in draw(st.permutations(range(1, 7)))[: draw(st.integers(1, 6))]:
        if id_ % 2:
            rhythm = replace(own, weekday=draw(st.integers(0, 6)), pace_days=draw(st.sampled_from((1, 2, 7, 14))))
            tracks.append(programme(draw(st.integers(2, 9)), rhythm=rhythm, id_=id_, now=now, done=draw(st.integers(0, 2))))
        else:
            day = local_day(now, zone) + draw(st.integers(-2, 20)) * DAY
            hour = draw(st.none() | st.integers(0, 23))
            timing = Timing(day, draw(st.sampled_from(CADENCES)), hour, draw(st.integers(0, 12)))
            shift = shift_minutes(draw(st.integers(1, 999)), timing.spread_hours)
            letters = draw(st.integers(1, 5))
            tracks.append(batch(letters, instead=draw(st.booleans()), timing=timing, own=own, id_=id_, shift=shift, now=now))
    return tracks, now


@settings(max_examples=300, deadline=None)
@given(
    reader=readers(),
    long=st.integers(1, 90),
    pause=st.none() | st.integers(-50, 24 * 40),
    taken=st.sets(st.integers(0, 20), max_size=4),
)
def test_told_and_planned_agree(
    reader: tuple[list[Track[Step]], datetime], long: int, pause: int | None, taken: set[int]
) -> None:
    tracks, now = reader
    until, paused_until = now + long * DAY, None if pause is None else now + pause * HOUR
    days = {local_day(now, tracks[0].rhythm.zone) + n * DAY for n in taken}
    comings = list(forecast(tracks, now=now, until=until, paused_until=paused_until, taken=days))
    assert [(each.track.id, each.letter.id, each.slot) for each in comings] == planned(tracks, now, until, paused_until, days)
    walls = [each.wall.date() for each in comings]
    assert len({*walls, *days}) == len(walls) + len(days), "two letters on one local day"
    assert all(each.wall == local(each.slot, tracks[0].rhythm.zone) for each in comings)


@settings(max_examples=100, deadline=None)
@given(reader=readers(), long=st.integers(1, 60))
def test_while_a_batch_comes_instead_nothing_else_of_the_readers_own_comes(
    reader: tuple[list[Track[Step]], datetime], long: int
) -> None:
    tracks, now = reader
    comings = list(forecast(tracks, now=now, until=now + long * DAY))
    for each in (track for track in tracks if track.instead):
        slots = [coming.slot for coming in comings if coming.track.id == each.id]
        own = [coming for coming in comings if coming.track.first_date is None]
        assert not [coming for coming in own if slots and slots[0] <= coming.slot <= slots[-1]]


@settings(max_examples=100, deadline=None)
@given(zone=zones, weekday=st.integers(0, 6), hour=st.integers(0, 23), pace=st.sampled_from((1, 2, 7, 28)), quiet=quiet_days)
def test_one_programme_alone_is_told_as_its_journey(
    zone: str, weekday: int, hour: int, pace: int, quiet: frozenset[tuple[int, int]]
) -> None:
    """Letter for letter and word for word: the time machine says the same of a reader who is made up."""
    track = programme(6, rhythm=Rhythm(weekday, hour, zone, pace, frozenset({3, 4}), quiet), done=0)
    stages = journey(track.rhythm, track.way, confirmed=NOW)
    comings = told([track], until=NOW + 900 * DAY)
    assert [(stage.letter.id, stage.slot, stage.wall, stage.reason) for stage in stages] == [
        (each.letter.id, each.slot, each.wall, each.reason) for each in comings
    ]


# Cases that one can read


def test_a_batch_comes_instead_and_the_programme_goes_on_behind_it() -> None:
    comings = told([programme(5), batch()])
    assert lines(comings) == [
        "9:11 Sat 05.12. 20:00",
        "9:12 Sat 12.12. 20:00",
        "9:13 Sat 19.12. 20:00",
        "1:13 Sun 27.12. 10:00",
        "1:14 Sun 03.01. 10:00",
        "1:15 Sun 10.01. 10:00",
    ]
    assert [each.reason for each in comings] == [
        "the first day of the batch",
        "one week after the one before",
        "one week after the one before",
        "the next Sunday at 10:00 after the batch that comes instead",
        "one week after the one before",
        "one week after the one before",
    ]


def test_the_note_of_the_same_day_gives_way_even_if_its_hour_is_earlier() -> None:
    saturdays = replace(WEEKLY, weekday=5)
    assert lines(told([programme(3, rhythm=saturdays), batch(1)])) == ["9:11 Sat 05.12. 20:00", "1:13 Sat 12.12. 10:00"]


def test_a_note_shortly_before_a_batch_comes_as_usual() -> None:
    fridays = replace(WEEKLY, weekday=4)
    assert lines(told([programme(4, rhythm=fridays), batch(1)])) == [
        "1:13 Fri 04.12. 10:00",
        "9:11 Sat 05.12. 20:00",
        "1:14 Fri 11.12. 10:00",
    ]


def test_extras_come_beside_the_programme_and_who_is_planned_first_takes_the_day() -> None:
    saturdays = replace(WEEKLY, weekday=5)
    comings = told([programme(4, rhythm=saturdays), batch(2, instead=False)])
    assert lines(comings) == [
        "1:13 Sat 05.12. 10:00",
        "9:11 Sun 06.12. 20:00",
        "1:14 Sat 12.12. 10:00",
        "9:12 Sun 13.12. 20:00",
    ]
    assert comings[1].reason == "one day later; 5 December has a letter already"


def test_at_the_same_moment_the_older_enrolment_is_planned_first() -> None:
    saturdays = replace(WEEKLY, weekday=5)
    timing = Timing(SATURDAY, 7)
    for id_, first in ((9, 1), (0, 0)):
        comings = told([batch(1, instead=False, timing=timing, own=saturdays, id_=id_), programme(3, rhythm=saturdays)])
        assert comings[0].track.id == first


def test_a_day_that_has_a_letter_already_takes_no_other() -> None:
    comings = told([batch(1)], taken=[SATURDAY, SATURDAY + DAY])
    assert lines(comings) == ["9:11 Mon 07.12. 20:00"]
    assert comings[0].reason == "one day later; 6 December has a letter already"


def test_after_a_pause_one_letter_comes_at_the_next_slot_of_each_and_nothing_is_made_up_for() -> None:
    """The pause ends as Sunday begins. The batch's first Saturday is over: it begins on the next one, and a note waits then."""
    comings = told([programme(4), batch(2)], paused_until=datetime(2026, 12, 12, 23, tzinfo=UTC))
    assert lines(comings) == [
        "1:13 Sun 13.12. 10:00",
        "9:11 Sat 19.12. 20:00",
        "9:12 Sat 26.12. 20:00",
        "1:14 Sun 03.01. 10:00",
    ]
    assert [each.reason for each in comings] == [
        "the next Sunday at 10:00 after a pause",
        "the next Saturday at 20:00 after a pause",
        "one week after the one before",
        "the next Sunday at 10:00 after the batch that comes instead",
    ]


def test_a_pause_without_end_lets_nothing_come() -> None:
    tracks = [programme(), batch()]
    assert told(tracks, paused_until=UNTIL_I_SAY) == []
    assert blocks_for(tracks[0], tracks, now=UNTIL_I_SAY) == []


def test_what_is_due_and_not_late_is_still_to_come_and_what_is_late_waits() -> None:
    track = programme(3)
    due = track.place.next_due_at
    assert [each.slot for each in told([track], now=due + GRACE)] == [due]
    late = told([track], now=due + GRACE + MINUTE)
    assert [(each.slot, each.reason) for each in late] == [(due + 7 * DAY, "the next Sunday at 10:00")]


def test_the_end_of_the_time_asked_for_is_not_within_it() -> None:
    track = programme()
    due = track.place.next_due_at
    assert told([track], until=due) == []
    assert [each.slot for each in told([track], until=due + MINUTE)] == [due]


def test_a_wish_is_granted_and_said() -> None:
    track = programme(4)
    again = replace(track.place, standing=wishing(track.place.standing, AGAIN), next_due_at=NOW + 21 * HOUR)
    comings = told([replace(track, place=again)])
    assert [each.letter.id for each in comings] == [12, 13, 14]
    assert comings[0].reason == "the same letter once more, 3 days later as wished"


@pytest.mark.parametrize(
    ("quiet", "never", "expected"),
    [
        ({(12, 5)}, (), "the first day after 5 December, when the batch begins, on which mail may come"),
        ((), {20}, "the first day of the batch; mail must not come at 20:00 on that day"),
    ],
    ids=["a quiet day", "a shut hour"],
)
def test_a_batch_says_why_it_begins_later(quiet: Iterable[tuple[int, int]], never: Iterable[int], expected: str) -> None:
    own = replace(WEEKLY, quiet_days=frozenset(quiet), never_hours=frozenset(never))
    assert told([batch(1, own=own)])[0].reason == expected


def test_who_joins_a_rolling_batch_later_is_told_of_its_next_slot() -> None:
    joined = datetime(2026, 12, 9, 12, tzinfo=UTC)
    assert [each.reason for each in told([batch(2, now=joined)], now=joined)] == [
        "the next Saturday at 20:00 in a batch that began on 5 December",
        "one week after the one before",
    ]


# What the clock and the pages ask


def test_a_batch_takes_the_time_from_its_first_letter_to_the_last_one_expected() -> None:
    track = batch(3)
    due = track.place.next_due_at
    assert block_of(track.rhythm, track.way, track.place, now=NOW) == Block(due, due + 14 * DAY)
    begun = Place(lived(track.way, USUAL), due, due + 7 * DAY)
    assert block_of(track.rhythm, track.way, begun, now=due + HOUR) == Block(due, due + 14 * DAY)
    behind = replace(begun, next_due_at=due + 8 * DAY)
    assert block_of(track.rhythm, track.way, behind, now=due + HOUR) == Block(due, due + 14 * DAY)
    read = Place(lived(track.way, USUAL, USUAL, USUAL), due, due + 7 * DAY)
    assert block_of(track.rhythm, track.way, read, now=due + HOUR) == Block(due, due)
    assert block_of(track.rhythm, way(), track.place, now=NOW) is None


def test_a_batch_waits_for_no_batch_and_an_extra_lets_nothing_wait() -> None:
    usual, one, other = programme(), batch(), batch(id_=10, instead=False)
    assert len(blocks_for(usual, [usual, one, other], now=NOW)) == 1
    assert blocks_for(one, [one, batch(id_=11)], now=NOW) == []
    assert blocks_for(usual, [usual, other], now=NOW) == []


def test_the_page_names_the_date_that_planning_will_find() -> None:
    usual, instead = programme(5), batch()
    blocks = blocks_for(usual, [usual, instead], now=NOW)
    said = expected_at(usual.rhythm, usual.place, paused_until=None, now=NOW, blocks=blocks)
    assert said == next(each.slot for each in told([usual, instead]) if each.track.id == 1)
    due = usual.place.next_due_at
    assert next_turn(usual.rhythm, usual.way, usual.place, now=due, blocks=blocks) == Wait(said)


def test_a_launch_is_soon_enough_for_every_zone_to_have_its_first_letter_on_its_first_day() -> None:
    launch = launch_at(SATURDAY)
    for zone in ("Pacific/Kiritimati", "Pacific/Chatham", BERLIN, "Etc/GMT+12"):
        own = Rhythm(0, 0, zone, 7)
        track = batch(1, own=own, timing=Timing(SATURDAY, 7), now=launch)
        assert [each.wall.date() for each in told([track], now=launch)] == [SATURDAY]


def test_a_letter_that_was_taken_out_is_not_told() -> None:
    track = replace(programme(), way=way((3, 0), retired=[12]), place=Place(Standing(), None, NOW + HOUR))
    assert [each.letter.id for each in told([track])] == [11, 13]
