"""Publishing letters: what it will do is said first, with how many readers it reaches; refuses while anything blocks it."""

from flask import make_response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.actions import publishing
from service.actions.arranging import RefusedError
from service.actions.publishing import Effect, Effects
from service.domain.roles import Right
from service.domain.sequences import Kind, Role
from service.mail.editing import LABELS
from service.web.admin.desk import Desk


class PublishPages:
    """`/admin/letters/publish?letter=12&letter=13`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        self.desk.page("/letters/publish", "letters_publish", self.show, right=Right.SEE)
        self.desk.page("/letters/publish", "letters_published", self.publish, right=Right.PUBLISH, methods=["POST"])

    def show(self) -> AnyResponse:
        """What publishing these letters would do."""
        chosen = request.args.getlist("letter", type=int)
        if not chosen:
            sentence = "Choose letters on the page of a programme or a batch, and come here from there."
            return self.desk.refuse(sentence, code=200, heading="Nothing is chosen")
        return self._page(chosen)

    def publish(self) -> AnyResponse:
        """Do it."""
        chosen, told = request.form.getlist("letter", type=int), request.form.get("told") == "yes"
        service, seat = self.desk.service, self.desk.seat()
        about = f"letter:{chosen[0]}" if len(chosen) == 1 else "letters"
        try:
            with self.desk.write("letters published", about, letters=len(chosen), told=told) as session:
                effects = publishing.effects(session, chosen, site=service.site, now=service.now())
                batch_id = publishing.publish(
                    session, chosen, by=seat.name, site=service.site, now=service.now(), wall=service.wall(), told=told
                )
        except RefusedError as error:
            return self._page(chosen, str(error))
        return self._published(effects, batch_id)

    def _published(self, effects: Effects, batch_id: int | None) -> AnyResponse:
        there = self.desk.app.view_functions
        if batch_id and "desk_batch" in there:
            return self.desk.done("batch", batch_id=batch_id)
        if effects.sequence.kind == Kind.BATCH and "desk_batch" in there:
            return self.desk.done("batch", batch_id=effects.sequence.id)
        if len(effects.ready) == 1:
            return self.desk.done("letter", letter_id=effects.ready[0].letter.id, published="yes")
        return self.desk.done("programme", sequence_id=effects.sequence.id)

    def _page(self, chosen: list[int], refused: str = "") -> AnyResponse:
        service = self.desk.service
        try:
            with self.desk.read() as session:
                effects = publishing.effects(session, chosen, site=service.site, now=service.now())
        except RefusedError as error:
            return self.desk.refuse(str(error))
        page = self.desk.render(
            "desk/letters_publish.html",
            effects=effects,
            sentences=[in_words(each, effects) for each in effects.by_phase],
            nothing_waits=all(publishing.NOTHING_WAITS in each.blocks for each in effects.ready),
            is_blocked=bool(effects.blocks or any(each.blocks for each in effects.ready)),
            refused=refused,
            labels=LABELS,
            back=_back(effects),
        )
        return make_response(page, 422 if refused else 200)


def _back(effects: Effects) -> str:
    if len(effects.ready) == 1 or effects.sequence.kind == Kind.BATCH:
        return url_for("desk_letter", letter_id=effects.ready[0].letter.id)
    return url_for("desk_programme", sequence_id=effects.sequence.id)


def in_words(effect: Effect, effects: Effects) -> str:
    """`3 letters added to phase 4 (Rebuilding): reaches 214 readers who have not passed it.`"""
    done = [_count(effect.new, "added to"), _count(effect.changed, "changed in")]
    return f"{' and '.join(filter(None, done))} {_where(effect, effects)}: {_reach(effect, effects)}"


def _count(titles: tuple[str, ...], verb: str) -> str:
    return f"{len(titles)} {'letter' if len(titles) == 1 else 'letters'} {verb}" if titles else ""


def _where(effect: Effect, effects: Effects) -> str:
    if effects.sequence.kind == Kind.BATCH:
        return "this batch"
    return f"phase {effect.number} ({effect.phase.title})" if effect.phase else "the check-ins"


def _reach(effect: Effect, effects: Effects) -> str:
    if effects.sequence.kind == Kind.BATCH:
        return "goes to its readers on the batch's days."
    if effect.role == Role.ALTERNATE:
        return "comes to those who stay with this phase, or come back to it."
    if effect.role == Role.CHECK_IN:
        return "comes to those who stay when a phase has nothing else left."
    number = effect.reaches or 0
    return f"reaches {number:,} {'reader who has' if number == 1 else 'readers who have'} not passed it."
