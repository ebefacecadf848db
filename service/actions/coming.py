"""The letters that came and will come to a real reader, as the desk may know them; refuses to say at which hour (S-8)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final

from sqlalchemy.orm import Session

from service.domain.forecast import Track, forecast
from service.domain.glimpses import Glimpse, glimpses
from service.domain.schedule import UNTIL_I_SAY
from service.domain.sequences import Step
from service.domain.subscribers import State
from service.store import holds, people, tracks
from service.store.tables import Subscriber

FAR_ENOUGH: Final = timedelta(days=400)
MOST: Final = 60


@dataclass(frozen=True, slots=True)
class Coming:
    """A letter to come: its enrolment, the title of its sequence, the day on the clocks of whoever looks, and why then."""

    enrolment_id: int
    title: str
    letter_id: int
    day: date
    reason: str


def to(session: Session, subscriber: Subscriber, *, zone: str, now: datetime) -> list[Coming]:
    """The letters that will come to somebody within a year or so, `MOST` of them at most. Changes nothing.

    `zone` is the one of whoever looks.
    """
    mine = tracks.of(session, subscriber)
    titles = {enrolment.id: sequence.title for enrolment, sequence in people.enrolments_of(session, subscriber.id)}
    return [
        Coming(each.track_id, titles[each.track_id], each.letter.id, each.day, each.reason)
        for each in _ahead(session, subscriber, mine, zone=zone, now=now)
    ]


def next_days(session: Session, subscriber: Subscriber, *, zone: str, now: datetime) -> dict[int, date]:
    """The day of the next letter of each enrolment that has one."""
    days: dict[int, date] = {}
    mine = tracks.of(session, subscriber)
    for each in _ahead(session, subscriber, mine, zone=zone, now=now):
        days.setdefault(each.track_id, each.day)
        if len(days) == len(mine):
            break
    return days


def _ahead(
    session: Session, subscriber: Subscriber, mine: Sequence[Track[Step]], *, zone: str, now: datetime
) -> Iterator[Glimpse[Step]]:
    until = subscriber.paused_until
    if subscriber.state != State.ACTIVE or until == UNTIL_I_SAY or holds.everything(session) is not None:
        return iter(())
    found = forecast(
        mine,
        now=now,
        until=now + FAR_ENOUGH,
        paused_until=until,
        taken=tracks.taken_days(session, subscriber, now=now),
    )
    return islice(glimpses(found, zone=zone, pauses=until is not None and until > now), MOST)
