"""Planning: the one place where the calendar becomes ledger rows, on both databases."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.actions import enrolments
from service.bootstrap import Service
from service.domain.messages import Kind, State
from service.domain.schedule import local
from service.domain.sequences import EnrolmentState, LetterState
from service.domain.subscribers import State as SubscriberState
from service.domain.subscribers import Wishes
from service.store import enrolments as enrolment_rows
from service.store.subscribers import mask
from service.store.tables import Enrolment, History, Letter, Message, Sequence, Subscriber, Version
from tests.parts.river import TUESDAY, confirmed, load, programme

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
FIRST = TUESDAY + WEEK - timedelta(hours=1)  # Tuesday 10 March 10:00 in Berlin


def _plan(service: Service, now: datetime, speed: float = 1.0) -> int:
    with service.write() as session:
        return enrolments.plan(session, now=now, wall=now, speed=speed)


def _sent(service: Service) -> None:
    with service.write() as session:
        session.execute(update(Message).where(Message.state == State.DUE).values(state=State.SENT))


def _letters(session: Session) -> list[tuple[str, int | None, datetime | None]]:
    rows = session.execute(
        select(Letter.name, Message.turn, Message.slot)
        .join(Letter, Letter.id == Message.letter_id)
        .where(Message.kind == Kind.LETTER)
        .order_by(Message.id)
    )
    return [(name, turn, slot) for name, turn, slot in rows]


def _enrolment(session: Session) -> Enrolment:
    return session.scalars(select(Enrolment)).one()


def test_nothing_is_planned_before_its_slot(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    assert _plan(service, FIRST - timedelta(seconds=1)) == 0
    assert _plan(service, FIRST) == 1


def test_letters_come_in_order_a_week_apart_at_the_wished_hour_through_the_clock_change(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    for week in range(5):
        _plan(service, FIRST + week * WEEK)
        _sent(service)
    with service.read() as session:
        planned = _letters(session)
        slots = [local(slot, "Europe/Berlin") for _, _, slot in planned if slot]
        enrolment = _enrolment(session)
    assert [(name, turn) for name, turn, _ in planned] == [(f"after-leaving-{n}", n) for n in (1, 2, 3)]
    assert {f"{slot:%A %H:%M}" for slot in slots} == {"Tuesday 10:00"}
    assert [slot.utcoffset() for slot in slots] == [timedelta(hours=1)] * 3
    assert (enrolment.state, enrolment.next_due_at) == (EnrolmentState.FINISHED, None)


def test_planning_twice_is_harmless(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    assert [_plan(service, FIRST) for _ in range(3)] == [1, 0, 0]


def test_a_clock_that_saw_an_older_turn_plans_nothing(service: Service) -> None:
    """Two clocks look at the same moment; the second one acts on what is not true any more."""
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    with service.read() as session:
        seen = enrolment_rows.due(session, now=FIRST, limit=10)
    assert _plan(service, FIRST) == 1
    with service.write() as session:
        assert not enrolments._plan_one(session, seen[0], now=FIRST, wall=FIRST, speed=1)
    with service.read() as session:
        assert len(_letters(session)) == 1
        assert _enrolment(session).turn == 1


def test_the_turn_fences_even_when_the_date_is_the_same_again(service: Service) -> None:
    """Moves of the reader may bring a date back; the turn never comes back."""
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    with service.read() as session:
        seen = enrolment_rows.due(session, now=FIRST, limit=10)[0]
    _plan(service, FIRST)
    _sent(service)
    with service.write() as session:
        session.execute(update(Enrolment).values(next_due_at=seen.next_due_at))
        assert not enrolment_rows.change(session, seen, turn=seen.turn + 1)
    with service.read() as session:
        assert _enrolment(session).turn == 1


def test_a_letter_on_its_way_is_waited_for(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    _plan(service, FIRST)
    assert _plan(service, FIRST + WEEK) == 0
    _sent(service)
    assert _plan(service, FIRST + WEEK) == 1


def test_after_an_outage_of_five_weeks_one_letter_comes_at_the_next_slot(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    back = FIRST + 5 * WEEK + DAY
    assert _plan(service, back) == 0
    with service.read() as session:
        due = _enrolment(session).next_due_at
    assert due is not None
    assert f"{local(due, 'Europe/Berlin'):%Y-%m-%d %H:%M}" == "2026-04-21 10:00"
    assert _plan(service, due) == 1
    _sent(service)
    assert _plan(service, due + DAY) == 0


def test_a_quarter_of_an_hour_late_is_still_in_time(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    assert _plan(service, FIRST + timedelta(minutes=15)) == 1
    with service.read() as session:
        assert _enrolment(session).last_planned_at == FIRST


def test_a_fast_calendar_gets_more_grace(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    assert _plan(service, FIRST + DAY, speed=60480) == 1


def test_a_letter_must_leave_before_the_next_one(service: Service) -> None:
    load(service, programme("daily", pace_days=1))
    confirmed(service, now=TUESDAY, wall=TUESDAY, slug="daily")
    due = TUESDAY + DAY - timedelta(hours=1)
    assert _plan(service, due) == 1
    with service.read() as session:
        letter = session.scalars(select(Message).where(Message.kind == Kind.LETTER)).one()
    assert letter.not_after - letter.not_before == DAY


def test_a_weekly_letter_waits_three_days_at_most(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    _plan(service, FIRST)
    with service.read() as session:
        letter = session.scalars(select(Message).where(Message.kind == Kind.LETTER)).one()
    assert letter.not_after - letter.not_before == timedelta(hours=72)


def test_hours_in_which_mail_must_never_come_bound_the_letter(service: Service) -> None:
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY)
    with service.write() as session:
        session.get_one(Subscriber, reader).never_hours = mask(range(18, 24))
    _plan(service, FIRST)
    with service.read() as session:
        letter = session.scalars(select(Message).where(Message.kind == Kind.LETTER)).one()
    assert letter.open_until == FIRST + timedelta(hours=8)


def test_the_version_is_frozen_at_planning(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    _plan(service, FIRST)
    with service.write() as session:
        letter = session.scalars(select(Letter).order_by(Letter.position)).first()
        assert letter is not None
        session.add(Version(letter_id=letter.id, number=2, origin="desk", created_at=TUESDAY))
    with service.read() as session:
        planned = session.scalars(select(Message.version_id).where(Message.kind == Kind.LETTER)).one()
        assert session.get_one(Version, planned or 0).number == 1


def test_two_programmes_share_no_day(service: Service) -> None:
    """At most one reflection per person and local day: the second one comes on the next."""
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY)
    load(service, programme("other"))
    with service.write() as session:
        other = session.scalars(select(Sequence.id).where(Sequence.slug == "other")).one()
        session.add(
            Enrolment(
                subscriber_id=reader,
                sequence_id=other,
                run=1,
                state=EnrolmentState.RUNNING,
                weekday=1,
                pace_days=7,
                anchor=TUESDAY.date(),
                turn=0,
                next_due_at=FIRST,
                created_at=TUESDAY,
            )
        )
    assert _plan(service, FIRST) == 1
    assert _plan(service, FIRST) == 0
    with service.read() as session:
        waiting = session.scalars(select(Enrolment).where(Enrolment.sequence_id == other)).one()
    assert waiting.turn == 0
    assert waiting.next_due_at == FIRST + DAY
    assert _plan(service, FIRST + DAY) == 1


def test_inserted_retired_and_appended_letters_just_work(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    _plan(service, FIRST)
    _sent(service)
    with service.write() as session:
        letters = session.scalars(select(Letter).order_by(Letter.position)).all()
        letters[1].state = LetterState.RETIRED
        letters[2].position = 9
    plan = programme(letters=4)
    load(service, plan)
    with service.write() as session:
        second = session.scalars(select(Letter).where(Letter.name == "after-leaving-2")).one()
        second.state = LetterState.RETIRED
    for week in (1, 2, 3):
        _plan(service, FIRST + week * WEEK)
        _sent(service)
    with service.read() as session:
        assert [name for name, _, _ in _letters(session)] == [f"after-leaving-{n}" for n in (1, 3, 4)]


def test_paused_held_retired_and_left_are_not_planned(service: Service) -> None:
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY)
    for change, back in (
        (update(Subscriber).values(paused_until=FIRST + DAY), update(Subscriber).values(paused_until=None)),
        (update(Sequence).values(held=True), update(Sequence).values(held=False)),
        (update(Sequence).values(state="retired"), update(Sequence).values(state="live")),
        (update(Subscriber).values(state=SubscriberState.LEFT), update(Subscriber).values(state=SubscriberState.ACTIVE)),
    ):
        with service.write() as session:
            session.execute(change)
        assert _plan(service, FIRST) == 0
        with service.write() as session:
            session.execute(back)
    assert _plan(service, FIRST) == 1
    assert reader > 0


def test_after_a_pause_one_letter_comes_at_the_next_wished_slot(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    with service.write() as session:
        session.execute(update(Subscriber).values(paused_until=FIRST + 2 * WEEK + DAY))
    back = FIRST + 2 * WEEK + DAY
    assert _plan(service, back) == 0
    assert _plan(service, FIRST + 3 * WEEK - timedelta(hours=1)) == 1  # summer time has begun


def test_history_keeps_facts(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    for week in range(4):
        _plan(service, FIRST + week * WEEK)
        _sent(service)
    with service.read() as session:
        assert [row.what for row in session.scalars(select(History).order_by(History.id))] == ["started", "finished"]


def test_another_zone_gets_its_own_slot(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY, wishes=Wishes(weekday=6, hour=9, zone="America/New_York", discreet=True))
    for now in ("2026-03-08T13:00:00+00:00", "2026-03-15T13:00:00+00:00"):
        assert _plan(service, datetime.fromisoformat(now)) == 1
        _sent(service)
