"""The time machine: the whole way of a reader, made up or real, by the function that plans; refuses to change anything.

A made-up reader stands in the address of the page. Of a real one the page shows days only, and no zone (S-8).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from flask import Response, make_response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.actions import coming
from service.actions import person as reading
from service.actions.person import Looking, letter_name
from service.domain.journey import LONGEST, Stage, journey
from service.domain.letters import LetterText
from service.domain.roles import Right
from service.domain.schedule import local
from service.domain.sequences import Step
from service.domain.subscribers import DAYS
from service.mail.source_reading import SourceErrors
from service.mail.sources import parse_letter
from service.store import letter_words, people, sequences, subscribers
from service.web import letter_page, zones
from service.web.admin.desk import Desk
from service.web.admin.letters import machine_form
from service.web.admin.letters.machine_form import Made, Path, Typed
from service.web.admin.people import words as person_words

if TYPE_CHECKING:
    from service.store.database import Session
    from service.store.tables import Sequence

NO_PROGRAMME: Final = "No programme has been made yet."
SAMPLE_NEXT: Final = "another day"
WITHOUT_WORDS: Final = "A letter that cannot be read as it stands"


@dataclass(frozen=True, slots=True)
class Stop:
    """One letter on a timeline, as the page shows it. `moved` is what the reader does after it."""

    number: int
    letter_id: int
    title: str
    slot: datetime
    reason: str
    moved: str
    clocks_changed: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A journey as it is shown: its stops, and a sentence about how it ends."""

    stops: tuple[Stop, ...]
    end: str


