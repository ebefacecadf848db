"""Messages that are unknown or were refused: look at them, leave them, send them again; refuses to choose by itself.

Whoever has no right to people sees no address here, not even a masked one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from flask import request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.actions import drafts
from service.actions import outcomes as acts
from service.actions.outcomes import Again
from service.actions.person import letter_name
from service.domain.messages import Kind, State
from service.domain.roles import Right
from service.store import outcomes, people
from service.store.outcomes import OutcomeRow
from service.web.admin.desk import Desk
from service.web.admin.people import words as person_words

if TYPE_CHECKING:
    from service.store.database import Session

ON_A_PAGE: Final = 50
STATES: Final = {"unknown": State.UNKNOWN, "refused": State.REFUSED}
CHOOSE: Final = "Choose at least one message first."
LOOK: Final = {"unknown": "No letters with an unknown outcome.", "refused": "No refused letters to look at."}
_ADDRESS: Final = re.compile(r"[^\s<>()\"']+@[^\s<>()\"']+")
_LEFT: Final = {
    "unknown": "No unknown letter was left as it is.",
    "refused": "No refused letter was left as it is.",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which list: a state, of one programme or batch or of all (None), those to look at or those that were left."""

    state: str
    sequence_id: int | None
    left: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """What stands in the address of the list."""
        found: dict[str, Any] = {"state": self.state}
        if self.sequence_id is not None:
            found["batch"] = str(self.sequence_id)
        return found | ({"left": "yes"} if self.left else {})


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt that was not taken at once."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One message as the page shows it; `person` is the public id of whom it was for, empty for who may not know."""

    id: int
    name: str
    series: str
    at: datetime | None
    left_at: datetime | None
    why: str
    reply: str
    tries: int
    told: tuple[Try, ...]
    person: str
    address: str


