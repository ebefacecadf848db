"""The calendar: what went out and what will, by month, by week and by the hours of a day; refuses to name anybody.

It moves a batch that has not begun to another day, and says then how many letters moved with it.
"""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import make_response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.actions import batches as acts
from service.actions.batches import RefusedError
from service.domain.batches import State
from service.domain.calendar import REAL
from service.domain.roles import Right
from service.domain.schedule import local_day
from service.mail.words import zone_words
from service.store import audiences, batches, calendar, dry_runs
from service.store.calendar import Counts, Line
from service.web.admin import moments
from service.web.admin.batches import words as batch_words
from service.web.admin.calendar import view
from service.web.admin.calendar.ahead import Ahead, CalendarAhead
from service.web.admin.desk import Desk

if TYPE_CHECKING:
    from service.store.database import Session

FARTHEST: Final = timedelta(days=400)
"""So far ahead letters are counted."""

EARLIEST: Final = date(2000, 1, 1)
NO_DAY: Final = "Choose a day, such as 2026-12-05."


class CalendarPages:
    """`/admin/calendar`, `/admin/calendar/week`, `/admin/calendar/days/<day>`, and moving a batch."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.service = desk.service
        self._ahead = CalendarAhead(desk.service)

    def mount(self) -> None:
        """Give the pages their addresses."""
        page = self.desk.page
        page("/calendar", "calendar", self.show_month, right=Right.SEE)
        page("/calendar/week", "calendar_week", self.show_week, right=Right.SEE)
        page("/calendar/days/<day>", "calendar_day", self.show_day, right=Right.SEE)
        page("/calendar/move/<int:batch_id>", "calendar_moved", self.move, right=Right.BATCH, methods=("POST",))

    def show_month(self) -> str | AnyResponse:
        """A month, with the batches that can still be moved."""
        asked = request.args.get("month", "")
        shown = self._asked(f"{asked}-01" if asked else "")
        return self._month(shown) if shown else self.desk.not_found()

    def _month(self, shown: date, **values: Any) -> str:  # noqa: ANN401  what the page shows
        first, after = view.month_of(shown)
        with self.desk.read() as session:
            bounds = view.days_of(first, after, self._zone)
            counts = self._look(session, bounds, ahead := self._ahead.look(session, bounds[-1]))
            known = calendar.lines(session, sorted({id_ for _, id_ in counts}))
            to_move = calendar.scheduled(session)
            moved = self._moved(session)
        return self.desk.render(
            "desk/calendar.html",
            first=first,
            weeks=view.month(first, after, counts, known),
            sums=view.sums(counts),
            to_move=[(each, view.of_one(counts, each.id), each.first_date in _days(first, after)) for each in to_move],
            moved=moved,
            ahead=ahead,
            today=self._today,
            ways=self._ways(first, "month"),
            earlier=self._month_link(first - view.DAY),
            later=self._month_link(after),
            **({"errors": {}, "typed": {}} | values),
        )

    def show_week(self) -> str | AnyResponse:
        """A week by days and hours."""
        shown = self._asked(request.args.get("day", ""))
        if shown is None:
            return self.desk.not_found()
        first, after = view.week_of(shown)
        bounds = view.hours_of(first, after, self._zone)
        with self.desk.read() as session:
            counts = self._look(session, bounds, ahead := self._ahead.look(session, bounds[-1]))
            known = calendar.lines(session, sorted({id_ for _, id_ in counts}))
        return self.desk.render(
            "desk/calendar_week.html",
            first=first,
            ahead=ahead,
            last=after - view.DAY,
            cells=view.week(first, bounds, counts, known, self._zone),
            sums=view.sums(counts),
            today=self._today,
            ways=self._ways(first, "week"),
            earlier=self._week_link(first - view.DAY),
            later=self._week_link(after),
        )

    def show_day(self, day: str) -> str | AnyResponse:
        """The hours of a day, with every state by itself."""
        shown = self._asked(day)
        if shown is None:
            return self.desk.not_found()
        bounds = view.hours_of(shown, shown + view.DAY, self._zone)
        with self.desk.read() as session:
            counts = self._look(session, bounds, ahead := self._ahead.look(session, bounds[-1]))
            known = calendar.lines(session, sorted({id_ for _, id_ in counts}))
        return self.desk.render(
            "desk/calendar_day.html",
            day=shown,
            ahead=ahead,
            hours=view.hours_with_letters(bounds, counts, known, self._zone, in_full=True),
            sums=view.sums(counts),
            ways=self._ways(shown, ""),
            href_of=self._href_of,
            outcomes=self._outcomes,
            earlier=self._day_link(shown - view.DAY),
            later=self._day_link(shown + view.DAY),
        )

    def move(self, batch_id: int) -> str | AnyResponse:
        """Give a batch that has not begun another first day."""
        typed = request.form.get("first_date", "")
        shown = self._asked(request.form.get("month", "")) or self._today
        with self.desk.read() as session:
            batch = batches.get(session, batch_id)
            was = batch.first_date if batch is not None else None
        if was is None or batch is None or batch.state != State.SCHEDULED:
            return self.desk.refuse("This batch has begun, or is over. Its day stays.")
        day = _day(typed)
        if day is None:
            return self._wrong(shown, batch_id, typed, NO_DAY)
        try:
            with self.desk.write("batch moved", f"batch:{batch_id}", was=was.isoformat(), to=day.isoformat()) as session:
                acts.move(session, batch_id, day, now=self.service.now())
        except RefusedError as error:
            return self._wrong(shown, batch_id, typed, str(error))
        return self.desk.done("calendar", month=f"{day:%Y-%m}", moved=batch_id, was=was.isoformat())

    def _wrong(self, shown: date, batch_id: int, typed: str, sentence: str) -> AnyResponse:
        field = f"first_date-{batch_id}"
        return make_response(self._month(shown, errors={field: sentence}, typed={field: typed}), 422)

    def _moved(self, session: "Session") -> str:
        """What a move has done, as a sentence; empty where nothing was moved."""
        batch_id, was = request.args.get("moved", type=int), _day(request.args.get("was", ""))
        batch = batches.get(session, batch_id) if batch_id is not None and was else None
        if batch is None or was is None or batch.first_date is None or batch.state != State.SCHEDULED:
            return ""
        (line,) = calendar.lines(session, [batch.sequence_id]).values()
        from_to = f"from {moments.day(was)} to {moments.day(batch.first_date)}"
        if audiences.are_many(session):
            return f"“{line.title}” moved {from_to}. Its dry run says who gets it now, and when."
        tried = dry_runs.try_out(session, batch.sequence_id, now=self.service.now(), near=False)
        if tried is None or tried.first is None or tried.last is None:
            return f"“{line.title}” moved {from_to}. Nobody would get it as things stand."
        letters = sum(sum(each.values()) for each in tried.letters)
        told = "1 letter" if letters == 1 else f"{letters:,} letters"
        return (
            f"“{line.title}” moved {from_to}: {told} for {batch_words.people(tried.readers)}. "
            f"The first now leaves {self._when(tried.first)}, the last {self._when(tried.last)}."
        )

    def _when(self, moment: datetime) -> str:
        return f"{moments.in_zone(moment, self._zone)} {zone_words(self._zone)}"

    @property
    def _zone(self) -> str:
        return self.desk.seat().zone

    @property
    def _today(self) -> date:
        return local_day(self.service.now(), self._zone)

    def _look(self, session: "Session", bounds: list[datetime], ahead: Ahead) -> Counts:
        moved = self.service.calendar != REAL
        return calendar.look(session, bounds, ahead.letters, wall=self.service.wall(), moved=moved)

    def _asked(self, typed: str) -> date | None:
        """The day that is asked for; today without one, None for one that is none or that lies too far away."""
        day = _day(typed) if typed else self._today
        return day if day and EARLIEST <= day <= self._today + FARTHEST else None

    def _ways(self, day: date, current: str) -> list[dict[str, object]]:
        return [
            {
                "label": "Month",
                "href": url_for("desk_calendar", month=f"{day:%Y-%m}"),
                "current": current == "month",
            },
            {"label": "Week", "href": url_for("desk_calendar_week", day=day.isoformat()), "current": current == "week"},
        ]

    def _month_link(self, day: date) -> str:
        return url_for("desk_calendar", month=f"{day:%Y-%m}") if self._is_near(day.replace(day=1)) else ""

    def _week_link(self, day: date) -> str:
        return url_for("desk_calendar_week", day=day.isoformat()) if self._is_near(day) else ""

    def _day_link(self, day: date) -> str:
        return url_for("desk_calendar_day", day=day.isoformat()) if self._is_near(day) else ""

    def _is_near(self, day: date) -> bool:
        return EARLIEST <= day <= self._today + FARTHEST

    def _href_of(self, line: Line) -> str:
        """The page of a programme or batch."""
        if line.is_batch:
            return url_for("desk_batch", batch_id=line.id)
        return url_for("desk_programme", sequence_id=line.id)

    def _outcomes(self, line: Line, state: str) -> str:
        """The list of letters that somebody should look at; empty for who may not see it, and where there is none."""
        if state not in ("unknown", "refused") or not self.desk.may(Right.RESOLVE):
            return ""
        if line.is_batch:
            return url_for("desk_outcomes", state=state, batch=line.id)
        return url_for("desk_outcomes", state=state, programme=line.id)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _days(first: date, after: date) -> set[date]:
    return {first + number * view.DAY for number in range((after - first).days)}
