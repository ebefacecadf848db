"""The pages of a reader's moves: longer, on, back, later, another part, as it was; refuses to move anybody on a look."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, request

from service.actions.moves import Gone, NotPossible, Outlook
from service.actions.preferences import Part
from service.domain.moves import DAYS_TO_CHOOSE, Move, What
from service.domain.sequences import Role
from service.web import words
from service.web.reader_door import Mine, ReaderDoor
from service.web.reader_room import ReaderRoom
from service.web.speech import mark, say

if TYPE_CHECKING:
    from service.bootstrap import Service

CHOOSE_ONE: Final = mark("Please choose one of these.")
Row = tuple[str, ...]
"""A choice: its value, its label, and lines of help."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What the page of one move says before it is made. `never` is for where the move leads nowhere."""

    title: str
    heading: str
    button: str
    never: str


SAID: Final = {
    What.STAY: Wording(
        mark("A little longer"),
        mark("A little longer with this?"),
        mark("A little longer with this"),
        mark("There is no other note for this part. The next one is the usual one."),
    ),
    What.ON: Wording(
        mark("On to the next part"),
        mark("On to the next part?"),
        mark("On to the next part"),
        mark("There is no part after this one. The notes go on through it as before."),
    ),
    What.USUAL: Wording(
        mark("As it was"),
        mark("Leave it as it was?"),
        mark("Leave it as it was"),
        mark("There is nothing to take back here."),
    ),
    What.AGAIN: Wording(
        mark("Not today"),
        mark("Not today? It can come again later."),
        mark("Send it again then"),
        mark("No note has come yet, so there is none to send again."),
    ),
    What.PART: Wording(
        mark("Back to an earlier part"),
        mark("Back to an earlier part?"),
        mark("Go back to this part"),
        mark("There is nothing before this part."),
    ),
}
ANY_PART: Final = Wording(
    mark("Where shall the notes go on?"),
    mark("Where shall the notes go on?"),
    mark("Go on there"),
    mark("These notes have one part only."),
)
BEGIN: Final = Wording(
    mark("Where shall the notes begin?"), mark("Where shall the notes begin?"), mark("Begin there"), ANY_PART.never
)
LEGENDS: Final = {"days": mark("When can it come?"), "part": mark("Which part?"), "": ""}
IN_DAYS: Final = {1: mark("In one day"), 2: mark("In two days"), 3: mark("In three days")}

VOICES: Final = {
    (What.STAY, Role.ALTERNATE): mark("It stays with this part: %(part)s. It is a different note from before."),
    (What.STAY, Role.CHECK_IN): mark("It is a quieter note, since you have had all of this part: %(part)s."),
    (What.PART, Role.MAIN): mark("It begins with: %(part)s."),
    (What.PART, Role.ALTERNATE): mark("It is a different note, since you have had the first one of this part: %(part)s."),
    (What.PART, Role.CHECK_IN): mark("It is a quieter note, since you have had all of this part: %(part)s."),
}
AFTERWARDS: Final = mark("After that the notes go on as before.")
FROM_THERE: Final = mark("After that the notes go on from there.")


def coming(mine: Mine, outlook: Outlook) -> str:
    """When the next letter of a programme comes, in a sentence."""
    if outlook.what is None:
        return say("This was the last of these notes.")
    if outlook.next_at is None:
        return say("The next note comes once you end the pause.")
    day = words.weekday_day(outlook.next_at)
    if mine.has_several:
        return say("The next of these notes comes on %(day)s.", day=day)
    return say("Your next note comes on %(day)s.", day=day)


def kind_of_note(what: What, outlook: Outlook) -> list[str]:
    """What the next letter is with a move, and how it goes on afterwards."""
    if what is What.AGAIN:
        return [say("It is the note that came last, once more."), say(AFTERWARDS)]
    if what is What.USUAL:
        return [say("It is the one that would come without a wish.")]
    kind = What.STAY if what is What.STAY else What.PART
    voice = VOICES.get((kind, outlook.what or Role.MAIN), VOICES[What.PART, Role.MAIN])
    return [say(voice, part=outlook.part), say(AFTERWARDS if kind is What.STAY else FROM_THERE)]


