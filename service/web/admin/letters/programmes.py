"""Programmes at the desk: their phases and letters in order, names, holding one; refuses to say who stands where."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from flask import make_response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.actions import arranging, drafts, holds, publishing
from service.actions.arranging import Names, PhaseNames, RefusedError
from service.domain.roles import Right
from service.domain.sequences import Kind, LetterState, Role
from service.mail.words import english_name
from service.store import audit, care, figures, letters, places, sequences
from service.store.figures import FEWEST_ANSWERS
from service.store.letters import LetterRow
from service.store.places import Places
from service.store.tables import Letter, Phase, Sequence
from service.web.admin.desk import Desk

if TYPE_CHECKING:
    from service.store.database import Session

LINES: Final = 20
ROLES: Final = (
    (Role.MAIN, "On the way"),
    (Role.ALTERNATE, "For whoever stays or comes back"),
    (Role.CHECK_IN, "Check-in, when a phase has nothing else left"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A letter in the list of a programme."""

    row: LetterRow
    title: str
    by: str
    at: datetime | None
    reviewed_by: str
    passed: int | None
    care: Mapping[str, int]

    @property
    def letter(self) -> Letter:
        """The letter itself."""
        return self.row.letter

    @property
    def is_changed(self) -> bool:
        """Whether it has words that are not published, beside those that are."""
        return bool(self.row.drafts) and self.letter.state == LetterState.LIVE


@dataclass(frozen=True, slots=True)
class Group:
    """Letters that have an order among themselves."""

    role: str
    words: str
    shown: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A phase with its letters."""

    phase: Phase
    number: int
    groups: tuple[Group, ...]


class ProgrammePages:
    """`/admin/programmes` and what is arranged on the page of one."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        page, one = self.desk.page, "/programmes/<int:sequence_id>"
        page("/programmes", "programmes", self.show, right=Right.SEE)
        page(one, "programme", self.show_one, right=Right.SEE)
        for rule, endpoint, view, right in (
            (f"{one}/letters", "programme_letter_added", self.add_letter, Right.WRITE),
            (f"{one}/names", "programme_named", self.name, Right.PUBLISH),
            (f"{one}/order", "programme_ordered", self.order, Right.PUBLISH),
            (f"{one}/phases", "programme_phase_added", self.add_phase, Right.PUBLISH),
            (f"{one}/phases/order", "programme_phases_ordered", self.order_phases, Right.PUBLISH),
            (f"{one}/phases/<int:phase_id>", "programme_phase_named", self.name_phase, Right.PUBLISH),
            (f"{one}/hold", "programme_held", self.hold, Right.HOLD),
            (f"{one}/release", "programme_released", self.release, Right.HOLD),
            ("/letters/<int:letter_id>/place", "letter_placed", self.place, Right.PUBLISH),
            ("/letters/<int:letter_id>/retire", "letter_retired", self.retire, Right.PUBLISH),
            ("/letters/<int:letter_id>/bring-back", "letter_brought_back", self.bring_back, Right.PUBLISH),
        ):
            page(rule, endpoint, view, right=right, methods=["POST"])

    def show(self) -> str:
        """All programmes."""
        with self.desk.read() as session:
            rows = [
                (row, readers, live, len(letters.waiting(session, row.id)))
                for row, readers, live in figures.programmes(session)
            ]
        return self.desk.render("desk/programmes.html", rows=rows)

    def show_one(self, sequence_id: int) -> AnyResponse:
        """One programme."""
        return self._one(sequence_id)

    def _one(self, sequence_id: int, error: RefusedError | None = None) -> AnyResponse:
        language = request.values.get("language", "")
        with self.desk.read() as session:
            sequence = session.get(Sequence, sequence_id)
            if sequence is None or sequence.kind != Kind.PROGRAMME:
                return self.desk.not_found()
            stand, rows = places.of(session, sequence), letters.rows(session, sequence)
            shown = [_shown(session, row, stand) for row in rows]
            phases = sequences.phases_of(session, sequence.id)
            lines = audit.lines(session, about=f"programme:{sequence.id}", limit=LINES)
            heavy = publishing.heavy_neighbours(session, sequence)
        languages = letters.languages_of(sequence)
        language = language if language in languages else languages[0]
        page = self.desk.render(
            "desk/programme.html",
            sequence=sequence,
            stand=stand,
            parts=_parts(phases, shown),
            check_ins=[each for each in shown if each.letter.role == Role.CHECK_IN and _is_there(each)],
            retired=[each for each in shown if not _is_there(each)],
            waiting=[each for each in shown if each.row.drafts and _is_there(each)],
            languages=languages,
            language=language,
            language_tabs=[
                {
                    "label": english_name(each),
                    "href": url_for("desk_programme", sequence_id=sequence.id, language=each),
                    "current": each == language,
                }
                for each in languages
            ],
            phases_to_choose=[(each.id, each.title) for each in phases],
            roles=[(str(role), words) for role, words in ROLES],
            lines=lines,
            heavy=heavy,
            error=error,
            typed=request.form if error else {},
        )
        return make_response(page, 422 if error else 200)

    def _do(self, what: str, sequence_id: int, deed: "Callable[[Session], object]", **facts: int | str) -> AnyResponse:
        """Do it, with its line on the trail; or say on the same page why not."""
        try:
            with self.desk.write(what, f"programme:{sequence_id}", **facts) as session:
                deed(session)
        except RefusedError as error:
            return self._one(sequence_id, error)
        return self.desk.done("programme", sequence_id=sequence_id)

    def add_letter(self, sequence_id: int) -> AnyResponse:
        """Add a letter, and open it."""
        phase_id, wished = request.form.get("phase", type=int), request.form.get("role", "")
        role = Role(wished) if wished in set(Role) else Role.MAIN
        try:
            with self.desk.write("letter added", f"programme:{sequence_id}", kind=str(role)) as session:
                title = request.form.get("title", "")
                letter = arranging.add_letter(session, sequence_id, title, phase_id=phase_id, role=role)
        except RefusedError as error:
            return self._one(sequence_id, error)
        return self.desk.done("letter", letter_id=letter.id)

    def name(self, sequence_id: int) -> AnyResponse:
        """Give the programme other names."""
        language = request.form.get("language", "")
        names = Names(*(request.form.get(each, "") for each in ("title", "discreet_title", "summary")))
        return self._do("programme renamed", sequence_id, lambda session: arranging.name(session, sequence_id, language, names))

    def order(self, sequence_id: int) -> AnyResponse:
        """Put a letter at another place of its list."""
        item, to = request.form.get("item", 0, type=int), request.form.get("to", 1, type=int)

        def move(session: "Session") -> None:
            letter = session.get(Letter, item)
            if letter is None or letter.sequence_id != sequence_id:
                raise RefusedError("There is no such letter in this programme.")
            arranging.move_letter(session, item, to)

        return self._do("letter moved", sequence_id, move, letter=item)

    def add_phase(self, sequence_id: int) -> AnyResponse:
        """Add a phase."""
        return self._do("phase added", sequence_id, lambda session: arranging.add_phase(session, sequence_id, _names()))

    def name_phase(self, sequence_id: int, phase_id: int) -> AnyResponse:
        """Give a phase other names."""
        language, names = request.form.get("language", ""), _names()
        return self._do(
            "phase renamed",
            sequence_id,
            lambda session: arranging.name_phase(session, sequence_id, phase_id, language, names),
        )

    def order_phases(self, sequence_id: int) -> AnyResponse:
        """Put a phase at another place."""
        item, to = request.form.get("item", 0, type=int), request.form.get("to", 1, type=int)
        return self._do("phase moved", sequence_id, lambda session: arranging.move_phase(session, sequence_id, item, to))

    def hold(self, sequence_id: int) -> AnyResponse:
        """Let nothing of it leave."""
        wall = self.desk.service.wall()
        return self._do("programme held", sequence_id, lambda session: holds.hold(session, sequence_id, wall=wall))

    def release(self, sequence_id: int) -> AnyResponse:
        """Let it go on."""
        now, wall = self.desk.service.now(), self.desk.service.wall()
        return self._do(
            "programme released", sequence_id, lambda session: holds.release(session, sequence_id, now=now, wall=wall)
        )

    # Of one letter

    def place(self, letter_id: int) -> AnyResponse:
        """Put a letter into another phase, or give it another role."""
        role, _, phase = request.form.get("spot", "").partition(":")
        phase_id = int(phase) if phase.isascii() and phase.isdigit() and len(phase) < 10 else None

        def deed(session: "Session") -> None:
            if role not in set(Role):
                raise RefusedError("Choose a place for it.")
            arranging.place_letter(session, letter_id, phase_id=phase_id, role=Role(role))

        return self._of_letter("letter placed", letter_id, deed)

    def retire(self, letter_id: int) -> AnyResponse:
        """Let a letter come to nobody from now on."""
        return self._of_letter("letter retired", letter_id, lambda session: arranging.retire(session, letter_id))

    def bring_back(self, letter_id: int) -> AnyResponse:
        """Let it come again."""
        return self._of_letter("letter brought back", letter_id, lambda session: arranging.bring_back(session, letter_id))

    def _of_letter(self, what: str, letter_id: int, deed: "Callable[[Session], object]") -> AnyResponse:
        try:
            with self.desk.write(what, f"letter:{letter_id}") as session:
                deed(session)
        except RefusedError as error:
            return self.desk.refuse(str(error))
        return self.desk.done("letter", letter_id=letter_id)


