"""The week in figures, by mail to those at the desk who want it; refuses to name anybody."""

from collections import Counter
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from service.actions import desk_mail
from service.domain.messages import State
from service.domain.weeks import week_to_tell
from service.store import admins, figures, messages
from service.store.account_tables import Admin

ONCE = "digest:{}:{}"


def due(session: Session, *, wall: datetime) -> list[tuple[Admin, date]]:
    """Who is to be told of which week now."""
    found = []
    for admin in admins.those_who_want_the_digest(session):
        monday = week_to_tell(wall, admin.zone)
        if monday and messages.by_once(session, ONCE.format(admin.id, monday.isoformat())) is None:
            found.append((admin, monday))
    return found


def send(session: Session, *, base_url: str, now: datetime, wall: datetime) -> int:
    """Tell everybody who is to be told. Returns how many."""
    told = due(session, wall=wall)
    for admin, monday in told:
        note = write(session, admin.zone, monday, base_url=base_url, now=now, wall=wall)
        desk_mail.send_note(session, admin.id, note, once=ONCE.format(admin.id, monday.isoformat()), wall=wall)
    return len(told)


def write(session: Session, zone: str, monday: date, *, base_url: str, now: datetime, wall: datetime) -> str:
    """The week that began on a Monday, as the source of a system letter."""
    days = [monday + timedelta(days=number) for number in range(7)]
    ended = sum(figures.ended_by_day(session, zone, days, wall=wall).values(), start=Counter[str]())
    came = sum(figures.sign_ups_by_day(session, zone, days).values(), start=Counter[str]())
    stand = figures.standing(session, now=now)
    week = [
        _line(ended[State.SENT], "letter was sent", "letters were sent"),
        _line(ended[State.REFUSED], "was refused by a mail server", "were refused by mail servers"),
        _line(ended[State.SKIPPED], "was skipped", "were skipped"),
        _line(came["asked"], "sign-up came in", "sign-ups came in"),
        _line(came["confirmed"], "was confirmed", "were confirmed"),
    ]
    today = [
        _line(stand.readers, "person reads", "people read"),
        _line(stand.paused, "of them pauses", "of them pause"),
        _line(stand.waiting, "message waits", "messages wait"),
        _line(stand.unknown, "letter has an unknown outcome", "letters have an unknown outcome"),
        _line(stand.refused, "refused letter waits for somebody to look", "refused letters wait for somebody to look"),
    ]
    last = days[-1]
    return (
        "---\nsubject: The week in figures\npreview: What went out, and what waits for you.\n---\n\n"
        f"# The week in figures\n\nFrom {monday:%A} {monday.day} {monday:%B} to {last:%A} {last.day} {last:%B}:\n\n"
        f"{_list(week)}\n\nNow:\n\n{_list(today)}\n\n[Open the desk]({base_url}/admin/)\n"
    )


def _line(count: int, one: str, many: str) -> str:
    return f"- {count:,} {one if count == 1 else many}"


def _list(lines: list[str]) -> str:
    return "\n".join(lines)
