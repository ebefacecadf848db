"""A letter read on a page, and what its reader says of it; refuses to keep who said it, and to name an address."""

from typing import TYPE_CHECKING, Final

from flask import Flask, Response, make_response, render_template, request, url_for

from service.actions.reading import Answer, LetterView
from service.domain.subscribers import State
from service.web import errors, languages, letter_page, words
from service.web.reader_door import ReaderDoor
from service.web.reader_room import is_from_elsewhere, old_link, stamp
from service.web.speech import mark, say

if TYPE_CHECKING:
    from service.bootstrap import Service

CHOOSE_ONE: Final = mark("Please choose one of these.")
ANSWERS: Final = {
    Answer.HELPED: mark("It helped"),
    Answer.TOO_SOON: mark("It came too soon"),
    Answer.HARD: mark("It was hard to read"),
}
Links = list[tuple[str, str]]


class ReadingPages:
    """`/r/<token>` and `/r/<token>/care`."""

    def __init__(self, service: "Service", door: ReaderDoor) -> None:
        self.service = service
        self.door = door

    def mount(self, app: Flask) -> None:
        """Give the pages their addresses."""
        app.add_url_rule("/r/<path:token>", "read", self.show)
        app.add_url_rule("/r/<token>/care", "read_again", self.show)
        app.add_url_rule("/r/<token>/care", "care", self.answer, methods=["POST"])

    def show(self, token: str) -> Response:
        """The letter, with what can be said and done about it below."""
        return self._letter(token)

    def answer(self, token: str) -> Response:
        """Add what was said to the sum, and offer a slower way where it was too much."""
        letter = self.door.letter(token)
        if letter is None:
            return old_link()
        if is_from_elsewhere(self.service, token):
            languages.prefer(letter.language)
            return errors.page(403)
        sent = request.form.get("answer", "")
        if sent not in set(Answer):
            return self._letter(token, wrong=True)
        if not self.door.say(token, Answer(sent)):
            return old_link()
        languages.prefer(letter.language)
        onward = self._slower(letter) if sent != Answer.HELPED else []
        return make_response(render_template("care.html", token=token, onward=onward))

    def _letter(self, token: str, *, wrong: bool = False) -> Response:
        letter = self.door.letter(token)
        if letter is None:
            return old_link()
        languages.prefer(letter.language)
        body = render_template(
            "read.html",
            letter=letter_page.render(
                letter.source,
                name=letter.name,
                language=letter.language,
                discreet=letter.discreet,
                phase=letter.phase,
                values=self._values(letter),
                weekly=letter.weekly,
            ),
            token=token,
            stamp=stamp(self.service, token),
            answers=[(str(answer), say(label)) for answer, label in ANSWERS.items()],
            errors={"answer": say(CHOOSE_ONE)} if wrong else {},
            preferences=url_for("me", token=letter.preferences_token),
            stop=url_for("stop", token=letter.stop_token),
        )
        return make_response(body, 422 if wrong else 200)

    def _values(self, letter: LetterView) -> dict[str, str]:
        """What the placeholders of a letter say. Its next date is the one that holds today."""
        mine = self.door.view(letter.preferences_token)
        next_at = mine.view.next_at if mine else None
        day = words.weekday_day(next_at) if next_at else say("another day")
        return {"next_date": day, "help_link": url_for("help"), "safer_link": url_for("safer")}

    def _slower(self, letter: LetterView) -> Links:
        """Slower ways for the notes, where there are notes to come."""
        token = letter.preferences_token
        mine = self.door.view(token)
        if mine is None or mine.view.state is not State.ACTIVE:
            return []
        found = mine.running(letter.enrolment_id) if letter.enrolment_id else None
        links: Links = []
        if found and len(found.parts) > 1:
            links.append((url_for("me_longer", token=token, note=found.id), say("A little longer with this")))
        if found:
            links.append((url_for("me_later", token=token, note=found.id), say("Not today, send it again later")))
        if mine.view.next_at:
            links.append((url_for("me_pause", token=token), say("Pause")))
        return links
