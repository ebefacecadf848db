"""`/review/<token>`: a letter for somebody who was asked to read it first; refuses to show anything else of the desk."""

from typing import TYPE_CHECKING, Any

from flask import Flask, Response, make_response, render_template, request, url_for
from markupsafe import Markup

from service.actions import reviews
from service.actions.arranging import RefusedError
from service.actions.reviews import Asked
from service.mail.completing import helped
from service.mail.editing import LABELS, PARTS, LetterForm, from_source, to_source
from service.mail.source_reading import SourceErrors
from service.mail.sources import parse_letter
from service.web import errors, letter_page
from service.web.reader_room import is_from_elsewhere, stamp

if TYPE_CHECKING:
    from service.bootstrap import Service

SAMPLE_NEXT = "another day"


class ReviewPage:
    """The letter open and discreet, and a form for what its reviewer thinks. English, as the desk is."""

    def __init__(self, service: "Service") -> None:
        self.service = service

    def mount(self, app: Flask) -> None:
        """Give the page its address."""
        app.add_url_rule("/review/<token>", "review", self.show)
        app.add_url_rule("/review/<token>", "reviewed", self.answer, methods=["POST"])

    def show(self, token: str) -> Response:
        """The letter. Changes nothing."""
        return self._page(token)

    def answer(self, token: str) -> Response:
        """Keep what was said."""
        if is_from_elsewhere(self.service, token):
            return errors.page(403)
        given = {name: request.form.get(name, "") for name in ("name", "said", "remark")}
        try:
            with self.service.write() as session:
                kept = reviews.answer(session, token, **given, wall=self.service.wall())
        except RefusedError as error:
            return self._page(token, given, {error.field: str(error)})
        return self._page(token, done=kept)

    def _page(
        self, token: str, given: dict[str, str] | None = None, wrong: dict[str, str] | None = None, *, done: bool = False
    ) -> Response:
        with self.service.read() as session:
            asked = reviews.read(session, token, wall=self.service.wall())
        if asked is None:
            return make_response(render_template("desk/review_old.html"), 404)
        values: dict[str, Any] = {"name": asked.name, "said": asked.said, "remark": asked.remark} | (given or {})
        page = render_template(
            "desk/review.html",
            asked=asked,
            letters=_letters(asked),
            token=token,
            stamp=stamp(self.service, token),
            values=values,
            wrong=wrong or {},
            done=done,
        )
        return make_response(page, 422 if wrong else 200)


def _by_parts(form: LetterForm) -> Markup:
    """The parts that are there, as they were typed."""
    there = [(LABELS[name], value) for name, value in form.values().items() if value and name in ("title", "opening", *PARTS)]
    return Markup("").join(Markup('<h3>{}</h3><p class="own">{}</p>').format(label, value) for label, value in there)


def _letters(asked: Asked) -> list[tuple[str, str, str, str]]:
    """Both forms: what it is called, subject, preview, and the letter. A draft is shown as far as it can be read."""
    form, _ = helped(from_source(asked.source), language=asked.language, author=asked.by, weekly=asked.weekly)
    values = {"next_date": SAMPLE_NEXT, "help_link": url_for("help"), "safer_link": url_for("safer")}
    try:
        text = parse_letter(to_source(form), name=asked.letter_name)
    except SourceErrors:
        return [("As it stands, unfinished", form.subject, form.preview, _by_parts(form))]
    shown = [("Discreet", True, text.discreet_subject, text.discreet_preview), ("Open", False, text.subject, text.preview)]
    return [
        (
            words,
            subject,
            preview,
            letter_page.show(
                text, language=asked.language, discreet=discreet, phase=asked.phase, values=values, level=3, weekly=asked.weekly
            ),
        )
        for words, discreet, subject, preview in shown
    ]
