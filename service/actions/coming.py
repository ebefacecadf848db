"""The letters that came and will come to a real reader, as the desk may know them; refuses to say at which hour (S-8)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final

from sqlalchemy.orm import Session

from service.domain.forecast import forecast
from service.domain.glimpses import glimpses
from service.domain.schedule import UNTIL_I_SAY
from service.domain.subscribers import State
from service.store import holds, tracks
from service.store.tables import Enrolment, Letter, Sequence, Subscriber

FAR_ENOUGH: Final = timedelta(days=400)
MOST: Final = 60


@dataclass(frozen=True, slots=True)
class Coming:
    """A letter to come: its enrolment, the title of its sequence, the day on the clocks of whoever looks, and why then."""

    enrolment_id: int
    title: str
    letter_id: int
    letter: str
    language: str
    day: date
    reason: str


def to(session: Session, subscriber: Subscriber, *, zone: str, now: datetime, most: int = MOST) -> Iterator[Coming]:
    """The letters that will come to somebody within a year or so. `zone` is the one of whoever looks. Changes nothing."""
    if subscriber.state != State.ACTIVE or subscriber.paused_until == UNTIL_I_SAY or holds.everything(session) is not None:
        return
    found = forecast(
        tracks.of(session, subscriber),
        now=now,
        until=now + FAR_ENOUGH,
        paused_until=subscriber.paused_until,
        taken=tracks.taken_days(session, subscriber, now=now),
    )
    pauses = subscriber.paused_until is not None and subscriber.paused_until > now
    for glimpse in islice(glimpses(found, zone=zone, pauses=pauses), most):
        sequence = session.get_one(Sequence, session.get_one(Enrolment, glimpse.track_id).sequence_id)
        letter = session.get_one(Letter, glimpse.letter.id)
        yield Coming(glimpse.track_id, sequence.title, letter.id, letter.name, sequence.language, glimpse.day, glimpse.reason)


def next_days(session: Session, subscriber: Subscriber, *, zone: str, now: datetime) -> dict[int, date]:
    """The day of the next letter of each enrolment that has one."""
    days: dict[int, date] = {}
    for each in to(session, subscriber, zone=zone, now=now):
        days.setdefault(each.enrolment_id, each.day)
    return days
