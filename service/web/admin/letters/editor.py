"""The page on which a letter is written, with what comes of it beside it; refuses to lose a word of what was typed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import Response, make_response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.actions import drafts
from service.actions.arranging import RefusedError
from service.actions.drafts import OtherWordsError, Writer
from service.domain.diffs import differences
from service.domain.roles import Right
from service.domain.sequences import Kind, LetterState, Role
from service.mail.completing import helped
from service.mail.editing import LABELS, LetterForm
from service.mail.words import english_name
from service.store import audit, batches, letters, places, sequences
from service.store.letters import Text
from service.store.tables import Letter, Phase, Sequence
from service.web.admin.desk import Desk
from service.web.admin.letters import looks
from service.web.admin.letters.looks import Setting, View

if TYPE_CHECKING:
    from service.store.database import Session

LARGEST_LETTER: Final = 1024 * 1024
ONE_SITTING: Final = timedelta(minutes=15)
"""Saves of one person within this time are one line on the trail."""

GROUPS: Final = (
    ("What stands in the letter", ("title", "content_note", "opening", "reflection", "practice", "question", "hard_day")),
    ("What an inbox shows", ("subject", "preview", "discreet_subject", "discreet_preview")),
    ("About the letter", ("shape", "minutes", "intensity", "written_by", "reviewed_by")),
)
REQUIRED: Final = frozenset({"subject", "opening", "practice"})
HELP: Final = {
    "title": "Up to 80 characters. Left empty, it is the subject.",
    "content_note": "One line that says what can hurt to read. It stands above everything.",
    "opening": "What this time can feel like, in 60 to 120 words. A long text in one piece becomes opening and reflection.",
    "reflection": "One idea, in 120 to 220 words.",
    "practice": "Numbered steps: 1. 2. 3. Doable in ten minutes, without buying anything.",
    "question": "One or two lines, to think or to write about.",
    "hard_day": "One to three lines, with a link to the help page.",
    "subject": "Up to 50 characters.",
    "preview": "Up to 90 characters. Left empty, it is the first sentence.",
    "discreet_subject": "Up to 50 characters, bland and true: it does not name the topic.",
    "discreet_preview": "Up to 90 characters, bland and true.",
    "minutes": "Left empty, it is counted from the words.",
    "written_by": "Left empty, it is your name.",
    "reviewed_by": "Somebody who knows this work. A review link fills it in.",
}
ROWS: Final = {"opening": 7, "reflection": 10, "practice": 6, "question": 3, "hard_day": 4}
CHOICES: Final = {
    "shape": (("", "Chosen by its parts"), ("full", "Full: all parts"), ("short", "Short: title, opening and question")),
    "intensity": (("", "1, unless you say otherwise"), ("1", "1: calm"), ("2", "2: may stir something up"), ("3", "3: heavy")),
}

SPOTS: Final = ((Role.MAIN, "on the way"), (Role.ALTERNATE, "for whoever stays or comes back"))
CHECK_IN: Final = (str(Role.CHECK_IN), "Check-in, when a phase has nothing else left")


@dataclass(frozen=True, slots=True)
class Opened:
    """A letter that somebody has open, in one of its languages."""

    letter: Letter
    sequence: Sequence
    phase: Phase | None
    language: str
    languages: tuple[str, ...]
    text: Text
    published: str
    setting: Setting
    editable: bool

    @property
    def is_of_batch(self) -> bool:
        """Whether it belongs to a batch."""
        return self.sequence.kind == Kind.BATCH

    @property
    def title(self) -> str:
        """What it is called."""
        return drafts.title_of(self.text.source or self.published, self.letter.name)


def opened(desk: Desk, session: "Session", letter_id: int, language: str = "") -> Opened | None:
    """A letter by its id, in a language of its sequence, or in the first one; None where there is no such letter."""
    letter = session.get(Letter, letter_id)
    if letter is None:
        return None
    sequence = session.get_one(Sequence, letter.sequence_id)
    languages = tuple(letters.languages_of(sequence))
    language = language if language in languages else languages[0]
    return Opened(
        letter=letter,
        sequence=sequence,
        phase=session.get(Phase, letter.phase_id) if letter.phase_id else None,
        language=language,
        languages=languages,
        text=letters.text_of(session, letter_id, language),
        published=letters.published(session, letter_id).get(languages[0], ""),
        setting=looks.setting_of(session, sequence, letter, language, desk.seat().name),
        editable=letter.state != LetterState.RETIRED and batches.is_editable(session, letter_id, now=desk.service.now()),
    )


class EditorPages:
    """`/admin/letters/<id>`, its frame, and what is typed there."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        page = self.desk.page
        page("/letters/<int:letter_id>", "letter", self.show, right=Right.SEE)
        page("/letters/<int:letter_id>/frame", "letter_frame", self.show_frame, right=Right.SEE)
        page(
            "/letters/<int:letter_id>", "letter_saved", self.write, right=Right.WRITE, methods=["POST"], largest=LARGEST_LETTER
        )
        page("/letters/<int:letter_id>/discard", "letter_discarded", self.discard, right=Right.WRITE, methods=["POST"])

    def show(self, letter_id: int) -> AnyResponse:
        """The letter as it was saved last."""
        with self.desk.read() as session:
            here = opened(self.desk, session, letter_id, request.args.get("language", ""))
        if here is None:
            return self.desk.not_found()
        filled = [name for name in request.args.get("filled", "").split(",") if name in LABELS]
        return self._page(here, drafts.form_of(here.text.source), filled=filled, done=_done(request.args))

    def show_frame(self, letter_id: int) -> AnyResponse:
        """The letter alone."""
        view = View.of(request.args)
        with self.desk.read() as session:
            here = opened(self.desk, session, letter_id, request.args.get("language", ""))
        if here is None:
            return self.desk.not_found()
        seen = looks.look_of(self.desk.service, drafts.form_of(here.text.source), here.setting, discreet=view.discreet)
        return looks.frame(seen.html, view.shade)

    def write(self, letter_id: int) -> AnyResponse:
        """Save what was typed, and go on to what was asked for beside that."""
        with self.desk.read() as session:
            here = opened(self.desk, session, letter_id, request.form.get("language", ""))
        if here is None:
            return self.desk.not_found()
        form, filled = LetterForm.of(_with_plain_ends(request.form)), tuple[str, ...]()
        if request.form.get("do") == "help":
            author, weekly = self.desk.seat().name, here.setting.weekly
            form, filled = helped(form, language=here.language, author=author, weekly=weekly)
        try:
            self._save(here, form)
        except OtherWordsError as other:
            return self._other_words(here, form, other)
        except RefusedError as error:
            return self._refused(here, form, str(error))
        return self._onward(letter_id, here.language, filled)

    def _save(self, here: Opened, form: LetterForm) -> None:
        service, seat = self.desk.service, self.desk.seat()
        if here.letter.state == LetterState.RETIRED:
            raise RefusedError("This letter is retired. Bring it back first.")
        writer = Writer(seat.admin_id, seat.name, service.wall())
        revision = request.form.get("revision", 0, type=int)
        with service.write() as session:
            saved = drafts.save(
                session, here.letter.id, here.language, form, revision=revision, writer=writer, now=service.now()
            )
        if saved.is_new and self._is_new_sitting(here.letter.id):
            self.desk.looked("letter edited", f"letter:{here.letter.id}", language=here.language)

    def _is_new_sitting(self, letter_id: int) -> bool:
        seat = self.desk.seat()
        with self.desk.read() as session:
            lines = audit.lines(session, about=f"letter:{letter_id}", admin_id=seat.admin_id, limit=1)
        since = self.desk.service.wall() - ONE_SITTING
        return not any(line.what == "letter edited" and line.at > since for line in lines)

    def _onward(self, letter_id: int, language: str, filled: Iterable[str]) -> AnyResponse:
        """Where a form leads once its words are kept."""
        if request.headers.get("HX-Request"):
            with self.desk.read() as session:
                here = opened(self.desk, session, letter_id, language)
            return self._beside(here, LetterForm.of(_with_plain_ends(request.form))) if here else self.desk.not_found()
        there = {"letter_id": letter_id, "language": language}
        match request.form.get("do"):
            case "publish":
                return self.desk.done("letters_publish", letter=letter_id)
            case "try":
                return self.desk.done("letter_try", **there)
            case "review":
                return self.desk.done("letter_reviews", **there)
            case "help":
                return self.desk.done("letter", filled=",".join(filled) or None, saved="yes", **there)
        return self.desk.done("letter", saved="yes", **there, **View.of(request.form).values())

    def _other_words(self, here: Opened, form: LetterForm, other: OtherWordsError) -> AnyResponse:
        """Somebody was first: both texts are shown, and the typed ones stay in their fields."""
        if request.headers.get("HX-Request"):
            return self._only_said(f"Not saved. {other} Your words are still here: press Save to see both.")
        parts = differences(drafts.form_of(other.source).tidied().values(), form.tidied().values())
        changed = [(part.name, [(piece.change, piece.words) for piece in part.pieces]) for part in parts if part.is_changed]
        return self._page(here, form, revision=other.revision, other=other, changed=changed, code=409)

    def _refused(self, here: Opened, form: LetterForm, sentence: str) -> AnyResponse:
        if request.headers.get("HX-Request"):
            return self._only_said(sentence)
        revision = request.form.get("revision", 0, type=int)
        return self._page(here, form, revision=revision, refused=sentence, code=422)

    def _page(self, here: Opened, form: LetterForm, *, code: int = 200, **more: Any) -> Response:  # noqa: ANN401
        values: dict[str, Any] = {
            "revision": here.text.revision,
            "other": None,
            "changed": [],
            "refused": "",
            "filled": [],
            "done": "",
        }
        told = self._looked(here, form, View.of(request.values))
        page = self.desk.render(
            "desk/letter.html",
            **told,
            **(values | more),
            **self._place(here),
            groups=GROUPS,
            required=REQUIRED,
            helps=HELP,
            rows=ROWS,
            choices_of=CHOICES,
            labels=LABELS,
            forms=looks.FORMS,
            shapes=looks.SHAPES,
            shades=looks.SHADES,
            tabs_of=[
                {
                    "label": english_name(each),
                    "href": url_for("desk_letter", letter_id=here.letter.id, language=each),
                    "current": each == here.language,
                }
                for each in here.languages
            ],
            may_write=self.desk.may(Right.WRITE) and here.editable,
        )
        return looks.with_frame(make_response(page, code))

    def _place(self, here: Opened) -> dict[str, Any]:
        """Where it stands, and whom moving it would touch."""
        if here.is_of_batch:
            there = self.desk.app.view_functions
            return {"batch_href": url_for("desk_batch", batch_id=here.sequence.id) if "desk_batch" in there else ""}
        with self.desk.read() as session:
            phases, stand = sequences.phases_of(session, here.sequence.id), places.of(session, here.sequence)
        spots = [(f"{role}:{each.id}", f"{each.title}, {words}") for each in phases for role, words in SPOTS]
        chosen = f"{here.letter.role}:{here.letter.phase_id}" if here.letter.phase_id else CHECK_IN[0]
        return {"batch_href": "", "spots": [*spots, CHECK_IN], "spot": chosen, "ahead": stand.before(here.letter.position)}

    def _looked(self, here: Opened, form: LetterForm, view: View) -> dict[str, Any]:
        seen = looks.look_of(self.desk.service, form, here.setting, discreet=view.discreet)
        remarks = looks.by_field(seen.remarks)
        return {"here": here, "form": form, "values": form.values(), "view": view, "seen": seen, "remarks": remarks}

    def _beside(self, here: Opened, form: LetterForm) -> Response:
        """What htmx puts in place once a text is saved."""
        view = View.of(request.form)
        said = f"Saved as revision {here.text.revision}." if here.text.draft else "Nothing to save yet."
        told = self._looked(here, form, view)
        return make_response(
            self.desk.render("desk/letter_saved.html", **told, said=said, revision=here.text.revision, labels=LABELS)
        )

    def _only_said(self, sentence: str) -> Response:
        """What htmx puts in place where nothing was saved: a sentence, and not a word of the letter is touched."""
        answer = make_response(self.desk.render("desk/letter_unsaved.html", said=sentence), 422)
        answer.headers["HX-Reswap"] = "none"
        return answer

    def discard(self, letter_id: int) -> AnyResponse:
        """Go back to the words that are published."""
        language = request.form.get("language", "")
        try:
            with self.desk.write("draft discarded", f"letter:{letter_id}", language=language[:16]) as session:
                drafts.discard(session, letter_id, language, revision=request.form.get("revision", 0, type=int))
        except OtherWordsError as other:
            return self.desk.refuse(f"{other} Nothing was discarded. Open the letter again to see their words.")
        return self.desk.done("letter", letter_id=letter_id, language=language)


def _done(values: Mapping[str, str]) -> str:
    """What was done before this page came."""
    if values.get("published"):
        return "Published. Readers who have not had it yet get these words."
    return "Saved." if values.get("saved") else ""


def _with_plain_ends(values: Any) -> dict[str, str]:  # noqa: ANN401  what werkzeug calls a form
    """A form as it was typed: browsers send each end of a line as two characters."""
    return {name: str(value).replace("\r\n", "\n") for name, value in values.items()}
