"""Changed wishes on both databases: the next date moves with them, letters that wait are looked at anew, nothing else is."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from service.actions import messages as letters
from service.actions import preferences
from service.actions.moves import Outlook
from service.actions.preferences import Changes
from service.bootstrap import Service
from service.domain.messages import Kind, State
from service.domain.moves import Move, What
from service.domain.sequences import EnrolmentState, Wish
from service.domain.subscribers import State as SubscriberState
from service.domain.subscribers import Wishes
from service.store import messages
from service.store.tables import Enrolment, Message, Sequence, Subscriber
from tests.parts.pace import DAY, FIRST, HOUR, WEEK, Reader, reader, tuesday
from tests.parts.river import TUESDAY, load, programme

NOON = FIRST + 2 * HOUR  # of the Tuesday on which the first letter came, in Berlin


@pytest.fixture
def service(bare_service: Service) -> Service:
    """A service with a programme of five letters, of which a reader may choose the pace."""
    load(bare_service, programme(letters=5, paces=(1, 7, 14)))
    return bare_service


@pytest.fixture
def mine(service: Service) -> Reader:
    """A reader who has had the first letter."""
    found = reader(service)
    found.get(FIRST)
    return found


def _change(mine: Reader, changes: Changes, now: datetime = NOON) -> bool:
    with mine.service.write() as session:
        return preferences.change(session, mine.token, changes, keys=mine.service.keys, now=now, wall=now)


def _pace(mine: Reader, weekday: int, pace_days: int) -> Outlook | None:
    with mine.service.write() as session:
        return preferences.change_pace(
            session, mine.token, mine.enrolment, weekday=weekday, pace_days=pace_days, keys=mine.service.keys, now=NOON
        )


# The next date


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        (Changes(hour=20), "Tue 2026-03-17 20:00"),
        (Changes(hour=0), "Tue 2026-03-17 00:00"),
        (Changes(zone="America/New_York"), "Tue 2026-03-17 15:00"),
        (Changes(zone="Pacific/Auckland"), "Mon 2026-03-16 22:00"),
        (Changes(never_hours=frozenset({10, 11})), "Tue 2026-03-17 12:00"),
        (Changes(quiet_days=frozenset({(3, 17)})), "Tue 2026-03-24 10:00"),
        (Changes(add_quiet_days=frozenset({(3, 17), (3, 24)})), "Tue 2026-03-31 10:00"),
        (Changes(hour=20, zone="Europe/London", never_hours=frozenset({20})), "Tue 2026-03-17 22:00"),
        (Changes(language="es", discreet=False, link_only=True, extras=False, country="DE"), "Tue 2026-03-17 10:00"),
    ],
)
def test_what_concerns_time_moves_the_next_date(mine: Reader, changes: Changes, due: str) -> None:
    assert _change(mine, changes)
    assert mine.due() == due


@pytest.mark.parametrize(
    ("weekday", "pace", "due"),
    [
        (4, 7, "Fri 2026-03-20 10:00"),
        (0, 7, "Mon 2026-03-16 10:00"),
        (1, 14, "Tue 2026-03-24 10:00"),
        (1, 1, "Wed 2026-03-11 10:00"),
        (1, 7, "Tue 2026-03-17 10:00"),
    ],
)
def test_day_and_pace_move_the_next_date(mine: Reader, weekday: int, pace: int, due: str) -> None:
    answer = _pace(mine, weekday, pace)
    assert answer is not None
    assert f"{answer.next_at:%a %Y-%m-%d %H:%M}" == mine.due() == due


@pytest.mark.parametrize(("weekday", "pace"), [(7, 7), (-1, 7), (1, 28), (1, 0)])
def test_a_pace_or_day_that_there_is_not_changes_nothing(mine: Reader, weekday: int, pace: int) -> None:
    assert _pace(mine, weekday, pace) is None
    row = mine.row()
    assert (row.weekday, row.pace_days, mine.due()) == (1, 7, "Tue 2026-03-17 10:00")


def test_quiet_days_are_added_to_those_there_are_and_set_instead_of_them(mine: Reader) -> None:
    _change(mine, Changes(quiet_days=frozenset({(3, 17)})))
    _change(mine, Changes(add_quiet_days=frozenset({(3, 24)})))
    assert mine.due() == "Tue 2026-03-31 10:00"
    _change(mine, Changes(quiet_days=frozenset()))
    assert mine.due() == "Tue 2026-03-17 10:00"


def test_before_the_first_letter_twelve_hours_after_confirming_still_hold(service: Service) -> None:
    mine = reader(service)  # on a Tuesday at 11:00 in Berlin
    _change(mine, Changes(hour=22), now=TUESDAY + HOUR)
    assert mine.due() == "Tue 2026-03-10 22:00"
    _change(mine, Changes(hour=23), now=TUESDAY + HOUR)
    assert mine.due() == "Tue 2026-03-03 23:00"


def test_a_letter_put_off_keeps_its_day_and_comes_at_the_new_hour(mine: Reader) -> None:
    mine.move(Move(What.AGAIN, days=2), NOON)
    _change(mine, Changes(hour=20))
    assert mine.due() == "Thu 2026-03-12 20:00"
    _change(mine, Changes(never_hours=frozenset({20})))
    assert mine.due() == "Thu 2026-03-12 21:00"
    assert mine.row().wish == Wish.AGAIN


def test_a_letter_put_off_onto_a_day_that_becomes_quiet_comes_on_the_next(mine: Reader) -> None:
    mine.move(Move(What.AGAIN, days=2), NOON)
    _change(mine, Changes(quiet_days=frozenset({(3, 12), (3, 13)})))
    assert mine.due() == "Sat 2026-03-14 10:00"


def test_a_wish_about_the_next_letter_stays_whatever_its_date(mine: Reader) -> None:
    mine.move(Move(What.ON), NOON)
    _change(mine, Changes(hour=20))
    _pace(mine, 4, 7)
    assert (mine.row().wish, mine.due()) == (Wish.PART, "Fri 2026-03-20 20:00")


def test_all_programmes_move(service: Service, mine: Reader) -> None:
    load(service, programme("other"))
    with service.write() as session:
        preferences.start(session, mine.token, "other", keys=service.keys, now=NOON)
    _change(mine, Changes(hour=20))
    with service.read() as session:
        due = session.scalars(select(Enrolment.next_due_at)).all()
    assert {f"{each:%H:%M}" for each in due if each} == {"19:00"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (Changes(hour=20, zone="Mars/Olympus"), "This time zone is not known here"),
        (Changes(hour=20, never_hours=frozenset(range(24))), "At least one hour of the day"),
        (Changes(hour=20, quiet_days=frozenset((m, d) for m in (1, 2, 3) for d in range(1, 22))), "There can be 60 quiet days"),
    ],
)
def test_what_cannot_be_is_refused_whole(mine: Reader, changes: Changes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        _change(mine, changes)
    with mine.service.read() as session:
        assert session.get_one(Subscriber, mine.id).hour == 10
    assert mine.due() == "Tue 2026-03-17 10:00"


# Letters that wait


def _may_leave(mine: Reader, now: datetime) -> bool:
    """Whether the letter that waits would be taken at this moment, without taking it."""
    with mine.service.read() as session:
        only = select(Message.id).where(Message.kind == Kind.LETTER, Message.state == State.DUE)
        return bool(session.scalars(only).all()) and messages.any_sendable(session, now=now, wall=now)


@pytest.fixture
def waiting(service: Service) -> Reader:
    """A reader whose first letter waits, and for whom nothing else does."""
    found = reader(service)
    found.sent()
    found.plan(FIRST)
    return found


def test_a_letter_waits_for_the_hours_that_are_open_from_now_on(waiting: Reader) -> None:
    """From 12:00 on, with nothing before 15:00 and after 18:00 in Berlin."""
    _change(waiting, Changes(never_hours=frozenset([*range(15), *range(18, 24)])))
    letter = waiting.waiting()
    assert (letter.not_before, letter.open_until) == (NOON + 3 * HOUR, NOON + 6 * HOUR)
    assert [_may_leave(waiting, NOON + n * HOUR) for n in (0, 2, 3, 5, 6)] == [False, False, True, True, False]


def test_a_letter_does_not_leave_on_a_day_that_becomes_quiet(waiting: Reader) -> None:
    _change(waiting, Changes(add_quiet_days=frozenset({(3, 10)})))
    letter = waiting.waiting()
    assert (letter.not_before, letter.open_until) == (NOON + 12 * HOUR, None)
    assert [_may_leave(waiting, NOON + n * HOUR) for n in (0, 11, 12)] == [False, False, True]


def test_a_letter_leaves_before_a_quiet_day_or_after_it(waiting: Reader) -> None:
    _change(waiting, Changes(add_quiet_days=frozenset({(3, 11)})))
    assert [_may_leave(waiting, NOON + n * HOUR) for n in (0, 11, 12, 35)] == [True, True, False, False]
    with waiting.service.write() as session:
        letters.sweep(session, now=NOON + 12 * HOUR, wall=NOON + 12 * HOUR)
    assert waiting.waiting().not_before == NOON + 36 * HOUR
    assert [_may_leave(waiting, NOON + n * HOUR) for n in (35, 36)] == [False, True]


def test_hours_that_open_again_open_for_letters_that_wait(waiting: Reader) -> None:
    _change(waiting, Changes(never_hours=frozenset(range(14, 24))))
    assert waiting.waiting().open_until == NOON + 2 * HOUR
    _change(waiting, Changes(never_hours=frozenset()))
    assert waiting.waiting().open_until is None
    assert _may_leave(waiting, NOON + 3 * HOUR)


def test_a_letter_that_waits_keeps_its_slot_and_the_next_one_follows_it(waiting: Reader) -> None:
    _change(waiting, Changes(hour=20))
    assert waiting.letters()[0].slot == FIRST
    assert waiting.due() == "Tue 2026-03-17 20:00"


# Start and stop one


def test_stopping_one_programme_skips_what_waits_of_it_and_keeps_the_others(service: Service, waiting: Reader) -> None:
    load(service, programme("other"))
    with service.write() as session:
        preferences.start(session, waiting.token, "other", keys=service.keys, now=NOON)
        assert preferences.stop_one(session, waiting.token, waiting.enrolment, keys=service.keys, now=NOON, wall=NOON)
    assert [letter.state for letter in waiting.letters()] == [State.SKIPPED]
    row = waiting.row()
    assert (row.state, row.next_due_at, row.stopped_at, row.last_letter_id) == (EnrolmentState.STOPPED, None, NOON, None)
    assert waiting.facts() == ["started", "given back", "stopped"]
    with service.read() as session:
        assert session.get_one(Subscriber, waiting.id).state == SubscriberState.ACTIVE
        assert session.scalars(select(Enrolment.state).order_by(Enrolment.id)).all() == ["stopped", "running"]
    assert [waiting.plan(tuesday(n)) for n in (1, 2)] == [1, 0]


def test_stopping_one_twice_is_stopping_it_once(service: Service, mine: Reader) -> None:
    with service.write() as session:
        stops = [
            preferences.stop_one(session, mine.token, mine.enrolment, keys=service.keys, now=NOON, wall=NOON) for _ in range(2)
        ]
    assert stops == [True, False]
    assert mine.facts() == ["started", "stopped"]


def test_a_programme_that_was_stopped_starts_again_from_the_beginning(service: Service, mine: Reader) -> None:
    with service.write() as session:
        preferences.stop_one(session, mine.token, mine.enrolment, keys=service.keys, now=NOON, wall=NOON)
        answer = preferences.start(session, mine.token, "after-leaving", keys=service.keys, now=NOON)
    assert answer is not None
    assert f"{answer.next_at:%a %Y-%m-%d %H:%M}" == "Tue 2026-03-17 10:00"
    assert mine.plan(FIRST + WEEK) == 1
    with service.read() as session:
        rows = session.execute(select(Enrolment.run, Enrolment.state, Enrolment.turn).order_by(Enrolment.id)).all()
        names = session.scalars(select(Message.letter_id).where(Message.kind == Kind.LETTER).order_by(Message.id)).all()
    assert [tuple(row) for row in rows] == [(1, "stopped", 1), (2, "running", 1)]
    assert names[0] == names[1]


def test_another_programme_starts_on_the_weekday_of_the_newest(service: Service) -> None:
    load(service, programme("other"))
    mine = reader(service, wishes=Wishes(weekday=4, hour=10, zone="Europe/Berlin", discreet=True))
    with service.write() as session:
        answer = preferences.start(session, mine.token, "other", keys=service.keys, now=TUESDAY)
    assert answer is not None
    assert f"{answer.next_at:%a %H:%M}" == "Fri 10:00"


@pytest.mark.parametrize("slug", ["after-leaving", "nowhere", "retired"])
def test_what_runs_or_is_not_there_does_not_start(service: Service, mine: Reader, slug: str) -> None:
    load(service, programme("retired"))
    with service.write() as session:
        session.scalars(select(Sequence).where(Sequence.slug == "retired")).one().state = "retired"
        session.flush()
        assert preferences.start(session, mine.token, slug, keys=service.keys, now=NOON) is None
    with service.read() as session:
        assert len(session.scalars(select(Enrolment)).all()) == 1


def test_who_has_left_starts_nothing_with_an_old_link(service: Service, mine: Reader) -> None:
    load(service, programme("other"))
    with service.write() as session:
        session.get_one(Subscriber, mine.id).state = SubscriberState.LEFT
        session.flush()
        assert preferences.start(session, mine.token, "other", keys=service.keys, now=NOON + timedelta(days=1)) is None


def test_two_programmes_share_no_day_after_a_change_either(service: Service, mine: Reader) -> None:
    load(service, programme("other"))
    with service.write() as session:
        preferences.start(session, mine.token, "other", keys=service.keys, now=NOON)
    _change(mine, Changes(hour=20))
    evening = tuesday(1) + 10 * HOUR
    assert [mine.looked(evening + n * DAY) for n in (0, 1, 2)] == [True, True, False]
