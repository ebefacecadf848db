"""A reader's one way to the core, by the token of their link; refuses to act for a token that is not in use."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.actions import moves, preferences, reading
from service.actions.moves import Gone, NotPossible, Outlook, Paused
from service.actions.preferences import Changes, ReaderView, Running
from service.actions.reading import Answer, LetterView
from service.domain.moves import Move

if TYPE_CHECKING:
    from service.bootstrap import Service


@dataclass(frozen=True, slots=True)
class Mine:
    """A reader behind their own link, and what a page may know of them."""

    token: str
    view: ReaderView

    def running(self, note: int) -> Running | None:
        """One of their programmes, by its number."""
        return next((each for each in self.view.running if each.id == note), None)

    @property
    def has_several(self) -> bool:
        """Whether a date or a part must say which programme it belongs to."""
        return len(self.view.running) > 1


@dataclass(frozen=True, slots=True)
class DayAndPace:
    """When the letters of one programme come, as a reader wishes. The hour is that of all their programmes."""

    weekday: int
    pace_days: int
    hour: int


class ReaderDoor:
    """What a reader's own pages may ask of the core. Tests put a smaller one in its place."""

    def __init__(self, service: "Service") -> None:
        self.service = service

    def view(self, token: str) -> Mine | None:
        """Whose page it is; None for a link that is not in use. Changes nothing."""
        with self.service.read() as session:
            seen = preferences.view(session, token, keys=self.service.keys, now=self.service.now())
        return Mine(token, seen) if seen else None

    def look(self, token: str, note: int, move: Move) -> Outlook | NotPossible | Gone:
        """What a move would lead to. Changes nothing."""
        with self.service.read() as session:
            return moves.look(session, token, note, move, keys=self.service.keys, now=self.service.now())

    def make(self, token: str, note: int, move: Move) -> Outlook | NotPossible | Gone:
        """Make a move."""
        with self.service.write() as session:
            return moves.make(session, token, note, move, keys=self.service.keys, now=self.service.now())

    def look_at_pause(self, token: str, weeks: int | None) -> Paused | Gone:
        """What a pause would mean. Changes nothing."""
        with self.service.read() as session:
            return moves.look_at_pause(session, token, weeks, keys=self.service.keys, now=self.service.now())

    def pause(self, token: str, weeks: int | None) -> Paused | Gone:
        """Let nothing come for some weeks, or until the reader says."""
        now, wall = self.service.now(), self.service.wall()
        with self.service.write() as session:
            return moves.pause(session, token, weeks, keys=self.service.keys, now=now, wall=wall)

    def resume(self, token: str) -> Paused | Gone:
        """End a pause."""
        with self.service.write() as session:
            return moves.resume(session, token, keys=self.service.keys, now=self.service.now())

    def change(self, token: str, changes: Changes) -> bool:
        """Change wishes. Raises ValueError, with nothing changed, for what no calendar can keep."""
        now, wall = self.service.now(), self.service.wall()
        with self.service.write() as session:
            return preferences.change(session, token, changes, keys=self.service.keys, now=now, wall=wall)

    def change_day(self, token: str, note: int, wish: DayAndPace) -> bool:
        """Change day, hour and pace at once, or none of them."""
        keys, now, wall = self.service.keys, self.service.now(), self.service.wall()
        with self.service.write() as session:
            outlook = preferences.change_pace(
                session, token, note, weekday=wish.weekday, pace_days=wish.pace_days, keys=keys, now=now
            )
            if outlook is None:
                return False
            return preferences.change(session, token, Changes(hour=wish.hour), keys=keys, now=now, wall=wall)

    def start(self, token: str, slug: str) -> Outlook | None:
        """Start another programme; None where that cannot be."""
        with self.service.write() as session:
            return preferences.start(session, token, slug, keys=self.service.keys, now=self.service.now())

    def stop_one(self, token: str, note: int) -> bool:
        """Stop one programme and keep the others."""
        now, wall = self.service.now(), self.service.wall()
        with self.service.write() as session:
            return preferences.stop_one(session, token, note, keys=self.service.keys, now=now, wall=wall)

    def letter(self, token: str) -> LetterView | None:
        """The letter of a read link; None for one that is not in use. Changes nothing."""
        with self.service.read() as session:
            return reading.letter(session, token, keys=self.service.keys)

    def say(self, token: str, answer: Answer) -> bool:
        """Add one to the sum of a letter's answers."""
        with self.service.write() as session:
            return reading.say(session, token, answer, keys=self.service.keys)
