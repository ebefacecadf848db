"""The support lines, and who checked each of them when; refuses to show readers one that nobody did."""

from datetime import date

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from service.domain.opening import AGES_AFTER
from service.domain.roles import Right
from service.domain.support import SupportLine
from service.store import choices
from service.web.admin.desk import Desk


class LinesPages:
    """`/admin/lines`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        self.desk.page("/lines", "lines", self.show, right=Right.SETTINGS)
        self.desk.page("/lines", "line_checked", self.check, right=Right.SETTINGS, methods=["POST"])

    def show(self) -> str:
        """Every line by country, those that want checking first."""
        today = self.desk.service.wall().date()
        countries = self.desk.service.support_lines
        wanting = {line.fingerprint for country in countries for line in country.lines if _wants_checking(line, today)}
        return self.desk.render("desk/lines.html", countries=countries, wanting=wanting, days=AGES_AFTER.days)

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

    def _line(self, country: str, fingerprint: str) -> SupportLine | None:
        lines = (line for each in self.desk.service.support_lines if each.code == country for line in each.lines)
        return next((line for line in lines if line.fingerprint == fingerprint), None)


def _wants_checking(line: SupportLine, today: date) -> bool:
    return line.verified_on is None or today - line.verified_on > AGES_AFTER