class MovePages:
    """`/p/<token>/<note>/longer`, `on`, `back`, `later`, `part` and `usual`; `note` is the number of a programme of theirs."""

    def __init__(self, service: "Service", door: ReaderDoor) -> None:
        self.door = door
        self.room = ReaderRoom(service, door)

    def mount(self, app: Flask) -> None:
        """Give the pages their addresses."""
        for name, what in (("longer", What.STAY), ("on", What.ON), ("usual", What.USUAL)):
            single = SinglePage(self.door, self.room, what)
            self.room.add(app, f"<token>/<int:note>/{name}", f"me_{name}", single.show, single.press)
        self.room.add(app, "<token>/<int:note>/later", "me_later", self.show_days, self.put_off)
        self.room.add(app, "<token>/<int:note>/back", "me_back", self.show_before, self.go_back)
        self.room.add(app, "<token>/<int:note>/part", "me_part", self.show_parts, self.go_to_part)

    def show_days(self, mine: Mine, note: int) -> Response:
        """On which day the last letter can come again."""
        return self._days(mine, note)

    def put_off(self, mine: Mine, note: int) -> Response:
        """Let it come again."""
        days = request.form.get("days", "")
        if days not in map(str, DAYS_TO_CHOOSE):
            return self._days(mine, note, wrong=True)
        return make(self.door, self.room, mine, note, Move(What.AGAIN, days=int(days)))

    def _days(self, mine: Mine, note: int, *, wrong: bool = False) -> Response:
        looks = [(days, self.door.look(mine.token, note, Move(What.AGAIN, days=days))) for days in DAYS_TO_CHOOSE]
        if any(isinstance(look, Gone) for _, look in looks):
            return self.room.ended(mine)
        rows = [_day_row(days, look) for days, look in looks if isinstance(look, Outlook)]
        sentences = [say("The same note comes once more, on the day that you choose."), say(AFTERWARDS)]
        return _choice(self.room, mine, note, SAID[What.AGAIN], "days", rows, sentences, wrong=wrong)

    def show_before(self, mine: Mine, note: int) -> Response:
        """The parts before this one."""
        return self._before(mine, note)

    def go_back(self, mine: Mine, note: int) -> Response:
        """Go back to one of them."""
        found = mine.running(note)
        part = _chosen(found.before if found else ())
        if found is None or part is None:
            return self._before(mine, note, wrong=True)
        return make(self.door, self.room, mine, note, Move(What.PART, phase_id=part))

    def _before(self, mine: Mine, note: int, *, wrong: bool = False) -> Response:
        found = mine.running(note)
        if found is None:
            return self.room.ended(mine)
        if len(found.before) == 1:
            return self._back_to(mine, note, found.before[0])
        rows: list[Row] = [(str(part.id), part.plain) for part in found.parts if part.id in found.before]
        sentences = [coming(mine, found.outlook), say(FROM_THERE)] if found.outlook.next_at else [say(FROM_THERE)]
        return _choice(self.room, mine, note, SAID[What.PART], "part", rows, sentences, wrong=wrong)

    def _back_to(self, mine: Mine, note: int, part: int) -> Response:
        """The one part before this one: nothing to choose, so its page says all of it."""
        outlook = self.door.look(mine.token, note, Move(What.PART, phase_id=part))
        if not isinstance(outlook, Outlook):
            return self.room.ended(mine)
        sentences = [coming(mine, outlook), *kind_of_note(What.PART, outlook)]
        return _choice(self.room, mine, note, SAID[What.PART], "part", None, sentences, only=part)

    def show_parts(self, mine: Mine, note: int) -> Response:
        """All parts of a programme."""
        return self._parts(mine, note)

    def go_to_part(self, mine: Mine, note: int) -> Response:
        """Go on, or begin, with one of them."""
        found = mine.running(note)
        part = _chosen([each.id for each in found.parts] if found else ())
        if found is None or part is None:
            return self._parts(mine, note, wrong=True)
        return make(self.door, self.room, mine, note, Move(What.PART, phase_id=part))

    def _parts(self, mine: Mine, note: int, *, wrong: bool = False) -> Response:
        found = mine.running(note)
        if found is None:
            return self.room.ended(mine)
        rows = [_part_row(part) for part in found.parts] if len(found.parts) > 1 else []
        sentences = [coming(mine, found.outlook)] if found.outlook.next_at else []
        wording = ANY_PART if found.begun else BEGIN
        return _choice(self.room, mine, note, wording, "part", rows, sentences, wrong=wrong)


