"""The first page of the desk: how things stand in figures, and holding everything; refuses to say who anybody is."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from flask import url_for
from werkzeug.wrappers import Response as AnyResponse

from service.actions import drafts, holds
from service.domain.messages import State
from service.domain.roles import Right
from service.domain.schedule import local_day
from service.mail.words import zone_words
from service.store import beats, figures
from service.store import holds as hold_rows
from service.store.figures import Standing
from service.web.admin import charts, moments
from service.web.admin.charts import Chart, Series
from service.web.admin.desk import Alert, Desk

if TYPE_CHECKING:
    from service.store.database import Session

OLDEST_TICK: Final = 60.0
"""Seconds after which a clock that ticks every second counts as stopped."""

DAYS: Final = 28
WEEK: Final = timedelta(days=7)
LETTERS: Final = (("sent", State.SENT), ("skipped", State.SKIPPED), ("refused", State.REFUSED), ("unknown", State.UNKNOWN))
MOVES: Final = (
    ("a little longer with a part", ("stayed",)),
    ("on to the next part", ("went on",)),
    ("to a part of their choice", ("chose a part",)),
    ("not today", ("put off",)),
)
ENDINGS: Final = (("read to the end", "finished"), ("stopped one series", "stopped"))


class HomePages:
    """`/admin/`, and holding everything."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses, and say on every page what holds everywhere."""
        self.desk.page("/", "home", self.show, right=Right.SEE)
        self.desk.page("/hold", "held", self.hold, right=Right.HOLD, methods=["POST"])
        self.desk.page("/release", "released", self.release, right=Right.HOLD, methods=["POST"])
        self.desk.alert(self._alerts)

    def show(self) -> str:
        """How things stand, today, this week and over four weeks."""
        now, wall, zone = self.desk.service.now(), self.desk.service.wall(), self.desk.seat().zone
        days = figures.days_before(local_day(wall, zone), DAYS)
        with self.desk.read() as session:
            stand = figures.standing(session, now=now)
            ended = figures.ended_by_day(session, zone, days, wall=wall)
            came = figures.sign_ups_by_day(session, zone, days)
            facts = figures.facts_since(session, now - WEEK)
            said = figures.care(session)
            told = {
                "age": beats.last_tick_age(session, wall=wall),
                "care": said,
                "titles": drafts.titles(session, {each.letter_id for each in said}),
                "programmes": figures.programmes(session),
                "left": figures.left_since(session, wall - WEEK),
                "complaints": figures.complaints_since(session, wall - WEEK),
                "held": hold_rows.everything(session),
            }
        return self.desk.render(
            "desk/home.html",
            stand=stand,
            today=ended[days[-1]],
            week=sum((ended[day] for day in days[-7:]), start=Counter[str]()),
            came=sum((came[day] for day in days[-7:]), start=Counter[str]()),
            moved=[(words, sum(facts.get(fact, 0) for fact in named)) for words, named in MOVES],
            paused=facts.get("paused", 0),
            endings=[(words, facts.get(fact, 0)) for words, fact in ENDINGS],
            letters_chart=_letters_chart(days, ended),
            came_chart=_came_chart(days, came),
            touched=_touched(stand),
            oldest_tick=OLDEST_TICK,
            **told,
        )

    def hold(self) -> AnyResponse:
        """Let nothing leave."""
        with self.desk.write("everything held") as session:
            holds.hold_everything(session, self.desk.seat().name, wall=self.desk.service.wall())
        return self.desk.done("home")

    def release(self) -> AnyResponse:
        """Let letters leave again: what waited beyond its hour comes at the next wished one."""
        now, wall = self.desk.service.now(), self.desk.service.wall()
        with self.desk.write("everything released") as session:
            holds.release_everything(session, now=now, wall=wall)
        return self.desk.done("home")

    def _alerts(self, session: "Session") -> Iterator[Alert]:
        """What everybody at the desk is to know on every page."""
        held = hold_rows.everything(session)
        if held:
            since = f"{moments.in_zone(held.at, self.desk.seat().zone)} {zone_words(self.desk.seat().zone)}"
            sentence = f"Everything is held since {since}, by {held.by}. Nothing leaves."
            yield Alert("held", sentence, url_for("desk_home"), "To the desk")
        age = beats.last_tick_age(session, wall=self.desk.service.wall())
        if age is None or age > OLDEST_TICK:
            yield Alert("clock", "The clock stands still: nothing new is planned or sent. Ask whoever runs the machine.")
        if not self.desk.service.sign_up_open and self.desk.may(Right.SETTINGS):
            yield Alert("note", "Sign-up is closed.", url_for("desk_opening"), "What to see to first")


def _touched(stand: Standing) -> int:
    """How many people holding everything touches: whoever reads, and whoever waits for a confirm letter."""
    return stand.readers + stand.pending


def _letters_chart(days: list[date], ended: dict[date, Counter[str]]) -> Chart:
    series = [Series(name, str(state), [ended[day][state] for day in days]) for name, state in LETTERS]
    return charts.stacked("Letters of the last four weeks", "Day", [moments.day(day) for day in days], series)


def _came_chart(days: list[date], came: dict[date, Counter[str]]) -> Chart:
    series = [
        Series("asked for notes", "first", [came[day]["asked"] for day in days]),
        Series("confirmed", "second", [came[day]["confirmed"] for day in days]),
    ]
    return charts.lines("Sign-ups of the last four weeks", "Day", [moments.day(day) for day in days], series)
