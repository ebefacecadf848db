"""The page of one person, and what can be done for them there; refuses to show what only the reader may know (S-8).

Every look is a line on the trail, and every deed stands on it in the same transaction.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from flask import Response, make_response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.actions import people as acts
from service.actions import person as reading
from service.actions.people import NobodyError, PersonError
from service.actions.person import SUPPRESSED, Looking, PersonView
from service.domain.moves import WEEKS_TO_CHOOSE
from service.domain.roles import Right
from service.web.admin.desk import Desk
from service.web.admin.people import grounds
from service.web.admin.people import words as person_words

if TYPE_CHECKING:
    from service.store.database import Session

UNTIL_THEY_SAY: Final = "open"
SPANS: Final = (*((str(weeks), weeks) for weeks in WEEKS_TO_CHOOSE), (UNTIL_THEY_SAY, None))
HOW_LONG: Final = "Please choose how long the pause shall be."
DONE: Final = {
    "paused": "Paused. Nothing comes before the pause is over.",
    "resumed": "The pause is over. The next letter comes on its usual day.",
    "stopped": "Everything has stopped for this person.",
    "offered": "A letter with the link to their own page is on its way.",
    "suppressed": "Nothing will be written to this address any more.",
}
Deed = Callable[["Session"], None]


class PersonPages:
    """`/admin/people/<ref>`: the page itself, `pause`, `resume`, `stop`, `offer`, `suppress`, `erase` and `everything`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.service = desk.service

    def mount(self) -> None:
        """Give the pages their addresses."""
        page, here = self.desk.page, "/people/<ref>"
        page(here, "people_one", self.show, right=Right.PEOPLE)
        for name, view in (("pause", self.pause), ("resume", self.resume), ("stop", self.stop), ("offer", self.offer)):
            page(f"{here}/{name}", f"people_{name}", view, right=Right.PEOPLE_ACT, methods=("POST",))
        page(f"{here}/suppress", "people_suppress", self.suppress, right=Right.SUPPRESS, methods=("POST",))
        page(f"{here}/erase", "people_erase", self.ask_to_erase, right=Right.ERASE)
        page(f"{here}/erase", "people_erased", self.erase, right=Right.ERASE, methods=("POST",), fresh=True)
        page(f"{here}/everything", "people_everything", self.ask_for_everything, right=Right.ERASE)
        page(f"{here}/everything", "people_given", self.give_everything, right=Right.ERASE, methods=("POST",), fresh=True)

    def show(self, ref: str) -> str | AnyResponse:
        """Everything that may be known of a person."""
        person = self._look(ref, request.args.get("before", type=int))
        return self._page(person) if person else self.desk.not_found()

    def _look(self, ref: str, before_id: int | None = None) -> PersonView | None:
        looking = Looking(self.desk.seat().zone, in_full=self.desk.may(Right.PEOPLE_ALL))
        with self.desk.read() as session:
            person = reading.view(session, ref, looking, keys=self.service.keys, now=self._now(), before_id=before_id)
        if person is not None:
            self.desk.looked("person looked at", _about(ref))
        return person

    def _page(self, person: PersonView, **values: Any) -> str:  # noqa: ANN401  what the page shows
        return self.desk.render(
            "desk/person.html",
            person=person,
            words=person_words,
            spans=SPANS,
            done=DONE.get(request.args.get("done", ""), ""),
            **({"errors": {}} | values),
        )

    def pause(self, ref: str) -> AnyResponse | str:
        """Let nothing come to somebody for a while."""
        sent = request.form.get("weeks", "")
        if sent not in dict(SPANS):
            return self._again(ref, {"weeks": HOW_LONG})
        weeks = dict(SPANS)[sent]
        now, wall, keys = self._now(), self._wall(), self.service.keys
        return self._do(
            ref,
            "person paused",
            "paused",
            lambda session: acts.pause(session, ref, weeks, keys=keys, now=now, wall=wall),
            weeks=weeks or "until they say",
        )

    def resume(self, ref: str) -> AnyResponse | str:
        """End somebody's pause."""
        now, keys = self._now(), self.service.keys
        return self._do(ref, "pause ended", "resumed", lambda session: acts.resume(session, ref, keys=keys, now=now))

    def stop(self, ref: str) -> AnyResponse | str:
        """Stop everything for somebody."""
        now, wall, keys = self._now(), self._wall(), self.service.keys
        return self._do(ref, reading.STOPPED, "stopped", lambda session: acts.stop(session, ref, keys=keys, now=now, wall=wall))

    def offer(self, ref: str) -> AnyResponse | str:
        """Mail somebody the link with which they can start other notes."""
        now, wall = self._now(), self._wall()
        return self._do(ref, "programmes offered", "offered", lambda session: acts.offer(session, ref, now=now, wall=wall))

    def suppress(self, ref: str) -> AnyResponse | str:
        """Never write to somebody's address again."""
        now, wall, keys = self._now(), self._wall(), self.service.keys
        source = f"desk:{self.desk.seat().admin_id}"
        return self._do(
            ref,
            SUPPRESSED,
            "suppressed",
            lambda session: acts.suppress(session, ref, source=source, keys=keys, now=now, wall=wall),
        )

    def _do(self, ref: str, what: str, done: str, deed: Deed, **facts: int | str | bool) -> AnyResponse | str:
        """Do it with its line on the trail, or say why it cannot be done; then nothing is written."""
        try:
            with self.desk.write(what, _about(ref), **facts) as session:
                deed(session)
        except NobodyError:
            return self.desk.not_found()
        except PersonError as error:
            return self._again(ref, {"": str(error)})
        return self.desk.done("people_one", ref=ref, done=done)

    def _again(self, ref: str, errors: dict[str, str]) -> AnyResponse:
        person = self._look(ref)
        return make_response(self._page(person, errors=errors), 422) if person else self.desk.not_found()

    def ask_to_erase(self, ref: str) -> str | AnyResponse:
        """What erasing somebody means: the first of two steps."""
        person = self._look(ref)
        return self._grave("desk/person_erase.html", person) if person else self.desk.not_found()

    def erase(self, ref: str) -> AnyResponse:
        """Delete everything about somebody."""
        try:
            with self.desk.write("person erased", _about(ref)) as session:
                acts.erase(session, ref, keys=self.service.keys, wall=self._wall(), backups=self.service.backups)
        except NobodyError:
            return self.desk.not_found()
        return self.desk.done("people", done="erased")

    def ask_for_everything(self, ref: str) -> str | AnyResponse:
        """What giving out everything means, and for which reason it is done."""
        person = self._look(ref)
        return self._grave("desk/person_everything.html", person) if person else self.desk.not_found()

    def give_everything(self, ref: str) -> str | AnyResponse:
        """Everything that is kept about somebody, as a file."""
        typed = request.form.get("why", "")
        why, error = grounds.read(typed)
        if error:
            person = self._look(ref)
            if person is None:
                return self.desk.not_found()
            return make_response(self._grave("desk/person_everything.html", person, typed=typed, errors={"why": error}), 422)
        try:
            with self.desk.write("all about a person given out", _about(ref), why=why) as session:
                kept = acts.everything(session, ref, keys=self.service.keys)
        except NobodyError:
            return self.desk.not_found()
        return _file(kept)

    def _grave(self, template: str, person: PersonView, **values: Any) -> str:  # noqa: ANN401  what the page shows
        shown: dict[str, Any] = {"errors": {}, "typed": "", "days": self.service.backups.days}
        shown |= grounds.fresh(self.desk, url_for("desk_people_one", ref=person.ref))
        return self.desk.render(template, person=person, words=person_words, **(shown | values))

    def _now(self) -> datetime:
        return self.service.now()

    def _wall(self) -> datetime:
        return self.service.wall()


def _about(ref: str) -> str:
    return f"person:{ref[:16]}"


def _file(kept: dict[str, Any]) -> Response:
    made = Response(json.dumps(kept, ensure_ascii=False, indent=2), mimetype="application/json")
    made.headers["Content-Disposition"] = 'attachment; filename="everything.json"'
    return made
