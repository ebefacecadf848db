"""A pause, on both databases: nothing comes inside it, one letter comes after it, and nothing is made up for."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from service.actions import moves, preferences
from service.actions.moves import Paused
from service.bootstrap import Service
from service.domain.messages import Reason, State
from service.domain.schedule import UNTIL_I_SAY
from service.store import enrolments as enrolment_rows
from service.store import messages
from service.store.tables import Enrolment, Message, Subscriber
from tests.parts.pace import DAY, FIRST, HOUR, WEEK, Reader, reader, tuesday
from tests.parts.river import TUESDAY, load, programme

MINUTE = timedelta(minutes=1)


@pytest.fixture
def service(bare_service: Service) -> Service:
    """A service with a programme of five letters."""
    load(bare_service, programme(letters=5))
    return bare_service


def _words(answer: Paused) -> tuple[str, str]:
    until, following = answer.until, answer.next_at
    return (f"{until:%a %Y-%m-%d %H:%M}" if until else "-", f"{following:%a %d.%m. %H:%M}" if following else "-")


def _resume(mine: Reader, now: datetime) -> Paused:
    with mine.service.write() as session:
        answer = moves.resume(session, mine.token, keys=mine.service.keys, now=now)
    assert isinstance(answer, Paused)
    return answer


@pytest.mark.parametrize(
    ("weeks", "until", "following"),
    [
        (1, "Wed 2026-03-18 00:00", "Tue 24.03. 10:00"),
        (2, "Wed 2026-03-25 00:00", "Tue 31.03. 10:00"),
        (4, "Wed 2026-04-08 00:00", "Tue 14.04. 10:00"),
        (None, "-", "-"),
    ],
)
def test_a_pause_says_until_when_and_what_comes_then(service: Service, weeks: int | None, until: str, following: str) -> None:
    mine = reader(service)
    mine.get(FIRST)
    with service.read() as session:
        looked = moves.look_at_pause(session, mine.token, weeks, keys=service.keys, now=FIRST + DAY)
    answer = mine.pause(weeks, FIRST + DAY)
    assert looked == answer
    assert _words(answer) == (until, following)
    assert mine.facts() == ["started", "paused"]


def test_nothing_comes_inside_a_pause_and_one_letter_after_it_says_so(service: Service) -> None:
    mine = reader(service)
    mine.get(FIRST)
    mine.pause(2, FIRST + DAY)
    looks = [day + n * DAY + hours * HOUR for day in map(tuesday, range(5)) for n in range(7) for hours in (0, 6, 14)]
    planned = [now for now in looks if now > FIRST + DAY and mine.looked(now)]
    assert planned == [tuesday(3), tuesday(4)]
    assert [(letter.name, letter.slot, letter.after_pause) for letter in mine.letters()] == [
        ("after-leaving-1", FIRST, False),
        ("after-leaving-2", tuesday(3), True),
        ("after-leaving-3", tuesday(4), False),
    ]


def test_a_daily_reader_gets_one_letter_after_a_pause_too(service: Service) -> None:
    load(service, programme("daily", letters=6, pace_days=1))
    mine = reader(service, slug="daily")
    first = FIRST - 6 * DAY
    mine.get(first)
    mine.pause(1, first + HOUR)
    planned = [n for n in range(1, 11) if mine.looked(first + n * DAY)]
    assert planned == [7, 8, 9, 10]
    assert [letter.after_pause for letter in mine.letters()] == [False, True, False, False, False]


def test_what_waits_is_skipped_and_comes_after_the_pause(service: Service) -> None:
    mine = reader(service)
    mine.plan(FIRST)
    mine.pause(2, FIRST + HOUR)
    with service.read() as session:
        message = session.scalars(select(Message).where(Message.enrolment_id == mine.enrolment)).one()
        assert (message.state, message.reason) == (State.SKIPPED, Reason.PAUSED)
    assert mine.row().last_letter_id is None
    assert mine.facts() == ["started", "paused", "given back"]
    assert [mine.looked(tuesday(n)) for n in (1, 2)] == [False, True]
    assert [(letter.name, letter.state, letter.after_pause) for letter in mine.letters()] == [
        ("after-leaving-1", State.SKIPPED, False),
        ("after-leaving-1", State.SENT, True),
    ]


def test_the_last_letter_that_waits_is_still_to_come_and_the_answer_says_when(service: Service) -> None:
    """What was given back counts at once, for the answer to this very press."""
    mine = reader(service)
    for week in range(4):
        mine.get(tuesday(week))
    mine.plan(tuesday(4))
    assert _words(mine.pause(2, tuesday(4) + HOUR)) == ("Tue 2026-04-21 00:00", "Tue 21.04. 10:00")
    assert mine.looked(tuesday(6))
    assert mine.came(State.SENT)[-1] == "after-leaving-5"


def test_what_is_on_the_wire_or_sent_is_left_alone(service: Service) -> None:
    mine = reader(service)
    mine.plan(FIRST)
    with service.write() as session:
        assert messages.take(session, token="t", lease_until=FIRST + HOUR, now=FIRST, wall=FIRST) is not None
        session.execute(update(Message).where(Message.state == State.DUE).values(state=State.SENDING, token="t"))
    mine.pause(1, FIRST + MINUTE)
    assert [letter.state for letter in mine.letters()] == [State.SENDING]
    assert mine.row().last_letter_id is not None


def test_a_pause_ends_when_the_reader_says_and_one_letter_comes(service: Service) -> None:
    mine = reader(service)
    mine.get(FIRST)
    mine.pause(None, FIRST + DAY)
    assert [mine.plan(tuesday(n)) for n in range(1, 30)] == [0] * 29
    assert _words(_resume(mine, tuesday(30) + DAY)) == ("-", "Tue 13.10. 10:00")
    assert mine.facts() == ["started", "paused", "resumed"]
    assert [mine.plan(now) for now in (tuesday(30) + DAY, tuesday(31))] == [0, 1]
    assert [letter.after_pause for letter in mine.letters()] == [False, True]


def test_a_pause_that_ends_before_the_next_letter_costs_nothing(service: Service) -> None:
    mine = reader(service)
    mine.get(FIRST)
    mine.pause(4, FIRST + DAY)
    assert _words(_resume(mine, FIRST + 2 * DAY)) == ("-", "Tue 17.03. 10:00")
    assert mine.plan(tuesday(1)) == 1


def test_ending_a_pause_that_is_over_changes_nothing(service: Service) -> None:
    mine = reader(service)
    _resume(mine, FIRST)
    mine.pause(1, FIRST + HOUR)
    _resume(mine, tuesday(2))
    assert mine.facts() == ["started", "paused"]
    with service.read() as session:
        assert session.get_one(Subscriber, mine.id).paused_until != tuesday(2)


def test_a_new_pause_takes_the_place_of_the_old_one(service: Service) -> None:
    mine = reader(service)
    mine.get(FIRST)
    mine.pause(None, FIRST + HOUR)
    assert _words(mine.pause(1, FIRST + DAY)) == ("Wed 2026-03-18 00:00", "Tue 24.03. 10:00")


def test_the_page_says_what_a_pause_means(service: Service) -> None:
    mine = reader(service)
    mine.get(FIRST)
    mine.pause(2, FIRST + DAY)
    with service.read() as session:
        page = preferences.view(session, mine.token, keys=service.keys, now=FIRST + 2 * DAY)
    assert page is not None
    assert page.paused
    assert (page.paused_until, page.next_at) == (mine.pause(2, FIRST + DAY).until, tuesday(3))
    mine.pause(None, FIRST + DAY)
    with service.read() as session:
        page = preferences.view(session, mine.token, keys=service.keys, now=FIRST + 2 * DAY)
    assert page is not None
    assert (page.paused, page.paused_until, page.next_at) == (True, None, None)


def test_a_pause_holds_for_every_programme_and_each_says_that_it_is_over(service: Service) -> None:
    load(service, programme("other", letters=5))
    mine = reader(service)
    with service.write() as session:
        preferences.start(session, mine.token, "other", keys=service.keys, now=TUESDAY)
    mine.get(FIRST)
    mine.get(FIRST + DAY)
    mine.pause(2, FIRST + 2 * DAY)
    days = [day + n * DAY for day in map(tuesday, range(4)) for n in range(7)]
    planned = [now for now in days[3:] if mine.looked(now)]
    assert planned == [tuesday(3), tuesday(3) + DAY]
    with service.read() as session:
        marked = session.scalars(
            select(Message.after_pause).where(Message.enrolment_id.is_not(None)).order_by(Message.id)
        ).all()
    assert marked == [False, False, True, True]


def test_a_programme_that_began_after_a_pause_says_nothing_of_it(service: Service) -> None:
    load(service, programme("other"))
    mine = reader(service)
    mine.pause(1, TUESDAY + HOUR)
    began = FIRST + 5 * DAY
    with service.write() as session:
        preferences.start(session, mine.token, "other", keys=service.keys, now=began)
        second = session.scalars(select(Enrolment.id).order_by(Enrolment.id.desc()).limit(1)).one()
    with service.read() as session:
        seen = {each.id: each.is_after_pause for each in enrolment_rows.due(session, now=began + WEEK, limit=10)}
    assert seen == {mine.enrolment: True, second: False}


def test_until_i_say_is_far_away_and_no_date_for_anybody(service: Service) -> None:
    mine = reader(service)
    mine.pause(None, FIRST)
    with service.read() as session:
        assert session.get_one(Subscriber, mine.id).paused_until == UNTIL_I_SAY
        assert enrolment_rows.next_due_at(session) is None