class OutcomePages:
    """`/admin/outcomes?state=unknown|refused&batch=&programme=&left=`, and what is decided there."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        self.desk.page("/outcomes", "outcomes", self.show, right=Right.RESOLVE)
        self.desk.page("/outcomes/left", "outcomes_left", self.leave, right=Right.RESOLVE, methods=("POST",))
        self.desk.page("/outcomes/again", "outcomes_again", self.send_again, right=Right.RESOLVE, methods=("POST",))

    def show(self) -> str:
        """The list, and how many there are of each programme and batch."""
        return self._page(_asked(request.args), done=_done(request.args))

    def _page(self, asked: Asked, *, done: str = "", error: str = "") -> str:
        before = request.args.get("before", type=int)
        state = STATES[asked.state]
        with self.desk.read() as session:
            found = outcomes.list_(
                session, state, sequence_id=asked.sequence_id, left=asked.left, before_id=before, limit=ON_A_PAGE + 1
            )
            rows = self._rows(session, found[:ON_A_PAGE])
            counted = outcomes.by_sequence(session, state)
        in_all = sum(number for id_, _, number in counted if asked.sequence_id in (None, id_))
        return self.desk.render(
            "desk/outcomes.html",
            asked=asked,
            rows=rows,
            counted=[(title, number, _series_url(asked, id_)) for id_, title, number in counted],
            titles={id_: title for id_, title, _ in counted},
            total=in_all,
            most=acts.MOST_AT_ONCE,
            empty_words=(_LEFT if asked.left else LOOK)[asked.state],
            tabs_=_tabs(asked),
            older=url_for("desk_outcomes", **asked.values, before=found[ON_A_PAGE - 1].id) if len(found) > ON_A_PAGE else "",
            done=done,
            error=error,
        )

    def _rows(self, session: "Session", found: list[OutcomeRow]) -> list[Row]:
        tries = people.attempts_of(session, [each.id for each in found])
        titles = drafts.titles(session, {each.letter_id for each in found if each.letter_id})
        knows = self.desk.may(Right.PEOPLE)
        return [
            Row(
                id=each.id,
                name=_called(each, titles),
                series=each.sequence,
                at=each.settled_at,
                left_at=each.left_at,
                why=person_words.reason(each.reason),
                reply=self._said(str(each.reply_code or ""), each.reply_text),
                tries=each.attempts,
                told=tuple(
                    Try(one.at, self._said(person_words.OUTCOMES.get(one.outcome, ""), str(one.code or ""), one.text))
                    for one in tries.get(each.id, ())
                ),
                person=each.subscriber_ref if knows else "",
                address=each.address if knows else "",
            )
            for each in found
        ]

    def _said(self, *words: str) -> str:
        """What a server said: it may repeat the address, which is not for everybody here."""
        said = " ".join(filter(None, words))
        return said if self.desk.may(Right.PEOPLE_ALL) else _ADDRESS.sub("(the address)", said)

    def leave(self) -> str | AnyResponse:
        """Leave messages as they are: those that are chosen, or all of the list."""
        asked, chosen, every = _asked(request.form), _chosen(), "all" in request.form
        if not (chosen or every):
            return self._nothing(asked)
        wall, state = self.desk.service.wall(), STATES[asked.state]
        with self.desk.write(
            "outcomes left", _about(asked), state=asked.state, chosen="all" if every else len(chosen)
        ) as session:
            if every:
                count = acts.leave_all(session, state, asked.sequence_id, wall=wall)
            else:
                count = acts.leave(session, chosen, wall=wall)
        return self.desk.done("outcomes", **asked.values, left_now=count)

    def send_again(self) -> str | AnyResponse:
        """Let messages leave once more: those that are chosen, or all of the list."""
        asked, chosen, every = _asked(request.form), _chosen(), "all" in request.form
        if not (chosen or every):
            return self._nothing(asked)
        now, wall, state = self.desk.service.now(), self.desk.service.wall(), STATES[asked.state]
        facts = {"state": asked.state, "chosen": "all" if every else len(chosen)}
        with self.desk.write("messages sent again", _about(asked), **facts) as session:
            if every:
                again = acts.send_all_again(session, state, asked.sequence_id, now=now, wall=wall)
            else:
                again = acts.send_again(session, chosen, now=now, wall=wall)
        told = {"done": again.done, "later": again.later, "gone": again.gone, "not_there": again.not_there}
        return self.desk.done("outcomes", **asked.values, **told)

    def _nothing(self, asked: Asked) -> AnyResponse:
        return self.desk.app.make_response((self._page(asked, error=CHOOSE), 422))


def _asked(given: Mapping[str, str]) -> Asked:
    number = given.get("batch") or given.get("programme") or ""
    sequence_id = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None
    state = given.get("state", "")
    return Asked(state if state in STATES else "unknown", sequence_id, given.get("left") == "yes")


def _chosen() -> list[int]:
    """The messages that are ticked; no more than a page has."""
    return request.form.getlist("message", type=int)[: 2 * ON_A_PAGE]


def _about(asked: Asked) -> str:
    return f"sequence:{asked.sequence_id}" if asked.sequence_id is not None else ""


def _series_url(asked: Asked, sequence_id: int | None) -> str:
    return url_for("desk_outcomes", state=asked.state, batch=sequence_id) if sequence_id is not None else ""


def _tabs(asked: Asked) -> list[dict[str, object]]:
    ways = (("Unknown", "unknown", False), ("Refused", "refused", False), ("Left as they are", asked.state, True))
    return [
        {
            "label": label,
            "href": url_for("desk_outcomes", **Asked(state, asked.sequence_id, left).values),
            "current": (state, left) == (asked.state, asked.left),
        }
        for label, state, left in ways
    ]


def _called(each: OutcomeRow, titles: Mapping[int, str]) -> str:
    if each.kind is not Kind.LETTER:
        return person_words.KINDS.get(each.kind, each.kind)
    return titles.get(each.letter_id or 0) or letter_name(each.letter)


def _done(given: Mapping[str, str]) -> str:
    """What happened after a decision, in sentences."""
    left = _number(given, "left_now")
    if left is not None:
        return f"{_messages(left)} left as {'it is' if left == 1 else 'they are'}. Nothing is sent."
    if _number(given, "done") is None:
        return ""
    again = Again(*(_number(given, each) or 0 for each in ("done", "later", "gone", "not_there")))
    said = [f"{_messages(again.done)} will leave within the next minutes, when mail may come to each reader."]
    if again.later:
        said.append(f"{_messages(again.later)} stayed: their reader has another letter today. You can ask again tomorrow.")
    if again.gone:
        said.append(f"{_messages(again.gone)} stayed: no mail may go to their reader any more.")
    if again.not_there:
        said.append(f"{_messages(again.not_there)} stayed: somebody else has decided meanwhile.")
    return " ".join(said)


def _number(given: Mapping[str, str], name: str) -> int | None:
    typed = given.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 8 else None


def _messages(count: int) -> str:
    return {0: "No message", 1: "One message"}.get(count, f"{count:,} messages")
