"""A reader for their own pages to talk to: a view, what each move leads to, and a list of what was done."""

from dataclasses import replace
from datetime import timedelta

from service.actions.moves import Gone, NotPossible, Outlook, Paused
from service.actions.preferences import Changes, Part, ReaderView, Running
from service.actions.reading import Answer, LetterView
from service.domain.moves import Move, What
from service.domain.sequences import Role
from service.domain.subscribers import State, Support
from service.web.reader_door import DayAndPace, Mine, ReaderDoor
from tests.web.stand_in import FIRST_AT, REST, StandInService

ME = "open"
"""The link of the one reader there is."""

NOTE = 5
"""The number of the programme that they have."""

PARTS = (
    Part(1, "it feels unreal", "At the beginning: it feels unreal"),
    Part(2, "feelings in waves", "Feelings come in waves"),
    Part(3, "asking what happened", "I keep asking what happened"),
)
RUNNING = Running(
    id=NOTE,
    title="After leaving",
    weekday=1,
    pace_days=7,
    paces=(7, 14, 28),
    outlook=Outlook(FIRST_AT, "feelings in waves", Role.MAIN),
    parts=PARTS,
    here=2,
    on=3,
    before=(1,),
    wish=None,
    begun=True,
)
SECOND = replace(
    RUNNING,
    id=6,
    title="A line a day",
    pace_days=1,
    paces=(1, 2),
    outlook=Outlook(FIRST_AT + timedelta(days=1), "day by day", Role.MAIN),
    parts=PARTS[:1],
    here=1,
    on=None,
    before=(),
)
VIEW = ReaderView(
    state=State.ACTIVE,
    language="en",
    hour=10,
    discreet=True,
    link_only=False,
    plain_text=False,
    extras=False,
    tell_me=False,
    support=Support.LINK,
    country_set=False,
    never_set=False,
    quiet_set=False,
    paused=False,
    paused_until=None,
    running=(RUNNING,),
    others=(("check-in", "Weekly check-in", "A short letter every week."),),
    stop_token="stop-token",
    erase_token="erase-token",
)
LETTER = LetterView(
    name="rest-before-answers",
    source=REST,
    language="en",
    discreet=True,
    phase="it feels unreal",
    day=FIRST_AT.date(),
    preferences_token=ME,
    stop_token="stop-token",
    enrolment_id=NOTE,
)


class StandInReaderDoor(ReaderDoor):
    """Answers from memory and writes down what it was asked to do."""

    def __init__(self, service: StandInService) -> None:
        super().__init__(service.as_service())
        self.seen: dict[str, ReaderView] = {ME: VIEW}
        self.letters: dict[str, LetterView] = {ME: LETTER}
        self.leads: dict[What, Outlook | NotPossible] = {
            What.STAY: Outlook(FIRST_AT, "feelings in waves", Role.ALTERNATE),
            What.ON: Outlook(FIRST_AT, "asking what happened", Role.MAIN),
            What.USUAL: Outlook(FIRST_AT, "feelings in waves", Role.MAIN),
            What.PART: Outlook(FIRST_AT, "it feels unreal", Role.ALTERNATE),
        }
        self.full = False
        self.done: list[object] = []

    def show(self, **changes: object) -> None:
        """Let the reader's page be different from the usual one."""
        self.seen[ME] = replace(self.seen[ME], **changes)  # type: ignore[arg-type]

    def view(self, token: str) -> Mine | None:
        """The one reader."""
        seen = self.seen.get(token)
        return Mine(token, seen) if seen else None

    def look(self, token: str, note: int, move: Move) -> Outlook | NotPossible | Gone:
        """Where a move leads in this test."""
        if token not in self.seen or note not in [each.id for each in self.seen[token].running]:
            return Gone()
        if move.what is What.AGAIN and What.AGAIN not in self.leads:
            return Outlook(self.service.now() + timedelta(days=move.days), "feelings in waves", Role.MAIN, same=True)
        return self.leads[move.what]

    def make(self, token: str, note: int, move: Move) -> Outlook | NotPossible | Gone:
        """Remember a move that leads somewhere."""
        outlook = self.look(token, note, move)
        if isinstance(outlook, Outlook):
            self.done.append((note, move))
        return outlook

    def look_at_pause(self, token: str, weeks: int | None) -> Paused | Gone:  # noqa: ARG002
        """A pause from today on; the next note comes a day after it."""
        if weeks is None:
            return Paused(None, None)
        until = self.service.now() + timedelta(weeks=weeks)
        return Paused(until, until + timedelta(days=1))

    def pause(self, token: str, weeks: int | None) -> Paused | Gone:
        """Remember a pause."""
        self.done.append(("pause", weeks))
        return self.look_at_pause(token, weeks)

    def resume(self, token: str) -> Paused | Gone:  # noqa: ARG002
        """Remember its end."""
        self.done.append("resume")
        return Paused(None, FIRST_AT)

    def change(self, token: str, changes: Changes) -> bool:
        """Remember a wish."""
        if self.full and changes.add_quiet_days:
            raise ValueError("There can be 60 quiet days in a year at most.")
        self.done.append(changes)
        if changes.language:
            self.show(language=changes.language)
        return token in self.seen

    def change_day(self, token: str, note: int, wish: DayAndPace) -> bool:  # noqa: ARG002
        """Remember a day."""
        self.done.append((note, wish))
        return True

    def start(self, token: str, slug: str) -> Outlook | None:
        """Start a second programme."""
        self.done.append(("start", slug))
        self.show(running=(*self.seen[token].running, SECOND))
        return SECOND.outlook

    def stop_one(self, token: str, note: int) -> bool:
        """Stop one programme."""
        self.done.append(("stop", note))
        self.show(running=tuple(each for each in self.seen[token].running if each.id != note))
        return True

    def letter(self, token: str) -> LetterView | None:
        """The one letter."""
        return self.letters.get(token)

    def say(self, token: str, answer: Answer) -> bool:  # noqa: ARG002
        """Remember an answer."""
        self.done.append(answer)
        return True
