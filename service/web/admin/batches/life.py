"""What is done with a whole batch: confirm, undo, move, pause, resume, cancel, copy; refuses without saying whom it touches."""

from typing import TYPE_CHECKING, Any

from flask import make_response, request
from werkzeug.wrappers import Response as AnyResponse

from service.actions import batches as acts
from service.actions.batches import RefusedError
from service.domain.batches import Verb
from service.domain.roles import Right
from service.store import audiences, batch_letters, dry_runs, progress
from service.web.admin import counting
from service.web.admin.batches import listing as batches
from service.web.admin.batches import view as batch_view
from service.web.admin.batches import words as batch_words
from service.web.admin.batches.view import BatchView, about
from service.web.admin.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.store.database import Session


class BatchLife:
    """`/admin/batches/<id>/` and a verb."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.service = desk.service

    def mount(self) -> None:
        """Give the pages their addresses."""
        page, here, right = self.desk.page, "/batches/<int:batch_id>", Right.BATCH
        page(f"{here}/confirm", "batch_confirm", self.ask_to_confirm, right=right)
        page(f"{here}/confirm", "batch_confirmed", self.confirm, right=right, methods=("POST",), fresh=True)
        page(f"{here}/undo", "batch_undone", self.undo, right=right, methods=("POST",))
        page(f"{here}/move", "batch_move", self.ask_to_move, right=right)
        page(f"{here}/move", "batch_moved", self.move, right=right, methods=("POST",))
        page(f"{here}/pause", "batch_paused", self.pause, right=right, methods=("POST",))
        page(f"{here}/resume", "batch_resumed", self.resume, right=right, methods=("POST",))
        page(f"{here}/cancel", "batch_cancel", self.ask_to_cancel, right=right)
        page(f"{here}/cancel", "batch_cancelled", self.cancel, right=right, methods=("POST",), fresh=True)
        page(f"{here}/duplicate", "batch_copied", self.duplicate, right=right, methods=("POST",))

    # ---- Confirm, and take it back

    def ask_to_confirm(self, batch_id: int) -> str | AnyResponse:
        """All that will happen, in sentences."""
        return self._ask(batch_id, Verb.CONFIRM, "batch_confirm.html", self._before_confirming)

    def _before_confirming(self, session: "Session", batch: BatchView) -> dict[str, Any]:
        now = self.service.now()
        faults = acts.faults(session, batch.id, now=now)
        many = audiences.are_many(session)
        later = not faults and counting.counts_later(request.args, many=many)
        who, taken = batch_view.audience_words(session, batch.settings)
        return {
            "faults": faults,
            "later": later,
            "trial": dry_runs.try_out(session, batch.id, now=now, near=not many) if not faults and not later else None,
            "who": who,
            "taken": taken,
            "letters": len(batch_letters.rows(session, batch.id)),
        }

    def confirm(self, batch_id: int) -> str | AnyResponse:
        """Let the clock start it."""
        revision, by = request.form.get("revision", 0, type=int), self.desk.seat().name
        now, wall = self.service.now(), self.service.wall()
        return self._do(
            batch_id,
            "batch confirmed",
            "confirmed",
            lambda session: acts.confirm(session, batch_id, revision=revision, by=by, now=now, wall=wall),
        )

    def undo(self, batch_id: int) -> str | AnyResponse:
        """Make it a draft again."""
        wall = self.service.wall()
        return self._do(batch_id, "confirmation taken back", "undone", lambda session: acts.undo(session, batch_id, wall=wall))

    # ---- Another day

    def ask_to_move(self, batch_id: int) -> str | AnyResponse:
        """The form for another first day."""
        return self._ask(batch_id, Verb.MOVE, "batch_move.html", self._whom, typed=None, errors={})

    def _whom(self, session: "Session", batch: BatchView) -> dict[str, Any]:
        if batch.has_begun:
            return {"fits": batch.readers}
        extras = batch.settings.manner == "extra"
        fits = audiences.count(session, batch.settings.audience, now=self.service.now(), extras_only=extras)
        return {"fits": fits}

    def move(self, batch_id: int) -> str | AnyResponse:
        """Give it another first day."""
        typed = request.form.get("first_date", "")
        day = batch_words.day(typed)
        if day is None:
            return self._move_again(batch_id, {"first_date": batch_words.CHOOSE_DAY}, typed)
        try:
            with self.desk.write("batch moved", about(batch_id), to=day.isoformat()) as session:
                acts.move(session, batch_id, day, now=self.service.now())
        except RefusedError as error:
            return self._move_again(batch_id, error.sentences, typed)
        return self.desk.done("batch", batch_id=batch_id, done="moved")

    def _move_again(self, batch_id: int, errors: dict[str, str], typed: str) -> str | AnyResponse:
        return self._ask(batch_id, Verb.MOVE, "batch_move.html", self._whom, typed=typed[:20], errors=errors)

    # ---- In mid-run

    def pause(self, batch_id: int) -> str | AnyResponse:
        """Let nothing more leave."""
        why = f"{self.desk.seat().name} paused it."[:200]
        return self._do(
            batch_id, "batch paused", "paused", lambda session: acts.pause(session, batch_id, wall=self.service.wall(), why=why)
        )

    def resume(self, batch_id: int) -> str | AnyResponse:
        """Let it go on."""
        now, wall = self.service.now(), self.service.wall()
        return self._do(
            batch_id, "batch resumed", "resumed", lambda session: acts.resume(session, batch_id, now=now, wall=wall)
        )

    # ---- The end

    def ask_to_cancel(self, batch_id: int) -> str | AnyResponse:
        """What will not come any more."""
        return self._ask(batch_id, Verb.CANCEL, "batch_cancel.html", self._before_cancelling)

    def _before_cancelling(self, session: "Session", batch: BatchView) -> dict[str, Any]:
        is_counted = batch.has_begun and batch.readers <= audiences.MANY
        account = progress.account(session, batch.id).total if is_counted else None
        return {"account": account, **self._whom(session, batch)}

    def cancel(self, batch_id: int) -> str | AnyResponse:
        """End it."""
        now, wall = self.service.now(), self.service.wall()
        return self._do(
            batch_id, "batch cancelled", "cancelled", lambda session: acts.cancel(session, batch_id, now=now, wall=wall)
        )

    def duplicate(self, batch_id: int) -> str | AnyResponse:
        """A draft with the same letters and the same audience."""
        with self.desk.read() as session:
            if batch_view.look(session, batch_id) is None:
                return self.desk.not_found()
        with self.desk.write("batch copied", about(batch_id)) as session:
            copy = acts.duplicate(session, batch_id, by=self.desk.seat().name, wall=self.service.wall())
        return self.desk.done("batch", batch_id=copy, done="copied")

    # ---- Each of them

    def _ask(
        self,
        batch_id: int,
        verb: Verb,
        template: str,
        more: "Callable[[Session, BatchView], dict[str, Any]]",
        **values: Any,  # noqa: ANN401  what the page shows
    ) -> str | AnyResponse:
        with self.desk.read() as session:
            batch = batch_view.look(session, batch_id)
            if batch is None:
                return self.desk.not_found()
            if not batch.may(verb):
                return self.desk.done("batch", batch_id=batch_id)
            values |= more(session, batch)
        page = batch_view.page(self.desk, template, batch, "", **values)
        return make_response(page, 422 if values.get("errors") else 200)

    def _do(self, batch_id: int, what: str, done: str, deed: "Callable[[Session], object]") -> str | AnyResponse:
        """Do it with its line on the trail, or say why it cannot be done; then nothing is written."""
        try:
            with self.desk.write(what, about(batch_id)) as session:
                deed(session)
        except RefusedError as error:
            return batches.show_one(self.desk, batch_id, error.sentences)
        return self.desk.done("batch", batch_id=batch_id, done=done)
