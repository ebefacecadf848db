"""The pages that find people: by the exact address, and for owners by a part of one and in lists; refuses to log what is typed.

What is searched for comes by POST, so that no address stands in an address bar or in a log (D6).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, make_response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.actions import people as acts
from service.domain.addresses import key
from service.domain.roles import Right
from service.domain.subscribers import State
from service.mail.words import english_name
from service.store import people
from service.store.people import PAUSED, Crowd, Filters, Row
from service.web.admin.desk import Desk
from service.web.admin.people import words as person_words

ON_A_PAGE: Final = 50
IN_SHORT: Final = 32
"""So much of a programme's name stands on the trail: a long one looks like a token there."""
_NAMED: Final = re.compile(r"[A-Za-z0-9-]*")
SHORTEST_PART: Final = 3
STATES: Final[dict[str, str]] = {State.ACTIVE: "active", PAUSED: "paused", **person_words.STATES}
WHOLE_ADDRESS: Final = "Please type the whole address, such as name@example.org."
A_PART: Final = "Please type at least three characters of the address."
NOBODY: Final = "Nobody here has this address. Sign-ups that nobody confirmed are forgotten after three days."
NO_PART: Final = "Nobody here has an address with these characters."
DONE: Final = {"erased": "Deleted. Nothing about this person is here any more. Backups forget it within {days} days."}


class PeoplePages:
    """`/admin/people`; for owners with `?state=`, `?programme=` and `?language=`, a page of people at a time."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        self.desk.page("/people", "people", self.show, right=Right.PEOPLE)
        self.desk.page("/people", "people_search", self.search, right=Right.PEOPLE, methods=("POST",))

    def show(self) -> str | Response:
        """The field to search with; for owners how many there are, and the list that was asked for."""
        filters = _filters()
        if filters is None:
            return self._page()
        if not self.desk.may(Right.PEOPLE_ALL):
            return self.desk.not_yours()
        asked = {"state": filters.state, "programme": filters.programme, "language": filters.language}
        self.desk.looked("people listed", "", **{name: value[:IN_SHORT] for name, value in asked.items() if value})
        return self._list(filters)

    def search(self) -> str | AnyResponse:
        """Lead to whoever has the address; for owners, else, to those whose address has it in it."""
        typed = request.form.get("q", "").strip()[:254]
        part = self.desk.may(Right.PEOPLE_ALL) and "@" not in typed.strip("@")
        if not part and "@" not in typed:
            return self._wrong(typed, WHOLE_ADDRESS)
        if part and len(typed) < SHORTEST_PART:
            return self._wrong(typed, A_PART)
        with self.desk.read() as session:
            found = acts.find(session, typed)
            ref = found.ref if found else None
        if ref is not None:
            self.desk.looked("person searched for", "", by="whole address", found=1)
            return self.desk.done("people_one", ref=ref)
        return self._matching(typed) if self.desk.may(Right.PEOPLE_ALL) else self._nobody(typed)

    def _nobody(self, typed: str) -> str:
        self.desk.looked("person searched for", "", by="whole address", found=0)
        return self._page(typed=typed, nobody=NOBODY)

    def _matching(self, typed: str) -> str:
        with self.desk.read() as session:
            rows = people.matching(session, key(typed), now=self.desk.service.now(), limit=ON_A_PAGE + 1)
        self.desk.looked("person searched for", "", by="part of an address", found=len(rows))
        nobody = "" if rows else (NOBODY if "@" in typed.strip("@") else NO_PART)
        return self._page(typed=typed, found=rows[:ON_A_PAGE], more=len(rows) > ON_A_PAGE, nobody=nobody)

    def _wrong(self, typed: str, sentence: str) -> Response:
        return make_response(self._page(typed=typed, error=sentence), 422)

    def _list(self, filters: Filters) -> str:
        before, after = request.args.get("before", type=int), request.args.get("after", type=int)
        at = max(1, request.args.get("at", 1, type=int))
        now = self.desk.service.now()
        with self.desk.read() as session:
            crowd = people.crowd(session, now=now)
            rows = people.page(session, filters, now=now, limit=ON_A_PAGE, before_id=before, after_id=after)
            count = crowd.count(filters.state, filters.language)
            if filters.programme:
                count = people.count(session, filters, now=now)
        return self._page(crowd, filters=filters, rows=rows, pager=_pager(filters, rows, count, at))

    def _page(self, crowd: Crowd | None = None, **values: Any) -> str:  # noqa: ANN401  what the page shows
        owner = self.desk.may(Right.PEOPLE_ALL)
        with self.desk.read() as session:
            crowd = crowd or (people.crowd(session, now=self.desk.service.now()) if owner else Crowd({}))
            programmes = [(row.slug, row.title) for row in people.programmes(session)] if owner else []
        done = DONE.get(request.args.get("done", ""), "").format(days=self.desk.service.backups.days)
        shown = {"typed": "", "error": "", "nobody": "", "filters": Filters(), "found": None, "rows": None, "more": False}
        return self.desk.render(
            "desk/people.html",
            owner=owner,
            states=STATES,
            counts=[(crowd.count(state), words, url_for("desk_people", state=state), "") for state, words in STATES.items()],
            programmes=programmes,
            languages=[(each, english_name(each)) for each in crowd.languages],
            words=person_words,
            done=done,
            **(shown | {"pager": None} | values),
        )


def _filters() -> Filters | None:
    """The list that is asked for; None where none is. A state that there is not counts as none."""
    asked = {name: request.args.get(name, "")[:64] for name in ("state", "programme", "language")}
    if not any(name in request.args for name in asked):
        return None
    filters = Filters(**{name: value if _NAMED.fullmatch(value) else "" for name, value in asked.items()})
    return filters if filters.state in ("", *STATES) else replace(filters, state="")


def _pager(filters: Filters, rows: Sequence[Row], count: int, at: int) -> dict[str, str] | None:
    if not rows:
        return None
    last = at + len(rows) - 1
    asked = {"state": filters.state, "programme": filters.programme, "language": filters.language}
    here = {name: value for name, value in asked.items() if value} or {"state": ""}

    def to(**place: int) -> str:
        return f"{url_for('desk_people')}?{urlencode(here | {name: str(value) for name, value in place.items()})}"

    return {
        "words": f"{at:,} to {last:,} of {count:,}, the newest first",
        "earlier": to(after=rows[0].id, at=max(1, at - ON_A_PAGE)) if at > 1 else "",
        "later": to(before=rows[-1].id, at=last + 1) if last < count else "",
    }
