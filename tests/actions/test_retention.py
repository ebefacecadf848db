"""What is forgotten by itself, on both databases: each thing on its day and not one earlier (L-6)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from service.actions import enrolments, erasure, messages, preferences, retention, subscribers
from service.actions.messages import Retry
from service.actions.preferences import Changes
from service.bootstrap import Service
from service.domain import retention as rules
from service.domain.messages import Accepted, Kind, Outcome, Refused, State, Unheard
from service.mail.tokens import Purpose
from service.store import enrolments as enrolment_rows
from service.store import messages as message_rows
from service.store import subscribers as subscriber_rows
from service.store.tables import Attempt, Consent, Enrolment, Erasure, FreshLink, Message, Subscriber, Tally
from tests.parts.grave import NEW, ask_address, ask_export, link
from tests.parts.river import TUESDAY, Parts, confirmed, load, programme
from worker.clock import Clock

READER = "reader@example.net"
FIRST = TUESDAY + timedelta(days=7, hours=-1)
WEEK = timedelta(days=7)
LAST = FIRST + 2 * WEEK
BACKUPS = timedelta(days=30)
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def reader(service: Service) -> int:
    return confirmed(service, READER, now=TUESDAY, wall=TUESDAY)


def _keep_house(service: Service, at: datetime) -> int:
    with service.write() as session:
        return retention.keep_house(session, keys=service.keys, now=at, wall=at, backups=BACKUPS)


def _anything(service: Service, at: datetime) -> bool:
    with service.read() as session:
        return retention.anything(session, now=at, wall=at)


def _acts_on_the_day(service: Service, day: datetime, has_acted: Callable[[], bool]) -> None:
    """Nothing happens a second before, and nothing is left to do after."""
    assert not _anything(service, day - A_SECOND)
    _keep_house(service, day - A_SECOND)
    assert not has_acted()
    assert _anything(service, day)
    _keep_house(service, day)
    assert has_acted()
    assert not _anything(service, day)


def _is_here(service: Service, reader: int) -> bool:
    with service.read() as session:
        return session.get(Subscriber, reader) is not None


def _plan(service: Service, at: datetime) -> None:
    with service.write() as session:
        enrolments.plan(session, now=at, wall=at, speed=1)


def _send(service: Service, at: datetime, outcome: Outcome | None = None) -> None:
    """Send everything that may leave at this moment."""
    while True:
        with service.write() as session:
            lease = timedelta(minutes=15)
            taken = messages.take(session, token=f"{at:%d%H}", lease=lease, now=at, wall=at, speed=1)
            if taken is None:
                return
            messages.settle(session, taken, outcome or Accepted(250, "ok"), retry=Retry(lease, 0.0), wall=at)


def _read_everything(service: Service) -> None:
    """Three letters, and the end of the programme a week later."""
    for number in range(3):
        _plan(service, FIRST + number * WEEK)
        _send(service, FIRST + number * WEEK)
    _plan(service, LAST + WEEK)
    with service.write() as session:
        messages.sweep(session, now=LAST + WEEK, wall=LAST + WEEK)  # the confirm letter, which nobody sent
        # Networks and deliveries have days of their own.
        session.execute(update(Consent).values(ip="", confirm_ip=None))


def test_whoever_has_read_everything_is_forgotten_30_days_after_the_last_letter(service: Service, reader: int) -> None:
    _read_everything(service)
    with service.read() as session:
        assert session.scalars(select(Enrolment.state)).all() == ["finished"]
        planned = session.scalars(select(Enrolment.last_planned_at)).one()
    assert planned == LAST
    _acts_on_the_day(service, LAST + rules.FINISHED, lambda: not _is_here(service, reader))
    with service.read() as session:
        assert session.scalars(select(Erasure.at)).all() == [LAST + rules.FINISHED]
        assert message_rows.count_by_state(session)[State.SENT] == 3


def test_the_calendar_decides_about_the_last_letter_and_not_the_wall(service: Service, reader: int) -> None:
    _read_everything(service)
    with service.write() as session:
        soon = LAST + timedelta(hours=1)
        assert retention.keep_house(session, keys=service.keys, now=soon + rules.FINISHED, wall=soon, backups=BACKUPS) == 1


def test_whoever_wants_to_hear_of_something_new_is_kept(service: Service, reader: int) -> None:
    _read_everything(service)
    with service.write() as session:
        token = link(service, reader, Purpose.PREFERENCES)
        preferences.change(session, token, Changes(tell_me=True), keys=service.keys, now=LAST, wall=LAST)
    _keep_house(service, LAST + timedelta(days=900))
    assert _is_here(service, reader)


def test_whoever_reads_something_else_is_kept_until_that_is_over(service: Service, reader: int) -> None:
    load(service, programme("check-in", letters=2))
    _read_everything(service)
    with service.write() as session:
        token, late = link(service, reader, Purpose.PREFERENCES), LAST + timedelta(days=29)
        assert preferences.start(session, token, "check-in", keys=service.keys, now=late) is not None
    _keep_house(service, LAST + timedelta(days=40))
    assert _is_here(service, reader)
    with service.write() as session:
        running = select(Enrolment).where(Enrolment.state == "running")
        last = session.scalars(running).one()
        last.state, last.next_due_at, last.last_planned_at = "finished", None, LAST + timedelta(days=50)
    _keep_house(service, LAST + timedelta(days=80) - A_SECOND)
    assert _is_here(service, reader)
    _keep_house(service, LAST + timedelta(days=80))
    assert not _is_here(service, reader)


def test_whoever_still_reads_is_kept_however_old_the_last_letter(service: Service, reader: int) -> None:
    _plan(service, FIRST)
    _send(service, FIRST)
    _keep_house(service, FIRST + timedelta(days=900))
    assert _is_here(service, reader)


def test_whoever_waits_for_a_letter_is_kept_until_it_is_gone(service: Service, reader: int) -> None:
    _read_everything(service)
    day = LAST + timedelta(days=31)
    ask_export(service, reader, wall=day)
    assert _keep_house(service, day) == 0
    _send(service, day)
    assert _keep_house(service, day) == 1


def test_whoever_has_left_is_not_forgotten_by_this_rule(service: Service, reader: int) -> None:
    """Their consent, and that they took it back, is proof until they erase it."""
    with service.write() as session:
        subscribers.stop(session, link(service, reader, Purpose.UNSUBSCRIBE), keys=service.keys, now=TUESDAY, wall=TUESDAY)
    assert _keep_house(service, TUESDAY + timedelta(days=900)) == 0
    assert _is_here(service, reader)


def test_no_more_people_are_forgotten_at_once_than_asked_for(service: Service) -> None:
    for number in range(3):
        confirmed(service, f"reader{number}@example.net", now=TUESDAY, wall=TUESDAY)
    _read_everything(service)
    day = LAST + rules.FINISHED

    def some() -> int:
        with service.write() as session:
            return retention.keep_house(session, keys=service.keys, now=day, wall=day, backups=BACKUPS, limit=2)

    assert [some(), some(), some()] == [2, 1, 0]


def _networks(service: Service) -> list[tuple[str, str | None]]:
    with service.read() as session:
        return [(row.ip, row.confirm_ip) for row in session.scalars(select(Consent))]


def test_a_network_is_forgotten_90_days_after_confirming(service: Service, reader: int) -> None:
    with service.write() as session:
        session.execute(update(Consent).values(confirm_ip="198.51.100.0/24"))
    _acts_on_the_day(service, TUESDAY + rules.NETWORK_AFTER_CONFIRMING, lambda: _networks(service) == [("", None)])


def test_a_network_is_forgotten_30_days_after_leaving(service: Service, reader: int) -> None:
    left = TUESDAY + timedelta(days=5)
    with service.write() as session:
        subscribers.stop(session, link(service, reader, Purpose.UNSUBSCRIBE), keys=service.keys, now=left, wall=left)
    assert _networks(service) == [("192.0.2.0/24", "")]
    _acts_on_the_day(service, left + rules.NETWORK_AFTER_LEAVING, lambda: _networks(service) == [("", None)])


def _states(service: Service) -> list[str]:
    with service.read() as session:
        return [str(state) for state in session.scalars(select(Message.state).order_by(Message.id))]


def test_a_delivery_becomes_a_count_after_90_days_where_no_running_programme_needs_it(service: Service, reader: int) -> None:
    with service.write() as session:
        session.execute(update(Consent).values(ip="", confirm_ip=None))
        session.execute(update(Message).values(state=State.SKIPPED, settled_at=TUESDAY, reason="late"))
    _acts_on_the_day(service, TUESDAY + rules.DELIVERIES, lambda: _states(service) == [])
    with service.read() as session:
        tallies = {(row.kind, row.letter_id, row.state, row.count) for row in session.scalars(select(Tally))}
        assert message_rows.count_by_state(session)[State.SKIPPED] == 2
    assert tallies == {("confirm", 0, "skipped", 1), ("welcome", 0, "skipped", 1)}


def test_deliveries_of_a_running_programme_are_kept_since_they_say_what_was_seen(service: Service, reader: int) -> None:
    for number in range(2):
        _plan(service, FIRST + number * WEEK)
        _send(service, FIRST + number * WEEK)

    def seen() -> tuple[int, ...]:
        with service.read() as session:
            return enrolment_rows.standing_of(session, session.scalars(select(Enrolment)).one()).seen

    before = seen()
    assert len(before) == 2
    _keep_house(service, FIRST + timedelta(days=900))
    assert seen() == before
    with service.write() as session:
        subscribers.stop(session, link(service, reader, Purpose.UNSUBSCRIBE), keys=service.keys, now=LAST, wall=LAST)
    _keep_house(service, FIRST + timedelta(days=900))
    with service.read() as session:
        assert session.scalars(select(Message.id).where(Message.kind == Kind.LETTER)).all() == []


@pytest.mark.parametrize(
    ("outcome", "kept"), [(Accepted(250, "ok"), False), (Refused("rcpt", 550, "no"), False), (Unheard("silence"), True)]
)
def test_what_has_an_end_is_counted_and_what_is_unknown_waits_for_a_person(
    service: Service, reader: int, outcome: Outcome, kept: bool
) -> None:
    with service.write() as session:
        session.execute(update(Message).where(Message.kind == Kind.CONFIRM).values(state=State.SKIPPED, settled_at=TUESDAY))
    _send(service, TUESDAY, outcome)
    with service.read() as session:
        before = message_rows.count_by_state(session)
        tried = session.scalars(select(func.count()).select_from(Attempt)).one()
    _keep_house(service, TUESDAY + timedelta(days=900))
    with service.read() as session:
        assert message_rows.count_by_state(session) == before
        assert session.scalars(select(func.count()).select_from(Attempt)).one() == (tried if kept else 0)
    assert _states(service) == ([State.UNKNOWN] if kept else [])


def test_a_fresh_link_is_forgotten_a_day_after_its_end_with_the_address_it_was_for(service: Service, reader: int) -> None:
    with service.write() as session:
        session.execute(update(Consent).values(ip="", confirm_ip=None))
        session.execute(update(Message).values(state=State.SKIPPED, settled_at=TUESDAY))
    ask_address(service, reader, wall=TUESDAY)
    _send(service, TUESDAY, Refused("rcpt", 550, f"<{NEW}> is unknown"))

    def is_gone() -> bool:
        with service.read() as session:
            told = [
                *session.scalars(select(FreshLink.address)),
                *session.scalars(select(Message.sent_address)),
                *session.scalars(select(Message.reply_text)),
                *session.scalars(select(Attempt.text).join(Message).where(Message.kind == Kind.ADDRESS)),
            ]
        return not any(NEW in text for text in told if text)

    assert not is_gone()
    _acts_on_the_day(service, TUESDAY + timedelta(hours=72) + rules.OVER, is_gone)
    with service.read() as session:
        kinds = session.scalars(select(Message.kind).where(Message.kind == Kind.ADDRESS)).all()
    assert kinds == [Kind.ADDRESS]


def test_a_trace_of_an_erasure_is_forgotten_when_no_backup_needs_it(service: Service, reader: int) -> None:
    token = link(service, reader, Purpose.ERASE)
    with service.write() as session:
        made = erasure.ask(session, token, keys=service.keys, wall=TUESDAY) or ""
        erasure.erase(session, token, made, keys=service.keys, wall=TUESDAY, backups=BACKUPS)

    def is_gone() -> bool:
        with service.read() as session:
            return session.scalars(select(Erasure.ref)).all() == []

    _acts_on_the_day(service, TUESDAY + BACKUPS, is_gone)


def test_the_clock_keeps_house(service: Service, reader: int) -> None:
    _read_everything(service)
    assert service.now() > LAST + rules.FINISHED, "the tests play in the past"
    Clock(service, None).tick()
    assert not _is_here(service, reader)


def test_whoever_does_something_at_this_moment_is_left_for_another_time(postgresql_url: str) -> None:
    """On SQLite one writer waits for the other."""
    service = Parts(postgresql_url).service()
    load(service)
    reader = confirmed(service, READER, now=TUESDAY, wall=TUESDAY)
    _read_everything(service)
    day = LAST + rules.FINISHED
    with service.write() as session:
        subscriber_rows.locked(session, reader)
        assert _keep_house(service, day) == 0
    assert _keep_house(service, day) == 1
    service.database.close()
