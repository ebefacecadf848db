"""Puts an export into words for a person: headings, labels, dates; refuses to leave out anything but what is empty."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from babel import Locale, UnknownLocaleError

from service.web import languages, words
from service.web.speech import mark, say

HEADINGS: Final = {
    "you": mark("You and your choices"),
    "consents": mark("What you agreed to"),
    "programmes": mark("Your notes"),
    "history": mark("What happened"),
    "messages": mark("Messages to you"),
    "tries": mark("What the other mail server said"),
    "links_asked_for": mark("Links that you asked for"),
    "never_written_to": mark("Whether we never write to your address"),
    "left_elsewhere": mark("Whether you left another list, so that no list brings you here"),
    "asked_before": mark("Earlier messages to confirm this address"),
}

LABELS: Final = {
    "address": mark("Address"),
    "after_pause": mark("The first after a pause"),
    "anchor": mark("Counted from"),
    "at": mark("When"),
    "attempts": mark("How often sending was tried"),
    "bounced_at": mark("Came back"),
    "breaks": mark("How often it could not be made"),
    "code": mark("Code of the answer"),
    "complained_at": mark("Was reported as unwanted"),
    "confirm_ip": mark("Network at confirming"),
    "confirmed_at": mark("Confirmed"),
    "country": mark("Country"),
    "created_at": mark("Created"),
    "dated_at": mark("Date in the letter"),
    "discreet": mark("Discreet"),
    "expires_at": mark("Works until"),
    "extras": mark("Extra notes"),
    "form_url": mark("Page of the form"),
    "hour": mark("Hour"),
    "ip": mark("Network"),
    "kind": mark("What it is"),
    "lane": mark("Queue"),
    "language": mark("Language"),
    "last_letter": mark("Last note"),
    "last_planned_at": mark("Last note was planned for"),
    "left_at": mark("Left"),
    "letter": mark("Note"),
    "link_only": mark("Only a link in the message"),
    "local_day": mark("Day"),
    "method": mark("How it was asked for"),
    "never_hours": mark("Hours without mail"),
    "next_due_at": mark("Next note"),
    "not_after": mark("Not after"),
    "not_before": mark("Not before"),
    "open_until": mark("Until the hours without mail"),
    "outcome": mark("What followed"),
    "pace_days": mark("How often"),
    "paused_until": mark("Paused until"),
    "phase": mark("Step"),
    "plain_text": mark("Plain text"),
    "planned_at": mark("Planned"),
    "programme": mark("Notes"),
    "purpose": mark("What for"),
    "quiet_days": mark("Days without mail"),
    "reason": mark("Reason"),
    "replaced_at": mark("Replaced by a newer one"),
    "reply_code": mark("Code of the answer"),
    "reply_text": mark("Answer of the other mail server"),
    "run": mark("Which time"),
    "seen_to_at": mark("Somebody here looked at it"),
    "sent_address": mark("Sent to"),
    "sent_at": mark("Sent"),
    "sent_discreet": mark("Sent discreetly"),
    "sent_language": mark("Sent in"),
    "settled_at": mark("Ended"),
    "shift_minutes": mark("Minutes after the hour"),
    "slot": mark("Planned for"),
    "source": mark("Where it came from"),
    "state": mark("State"),
    "stopped_at": mark("Stopped"),
    "submitted_at": mark("Asked for"),
    "support": mark("Support lines in notes"),
    "tell_me": mark("Wants to hear of something new"),
    "text": mark("Words"),
    "turn": mark("Number"),
    "used_at": mark("Used"),
    "weekday": mark("Day of the week"),
    "what": mark("What"),
    "why": mark("Why it was stopped"),
    "wish": mark("Wish for the next note"),
    "wish_before": mark("Wish that it granted"),
    "wished_part": mark("Part that was wished for"),
    "withdrawn_at": mark("Taken back"),
    "zone": mark("Time zone"),
}

VALUES: Final = {
    "set": mark("set"),
    "not set": mark("not set"),
    "active": mark("active"),
    "left": mark("has left"),
    "running": mark("running"),
    "finished": mark("finished"),
    "stopped": mark("stopped"),
    "due": mark("waiting"),
    "sending": mark("on its way"),
    "sent": mark("sent"),
    "refused": mark("refused by the other mail server"),
    "skipped": mark("not sent"),
    "unknown": mark("it is not known whether it arrived"),
    "confirm": mark("to confirm the address"),
    "manage": mark("that nothing has changed"),
    "welcome": mark("welcome"),
    "letter": mark("a note"),
    "address": mark("a change of address"),
    "export": mark("everything we keep"),
    "offer": mark("another series of notes"),
    "erase": mark("deleting everything"),
    "all": mark("of all countries"),
    "one": mark("of one country"),
    "link": mark("a link"),
}
"""What our own short codes mean. Other words stand there as they are kept."""

CODED: Final = frozenset({"state", "kind", "purpose", "outcome", "support"})
TIMES: Final = frozenset({"at", "slot", "anchor", "local_day", "paused_until", "not_after"})
_WHETHER: Final = frozenset({"set", "not set"})
_END_OF_TIME: Final = 9999


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is kept: what is known of it, and what belongs to it."""

    lines: tuple[tuple[str, str], ...]
    inner: tuple["Section", ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """All things of one sort."""

    heading: str
    rows: tuple[Row, ...]


def sections(export: Mapping[str, Any]) -> list[Section]:
    """An export as a page shows it, in the language of the page."""
    return [_section(name, rows if isinstance(rows, list) else [rows]) for name, rows in export.items()]


def _section(name: str, rows: Sequence[Mapping[str, Any]]) -> Section:
    return Section(say(HEADINGS[name]), tuple(map(_row, rows)))


def _row(row: Mapping[str, Any]) -> Row:
    inner = tuple(_section(name, value) for name, value in row.items() if isinstance(value, list))
    return Row(tuple(_lines(row)), inner)


def _lines(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in row.items():
        if not isinstance(value, list) and value is not None and value != "":
            yield say(LABELS[name]), _said(name, value)


def _said(name: str, value: str | int | bool) -> str:
    """A value as one says it."""
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, int):
        return _number(name, value)
    if value in _WHETHER or (name in CODED and value in VALUES):
        return say(VALUES[value])
    if name in ("language", "sent_language"):
        return _language(value)
    return _moment(value) if name in TIMES or name.endswith("_at") else value


def _number(name: str, value: int) -> str:
    match name:
        case "weekday":
            return words.weekdays()[value]
        case "hour":
            return f"{value:02}:00"
        case "pace_days":
            return words.pace(value)
        case _:
            return str(value)


def _language(code: str) -> str:
    try:
        return str(Locale.parse(code, sep="-").get_display_name(languages.locale()))
    except (UnknownLocaleError, ValueError):
        return code


def _moment(text: str) -> str:
    """A day or a time in words."""
    at = datetime.fromisoformat(text)
    if at.year == _END_OF_TIME:
        return say("until you say")
    if at.tzinfo is None:
        return words.day(at)
    return say("%(day)s, %(hour)s UTC", day=words.day(at), hour=f"{at:%H:%M}")
