"""The life of a batch, on both databases: made, confirmed, taken back, launched, paused, resumed, cancelled, done, copied."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from service.actions import batches, launches, messages, subscribers
from service.actions.batches import ChangedMeanwhileError, RefusedError
from service.bootstrap import Service
from service.domain.audiences import Audience
from service.domain.batches import Manner, launch_at
from service.domain.batches import State as BatchState
from service.domain.messages import State
from service.domain.schedule import local
from service.domain.sequences import EnrolmentState
from service.store import batches as rows
from service.store import messages as message_rows
from service.store.audit import lines
from service.store.desk_tables import Batch
from service.store.tables import Letter, Message, Version
from tests.parts.batches import DAILY, MINUTE, SATURDAY, WEEKLY, River, publish, wish
from tests.parts.river import TUESDAY, confirmed, load, programme, stop_token

DAY, HOUR, WEEK = timedelta(days=1), timedelta(hours=1), timedelta(days=7)
BEGINS = launch_at(SATURDAY)
FIRST = datetime(2026, 3, 28, 9, tzinfo=UTC)  # Saturday 10:00 in Berlin
BEFORE = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture
def river(bare_service: Service) -> River:
    """A service with a weekly programme of eight letters; everybody gets it on Tuesdays."""
    load(bare_service, programme(letters=8))
    return River(bare_service)


def _readers(river: River, number: int) -> list[int]:
    return [confirmed(river.service, f"r{each}@example.net", now=TUESDAY, wall=TUESDAY) for each in range(number)]


def _dates(river: River, sequence_id: int, reader: int) -> list[str]:
    slots = [each.slot for each in river.letters(sequence_id, reader) if each.state == State.SENT]
    return [f"{local(slot, 'Europe/Berlin'):%a %d.%m. %H:%M}" for slot in slots if slot]


def _refused(river: River, act: Callable[..., object], *args: object, **more: object) -> dict[str, str]:
    with pytest.raises(RefusedError) as caught, river.service.write() as session:
        act(session, *args, **more)
    return caught.value.sentences


def test_a_batch_comes_instead_and_the_programme_waits_its_least_gap(river: River) -> None:
    (reader,) = _readers(river, 1)
    river.live(TUESDAY, BEGINS)
    batch = river.begin(DAILY, 4)
    river.live(BEGINS, BEGINS + 20 * DAY)
    assert _dates(river, batch, reader) == ["Sat 28.03. 10:00", "Sun 29.03. 10:00", "Mon 30.03. 10:00", "Tue 31.03. 10:00"]
    assert _dates(river, 1, reader) == [f"Tue {day} 10:00" for day in ("10.03.", "17.03.", "24.03.", "07.04.", "14.04.")]
    assert river.account(batch).total.sent == 4


def test_what_cannot_be_confirmed_says_why(river: River) -> None:
    with river.service.write() as session:
        bare = batches.create(session, "Bare", by="An admin", wall=BEFORE)
    ready = river.draft(replace(DAILY, audience=Audience(countries=frozenset({"IE"}))))
    assert _refused(river, batches.confirm, bare, revision=1, by="A", now=BEFORE, wall=BEFORE) == {
        "first_date": "Choose the first day.",
        "letters": "Letter 1 is not published yet. Open it, and publish it.",
    }
    assert list(_refused(river, batches.confirm, ready, revision=2, by="A", now=BEFORE, wall=BEFORE)) == ["audience"]
    late = BEGINS + 3 * DAY
    assert list(_refused(river, batches.confirm, ready, revision=2, by="A", now=late, wall=late)) == ["first_date", "audience"]
    assert list(_refused(river, batches.create, " ", by="A", wall=BEFORE)) == ["name"]
    assert {river.row(each).state for each in (bare, ready)} == {BatchState.DRAFT}


def test_the_second_of_two_admins_is_told(river: River) -> None:
    batch = river.draft(DAILY)
    with river.service.write() as session:
        assert batches.change(session, batch, replace(DAILY, name="Mine", spread_hours=2), revision=2) == 3
    with pytest.raises(ChangedMeanwhileError), river.service.write() as session:
        batches.change(session, batch, replace(DAILY, name="Theirs"), revision=2)
    with river.service.read() as session:
        assert batches.settings_of(session, batch) == replace(DAILY, name="Mine", spread_hours=2)


def test_ten_minutes_of_undo_in_which_nothing_begins(river: River) -> None:
    _readers(river, 1)
    batch = river.draft(DAILY)
    river.confirm(batch, FIRST - HOUR)
    with river.service.read() as session:
        looks = [
            bool(rows.to_launch(session, now=now, wall=now)) for now in (FIRST - 50 * MINUTE, FIRST - 49 * MINUTE - MINUTE / 2)
        ]
    assert looks == [False, True]
    with river.service.write() as session:
        batches.undo(session, batch, wall=FIRST - 50 * MINUTE)
    assert river.row(batch).state == BatchState.DRAFT
    river.launch(batch, FIRST + DAY)
    assert river.enrolled(batch) == []
    river.confirm(batch, FIRST - HOUR)
    assert list(_refused(river, batches.undo, batch, wall=FIRST - 49 * MINUTE)) == [""]


def test_a_scheduled_batch_moves_to_another_day(river: River) -> None:
    (reader,) = _readers(river, 1)
    batch = river.draft(WEEKLY, 1)
    river.confirm(batch, BEFORE)
    with river.service.write() as session:
        batches.move(session, batch, SATURDAY + 2 * DAY, now=BEFORE)
    river.launch(batch, BEGINS)
    assert river.enrolled(batch) == []
    river.launch(batch, BEGINS + 2 * DAY)
    river.live(BEGINS + 2 * DAY, BEGINS + 5 * DAY)
    assert _dates(river, batch, reader) == ["Mon 30.03. 10:00"]
    assert list(_refused(river, batches.move, batch, SATURDAY + WEEK, now=BEGINS + 3 * DAY)) == [""]
    late = river.draft(WEEKLY)
    assert list(_refused(river, batches.move, late, date(2026, 3, 1), now=BEFORE)) == ["first_date"]


def test_a_launch_that_is_cut_short_goes_on_and_takes_nobody_twice(river: River) -> None:
    """Each chunk is a transaction: whatever was committed stays, the rest comes with the next look of any clock."""
    readers = _readers(river, 7)
    batch = river.draft(DAILY)
    river.confirm(batch, BEFORE)
    take = {"now": BEGINS, "wall": BEGINS, "speed": 1, "limit": 3}
    with river.service.write() as session:
        assert launches.launch(session, batch, **take)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt), river.service.write() as session:
        assert launches.launch(session, batch, **take)  # type: ignore[arg-type]
        raise KeyboardInterrupt
    assert (len(river.enrolled(batch)), river.row(batch).taken_all_at) == (3, None)
    river.launch(batch, BEGINS + MINUTE, limit=3)
    assert [each.subscriber_id for each in river.enrolled(batch)] == readers
    river.launch(batch, BEGINS + 2 * MINUTE)
    assert (len(river.enrolled(batch)), river.row(batch).readers) == (7, 7)


def test_whoever_is_left_out_is_counted_with_the_reason(river: River) -> None:
    readers = _readers(river, 5)
    river.live(TUESDAY, BEFORE)
    first = river.letters(1)[0].letter_id
    late = confirmed(river.service, "late@example.net", now=BEFORE, wall=BEFORE)
    wish(river.service, readers[0], extras=True)
    wish(river.service, readers[1], extras=True, paused_until=FIRST + DAY)
    wish(river.service, readers[2], extras=True, paused_until=FIRST - HOUR)
    wish(river.service, late, extras=True)
    batch = river.begin(replace(DAILY, manner=Manner.EXTRA))
    assert [each.subscriber_id for each in river.enrolled(batch)] == [readers[0], readers[2], late]
    assert river.row(batch).left_out == {"no-extras": 2, "paused": 1}
    again = river.begin(replace(DAILY, name="Again", audience=Audience(without_letter=frozenset({first or 0}))))
    assert [each.subscriber_id for each in river.enrolled(again)] == [late]
    assert river.row(again).left_out == {"had": 5}


def test_a_pause_stops_what_waits_and_resuming_floods_nobody(river: River) -> None:
    (reader,) = _readers(river, 1)
    batch = river.begin(DAILY, 3)
    river.plan(FIRST)
    with river.service.write() as session:
        batches.pause(session, batch, wall=FIRST)
    assert _takeable(river, FIRST + MINUTE) is None
    assert [river.plan(FIRST + n * DAY) for n in range(4)] == [0] * 4
    with river.service.write() as session:
        assert batches.resume(session, batch, now=FIRST + 3 * DAY + HOUR, wall=FIRST + 3 * DAY + HOUR) == 1
    assert _takeable(river, FIRST + 3 * DAY + HOUR) is None
    river.live(FIRST + 3 * DAY + HOUR, FIRST + 9 * DAY)
    assert _dates(river, batch, reader) == ["Wed 01.04. 10:00", "Thu 02.04. 10:00", "Fri 03.04. 10:00"]
    assert [each.reason for each in river.letters(batch)] == ["held", None, None, None]
    assert (river.account(batch).total.expected, river.account(batch).total.sent) == (3, 3)


def test_a_pause_of_a_minute_costs_nothing(river: River) -> None:
    _readers(river, 1)
    batch = river.begin(DAILY, 3)
    river.plan(FIRST)
    with river.service.write() as session:
        batches.pause(session, batch, wall=FIRST)
    with river.service.write() as session:
        batches.resume(session, batch, now=FIRST + MINUTE, wall=FIRST + MINUTE)
    assert _takeable(river, FIRST + MINUTE) is not None


def _takeable(river: River, now: datetime) -> int | None:
    """What a sender would get at this moment; it gives it back."""
    with river.service.write() as session:
        taken = message_rows.take(session, token="t", lease_until=now + HOUR, now=now, wall=now)
        messages.release(session, "t")
    return taken


def test_cancelling_in_mid_run_stops_everything_and_programmes_get_their_usual_date(river: River) -> None:
    readers = _readers(river, 5)
    river.live(TUESDAY, BEGINS)
    batch = river.begin(DAILY, 4)
    river.live(BEGINS, FIRST + MINUTE)
    river.plan(FIRST + DAY - HOUR)  # 10:00 once the clocks have changed
    assert river.states(batch) == {State.SENT: 5, State.DUE: 5}
    now = FIRST + DAY
    with river.service.write() as session:
        batches.cancel(session, batch, now=now, wall=now)
    assert _takeable(river, now) is None
    assert river.states(batch) == {State.SENT: 5, State.SKIPPED: 5}
    assert {(each.state, each.why) for each in river.enrolled(batch)} == {(EnrolmentState.STOPPED, "cancelled")}
    river.live(now, now + 4 * DAY)
    assert _dates(river, 1, readers[0])[-1] == "Tue 31.03. 10:00"
    found = river.account(batch).total
    assert (found.expected, found.sent, dict(found.skipped)) == (20, 5, {"cancelled": 15})
    assert river.row(batch).ended_at == now


def test_many_readers_are_cleared_in_chunks_while_nothing_leaves(river: River) -> None:
    _readers(river, 5)
    batch = river.begin(DAILY)
    river.plan(FIRST)
    with river.service.write() as session:
        session.get_one(Batch, batch).state = BatchState.CANCELLED
        more = [launches.clear(session, batch, now=FIRST, wall=FIRST, limit=2) for _ in range(4)]
    assert more == [True, True, False, False]
    assert river.account(batch).total.skipped == {"cancelled": 10}
    assert {each.state for each in river.enrolled(batch)} == {EnrolmentState.STOPPED}


def test_a_batch_is_done_when_nothing_is_to_come_and_a_last_letter_can_be_put_off_even_then(river: River) -> None:
    _readers(river, 2)
    batch = river.begin(DAILY, 2)
    assert not _finish(river, batch, FIRST)
    river.live(BEGINS, FIRST + MINUTE)
    assert not _finish(river, batch, FIRST + MINUTE)
    river.plan(FIRST + DAY - HOUR)
    assert not _finish(river, batch, FIRST + DAY)
    river.send(wall=FIRST + DAY)
    assert _finish(river, batch, FIRST + DAY)
    assert (river.row(batch).state, river.row(batch).ended_at) == (BatchState.DONE, FIRST + DAY)
    assert {each.state for each in river.enrolled(batch)} == {EnrolmentState.RUNNING}
    river.live(FIRST + DAY, FIRST + 3 * DAY)
    assert {each.state for each in river.enrolled(batch)} == {EnrolmentState.FINISHED}
    assert river.account(batch).total.sent == 4


def _finish(river: River, batch: int, now: datetime) -> bool:
    with river.service.write() as session:
        return launches.finish(session, batch, now=now)


def test_newcomers_join_a_rolling_batch_until_its_last_day(river: River) -> None:
    old = _readers(river, 1)
    batch = river.begin(replace(DAILY, rolling=True, rolling_until=SATURDAY + DAY, cadence_days=7), 1)
    river.live(BEGINS, FIRST + HOUR)
    new = confirmed(river.service, "new@example.net", now=FIRST, wall=FIRST)
    for now in (FIRST + HOUR, FIRST + 2 * HOUR):
        with river.service.write() as session:
            assert not launches.join(session, batch, now=now, speed=1)
    assert [each.subscriber_id for each in river.enrolled(batch)] == [*old, new]
    assert not _finish(river, batch, FIRST + HOUR)
    late = confirmed(river.service, "later@example.net", now=FIRST + 3 * DAY, wall=FIRST + 3 * DAY)
    with river.service.write() as session:
        launches.join(session, batch, now=FIRST + 3 * DAY, speed=1)
    assert late not in [each.subscriber_id for each in river.enrolled(batch)]
    river.live(FIRST + 3 * DAY, FIRST + 9 * DAY)
    assert _dates(river, batch, new) == ["Sat 04.04. 10:00"]
    assert _finish(river, batch, FIRST + 9 * DAY)


def test_too_many_refusals_or_a_complaint_pause_a_batch_by_itself(river: River) -> None:
    _readers(river, 25)
    batch = river.begin(DAILY)
    river.plan(FIRST)
    ids = [each.id for each in river.letters(batch)]
    river.send(but=dict.fromkeys(ids[:3], State.REFUSED), wall=FIRST)
    assert _watch(river, batch, FIRST) == "3 of the last 25 letters were refused, or came back for good."
    assert (river.row(batch).state, river.row(batch).paused_why[:1]) == (BatchState.PAUSED, "3")
    with river.service.read() as session:
        (line,) = lines(session, about=f"batch:{batch}")
        assert (line.by, line.what, line.admin_id) == ("the clock", "batch paused", None)
    with river.service.write() as session:
        batches.resume(session, batch, now=FIRST + HOUR, wall=FIRST + HOUR)
    assert _watch(river, batch, FIRST + HOUR) is None  # somebody has looked at those
    river.plan(FIRST + DAY - HOUR)
    river.send(wall=FIRST + DAY)
    assert _watch(river, batch, FIRST + DAY) is None
    with river.service.write() as session:
        session.get_one(Message, river.letters(batch)[-1].id).complained_at = FIRST + DAY
    assert _watch(river, batch, FIRST + DAY) == "1 of the last 25 letters was reported as spam."


def _watch(river: River, batch: int, wall: datetime) -> str | None:
    with river.service.write() as session:
        return launches.watch(session, batch, wall=wall)


def test_a_letter_not_yet_planned_goes_with_its_newest_words(river: River) -> None:
    _readers(river, 1)
    batch = river.begin(DAILY, 2)
    river.live(BEGINS, FIRST + HOUR)
    first, second = (each.id for each in _letters(river, batch))
    with river.service.write() as session:
        looks = [rows.is_editable(session, each, now=FIRST) for each in (first, second)]
        assert [*looks, rows.is_editable(session, second, now=BEGINS + DAY)] == [False, True, False]
        publish(session, session.get_one(Letter, second), "Better words")
    river.live(FIRST + HOUR, FIRST + 2 * DAY)
    with river.service.read() as session:
        numbers = [session.get_one(Version, each.version_id or 0).number for each in river.letters(batch)]
    assert numbers == [1, 2]


def _letters(river: River, batch: int) -> list[Letter]:
    with river.service.read() as session:
        return rows.letters_of(session, batch)


def test_a_copy_is_a_draft_with_the_same_words(river: River) -> None:
    _readers(river, 1)
    batch = river.begin(replace(DAILY, spread_hours=3, audience=Audience(languages=frozenset({"en"}))), 2)
    with river.service.write() as session:
        copy = batches.duplicate(session, batch, by="Another", wall=FIRST)
        settings = batches.settings_of(session, copy)
    assert settings == replace(
        DAILY, name="Four days (copy)", first_date=None, spread_hours=3, audience=Audience(languages=frozenset({"en"}))
    )
    assert [each.name for each in _letters(river, copy)] == ["letter-1", "letter-2"]
    with river.service.write() as session:
        batches.change(session, copy, replace(settings, first_date=SATURDAY + WEEK), revision=2)
        assert batches.faults(session, copy, now=FIRST) == {}
        assert session.get_one(Batch, copy).state == BatchState.DRAFT


def test_a_reader_who_leaves_is_counted_and_holds_nobody_up(river: River) -> None:
    readers = _readers(river, 3)
    batch = river.begin(DAILY, 2)
    river.live(BEGINS, FIRST + MINUTE)
    with river.service.write() as session:
        token = stop_token(river.service, session, readers[0])
        subscribers.stop(session, token, keys=river.service.keys, now=FIRST + HOUR, wall=FIRST + HOUR)
    river.live(FIRST + HOUR, FIRST + DAY)
    found = river.account(batch).total
    assert (found.sent, dict(found.skipped), found.is_settled) == (5, {"left": 1}, True)
    assert _finish(river, batch, FIRST + DAY)
