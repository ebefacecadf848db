"""When a batch comes, and beside what: two short forms; refuses an hour without saying on whose clock."""

from dataclasses import dataclass, replace
from typing import Any, Final

from flask import make_response, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from service.actions.batches import Settings
from service.domain.batches import CADENCES, MOST_SPREAD_HOURS, Manner, Timing
from service.domain.roles import Right
from service.store import audiences, batch_letters
from service.web import numbers
from service.web.admin.batches import view as batch_view
from service.web.admin.batches import words as batch_words
from service.web.admin.desk import Desk

CHOOSE: Final = "Please choose one from the list."


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields, wrong or not. An empty hour is each reader's own."""

    first_date: str = ""
    cadence: str = "7"
    hour: str = ""
    spread: str = "0"


def typed_of(settings: Settings) -> Typed:
    """The fields of what is saved."""
    return Typed(
        first_date=settings.first_date.isoformat() if settings.first_date else "",
        cadence=str(settings.cadence_days),
        hour="" if settings.hour is None else str(settings.hour),
        spread=str(settings.spread_hours),
    )


def typed_from(form: "MultiDict[str, str]") -> Typed:
    """The fields as they were sent."""
    return Typed(
        form.get("first_date", "")[:10], form.get("cadence", "")[:2], form.get("hour", "")[:2], form.get("spread", "")[:2]
    )


def read(typed: Typed) -> tuple[Timing | None, dict[str, str]]:
    """When it comes, or a sentence for each field that needs another look."""
    errors: dict[str, str] = {}
    day = batch_words.day(typed.first_date)
    if day is None:
        errors["first_date"] = batch_words.CHOOSE_DAY
    cadence, spread = numbers.below(typed.cadence, 29), numbers.below(typed.spread, MOST_SPREAD_HOURS + 1)
    hour = numbers.below(typed.hour, 24) if typed.hour else None
    if cadence not in CADENCES:
        errors["cadence"] = CHOOSE
    if typed.hour and hour is None:
        errors["hour"] = CHOOSE
    if spread is None:
        errors["spread"] = CHOOSE
    if errors or day is None:
        return None, errors
    return Timing(day, cadence or 7, hour, spread or 0), {}


class BatchTiming:
    """`/admin/batches/<id>/when` and `/manner`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        page, when, manner, right = (
            self.desk.page,
            "/batches/<int:batch_id>/when",
            "/batches/<int:batch_id>/manner",
            Right.BATCH,
        )
        page(when, "batch_when", self.show, right=right)
        page(when, "batch_when_saved", self.save, right=right, methods=("POST",))
        page(f"{when}/words", "batch_when_words", self.words, right=right)
        page(manner, "batch_manner", self.show_manner, right=right)
        page(manner, "batch_manner_saved", self.save_manner, right=right, methods=("POST",))

    def show(self, batch_id: int) -> str | AnyResponse:
        """The form for the days and the hour, as it was saved."""
        return self._page(batch_id, None, {})

    def save(self, batch_id: int) -> str | AnyResponse:
        """Say when it comes."""
        typed = typed_from(request.form)
        timing, errors = read(typed)
        if timing is not None:
            errors = self._save(batch_id, "days of a batch chosen", timing)
        if errors:
            return self._page(batch_id, typed, errors)
        return self.desk.done("batch_when", batch_id=batch_id, done="saved")

    def _save(self, batch_id: int, what: str, timing: Timing) -> dict[str, str]:
        revision = request.form.get("revision", 0, type=int)
        found = batch_view.save(
            self.desk,
            batch_id,
            revision,
            what,
            lambda kept: replace(
                kept,
                first_date=timing.first_date,
                cadence_days=timing.cadence_days,
                hour=timing.hour,
                spread_hours=timing.spread_hours,
            ),
        )
        named = {"cadence_days": "cadence", "spread_hours": "spread"}
        return {named.get(name, name): sentence for name, sentence in found.items()}

    def _page(self, batch_id: int, typed: Typed | None, errors: dict[str, str]) -> str | AnyResponse:
        with self.desk.read() as session:
            batch = batch_view.look(session, batch_id)
            if batch is None:
                return self.desk.not_found()
            count = len(batch_letters.rows(session, batch_id))
        if not batch.is_draft and not errors:
            return self.desk.done("batch", batch_id=batch_id)
        page = batch_view.page(
            self.desk,
            "batch_when.html",
            batch,
            "batch_when",
            typed=typed or typed_of(batch.settings),
            errors=errors,
            cadences=[(days, batch_words.cadence(days).capitalize()) for days in CADENCES],
            hours=[
                ("", "The hour that each reader chose"),
                *((hour, f"{hour:02}:00 on each reader’s clock") for hour in range(24)),
            ],
            spreads=[(hours, _spread(hours)) for hours in range(MOST_SPREAD_HOURS + 1)],
            said=self._said(batch.timing, count),
            done="Saved." if request.args.get("done") else "",
        )
        return make_response(page, 422 if errors else 200)

    def words(self, batch_id: int) -> str | AnyResponse:
        """What stands in the fields, in sentences. Saves nothing."""
        timing, errors = read(typed_from(request.args))
        with self.desk.read() as session:
            batch = batch_view.look(session, batch_id)
            if batch is None:
                return self.desk.not_found()
            count = len(batch_letters.rows(session, batch_id))
        return batch_view.page(
            self.desk, "batch_when_words.html", batch, "batch_when", said=self._said(timing, count), errors=errors
        )

    def _said(self, timing: Timing | None, count: int) -> list[str]:
        if timing is None:
            return []
        return [batch_words.rhythm(timing, max(count, 2)), batch_words.first_leaves(timing, self.desk.seat().zone)]

    def show_manner(self, batch_id: int) -> str | AnyResponse:
        """The choice between instead and extra."""
        return self._manner_page(batch_id, {})

    def _manner_page(self, batch_id: int, errors: dict[str, str]) -> str | AnyResponse:
        now = self.desk.service.now()
        with self.desk.read() as session:
            batch = batch_view.look(session, batch_id)
            if batch is None:
                return self.desk.not_found()
            fits, wanting = audiences.count_both(session, batch.settings.audience, now=now)
        if not batch.is_draft and not errors:
            return self.desk.done("batch", batch_id=batch_id)
        page = batch_view.page(
            self.desk,
            "batch_manner.html",
            batch,
            "batch_manner",
            errors=errors,
            manners=[self._manner(Manner.INSTEAD, fits), self._manner(Manner.EXTRA, wanting)],
            done="Saved." if request.args.get("done") else "",
        )
        return make_response(page, 422 if errors else 200)

    def _manner(self, manner: Manner, fits: int) -> tuple[Any, ...]:
        name, does = batch_words.MANNERS[manner]
        people = batch_words.people(fits)
        return manner, name, does, f"{people[:1].upper()}{people[1:]} would get it now."

    def save_manner(self, batch_id: int) -> str | AnyResponse:
        """Say beside what it comes."""
        chosen, revision = request.form.get("manner", ""), request.form.get("revision", 0, type=int)
        if chosen not in set(Manner):
            return self._manner_page(batch_id, {"manner": "Please choose one of the two."})
        found = batch_view.save(
            self.desk, batch_id, revision, "manner of a batch chosen", lambda kept: replace(kept, manner=Manner(chosen))
        )
        if found:
            return self._manner_page(batch_id, found)
        return self.desk.done("batch_manner", batch_id=batch_id, done="saved")


def _spread(hours: int) -> str:
    if not hours:
        return "Not spread: all of one zone at once"
    return "Over one hour" if hours == 1 else f"Over {hours} hours"
