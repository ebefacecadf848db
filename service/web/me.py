"""The page behind a reader's own link, and their programmes: start, stop, day and pace; refuses to say what endangers (S-8).

No address, zone, country, hour without mail or quiet day is on these pages: who looks in from outside learns none of it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, request, url_for

from service.actions.preferences import Running
from service.domain.sequences import Wish
from service.web import numbers, wishes, words
from service.web.moves import CHOOSE_ONE, coming
from service.web.reader_door import DayAndPace, Mine, ReaderDoor
from service.web.reader_room import ReaderRoom
from service.web.sign_up_form import DAY_HOURS, LATE_HOURS
from service.web.speech import mark, say

if TYPE_CHECKING:
    from service.bootstrap import Service

CHOOSE_DAY: Final = mark("Please choose a day of the week from the list.")
CHOOSE_HOUR: Final = mark("Please choose an hour from the list.")
CHOOSE_PACE: Final = mark("Please choose how often notes shall come.")
WISHED: Final = {
    Wish.STAY: mark("Your wish: a little longer with this part."),
    Wish.PART: mark("Your wish: the notes go on with the part that you chose."),
    Wish.AGAIN: mark("Your wish: the same note once more."),
}


class MyPages:
    """`/p/<token>`, `next`, `start`, `<note>/day` and `<note>/stop`; `note` is the number of a programme of theirs."""

    def __init__(self, service: "Service", door: ReaderDoor) -> None:
        self.door = door
        self.room = ReaderRoom(service, door)

    def mount(self, app: Flask) -> None:
        """Give the pages their addresses."""
        self.room.add(app, "<path:token>", "me", self.show)
        self.room.add(app, "<token>/next", "me_next", self.show_next)
        self.room.add(app, "<token>/start", "me_start", self.show_others, self.start)
        self.room.add(app, "<token>/<int:note>/day", "me_day", self.show_day, self.change_day)
        self.room.add(app, "<token>/<int:note>/stop", "me_stop", self.show_stop, self.stop)

    def show(self, mine: Mine) -> Response:
        """How things stand, and everything that can be done about it."""
        wished = {wish: say(sentence) for wish, sentence in WISHED.items()}
        groups = wishes.groups(mine)
        return self.room.page("me.html", mine, coming=coming, here=_here, wished=wished, groups=groups)

    def show_next(self, mine: Mine) -> Response:
        """What can come after the last note."""
        return self.room.page("me_next.html", mine, errors={})

    def show_others(self, mine: Mine) -> Response:
        """Which other notes there are."""
        return self._others(mine)

    def start(self, mine: Mine) -> Response:
        """Start other notes beside those that come."""
        slug = request.form.get("programme", "")
        if slug not in [other[0] for other in mine.view.others]:
            return self._others(mine, wrong=True)
        outlook = self.door.start(mine.token, slug)
        after = self.door.view(mine.token)
        if outlook is None or after is None:
            return self._others(mine, wrong=True)
        begun = next((each for each in after.view.running if mine.running(each.id) is None), None)
        return self.room.done(after, f"{say('Done.')} {coming(after, outlook)}", onward=_onward(after, begun))

    def _others(self, mine: Mine, *, wrong: bool = False) -> Response:
        errors = {"programme": say(CHOOSE_ONE)} if wrong and mine.view.others else {}
        return self.room.page("me_start.html", mine, 422 if errors else 200, errors=errors)

    def show_stop(self, mine: Mine, note: int) -> Response:
        """What it means to stop one of several programmes; where it is the only one, the link that stops everything."""
        found = mine.running(note)
        return self.room.page("me_stop.html", mine, found=found) if found else self.room.ended(mine)

    def stop(self, mine: Mine, note: int) -> Response:
        """Stop one programme and keep the others."""
        if not mine.has_several or mine.running(note) is None:
            return self.show_stop(mine, note)
        self.door.stop_one(mine.token, note)
        after = self.door.view(mine.token) or mine
        return self.room.done(after, say("Done. These notes have stopped, and the others go on."), *_next_note(after))

    def show_day(self, mine: Mine, note: int) -> Response:
        """When the notes of a programme come."""
        found = mine.running(note)
        if found is None:
            return self.room.ended(mine)
        typed = {"weekday": str(found.weekday), "hour": str(mine.view.hour), "pace": str(found.pace_days)}
        return self._day(mine, found, typed, {})

    def change_day(self, mine: Mine, note: int) -> Response:
        """Change day, hour and pace."""
        found = mine.running(note)
        if found is None:
            return self.room.ended(mine)
        typed = {name: request.form.get(name, "") for name in ("weekday", "hour", "pace")}
        wish, errors = _read_day(typed, found)
        if wish is None:
            return self._day(mine, found, typed, errors)
        if not self.door.change_day(mine.token, note, wish):
            return self.room.ended(mine)
        after = self.door.view(mine.token) or mine
        changed = after.running(note)
        heading = f"{say('Done.')} {coming(after, changed.outlook)}" if changed else say("Done.")
        return self.room.done(after, heading, f"{_when(wish)}.")

    def _day(self, mine: Mine, found: Running, typed: Mapping[str, str], errors: Mapping[str, str]) -> Response:
        paces = [(str(days), words.beginning(words.pace(days))) for days in sorted(found.paces)]
        weekdays = list(enumerate(words.weekdays()))
        rows = {"paces": paces, "weekdays": weekdays, "day_hours": DAY_HOURS, "late_hours": LATE_HOURS}
        return self.room.page("me_day.html", mine, 422 if errors else 200, found=found, typed=typed, errors=errors, **rows)


def _here(running: Running) -> str:
    """The plain name of the part that a reader is in; empty where there is one part only."""
    if len(running.parts) < 2:
        return ""
    return next((part.plain for part in running.parts if part.id == running.here), "")


def _onward(mine: Mine, begun: Running | None) -> list[tuple[str, str]]:
    """After starting a programme: where to say with which part it begins, and when it comes."""
    if begun is None:
        return []
    day = (url_for("me_day", token=mine.token, note=begun.id), say("Choose day, hour and pace"))
    part = (url_for("me_part", token=mine.token, note=begun.id), say("Choose where these notes begin"))
    return [part, day] if len(begun.parts) > 1 else [day]


def _next_note(mine: Mine) -> list[str]:
    next_at = mine.view.next_at
    return [say("Your next note comes on %(day)s.", day=words.weekday_day(next_at))] if next_at else []


def _read_day(typed: Mapping[str, str], found: Running) -> tuple[DayAndPace | None, dict[str, str]]:
    """The wish that was sent, or a sentence for each field that needs another look."""
    hour = numbers.below(typed["hour"], 24)
    pace = next((days for days in found.paces if str(days) == typed["pace"]), None)
    weekday = numbers.below(typed["weekday"], 7)
    fields = {"pace": (pace, CHOOSE_PACE), "weekday": (weekday, CHOOSE_DAY), "hour": (hour, CHOOSE_HOUR)}
    errors = {name: say(sentence) for name, (value, sentence) in fields.items() if value is None}
    if hour is None or pace is None or weekday is None:
        return None, errors
    return DayAndPace(weekday, pace, hour), {}


def _when(wish: DayAndPace) -> str:
    """Day, hour and pace in words. Below a week the day has no say."""
    hour = f"{wish.hour:02}:00"
    often = words.beginning(words.pace(wish.pace_days))
    if wish.pace_days < 7:
        return say("%(often)s, at %(hour)s", often=often, hour=hour)
    return say("%(often)s, %(day)s at %(hour)s", often=often, day=words.weekdays()[wish.weekday], hour=hour)
