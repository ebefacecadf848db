"""All batches, a new one, and how one stands with what can be done next; refuses to do it: `batch_life` does."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from flask import make_response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.actions import batches as acts
from service.actions.batches import RefusedError
from service.domain import batches as rules
from service.domain.batches import State
from service.domain.roles import Right
from service.mail.words import english_name
from service.store import audiences, batch_letters, batches, progress, sequences
from service.store.batches import BatchRow
from service.web.admin import counting
from service.web.admin.batches import progress as batch_progress
from service.web.admin.batches import view as batch_view
from service.web.admin.batches import words as batch_words
from service.web.admin.batches.view import BatchView
from service.web.admin.desk import Desk

if TYPE_CHECKING:
    from service.domain.progress import Account
    from service.store.database import Session

GROUPS: Final = (
    ("On their way", (State.RUNNING, State.PAUSED)),
    ("To come", (State.SCHEDULED,)),
    ("Drafts", (State.DRAFT,)),
    ("Over", (State.DONE, State.CANCELLED)),
)
MOST: Final = 200

DONE: Final = {
    "confirmed": "Confirmed. It begins by itself.",
    "undone": "Taken back. The batch is a draft again, and nobody gets anything.",
    "moved": "Moved.",
    "paused": "Paused. Nothing of it leaves until you resume it.",
    "resumed": "It goes on. What waited beyond its hour comes at each reader’s next wished slot.",
    "cancelled": "Cancelled. Nothing more of it leaves.",
    "copied": "This is the copy. It is a draft without a first day.",
    "named": "Saved.",
}


class BatchPages:
    """`/admin/batches` and `/admin/batches/<id>`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        page, here = self.desk.page, "/batches/<int:batch_id>"
        page("/batches", "batches", self.show_all, right=Right.SEE)
        page("/batches", "batch_made", self.make, right=Right.BATCH, methods=("POST",))
        page(here, "batch", self.show, right=Right.SEE)
        page(f"{here}/name", "batch_named", self.name, right=Right.BATCH, methods=("POST",))

    def show_all(self) -> str:
        """Every batch, by where it stands."""
        return self._list({}, "", "en")

    def _list(self, errors: dict[str, str], typed: str, language: str) -> str:
        with self.desk.read() as session:
            rows = batches.list_(session, limit=MOST)
            soon = [each.id for each in rows if each.state in GROUPS[0][1] and each.readers <= audiences.MANY]
            accounts = {batch_id: progress.account(session, batch_id).total for batch_id in soon}
            spoken = sorted({"en", *sequences.languages(session)})
        groups = [(words, [each for each in rows if each.state in states]) for words, states in GROUPS]
        return self.desk.render(
            "desk/batches.html",
            groups=[(words, [self._row(each, accounts.get(each.id)) for each in some]) for words, some in groups if some],
            errors=errors,
            typed=typed,
            language=language,
            languages=[(code, english_name(code)) for code in spoken],
        )

    def _row(self, row: BatchRow, account: "Account | None") -> dict[str, Any]:
        return {
            "row": row,
            "manner": batch_words.MANNERS[row.manner][0],
            "gone": batch_words.gone(account) if account else "",
            "gone_href": url_for("desk_batch_progress", batch_id=row.id, part="gone") if _counts_later(row, account) else "",
            "readers_href": batch_progress.people_href(self.desk, row.id, "expected"),
        }

    def make(self) -> str | AnyResponse:
        """A draft without letters."""
        name, language = request.form.get("name", ""), request.form.get("language", "en")
        service = self.desk.service
        try:
            with self.desk.write("batch made") as session:
                spoken = {"en", *sequences.languages(session)}
                batch_id = acts.create(
                    session,
                    name,
                    by=self.desk.seat().name,
                    wall=service.wall(),
                    letters=0,
                    language=language if language in spoken else "en",
                )
        except RefusedError as error:
            return make_response(self._list(error.sentences, name[:200], language), 422)
        return self.desk.done("batch_letters", batch_id=batch_id)

    def show(self, batch_id: int) -> str | AnyResponse:
        """How a batch stands, and what can be done next."""
        return show_one(self.desk, batch_id, {})

    def name(self, batch_id: int) -> str | AnyResponse:
        """Call a draft something else."""
        name, revision = request.form.get("name", ""), request.form.get("revision", 0, type=int)
        found = batch_view.save(self.desk, batch_id, revision, "batch named", lambda kept: replace(kept, name=name))
        return (
            show_one(self.desk, batch_id, found, name[:200])
            if found
            else self.desk.done("batch", batch_id=batch_id, done="named")
        )


def _counts_later(row: BatchRow, account: "Account | None") -> bool:
    return account is None and row.state in GROUPS[0][1]


def _fits(session: "Session", batch: BatchView, desk: Desk) -> int:
    """How many readers a batch is for: those who fit now, or those who are in it."""
    if batch.has_begun:
        return batch.readers
    return audiences.count(
        session,
        batch.settings.audience,
        now=desk.service.now(),
        extras_only=batch.settings.manner is rules.Manner.EXTRA,
    )


def show_one(desk: Desk, batch_id: int, errors: dict[str, str], name: str | None = None) -> str | AnyResponse:
    """How a batch stands; with what was refused, if something was."""
    now, wall = desk.service.now(), desk.service.wall()
    with desk.read() as session:
        batch = batch_view.look(session, batch_id)
        if batch is None:
            return desk.not_found()
        later = batch.has_begun and counting.counts_later(request.args, many=batch.readers > audiences.MANY)
        fits = _fits(session, batch, desk)
        values = {
            "later": later,
            "parts": _parts(session, batch),
            "fits": fits,
            "faults": acts.faults(session, batch_id, now=now, fits=fits > 0) if batch.is_draft else {},
            "progress": batch_progress.look(desk, session, batch) if batch.has_begun and not later else None,
            "overlapping": batches.overlapping(session, batch_id) if batch.has_begun else 0,
        }
    undo_until = batch.confirmed_at + rules.UNDO_WITHIN if batch.confirmed_at else None
    page = batch_view.page(
        desk,
        "batch.html",
        batch,
        "batch",
        **values,
        errors=errors,
        name=batch.settings.name if name is None else name,
        done=DONE.get(request.args.get("done", ""), ""),
        undo_until=undo_until if rules.may_undo(batch.state, batch.confirmed_at, wall=wall) else None,
        wall=wall,
        begins=rules.launch_at(batch.settings.first_date) if batch.settings.first_date else None,
    )
    return make_response(page, 422 if errors else 200)


def _parts(session: "Session", batch: BatchView) -> list[dict[str, Any]]:
    """What was said of a batch, part by part, with the fields whose faults belong there."""
    rows = batch_letters.rows(session, batch.id)
    who, taken = batch_view.audience_words(session, batch.settings)
    when = [batch_words.rhythm(batch.timing, len(rows))] if batch.timing else ["No first day yet."]
    manner = batch_words.MANNERS[batch.settings.manner]
    said = (
        ("Letters", [batch_view.title_of(each) for each in rows] or ["None yet."], "batch_letters", ("letters",)),
        ("For whom", [who, taken], "batch_audience", ("audience", "rolling_until")),
        ("When", when, "batch_when", ("first_date", "cadence_days", "hour", "spread_hours")),
        ("How", [f"{manner[0]}. {manner[1]}"], "batch_manner", ()),
    )
    return [
        {"label": label, "lines": lines, "href": url_for(f"desk_{endpoint}", batch_id=batch.id), "fields": fields}
        for label, lines, endpoint, fields in said
    ]