class MachinePages:
    """`/admin/machine`, `reader/<ref>` for somebody real, and `letters/<id>` for a letter to open."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        self.desk.page("/machine", "machine", self.show, right=Right.MACHINE)
        self.desk.page("/machine/letters/<int:letter>", "machine_letter", self.show_letter, right=Right.MACHINE)
        self.desk.page("/machine/reader/<ref>", "machine_reader", self.show_reader, right=Right.PEOPLE)

    def show(self) -> str | Response:
        """The form, and below it the journey of whom it describes."""
        with self.desk.read() as session:
            rows = people.programmes(session)
            paths = {row.slug: _path(session, row) for row in rows}
            given = machine_form.typed(
                request.args, now=self.desk.service.now(), zone=self.desk.seat().zone, first=next(iter(paths), "")
            )
            if not paths:
                return self._form(given, None, {})
            path = paths.get(given.programme)
            if path is None:
                shown = self._form(
                    given, next(iter(paths.values())), paths, errors={"programme": machine_form.CHOOSE_PROGRAMME}
                )
                return make_response(shown, 422)
            if "programme" not in request.args:
                return self._form(given, path, paths)
            return self._told(session, next(row for row in rows if row.slug == path.slug), path, given, paths)

    def _told(
        self, session: "Session", sequence: "Sequence", path: Path, given: Typed, paths: Mapping[str, Path]
    ) -> str | Response:
        made, errors = machine_form.read(given, path)
        told = None
        if made is not None:
            try:
                told = _tell(session, sequence, made, dict(machine_form.moves_to_choose(path)), given)
            except ValueError as error:
                errors = {"after-1": f"{error} Please look at the moves again."}
        shown = self._form(given, path, paths, errors=errors, told=told, title=path.title)
        return make_response(shown, 422) if errors else shown

    def _form(self, given: Typed, path: Path | None, paths: Mapping[str, Path], **values: Any) -> str:  # noqa: ANN401
        return self.desk.render(
            "desk/machine.html",
            typed=given,
            programmes=[(each.slug, each.title) for each in paths.values()],
            moves=[("", "nothing"), *machine_form.moves_to_choose(path)] if path else [],
            paces=[(str(days), person_words.pace(days)) for days in machine_form.paces_to_choose()],
            weekdays=list(enumerate(DAYS)),
            hours=[(str(hour), f"{hour:02}:00") for hour in range(24)],
            zones=_zones(),
            **({"errors": {}, "told": None, "title": "", "nothing": "" if paths else NO_PROGRAMME} | values),
        )

    def show_reader(self, ref: str) -> str | AnyResponse:
        """What came and what will come to somebody real, by days."""
        looking = Looking(self.desk.seat().zone, in_full=self.desk.may(Right.PEOPLE_ALL))
        with self.desk.read() as session:
            now = self.desk.service.now()
            person = reading.view(session, ref, looking, keys=self.desk.service.keys, now=now)
            found = subscribers.by_ref(session, ref)
            if person is None or found is None:
                return self.desk.not_found()
            ahead = [] if person.suppressed_as else coming.to(session, found, zone=looking.zone, now=now)
            titles = _titles(session, {each.letter_id for each in ahead})
        self.desk.looked("journey of a person looked at", f"person:{person.ref}")
        came = [each for each in reversed(person.messages) if each.kind == "letter" and each.state != "skipped"]
        return self.desk.render(
            "desk/machine_reader.html",
            person=person,
            came=came,
            ahead=[(each, titles.get(each.letter_id, WITHOUT_WORDS)) for each in ahead],
            most=coming.MOST,
        )

    def show_letter(self, letter: int) -> str | AnyResponse:
        """A letter with the words that it has now, or had in a version."""
        version, discreet = request.args.get("version", type=int), request.args.get("form") != "open"
        with self.desk.read() as session:
            found = letter_words.find(session, letter, version)
        if found is None:
            return self.desk.not_found()
        try:
            text = parse_letter(found.source, name=found.name)
        except SourceErrors:
            return self.desk.refuse(
                "This letter cannot be read as it stands. Its editor says why.", heading=letter_name(found.name)
            )
        return self.desk.render(
            "desk/machine_letter.html",
            text=text,
            letter=_on_page(text, found.language, found.phase, discreet=discreet, weekly=found.weekly),
            subject=text.discreet_subject if discreet else text.subject,
            preview=text.discreet_preview if discreet else text.preview,
            forms=[
                {
                    "label": words,
                    "href": url_for("desk_machine_letter", letter=letter, version=version, form=form),
                    "current": on,
                }
                for words, form, on in (("Discreet", "discreet", discreet), ("Open", "open", not discreet))
            ],
            sequence=found.sequence,
        )


def _on_page(text: LetterText, language: str, phase: str, *, discreet: bool, weekly: bool) -> str:
    values = {"next_date": SAMPLE_NEXT, "help_link": url_for("help"), "safer_link": url_for("safer")}
    return letter_page.show(text, language=language, discreet=discreet, phase=phase, values=values, level=2, weekly=weekly)


def _path(session: "Session", sequence: "Sequence") -> Path:
    parts = tuple((phase.key, phase.id, phase.plain) for phase in sequences.phases_of(session, sequence.id))
    paces = tuple(sequence.paces or [sequence.pace_days])
    return Path(sequence.slug, sequence.title, sequence.pace_days, paces, parts)


def _tell(session: "Session", sequence: "Sequence", made: Made, words: Mapping[str, str], given: Typed) -> Told:
    way = sequences.way_of(session, sequence)
    stages = list(journey(made.rhythm, way, confirmed=made.confirmed, moves=made.moves))
    titles = _titles(session, {stage.letter.id for stage in stages})
    moved = {int(after): words.get(what, "") for after, what in given.moves if int(after) in made.moves}
    return Told(tuple(_stops(stages, titles, moved, made.rhythm.zone)), _end(stages, moved, again=way.again))


def _stops(stages: list[Stage[Step]], titles: Mapping[int, str], moved: Mapping[int, str], zone: str) -> Iterator[Stop]:
    offsets = [local(stage.slot, zone).utcoffset() for stage in stages]
    changed = [False, *(one != other for one, other in pairwise(offsets))]
    for stage, clocks_changed in zip(stages, changed, strict=True):
        about = titles.get(stage.letter.id, WITHOUT_WORDS), stage.slot, stage.reason, moved.get(stage.number, "")
        yield Stop(stage.number, stage.letter.id, *about, clocks_changed)


def _end(stages: list[Stage[Step]], moved: Mapping[int, str], *, again: bool) -> str:
    if not stages:
        return "This programme has no letter that is live yet."
    last = moved.get(stages[-1].number, "")
    if last.startswith("stop"):
        return "Everything stops here."
    if last.endswith("until they say"):
        return "Nothing more comes until the reader ends the pause."
    if again or len(stages) >= LONGEST:
        return f"It begins again after the last letter. {LONGEST} letters are shown."
    return "This was the last letter of the programme."


def _titles(session: "Session", letter_ids: set[int]) -> dict[int, str]:
    """The titles of letters as they are now."""
    return {letter_id: _title_of(source) for letter_id, source in letter_words.sources(session, letter_ids).items()}


@lru_cache(maxsize=512)
def _title_of(source: str) -> str:
    try:
        return parse_letter(source, name="letter").title
    except SourceErrors:
        return WITHOUT_WORDS


@lru_cache(maxsize=1)
def _zones() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    return tuple((region, tuple((zone.name, zone.place) for zone in group)) for region, group in zones.by_region())
