"""The pages that bring people from elsewhere: the file, what is in it, the dry run, the outcome; refuses to show an address.

A list that was read is kept for a day and nothing is done with it until somebody says yes. The clock takes its rows in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import make_response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.actions import imports
from service.domain.addresses import masked
from service.domain.imports.columns import Field
from service.domain.imports.files import File, ListError
from service.domain.imports.reading import SAMPLE, Reading
from service.domain.imports.rules import ASK_AN_HOUR, Choices, Done, Row, Stage
from service.domain.roles import Right
from service.domain.sequences import State
from service.domain.subscribers import DAYS, Wishes
from service.store import imports as rows
from service.store import people
from service.store.audiences import MANY
from service.web import numbers, zones
from service.web.admin.counting import counts_later
from service.web.admin.desk import Desk
from service.web.admin.people import grounds, import_words

if TYPE_CHECKING:
    from service.store.database import Session
    from service.store.desk_tables import Import

LARGEST: Final = 20 * 1024 * 1024
"""How many bytes of files may be brought at once."""
ROOM_FOR_THE_FORM: Final = 64 * 1024
ON_A_PAGE: Final = 50
CHOOSE_FILE: Final = "Please choose a file first."
NO_SUCH_COLUMN: Final = "Please choose what each column holds from its list."
CHOOSE_PROGRAMME: Final = "Please choose a programme that is live."
CHOOSE_WHEN: Final = "Please choose a day, an hour and a time zone from the lists."
NOT_ANY_MORE: Final = "This list cannot be taken in any more. Nothing was changed. You can bring the file again."
DONE: Final = {
    "same": "This file was taken in with these choices before. Nothing was done again.",
    "begun": "The import has begun. You can leave this page; it goes on by itself.",
    "stopped": "Stopped. What was taken in stays. No more rows are.",
}


class _OverError(Exception):
    """A list cannot begin any more: nothing is written, not even a line."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as it may be shown."""

    number: int
    file: str
    row: int
    masked: str
    why: str


