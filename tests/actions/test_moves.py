"""Moves of a reader with real tokens, on both databases: granted with the next letter, given back if it never left."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from service.actions import enrolments, moves, preferences, subscribers
from service.actions.moves import Gone, NotPossible, Outlook
from service.actions.preferences import Changes
from service.bootstrap import Service
from service.domain.messages import State
from service.domain.moves import Move, What
from service.domain.sequences import LetterState, Role, Wish
from service.mail.tokens import Purpose
from service.store import enrolments as enrolment_rows
from service.store.tables import Letter
from tests.parts.grave import link
from tests.parts.pace import DAY, FIRST, HOUR, WEEK, Reader, reader, tuesday
from tests.parts.river import load, programme

STAY, ON, USUAL = Move(What.STAY), Move(What.ON), Move(What.USUAL)
PARTS = programme(letters=4, alternates=2, check_ins=1)


@pytest.fixture
def service(bare_service: Service) -> Service:
    """A service with a programme of two parts that has second voices."""
    load(bare_service, PARTS)
    return bare_service


@pytest.fixture
def mine(service: Service) -> Reader:
    """A reader who has had the first letter."""
    found = reader(service)
    found.get(FIRST)
    return found


def _wish(reader: Reader) -> tuple[str | None, int | None]:
    row = reader.row()
    return row.wish, row.wish_phase_id


# Granted


def test_a_wish_is_granted_once_when_the_next_letter_is_planned(mine: Reader) -> None:
    answer = mine.move(STAY, FIRST + HOUR)
    assert isinstance(answer, Outlook)
    assert (answer.what, answer.part, answer.same) == (Role.ALTERNATE, "it feels unreal", False)
    assert f"{answer.next_at:%a %Y-%m-%d %H:%M}" == "Tue 2026-03-17 10:00"
    assert _wish(mine) == (Wish.STAY, None)
    mine.get(FIRST + WEEK)
    assert _wish(mine) == (None, None)
    mine.get(FIRST + 2 * WEEK)
    assert mine.came() == ["after-leaving-1", "first-other-1", "after-leaving-2"]


def test_looking_changes_nothing(service: Service, mine: Reader) -> None:
    """The session of a look is one that the database keeps from writing."""
    for move in (STAY, ON, USUAL, Move(What.AGAIN, days=2), Move(What.PART, phase_id=mine.phases()["second"])):
        with service.read() as session:
            looked = moves.look(session, mine.token, mine.enrolment, move, keys=service.keys, now=FIRST + HOUR)
        before = mine.facts()
        assert mine.move(move, FIRST + HOUR) == looked
        assert mine.facts()[:-1] == before
        assert isinstance(looked, Outlook)


def test_again_says_that_it_is_the_same_letter_and_when(mine: Reader) -> None:
    answer = mine.move(Move(What.AGAIN, days=2), FIRST + HOUR)
    assert isinstance(answer, Outlook)
    assert answer.same
    assert f"{answer.next_at:%a %Y-%m-%d %H:%M}" == mine.due() == "Thu 2026-03-12 10:00"
    mine.get(FIRST + 2 * DAY)
    assert mine.came() == ["after-leaving-1", "after-leaving-1"]


def test_history_keeps_facts_about_moves(mine: Reader) -> None:
    second = mine.phases()["second"]
    for move in (STAY, ON, Move(What.PART, phase_id=second), Move(What.AGAIN, days=1), USUAL):
        mine.move(move, FIRST + HOUR)
    assert mine.facts() == ["started", "stayed", "went on", "chose a part", "put off", "as usual"]


def test_a_check_in_is_about_the_part_that_its_reader_is_in(mine: Reader) -> None:
    for week in (1, 2, 3):
        answer = mine.move(STAY, tuesday(week) - DAY)
        mine.get(tuesday(week))
    assert isinstance(answer, Outlook)
    assert (answer.what, answer.part) == (Role.CHECK_IN, "it feels unreal")
    assert mine.came()[1:] == ["first-other-1", "first-other-2", "quiet-1"]


# Given back


def test_a_letter_that_never_left_gives_its_wish_back(mine: Reader) -> None:
    mine.move(STAY, FIRST + HOUR)
    mine.plan(FIRST + WEEK)
    mine.skip(FIRST + WEEK + 3 * DAY)
    assert _wish(mine) == (Wish.STAY, None)
    mine.get(FIRST + 2 * WEEK)
    assert mine.came(State.SKIPPED) == ["first-other-1"]
    assert mine.came(State.SENT) == ["after-leaving-1", "first-other-1"]


def test_a_part_is_given_back_with_its_wish(mine: Reader) -> None:
    mine.move(ON, FIRST + HOUR)
    mine.plan(FIRST + WEEK)
    mine.skip(FIRST + WEEK + 3 * DAY)
    assert _wish(mine) == (Wish.PART, mine.phases()["second"])
    mine.get(FIRST + 2 * WEEK)
    assert mine.came(State.SENT) == ["after-leaving-1", "after-leaving-3"]


def test_again_is_given_back_as_the_same_letter(mine: Reader) -> None:
    mine.move(Move(What.AGAIN, days=2), FIRST + HOUR)
    mine.plan(FIRST + 2 * DAY)
    mine.skip(FIRST + 5 * DAY)
    assert _wish(mine) == (Wish.AGAIN, None)
    mine.get(FIRST + 2 * WEEK)
    assert mine.came(State.SENT) == ["after-leaving-1", "after-leaving-1"]


def test_a_wish_that_was_made_meanwhile_stays_whole(mine: Reader) -> None:
    """A part belongs to the wish that named it, and to no other."""
    mine.move(ON, FIRST + HOUR)
    mine.plan(FIRST + WEEK)
    mine.move(STAY, FIRST + WEEK + HOUR)
    mine.skip(FIRST + WEEK + 3 * DAY)
    assert _wish(mine) == (Wish.STAY, None)
    mine.get(FIRST + 2 * WEEK)
    assert mine.came(State.SENT) == ["after-leaving-1", "first-other-1"]


def test_a_stop_that_is_taken_back_gives_the_wish_back_too(service: Service, mine: Reader) -> None:
    mine.move(ON, FIRST + HOUR)
    mine.plan(FIRST + WEEK)
    _stop_and_undo(service, mine)
    assert _wish(mine) == (Wish.PART, mine.phases()["second"])


def test_a_stop_that_is_taken_back_leaves_the_newer_wish(service: Service, mine: Reader) -> None:
    mine.move(ON, FIRST + HOUR)
    mine.plan(FIRST + WEEK)
    mine.move(STAY, FIRST + WEEK)
    _stop_and_undo(service, mine)
    assert _wish(mine) == (Wish.STAY, None)


def _stop_and_undo(service: Service, mine: Reader) -> None:
    token, now = link(service, mine.id, Purpose.UNSUBSCRIBE), FIRST + WEEK
    with service.write() as session:
        subscribers.stop(session, token, keys=service.keys, now=now, wall=now)
    with service.write() as session:
        assert subscribers.undo(session, token, keys=service.keys, now=now, wall=now).done


# Two at once


def test_a_clock_that_looked_before_the_wish_plans_nothing_and_the_next_look_grants_it(service: Service, mine: Reader) -> None:
    due = FIRST + WEEK
    with service.read() as session:
        seen = enrolment_rows.due(session, now=due, limit=10)
    mine.move(STAY, due)
    with service.write() as session:
        assert not enrolments._plan_one(session, seen[0], now=due, wall=due, speed=1)
    assert mine.came() == ["after-leaving-1"]
    mine.get(due)
    assert mine.came() == ["after-leaving-1", "first-other-1"]


def test_a_clock_that_looked_at_another_part_plans_nothing(service: Service, mine: Reader) -> None:
    due, (first, second) = FIRST + WEEK, mine.phases().values()
    mine.move(Move(What.PART, phase_id=first), FIRST + HOUR)
    with service.read() as session:
        seen = enrolment_rows.due(session, now=due, limit=10)
    mine.move(Move(What.PART, phase_id=second), due)
    with service.write() as session:
        assert not enrolments._plan_one(session, seen[0], now=due, wall=due, speed=1)
    mine.get(due)
    assert mine.came() == ["after-leaving-1", "after-leaving-3"]


# Refused


@pytest.mark.parametrize("purpose", [Purpose.UNSUBSCRIBE, Purpose.ERASE, Purpose.READ])
def test_a_token_for_something_else_moves_nobody(service: Service, mine: Reader, purpose: Purpose) -> None:
    token = link(service, mine.id, purpose)
    _refused(service, token, mine)


def test_a_stranger_moves_nobody(service: Service, mine: Reader) -> None:
    _refused(service, "x" * 43, mine)


def test_a_reader_moves_nothing_of_another_reader(service: Service, mine: Reader) -> None:
    other = reader(service, "other@example.net")
    _refused(service, other.token, mine)


def test_what_is_stopped_cannot_be_moved(service: Service, mine: Reader) -> None:
    with service.write() as session:
        assert preferences.stop_one(session, mine.token, mine.enrolment, keys=service.keys, now=FIRST, wall=FIRST)
    _refused(service, mine.token, mine)


def _refused(service: Service, token: str, theirs: Reader) -> None:
    """Nothing that a token could do to an enrolment is done."""
    before, facts, now, id_ = theirs.row(), theirs.facts(), FIRST + HOUR, theirs.enrolment
    with service.write() as session:
        assert moves.look(session, token, id_, STAY, keys=service.keys, now=now) == Gone()
        assert moves.make(session, token, id_, STAY, keys=service.keys, now=now) == Gone()
        assert preferences.change_pace(session, token, id_, weekday=4, pace_days=7, keys=service.keys, now=now) is None
        assert not preferences.stop_one(session, token, id_, keys=service.keys, now=now, wall=now)
    after = theirs.row()
    assert theirs.facts() == facts
    for name in ("state", "wish", "wish_phase_id", "next_due_at", "weekday", "pace_days", "stopped_at"):
        assert getattr(after, name) == getattr(before, name), name


@pytest.mark.parametrize("token", ["x" * 43, "unsubscribe"], ids=["a stranger", "a token for something else"])
def test_only_the_own_page_pauses_and_changes(service: Service, mine: Reader, token: str) -> None:
    token = link(service, mine.id, Purpose.UNSUBSCRIBE) if token == "unsubscribe" else token
    now = FIRST + HOUR
    with service.write() as session:
        assert moves.pause(session, token, 2, keys=service.keys, now=now, wall=now) == Gone()
        assert moves.resume(session, token, keys=service.keys, now=now) == Gone()
        assert moves.look_at_pause(session, token, 2, keys=service.keys, now=now) == Gone()
        assert not preferences.change(session, token, Changes(hour=20), keys=service.keys, now=now, wall=now)
        assert preferences.start(session, token, "after-leaving", keys=service.keys, now=now) is None
    assert mine.due() == "Tue 2026-03-17 10:00"
    assert mine.facts() == ["started"]


def test_a_move_that_leads_nowhere_is_said_to_and_changes_nothing(service: Service, mine: Reader) -> None:
    mine.move(Move(What.PART, phase_id=mine.phases()["second"]), FIRST + HOUR)
    mine.get(FIRST + WEEK)
    for move in (ON, Move(What.PART, phase_id=9999)):
        assert mine.move(move, FIRST + WEEK + HOUR) == NotPossible(move)
    assert _wish(mine) == (None, None)
    assert mine.facts() == ["started", "chose a part"]
    assert reader(service, "new@example.net").move(STAY, FIRST) == NotPossible(STAY)


def test_a_part_of_another_programme_is_no_part_of_this_one(service: Service, mine: Reader) -> None:
    load(service, programme("other"))
    elsewhere = reader(service, "other@example.net", slug="other")
    move = Move(What.PART, phase_id=elsewhere.phases()["second"])
    assert mine.move(move, FIRST + HOUR) == NotPossible(move)
    assert isinstance(elsewhere.move(move, FIRST + HOUR), Outlook)


# Letters that come and go


def test_a_letter_retired_after_it_was_wished_for_again_does_not_come(service: Service, mine: Reader) -> None:
    mine.move(Move(What.AGAIN, days=2), FIRST + HOUR)
    with service.write() as session:
        session.execute(update(Letter).where(Letter.name == "after-leaving-1").values(state=LetterState.RETIRED))
    mine.get(FIRST + 2 * DAY)
    assert mine.came() == ["after-leaving-1", "after-leaving-2"]


def test_a_wish_made_while_a_letter_waits_is_for_the_one_after_it(mine: Reader) -> None:
    mine.plan(FIRST + WEEK)
    mine.move(STAY, FIRST + WEEK + timedelta(minutes=1))
    mine.sent()
    mine.get(FIRST + 2 * WEEK)
    assert mine.came() == ["after-leaving-1", "after-leaving-2", "first-other-1"]
