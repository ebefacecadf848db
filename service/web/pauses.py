"""The pages of a pause: for some weeks or until the reader says, and its end; refuses to ask why."""

from typing import TYPE_CHECKING, Final

from flask import Flask, Response, request, url_for

from service.actions.moves import Gone, Paused
from service.domain.moves import WEEKS_TO_CHOOSE
from service.web import words
from service.web.reader_door import Mine, ReaderDoor
from service.web.reader_room import ReaderRoom, old_link
from service.web.speech import mark, say

if TYPE_CHECKING:
    from service.bootstrap import Service

OPEN: Final = "open"
HOW_LONG: Final = mark("Please choose how long.")
SPANS: Final = {
    1: mark("For one week"),
    2: mark("For two weeks"),
    4: mark("For four weeks"),
    None: mark("Until I say"),
}


def until(paused: Paused) -> str:
    """How long a pause lasts, in a sentence."""
    if paused.until is None:
        return say("Paused until you say. Nothing will come before.")
    return say("Paused until %(day)s. Nothing will come before.", day=words.weekday_day(paused.until))


class PausePages:
    """`/p/<token>/pause` and `/p/<token>/resume`."""

    def __init__(self, service: "Service", door: ReaderDoor) -> None:
        self.door = door
        self.room = ReaderRoom(service, door)

    def mount(self, app: Flask) -> None:
        """Give the pages their addresses."""
        self.room.add(app, "<token>/pause", "me_pause", self.show, self.pause)
        self.room.add(app, "<token>/resume", "me_resume", self.show_end, self.resume)

    def show(self, mine: Mine) -> Response:
        """How long a pause can be, and what each means."""
        return self._page(mine)

    def pause(self, mine: Mine) -> Response:
        """Let nothing come."""
        spans = {_value(weeks): weeks for weeks in (*WEEKS_TO_CHOOSE, None)}
        sent = request.form.get("weeks", "")
        if sent not in spans:
            return self._page(mine, wrong=True)
        paused = self.door.pause(mine.token, spans[sent])
        if isinstance(paused, Gone):
            return old_link()
        onward = [(url_for("me_resume", token=mine.token), say("Go on sooner"))]
        return self.room.done(mine, until(paused), _what_comes(paused), onward=onward)

    def show_end(self, mine: Mine) -> Response:
        """What the end of a pause means."""
        today = self.door.look_at_pause(mine.token, 0)
        next_at = today.next_at if isinstance(today, Paused) else None
        return self.room.page("me_resume.html", mine, next_at=next_at)

    def resume(self, mine: Mine) -> Response:
        """End a pause. Pressed without one, it says how things stand."""
        paused = self.door.resume(mine.token)
        if isinstance(paused, Gone):
            return old_link()
        if paused.next_at is None:
            return self.room.done(mine, say("Done. The pause is over."), say("There is no note to come at the moment."))
        day = words.weekday_day(paused.next_at)
        sentence = say("The notes go on where they were. What would have come in between does not come afterwards.")
        return self.room.done(mine, say("Done. Your next note comes on %(day)s.", day=day), sentence)

    def _page(self, mine: Mine, *, wrong: bool = False) -> Response:
        looks = {weeks: self.door.look_at_pause(mine.token, weeks) for weeks in (*WEEKS_TO_CHOOSE, None)}
        rows = [(_value(weeks), say(SPANS[weeks]), _meaning(look)) for weeks, look in looks.items() if isinstance(look, Paused)]
        errors = {"weeks": say(HOW_LONG)} if wrong else {}
        return self.room.page("me_pause.html", mine, 422 if wrong else 200, rows=rows, errors=errors)


def _value(weeks: int | None) -> str:
    return OPEN if weeks is None else str(weeks)


def _meaning(look: Paused) -> str:
    """What a pause would mean, below its choice."""
    if look.until is None:
        return say("Nothing comes until you press “Go on” here.")
    if look.next_at is None:
        return say("Nothing comes before %(day)s.", day=words.weekday_day(look.until))
    return say("Your next note then comes on %(day)s.", day=words.weekday_day(look.next_at))


def _what_comes(paused: Paused) -> str:
    if paused.next_at is None:
        return say("Whenever you like, you can let the notes go on. They begin again where they are now.")
    return say("Your next note comes on %(day)s. The notes go on where they are now.", day=words.weekday_day(paused.next_at))