class ImportPages:
    """`/admin/imports`, and `/admin/imports/<number>` with `again`, `begin` and `stop`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.service = desk.service

    def mount(self) -> None:
        """Give the pages their addresses."""
        page, one = self.desk.page, "/imports/<int:number>"
        brings = {"right": Right.IMPORT, "methods": ("POST",), "fresh": True}
        page("/imports", "imports", self.show, right=Right.IMPORT)
        page("/imports", "import_bring", self.bring, **brings, largest=LARGEST + ROOM_FOR_THE_FORM)  # type: ignore[arg-type]
        page(one, "import_one", self.show_one, right=Right.IMPORT)
        page(f"{one}/again", "import_again", self.again, **brings, largest=LARGEST + ROOM_FOR_THE_FORM)  # type: ignore[arg-type]
        page(f"{one}/begin", "import_begin", self.begin, **brings)  # type: ignore[arg-type]
        page(f"{one}/stop", "import_stop", self.stop, right=Right.IMPORT, methods=("POST",))

    # ---- Bringing a file ----

    def show(self) -> str:
        """The field for a file, and what was brought before."""
        return self._list()

    def _list(self, errors: Mapping[str, str] | None = None) -> str:
        with self.desk.read() as session:
            brought = rows.recent(session)
        fresh = grounds.fresh(self.desk, url_for("desk_imports"))
        return self.desk.render("desk/imports.html", brought=brought, words=import_words, errors=errors or {}, **fresh)

    def bring(self) -> str | AnyResponse:
        """Read a file and keep what was found until somebody says yes."""
        reading, sentence = self._read(None, None)
        if reading is None:
            return make_response(self._list({"list": sentence}), 422)
        return self._keep(reading)

    def _read(self, said: Mapping[str, Field | None] | None, day_first: bool | None) -> tuple[Reading | None, str]:
        files = [File(each.filename or "list", each.read()) for each in request.files.getlist("list") if each.filename]
        if not files:
            return None, CHOOSE_FILE
        try:
            return imports.read(files, wall=self.service.wall(), said=said, day_first=day_first), ""
        except ListError as error:
            return None, str(error)

    def _keep(self, reading: Reading, instead_of: int | None = None) -> AnyResponse:
        seat, wall = self.desk.seat(), self.service.wall()
        name = next(each.filename for each in request.files.getlist("list") if each.filename) or "list"
        with self.desk.write("list of people brought", "", rows=len(reading.rows), source=str(reading.source)) as session:
            if instead_of is not None:
                imports.stop(session, instead_of, wall=wall)
            told = import_words.told(reading)
            number = imports.keep(session, reading, name=name, admin_id=seat.admin_id, by=seat.name, wall=wall, told=told)
        return self.desk.done("import_one", number=number)

    def again(self, number: int) -> str | AnyResponse:
        """Read the file once more, with what somebody says of its columns."""
        said = import_words.said(list(zip(request.form.getlist("header"), request.form.getlist("column"), strict=False)))
        if said is None:
            return self._one(number, errors={"columns": NO_SUCH_COLUMN})
        day_first = {"day": True, "month": False}.get(request.form.get("first", ""))
        reading, sentence = self._read(said, day_first)
        return self._keep(reading, number) if reading else self._one(number, errors={"list-again": sentence})

    # ---- One import ----

    def show_one(self, number: int) -> str | AnyResponse:
        """What was found and would be done, what is being done, or what was."""
        return self._one(number)

    def _one(self, number: int, *, errors: Mapping[str, str] | None = None) -> str | AnyResponse:
        with self.desk.read() as session:
            found = rows.find(session, number)
            if found is None:
                return self.desk.not_found()
            shown = self._waiting(session, found, errors or {}) if found.state == Stage.READ else self._taken(session, found)
        return make_response(shown, 422) if errors else shown

    def _waiting(self, session: "Session", found: "Import", errors: Mapping[str, str]) -> str:
        programmes = [(row.slug, row.title) for row in people.programmes(session) if row.state == State.LIVE]
        typed = _typed(self.desk.seat().zone)
        choices, wrong = _choices(typed, dict(programmes)) if "programme" in request.args else (None, {})
        later = choices is not None and counts_later(request.args, many=found.rows > MANY)
        ends = self._ends(session, found.id, choices) if choices and not later else {}
        asked = len(ends.get(Done.ASKED, ()))
        return self.desk.render(
            "desk/import_waiting.html",
            found=found,
            told=found.wishes or {"tables": [], "ignored": [], "notes": []},
            samples=_shown(rows.first_with_address(session, found.id, limit=SAMPLE)),
            words=import_words,
            programmes=programmes,
            typed=typed,
            errors={**errors, **wrong},
            choices=choices,
            later=later,
            counts=_counts(ends),
            show=_rows_to_show(ends),
            hours=-(-asked // ASK_AN_HOUR),
            asked=asked,
            weekdays=list(enumerate(DAYS)),
            day_hours=[(str(hour), f"{hour:02}:00") for hour in range(24)],
            zones=[(region, [(zone.name, zone.place) for zone in group]) for region, group in zones.by_region()],
            done="",
            **grounds.fresh(self.desk, url_for("desk_import_one", number=found.id)),
        )

    def _ends(self, session: "Session", import_id: int, choices: Choices) -> dict[Done, list[Row]]:
        listed = rows.waiting(session, import_id)
        return imports.forecast(session, listed, choices, keys=self.service.keys, wall=self.service.wall())

    def _taken(self, session: "Session", found: "Import") -> str:
        progress = rows.progress(found)
        wanted = next((done for done in Done if done == request.args.get("show", "")), None)
        after = max(0, request.args.get("after", 0, type=int))
        report = rows.report(session, found.id, done=wanted, after=after, limit=ON_A_PAGE + 1) if wanted else None
        return self.desk.render(
            "desk/import_taken.html",
            found=found,
            progress=progress,
            taken=sum(progress.done.values()),
            words=import_words,
            counts=[
                (count, import_words.DID[done], url_for("desk_import_one", number=found.id, show=done), "")
                for done, count in progress.done.items()
            ],
            wanted=wanted,
            report=report[:ON_A_PAGE] if report is not None else None,
            later=report[ON_A_PAGE - 1].number if report and len(report) > ON_A_PAGE else None,
            done=DONE.get(request.args.get("done", ""), ""),
        )

    def begin(self, number: int) -> str | AnyResponse:
        """Say yes: the clock takes the rows in."""
        with self.desk.read() as session:
            programmes = {row.slug: row.title for row in people.programmes(session) if row.state == State.LIVE}
        choices, wrong = _choices({name: request.form.get(name, "") for name in _FIELDS}, programmes)
        if choices is None:
            return self._one(number, errors=wrong)
        wall, organisation = self.service.wall(), self.service.site.organisation
        try:
            with self.desk.write("import begun", f"import:{number}", programme=choices.programme[:32]) as session:
                begun = imports.begin(session, number, choices, organisation=organisation, wall=wall)
                if begun is None:
                    raise _OverError
        except _OverError:
            return self.desk.refuse(NOT_ANY_MORE)
        return self.desk.done("import_one", number=begun, done="begun" if begun == number else "same")

    def stop(self, number: int) -> str | AnyResponse:
        """Take no more rows in, or throw the list away that waits for a yes."""
        try:
            with self.desk.write("import stopped", f"import:{number}") as session:
                if not imports.stop(session, number, wall=self.service.wall()):
                    raise _OverError
                kept = rows.find(session, number) is not None
        except _OverError:
            return self.desk.refuse("This import is over already. Nothing was changed.")
        return self.desk.done("import_one", number=number, done="stopped") if kept else self.desk.done("imports")


_FIELDS: Final = ("programme", "weekday", "hour", "zone", "ask", "joined")


def _typed(zone: str) -> dict[str, str]:
    usual = {"programme": "", "weekday": "1", "hour": "10", "zone": zones.known(zone) or zones.UTC, "ask": "yes", "joined": ""}
    return {name: request.args.get(name, usual[name])[:64] for name in _FIELDS}


def _choices(typed: Mapping[str, str], programmes: Mapping[str, str]) -> tuple[Choices | None, dict[str, str]]:
    """What an admin wants of an import, or a sentence for the field that needs another look."""
    if typed["programme"] not in programmes:
        return None, {"programme": CHOOSE_PROGRAMME}
    weekday, hour, zone = numbers.below(typed["weekday"], 7), numbers.below(typed["hour"], 24), zones.known(typed["zone"])
    if weekday is None or hour is None or zone is None:
        return None, {"weekday": CHOOSE_WHEN}
    wishes = Wishes(weekday, hour, zone, discreet=True)
    return Choices(typed["programme"], wishes, ask=typed["ask"] == "yes", joined=typed["joined"] == "yes"), {}


def _here(**more: str | int) -> str:
    values = {**request.view_args, **request.args.to_dict(), **more} if request.view_args else {**more}
    return url_for("desk_import_one", **values)


def _counts(ends: Mapping[Done, Sequence[Row]]) -> list[tuple[int, str, str, str]]:
    """How many rows would end how, each with its list."""
    return [
        (len(ends[done]), words, _here(show=done, after=0), "") for done, words in import_words.WOULD.items() if ends.get(done)
    ]


def _rows_to_show(ends: Mapping[Done, Sequence[Row]]) -> dict[str, Any] | None:
    wanted = next((done for done in ends if done == request.args.get("show", "")), None)
    if wanted is None:
        return None
    after = max(0, request.args.get("after", 0, type=int))
    found = [row for row in ends[wanted] if row.number > after][: ON_A_PAGE + 1]
    later = _here(after=found[ON_A_PAGE - 1].number) if len(found) > ON_A_PAGE else ""
    return {"words": import_words.WOULD[wanted], "rows": _shown(found[:ON_A_PAGE]), "later": later}


def _shown(found: Sequence[Row]) -> list[Shown]:
    return [Shown(row.number, row.file, row.row, masked(row.address) if row.address else "", row.sentence) for row in found]
