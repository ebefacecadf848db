"""What many readers get is what each of them gets: the quick count says what the forecast says, letter for letter."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.ahead import MOST, Reader, Thread, count, joined, slots_of
from service.domain.forecast import Track, forecast
from service.domain.schedule import UNTIL_I_SAY, local_day
from service.domain.sequences import Step
from tests.domain.test_forecast import DAY, HOUR, NOW, batch, programme, readers
from tests.parts.ways import rest


def thread(track: Track[Step]) -> Thread:
    """A track as the count sees it: its sequence has the track's id."""
    return Thread(
        sequence_id=track.id,
        rhythm=track.rhythm,
        due=track.place.next_due_at,
        last=track.place.last_planned_at,
        left=len(rest(track.way, track.place.standing, at_most=MOST)),
        is_batch=track.first_date is not None,
        instead=track.instead,
    )


@settings(max_examples=300, deadline=None)
@given(
    reader=readers(),
    long=st.integers(1, 90),
    pause=st.none() | st.just(UNTIL_I_SAY) | st.integers(-50, 24 * 40),
    taken=st.sets(st.integers(0, 20), max_size=3),
)
def test_the_count_is_the_forecast(
    reader: tuple[list[Track[Step]], datetime], long: int, pause: int | datetime | None, taken: set[int]
) -> None:
    tracks, now = reader
    until = now + long * DAY
    paused = now + pause * HOUR if isinstance(pause, int) else pause
    days = frozenset(local_day(now, tracks[0].rhythm.zone) + n * DAY for n in taken)
    told = forecast(tracks, now=now, until=until, paused_until=paused, taken=days)
    threads = tuple(map(thread, sorted(tracks, key=lambda each: each.id)))
    counted = list(slots_of(Reader(threads, paused, days), now=now, until=until))
    assert counted == [(each.track.id, each.slot) for each in told]


def test_a_reader_on_one_thing_is_counted_as_one_on_several() -> None:
    """The quick way and the long one agree: a day that is taken long ago asks for the long one."""
    alone = (thread(programme(5)),)
    quick = list(slots_of(Reader(alone), now=NOW, until=NOW + 100 * DAY))
    long = list(slots_of(Reader(alone, taken=frozenset({NOW.date() - 90 * DAY})), now=NOW, until=NOW + 100 * DAY))
    assert len(quick) == 3
    assert quick == long


def test_before_its_launch_a_batch_is_counted_as_after_it() -> None:
    """The programme's note of Sunday makes room at once, and the next one too."""
    own, new = thread(programme(5)), thread(batch())
    assert [slot for _, slot in slots_of(Reader((own,)), now=NOW, until=NOW + 7 * DAY)] == [own.due]
    told = forecast([programme(5), batch()], now=NOW, until=NOW + 100 * DAY)
    together = Reader(joined([own], [new], now=NOW))
    found = count({together: 3, Reader((own,)): 2}, now=NOW, until=NOW + 100 * DAY)
    for each in told:
        shared = each.track.id == own.sequence_id and each.slot in {own.due + n * 7 * DAY for n in range(3)}
        assert found[each.track.id, each.slot] == 3 + 2 * shared
    assert sum(found.values()) == 3 * 6 + 2 * 3
    assert timedelta(0) < min(slot for id_, slot in found if id_ == new.sequence_id) - NOW
