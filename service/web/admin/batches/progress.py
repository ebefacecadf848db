"""How far a batch has come, letter by letter, and who is behind each count; refuses to list people to whom it may not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from flask import Response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.domain import batches as rules
from service.domain.batches import State
from service.domain.progress import Account
from service.domain.roles import Right
from service.store import batch_letters, batch_people, progress
from service.store.batch_people import STANDINGS, Standing
from service.web.admin.batches import view as batch_view
from service.web.admin.batches import words as batch_words
from service.web.admin.batches.view import BatchView
from service.web.admin.desk import Desk

if TYPE_CHECKING:
    from service.store.database import Session

ON_A_PAGE: Final = 50
LAST: Final = 2**31 - 1
LOOKED_AT_AGAIN: Final = (State.RUNNING, State.PAUSED)


@dataclass(frozen=True, slots=True)
class Line:
    """The account of one letter, or of all. `fixed_at` is when its words were settled, or will be."""

    number: int
    letter_id: int | None
    title: str
    account: Account
    fixed_at: datetime | None
    skipped: tuple[tuple[str, int], ...]
    refused: tuple[tuple[str, int], ...]
    hrefs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Progress:
    """All lines of a batch, and their sum."""

    lines: tuple[Line, ...]
    total: Line
    readers_href: str


class BatchProgress:
    """`/admin/batches/<id>/progress` and `/people`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        here = "/batches/<int:batch_id>"
        self.desk.page(f"{here}/progress", "batch_progress", self.show, right=Right.SEE)
        self.desk.page(f"{here}/people", "batch_people", self.show_people, right=Right.PEOPLE_ALL)

    def show(self, batch_id: int) -> str | AnyResponse:
        """The account alone, for a page that looks again by itself."""
        with self.desk.read() as session:
            batch = batch_view.look(session, batch_id)
            if batch is None:
                return self.desk.not_found()
            if request.args.get("state") not in (None, batch.state):
                return Response("", 200, {"HX-Refresh": "true"})  # its buttons are others now
            if request.args.get("part") == "gone":
                return batch_words.gone(progress.account(session, batch_id).total)
            found = look(self.desk, session, batch)
        return self.desk.render("desk/batch_progress.html", batch=batch, progress=found, words=batch_words)

    def show_people(self, batch_id: int) -> str | AnyResponse:
        """Who is behind a count."""
        standing, letter = request.args.get("state", "expected"), request.args.get("letter", type=int)
        after = min(request.args.get("after", 0, type=int), LAST)
        with self.desk.read() as session:
            batch = batch_view.look(session, batch_id)
            if batch is None or standing not in STANDINGS:
                return self.desk.not_found()
            titles = {each.id: batch_view.title_of(each) for each in batch_letters.rows(session, batch_id)}
            if letter is not None and letter not in titles:
                return self.desk.not_found()
            rows = batch_people.page(
                session, batch_id, Standing(standing), letter_id=letter, after_id=after, limit=ON_A_PAGE + 1
            )
        self.desk.looked("people of a batch looked at", batch_view.about(batch_id), state=standing)
        shown, more = rows[:ON_A_PAGE], len(rows) > ON_A_PAGE
        return self.desk.render(
            "desk/batch_people.html",
            batch=batch,
            people=shown,
            standing=Standing(standing),
            title=titles.get(letter or 0, ""),
            titles=titles,
            later=people_href(self.desk, batch_id, standing, letter, after=shown[-1].id) if more else "",
        )


def people_href(desk: Desk, batch_id: int, standing: str, letter_id: int | None = None, *, after: int | None = None) -> str:
    """Where the people behind a count are listed; empty for those who may not see lists of people."""
    if not desk.may(Right.PEOPLE_ALL):
        return ""
    return url_for("desk_batch_people", batch_id=batch_id, state=standing, letter=letter_id, after=after)


def look(desk: Desk, session: "Session", batch: BatchView) -> Progress:
    """The account of a batch, with where each count leads."""
    accounts, rows = progress.account(session, batch.id), batch_letters.rows(session, batch.id)
    lines = tuple(
        _line(desk, batch, number, each.id, batch_view.title_of(each), accounts.letters[each.id])
        for number, each in enumerate(rows, start=1)
        if each.id in accounts.letters
    )
    return Progress(
        lines, _line(desk, batch, 0, None, "All letters", accounts.total), people_href(desk, batch.id, Standing.EXPECTED)
    )


def _line(desk: Desk, batch: BatchView, number: int, letter_id: int | None, title: str, account: Account) -> Line:
    return Line(
        number=number,
        letter_id=letter_id,
        title=title,
        account=account,
        fixed_at=fixed_at(batch, number) if number else None,
        skipped=tuple((batch_words.skipped(reason), count) for reason, count in account.skipped.items()),
        refused=tuple((batch_words.refused(reason), count) for reason, count in account.refused.items()),
        hrefs=_hrefs(desk, batch.id, letter_id, account),
    )


def _hrefs(desk: Desk, batch_id: int, letter_id: int | None, account: Account) -> dict[str, str]:
    """Where each count leads that is not zero; outcomes to decide about lead to where that is done."""
    found = {each: people_href(desk, batch_id, each, letter_id) for each in Standing if letter_id or each in _OF_ALL}
    if desk.may(Right.RESOLVE):
        found |= {each: url_for("desk_outcomes", state=each, batch=batch_id) for each in _TO_RESOLVE}
    counts = {
        Standing.EXPECTED: account.expected,
        Standing.TO_COME: account.to_come,
        Standing.WAITING: account.waiting,
        Standing.SENT: account.sent,
        Standing.SKIPPED: sum(account.skipped.values()),
        Standing.REFUSED: sum(account.refused.values()),
        Standing.UNKNOWN: account.unknown,
    }
    return {str(each): href for each, href in found.items() if counts[each]}


_OF_ALL: Final = frozenset({Standing.WAITING, Standing.SENT, Standing.REFUSED, Standing.UNKNOWN})
"""What can be listed of all letters together."""

_TO_RESOLVE: Final = (Standing.REFUSED, Standing.UNKNOWN)


def fixed_at(batch: BatchView, number: int) -> datetime | None:
    """When the words of a letter of a batch are settled: as its day begins in the first zone."""
    if batch.timing is None:
        return None
    return rules.launch_at(batch.timing.first_date + timedelta(days=batch.timing.cadence_days * (number - 1)))