class SinglePage:
    """The page of a move that needs nothing but its button."""

    def __init__(self, door: ReaderDoor, room: ReaderRoom, what: What) -> None:
        self.door = door
        self.room = room
        self.move = Move(what)

    def show(self, mine: Mine, note: int) -> Response:
        """What the move would lead to."""
        outlook = self.door.look(mine.token, note, self.move)
        if isinstance(outlook, Gone):
            return self.room.ended(mine)
        if isinstance(outlook, NotPossible) or _leads_nowhere(self.move.what, outlook):
            return _choice(self.room, mine, note, SAID[self.move.what], "", [], [])
        sentences = [coming(mine, outlook), *kind_of_note(self.move.what, outlook)]
        return _choice(self.room, mine, note, SAID[self.move.what], "", None, sentences)

    def press(self, mine: Mine, note: int) -> Response:
        """Make it, if it leads anywhere."""
        outlook = self.door.look(mine.token, note, self.move)
        if not isinstance(outlook, Outlook) or _leads_nowhere(self.move.what, outlook):
            return self.show(mine, note)
        return make(self.door, self.room, mine, note, self.move)


def make(door: ReaderDoor, room: ReaderRoom, mine: Mine, note: int, move: Move) -> Response:
    """Make a move, and say what it leads to."""
    outlook = door.make(mine.token, note, move)
    if isinstance(outlook, Outlook):
        return room.done(mine, f"{say('Done.')} {coming(mine, outlook)}", *kind_of_note(move.what, outlook))
    if isinstance(outlook, NotPossible):
        return _choice(room, mine, note, SAID[move.what], "", [], [])
    return room.ended(mine)


def _leads_nowhere(what: What, outlook: Outlook) -> bool:
    """Whether there is nothing to come, or nothing beside the way to stay with."""
    return outlook.what is None or (what is What.STAY and outlook.what is Role.MAIN)


def _day_row(days: int, outlook: Outlook) -> Row:
    """A day as a choice: its date, while there is one."""
    return (str(days), words.beginning(words.weekday_day(outlook.next_at)) if outlook.next_at else say(IN_DAYS[days]))


def _part_row(part: Part) -> Row:
    return (str(part.id), part.begin or part.plain)


def _chosen(parts: Sequence[int]) -> int | None:
    """The part that was sent, if it is one of these."""
    sent = request.form.get("part", "")
    return next((part for part in parts if str(part) == sent), None)


def _choice(
    room: ReaderRoom,
    mine: Mine,
    note: int,
    wording: Wording,
    name: str,
    rows: Sequence[Row] | None,
    sentences: Sequence[str],
    *,
    wrong: bool = False,
    only: int | None = None,
) -> Response:
    """The page of a move before it is made. Rows are choices; None means that it needs none, no row that there is no way.

    `only` is what the form then carries without a choice.
    """
    found = mine.running(note)
    wrong = wrong and bool(rows)
    return room.page(
        "me_move.html",
        mine,
        422 if wrong else 200,
        wording=Wording(*map(say, astuple(wording))),
        programme=found.title if found and mine.has_several else "",
        name=name,
        legend=LEGENDS[name] and say(LEGENDS[name]),
        ways=rows is None or bool(rows),
        rows=rows,
        only=only,
        sentences=sentences,
        errors={name: say(CHOOSE_ONE)} if wrong else {},
    )
