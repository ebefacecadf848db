"""The page behind “How is today?”; refuses to store, count or log the answer, and to guess where somebody is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, request, url_for

from service.web.help import in_words, purposes_in_words, shown
from service.web.reader_door import Mine, ReaderDoor
from service.web.reader_room import ReaderRoom
from service.web.speech import mark, say

if TYPE_CHECKING:
    from service.bootstrap import Service

CHOOSE_ONE: Final = mark("Please choose one of these words, or close the page.")


@dataclass(frozen=True, slots=True)
class Feeling:
    """One word, and what is said to it. `lines`: support lines come first. `offers`: a slower way may be welcome."""

    name: str
    word: str
    said: tuple[str, ...]
    lines: bool = False
    offers: bool = True


FEELINGS: Final = (
    Feeling("calm", mark("Calm"), (mark("Calm is welcome. There is nothing to do with it."),), offers=False),
    Feeling("hopeful", mark("Hopeful"), (mark("It may stay as long as it likes. You can let it be small."),), offers=False),
    Feeling(
        "tired",
        mark("Tired"),
        (mark("Then rest is the thing to do. What can wait today may wait, and the notes can wait too."),),
    ),
    Feeling(
        "sad",
        mark("Sad"),
        (mark("Sadness has its reasons, even where it has no words. You can let it sit beside you for a while."),),
    ),
    Feeling(
        "angry",
        mark("Angry"),
        (mark("Anger often stands in front of something that matters to you. A brisk walk can take some of its weight."),),
    ),
    Feeling(
        "numb",
        mark("Numb"),
        (mark("Feeling nothing can be a rest from feeling too much. You can warm your hands on a cup, and leave it at that."),),
    ),
    Feeling(
        "restless",
        mark("Restless"),
        (mark("A restless body can be given something small: a walk around the block, the dishes, a window to open."),),
    ),
    Feeling(
        "lonely",
        mark("Lonely"),
        (mark("You might write a line to one kind person. Or a helpline, if nobody comes to mind."),),
    ),
    Feeling(
        "frightened",
        mark("Frightened"),
        (
            mark("Look around first. Are you safe right now? If you are not sure, trust that, and use the support lines."),
            mark("If you are safe: feel your feet on the floor, and let a breath out slowly. The fear can pass."),
        ),
        lines=True,
    ),
    Feeling(
        "hopeless",
        mark("Hopeless"),
        (
            mark("If you are thinking about ending your life, you deserve a person, not a page."),
            mark("A day like this says nothing about the days to come. You can take it hour by hour, and not alone."),
        ),
        lines=True,
    ),
)


class TodayPage:
    """`/p/<token>/today`. The word is in the body of the answer's request, never in its address."""

    def __init__(self, service: "Service", door: ReaderDoor) -> None:
        self.room = ReaderRoom(service, door)
        self.demo = service.demo
        self.service = service

    def mount(self, app: Flask) -> None:
        """Give the page its address."""
        self.room.add(app, "<token>/today", "me_today", self.show, self.answer)

    def show(self, mine: Mine) -> Response:
        """The words to choose from."""
        return self._page(mine)

    def answer(self, mine: Mine) -> Response:
        """A kind sentence, or support lines first. Nothing is kept."""
        feeling = next((each for each in FEELINGS if each.name == request.form.get("feeling")), None)
        if feeling is None:
            return self._page(mine, {"feeling": say(CHOOSE_ONE)})
        return self.room.page(
            "me_today_said.html",
            mine,
            sentences=[say(sentence) for sentence in feeling.said],
            lines=feeling.lines,
            onward=_slower(mine, only_pause=feeling.lines) if feeling.offers else [],
            countries=in_words(shown(self.service)) if feeling.lines else [],
            purposes=purposes_in_words(),
            demo=self.demo,
        )

    def _page(self, mine: Mine, errors: dict[str, str] | None = None) -> Response:
        words = [(feeling.name, say(feeling.word)) for feeling in FEELINGS]
        return self.room.page("me_today.html", mine, 422 if errors else 200, words=words, errors=errors or {})


def _slower(mine: Mine, *, only_pause: bool) -> list[tuple[str, str]]:
    """Slower ways for the notes, as far as there are notes to come."""
    view = mine.view
    ways = []
    if len(view.running) == 1 and view.running[0].begun and not only_pause:
        note, parts = view.running[0].id, view.running[0].parts
        if len(parts) > 1:
            ways.append((url_for("me_longer", token=mine.token, note=note), say("A little longer with this")))
        ways.append((url_for("me_later", token=mine.token, note=note), say("Not today, send it again later")))
    if view.next_at:
        ways.append((url_for("me_pause", token=mine.token), say("Pause")))
    return ways
