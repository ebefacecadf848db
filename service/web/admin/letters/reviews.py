"""Shows a letter to others first: a test into a mailbox, a link for a reviewer; refuses to write to readers."""

from flask import make_response, request
from werkzeug.wrappers import Response as AnyResponse

from service.actions import desk_mail, drafts, reviews
from service.actions.arranging import RefusedError
from service.actions.desk_mail import Trial
from service.actions.drafts import Writer
from service.domain.roles import Right
from service.mail.checks import Level
from service.mail.completing import helped
from service.mail.editing import to_source
from service.mail.sources import SourceErrors, parse_letter
from service.store import admins, letters
from service.store import reviews as review_rows
from service.web.admin.desk import Desk
from service.web.admin.letters import editor, looks
from service.web.admin.letters.editor import Opened

FORMS = (("discreet", "Discreet"), ("open", "Open"))
MOST_AT_ONCE = 10


class ReviewPages:
    """`/admin/letters/<id>/try` and `/admin/letters/<id>/reviews`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        page, one = self.desk.page, "/letters/<int:letter_id>"
        page(f"{one}/try", "letter_try", self.show_try, right=Right.WRITE)
        page(f"{one}/try", "letter_tried", self.send_try, right=Right.WRITE, methods=["POST"])
        page(f"{one}/reviews", "letter_reviews", self.show_reviews, right=Right.WRITE)
        page(f"{one}/reviews", "letter_review_asked", self.ask, right=Right.WRITE, methods=["POST"])
        page(f"{one}/reviews/<int:link_id>/close", "letter_review_closed", self.close, right=Right.WRITE, methods=["POST"])

    def _opened(self, letter_id: int) -> Opened | None:
        with self.desk.read() as session:
            return editor.opened(self.desk, session, letter_id, request.values.get("language", ""))

    # A test into a mailbox

    def show_try(self, letter_id: int) -> AnyResponse:
        """To whom a test can go, and what became of those that went."""
        here = self._opened(letter_id)
        return self._try(here) if here else self.desk.not_found()

    def send_try(self, letter_id: int) -> AnyResponse:
        """Send it to those who were chosen."""
        here = self._opened(letter_id)
        if here is None:
            return self.desk.not_found()
        chosen, forms = set(request.form.getlist("to", type=int)), set(request.form.getlist("form"))
        with self.desk.read() as session:
            those = [each.id for each in admins.everybody(session) if each.active and each.id in chosen]
        wished = [form for form, _ in FORMS if form in forms]
        source, wrong = self._whole(here)
        errors = {} if those and len(those) <= MOST_AT_ONCE else {"to": f"Choose one person or more, {MOST_AT_ONCE} at most."}
        errors |= {} if wished else {"form": "Choose how it is to look."}
        if errors or wrong:
            return self._try(here, errors, wrong, chosen, forms)
        service = self.desk.service
        with self.desk.write("test letter sent", f"letter:{letter_id}", people=len(those)) as session:
            for form in wished:
                trial = Trial(letters.trial_name(letter_id), source, here.language, discreet=form == "discreet")
                desk_mail.send_trial(session, trial, those, wall=service.wall())
        return self.desk.done("letter_try", letter_id=letter_id, language=here.language)

    def _whole(self, here: Opened) -> tuple[str, str]:
        """The letter as it would be sent, with its gaps filled; or a sentence where it cannot be."""
        form, _ = helped(
            drafts.form_of(here.text.source), language=here.language, author=self.desk.seat().name, weekly=here.setting.weekly
        )
        source = to_source(form)
        seen = looks.look_of(self.desk.service, form, here.setting, discreet=True)
        try:
            parse_letter(source, name=here.letter.name)
        except SourceErrors:
            blocks = [remark.sentence for remark in seen.remarks if remark.level is Level.BLOCK]
            return "", f"It cannot be sent as it stands. {blocks[0] if blocks else ''}"
        return source, "" if seen.html else "It cannot be laid out as it stands. Its editor says why."

    def _try(
        self,
        here: Opened,
        errors: dict[str, str] | None = None,
        wrong: str = "",
        chosen: set[int] | None = None,
        forms: set[str] | None = None,
    ) -> AnyResponse:
        with self.desk.read() as session:
            people = [each for each in admins.everybody(session) if each.active]
            sent = letters.trials(session, here.letter.id)
        mine = self.desk.seat().admin_id
        page = self.desk.render(
            "desk/letter_try.html",
            here=here,
            people=[(each.id, f"{each.name} (you)" if each.id == mine else each.name) for each in people],
            chosen={mine} if chosen is None else chosen,
            forms=FORMS,
            chosen_forms={"discreet"} if forms is None else forms,
            sent=sent,
            errors=errors or {},
            wrong=wrong,
        )
        return make_response(page, 422 if errors or wrong else 200)

    # A link for a reviewer

    def show_reviews(self, letter_id: int) -> AnyResponse:
        """The links of a letter, and what was said."""
        here = self._opened(letter_id)
        return self._reviews(here) if here else self.desk.not_found()

    def ask(self, letter_id: int) -> AnyResponse:
        """Make a link. It is shown this once."""
        here = self._opened(letter_id)
        if here is None:
            return self.desk.not_found()
        service, seat = self.desk.service, self.desk.seat()
        writer = Writer(seat.admin_id, seat.name, service.wall())
        try:
            with self.desk.write("review link made", f"letter:{letter_id}", language=here.language) as session:
                token = reviews.make(session, letter_id, here.language, writer=writer)
        except RefusedError as error:
            return self.desk.refuse(str(error))
        return self._reviews(here, f"{service.site.base_url}/review/{token}")

    def close(self, letter_id: int, link_id: int) -> AnyResponse:
        """Let a link open nothing any more."""
        try:
            with self.desk.write("review link closed", f"letter:{letter_id}", link=link_id) as session:
                reviews.close(session, letter_id, link_id, wall=self.desk.service.wall())
        except RefusedError as error:
            return self.desk.refuse(str(error))
        return self.desk.done("letter_reviews", letter_id=letter_id)

    def _reviews(self, here: Opened, made: str = "") -> AnyResponse:
        with self.desk.read() as session:
            links = review_rows.of(session, here.letter.id)
        wall = self.desk.service.wall()
        return make_response(
            self.desk.render(
                "desk/letter_reviews.html",
                here=here,
                links=[(each, each.expires_at > wall, each.source == here.text.source) for each in links],
                made=made,
                days=reviews.WORKS_FOR.days,
            )
        )