def _names() -> PhaseNames:
    return PhaseNames(*(request.form.get(each, "") for each in ("phase_title", "plain", "begin")))


def _shown(session: "Session", row: LetterRow, stand: Places) -> Shown:
    draft, version = row.newest_draft, row.version
    answers = care.sums(session, row.letter.id)
    passed = (
        stand.passed(row.letter.position) if row.letter.role == Role.MAIN and row.letter.state == LetterState.LIVE else None
    )
    return Shown(
        row=row,
        title=drafts.title_of(row.source, row.letter.name),
        by=(draft.by if draft else (version.by or "a file") if version else ""),
        at=draft.at if draft else version.created_at if version else None,
        reviewed_by=draft.reviewed_by if draft else version.reviewed_by if version else "",
        passed=passed,
        care=answers if sum(answers.values()) >= FEWEST_ANSWERS else {},
    )


def _is_there(each: Shown) -> bool:
    return each.letter.state != LetterState.RETIRED


def _parts(phases: Any, shown: list[Shown]) -> list[Part]:  # noqa: ANN401  rows of the database
    return [
        Part(
            phase,
            number,
            tuple(
                Group(role, words, tuple(each for each in shown if _is_in(each, phase, role)))
                for role, words in ROLES
                if role != Role.CHECK_IN
            ),
        )
        for number, phase in enumerate(phases, start=1)
    ]


def _is_in(each: Shown, phase: Phase, role: str) -> bool:
    return _is_there(each) and (each.letter.phase_id, each.letter.role) == (phase.id, role)
