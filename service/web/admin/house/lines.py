"""The support lines, changed, added, taken off, and who checked each when; refuses to show readers one that nobody did."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from flask import make_response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.actions import settings
from service.actions.settings import SettingError
from service.domain import support
from service.domain.opening import AGES_AFTER
from service.domain.roles import Right
from service.domain.support import Country, Kept, LineType, SupportLine
from service.store import choices
from service.web.admin.desk import Alert, Desk

if TYPE_CHECKING:
    from service.store.database import Session

NEW: Final = "new"
LABELS: Final = {
    "type": ("For", ""),
    "name": ("Name", "As the people who answer call it."),
    "number": ("Number to call", "Digits, blanks and hyphens, with + in front where it is needed."),
    "text": ("How to write", "Such as START to 88788. Empty: one cannot."),
    "hours": ("Hours", "Such as 24 hours."),
    "languages": ("Languages", ""),
    "url": ("Page", "Such as https://www.example.org/help."),
    "leaves_trace": ("What a call leaves behind", "A sentence, such as: It stays in the call log of the phone."),
    "note": ("Note", "A sentence that readers see."),
    "source": ("Where you found it", "Readers do not see it."),
}
"""Each field of a line with what its page calls it, and its help."""

DEEDS: Final = {"off": "support line taken off", "back": "support line as its file says"}

TYPES: Final = {
    LineType.EMERGENCY: "Danger now",
    LineType.ABUSE: "Abuse",
    LineType.SUICIDE: "Thoughts of suicide",
    LineType.MEN: "Men",
    LineType.LGBT: "LGBT+ people",
    LineType.UNDER_18: "People under 18",
    LineType.DEAF: "Deaf people",
}


class LinesPages:
    """`/admin/lines`, and `/admin/lines/<country>/<key>` for one of them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses, and say on every page when a line was last checked too long ago."""
        page, owners = self.desk.page, Right.SETTINGS
        page("/lines", "lines", self.show, right=owners)
        page("/lines", "line_checked", self.check, right=owners, methods=["POST"])
        page("/lines/<country>/<key>", "line", self.show_one, right=owners)
        page("/lines/<country>/<key>", "line_saved", self.save, right=owners, methods=["POST"], fresh=True)
        self.desk.alert(self._alerts)

    def show(self) -> str:
        """Every line by country, with who checked it when."""
        rows = [(country, self._places(country)) for country in self.desk.service.given.support_lines]
        return self.desk.render("desk/lines.html", rows=rows, types=TYPES, wants=self._wants_checking, days=AGES_AFTER.days)

    def check(self) -> AnyResponse:
        """Keep that whoever sits here found a line as it is shown."""
        line = self._line(request.form.get("country", ""), request.form.get("line", ""))
        if line is None:
            return self.desk.refuse("This line has changed since the page was opened. Please look at it again.", code=409)
        seat, wall = self.desk.seat(), self.desk.service.wall()
        with self.desk.write("support line checked", f"line:{line.country}:{line.fingerprint[:12]}") as session:
            choices.check_line(session, line.country, line.fingerprint, by=seat.name, wall=wall)
        self.desk.service.choices.forget()
        return self.desk.done("lines", _anchor=line.country)

    def show_one(self, country: str, key: str) -> str | AnyResponse:
        """One line to change, with its history; `new` is one to add."""
        return self._one(country, key)

    def save(self, country: str, key: str) -> str | AnyResponse:
        """Keep a line as it was written, take it off, or let its file say it again."""
        found, deed = self._found(country, key), request.form.get("do", "")
        if found is None or (deed in DEEDS and found[1] is None):
            return self.desk.not_found()
        where, by, wall = found[0], self.desk.seat().name, self.desk.service.wall()
        try:
            with self.desk.write(DEEDS.get(deed, "support line changed"), f"line:{where.code}:{key[:20]}") as session:
                if deed == "off":
                    settings.take_line_off(session, where.code, key, by=by, wall=wall)
                elif deed == "back":
                    settings.give_line_back(session, where.code, key, by=by, wall=wall)
                else:
                    settings.write_line(session, where, "" if key == NEW else key, request.form, by=by, wall=wall)
        except SettingError as error:
            return self._one(country, key, str(error))
        self.desk.service.choices.forget()
        return self.desk.done("lines", _anchor=where.code)

    def _one(self, country: str, key: str, error: str = "") -> str | AnyResponse:
        found = self._found(country, key)
        if found is None:
            return self.desk.not_found()
        where, place = found
        with self.desk.read() as session:
            history = choices.history(session, support.choice_of(where.code, key)) if place else []
            checks = choices.line_history(session, where.code, place.line.fingerprint) if place and place.line else []
        page = self.desk.render(
            "desk/line.html",
            country=where,
            place=place,
            key=key,
            values=request.form if error else _values(place),
            errors_of=_errors(error),
            history=[(row, _told(where, row.value)) for row in history],
            checks=checks,
            labels=LABELS,
            types=list(TYPES.items()),
        )
        return make_response(page, 422 if error else 200)

    def _found(self, code: str, key: str) -> tuple[Country, Kept | None] | None:
        """The country of a line as its file gives it, and the line's place, which a new one has not."""
        country = next((each for each in self.desk.service.given.support_lines if each.code == code), None)
        if country is None or key == NEW:
            return (country, None) if country else None
        place = next((each for each in self._places(country) if each.key == key), None)
        return (country, place) if place else None

    def _places(self, country: Country) -> list[Kept]:
        chosen = self.desk.service.choices.now()
        places = support.places(country, support.changes_in(chosen.settings))
        order = list(LineType)
        shown = [replace(each, line=each.line and support.checked(each.line, chosen.lines)) for each in places]
        return sorted(shown, key=lambda each: order.index(line.type) if (line := each.line or each.given) else 0)

    def _line(self, country: str, fingerprint: str) -> SupportLine | None:
        lines = (line for each in self.desk.service.support_lines if each.code == country for line in each.lines)
        return next((line for line in lines if line.fingerprint == fingerprint), None)

    def _wants_checking(self, line: SupportLine) -> bool:
        return line.verified and _age(line, self.desk.service.wall().date()) > AGES_AFTER

    def _alerts(self, _session: "Session") -> Iterator[Alert]:
        if self.desk.may(Right.SETTINGS):
            lines = [line for country in self.desk.service.support_lines for line in country.lines]
            old = sum(self._wants_checking(line) for line in lines)
            if old:
                were = "1 support line was" if old == 1 else f"{old} support lines were"
                sentence = f"{were} checked more than {AGES_AFTER.days} days ago. Numbers change."
                yield Alert("note", sentence, url_for("desk_lines"), "Look again")


def _age(line: SupportLine, today: date) -> timedelta:
    return today - (line.verified_on or today)


def _values(place: Kept | None) -> Mapping[str, str]:
    line = place and (place.line or place.given)
    return {field: getattr(line, field) for field in support.FIELDS} if line else {}


def _errors(sentence: str) -> dict[str, str]:
    """A sentence beside its field: those about one begin with its name."""
    if not sentence:
        return {}
    field = next((each for each in support.FIELDS if sentence.startswith((f"{each} ", f"{each}:"))), "")
    label = LABELS[field][0] if field else ""
    said = f"{label}{sentence.removeprefix(field)}" if field else f"{sentence[:1].upper()}{sentence[1:]}"
    return {field or "number": said}


def _told(country: Country, value: str | None) -> str:
    """What the desk once said of a line, in one row of its history."""
    if value is None:
        return "As its file says"
    line = support.changes_in({support.choice_of(country.code, "x"): value}).get((country.code, "x"))
    ways = (line.name, line.number, line.text, line.hours, line.url) if line else ("Taken off",)
    return ", ".join(each for each in ways if each)
