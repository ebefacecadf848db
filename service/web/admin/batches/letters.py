"""The letters of a batch: written, copied or brought as files, in their order; refuses to change them once it is confirmed."""

from typing import TYPE_CHECKING, Any, Final

from flask import make_response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.actions import batch_letters as acts
from service.actions.batches import RefusedError
from service.actions.drafts import FilesRefusedError, Writer
from service.domain.roles import Right
from service.domain.sequences import LetterState
from service.store import batch_letters, batches
from service.web.admin.batches import progress as batch_progress
from service.web.admin.batches import view as batch_view
from service.web.admin.batches.view import BatchView, about
from service.web.admin.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.store.batch_letters import LetterRow
    from service.store.database import Session

LARGEST: Final = 4 * 1024 * 1024
"""The most bytes of all files together."""

LARGEST_ID: Final = 2**31 - 1

DONE: Final = {
    "brought": "The letters stand at the end, in the order of their names. They are drafts still.",
    "published": "Published. They leave with the batch, and not before.",
    "copied": "A copy stands at the end. Changing it changes nothing where it came from.",
    "moved": "Moved.",
    "out": "Taken out. Its words are kept below.",
    "back": "It stands where it was.",
}


class BatchLetters:
    """`/admin/batches/<id>/letters`, and what can be done with them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        here, changes = "/batches/<int:batch_id>/letters", {"right": Right.BATCH, "methods": ("POST",)}
        self.desk.page(here, "batch_letters", self.show, right=Right.SEE)
        self.desk.page(f"{here}/add", "batch_letter_added", self.add, **changes)  # type: ignore[arg-type]
        self.desk.page(
            f"{here}/files", "batch_letters_brought", self.bring, right=Right.BATCH, methods=("POST",), largest=LARGEST
        )
        self.desk.page(f"{here}/publish", "batch_letters_published", self.publish, right=Right.PUBLISH, methods=("POST",))
        self.desk.page(f"{here}/copy", "batch_letter_copied", self.copy, **changes)  # type: ignore[arg-type]
        self.desk.page(f"{here}/move", "batch_letter_moved", self.move, **changes)  # type: ignore[arg-type]
        self.desk.page(f"{here}/out", "batch_letter_out", self.take_out, **changes)  # type: ignore[arg-type]
        self.desk.page(f"{here}/back", "batch_letter_back", self.put_back, **changes)  # type: ignore[arg-type]

    def show(self, batch_id: int) -> str | AnyResponse:
        """The letters in their order."""
        return self._page(batch_id, {})

    def _page(self, batch_id: int, errors: dict[str, str], **values: Any) -> str | AnyResponse:  # noqa: ANN401
        now = self.desk.service.now()
        with self.desk.read() as session:
            batch = batch_view.look(session, batch_id)
            if batch is None:
                return self.desk.not_found()
            rows = [
                self._row(batch, number, each, editable=batches.is_editable(session, each.id, now=now))
                for number, each in enumerate(batch_letters.rows(session, batch_id), start=1)
            ]
            gone = batch_letters.taken_out(session, batch_id) if batch.is_draft else []
            shelves = batch_view.shelf_rows(session, batch_id) if batch.is_draft else []
        page = batch_view.page(
            self.desk,
            "batch_letters.html",
            batch,
            "batch_letters",
            rows=rows,
            gone=[{"id": each.id, "title": batch_view.title_of(each)} for each in gone],
            shelves=shelves,
            errors=errors,
            done=DONE.get(request.args.get("done", ""), ""),
            **({"findings": (), "chosen": "", "title": ""} | values),
        )
        return make_response(page, 422 if errors else 200)

    def _row(self, batch: BatchView, number: int, letter: "LetterRow", *, editable: bool) -> dict[str, Any]:
        return {
            "id": letter.id,
            "number": number,
            "title": batch_view.title_of(letter),
            "state": "ready" if letter.state is LetterState.LIVE else "draft",
            "languages": letter.languages,
            "waits": letter.waits,
            "href": url_for("desk_letter", letter_id=letter.id),
            "editable": editable,
            "fixed_at": batch_progress.fixed_at(batch, number),
        }

    def add(self, batch_id: int) -> AnyResponse | str:
        """A letter to write."""
        title = request.form.get("title", "")
        try:
            with self.desk.write("letter added to a batch", about(batch_id)) as session:
                letter = acts.add(session, batch_id, title)
        except RefusedError as error:
            return self._page(batch_id, error.sentences, title=title[:200])
        return self.desk.done("letter", letter_id=letter)

    def bring(self, batch_id: int) -> AnyResponse | str:
        """Letters that were written elsewhere, a file for each."""
        seat, wall, site = self.desk.seat(), self.desk.service.wall(), self.desk.service.site
        files = [(each.filename or "", each.read()) for each in request.files.getlist("files") if each.filename]
        writer = Writer(seat.admin_id, seat.name, wall)
        try:
            return self._do(
                batch_id,
                "letters brought into a batch",
                "brought",
                lambda session: acts.bring(session, batch_id, files, writer=writer, site=site),
            )
        except FilesRefusedError as error:
            return self._page(batch_id, {"files": _in_words(error, len(files))}, findings=error.findings)

    def publish(self, batch_id: int) -> AnyResponse | str:
        """Make what is written ready to leave with the batch."""
        now, wall, site, by = self.desk.service.now(), self.desk.service.wall(), self.desk.service.site, self.desk.seat().name
        return self._do(
            batch_id,
            "letters of a batch published",
            "published",
            lambda session: acts.publish(session, batch_id, by=by, site=site, now=now, wall=wall),
        )

    def copy(self, batch_id: int) -> AnyResponse | str:
        """A letter that is there already."""
        letter, by, wall = _id("letter"), self.desk.seat().name, self.desk.service.wall()
        return self._do(
            batch_id,
            "letter copied into a batch",
            "copied",
            lambda session: acts.copy_in(session, batch_id, letter, by=by, wall=wall),
        )

    def move(self, batch_id: int) -> AnyResponse | str:
        """Another place for a letter."""
        letter, to = _id("item"), request.form.get("to", 1, type=int)
        return self._do(
            batch_id, "letters of a batch put in order", "moved", lambda session: acts.place(session, batch_id, letter, to)
        )

    def take_out(self, batch_id: int) -> AnyResponse | str:
        """Leave a letter out."""
        letter = _id("item")
        return self._do(
            batch_id, "letter taken out of a batch", "out", lambda session: acts.take_out(session, batch_id, letter)
        )

    def put_back(self, batch_id: int) -> AnyResponse | str:
        """Let a letter that was left out stand at the end."""
        letter = _id("item")
        return self._do(
            batch_id, "letter put back into a batch", "back", lambda session: acts.put_back(session, batch_id, letter)
        )

    def _do(self, batch_id: int, what: str, done: str, deed: "Callable[[Session], object]") -> AnyResponse | str:
        """Do it with its line on the trail, or say why it cannot be done; then nothing is written."""
        try:
            with self.desk.write(what, about(batch_id)) as session:
                deed(session)
        except RefusedError as error:
            return self._page(
                batch_id, error.sentences, chosen=request.form.get("letter", ""), title=request.form.get("title", "")[:200]
            )
        return self.desk.done("batch_letters", batch_id=batch_id, done=done)


def _in_words(error: FilesRefusedError, files: int) -> str:
    if not files:
        return "Choose the files of the letters first."
    many = len(error.findings)
    return f"None of the {files} files was taken in: {many} {'thing' if many == 1 else 'things'} to mend first."


def _id(name: str) -> int:
    """The id of a letter that a form names; 0, which none has, for what can be no id."""
    found = request.form.get(name, 0, type=int)
    return found if 0 < found <= LARGEST_ID else 0
